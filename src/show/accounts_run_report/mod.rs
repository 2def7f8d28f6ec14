//! The report of a run with accounts: question, answer, arms, bridge of recurring revenue, plays, assumptions,
//! reproduction.

mod assumptions;
mod figures;
pub mod proposal;
mod tables;

use super::{
    accounts_report::{self, replay},
    document::{Block, Document, KeyFigure, Section},
    number::{Unit, count},
    run_report::{Origin, Report, ReportError},
};
use crate::{
    study::{
        accounts::{
            foresight::Foresight,
            projection::{AccountArm, AccountProjection},
        },
        estimate::Estimate,
        projection::LEVEL,
    },
    world::{account::Accounts, scenario::Scenario},
};

/// Makes the report of a projection.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(
    scenario: &Scenario,
    accounts: &Accounts,
    projection: &AccountProjection,
    foresight: &Foresight,
    origin: &Origin,
) -> Result<Report, ReportError> {
    let telling = Telling { scenario, accounts, projection, foresight, money: Unit::money(scenario.currency) };
    let answer = telling.answer();
    let printed = [
        scenario.question.clone(),
        answer.clone(),
        tables::arms(&telling)?.to_text(),
        tables::plays(&telling)?.to_text(),
        tables::business(&telling)?.to_text(),
        replay::table(foresight)?.to_text(),
    ];
    let document = Document {
        title: telling.title(),
        question: scenario.question.clone(),
        answer,
        key_figures: telling.key_figures(),
        sections: telling.sections(origin)?,
        colophon: format!(
            "Drawn by cwm {}. Every figure comes from the simulated worlds described above.",
            env!("CARGO_PKG_VERSION")
        ),
    };
    Ok(Report { document, printed: printed.join("\n\n") })
}

/// A projection being told.
struct Telling<'a> {
    scenario: &'a Scenario,
    accounts: &'a Accounts,
    projection: &'a AccountProjection,
    foresight: &'a Foresight,
    money: Unit,
}

