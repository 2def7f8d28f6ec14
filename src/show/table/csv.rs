//! Tables as CSV, safe to open in a spreadsheet.

use std::borrow::Cow;

use super::{Cell, Field, Table, TableError};

impl Table {
    /// The table as CSV (RFC 4180, UTF-8). A unit stands in brackets behind its column's name.
    ///
    /// # Errors
    /// [`TableError::Csv`].
    pub fn to_csv(&self) -> Result<Vec<u8>, TableError> {
        let failed = |error| TableError::Csv(self.name.clone(), error);
        let fields = self.fields();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(fields.iter().map(|field| harmless(&heading(field)).into_owned())).map_err(failed)?;
        for row in self.rows() {
            writer.write_record(fields.iter().map(|field| text(field, row))).map_err(failed)?;
        }
        writer.into_inner().map_err(|error| failed(csv::Error::from(error.into_error())))
    }
}

fn heading(field: &Field<'_>) -> String {
    let name = field.name();
    if field.column.unit.is_empty() { name } else { format!("{name} [{}]", field.column.unit) }
}

fn text(field: &Field<'_>, row: &[Cell]) -> String {
    match &row[field.place] {
        Cell::Text(text) => harmless(text).into_owned(),
        Cell::Integer(value) => value.to_string(),
        Cell::Empty | Cell::Number(_) | Cell::Estimate(_) => {
            field.number(row).map(|value| value.to_string()).unwrap_or_default()
        }
    }
}

/// A spreadsheet runs a text that begins like a formula; behind an apostrophe it stays text (OWASP, *CSV
/// injection*).
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::super::tests::arms;

    #[test]
    fn estimates_have_three_columns_and_formulas_are_harmless() {
        insta::assert_snapshot!(String::from_utf8(arms().to_csv().unwrap()).unwrap().replace('\u{1b}', "ESC"), @r#"
        arm,users,revenue_per_day [USD],revenue_per_day_lo [USD],revenue_per_day_hi [USD],p_better
        control,50000,12000.4,12000.4,12000.4,
        "'=HYPERLINK(""x"")",50000,-13128,-14000,13500.5,0.97
        "a, ""b""ESC[31m",-1,,,,1
        "#);
    }
}
