//! What a run says beyond revenue: all metrics, segments and days; whom to treat; what each part adds; what the goal asks.

use super::{
    super::{
        chart::{
            Chart, ChartError, Headline,
            curves::{Curve, Curves},
            uplift_waterfall::{Contribution, Ends, UpliftWaterfall},
        },
        document::{Block, Figure, Section},
        number::Unit,
        table::{Cell, Column, Table, TableError},
    },
    ReportError, Telling, probability, shown,
};
use crate::study::{
    estimate,
    projection::{ArmEffects, LEVEL, MetricEffect},
    what_if::{Combination, GoalAnswer, Thresholds, WhatIf},
};

/// The sections that there is something to say in.
pub(super) fn sections(telling: &Telling<'_>, what_if: &WhatIf) -> Result<Vec<Section>, ReportError> {
    let mut sections = Vec::new();
    if !telling.projection.effects.is_empty() {
        sections.push(Section::new("What each arm changes", changes(telling)?));
    }
    for thresholds in &what_if.thresholds {
        let heading = format!("Whom to treat: “{}”", thresholds.intervention);
        sections.push(Section::new(heading, whom(telling, thresholds)?));
    }
    if let Some(combination) = &what_if.combination {
        sections.push(Section::new("What each part adds", parts(telling, combination)?));
    }
    if let Some(goal) = &what_if.goal {
        sections.push(Section::new("What would have to be true", needed(goal)?));
    }
    if let (Some(last), true) = (sections.last_mut(), what_if.replications > 0) {
        let note = format!("Questions beyond the arms are asked in the first {} worlds.", what_if.replications);
        last.blocks.push(Block::Paragraph(note));
    }
    Ok(sections)
}

fn changes(telling: &Telling<'_>) -> Result<Vec<Block>, ReportError> {
    let effects = &telling.projection.effects;
    let forests = super::forest::block(telling)?;
    let mut blocks = vec![forests, Block::Table(metrics(telling)?), Block::Table(segments(telling, effects)?)];
    let note = "The segments are hidden from the company; their rows are the simulated world's own truth.";
    blocks.push(Block::Paragraph(note.to_owned()));
    blocks.push(Block::Figure(by_day(effects)?));
    if effects.iter().any(|arm| arm.spread.is_some()) {
        blocks.push(Block::Table(spread(effects)?));
    }
    if effects.iter().any(|arm| !arm.ways.is_empty()) {
        blocks.push(Block::Table(ways(effects)?));
    }
    Ok(blocks)
}

