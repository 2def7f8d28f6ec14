//! The charts of an experiment's report.

use super::Telling;
use crate::{
    show::{
        chart::{Chart, ChartError, EffectForest, Headline, QiniCurve, effect_forest::ForestRow, qini_curve::QiniLine},
        document::Figure,
        number::{Estimate, Unit},
    },
    study::experiment::{
        analysis::Comparison,
        uplift::targeting::{Ranking, Targeting},
    },
};

/// Rows of one chart.
const MOST_ROWS: usize = 14;
/// Lines of one chart.
const MOST_LINES: usize = 5;

pub(super) fn forest(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let analysis = telling.analysis;
    let mut metrics: Vec<&str> = Vec::new();
    for one in &analysis.comparisons {
        if !metrics.contains(&one.metric.as_str()) {
            metrics.push(&one.metric);
        }
    }
    let row = |one: &Comparison| {
        let relative = one.relative.map_or(Estimate::new(f64::NAN, f64::NAN, f64::NAN), |relative| {
            Estimate::new(relative.estimate, relative.lo, relative.hi)
        });
        ForestRow {
            label: format!("{} · {}", one.metric, one.arm),
            value: relative,
            note: format!("{} absolute, p {}", Unit::Plain.signed(one.estimate), super::p_text(one.p_value)),
            group: metrics.iter().position(|metric| *metric == one.metric).unwrap_or(0),
            stands: telling.stands(one),
        }
    };
    let level = Unit::Share.short(analysis.level);
    let what = if telling.is_effect() { "Relative effect" } else { "Relative difference (association)" };
    let subtitle = format!("{what} against {}, {level} intervals; filled: stands after correction", control(telling));
    let chart = EffectForest {
        headline: Headline::new(telling.title(), subtitle),
        axis: format!("difference as a share of {}'s value", control(telling)),
        rows: analysis.comparisons.iter().take(MOST_ROWS).map(row).collect(),
    };
    let more = analysis.comparisons.len().saturating_sub(MOST_ROWS);
    let caption = if more > 0 { format!("{more} more are in the table.") } else { String::new() };
    Ok(Figure { name: "effects".to_owned(), picture: chart.picture()?, caption })
}

fn control<'a>(telling: &'a Telling<'_>) -> &'a str {
    telling.analysis.comparisons.first().map_or("control", |one| one.control.as_str())
}

pub(super) fn qini(found: &Targeting) -> Result<Figure, ChartError> {
    let line = |ranking: &Ranking| QiniLine {
        label: ranking.name.clone(),
        note: format!("Qini {:.3} ± {:.3}", ranking.qini, ranking.sd),
        points: ranking
            .curve
            .iter()
            .map(|point| {
                let reach = 1.96 * point.sd;
                (point.share, Estimate::new(point.gain, point.gain - reach, point.gain + reach))
            })
            .collect(),
    };
    let best = found.rankings.iter().take(MOST_LINES - 1);
    let mut lines: Vec<QiniLine> = best.map(line).collect();
    let learner = found.rankings.iter().skip(MOST_LINES - 1).find(|one| one.learner);
    let random = found.rankings.iter().skip(MOST_LINES - 1).find(|one| one.name == "random");
    lines.extend(learner.into_iter().chain(random).map(line));
    let title = match &found.learner_over_rule {
        Some(advantage) if advantage.better => {
            format!("“{}” ranks users better than any simple rule", advantage.learner)
        }
        Some(advantage) => format!("No learner beats the simple rule “{}”", advantage.rule),
        None => "Whom to treat".to_owned(),
    };
    let chart = QiniCurve {
        headline: Headline::new(
            title,
            format!(
                "{} for {}: mean of ten random halves; band: 95% of the best; dashed: chance",
                found.arm, found.metric
            ),
        ),
        unit: Unit::Plain,
        axis: format!("extra {} per user, were as many treated", found.metric),
        lines,
    };
    let name: String = format!("qini_{}_{}", found.arm, found.metric);
    let name = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    Ok(Figure { name, picture: chart.picture()?, caption: String::new() })
}
