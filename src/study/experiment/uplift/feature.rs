//! What is known of users before, as numbers for learners and as bins for rules.

use crate::{history::source::table::Table, study::experiment::error::ExperimentError};

/// Numeric features with more different values than this are cut into bins of equal size.
const MOST_LEVELS: usize = 12;
const BINS: usize = 5;
/// Levels of a text that get a column of their own.
const MOST_DUMMIES: usize = 20;

/// A feature.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its column.
    pub name: String,
    /// Each row's bin.
    pub bins: Vec<usize>,
    /// How many bins there are.
    pub count: usize,
    /// Each row's value, if it is a number.
    pub values: Option<Vec<f64>>,
    /// Columns for learners.
    dummies: Vec<Vec<f64>>,
}

impl Feature {
    /// Reads a feature; blank cells of a number become its mean, of a text a level of their own.
    ///
    /// # Errors
    /// [`ExperimentError::Data`] if the column is not there.
    pub fn of(table: &Table, name: &str) -> Result<Self, ExperimentError> {
        if !table.is_numeric(name) {
            let (codes, levels) = table.labels(name)?;
            let bins: Vec<usize> = codes.iter().map(|&code| code as usize).collect();
            let dummy = |level: usize| bins.iter().map(|&bin| f64::from(u8::from(bin == level))).collect();
            let dummies = (1..levels.len().min(MOST_DUMMIES)).map(dummy).collect();
            return Ok(Self { name: name.to_owned(), count: levels.len(), bins, values: None, dummies });
        }
        let mut values = table.numbers(name)?;
        let known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = mean);
        let edges = edges(&values);
        let bins = values.iter().map(|value| edges.partition_point(|edge| edge <= value)).collect();
        Ok(Self {
            name: name.to_owned(),
            bins,
            count: edges.len() + 1,
            dummies: vec![values.clone()],
            values: Some(values),
        })
    }

    /// Columns for learners.
    pub fn columns(&self) -> impl Iterator<Item = &[f64]> {
        self.dummies.iter().map(Vec::as_slice)
    }
}

/// Lower ends of all bins but the first.
fn edges(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    let mut distinct = ascending.clone();
    distinct.dedup();
    if distinct.len() <= MOST_LEVELS {
        return distinct.split_off(1.min(distinct.len()));
    }
    let mut edges: Vec<f64> = (1..BINS).map(|i| ascending[i * ascending.len() / BINS]).collect();
    edges.dedup();
    edges.retain(|edge| *edge > ascending[0]);
    edges
}
