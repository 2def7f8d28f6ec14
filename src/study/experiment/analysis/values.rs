//! A recorded experiment's columns: the metric row by row, and the levels of what is looked at by itself.

use std::collections::BTreeMap;

use crate::{
    history::source::table::Table,
    study::experiment::{
        error::ExperimentError,
        metric::{Metric, MetricKind},
    },
};

/// A metric's columns, row by row; not a number where a cell is blank.
pub(super) struct Values<'a> {
    pub metric: &'a Metric,
    pub rows: Vec<[f64; 2]>,
}

impl<'a> Values<'a> {
    pub fn of(table: &Table, metric: &'a Metric) -> Result<Self, ExperimentError> {
        let mut columns = metric.columns().map(|name| table.numbers(name));
        let first = columns.next().transpose()?.unwrap_or_default();
        let second = columns.next().transpose()?;
        if metric.kind == MetricKind::Proportion
            && let Some(value) = first.iter().find(|value| !value.is_nan() && **value != 0.0 && **value != 1.0)
        {
            let column = metric.column.clone();
            return Err(ExperimentError::Range {
                column,
                expected: "0 and 1 of a proportion",
                found: value.to_string(),
            });
        }
        let rows = first.iter().enumerate().map(|(row, &value)| [value, second.as_ref().map_or(1.0, |d| d[row])]);
        Ok(Self { metric, rows: rows.collect() })
    }

    pub fn is_known(&self, row: usize) -> bool {
        !self.rows[row].iter().any(|value| value.is_nan())
    }

    /// The rows among these that have the metric.
    pub fn known(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().copied().filter(|&row| self.is_known(row)).collect()
    }

    pub fn pick(&self, rows: &[usize]) -> Vec<[f64; 2]> {
        rows.iter().map(|&row| self.rows[row]).collect()
    }

    pub fn first(&self, rows: &[usize]) -> Vec<f64> {
        rows.iter().map(|&row| self.rows[row][0]).collect()
    }
}

/// Levels of a column, or of several crossed with `*`: their names, and each row's.
pub(super) struct Levels {
    pub codes: Vec<u32>,
    pub names: Vec<(u32, String)>,
}

impl Levels {
    pub fn of(table: &Table, column: &str) -> Result<Self, ExperimentError> {
        if !column.contains('*') {
            let (codes, names) = table.labels(column)?;
            return Ok(Self::named(codes.to_vec(), names.to_vec()));
        }
        let parts = column.split('*').map(|part| table.labels(part).map(|labels| (part, labels)));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let (mut known, mut names): (BTreeMap<Vec<u32>, u32>, Vec<String>) = (BTreeMap::new(), Vec::new());
        let code = |row: usize| {
            let key: Vec<u32> = parts.iter().map(|(_, (codes, _))| codes[row]).collect();
            *known.entry(key.clone()).or_insert_with(|| {
                let level = |(code, (part, (_, names))): (&u32, &(&str, _))| {
                    let names: &&[String] = names;
                    format!("{part}={}", names[*code as usize])
                };
                names.push(key.iter().zip(&parts).map(level).collect::<Vec<_>>().join(", "));
                names.len() as u32 - 1
            })
        };
        let codes = (0..table.rows).map(code).collect();
        Ok(Self::named(codes, names))
    }

    fn named(codes: Vec<u32>, names: Vec<String>) -> Self {
        let mut names: Vec<(u32, String)> =
            names.into_iter().enumerate().map(|(code, name)| (code as u32, name)).collect();
        names.sort_by(|a, b| a.1.cmp(&b.1));
        Self { codes, names }
    }

    pub fn rows(&self, code: u32, rows: &[usize]) -> Vec<usize> {
        rows.iter().copied().filter(|&row| self.codes[row] == code).collect()
    }
}

/// Most levels of a segment or stratum that are looked at.
pub(super) const MOST_LEVELS: usize = 50;
