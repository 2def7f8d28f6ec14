//! The report of a backtest: would the forecast of a past day have been right, and is it better than the field's?

use super::{
    chart::{
        Chart, ChartError, Headline,
        calibration::{Calibration, FacetCalibration},
    },
    document::{Block, Document, Figure, KeyFigure, Section},
    number::{Estimate, Unit, count},
    replay_report::point,
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    study::{
        forecast::{
            backtest::{Backtest, Gain, Gains, Held},
            customers::Counted,
            scores::Scores,
        },
        reference::kind,
        validation::calibration::ReliabilityBin,
    },
    world::scenario::Scenario,
};

/// Makes the report of backtests, one a day that was asked for.
///
/// # Errors
/// [`ReportError`] if a table does not fit together, which would be a fault of this program.
pub fn of(scenario: &Scenario, found: &[Backtest], counted: Counted, origin: &Origin) -> Result<Report, ReportError> {
    let mut sections = Vec::new();
    let mut printed = vec![scenario.question.clone()];
    for backtest in found {
        let (scores, totals) = (scores(backtest)?, totals(scenario, backtest)?);
        printed.extend([answer(backtest, counted), scores.to_text(), totals.to_text()]);
        let blocks = vec![
            Block::Paragraph(answer(backtest, counted)),
            Block::Figure(reliability(backtest)?),
            Block::Table(scores),
            Block::Paragraph(NOTE.to_owned()),
            Block::Table(gains(backtest)?),
            Block::Table(totals),
            Block::Paragraph(parts(&backtest.purchases)),
        ];
        sections.push(Section::new(format!("As of {}", backtest.as_of), blocks));
    }
    sections.push(Section::new("How to reproduce it", vec![Block::Code(reproduction(scenario, origin))]));
    let document = Document {
        title: title(found),
        question: scenario.question.clone(),
        answer: found.iter().map(|backtest| answer(backtest, counted)).collect::<Vec<_>>().join(" "),
        key_figures: found.first().map(key_figures).unwrap_or_default(),
        sections,
        colophon: format!(
            "Drawn by cwm {}. Nothing after the day was known to the forecast.",
            env!("CARGO_PKG_VERSION")
        ),
    };
    Ok(Report { document, printed: printed.join("\n\n") })
}

const NOTE: &str = "Each error is that of the answer which is best for it: absolute errors are the medians\u{2019}, squared errors \
                    the means\u{2019}. Predicting zero for everybody can have a small absolute error, so it is never read alone. \
                    AUC: of two customers, how often the one who came back had been given the larger probability \
                    to, or the larger mean; log loss: of the probability to come back. Bias: expected over actual; 1 is right.";

fn title(found: &[Backtest]) -> String {
    let better = |backtest: &&Backtest| backtest.ahead_of.values().all(|gains| gains.log_loss_active.lo > 0.0);
    match found.iter().filter(better).count() {
        0 => "The forecast, held against what happened".to_owned(),
        all if all == found.len() => "The forecast tells who comes back better than every reference model".to_owned(),
        some => {
            format!("In {some} of {} the forecast tells who comes back better than every reference model", found.len())
        }
    }
}

fn answer(found: &Backtest, counted: Counted) -> String {
    let total = &found.purchases;
    let what = match counted {
        Counted::Payments => "days of buying",
        Counted::Visits => "days with a visit",
    };
    let interval = total.predicted.interval(0.8).map_or_else(String::new, |interval| {
        let held = if (interval.lo..=interval.hi).contains(&total.actual) { "holds it" } else { "misses it" };
        format!(" (80%: {} to {}, which {held})", whole(interval.lo), whole(interval.hi))
    });
    format!(
        "As of {}, {} {what} were expected of {} customers within {} days{interval}; {} came. {} of the customers came \
         back. {} lie in their 80% interval; whole numbers make these claim {}.",
        found.as_of,
        whole(total.predicted.mean),
        count(found.customers as i64),
        found.horizon_days,
        whole(total.actual),
        Unit::Share.short(found.active_share),
        Unit::Share.short(found.coverage_80),
        Unit::Share.short(found.claimed_80),
    )
}

fn whole(value: f64) -> String {
    count(value.round() as i64)
}

fn key_figures(found: &Backtest) -> Vec<KeyFigure> {
    let figure =
        |label: &str, value: String, note: &str| KeyFigure { label: label.to_owned(), value, note: note.to_owned() };
    vec![
        figure("Customers", count(found.customers as i64), "who had bought by then"),
        figure("AUC", format!("{:.3}", found.scores.auc_active), "of coming back"),
        figure("RMSE", format!("{:.3}", found.scores.rmse), "purchases of a customer"),
        figure("Expected over actual", format!("{:.2}", found.scores.bias), "1 is right"),
    ]
}

fn scores(found: &Backtest) -> Result<Table, TableError> {
    let number = |name: &str, note: &str| Column::float(name, note, 4);
    let columns = vec![
        Column::text("Model"),
        number("MAE", "medians"),
        number("MAE", "means"),
        number("RMSE", ""),
        number("r", ""),
        number("Bias", ""),
        number("AUC", "P"),
        number("AUC", "means"),
        number("Log loss", ""),
    ];
    let title = format!("Customer by customer, as of {}", found.as_of);
    let mut table = Table::new(format!("scores_{}", found.as_of), title, columns);
    table.push(row("this forecast", &found.scores))?;
    for (name, scores) in &found.references {
        table.push(row(titled(name), scores))?;
    }
    for (name, why) in &found.unfitted {
        let mut row: Vec<Cell> = vec![format!("{}: {why}", titled(name)).into()];
        row.extend((0..8).map(|_| Cell::Empty));
        table.push(row)?;
    }
    Ok(table)
}

