//! What a run says of the recorded users who go on in it: totals with intervals, what would narrow them, day by day.

use super::{
    chart::{Chart, Headline, forecast_fan::ForecastFan, revenue_fan::trailing_mean},
    document::{Block, Figure, Section},
    number::{Unit, count},
    run_report::ReportError,
    table::{Cell, Column, Table, TableError},
};
use crate::{
    study::twins::{
        backtest::TwinBacktest,
        forecast::{Forecast, Quantity, Sources, Told},
        outlook::LEVELS,
    },
    world::scenario::Scenario,
};

/// Days of the past that the picture shows.
const PAST: usize = 120;

/// The section of a run's report.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn section(scenario: &Scenario, forecast: &Forecast, past: &[f64]) -> Result<Section, ReportError> {
    let money = Unit::money(scenario.currency);
    let blocks = vec![
        Block::Paragraph(answer(&money, forecast)),
        Block::Figure(fan(&money, forecast, past, &[])?),
        Block::Table(totals(&money, forecast)?),
        Block::Paragraph(NOTE.to_owned()),
        Block::Table(weeks(&money, forecast)?),
        Block::Paragraph("Each recorded user's own forecast is in customers.csv.".to_owned()),
    ];
    Ok(Section::new("What happens if nothing is changed", blocks))
}

/// The answer in the terminal.
///
/// # Errors
/// [`ReportError`], which would be a fault of this program.
pub fn printed(scenario: &Scenario, forecast: &Forecast) -> Result<String, ReportError> {
    let money = Unit::money(scenario.currency);
    Ok(format!("{}\n\n{}", answer(&money, forecast), totals(&money, forecast)?.to_text()))
}

const NOTE: &str = "Intervals hold what one more world would show. Its variance has three sources: the law of the population, which \
                    a longer record of more users would narrow; who each recorded user is, which a longer record of them \
                    would narrow; and luck, which nothing narrows. The shares add up to 100%.";

fn answer(money: &Unit, forecast: &Forecast) -> String {
    let Some(revenue) = forecast.totals.first() else { return String::new() };
    let there = count(forecast.there.round() as i64);
    let known = count(forecast.recorded_users as i64);
    format!(
        "From {} to {}, if nothing is changed, {} of revenue{}. Of {known} recorded users {there} are still there. {}",
        forecast.from,
        forecast.to,
        money.short(revenue.told.mean),
        range(money, &revenue.told),
        revenue.told.sources.map(advice).unwrap_or_default()
    )
}

/// " (80% interval $1K to $2K)".
fn range(unit: &Unit, told: &Told) -> String {
    told.at(LEVELS[1]).map_or_else(String::new, |(lo, hi)| {
        format!(" ({:.0}% interval {} to {})", 100.0 * LEVELS[1], unit.short(lo), unit.short(hi))
    })
}

fn advice(sources: Sources) -> String {
    let Sources { law, people, luck } = sources;
    let share = |part: f64| Unit::Share.short(part);
    let most = if luck >= law && luck >= people {
        "most of it is luck, which nothing narrows"
    } else if law >= people {
        "what narrows it most is a longer record of more users"
    } else {
        "what narrows it most is to know each user for longer"
    };
    format!(
        "Of the variance {} is the population's law, {} who each user is, {} luck: {most}.",
        share(law),
        share(people),
        share(luck)
    )
}

/// The section of a backtest's report: what worlds of twins said of a past day, and what came.
///
/// # Errors
/// [`ReportError`], which would be a fault of this program.
pub fn held(scenario: &Scenario, found: &TwinBacktest) -> Result<Section, ReportError> {
    let money = Unit::money(scenario.currency);
    let mut blocks = vec![Block::Paragraph(kept(&money, found))];
    let chart = fan(&money, &found.forecast, &found.past, &found.came)?;
    blocks.push(Block::Figure(Figure { name: format!("twins_{}", found.as_of.replace('-', "_")), ..chart }));
    blocks.push(Block::Table(errors(&money, found)?));
    Ok(Section::new(format!("Revenue by day, as of {}", found.as_of), blocks))
}

/// What came of a forecast by twins.
#[must_use]
pub fn kept(money: &Unit, found: &TwinBacktest) -> String {
    let best = found.weekly_rmse.iter().filter(|(name, _)| **name != "twins").min_by(|a, b| a.1.total_cmp(b.1));
    let own = found.weekly_rmse.get("twins").copied().unwrap_or(f64::NAN);
    let beside = best.map_or_else(String::new, |(name, error)| {
        let name = name.replace('_', " ");
        format!(
            " A week's total was off by {} (root mean square), the best of the series by {} ({name}).",
            money.short(own),
            money.short(*error)
        )
    });
    format!(
        "As of {}, worlds of twins expected {} of revenue in {} days{}; {} came. {} of the days lie in their 80% interval, {} of \
         the weeks.{beside}",
        found.as_of,
        money.short(found.revenue.mean),
        found.horizon_days,
        range(money, &found.revenue),
        money.short(found.actual),
        Unit::Share.short(found.daily_coverage[1]),
        Unit::Share.short(found.weekly_coverage[1]),
    )
}