fn metrics(telling: &Telling<'_>) -> Result<Table, TableError> {
    let effects = &telling.projection.effects;
    let columns = ["Arm", "Metric", "Control", "Change", "P(worse)"];
    let title =
        format!("Every metric against the control, {:.0}% intervals; guardrails are not to get worse", LEVEL * 100.0);
    let mut table = Table::new("metrics", title, columns.into_iter().map(Column::text).collect());
    for (arm, metric) in effects.iter().flat_map(|arm| arm.metrics.iter().map(move |metric| (arm, metric))) {
        let name = if metric.guardrail { format!("guardrail: {}", metric.metric) } else { metric.metric.clone() };
        let (level, change) = (level(metric, &telling.money), change(metric, &telling.money));
        let row = [arm.id.clone(), name, level, change, probability(metric.p_worse)];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

/// What the control has of a metric.
pub(super) fn level(metric: &MetricEffect, money: &Unit) -> String {
    unit_of(metric, money).short(metric.control)
}

/// An arm that does not touch a metric leaves it as it is in every world.
pub(super) fn is_untouched(metric: &MetricEffect) -> bool {
    metric.change.mean == 0.0 && metric.change.lo == metric.change.hi
}

/// What an arm changes: a share of the control's value, points of a share, or an amount.
pub(super) fn change(metric: &MetricEffect, money: &Unit) -> String {
    match (metric.relative, unit_of(metric, money)) {
        _ if is_untouched(metric) => "no change".to_owned(),
        (true, _) => ranged(&Unit::Share, &metric.change),
        (false, Unit::Share) => format!("{} points", ranged(&Unit::Plain, &metric.change.times(100.0))),
        (false, unit) => ranged(&unit, &metric.change),
    }
}

/// The middle of a change that is no share of the control's value.
pub(super) fn middle(metric: &MetricEffect, money: &Unit) -> String {
    match unit_of(metric, money) {
        _ if is_untouched(metric) => "no change".to_owned(),
        Unit::Share => format!("{} points", Unit::Plain.signed(metric.change.mean * 100.0)),
        unit => unit.signed(metric.change.mean),
    }
}

fn unit_of(metric: &MetricEffect, money: &Unit) -> Unit {
    match metric.metric.as_str() {
        name if name.starts_with("share") => Unit::Share,
        name if name.starts_with("revenue") || name.starts_with("profit") => money.clone(),
        _ => Unit::Plain,
    }
}

/// "+12% (+9% to +15%)".
fn ranged(unit: &Unit, estimate: &estimate::Estimate) -> String {
    match (estimate.lo, estimate.hi) {
        (Some(lo), Some(hi)) => format!("{} ({} to {})", unit.signed(estimate.mean), unit.signed(lo), unit.signed(hi)),
        _ => format!("{} (no interval)", unit.signed(estimate.mean)),
    }
}

fn segments(telling: &Telling<'_>, effects: &[ArmEffects]) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Arm"),
        Column::text("Segment"),
        Column::share("Uplift", "", 1).with_interval(LEVEL),
        Column::money("Added", "a day", &telling.money, 0).with_interval(LEVEL),
    ];
    let title = format!("Revenue by hidden segment in {}", telling.window());
    let mut table = Table::new("arms_by_segment", title, columns);
    for (arm, segment) in effects.iter().flat_map(|arm| arm.segments.iter().map(move |segment| (arm, segment))) {
        table.push(vec![
            arm.id.as_str().into(),
            segment.id.as_str().into(),
            shown(&segment.uplift).into(),
            shown(&segment.added_per_day).into(),
        ])?;
    }
    Ok(table)
}

fn by_day(effects: &[ArmEffects]) -> Result<Figure, ChartError> {
    let curve = |arm: &ArmEffects| Curve {
        label: arm.id.clone(),
        points: arm.by_day.iter().enumerate().map(|(day, uplift)| (day as f64 + 1.0, shown(uplift))).collect(),
    };
    let best = effects.iter().max_by(|a, b| last(a).total_cmp(&last(b)));
    let title = best.map_or_else(String::new, |arm| {
        let (first, peak) = (arm.by_day.first(), arm.by_day.iter().map(|day| day.mean).fold(f64::MIN, f64::max));
        let first = first.map_or(0.0, |day| day.mean);
        let fades = peak > 1.25 * last(arm) && peak - last(arm) > 0.005;
        let [first, peak, end] = [first, peak, last(arm)].map(|share| Unit::Share.signed(share));
        if fades {
            format!("“{}” starts at {first}, reaches {peak} and ends at {end} of revenue", arm.id)
        } else {
            format!("“{}” starts at {first} and ends at {end} of revenue", arm.id)
        }
    });
    let subtitle =
        format!("Revenue against the control, mean of the 7 days up to each; bands: {:.0}% intervals", LEVEL * 100.0);
    let chart = Curves {
        headline: Headline::new(title, subtitle),
        across: ("days since launch".to_owned(), Unit::Plain),
        up: ("uplift of revenue".to_owned(), Unit::Share),
        wanted: None,
        mark: None,
        curves: effects.iter().map(curve).collect(),
    };
    Ok(Figure { name: "uplift_by_day".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn last(arm: &ArmEffects) -> f64 {
    arm.by_day.last().map_or(f64::MIN, |day| day.mean)
}

fn spread(effects: &[ArmEffects]) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Arm"),
        Column::share("Size of the effects", "", 0),
        Column::share("Parameters of the world", "", 0),
        Column::share("Luck of the users", "", 0),
    ];
    let title = "Where the uncertainty of the uplift is from: shares of its variance over worlds";
    let mut table = Table::new("uncertainty", title, columns);
    for (arm, spread) in effects.iter().filter_map(|arm| Some((arm, arm.spread?))) {
        table.push(vec![
            arm.id.as_str().into(),
            spread.effects.into(),
            spread.parameters.into(),
            spread.luck.into(),
        ])?;
    }
    Ok(table)
}

fn ways(effects: &[ArmEffects]) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Arm"),
        Column::text("Way"),
        Column::integer("Sent", "in an average world"),
        Column::share("Answered", "", 2),
        Column::share("If always taken", "", 2),
    ];
    let title = "Messages by way; the last column is estimated from the log by inverse propensities";
    let mut table = Table::new("messages", title, columns);
    for (arm, way) in effects.iter().flat_map(|arm| arm.ways.iter().map(move |way| (arm, way))) {
        table.push(vec![
            arm.id.as_str().into(),
            format!("{}: {}", way.intervention, way.way).into(),
            (way.sent.round() as i64).into(),
            way.answered.into(),
            way.always.into(),
        ])?;
    }
    Ok(table)
}

