//! The report of a past change: what was projected as of the day before, and what came.

use super::{
    chart::{Chart, Headline, forecast_fan::ForecastFan, revenue_fan::trailing_mean},
    document::{Block, Document, Figure, KeyFigure, Section},
    number::{Unit, count},
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    study::{
        estimate::Estimate,
        twins::{
            forecast::Told,
            outlook::LEVELS,
            past_change::{Held, LEVEL, PastChange},
        },
    },
    world::scenario::Scenario,
};

/// Days of the past that the picture shows.
const PAST: usize = 120;

/// Makes the report.
///
/// # Errors
/// [`ReportError`] if a table does not fit together, which would be a fault of this program.
pub fn of(scenario: &Scenario, found: &PastChange, origin: &Origin) -> Result<Report, ReportError> {
    let money = Unit::money(scenario.currency);
    let (answer, held) = (answer(&money, found), held(&money, found)?);
    let printed = [scenario.question.clone(), answer.clone(), held.to_text(), NOTE.to_owned()];
    let printed = printed.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let blocks = vec![
        Block::Figure(fan(&money, found)?),
        Block::Table(held),
        Block::Paragraph(NOTE.to_owned()),
        Block::Table(treated(found)?),
    ];
    let command = format!(
        "{}\n\n# seed {}, cwm {}\n{}",
        origin.command,
        scenario.seed,
        env!("CARGO_PKG_VERSION"),
        origin.hashes()
    );
    let document = Document {
        title: title(found),
        question: scenario.question.clone(),
        answer,
        key_figures: found.quantities.first().map(|revenue| key_figures(&money, revenue)).unwrap_or_default(),
        sections: vec![
            Section::new(format!("From {} to {}", found.on, found.to), blocks),
            Section::new("How to reproduce it", vec![Block::Code(command)]),
        ],
        colophon: format!("Drawn by cwm {}. Nothing after the day before was known.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

const NOTE: &str = "What came less the world without the change is an interrupted time series: whatever else began on that day \
                    is in it too, so it is the change's own effect only if nothing else did. Only an experiment tells them apart.";

fn title(found: &PastChange) -> String {
    match found.quantities.first() {
        Some(revenue) if revenue.held => "The projection of the change held what came".to_owned(),
        Some(revenue) if revenue.came > revenue.with.mean => "The change brought more than was projected".to_owned(),
        _ => "The change brought less than was projected".to_owned(),
    }
}

fn answer(money: &Unit, found: &PastChange) -> String {
    let Some(revenue) = found.quantities.first() else { return String::new() };
    let held = if revenue.held { "which holds it" } else { "which misses it" };
    format!(
        "With {} from {} on, {} of revenue was projected for {} days{}; {} came, {held}. Without it, {} was expected{}{}. The \
         change was projected at {}; {} came beyond the world without it.{}",
        listed(found),
        found.on,
        money.short(revenue.with.mean),
        found.horizon_days,
        range(money, &revenue.with),
        money.short(revenue.came),
        money.short(revenue.without.mean),
        range(money, &revenue.without),
        if revenue.as_without {
            ", which holds what came as well: the record cannot tell the change from none"
        } else {
            ""
        },
        signed(money, &revenue.change),
        signed(money, &revenue.since),
        found.realised.map(|share| came_true(&share)).unwrap_or_default(),
    )
}

fn came_true(share: &Estimate) -> String {
    let ends = |share: &Estimate| Some((Unit::Share.short(share.lo?), Unit::Share.short(share.hi?)));
    let range = ends(share).map_or_else(String::new, |(lo, hi)| format!(" ({lo} to {hi})"));
    format!(" Of the projected change {}{range} has come true.", Unit::Share.short(share.mean))
}

fn listed(found: &PastChange) -> String {
    found.treated.iter().map(|it| it.intervention.as_str()).collect::<Vec<_>>().join(" and ")
}

/// " (80% interval $1K to $2K)".
fn range(unit: &Unit, told: &Told) -> String {
    told.at(LEVEL).map_or_else(String::new, |(lo, hi)| {
        format!(" ({:.0}% interval {} to {})", 100.0 * LEVEL, unit.short(lo), unit.short(hi))
    })
}

fn signed(unit: &Unit, change: &Estimate) -> String {
    match (change.lo, change.hi) {
        (Some(lo), Some(hi)) => {
            format!("{} ({} to {})", unit.signed(change.mean), unit.signed(lo), unit.signed(hi))
        }
        _ => unit.signed(change.mean),
    }
}

fn key_figures(money: &Unit, revenue: &Held) -> Vec<KeyFigure> {
    let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
    let interval = |told: &Told| range(money, told).trim().trim_matches(['(', ')']).to_owned();
    vec![
        figure("Projected with the change", money.short(revenue.with.mean), interval(&revenue.with)),
        figure("Came", money.short(revenue.came), if revenue.held { "held" } else { "missed" }.to_owned()),
        figure("Without the change", money.short(revenue.without.mean), interval(&revenue.without)),
    ]
}

fn held(money: &Unit, found: &PastChange) -> Result<Table, TableError> {
    let names = ["Quantity", "Without", "80% interval", "With", "80% interval", "Change", "Came", "Held"];
    let title = format!("From {} to {}, {} days, {} worlds", found.on, found.to, found.horizon_days, found.worlds);
    let mut table = Table::new("past_change", title, names.map(Column::text).into());
    for quantity in &found.quantities {
        let unit = if quantity.name == "revenue" { money } else { &Unit::Plain };
        let ends = |told: &Told| {
            told.at(LEVEL).map_or("–".to_owned(), |(lo, hi)| format!("{} to {}", unit.short(lo), unit.short(hi)))
        };
        let row = [
            quantity.name.replace('_', " "),
            unit.short(quantity.without.mean),
            ends(&quantity.without),
            unit.short(quantity.with.mean),
            ends(&quantity.with),
            signed(unit, &quantity.change),
            unit.short(quantity.came),
            if quantity.held { "yes" } else { "no" }.to_owned(),
        ];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

fn treated(found: &PastChange) -> Result<Table, TableError> {
    let columns = ["Intervention", "Users treated, in an average world"].map(Column::text).into();
    let mut table = Table::new("past_change_treated", "Whom it was for", columns);
    for it in &found.treated {
        table.push(vec![it.intervention.as_str().into(), count(it.users.round() as i64).into()])?;
    }
    Ok(table)
}

fn fan(money: &Unit, found: &PastChange) -> Result<Figure, ReportError> {
    let week = trailing_mean(&found.past, 7);
    let from = week.len().saturating_sub(PAST);
    let seen = week.iter().enumerate().skip(from).filter(|(_, value)| value.is_finite());
    let after = trailing_mean(&found.came, 7);
    let came = after.iter().enumerate().filter(|(_, value)| value.is_finite());
    let band = |&level: &f64| {
        let name = format!("{:.0}% of worlds", 100.0 * level);
        (name, found.with.iter().map(|day| day.told.at(level).unwrap_or((f64::NAN, f64::NAN))).collect::<Vec<_>>())
    };
    let chart = ForecastFan {
        headline: Headline::new(
            title(found),
            "Revenue a day: recorded (mean of 7 days), projected with the change and expected without it",
        ),
        unit: money.clone(),
        axis: "Revenue a day".to_owned(),
        past: seen.map(|(day, value)| (day as f64 - found.past.len() as f64, *value)).collect(),
        days: (0..found.with.len()).map(|day| day as f64).collect(),
        mean: found.with.iter().map(|day| day.told.mean).collect(),
        beside: Some(("without it".to_owned(), found.without.clone())),
        bands: LEVELS.iter().rev().map(band).collect(),
        came: came.map(|(day, value)| (day as f64, *value)).collect(),
    };
    let caption = format!("{} of the days lie in their 80% interval.", Unit::Share.short(found.daily_coverage[1]));
    Ok(Figure { name: "past_change".to_owned(), picture: chart.picture()?, caption })
}
