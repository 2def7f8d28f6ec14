//! The charts of reports on accounts.

use crate::{
    show::{
        chart::{
            Bars, Calibration, Chart, ChartError, Headline, Heat,
            account_timeline::{AccountTimeline, ContractEnd, Strip},
            bars::Bar,
            calibration::{CalibrationPoint, FacetCalibration},
        },
        document::Figure,
        number::{Estimate, Unit},
    },
    study::accounts::{
        association::Association,
        explanation::{AccountExplanation, Told, date},
        foresight::{Bin, Foresight, Scores},
        spread::{Funnel, Spread},
    },
};

/// Signals that one chart shows.
const SHOWN: usize = 12;

/// What goes with something, a standard deviation each; none where nothing could be looked at.
pub(super) fn associations(name: &str, of_what: &str, found: &[Association]) -> Result<Option<Figure>, ChartError> {
    let Some(first) = found.first() else { return Ok(None) };
    let bar = |one: &Association| {
        let at = |value: Option<f64>| value.map_or(f64::NAN, |value| value * one.spread);
        Bar {
            label: one.signal.replace('_', " "),
            value: Estimate::new(one.points.mean * one.spread, at(one.points.lo), at(one.points.hi)),
            note: String::new(),
        }
    };
    let chart = Bars {
        headline: Headline::new(
            format!("“{}” goes with {of_what} most surely", first.signal.replace('_', " ")),
            "Points of probability a standard deviation, others held still; whiskers are 95% intervals".to_owned(),
        ),
        unit: Unit::Share,
        axis: "association, a standard deviation".to_owned(),
        bars: found.iter().take(SHOWN).map(bar).collect(),
    };
    let caption = "Association is not effect.".to_owned();
    Ok(Some(Figure { name: format!("associations_{name}"), picture: chart.picture()?, caption }))
}

/// How modules spread.
pub(super) fn heat(spread: &Spread) -> Result<Figure, ChartError> {
    let ends = |cells: &[f64]| Some((*cells.first()?, *cells.last()?));
    let moved = |cells: &[f64]| ends(cells).map_or(0.0, |(first, last)| (last - first).abs());
    let most = spread.modules.iter().max_by(|a, b| moved(&a.1).total_cmp(&moved(&b.1)));
    let title = most.and_then(|(module, cells)| {
        let (first, last) = ends(cells)?;
        let (from, to) = (Unit::Share.short(first), Unit::Share.short(last));
        Some(format!("“{module}” changed most: from {from} to {to} of the accounts"))
    });
    let title = title.unwrap_or_default();
    let step = spread.weeks.len().div_ceil(8).max(1);
    let chart = Heat {
        headline: Headline::new(
            title,
            "Share of accounts in which somebody used the module that week; the last at the right",
        ),
        unit: Unit::Share,
        axis: "weeks, by the day they ended on".to_owned(),
        ticks: spread.weeks.iter().enumerate().step_by(step).map(|(place, day)| (place, date(*day))).collect(),
        rows: spread.modules.clone(),
    };
    Ok(Figure { name: "adoption".to_owned(), picture: chart.picture()?, caption: String::new() })
}

/// How far accounts have come on the way to a product.
pub(super) fn funnel(funnel: &Funnel) -> Result<Figure, ChartError> {
    let all = funnel.steps.first().map_or(0, |(_, count)| *count).max(1);
    let bar = |(label, count): &(String, usize)| Bar {
        label: label.clone(),
        value: Estimate::bare(*count as f64),
        note: format!("{} of all", Unit::Share.short(*count as f64 / all as f64)),
    };
    let ready = funnel.steps.get(2).map_or(0, |(_, count)| *count);
    let chart = Bars {
        headline: Headline::new(
            format!("{ready} accounts are ready for {}", funnel.sku),
            "Accounts at the end of the record".to_owned(),
        ),
        unit: Unit::Plain,
        axis: "accounts".to_owned(),
        bars: funnel.steps.iter().map(bar).collect(),
    };
    let name = format!("funnel_{}", funnel.sku);
    Ok(Figure { name, picture: chart.picture()?, caption: String::new() })
}

