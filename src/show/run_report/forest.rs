//! All metrics of each arm at a glance: what each changes, as shares that stand on one axis.

use super::{
    super::{
        chart::{Chart, ChartError, EffectForest, Headline, effect_forest::ForestRow},
        document::{Block, Figure},
        number::{Estimate, Unit},
    },
    Telling, beyond, shown,
};
use crate::study::projection::{ArmEffects, LEVEL, MetricEffect};

/// A forest of each arm, of which a reader may want one at a time.
pub(super) fn block(telling: &Telling<'_>) -> Result<Block, ChartError> {
    let arms = &telling.projection.effects;
    let figures = arms.iter().map(|arm| Ok((arm.id.clone(), vec![Block::Figure(forest(arm, &telling.money)?)])));
    Ok(Block::Alternatives(figures.collect::<Result<_, ChartError>>()?))
}

fn forest(arm: &ArmEffects, money: &Unit) -> Result<Figure, ChartError> {
    let revenue = arm.metrics.first().map_or(f64::NAN, |revenue| revenue.control);
    let chart = EffectForest {
        headline: Headline::new(
            title(arm),
            format!(
                "Change against the control, {:.0}% intervals; blue is better, orange worse; filled: the interval excludes no change",
                LEVEL * 100.0
            ),
        ),
        axis: "change as a share of the control's value; of profit, as a share of its revenue".to_owned(),
        rows: arm.metrics.iter().map(|metric| row(metric, revenue, money)).collect(),
    };
    Ok(Figure { name: format!("effects_{}", arm.id), picture: chart.picture()?, caption: String::new() })
}

fn row(metric: &MetricEffect, revenue: f64, money: &Unit) -> ForestRow {
    let now = format!("now {}", beyond::level(metric, money));
    ForestRow {
        label: if metric.guardrail { format!("guardrail: {}", metric.metric) } else { metric.metric.clone() },
        value: share(metric, revenue),
        note: if metric.relative { now } else { format!("{}; {now}", beyond::middle(metric, money)) },
        group: usize::from(worse(metric)),
        stands: sign(metric) != 0,
    }
}

/// Whether it goes the way that is not wanted, by its middle.
fn worse(metric: &MetricEffect) -> bool {
    (metric.change.mean > 0.0) == metric.guardrail
}

/// The change on an axis that all metrics share.
fn share(metric: &MetricEffect, revenue: f64) -> Estimate {
    let of = if metric.metric.starts_with("share") { metric.control } else { revenue };
    match metric.relative {
        true => shown(&metric.change),
        false if of > 0.0 => shown(&metric.change.times(1.0 / of)),
        false => Estimate::new(f64::NAN, f64::NAN, f64::NAN),
    }
}

/// Which way the interval says that it goes; 0 if it holds no change.
fn sign(metric: &MetricEffect) -> i8 {
    let (lo, hi) = (metric.change.lo.unwrap_or(0.0), metric.change.hi.unwrap_or(0.0));
    i8::from(lo > 0.0) - i8::from(hi < 0.0)
}

/// The finding: what gets better, and which guardrails get worse.
fn title(arm: &ArmEffects) -> String {
    let (guardrails, metrics): (Vec<&MetricEffect>, Vec<_>) = arm.metrics.iter().partition(|metric| metric.guardrail);
    let count = |way: i8| metrics.iter().filter(|metric| sign(metric) == way).count();
    let lowers = Some(count(-1)).filter(|&lower| lower > 0).map(|lower| format!(" and lowers {lower}"));
    let worse: Vec<&str> = guardrails.iter().filter(|it| sign(it) > 0).map(|it| it.metric.as_str()).collect();
    let held = match worse.as_slice() {
        [] => "no guardrail gets worse".to_owned(),
        [one] => format!("but the {one} rises"),
        more => format!("but {} guardrails get worse", more.len()),
    };
    let (better, all, lowers) = (count(1), metrics.len(), lowers.unwrap_or_default());
    format!("\u{201c}{}\u{201d} lifts {better} of {all} metrics{lowers}, {held}: 80% intervals", arm.id)
}
