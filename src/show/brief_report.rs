//! The morning page: yesterday, why, whom to keep, who is ready for more, what changed.

use super::{
    document::{Block, Document, KeyFigure, Section},
    number::{Estimate, Unit, count},
    run_report::{Origin, Report, ReportError, shown},
    table::{Cell, Column, Table, TableError},
    why_report,
};
use crate::{
    base::units::Currency,
    study::{
        brief::{
            Brief,
            changes::Changes,
            experiments::{Experiment, Reading, Verdict},
        },
        why::period::Period,
    },
};

/// Makes the page.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(brief: &Brief, currency: Currency, origin: &Origin) -> Result<Report, ReportError> {
    let telling = Telling { brief, currency, money: Unit::money(currency) };
    let answer = telling.answer();
    let again = format!("{}\n\n# cwm {}\n{}", origin.command, env!("CARGO_PKG_VERSION"), origin.hashes());
    let mut sections = vec![Section::new("Yesterday against what was expected", telling.yesterday()?)];
    if let Some(change) = &brief.change {
        sections.push(Section::new("Why it was not as the day before", telling.change(change)?));
    }
    sections.push(Section::new("At risk and worth saving", telling.at_risk()?));
    sections.push(Section::new("Ready for more", telling.ready()?));
    sections.push(Section::new("What the day changed in what we believe", telling.changes()?));
    if !brief.experiments.is_empty() {
        sections.push(Section::new("What experiments say so far", experiments(&brief.experiments)?));
    }
    sections.push(Section::new("How to reproduce it", vec![Block::Code(again)]));
    let printed = telling.printed(&answer)?;
    let document = Document {
        title: telling.title(),
        question: "How did yesterday go, why, and what is to be done today?".to_owned(),
        answer,
        key_figures: telling.key_figures(),
        sections,
        colophon: format!(
            "Drawn by cwm {} from recorded events up to the end of {} alone.",
            env!("CARGO_PKG_VERSION"),
            brief.day
        ),
    };
    Ok(Report { document, printed })
}

struct Telling<'a> {
    brief: &'a Brief,
    currency: Currency,
    money: Unit,
}