fn errors(money: &Unit, found: &TwinBacktest) -> Result<Table, TableError> {
    let columns = ["Forecast", "Error of a week's revenue"].map(Column::text).into();
    let name = format!("weekly_errors_{}", found.as_of.replace('-', "_"));
    let mut table = Table::new(&name, "Root mean square error of weekly revenue, twins and totals alone", columns);
    for (name, error) in &found.weekly_rmse {
        table.push(vec![name.replace('_', " ").into(), money.short(*error).into()])?;
    }
    Ok(table)
}

fn unit<'a>(money: &'a Unit, quantity: &Quantity) -> &'a Unit {
    if quantity.name.starts_with("revenue") { money } else { &Unit::Plain }
}

fn totals(money: &Unit, forecast: &Forecast) -> Result<Table, TableError> {
    let levels = LEVELS.map(|level| format!("{:.0}% interval", 100.0 * level));
    let mut names = vec!["Quantity".to_owned(), "Expected".to_owned()];
    names.extend(levels);
    names.extend(["Law", "People", "Luck"].map(str::to_owned));
    let title = format!("From {} to {}, {} days", forecast.from, forecast.to, forecast.horizon_days);
    let mut table = Table::new("forecast", title, names.into_iter().map(Column::text).collect());
    for quantity in &forecast.totals {
        let (unit, told) = (unit(money, quantity), &quantity.told);
        let mut row = vec![quantity.name.replace('_', " "), unit.short(told.mean)];
        row.extend(LEVELS.map(|level| match told.at(level) {
            Some((lo, hi)) => format!("{} to {}", unit.short(lo), unit.short(hi)),
            None => "–".to_owned(),
        }));
        let shares = told.sources.map(|of| [of.law, of.people, of.luck]);
        row.extend((0..3).map(|i| shares.map_or_else(|| "–".to_owned(), |of| Unit::Share.short(of[i]))));
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

fn weeks(money: &Unit, forecast: &Forecast) -> Result<Table, TableError> {
    let columns = ["Week from", "Revenue expected", "80% interval"].map(Column::text).into();
    let mut table = Table::new("forecast_weeks", "Revenue by week", columns);
    for week in &forecast.weeks {
        let range = week.told.at(LEVELS[1]);
        let range = range.map_or("–".to_owned(), |(lo, hi)| format!("{} to {}", money.short(lo), money.short(hi)));
        table.push(vec![week.date.as_str().into(), money.short(week.told.mean).into(), range.into()])?;
    }
    Ok(table)
}

fn fan(money: &Unit, forecast: &Forecast, past: &[f64], came: &[f64]) -> Result<Figure, ReportError> {
    let week = trailing_mean(past, 7);
    let from = week.len().saturating_sub(PAST);
    let after = trailing_mean(came, 7);
    let seen = week.iter().enumerate().skip(from).filter(|(_, value)| value.is_finite());
    let band = |&level: &f64| {
        let name = format!("{:.0}% of worlds", 100.0 * level);
        (name, forecast.days.iter().map(|day| day.told.at(level).unwrap_or((f64::NAN, f64::NAN))).collect::<Vec<_>>())
    };
    let whole = |(_, band): &(String, Vec<(f64, f64)>)| band.iter().all(|ends| ends.0.is_finite());
    let total = forecast.totals.first().map_or(f64::NAN, |revenue| revenue.told.mean);
    let chart = ForecastFan {
        headline: Headline::new(
            format!("The next {} days will bring {}", forecast.horizon_days, money.short(total)),
            "Revenue a day: recorded (mean of 7 days), and expected day by day with what worlds show",
        ),
        unit: money.clone(),
        axis: "Revenue a day".to_owned(),
        past: seen.map(|(day, value)| (day as f64 - past.len() as f64, *value)).collect(),
        days: (0..forecast.days.len()).map(|day| day as f64).collect(),
        mean: forecast.days.iter().map(|day| day.told.mean).collect(),
        beside: None,
        bands: LEVELS.iter().rev().map(band).filter(whole).collect(),
        came: after
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite())
            .map(|(day, v)| (day as f64, *v))
            .collect(),
    };
    Ok(Figure { name: "forecast".to_owned(), picture: chart.picture()?, caption: String::new() })
}
