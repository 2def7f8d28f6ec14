//! The tables of what a history reveals.

use super::{Telling, cell};
use crate::{
    show::{
        number::{Estimate, Unit},
        table::{Cell, Column, Table, TableError},
    },
    study::insight::{interval::LEVEL, leaving::BIN, predictor::Outcome},
};

/// Rows of tables that could be long.
const MOST_ROWS: usize = 60;

pub(super) fn findings(telling: &Telling<'_>) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Finding"),
        Column::text("Kind"),
        Column::money("A year", "", &telling.money, 0).with_interval(LEVEL),
        Column::float("p", "", 4),
        Column::text("Scenario"),
    ];
    let mut table = Table::new("findings", "Findings, by money", columns);
    for finding in telling.findings {
        let kind = serde_json::to_value(finding.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        table.push(vec![
            finding.says.clone().into(),
            kind.unwrap_or_default().into(),
            finding.money_per_year.map_or(Cell::Empty, |money| cell(&money).into()),
            finding.p_value.map_or(Cell::Empty, Cell::from),
            finding.scenario.clone().map_or(Cell::Empty, Cell::from),
        ])?;
    }
    Ok(table)
}

pub(super) fn groups(telling: &Telling<'_>) -> Result<Option<Table>, TableError> {
    let columns = vec![
        Column::text("By"),
        Column::text("Group"),
        Column::integer("Sessions", ""),
        Column::share("Earn nothing", "", 1).with_interval(LEVEL),
        Column::share("Pay more than comparable ones", "", 1).with_interval(LEVEL),
        Column::float("q", "", 4),
    ];
    let mut table = Table::new("zero_revenue", "Sessions that earn nothing, by group", columns);
    for group in telling.insight.groups.iter().take(MOST_ROWS) {
        table.push(vec![
            group.dimension.into(),
            group.group.clone().into(),
            Cell::Integer(group.sessions as i64),
            cell(&group.unpaid).into(),
            cell(&group.gap).into(),
            group.q.into(),
        ])?;
    }
    Ok(Some(table).filter(|_| !telling.insight.groups.is_empty()))
}

pub(super) fn hazard(telling: &Telling<'_>) -> Result<Option<Table>, TableError> {
    let Some(found) = &telling.insight.leaving else { return Ok(None) };
    let columns = vec![
        Column::integer("From day", ""),
        Column::integer("To day", ""),
        Column::float("Users there", "user-days", 0),
        Column::float("Left", "", 1),
        Column::share("Leave in it", "", 2),
        Column::share("If leaving never rose", "", 2),
    ];
    let mut table = Table::new("leaving", "Who leaves, by tenure", columns);
    for (bin, (left, days)) in found.counts.left.iter().zip(&found.counts.days).enumerate() {
        let share = |hazard: f64| 1.0 - (-hazard * BIN).exp();
        table.push(vec![
            Cell::Integer(bin as i64 * BIN as i64),
            Cell::Integer((bin as i64 + 1) * BIN as i64),
            (*days).into(),
            (*left).into(),
            share(left / days.max(1e-9)).into(),
            share(found.null[bin]).into(),
        ])?;
    }
    Ok(Some(table))
}

pub(super) fn segments(telling: &Telling<'_>) -> Result<Option<Table>, TableError> {
    let columns = vec![
        Column::text("Segment"),
        Column::share("Of new users", "", 1).with_interval(LEVEL),
        Column::float("Worth, as a multiple of the average", "", 2).with_interval(LEVEL),
        Column::share("Of revenue", "", 0),
    ];
    let mut table = Table::new("segments", "Hidden segments", columns);
    for one in &telling.insight.segments {
        table.push(vec![
            one.name.clone().into(),
            cell(&one.share).into(),
            cell(&one.multiple).into(),
            one.of_revenue.into(),
        ])?;
    }
    Ok(Some(table).filter(|_| !telling.insight.segments.is_empty()))
}

pub(super) fn sources(telling: &Telling<'_>) -> Result<Option<Table>, TableError> {
    let money = |name: &str| Column::money(name, "", &telling.money, 2).with_interval(LEVEL);
    let columns = vec![
        Column::text("Source"),
        Column::integer("Users", ""),
        Column::money("Spent", "", &telling.money, 0),
        money("CAC"),
        money("Pays in a year"),
        Column::float("Paid back by day", "", 0),
        Column::share("Never pay", "", 0).with_interval(LEVEL),
    ];
    let mut table = Table::new("acquisition", "Where users come from", columns);
    for one in telling.insight.sources.iter().take(MOST_ROWS) {
        table.push(vec![
            format!("{} {}", one.sort, one.name).into(),
            Cell::Integer(one.users as i64),
            one.spend.into(),
            one.cac.map_or(Cell::Empty, |cac| cell(&cac).into()),
            cell(&one.value).into(),
            one.payback.map_or(Cell::Empty, Cell::from),
            cell(&one.never).into(),
        ])?;
    }
    Ok(Some(table).filter(|_| !telling.insight.sources.is_empty()))
}

pub(super) fn associations(telling: &Telling<'_>) -> Result<Option<Table>, TableError> {
    let columns = vec![
        Column::text("More of, in the first month"),
        Column::text("Goes with, in the three months after"),
        Column::text("Difference (95% interval)"),
        Column::float("q", "", 4),
    ];
    let mut table = Table::new("predictors", "Associations with later value and leaving", columns);
    for one in telling.insight.associations.iter().take(MOST_ROWS) {
        let (unit, what) = match one.outcome {
            Outcome::Revenue => (&telling.money, "what is paid"),
            Outcome::Gone => (&Unit::Share, "not being seen"),
        };
        let Estimate { mean, lo, hi } = cell(&one.difference.estimate());
        let told = format!("{} [{}, {}]", unit.signed(mean), unit.signed(lo), unit.signed(hi));
        table.push(vec![one.behaviour.clone().into(), what.into(), told.into(), one.q.into()])?;
    }
    Ok(Some(table).filter(|_| !telling.insight.associations.is_empty()))
}