impl Telling<'_> {
    fn day(&self) -> String {
        Period::parse(&self.brief.day).map_or_else(|_| self.brief.day.clone(), Period::in_words)
    }

    fn title(&self) -> String {
        let own = &self.brief.yesterday;
        let verdict = match own.within_noise {
            Some(true) => "as expected",
            Some(false) if own.surprise < 0.0 => "below what was expected",
            Some(false) => "above what was expected",
            None => "too new a record to say what was expected",
        };
        format!("{}: {}, {verdict}", self.day(), self.money.short(own.revenue))
    }

    fn answer(&self) -> String {
        let stake: f64 = self.brief.at_risk.iter().map(|one| one.at_stake).sum();
        let people = match (self.brief.at_risk.len(), self.brief.ready.len()) {
            (0, 0) => "Nobody is known well enough to be named at risk or ready for more.".to_owned(),
            (risk, ready) => format!(
                "Of {} users {risk} at risk are worth a word today ({} at stake over 90 days), {ready} are ready for more.",
                count(self.brief.users as i64),
                self.money.short(stake)
            ),
        };
        format!("{}\n\n{people}", why_report::answer(&self.brief.yesterday, self.currency))
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let own = &self.brief.yesterday;
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let mut figures = vec![figure("Revenue after refunds", self.money.short(own.revenue), self.day())];
        if let Some(foreseen) = &own.foreseen {
            let range = format!(
                "{} to {} ({} interval)",
                self.money.short(foreseen.lo.unwrap_or(f64::NAN)),
                self.money.short(foreseen.hi.unwrap_or(f64::NAN)),
                Unit::Share.short(foreseen.level)
            );
            figures.push(figure("Expected", self.money.short(foreseen.mean), range));
        }
        if let Some(change) = &self.brief.change {
            let note = change.relative.map(|share| Unit::Share.signed(share)).unwrap_or_default();
            figures.push(figure("Against the day before", self.money.signed(change.total), note));
        }
        figures
    }

    fn yesterday(&self) -> Result<Vec<Block>, ReportError> {
        if self.brief.yesterday.noise.is_none() {
            return Ok(vec![Block::Paragraph(why_report::answer(&self.brief.yesterday, self.currency))]);
        }
        let figure = why_report::waterfall(&self.brief.yesterday, self.currency)?;
        let parts = why_report::parts(&self.brief.yesterday, self.currency)?;
        Ok(vec![Block::Figure(super::document::Figure { name: "yesterday".to_owned(), ..figure }), Block::Table(parts)])
    }

    fn change(&self, change: &crate::study::why::Why) -> Result<Vec<Block>, ReportError> {
        let figure = why_report::waterfall(change, self.currency)?;
        let said = Block::Paragraph(why_report::answer(change, self.currency));
        Ok(vec![said, Block::Figure(super::document::Figure { name: "change".to_owned(), ..figure })])
    }

    fn at_risk(&self) -> Result<Vec<Block>, ReportError> {
        if self.brief.at_risk.is_empty() {
            return Ok(vec![Block::Paragraph("Nobody who is known well enough has anything at stake.".to_owned())]);
        }
        let note = "At stake is the probability of leaving in the coming period times what the user is expected to pay \
                    over the coming 90 days. What to do is only what their self-model claims (above 90%, on five sessions' \
                    worth of evidence).";
        Ok(vec![Block::Table(self.risk_table()?), Block::Paragraph(note.to_owned())])
    }

    fn risk_table(&self) -> Result<Table, TableError> {
        let level = self.brief.at_risk.first().map_or(0.8, |one| one.worth.level);
        let columns = vec![
            Column::text("User"),
            Column::share("Leaves", "", 0),
            Column::money("Worth", "90 days", &self.money, 0).with_interval(level),
            Column::money("At stake", "", &self.money, 0),
            Column::float("Silent", "days", 0),
            Column::text("Why"),
            Column::text("What to do"),
        ];
        let mut table = Table::new("at_risk", "At risk and worth saving", columns);
        for one in &self.brief.at_risk {
            table.push(vec![
                one.user.as_str().into(),
                one.p_leaves.into(),
                shown(&one.worth).into(),
                one.at_stake.into(),
                one.silent_days.into(),
                one.reasons.join("; ").into(),
                one.action.words.as_str().into(),
            ])?;
        }
        Ok(table)
    }

    fn ready(&self) -> Result<Vec<Block>, ReportError> {
        if self.brief.ready.is_empty() {
            return Ok(vec![Block::Paragraph("Nobody shows it surely enough.".to_owned())]);
        }
        let columns = vec![
            Column::text("User"),
            Column::share("Next session pays", "", 0),
            Column::integer("Sessions in four weeks", ""),
            Column::money("Paid so far", "", &self.money, 0),
            Column::text("Why"),
            Column::text("What to do"),
        ];
        let mut table = Table::new("ready", "Ready for more", columns);
        for one in &self.brief.ready {
            table.push(vec![
                one.user.as_str().into(),
                one.p_pays.into(),
                (one.lately as i64).into(),
                one.paid.into(),
                one.reasons.join("; ").into(),
                one.action.words.as_str().into(),
            ])?;
        }
        Ok(vec![Block::Table(table)])
    }

    fn changes(&self) -> Result<Vec<Block>, ReportError> {
        let changes = &self.brief.changes;
        let said = changes_in_words(changes);
        let columns = vec![Column::text("User"), Column::text("What changed")];
        let mut table = Table::new("changes", "Some of what changed", columns);
        for moved in &changes.moved {
            let words = format!("now most like {} ({}), was {}", moved.to, Unit::Share.short(moved.p), moved.from);
            table.push(vec![moved.user.as_str().into(), words.into()])?;
        }
        let lists = [("now held: ", &changes.held), ("no longer held: ", &changes.lost)];
        for (lead, belief) in lists.into_iter().flat_map(|(lead, list)| list.iter().map(move |belief| (lead, belief))) {
            table.push(vec![belief.user.as_str().into(), format!("{lead}{}", belief.statement).into()])?;
        }
        let mut blocks = vec![Block::Paragraph(said)];
        if !table.rows().is_empty() {
            blocks.push(Block::Table(table));
        }
        Ok(blocks)
    }

    fn printed(&self, answer: &str) -> Result<String, ReportError> {
        let mut said = vec![self.title(), answer.to_owned()];
        if self.brief.yesterday.noise.is_some() {
            said.push(why_report::parts(&self.brief.yesterday, self.currency)?.to_text());
        }
        if !self.brief.at_risk.is_empty() {
            let lines = self.brief.at_risk.iter().map(|one| {
                let worth = Estimate::bare(one.worth.mean).mean;
                format!(
                    "  {}: {} likely to leave, worth {} in 90 days, {:.0} days silent\n    {}\n    {}",
                    one.user,
                    Unit::Share.short(one.p_leaves),
                    self.money.short(worth),
                    one.silent_days,
                    one.reasons.join("; "),
                    one.action.words
                )
            });
            said.push(format!("At risk and worth saving\n{}", lines.collect::<Vec<_>>().join("\n")));
        }
        if !self.brief.ready.is_empty() {
            let lines = self.brief.ready.iter().map(|one| {
                format!(
                    "  {}: {} sessions in four weeks; {}\n    {}",
                    one.user,
                    one.lately,
                    one.reasons.join("; "),
                    one.action.words
                )
            });
            said.push(format!("Ready for more\n{}", lines.collect::<Vec<_>>().join("\n")));
        }
        said.push(changes_in_words(&self.brief.changes));
        for experiment in &self.brief.experiments {
            said.push(format!("Experiment {}\n{}", experiment.name, lines(experiment).join("\n")));
        }
        Ok(said.join("\n\n"))
    }
}