/// The account over time.
pub(super) fn timeline(told: &AccountExplanation) -> Result<Figure, ChartError> {
    let now = told.weeks.last().map_or_else(
        || "Nobody has been seen".to_owned(),
        |(_, share)| format!("{} of the seats came in the last week", Unit::Share.short(*share)),
    );
    let days = told.weeks.iter().map(|(day, _)| *day);
    let step = told.weeks.len().div_ceil(6).max(1);
    let at = |one: &Told| (f64::from(one.day), Estimate::bare(one.probability));
    let mut foretold: Vec<(f64, Estimate)> = told.foretold.iter().map(at).collect();
    foretold.extend(told.weeks.last().map(|(day, _)| (f64::from(*day), super::shown(&told.renews))));
    foretold.sort_by(|a, b| a.0.total_cmp(&b.0));
    let end = |(day, stayed): &(i32, Option<bool>)| ContractEnd {
        day: f64::from(*day),
        label: match stayed {
            Some(true) => "renewed",
            Some(false) => "left",
            None => "contract ends",
        }
        .to_owned(),
        stayed: *stayed,
    };
    let chart = AccountTimeline {
        headline: Headline::new(
            now,
            "Share of seats that came by week, and the renewal as it was foretold; 80% interval today",
        ),
        ticks: days.step_by(step).map(|day| (f64::from(day), date(day))).collect(),
        used: told.weeks.iter().map(|(day, share)| (f64::from(*day), *share)).collect(),
        foretold,
        strips: strips(told),
        ends: told.ends.iter().map(end).collect(),
    };
    Ok(Figure { name: "timeline".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn strips(told: &AccountExplanation) -> Vec<Strip> {
    let mut strips: Vec<Strip> = Vec::new();
    for mark in &told.marks {
        let place = strips.iter().position(|strip| strip.label == mark.kind).unwrap_or_else(|| {
            strips.push(Strip { label: mark.kind.clone(), marks: Vec::new() });
            strips.len() - 1
        });
        strips[place].marks.push((f64::from(mark.day), mark.bad));
    }
    strips
}

/// What is believed of each module.
pub(super) fn modules(told: &AccountExplanation) -> Result<Figure, ChartError> {
    let adopted = told.modules.iter().filter(|module| module.adopted > 0.5).count();
    let bar = |module: &crate::study::accounts::explanation::ModuleBelief| Bar {
        label: module.module.clone(),
        value: Estimate::bare(module.adopted),
        note: format!("{} of seats in a week", Unit::Share.short(module.share)),
    };
    let chart = Bars {
        headline: Headline::new(
            format!("{adopted} of {} modules are more likely adopted than not", told.modules.len()),
            "P(adopted) by knowledge tracing; touching a module once is not adopting it".to_owned(),
        ),
        unit: Unit::Share,
        axis: "P(adopted)".to_owned(),
        bars: told.modules.iter().map(bar).collect(),
    };
    Ok(Figure { name: "modules".to_owned(), picture: chart.picture()?, caption: String::new() })
}

/// Whether what was foretold happened as often; none where nothing was foretold.
pub(in crate::show) fn calibration(foresight: &Foresight) -> Result<Option<Figure>, ChartError> {
    let all = foresight.renewal.iter().chain(&foresight.expansion);
    let facets: Vec<FacetCalibration> = all.filter(|scores| !scores.bins.is_empty()).map(facet).collect();
    if facets.is_empty() {
        return Ok(None);
    }
    let slope = foresight.renewal.iter().find(|scores| scores.days_ahead == 90).map(|scores| scores.slope.mean);
    let title = slope
        .map_or_else(String::new, |slope| format!("Renewals foretold 90 days ahead: slope {slope:.2}, 1 is right"));
    let chart =
        Calibration { headline: Headline::new(title, "Bins of equal size; whiskers are 80% intervals"), facets };
    let caption = "On the diagonal, what is said to happen in 80 of 100 cases happens in 80.".to_owned();
    Ok(Some(Figure { name: "calibration".to_owned(), picture: chart.picture()?, caption }))
}

fn facet(scores: &Scores) -> FacetCalibration {
    let count: usize = scores.bins.iter().map(|bin| bin.count).sum();
    let point = |bin: &Bin| {
        let reach = 1.2816 * (bin.observed * (1.0 - bin.observed) / bin.count as f64).sqrt();
        CalibrationPoint {
            predicted: bin.predicted,
            observed: Estimate::new(bin.observed, (bin.observed - reach).max(0.0), (bin.observed + reach).min(1.0)),
            count: bin.count as u64,
        }
    };
    let miss = |bin: &Bin| (bin.predicted - bin.observed).abs() * bin.count as f64;
    FacetCalibration {
        label: format!("{}, {} days ahead", scores.subject, scores.days_ahead),
        points: scores.bins.iter().map(point).collect(),
        ece: scores.bins.iter().map(miss).sum::<f64>() / count.max(1) as f64,
        slope: scores.slope.mean,
    }
}
