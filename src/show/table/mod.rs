//! Tables of typed cells, for a terminal, a report, CSV and Parquet.
//!
//! An estimate with its interval is one cell to a reader, and three columns (`name`, `name_lo`, `name_hi`) to
//! a machine. Numbers that are no numbers are empty.

mod csv;
mod parquet;

use super::number::{Estimate, Unit, count};

/// Why a table could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A row has more or fewer cells than there are columns.
    #[error("table {table}, row {row}: there are {expected} columns, but {found} cells")]
    Width {
        /// The table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// Columns.
        expected: usize,
        /// Cells.
        found: usize,
    },
    /// A cell is not of its column's kind.
    #[error("table {table}, row {row}, column {column}: the cell must be {expected}, but is {found}")]
    Kind {
        /// The table.
        table: String,
        /// The row, from 1.
        row: usize,
        /// The column.
        column: String,
        /// What fits.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The CSV could not be written.
    #[error("cannot write table {0} as CSV")]
    Csv(String, #[source] ::csv::Error),
    /// The Parquet file could not be written.
    #[error("cannot write table {0} as Parquet")]
    Parquet(String, #[source] ::parquet::errors::ParquetError),
}

/// What the cells of a column are, and how they are shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Words.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers, shown with this unit and so many decimals: money in major units, shares, anything else.
    Number(Unit, usize),
}

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, as a machine knows it.
    pub name: String,
    /// What it is counted in; may be empty.
    pub unit: String,
    /// What its cells are.
    pub kind: Kind,
    /// Level of the intervals of its cells, if they have them.
    pub level: Option<f64>,
}

impl Column {
    fn new(name: impl Into<String>, unit: impl Into<String>, kind: Kind) -> Self {
        Self { name: name.into(), unit: unit.into(), kind, level: None }
    }

    /// A column of words.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, "", Kind::Text)
    }

    /// A column of whole numbers.
    #[must_use]
    pub fn integer(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self::new(name, unit, Kind::Integer)
    }

    /// A column of numbers.
    #[must_use]
    pub fn float(name: impl Into<String>, unit: impl Into<String>, decimals: usize) -> Self {
        Self::new(name, unit, Kind::Number(Unit::Plain, decimals))
    }

    /// A column of money in major units; `money` is its [`Unit::Money`].
    #[must_use]
    pub fn money(name: impl Into<String>, unit: impl Into<String>, money: &Unit, decimals: usize) -> Self {
        Self::new(name, unit, Kind::Number(money.clone(), decimals))
    }

    /// A column of fractions, shown in percent.
    #[must_use]
    pub fn share(name: impl Into<String>, unit: impl Into<String>, decimals: usize) -> Self {
        Self::new(name, unit, Kind::Number(Unit::Share, decimals))
    }

    /// Its cells are estimates with intervals of this level.
    #[must_use]
    pub fn with_interval(self, level: f64) -> Self {
        Self { level: Some(level), ..self }
    }

    /// Its name, unit and level, for a reader.
    #[must_use]
    pub fn heading(&self) -> String {
        let level = self.level.map(|level| format!("{} interval", Unit::Share.short(level)));
        let notes: Vec<_> =
            [Some(self.unit.clone()).filter(|unit| !unit.is_empty()), level].into_iter().flatten().collect();
        let name = self.name.replace('_', " ");
        if notes.is_empty() { name } else { format!("{name} ({})", notes.join(", ")) }
    }

    fn takes(&self, cell: &Cell) -> bool {
        match (cell, &self.kind) {
            (Cell::Empty, _)
            | (Cell::Text(_), Kind::Text)
            | (Cell::Integer(_), Kind::Integer)
            | (Cell::Number(_) | Cell::Estimate(_), Kind::Number(..)) => true,
            (Cell::Text(_) | Cell::Integer(_) | Cell::Number(_) | Cell::Estimate(_), _) => false,
        }
    }

    fn wanted(&self) -> &'static str {
        match self.kind {
            Kind::Text => "text",
            Kind::Integer => "a whole number",
            Kind::Number(..) => "a number or an estimate",
        }
    }

    /// A cell of this column, for a reader.
    #[must_use]
    pub fn show(&self, cell: &Cell) -> String {
        let number = |value: f64| match &self.kind {
            Kind::Number(..) if !value.is_finite() => "–".to_owned(),
            // A p-value is never 0.
            Kind::Number(Unit::Plain, decimals @ 4..)
                if value > 0.0 && value < 0.5 * 0.1_f64.powi(*decimals as i32) =>
            {
                format!("below {:.*}", decimals, 0.1_f64.powi(*decimals as i32))
            }
            Kind::Number(unit, decimals) => unit.exact(value, *decimals),
            Kind::Text | Kind::Integer => String::new(),
        };
        match cell {
            Cell::Empty => "–".to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Integer(value) => count(*value),
            Cell::Number(value) => number(*value),
            Cell::Estimate(e) if !e.has_interval() => number(e.mean),
            Cell::Estimate(e) => format!("{} [{}, {}]", number(e.mean), number(e.lo), number(e.hi)),
        }
    }

    /// Whether its cells line up at the right.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.kind != Kind::Text
    }
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number in the unit of its column.
    Number(f64),
    /// A number with its interval.
    Estimate(Estimate),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<Estimate> for Cell {
    fn from(estimate: Estimate) -> Self {
        Self::Estimate(estimate)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Empty, Into::into)
    }
}