/// Every experiment's readings, and what warns against believing them.
fn experiments(all: &[Experiment]) -> Result<Vec<Block>, TableError> {
    let columns = ["Experiment", "Metric", "Arm", "Difference (interval)", "It says"];
    let title = "Intervals hold however often one looks, where it is not said otherwise";
    let mut table = Table::new("experiments", title, columns.map(Column::text).into());
    for (experiment, reading) in all.iter().flat_map(|one| one.readings.iter().map(move |reading| (one, reading))) {
        let arm = format!("{} against {}", reading.arm, reading.control);
        let row = [experiment.name.clone(), reading.metric.clone(), arm, difference(reading), verdict(reading)];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    let warned = all.iter().flat_map(|one| one.warnings.iter().map(move |warning| format!("{}: {warning}", one.name)));
    Ok(std::iter::once(Block::Table(table)).chain(warned.map(Block::Paragraph)).collect())
}

fn lines(experiment: &Experiment) -> Vec<String> {
    let told = experiment.readings.iter().map(|reading| {
        let Reading { metric, arm, control, .. } = reading;
        format!("  {metric}, {arm} against {control}: {}: {}", difference(reading), verdict(reading))
    });
    told.chain(experiment.warnings.iter().map(|warning| format!("  warning: {warning}"))).collect()
}

fn difference(reading: &Reading) -> String {
    let [mean, lo, hi] = [reading.estimate, reading.lo, reading.hi].map(|value| Unit::Plain.signed(value));
    let once = if reading.always_valid { "" } else { ", at one look" };
    format!("{mean} ({lo} to {hi}{once})")
}

fn verdict(reading: &Reading) -> String {
    let what = if reading.is_effect { "" } else { ", which is an association" };
    let said = match reading.verdict {
        Verdict::More => "more than the control",
        Verdict::Less => "less than the control",
        Verdict::Open => return "not to be told yet: go on".to_owned(),
    };
    format!("{said}{what}")
}

fn changes_in_words(changes: &Changes) -> String {
    if changes.active == 0 {
        return "Nobody did anything, so nothing is believed otherwise than before, beyond what fades.".to_owned();
    }
    format!(
        "{} users were active: {} are now most like another segment. Of the {} who have paid most, {} beliefs are newly held, {} \
         are no longer.",
        count(changes.active as i64),
        count(changes.moved_users as i64),
        count(changes.compared as i64),
        count(changes.newly_held as i64),
        count(changes.given_up as i64)
    )
}
