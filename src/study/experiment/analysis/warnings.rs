//! What to know before believing an experiment, in sentences.

use super::{Analysis, Arms, Comparison, Question};
use crate::{
    history::source::table::Table,
    study::experiment::{
        difference::Effect,
        error::ExperimentError,
        identification::{Identification, Reading},
        sample_ratio::ALARM,
    },
};

/// All warnings, the gravest first.
pub(super) fn of(
    question: &Question,
    table: &Table,
    arms: &Arms,
    found: &Analysis,
) -> Result<Vec<String>, ExperimentError> {
    let mut said = Vec::new();
    said.extend(mismatch(arms, found));
    if found.identification.reading == Reading::Association {
        said.push(format!("Not an effect: {}.", found.identification.why));
    }
    said.extend(found.comparisons.iter().filter_map(outlier));
    said.extend(imbalance(question, found));
    said.extend(several(found));
    said.extend(missing(question, table, arms)?);
    if arms.guessed {
        said.push(format!("No --control was named; {:?} is taken for it.", arms.names[0]));
    }
    if table.rejected > 0 {
        let first = table.first_rejection.as_ref().map_or(String::new(), |first| format!("; the first: {first}"));
        said.push(format!("{} rows could not be read and are left out{first}.", table.rejected));
    }
    said.extend(found.novelty.iter().filter(|one| one.found.p_value < question.alpha).map(|one| {
        format!(
            "{}, {}: the difference wears off with a half-life of {} days; {} lasts ({} to {}).",
            one.arm,
            one.metric,
            one.found.half_life,
            brief(one.found.lasting.estimate),
            brief(one.found.lasting.lo),
            brief(one.found.lasting.hi)
        )
    }));
    Ok(said)
}

fn mismatch(arms: &Arms, found: &Analysis) -> Option<String> {
    let ratio = &found.sample_ratio;
    (ratio.p_value < ALARM).then(|| {
        let sizes = arms.names.iter().map(|name| format!("{name} {}", ratio.users[name])).collect::<Vec<_>>();
        let meant = if ratio.stated { "the stated split" } else { "an equal split, as none was stated (--expected)" };
        format!(
            "Sample-ratio mismatch: {} against {meant} has p {}. Assignment or logging may be broken; find out why before believing a difference.",
            sizes.join(", "),
            p_text(ratio.p_value)
        )
    })
}

fn outlier(one: &Comparison) -> Option<String> {
    let (sensitivity, se) = (one.outliers?, one.se?);
    let effect =
        Effect { estimate: one.estimate, lo: one.lo?, hi: one.hi?, p_value: one.p_value, se, freedom: f64::INFINITY };
    sensitivity.is_large(&effect).then(|| {
        format!(
            "{}, {}: one user (value {}, {}) moves the difference from {} to {}; with the outermost 0.1% pulled in it is {} ({} to {}).",
            one.arm,
            one.metric,
            brief(sensitivity.value),
            if sensitivity.treated { &one.arm } else { &one.control },
            brief(sensitivity.without.estimate),
            brief(sensitivity.with),
            brief(sensitivity.winsorised.estimate),
            brief(sensitivity.winsorised.lo),
            brief(sensitivity.winsorised.hi),
        )
    })
}

fn imbalance(question: &Question, found: &Analysis) -> Vec<String> {
    let level = 0.01 / found.balance.len().max(1) as f64;
    let off = found.balance.iter().filter(|one| one.p_value < level);
    // Of arms that nobody randomised it is no news that they differ.
    off.filter(|_| question.identification == Identification::Randomised)
        .map(|one| {
            format!(
                "Before the experiment {:?} of {} was {:.2} standard deviations off control's (p {}); chance rarely does that.",
                one.covariate,
                one.arm,
                one.standardised_difference,
                p_text(one.p_value)
            )
        })
        .collect()
}

fn several(found: &Analysis) -> Option<String> {
    let alpha = 1.0 - found.level;
    let lost = found.comparisons.iter().filter(|one| one.p_value < alpha && one.p_adjusted >= alpha).count();
    (lost > 0).then(|| {
        format!(
            "{lost} of {} differences with p below {alpha:.2} would not stand as the only test: after correction for all of them (Holm) they do not.",
            found.comparisons.len()
        )
    })
}

fn missing(question: &Question, table: &Table, arms: &Arms) -> Result<Vec<String>, ExperimentError> {
    let mut said = Vec::new();
    for metric in &question.metrics {
        for column in metric.columns() {
            let values = table.numbers(column)?;
            let share = |arm: usize| {
                let rows = &arms.rows[arm];
                rows.iter().filter(|&&row| values[row].is_nan()).count() as f64 / rows.len().max(1) as f64
            };
            let shares: Vec<f64> = (0..arms.names.len()).map(share).collect();
            if shares.iter().any(|share| *share > 0.0) {
                let parts = arms.names.iter().zip(&shares).map(|(name, share)| format!("{name} {:.1}%", 100.0 * share));
                said.push(format!(
                    "{column} is blank for {}; those users are left out, which is harmless only if the treatment does not decide it.",
                    parts.collect::<Vec<_>>().join(", ")
                ));
            }
        }
    }
    Ok(said)
}

/// A p-value with two significant digits.
fn p_text(p: f64) -> String {
    if p >= 0.001 { format!("{p:.4}") } else { format!("{p:.1e}") }
}

/// A number with three significant digits.
fn brief(value: f64) -> String {
    let digits = (2 - value.abs().max(1e-12).log10().floor() as i32).clamp(0, 6) as usize;
    format!("{value:.digits$}")
}
