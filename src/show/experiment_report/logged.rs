//! The report of a log of decisions: what another policy would have earned, or why that cannot be said.

use super::{reproduction, warnings};
use crate::{
    show::{
        document::{Block, Document, KeyFigure, Section},
        number::{Estimate, count},
        run_report::{Origin, Report, ReportError},
        table::{Column, Table, TableError},
    },
    study::experiment::{logged::LoggedValue, off_policy::Value},
};

/// Makes the report of a policy evaluated on a log.
///
/// # Errors
/// [`ReportError`] if a table does not fit together, which would be a fault of this program.
pub fn of_log(name: &str, found: &LoggedValue, origin: &Origin) -> Result<Report, ReportError> {
    let (answer, table) = (answer(found), values(found)?);
    let printed = [answer.clone(), table.to_text(), warnings(&found.warnings)].join("\n\n");
    let title = match (&found.refused, found.values.first()) {
        (Some(_), _) => "The log cannot say what this policy would earn".to_owned(),
        (None, Some(best)) => format!("The policy would earn {:.4} a decision", best.value.estimate),
        (None, None) => "Nothing was evaluated".to_owned(),
    };
    let key = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
    let support = &found.support;
    let document = Document {
        title,
        question: format!("What would another policy have earned in “{name}”?"),
        answer,
        key_figures: vec![
            key("Decisions", count(support.decisions as i64), "in the log".to_owned()),
            key("Effective", format!("{:.1}", support.effective), "of equal weight would be as good".to_owned()),
            key(
                "Largest weight",
                format!("{:.1}", support.largest_weight),
                format!("{:.1}% of all", 100.0 * support.largest_share),
            ),
        ],
        sections: vec![
            Section::new("Values", vec![Block::List(found.warnings.clone()), Block::Table(table)]),
            Section::new("How to reproduce it", vec![Block::Code(reproduction(origin))]),
        ],
        colophon: format!("Drawn by cwm {}.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

fn answer(found: &LoggedValue) -> String {
    let (logged, support) = (&found.logged, &found.support);
    let own = format!(
        "The log's own policy earned {:.4} a decision ({:.4} to {:.4}).",
        logged.estimate, logged.lo, logged.hi
    );
    match (&found.refused, found.values.first()) {
        (Some(why), _) => format!("No value is given: {why}. {own}"),
        (None, Some(best)) => format!(
            "The policy would have earned {:.4} a decision ({:.4} to {:.4}, by {}), from an effective {:.0} of {} decisions. {own}",
            best.value.estimate, best.value.lo, best.value.hi, best.estimator, support.effective, support.decisions
        ),
        (None, None) => own,
    }
}

fn values(found: &LoggedValue) -> Result<Table, TableError> {
    let columns = vec![Column::text("Estimator"), Column::float("Reward a decision", "", 5).with_interval(0.95)];
    let mut table = Table::new("values", "What the policy would have earned", columns);
    let cell = |value: &Value| Estimate::new(value.estimate, value.lo, value.hi);
    table.push(vec!["the log's own policy".into(), cell(&found.logged).into()])?;
    for one in &found.values {
        table.push(vec![one.estimator.into(), cell(&one.value).into()])?;
    }
    Ok(table)
}
