//! The tables of one user.

use super::{Explanation, Risk, Table, Unit};
use crate::{
    show::{
        number::Estimate,
        table::{Cell, Column, TableError},
    },
    study::explanation::{
        candidates::Candidate,
        timeline::{Entry, SESSION},
    },
    user::{
        explain::{Call, Direction, LEVEL, wording::listed},
        facet::ScoreUnit,
    },
};

/// Users worth looking at.
pub(super) fn candidates(candidates: &[Candidate], money: &Unit) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("user"),
        Column::integer("sessions", ""),
        Column::money("paid", "gross", money, 2),
        Column::text("why"),
    ];
    let mut table = Table::new("candidates", "Users worth looking at", columns);
    for user in candidates {
        table.push(vec![
            user.id.as_str().into(),
            (user.sessions as i64).into(),
            user.paid.into(),
            user.why.as_str().into(),
        ])?;
    }
    Ok(table)
}

/// Every kind of every topic, claimed or not.
pub(super) fn habits(explanation: &Explanation) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("topic"),
        Column::text("kind"),
        Column::text("claim"),
        Column::float("P(more than most)", "", 3),
        Column::share("own_share", "", 1).with_interval(LEVEL),
        Column::share("population", "", 1),
        Column::integer("seen", ""),
        Column::integer("of", ""),
        Column::float("worth", "sessions", 1),
        Column::float("last_seen", "days ago", 0),
        Column::float("half_life", "days", 0),
    ];
    let mut table = Table::new("beliefs", "Every kind, claimed or not", columns);
    for topic in &explanation.topics {
        for (place, habit) in topic.habits.iter().enumerate() {
            let claim = topic
                .beliefs
                .iter()
                .find(|belief| belief.habit == Some(place))
                .map_or("–", |belief| if belief.direction == Direction::More { "more" } else { "less" });
            table.push(vec![
                topic.name.as_str().into(),
                habit.label.as_str().into(),
                claim.into(),
                habit.p_more.into(),
                Estimate::new(habit.share, habit.lo, habit.hi).into(),
                habit.population.into(),
                i64::from(habit.count).into(),
                i64::from(topic.evidence.count).into(),
                topic.evidence.n_eff.into(),
                habit.last_seen_days.into(),
                topic.evidence.half_life_days.into(),
            ])?;
        }
    }
    Ok(table)
}

/// What moved the risk.
pub(super) fn risk(risk: &Risk) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("evidence"),
        Column::text("log_hazard"),
        Column::text("hazard_times"),
        Column::text("what_was_seen"),
    ];
    let mut table = Table::new("risk", "What moved the risk", columns);
    let signed = |value: f64| format!("{value:+.3}").replace('-', "\u{2212}");
    for part in &risk.contributions {
        let times = times(part.log_hazard);
        table.push(vec![
            part.evidence.as_str().into(),
            signed(part.log_hazard).into(),
            times.into(),
            part.words.as_str().into(),
        ])?;
    }
    let total: f64 = risk.contributions.iter().map(|part| part.log_hazard).sum();
    let (mean, own) = (Unit::Share.short(risk.population), Unit::Share.short(risk.p));
    let from_to = format!("from the population's mean, {mean}, to {own}");
    table.push(vec!["together".into(), signed(total).into(), times(total).into(), from_to.into()])?;
    Ok(table)
}

/// What a step does to the hazard, in two digits: "1.8", "0.0025".
pub(super) fn times(log_hazard: f64) -> String {
    let times = log_hazard.exp();
    let decimals = (1.0 - times.log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{times:.decimals$}")
}

/// Whom the user is like.
pub(super) fn segments(explanation: &Explanation) -> Result<Table, TableError> {
    let mut columns =
        vec![Column::text("segment"), Column::share("membership", "", 1), Column::share("of_everybody", "", 1)];
    columns.extend(["what_sets_it_apart", "and", "and_further"].map(Column::text));
    let mut table = Table::new("segments", "Membership", columns);
    for segment in &explanation.segments {
        let mut row: Vec<Cell> = vec![segment.segment.as_str().into(), segment.p.into(), segment.born.into()];
        row.extend((0..APART).map(|place| {
            let words = segment.apart.get(place).map(|distinction| distinction.words.as_str());
            Cell::from(words.or((place == 0).then_some("nothing: like the population")))
        }));
        table.push(row)?;
    }
    Ok(table)
}

/// Columns for what sets a segment apart.
const APART: usize = 3;

/// Share that was right, facet by facet.
pub(super) fn summary(explanation: &Explanation) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("facet"),
        Column::share("right", "", 0),
        Column::share("population_right", "", 0),
        Column::integer("predictions", ""),
        Column::float("gain", "nats in all", 2),
    ];
    let mut table = Table::new("foresight", "Predictions and what became of them", columns);
    for (facet, summary) in &explanation.timeline.summary {
        table.push(vec![
            facet.as_str().into(),
            summary.right.into(),
            summary.population_right.into(),
            (summary.scored as i64).into(),
            summary.gain_nats.into(),
        ])?;
    }
    Ok(table)
}

/// Sessions with what had been predicted for them, newest first, at most so many.
pub(super) fn timeline(explanation: &Explanation, most: usize) -> Result<Table, TableError> {
    let facets: Vec<&str> = explanation
        .timeline
        .summary
        .iter()
        .filter(|(_, summary)| summary.calls > 0)
        .map(|(facet, _)| facet.as_str())
        .collect();
    // Where nothing happened beside sessions there is nothing to tell apart.
    let several = explanation.timeline.entries.iter().any(|entry| entry.what != SESSION);
    let mut columns = vec![Column::text("at"), Column::integer("session", "")];
    columns.extend(several.then(|| Column::text("what")));
    columns.extend(facets.iter().map(|facet| Column::text(*facet)));
    columns.push(Column::float("gain", "nats", 2));
    let title = format!("What was predicted ({}), newest first", listed(&facets));
    let mut table = Table::new("timeline", title, columns);
    for entry in explanation.timeline.entries.iter().rev().take(most) {
        let mut row: Vec<Cell> = vec![entry.at.as_str().into(), i64::from(entry.session).into()];
        row.extend(several.then(|| Cell::from(entry.what)));
        row.extend(facets.iter().map(|facet| Cell::from(call(entry, facet).map(said))));
        row.push(entry.gain_nats.into());
        table.push(row)?;
    }
    Ok(table)
}

fn call<'a>(entry: &'a Entry, facet: &str) -> Option<&'a Call> {
    entry.calls.iter().find(|call| call.facet.name() == facet)
}

/// "✓ evenings (17–20 h) 44%" or "✗ evenings (17–20 h) 44%, was mornings (6–10 h)".
fn said(call: &Call) -> String {
    let mark = if call.right { "✓" } else { "✗" };
    let is_interval = call.facet.unit() == ScoreUnit::Nats;
    let p = if is_interval { String::new() } else { format!(" {}", Unit::Share.short(call.probability)) };
    if call.right && !is_interval {
        format!("{mark} {}{p}", call.predicted)
    } else {
        format!("{mark} {}{p}, was {}", call.predicted, call.happened)
    }
}