fn whom(telling: &Telling<'_>, thresholds: &Thresholds) -> Result<Vec<Block>, ReportError> {
    let curve = Curve {
        label: "profit gained".to_owned(),
        points: thresholds.tried.iter().map(|one| (one.p_at_least, shown(&one.profit_gained))).collect(),
    };
    let profit =
        |p: f64| thresholds.tried.iter().find(|one| one.p_at_least == p).map_or(0.0, |one| one.profit_gained.mean);
    let (best, stated) = (thresholds.best, thresholds.stated);
    let more = profit(best) - profit(stated);
    let title = if best == stated {
        format!("Treating from p ≥ {stated} on, as stated, earns most of what was tried")
    } else {
        format!(
            "Treating from p ≥ {best} on would earn {} a day more than from p ≥ {stated}",
            telling.money.short(more)
        )
    };
    let chart = Curves {
        headline: Headline::new(
            title,
            format!("Profit gained a day by least membership; bands: {:.0}% intervals", LEVEL * 100.0),
        ),
        across: (format!("least probability of belonging to “{}”", thresholds.segment), Unit::Plain),
        up: ("profit gained a day".to_owned(), telling.money.clone()),
        wanted: None,
        mark: Some((best, format!("best: {best}"))),
        curves: vec![curve],
    };
    let name = format!("threshold_{}", thresholds.intervention);
    let figure = Figure { name, picture: chart.picture()?, caption: String::new() };
    Ok(vec![Block::Figure(figure), Block::Table(tried(telling, thresholds)?)])
}

fn tried(telling: &Telling<'_>, thresholds: &Thresholds) -> Result<Table, TableError> {
    let columns = vec![
        Column::float("Least probability", "", 2),
        Column::share("Uplift", "", 1).with_interval(LEVEL),
        Column::money("Profit gained", "a day", &telling.money, 0).with_interval(LEVEL),
        Column::share("Reach", "", 0),
        Column::integer("Users treated", ""),
    ];
    let title = format!(
        "“{}” alone, by threshold; reach is the share of the segment's revenue from treated users",
        thresholds.intervention
    );
    let mut table = Table::new(format!("threshold_{}", thresholds.intervention), title, columns);
    for one in &thresholds.tried {
        table.push(vec![
            one.p_at_least.into(),
            shown(&one.uplift).into(),
            shown(&one.profit_gained).into(),
            one.reach.into(),
            (one.treated_users.round() as i64).into(),
        ])?;
    }
    Ok(table)
}

fn parts(telling: &Telling<'_>, combination: &Combination) -> Result<Vec<Block>, ReportError> {
    let said = format!(
        "Together the parts of “{}” lift revenue by {}; the sum of each alone is {}, so meeting each other brings {}. \
         Shapley's shares divide the whole: what each adds, averaged over all orders of introducing them.",
        combination.arm,
        ranged(&Unit::Share, &combination.whole),
        ranged(&Unit::Share, &combination.sum_of_parts),
        ranged(&Unit::Share, &combination.interaction)
    );
    let share = |name: &str| Column::share(name, "", 1).with_interval(LEVEL);
    let columns =
        vec![Column::text("Intervention"), share("Alone"), share("On top of the others"), share("Shapley's share")];
    let mut table = Table::new("parts", format!("What each part of “{}” adds to revenue", combination.arm), columns);
    for part in &combination.parts {
        let row = [&part.alone, &part.last, &part.shapley].map(|estimate| Cell::from(shown(estimate)));
        table.push([Cell::from(part.intervention.as_str())].into_iter().chain(row).collect())?;
    }
    Ok(vec![Block::Paragraph(said), Block::Figure(shares(telling, combination)?), Block::Table(table)])
}

