//! The report of planned experiments: how long each must run, on what it is seen soonest, and whether it pays.

use super::{
    chart::{
        Chart, ChartError, Headline,
        curves::{Curve, Curves},
    },
    document::{Block, Document, Figure, Section},
    number::{Estimate, Unit},
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    study::plan::{ExperimentPlan, InterventionPlan, MeasurePower},
    world::scenario::Scenario,
};

/// Makes the report of a plan.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(scenario: &Scenario, plan: &ExperimentPlan, origin: &Origin) -> Result<Report, ReportError> {
    let money = Unit::money(scenario.currency);
    let question = "How long must an experiment run to see what each intervention does, and is it worth it?".to_owned();
    let overview = overview(plan, &money)?;
    let answer = answer(plan);
    let printed = format!("{question}\n\n{answer}\n\n{}", overview.to_text());
    let mut sections =
        vec![Section::new("Each intervention", vec![Block::Table(overview), Block::Paragraph(note(plan))])];
    for own in &plan.interventions {
        let figures = vec![Block::Figure(power(own, plan)?), Block::Table(measures(own)?)];
        sections.push(Section::new(format!("“{}”", own.id), figures));
    }
    let again = format!(
        "{}\n\n# seed {}, cwm {}\n{}",
        origin.command,
        scenario.seed,
        env!("CARGO_PKG_VERSION"),
        origin.hashes()
    );
    sections.push(Section::new("How to reproduce it", vec![Block::Code(again)]));
    let document = Document {
        title: "How long experiments must run".to_owned(),
        question,
        answer,
        key_figures: Vec::new(),
        sections,
        colophon: format!("Drawn by cwm {}. Every figure comes from simulated experiments.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

fn answer(plan: &ExperimentPlan) -> String {
    let said = plan.interventions.iter().map(|own| match own.soonest {
        Some((measure, weeks)) => {
            let weeks = if weeks == 1 { "a week".to_owned() } else { format!("{weeks} weeks") };
            format!("“{}” is seen soonest in {}, after {weeks}.", own.id, measure.in_words())
        }
        None => format!("“{}” is not seen reliably in any measure within {} weeks.", own.id, own.enrolled.len()),
    });
    let mixed = plan.not_by_user.iter().map(|id| {
        format!("“{id}” cannot be tested by splitting users, since its arms would mix: randomise by time or place.")
    });
    said.chain(mixed).collect::<Vec<_>>().join(" ")
}

fn note(plan: &ExperimentPlan) -> String {
    format!(
        "Half of those who are eligible are treated, from the moment they are; the test is two-sided at level {}, and a \
         duration is the first after which it finds the effect with probability {} or more in {} simulated worlds. The \
         worth is over a year: deciding now against testing first, half of the users being treated meanwhile.",
        plan.alpha, plan.power, plan.worlds
    )
}

fn overview(plan: &ExperimentPlan, money: &Unit) -> Result<Table, TableError> {
    let columns =
        ["intervention", "seen soonest in", "weeks", "on revenue a user", "deciding now", "testing first", "so"];
    let title = "Planned experiments; worth in profit over a year";
    let mut table = Table::new("plan", title, columns.into_iter().map(Column::text).collect());
    for own in &plan.interventions {
        let none = || format!("above {}", own.enrolled.len());
        let weeks = |weeks: Option<u32>| weeks.map_or_else(none, |weeks| weeks.to_string());
        let revenue = own.measures.first().and_then(|measure| measure.weeks);
        let row = [
            own.id.clone(),
            own.soonest.map_or("–".to_owned(), |(measure, _)| measure.in_words().to_owned()),
            weeks(own.soonest.map(|(_, weeks)| weeks)),
            weeks(revenue),
            money.short(own.worth.deciding_now),
            money.short(own.worth.testing_first),
            own.worth.advice.clone(),
        ];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

fn power(own: &InterventionPlan, plan: &ExperimentPlan) -> Result<Figure, ChartError> {
    let curve = |measure: &MeasurePower| Curve {
        label: measure.measure.in_words().to_owned(),
        points: measure
            .simulated
            .iter()
            .enumerate()
            .map(|(week, &power)| (week as f64 + 1.0, Estimate::bare(power)))
            .collect(),
    };
    let title = match own.soonest {
        Some((measure, weeks)) => format!("“{}” is seen after {weeks} weeks, in {}", own.id, measure.in_words()),
        None => format!("“{}” is not seen reliably within {} weeks", own.id, own.enrolled.len()),
    };
    let subtitle = "Share of simulated experiments that find the effect, by duration".to_owned();
    let chart = Curves {
        headline: Headline::new(title, subtitle),
        across: ("weeks".to_owned(), Unit::Plain),
        up: ("power".to_owned(), Unit::Share),
        wanted: Some((plan.power, format!("power {}", Unit::Share.short(plan.power)))),
        mark: own.soonest.map(|(_, weeks)| (f64::from(weeks), format!("{weeks} weeks"))),
        curves: own.measures.iter().map(curve).collect(),
    };
    Ok(Figure { name: format!("power_{}", own.id), picture: chart.picture()?, caption: String::new() })
}

fn measures(own: &InterventionPlan) -> Result<Table, TableError> {
    let share = |name: &str| Column::share(name, "", 1);
    let columns = vec![
        Column::text("Measure"),
        Column::integer("Weeks", ""),
        Column::integer("Enrolled", "users"),
        share("Effect"),
        share("Smallest found"),
        share("Power"),
        share("Closed form"),
        share("If it did nothing"),
    ];
    let title =
        format!("“{}”: what experiments of each duration find; effects as shares of the control's value", own.id);
    let mut table = Table::new(format!("power_{}", own.id), title, columns);
    for measure in &own.measures {
        for week in 0..own.enrolled.len() {
            let finite = |value: f64| value.is_finite().then_some(value);
            table.push(vec![
                measure.measure.in_words().into(),
                (week as i64 + 1).into(),
                (own.enrolled[week].round() as i64).into(),
                finite(measure.effect[week]).into(),
                finite(measure.detectable[week]).into(),
                measure.simulated[week].into(),
                measure.closed_form[week].into(),
                measure.under_null[week].into(),
            ])?;
        }
    }
    Ok(table)
}