/// A table.
///
/// ```
/// use cwm::show::{number::Estimate, table::{Column, Table}};
/// let columns = vec![Column::text("arm"), Column::share("uplift", "", 1).with_interval(0.8)];
/// let mut table = Table::new("arms", "Uplift of each arm", columns);
/// table.push(vec!["ux_fix".into(), Estimate::new(0.054, 0.041, 0.067).into()]).unwrap();
/// assert_eq!(table.to_text(), "\
/// arm     uplift (80% interval)
/// ──────  ─────────────────────
/// ux_fix      5.4% [4.1%, 6.7%]
/// ");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Name of its files: `arms` becomes `tables/arms.csv`.
    pub name: String,
    /// What stands above it.
    pub title: String,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(name: impl Into<String>, title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { name: name.into(), title: title.into(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`TableError::Width`] or [`TableError::Kind`], if the row does not fit the columns.
    pub fn push(&mut self, row: Vec<Cell>) -> Result<(), TableError> {
        let (table, place) = (|| self.name.clone(), self.rows.len() + 1);
        if row.len() != self.columns.len() {
            return Err(TableError::Width {
                table: table(),
                row: place,
                expected: self.columns.len(),
                found: row.len(),
            });
        }
        if let Some((column, cell)) = self.columns.iter().zip(&row).find(|(column, cell)| !column.takes(cell)) {
            let (expected, found) = (column.wanted(), format!("{cell:?}"));
            return Err(TableError::Kind { table: table(), row: place, column: column.name.clone(), expected, found });
        }
        self.rows.push(row);
        Ok(())
    }

    /// The columns, from left to right.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows, from top to bottom.
    #[must_use]
    pub fn rows(&self) -> &[Vec<Cell>] {
        &self.rows
    }

    /// Each row's cells, for a reader.
    pub fn shown(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        self.rows.iter().map(|row| self.columns.iter().zip(row).map(|(column, cell)| column.show(cell)).collect())
    }

    /// Aligned text for a terminal.
    #[must_use]
    pub fn to_text(&self) -> String {
        let headings: Vec<String> = self.columns.iter().map(Column::heading).collect();
        let lines: Vec<Vec<String>> = std::iter::once(headings).chain(self.shown()).map(printable).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let rule = widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("  ");
        let mut text: Vec<String> = lines.iter().map(|line| self.aligned(line, &widths)).collect();
        text.insert(1, rule);
        text.join("\n") + "\n"
    }

    fn aligned(&self, line: &[String], widths: &[usize]) -> String {
        let cells = self.columns.iter().zip(line).zip(widths).map(|((column, cell), &width)| {
            if column.is_numeric() { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    }
}

/// A name from outside must not steer the terminal it is printed to.
fn printable(line: Vec<String>) -> Vec<String> {
    line.into_iter().map(|cell| cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()).collect()
}

/// A column as machines read it: an estimate's ends have columns of their own.
struct Field<'a> {
    column: &'a Column,
    place: usize,
    part: Part,
}

#[derive(Clone, Copy)]
enum Part {
    Value,
    Lo,
    Hi,
}

impl Field<'_> {
    fn name(&self) -> String {
        let end = match self.part {
            Part::Value => "",
            Part::Lo => "_lo",
            Part::Hi => "_hi",
        };
        format!("{}{end}", self.column.name)
    }

    fn number(&self, row: &[Cell]) -> Option<f64> {
        let value = match (&row[self.place], self.part) {
            (Cell::Number(value), Part::Value) => *value,
            (Cell::Estimate(estimate), Part::Value) => estimate.mean,
            (Cell::Estimate(estimate), Part::Lo) => estimate.lo,
            (Cell::Estimate(estimate), Part::Hi) => estimate.hi,
            _ => return None,
        };
        // Adding zero turns a minus zero into zero.
        value.is_finite().then_some(value + 0.0)
    }
}

impl Table {
    fn fields(&self) -> Vec<Field<'_>> {
        let parts = |(place, column): (usize, &Column)| -> Vec<(usize, Part)> {
            let ends = [(place, Part::Value), (place, Part::Lo), (place, Part::Hi)];
            if column.level.is_some() { ends.to_vec() } else { ends[..1].to_vec() }
        };
        let places = self.columns.iter().enumerate().flat_map(parts);
        places.map(|(place, part)| Field { column: &self.columns[place], place, part }).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::show) fn arms() -> Table {
        let columns = vec![
            Column::text("arm"),
            Column::integer("users", ""),
            Column::money("revenue_per_day", "USD", &Unit::Money("$".to_owned()), 0).with_interval(0.8),
            Column::share("p_better", "", 0),
        ];
        let mut table = Table::new("arms", "All arms", columns);
        table.push(vec!["control".into(), 50_000.into(), Estimate::bare(12_000.4).into(), Cell::Empty]).unwrap();
        let row = vec![
            "=HYPERLINK(\"x\")".into(),
            50_000.into(),
            Estimate::new(-13_128.0, -14_000.0, 13_500.5).into(),
            0.97.into(),
        ];
        table.push(row).unwrap();
        table.push(vec!["a, \"b\"\u{1b}[31m".into(), (-1).into(), f64::NAN.into(), 1.0.into()]).unwrap();
        table
    }

    #[test]
    fn a_terminal_gets_columns_that_line_up() {
        insta::assert_snapshot!(arms().to_text(), @r#"
        arm               users  revenue per day (USD, 80% interval)  p better
        ───────────────  ──────  ───────────────────────────────────  ────────
        control          50,000                              $12,000         –
        =HYPERLINK("x")  50,000         −$13,128 [−$14,000, $13,500]       97%
        a, "b" [31m          −1                                    –      100%
        "#);
    }

    #[test]
    fn a_row_that_does_not_fit_is_refused_with_its_place() {
        let error = arms().push(vec!["x".into()]).unwrap_err();
        assert_eq!(error.to_string(), "table arms, row 4: there are 4 columns, but 1 cells");
        let error = arms().push(vec!["x".into(), 1.5.into(), Cell::Empty, Cell::Empty]).unwrap_err();
        let want = "table arms, row 4, column users: the cell must be a whole number, but is Number(1.5)";
        assert_eq!(error.to_string(), want);
    }
}