impl Telling<'_> {
    fn control(&self) -> &AccountArm {
        &self.projection.arms[0]
    }

    /// The arm whose recurring revenue gains most beyond its cost.
    fn best(&self) -> Option<&AccountArm> {
        let gain = |arm: &&AccountArm| arm.net_gain.mean;
        self.projection.arms.iter().skip(1).max_by(|a, b| gain(a).total_cmp(&gain(b)))
    }

    fn title(&self) -> String {
        match self.best() {
            Some(best) if best.p_pays >= 0.9 => format!(
                "“{}” would keep {} more recurring revenue a year than it costs",
                best.id,
                self.money.short(best.net_gain.mean)
            ),
            Some(best) => format!("“{}” looks best, but may not pay for itself within the year", best.id),
            None => format!(
                "Of each $1 of recurring revenue {:.3} is there a year later",
                self.control().net_retention.mean
            ),
        }
    }

    fn answer(&self) -> String {
        let control = self.control();
        let days = self.projection.horizon_days;
        let as_it_is = format!(
            "In the {days} days after the launch, net revenue retention would be {} and gross {} if nothing is done.",
            share(&control.net_retention),
            share(&control.gross_retention)
        );
        let Some(best) = self.best() else { return as_it_is };
        format!(
            "{as_it_is} With “{}” net retention would be {} ({} points): {} more recurring revenue a year, for plays that \
             cost {}. It gains recurring revenue with probability {}, and more than it costs within a year with {}. {:.0} of \
             100 worlds lie in the ranges.{}",
            best.id,
            share(&best.net_retention),
            points(&best.net_retention_gain),
            self.range(&best.recurring_gain),
            self.money.short(best.cost.mean),
            probability(best.p_better),
            probability(best.p_pays),
            LEVEL * 100.0,
            self.targeting_sentence(),
        )
    }

    /// Two arms that do the same to accounts chosen in two ways.
    fn targeting_sentence(&self) -> String {
        use crate::world::account::play::Targeting;
        let single = |wanted: Targeting| {
            self.projection.arms.iter().find(|arm| {
                let [play] = &arm.plays[..] else { return false };
                self.accounts.plays.iter().any(|own| own.id == *play && own.targeting == wanted)
            })
        };
        let (Some(risk), Some(uplift)) = (single(Targeting::ByRisk), single(Targeting::ByUplift)) else {
            return String::new();
        };
        format!(
            " Choosing accounts by what can be saved (“{}”) keeps {}, choosing those most likely to leave (“{}”) {}: the \
             likeliest to leave are often small, or past being moved.",
            uplift.id,
            self.range(&uplift.recurring_gain),
            risk.id,
            self.range(&risk.recurring_gain)
        )
    }

    fn range(&self, estimate: &Estimate) -> String {
        match (estimate.lo, estimate.hi) {
            (Some(lo), Some(hi)) => {
                let short = |value| self.money.short(value);
                format!("{} ({} to {})", short(estimate.mean), short(lo), short(hi))
            }
            _ => format!("{} (no interval)", self.money.short(estimate.mean)),
        }
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let level = format!("{:.0}% interval", LEVEL * 100.0);
        let (control, baseline) = (self.control(), &self.projection.baseline);
        let mut figures = vec![
            figure(
                "Recurring revenue at the launch",
                self.money.short(baseline.recurring),
                format!("{} accounts, {} seats", count(baseline.accounts as i64), count(baseline.seats as i64)),
            ),
            figure("Net retention if nothing is done", share(&control.net_retention), level.clone()),
            figure("Gross retention if nothing is done", share(&control.gross_retention), level.clone()),
        ];
        if let Some(best) = self.best() {
            let label = format!("Recurring revenue gained with “{}”", best.id);
            figures.push(figure(&label, self.range(&best.recurring_gain), format!("a year; {level}")));
            let cost = format!("after {} of cost; {level}", self.money.short(best.cost.mean));
            figures.push(figure("What it leaves", self.range(&best.net_gain), cost));
        }
        figures
    }

    fn sections(&self, origin: &Origin) -> Result<Vec<Section>, ReportError> {
        let note = "Intervals hold what one more world would show: a company lives one year, and this is how far its luck \
                    reaches. Arms live through the same worlds with the same luck, so a gain compares like with like.";
        let known = "Plays are chosen by what is believed from events alone: use by week, tickets, reviews, sponsors, \
                     invoices and contracts. The laws of renewing and buying were learned before the launch.";
        let mut arms = vec![Block::Table(tables::arms(self)?), Block::Paragraph(note.to_owned())];
        if self.projection.arms.len() > 1 {
            arms.push(Block::Figure(figures::gains(self)?));
        }
        Ok(vec![
            Section::new("What each arm would keep and grow", arms),
            Section::new(
                "From opening to closing recurring revenue",
                vec![Block::Figure(figures::bridge(self)?), Block::Table(tables::bridge(self)?)],
            ),
            Section::new(
                "What came of each play",
                vec![Block::Table(tables::plays(self)?), Block::Paragraph(known.to_owned())],
            ),
            Section::new("Were renewals foretold?", self.foretold()?),
            Section::new("Week by week", vec![Block::Figure(figures::weeks(self)?)]),
            Section::new("The business as it is", vec![Block::Table(tables::business(self)?)]),
            Section::new("What the projection rests on", vec![Block::List(assumptions::of(self))]),
            Section::new("How to reproduce it", vec![Block::Code(self.reproduction(origin))]),
        ])
    }

    fn foretold(&self) -> Result<Vec<Block>, ReportError> {
        let said = "Every prediction was made so many days before, by a law that had seen only outcomes known by then. It is \
                    held against the tier's own rate so far and against a weighted health score (use .4, tickets .2, \
                    recommendation .2, sponsor .2) that was itself calibrated on the same past. Gains above 0 are better.";
        let mut blocks = vec![Block::Paragraph(said.to_owned()), Block::Table(replay::table(self.foresight)?)];
        blocks.extend(accounts_report::calibration(self.foresight)?.map(Block::Figure));
        Ok(blocks)
    }

    fn reproduction(&self, origin: &Origin) -> String {
        let (seed, worlds) = (self.scenario.seed, self.projection.replications);
        let version = env!("CARGO_PKG_VERSION");
        format!("{}\n\n# seed {seed}, {worlds} worlds, cwm {version}\n{}", origin.command, origin.hashes())
    }
}

/// "102.3% (100.1% to 104.5%)".
fn share(estimate: &Estimate) -> String {
    let exact = |value| Unit::Share.exact(value, 1);
    match (estimate.lo, estimate.hi) {
        (Some(lo), Some(hi)) => format!("{} ({} to {})", exact(estimate.mean), exact(lo), exact(hi)),
        _ => format!("{} (no interval)", exact(estimate.mean)),
    }
}

/// "+0.8, +0.2 to +1.4".
fn points(estimate: &Estimate) -> String {
    let exact = |value: f64| format!("{:+.2}", value * 100.0).replace('-', "−");
    match (estimate.lo, estimate.hi) {
        (Some(lo), Some(hi)) => format!("{}, {} to {}", exact(estimate.mean), exact(lo), exact(hi)),
        _ => exact(estimate.mean),
    }
}

/// Never a certainty that no simulation can give.
fn probability(p: f64) -> String {
    match p {
        p if p > 0.99 => "above 99%".to_owned(),
        p if p < 0.01 => "below 1%".to_owned(),
        p => Unit::Share.short(p),
    }
}