fn shares(telling: &Telling<'_>, combination: &Combination) -> Result<Figure, ChartError> {
    let control = telling.control().revenue_per_day.mean;
    let in_money = |estimate: &estimate::Estimate| shown(&estimate.times(control.max(f64::MIN_POSITIVE)));
    let largest = combination.parts.iter().max_by(|a, b| a.shapley.mean.total_cmp(&b.shapley.mean));
    let title = largest.map_or_else(String::new, |part| {
        let (own, all) = (Unit::Share.short(part.shapley.mean), Unit::Share.short(combination.whole.mean));
        format!("“{}” brings {own} of the {all} that all bring together", part.intervention)
    });
    let contribution = |part: &crate::study::what_if::combination::Part| Contribution {
        label: part.intervention.clone(),
        uplift: in_money(&part.shapley),
        perfect: None,
    };
    let chart = UpliftWaterfall {
        headline: Headline::new(
            title,
            format!("Shapley's shares of revenue a day; whiskers: {:.0}% intervals", LEVEL * 100.0),
        ),
        unit: telling.money.clone(),
        axis: "Revenue a day".to_owned(),
        arms: combination.parts.iter().map(contribution).collect(),
        ends: Some(Ends {
            control,
            combined_label: combination.arm.clone(),
            combined: in_money(&combination.whole),
            perfect: None,
        }),
    };
    Ok(Figure { name: "shapley_waterfall".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn needed(goal: &GoalAnswer) -> Result<Vec<Block>, ReportError> {
    let said = format!(
        "The goal of {} is reached by “{}” as it is with probability {}.",
        Unit::Share.signed(goal.uplift),
        goal.arm,
        probability(goal.p_as_stated)
    );
    let columns = ["Intervention", "Adds as stated", "Size needed", "What must be true", "Plausible"];
    let title = "The size that reaches the goal, in multiples of what is stated; that which moves it most first";
    let mut table = Table::new("goal", title, columns.into_iter().map(Column::text).collect());
    for lever in &goal.levers {
        let size =
            lever.needed.as_ref().map_or("not within 4 times".to_owned(), |needed| match (needed.lo, needed.hi) {
                (Some(lo), Some(hi)) => format!("× {:.2} ({:.2} to {:.2})", needed.mean, lo.max(0.0), hi),
                _ => format!("× {:.2} or more", needed.mean),
            });
        let must = lever
            .sizes
            .iter()
            .filter_map(|(name, stated, needed)| Some(format!("{name} {:.3} (stated {stated:.3})", (*needed)?)));
        let row = [
            lever.intervention.clone(),
            Unit::Share.signed(lever.slope),
            size,
            must.collect::<Vec<_>>().join("; "),
            lever.plausible.map_or("–".to_owned(), probability),
        ];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(vec![Block::Paragraph(said), Block::Figure(curve(goal)?), Block::Table(table)])
}

fn curve(goal: &GoalAnswer) -> Result<Figure, ChartError> {
    let asked = goal.levers.iter().filter(|lever| lever.curve.len() > 2);
    let curves = asked.map(|lever| Curve {
        label: lever.intervention.clone(),
        points: lever.curve.iter().map(|(times, uplift)| (*times, shown(uplift))).collect(),
    });
    let wanted = Unit::Share.signed(goal.uplift);
    let first = goal.levers.first();
    let title = match first.and_then(|lever| Some((lever, lever.needed?))) {
        Some((lever, needed)) => {
            format!("“{}” must be {:.2} times as strong as stated for {wanted}", lever.intervention, needed.mean)
        }
        None => format!("Nothing that was tried reaches {wanted} in most worlds"),
    };
    let chart = Curves {
        headline: Headline::new(
            title,
            format!("Uplift of “{}” by the size of one intervention; bands: {:.0}% intervals", goal.arm, LEVEL * 100.0),
        ),
        across: ("multiple of the stated size".to_owned(), Unit::Plain),
        up: ("uplift".to_owned(), Unit::Share),
        wanted: Some((goal.uplift, format!("goal: {wanted}"))),
        mark: None,
        curves: curves.collect(),
    };
    Ok(Figure { name: "goal".to_owned(), picture: chart.picture()?, caption: String::new() })
}