fn titled(name: &'static str) -> &'static str {
    kind(name).map_or(name, |kind| kind.title())
}

fn row(name: &str, scores: &Scores) -> Vec<Cell> {
    let Scores { mae, mae_of_mean, rmse, correlation, bias, auc_active, auc_expected, log_loss_active, .. } = *scores;
    let numbers = [mae, mae_of_mean, rmse, correlation, bias, auc_active, auc_expected, log_loss_active];
    std::iter::once(name.into()).chain(numbers.map(Cell::from)).collect()
}

fn gains(found: &Backtest) -> Result<Table, TableError> {
    let number = |name: &str| Column::float(name, "", 3).with_interval(0.95);
    let columns = vec![Column::text("Against"), number("MAE"), number("RMSE"), number("AUC"), number("Log loss")];
    let title = format!("What it is better by, as of {}: above 0 is better", found.as_of);
    let mut table = Table::new(format!("gains_{}", found.as_of), title, columns);
    let cell = |gain: &Gain| Cell::from(Estimate::new(gain.value, gain.lo, gain.hi));
    for (name, Gains { mae, rmse, auc_active, log_loss_active }) in &found.ahead_of {
        table.push(vec![titled(name).into(), cell(mae), cell(rmse), cell(auc_active), cell(log_loss_active)])?;
    }
    Ok(table)
}

fn totals(scenario: &Scenario, found: &Backtest) -> Result<Table, TableError> {
    let money = Unit::money(scenario.currency);
    let columns = vec![
        Column::text("All together"),
        Column::text("Predicted"),
        Column::text("50%"),
        Column::text("80%"),
        Column::text("95%"),
        Column::text("Came"),
    ];
    let mut table = Table::new(format!("totals_{}", found.as_of), format!("In all, as of {}", found.as_of), columns);
    table.push(total("purchases", &found.purchases, &whole))?;
    if let Some(revenue) = &found.revenue {
        table.push(total("revenue", &revenue.total, &|value| money.short(value)))?;
    }
    Ok(table)
}

/// Does who is said to come back do so as often as was said?
fn reliability(found: &Backtest) -> Result<Figure, ChartError> {
    let bins = &found.reliability;
    let all: u64 = bins.iter().map(|bin| bin.n).sum();
    let off = |bin: &ReliabilityBin| (bin.predicted - bin.observed).abs() * bin.n as f64;
    let ece = bins.iter().map(off).sum::<f64>() / all.max(1) as f64;
    let facet = FacetCalibration {
        label: "comes back".to_owned(),
        points: bins.iter().map(|bin| point(bin.predicted, bin.observed, bin.n)).collect(),
        ece,
        slope: slope(bins),
    };
    let title = format!("As many came back as was said, within {} on average", Unit::Share.short(ece));
    let subtitle =
        format!("As of {}: observed against predicted shares by tenths of the customers; bars: 95%", found.as_of);
    let chart = Calibration { headline: Headline::new(title, subtitle), facets: vec![facet] };
    let caption = "Each point holds a tenth of the customers.".to_owned();
    Ok(Figure { name: format!("coming_back_{}", found.as_of), picture: chart.picture()?, caption })
}

/// Of observed on predicted shares, by least squares.
fn slope(bins: &[ReliabilityBin]) -> f64 {
    let n: f64 = bins.iter().map(|bin| bin.n as f64).sum();
    let mean = |of: fn(&ReliabilityBin) -> f64| bins.iter().map(|bin| of(bin) * bin.n as f64).sum::<f64>() / n;
    let (x, y) = (mean(|bin| bin.predicted), mean(|bin| bin.observed));
    let product = mean(|bin| bin.predicted * bin.observed) - x * y;
    product / (mean(|bin| bin.predicted * bin.predicted) - x * x)
}

fn total(name: &str, held: &Held, shown: &dyn Fn(f64) -> String) -> Vec<Cell> {
    let mut row: Vec<Cell> = vec![name.into(), shown(held.predicted.mean).into()];
    let ends = held.predicted.intervals.iter();
    row.extend(ends.map(|ends| Cell::from(format!("{} to {}", shown(ends.lo), shown(ends.hi)))));
    row.push(shown(held.actual).into());
    row
}

/// What the interval is made of, and so what would narrow it.
fn parts(held: &Held) -> String {
    let total = &held.predicted;
    let share = |deviation: f64| Unit::Share.short(deviation / total.mean.max(1e-9));
    format!(
        "The interval is made of luck ({} of the total, one standard deviation), of what the fit leaves open ({}), and of \
         what moves all customers together ({}), by how much forecasts from earlier days of this record missed. More \
         customers would narrow the first two; knowing what moved everybody (season, campaigns, prices) the third.",
        share(total.luck),
        share(total.fit),
        share(total.drift)
    )
}

fn reproduction(scenario: &Scenario, origin: &Origin) -> String {
    format!("{}\n\n# seed {}, cwm {}\n{}", origin.command, scenario.seed, env!("CARGO_PKG_VERSION"), origin.hashes())
}
