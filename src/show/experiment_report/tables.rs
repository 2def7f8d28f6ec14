//! The tables of an experiment's report.

use super::p_text;
use crate::{
    show::{
        number::{Estimate, Unit, count},
        table::{Cell, Column, Table, TableError},
    },
    study::experiment::{
        analysis::{Analysis, Interval, projected::Projected},
        difference::Effect,
        uplift::targeting::Targeting,
    },
};

fn estimate(estimate: f64, lo: f64, hi: f64) -> Cell {
    Estimate::new(estimate, lo, hi).into()
}

fn effect(Effect { estimate: value, lo, hi, .. }: Effect) -> Cell {
    estimate(value, lo, hi)
}

fn interval(of: Option<Interval>) -> Cell {
    of.map_or(Cell::Empty, |Interval { estimate: value, lo, hi, .. }| estimate(value, lo, hi))
}

/// Every arm against control.
pub(super) fn comparisons(of: &Analysis) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Metric"),
        Column::text("Arm"),
        Column::float("Arm's", "", 4),
        Column::float("Control's", "", 4),
        Column::float("Difference", "", 4).with_interval(of.level),
        Column::share("Relative", "", 1).with_interval(of.level),
        Column::text("p"),
        Column::text("p corrected"),
    ];
    let mut table = Table::new("comparisons", "Every arm against control", columns);
    for one in &of.comparisons {
        let relative = one.relative.map(|relative| Estimate::new(relative.estimate, relative.lo, relative.hi));
        table.push(vec![
            one.metric.as_str().into(),
            one.arm.as_str().into(),
            one.values[0].into(),
            one.values[1].into(),
            estimate(one.estimate, one.lo.unwrap_or(f64::NAN), one.hi.unwrap_or(f64::NAN)),
            relative.into(),
            p_text(one.p_value).into(),
            p_text(one.p_adjusted).into(),
        ])?;
    }
    Ok(table)
}

/// The same differences, adjusted, post-stratified, always valid, and without extremes.
pub(super) fn ways(of: &Analysis) -> Result<Vec<Table>, TableError> {
    let number = |name: &str| Column::float(name, "", 4).with_interval(of.level);
    let columns = vec![
        Column::text("Metric"),
        Column::text("Arm"),
        number("Always valid"),
        number("Adjusted"),
        Column::share("Variance gone", "", 1),
        number("Post-stratified"),
        number("Without one user"),
        number("Posterior"),
        Column::float("Seen with 80%", "", 4),
    ];
    let mut table = Table::new("ways", "The same differences in other ways", columns);
    for one in &of.comparisons {
        table.push(vec![
            one.metric.as_str().into(),
            one.arm.as_str().into(),
            interval(one.always_valid),
            interval(one.adjusted.map(|adjusted| adjusted.effect)),
            one.adjusted.map(|adjusted| adjusted.variance_reduction).into(),
            interval(one.post_stratified),
            one.outliers.map_or(Cell::Empty, |outliers| effect(outliers.without)),
            one.bayesian.map_or(Cell::Empty, |posterior| estimate(posterior.estimate, posterior.lo, posterior.hi)),
            one.detectable.into(),
        ])?;
    }
    Ok(if of.comparisons.is_empty() { Vec::new() } else { vec![table] })
}

/// Effects by segment, a table for each.
pub(super) fn segments(of: &Analysis) -> Result<Vec<Table>, TableError> {
    let mut tables = Vec::new();
    for (place, segment) in of.segments.iter().enumerate() {
        let columns = vec![
            Column::text(segment.segment.as_str()),
            Column::integer("Users", ""),
            Column::float("Difference", "", 4).with_interval(of.level),
            Column::text("p"),
            Column::text("p corrected"),
        ];
        let title = format!(
            "{} of {} by {}: one effect for all? p {}",
            segment.metric,
            segment.arm,
            segment.segment,
            p_text(segment.found.p_value)
        );
        let mut table = Table::new(format!("segment_{place}"), title, columns);
        for level in &segment.found.levels {
            table.push(vec![
                level.level.as_str().into(),
                Cell::Integer((level.users + level.control_users) as i64),
                effect(level.effect),
                p_text(level.effect.p_value).into(),
                p_text(level.p_adjusted).into(),
            ])?;
        }
        tables.push(table);
    }
    Ok(tables)
}

