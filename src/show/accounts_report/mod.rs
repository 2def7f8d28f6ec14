//! Reports on accounts: what a history reveals, one account explained, the morning page, and how well renewals were
//! foretold.

pub mod brief;
pub mod explain;
mod figures;
pub mod insight;
pub mod plan;
pub mod replay;

pub(super) use figures::calibration;

use super::{
    document::{Block, KeyFigure, Section},
    number::Unit,
    run_report::{Origin, ReportError, shown},
    table::{Cell, Column, Table, TableError},
};
use crate::study::{
    accounts::{insight::Named, outlook::AtRisk},
    estimate::Estimate,
};

fn figure(label: &str, value: String, note: impl Into<String>) -> KeyFigure {
    KeyFigure { label: label.to_owned(), value, note: note.into() }
}

/// "84% (79% to 88%)".
fn range(unit: &Unit, estimate: &Estimate) -> String {
    match (estimate.lo, estimate.hi) {
        (Some(lo), Some(hi)) => format!("{} ({} to {})", unit.short(estimate.mean), unit.short(lo), unit.short(hi)),
        _ => unit.short(estimate.mean),
    }
}

/// Accounts by name, with what speaks for what is said of them.
fn named(name: &str, title: &str, asked: &str, accounts: &[Named], money: &Unit) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Account"),
        Column::text("Tier"),
        Column::money("Pays", "a year", money, 0),
        Column::integer("Contract ends in", "days"),
        Column::share(asked, "", 0).with_interval(0.8),
        Column::text("Because"),
    ];
    let mut table = Table::new(name, title, columns);
    for one in accounts {
        table.push(vec![
            one.account.as_str().into(),
            one.tier.as_str().into(),
            one.recurring.into(),
            i64::from(one.days_to_renewal).into(),
            shown(&one.probability).into(),
            one.because.join("; ").into(),
        ])?;
    }
    Ok(table)
}

/// Revenue whose contract ends soon.
fn at_risk(risks: &[AtRisk], money: &Unit) -> Result<Table, TableError> {
    let columns = vec![
        Column::integer("Within", "days"),
        Column::integer("Contracts that end", ""),
        Column::money("Their revenue", "a year", money, 0),
        Column::money("Expected to be lost", "a year", money, 0).with_interval(0.8),
    ];
    let mut table = Table::new("at_risk", "Revenue at risk", columns);
    for risk in risks {
        table.push(vec![
            i64::from(risk.days).into(),
            (risk.contracts as i64).into(),
            risk.recurring.into(),
            shown(&risk.lost).into(),
        ])?;
    }
    Ok(table)
}

/// How to get the same report again.
fn reproduction(origin: &Origin) -> Section {
    let version = env!("CARGO_PKG_VERSION");
    let code = format!("{}\n\n# cwm {version}\n{}", origin.command, origin.hashes());
    Section::new("How to reproduce it", vec![Block::Code(code)])
}

fn colophon() -> String {
    format!("Drawn by cwm {}. Everything is told from events alone.", env!("CARGO_PKG_VERSION"))
}

fn text_row(cells: impl IntoIterator<Item = String>) -> Vec<Cell> {
    cells.into_iter().map(Cell::from).collect()
}

/// Blocks, or a sentence where there is nothing to show.
fn or_say(table: Table, nothing: &str) -> Block {
    if table.rows().is_empty() { Block::Paragraph(nothing.to_owned()) } else { Block::Table(table) }
}

type Done = Result<super::run_report::Report, ReportError>;
