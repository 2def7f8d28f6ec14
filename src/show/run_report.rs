//! The report of a simulated experiment: question, answer, arms, charts, assumptions, reproduction.

mod assumptions;
mod beyond;
mod figures;
mod forest;
pub mod proposal;

use super::{
    chart::ChartError,
    document::{Block, Document, KeyFigure, Section},
    number::{Estimate, Unit, count},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    study::{
        estimate,
        projection::{ArmResult, LEVEL, Projection},
        what_if::WhatIf,
    },
    world::scenario::Scenario,
};

/// A report, and what of it is printed in the terminal.
#[derive(Clone, Debug)]
pub struct Report {
    /// The whole.
    pub document: Document,
    /// The answer and the arms.
    pub printed: String,
}

/// What a report comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The command that gives it again.
    pub command: String,
    /// Its inputs and their BLAKE3 hashes, the scenario first.
    pub inputs: Vec<(String, String)>,
}

impl Origin {
    /// One comment line an input.
    pub(super) fn hashes(&self) -> String {
        let lines = self.inputs.iter().map(|(name, hash)| format!("# BLAKE3 {hash}  {name}"));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A chart cannot be drawn.
    #[error(transparent)]
    Chart(#[from] ChartError),
    /// A table does not fit together.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// An estimate as charts and tables take it.
pub(super) fn shown(estimate: &estimate::Estimate) -> Estimate {
    Estimate::new(estimate.mean, estimate.lo.unwrap_or(f64::NAN), estimate.hi.unwrap_or(f64::NAN))
}

/// Makes the report of a projection.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(
    scenario: &Scenario,
    projection: &Projection,
    what_if: &WhatIf,
    origin: &Origin,
) -> Result<Report, ReportError> {
    let telling = Telling { scenario, projection, money: Unit::money(scenario.currency) };
    let arms = telling.arms()?;
    let answer = telling.answer();
    let printed = format!("{}\n\n{answer}\n\n{}", scenario.question, telling.arms_in_short()?.to_text());
    let document = Document {
        title: telling.title(),
        question: scenario.question.clone(),
        answer,
        key_figures: telling.key_figures(),
        sections: [
            vec![Section::new("What each arm would earn", telling.earnings(arms)?)],
            beyond::sections(&telling, what_if)?,
            telling.rest(origin)?,
        ]
        .concat(),
        colophon: format!("Drawn by cwm {}. Every figure comes from the simulated worlds described above.", version()),
    };
    Ok(Report { document, printed })
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// A projection being told.
struct Telling<'a> {
    scenario: &'a Scenario,
    projection: &'a Projection,
    money: Unit,
}

impl Telling<'_> {
    fn rest(&self, origin: &Origin) -> Result<Vec<Section>, ReportError> {
        Ok(vec![
            Section::new("Day by day", vec![Block::Figure(figures::fan(self)?)]),
            Section::new("When users leave", vec![Block::Figure(figures::hazard(self)?)]),
            Section::new("The business as it is", self.business()?),
            Section::new("What the projection rests on", vec![Block::List(assumptions::of(self))]),
            Section::new("How to reproduce it", vec![Block::Code(self.reproduction(origin))]),
        ])
    }

    fn control(&self) -> &ArmResult {
        &self.projection.arms[0]
    }

    /// The arm that leaves most profit, if there is any but the control.
    fn best(&self) -> Option<&ArmResult> {
        let gain = |arm: &&ArmResult| arm.profit_uplift_per_day.mean;
        self.projection.arms.iter().skip(1).max_by(|a, b| gain(a).total_cmp(&gain(b)))
    }

    fn window(&self) -> String {
        let (from, to) = self.projection.window;
        format!("days {from} to {to} after the launch")
    }

    /// "12% (9% to 15%)".
    fn range(unit: &Unit, estimate: &estimate::Estimate) -> String {
        match (estimate.lo, estimate.hi) {
            (Some(lo), Some(hi)) => {
                format!("{} ({} to {})", unit.short(estimate.mean), unit.short(lo), unit.short(hi))
            }
            _ => format!("{} (no interval)", unit.short(estimate.mean)),
        }
    }

    fn title(&self) -> String {
        match self.best() {
            Some(best) if best.p_better >= 0.9 => {
                let uplift = Unit::Share.short(best.uplift.mean);
                format!("“{}” would lift revenue a day by {uplift}", best.id)
            }
            Some(best) => format!("“{}” looks best, but not surely better than doing nothing", best.id),
            None => format!("A day would earn {}", self.money.short(self.control().revenue_per_day.mean)),
        }
    }

    fn answer(&self) -> String {
        let control = self.control();
        let Some(best) = self.best() else {
            let revenue = Self::range(&self.money, &control.revenue_per_day);
            return format!("In {} a day would earn {revenue}.", self.window());
        };
        format!(
            "In {}, a day would earn {} with “{}” against {} without: {} more, where {:.0} of 100 worlds lie in the range. \
             After all costs that is {} a day. Revenue is higher than without it with probability {}, profit with {}.{}{}",
            self.window(),
            Self::range(&self.money, &best.revenue_per_day),
            best.id,
            self.money.short(control.revenue_per_day.mean),
            Self::range(&Unit::Share, &best.uplift),
            LEVEL * 100.0,
            Self::range(&self.money, &best.profit_uplift_per_day),
            probability(best.p_better),
            probability(best.p_more_profit),
            self.goal_sentence(best),
            self.oracle_sentence(best),
        )
    }

    fn goal_sentence(&self, arm: &ArmResult) -> String {
        let goal = self.scenario.metrics.as_ref().and_then(|metrics| metrics.goal.as_ref());
        let (Some(goal), Some(p)) = (goal, arm.p_goal) else { return String::new() };
        format!(" The goal of {} is reached with probability {}.", Unit::Share.signed(goal.uplift), probability(p))
    }

    fn oracle_sentence(&self, arm: &ArmResult) -> String {
        let (Some(oracle), Some(reach)) = (&arm.oracle_uplift, arm.reach) else { return String::new() };
        format!(
            " It acts on what the self-models believe, which reaches {} of the targeted segment's revenue; knowing \
             every user's segment would lift revenue by {}.",
            Unit::Share.short(reach),
            Unit::Share.short(oracle.mean),
        )
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let baseline = &self.projection.baseline;
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let days = self.scenario.clock.baseline_days;
        let before = format!("last {days} days before the launch");
        let mut figures =
            vec![figure("Revenue a day today", self.money.short(baseline.revenue_per_day), before.clone())];
        if let Some(best) = self.best() {
            let label = format!("Revenue a day with “{}”", best.id);
            figures.push(figure(&label, self.money.short(best.revenue_per_day.mean), self.window()));
            let range = Self::range(&self.money, &best.profit_uplift_per_day);
            figures.push(figure("Profit gained a day", range, format!("after costs, {}% interval", LEVEL * 100.0)));
        }
        figures.push(figure("Sessions that earn nothing", Unit::Share.short(baseline.zero_revenue_share), before));
        figures
    }

    fn arms(&self) -> Result<Table, TableError> {
        let columns = vec![
            Column::text("Arm"),
            Column::money("Revenue", "a day", &self.money, 0).with_interval(LEVEL),
            Column::share("Uplift", "", 1).with_interval(LEVEL),
            Column::share("Perfect targeting", "", 1).with_interval(LEVEL),
            Column::text("P(better)"),
        ];
        let title = format!(
            "Revenue and uplift over the control in {}, {} worlds",
            self.window(),
            self.projection.replications
        );
        let mut table = Table::new("arms", title, columns);
        for (i, arm) in self.projection.arms.iter().enumerate() {
            let against = |cell: Cell| if i == 0 { Cell::Empty } else { cell };
            table.push(vec![
                arm.id.as_str().into(),
                shown(&arm.revenue_per_day).into(),
                against(shown(&arm.uplift).into()),
                arm.oracle_uplift.as_ref().map(shown).into(),
                against(probability(arm.p_better).into()),
            ])?;
        }
        Ok(table)
    }

    fn profits(&self) -> Result<Table, TableError> {
        let money = |name: &str| Column::money(name, "a day", &self.money, 0).with_interval(LEVEL);
        let columns = vec![
            Column::text("Arm"),
            money("Profit"),
            money("Profit gained"),
            Column::text("P(more profit)"),
            Column::integer("Users treated", ""),
        ];
        let title = "Profit: revenue less refunds, costs of serving, acquisition and intervention";
        let mut table = Table::new("profit", title, columns);
        for (i, arm) in self.projection.arms.iter().enumerate() {
            let against = |cell: Cell| if i == 0 { Cell::Empty } else { cell };
            table.push(vec![
                arm.id.as_str().into(),
                shown(&arm.profit_per_day).into(),
                against(shown(&arm.profit_uplift_per_day).into()),
                against(probability(arm.p_more_profit).into()),
                against((arm.treated_users.round() as i64).into()),
            ])?;
        }
        Ok(table)
    }

    /// The arms as a terminal shows them.
    fn arms_in_short(&self) -> Result<Table, TableError> {
        let columns =
            ["arm", "revenue a day", "uplift", "P(better)", "profit gained a day", "treated", "perfect targeting"];
        let title = format!(
            "Arms in {}, {} worlds, {:.0}% intervals",
            self.window(),
            self.projection.replications,
            LEVEL * 100.0
        );
        let mut table = Table::new("arms", title, columns.into_iter().map(Column::text).collect());
        for (i, arm) in self.projection.arms.iter().enumerate() {
            let against = |text: String| if i == 0 { "–".to_owned() } else { text };
            let oracle =
                arm.oracle_uplift.as_ref().map_or("–".to_owned(), |oracle| Self::range(&Unit::Share, oracle));
            let row = [
                arm.id.clone(),
                Self::range(&self.money, &arm.revenue_per_day),
                against(Self::range(&Unit::Share, &arm.uplift)),
                against(probability(arm.p_better)),
                against(Self::range(&self.money, &arm.profit_uplift_per_day)),
                against(count(arm.treated_users.round() as i64)),
                oracle,
            ];
            table.push(row.into_iter().map(Cell::from).collect())?;
        }
        Ok(table)
    }

    fn earnings(&self, arms: Table) -> Result<Vec<Block>, ReportError> {
        let note = "Intervals hold what one more world would show: the luck of its users and the uncertainty of the \
                    effects. Arms live through the same worlds with the same luck, so an uplift compares like with like.";
        let mut blocks = vec![Block::Table(arms), Block::Table(self.profits()?), Block::Paragraph(note.to_owned())];
        if self.projection.arms.len() > 1 {
            blocks.push(Block::Figure(figures::waterfall(self)?));
        }
        Ok(blocks)
    }

    fn business(&self) -> Result<Vec<Block>, TableError> {
        let baseline = &self.projection.baseline;
        let said = format!(
            "Over the last {} days before the launch: {:.1} sessions a day, {} of which earn nothing; {} of revenue a day \
             from {} users, {:.1} of them new each day, for {} of spend.",
            self.scenario.clock.baseline_days,
            baseline.sessions_per_day,
            Unit::Share.exact(baseline.zero_revenue_share, 1),
            self.money.exact(baseline.revenue_per_day, 0),
            count(baseline.active_users.round() as i64),
            baseline.new_users_per_day,
            self.money.exact(baseline.spend_per_day, 0),
        );
        let known = "The segments are hidden from the company: this table is the simulated world's own truth, shown so \
                     that the scenario can be judged. Policies act on what the self-models believe.";
        Ok(vec![
            Block::Paragraph(said),
            Block::Table(self.segments()?),
            Block::Paragraph(known.to_owned()),
            Block::Table(self.knowing()?),
        ])
    }

    fn segments(&self) -> Result<Table, TableError> {
        let baseline = &self.projection.baseline;
        let months = 4;
        let mut columns = vec![
            Column::text("Segment"),
            Column::share("Of new users", "", 1),
            Column::share("Of revenue", "", 1),
            Column::float("Value", "× average", 2),
        ];
        columns.extend((1..=months).map(|month| Column::share(format!("Month {month}"), "", 1)));
        let title = "Hidden segments, and the share that leaves in each month of tenure";
        let mut table = Table::new("segments", title, columns);
        for segment in &baseline.segments {
            let churn = baseline.churn_by_month.get(&segment.id);
            let mut row: Vec<Cell> = vec![
                segment.id.as_str().into(),
                segment.share_of_new.into(),
                segment.share_of_revenue.into(),
                segment.ltv_multiple.into(),
            ];
            row.extend((0..months).map(|month| Cell::from(churn.and_then(|churn| churn.get(month).copied()))));
            table.push(row)?;
        }
        Ok(table)
    }

    fn knowing(&self) -> Result<Table, TableError> {
        let columns = vec![
            Column::text("Facet"),
            Column::float("Gain over the population", "", 4),
            Column::text("In"),
            Column::integer("Predictions", ""),
        ];
        let mut table = Table::new("self_model", "What knowing each user is worth, scored before each event", columns);
        for (facet, result) in &self.projection.self_model {
            let unit = match result.score {
                crate::user::facet::ScoreUnit::Skill => "share of log loss saved",
                crate::user::facet::ScoreUnit::Nats => "nats an event",
            };
            table.push(vec![facet.as_str().into(), result.value.into(), unit.into(), (result.events as i64).into()])?;
        }
        Ok(table)
    }

    fn reproduction(&self, origin: &Origin) -> String {
        format!(
            "{}\n\n# seed {}, {} worlds, cwm {}\n{}",
            origin.command,
            self.scenario.seed,
            self.projection.replications,
            version(),
            origin.hashes()
        )
    }
}

/// "about 97%", and never a certainty that no simulation can give.
fn probability(p: f64) -> String {
    match p {
        p if p > 0.99 => "above 99%".to_owned(),
        p if p < 0.01 => "below 1%".to_owned(),
        p => Unit::Share.short(p),
    }
}