/// Halves that were projected, and what they measured.
pub(super) fn projected(of: &[Projected]) -> Result<Table, TableError> {
    let names =
        ["Projected", "Users taught", "Users projected", "Difference, projected", "Measured", "Held", "Held of 200"];
    let title = "Half of each arm, projected from the rest and then measured";
    let mut table = Table::new("projected", title, names.map(Column::text).into());
    for one in of {
        let level = match (&one.segment, &one.level) {
            (Some(segment), Some(level)) if level.contains('=') => format!(" · {segment}: {level}"),
            (Some(segment), Some(level)) => format!(" · {segment}={level}"),
            _ => String::new(),
        };
        let row = [
            format!("{} · {}{level}", one.metric, one.arm),
            count(one.users[0] as i64),
            count(one.users[1] as i64),
            format!("{:.4} ({:.4} to {:.4})", one.projected, one.lo, one.hi),
            format!("{:.4}", one.measured),
            if one.held { "yes" } else { "no" }.to_owned(),
            Unit::Share.short(one.held_share),
        ];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

/// What must not get worse.
pub(super) fn guardrails(of: &Analysis) -> Result<Vec<Table>, TableError> {
    let columns = vec![
        Column::text("Metric"),
        Column::text("Arm"),
        Column::float("Change", "", 4),
        Column::float("At worst", "one-sided", 4),
        Column::float("Limit", "", 4),
        Column::text("Kept"),
    ];
    let mut table = Table::new("guardrails", "What must not get worse", columns);
    for one in &of.guardrails {
        let found = &one.found;
        let worst = if found.limit > 0.0 { found.effect.hi } else { found.effect.lo };
        table.push(vec![
            one.metric.as_str().into(),
            one.arm.as_str().into(),
            found.effect.estimate.into(),
            worst.into(),
            found.limit.into(),
            if found.passed { "yes" } else { "not shown" }.into(),
        ])?;
    }
    Ok(if of.guardrails.is_empty() { Vec::new() } else { vec![table] })
}

/// How effects wear off.
pub(super) fn novelty(of: &Analysis) -> Result<Vec<Table>, TableError> {
    let number = |name: &str| Column::float(name, "", 4).with_interval(of.level);
    let columns = vec![
        Column::text("Metric"),
        Column::text("Arm"),
        number("Lasts"),
        number("Fades, on day 0"),
        Column::float("Half-life", "days", 0),
        Column::text("p that nothing fades"),
    ];
    let mut table = Table::new("novelty", "What lasts and what fades", columns);
    for one in &of.novelty {
        table.push(vec![
            one.metric.as_str().into(),
            one.arm.as_str().into(),
            effect(one.found.lasting),
            effect(one.found.fading),
            one.found.half_life.into(),
            p_text(one.found.p_value).into(),
        ])?;
    }
    Ok(if of.novelty.is_empty() { Vec::new() } else { vec![table] })
}

/// Sizes of the arms.
pub(super) fn sizes(of: &Analysis) -> Result<Table, TableError> {
    let columns = vec![Column::text("Arm"), Column::integer("Users", ""), Column::float("Meant", "users", 0)];
    let title = format!("Sizes of the arms; chance would differ as much with p {}", p_text(of.sample_ratio.p_value));
    let mut table = Table::new("sizes", title, columns);
    let all: u64 = of.sample_ratio.users.values().sum();
    for (arm, users) in &of.sample_ratio.users {
        let meant = of.sample_ratio.expected.get(arm).map(|share| share * all as f64);
        table.push(vec![arm.as_str().into(), Cell::Integer(*users as i64), meant.into()])?;
    }
    Ok(table)
}

/// Ways to rank users.
pub(super) fn rankings(of: &Targeting) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Ranked by"),
        Column::text("Kind"),
        Column::float("Qini", "", 4),
        Column::float("sd", "ten halves", 4),
        Column::float("Difference in the best 30%", "", 4),
    ];
    let what = if of.definition == "mean_gap_per_user" {
        "mean gap to chance per user"
    } else {
        "share of the perfect ranking's"
    };
    let title = format!("Ways to rank users for {} by {}: Qini is the {what}", of.arm, of.metric);
    let mut table =
        Table::new(format!("rankings_{}_{}", of.arm, of.metric).replace([' ', '-', ':', '/'], "_"), title, columns);
    for one in &of.rankings {
        let kind = if one.learner { "learner" } else { "rule" };
        table.push(vec![
            one.name.as_str().into(),
            kind.into(),
            one.qini.into(),
            one.sd.into(),
            one.uplift_at_30.into(),
        ])?;
    }
    Ok(table)
}

/// What choosing among all arms would earn.
pub(super) fn policies(of: &Targeting) -> Result<Table, TableError> {
    let number = |name: &str| Column::float(name, "per user", 4).with_interval(0.95);
    let columns =
        vec![Column::text("Policy"), Column::share("Treated", "", 0), number("By weighting"), number("Doubly robust")];
    let name = format!("policies_{}", of.metric).replace([' ', '-', ':', '/'], "_");
    let mut table = Table::new(name, format!("{} per user, by who gets which arm", of.metric), columns);
    for one in &of.policies {
        table.push(vec![
            one.policy.as_str().into(),
            one.treated_share.into(),
            estimate(one.estimate, one.lo, one.hi),
            estimate(one.doubly_robust, one.doubly_robust_lo, one.doubly_robust_hi),
        ])?;
    }
    Ok(table)
}
