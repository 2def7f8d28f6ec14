//! Customers with equal histories, merged and counted: what a likelihood is added up over.

use libm::log;
use rayon::prelude::*;

use super::{optimise::Slope, purchases::Purchases};

/// Rows that one task adds up; the sums are joined in their order, so that threads change no bit.
const CHUNK: usize = 512;
/// Most rows that the search for a good starting point looks at.
const COARSE: usize = 4_096;

/// Customers with the same history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    /// Repeat purchases \[1\].
    pub repeats: f64,
    /// Time of the last one \[mean age\].
    pub recency: f64,
    /// Time watched \[mean age\].
    pub age: f64,
    /// How many customers there are.
    pub weight: f64,
}

/// All of them, by repeats, recency and age, in a unit of time that suits them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    /// The unit: mean age [the caller's time].
    pub scale: f64,
}

impl Rows {
    /// Sorts and merges.
    pub fn of(customers: &[Purchases]) -> Self {
        let mean = customers.iter().map(|customer| customer.age).sum::<f64>() / customers.len() as f64;
        let scale = if mean > 1e-12 { mean } else { 1.0 };
        let mut keys: Vec<(u32, f64, f64)> = customers.iter().map(|c| (c.repeats, c.recency, c.age)).collect();
        keys.par_sort_unstable_by(|a, b| (a.0.cmp(&b.0)).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        let row = |same: &[(u32, f64, f64)]| Row {
            repeats: f64::from(same[0].0),
            recency: same[0].1 / scale,
            age: same[0].2 / scale,
            weight: same.len() as f64,
        };
        Self { rows: keys.chunk_by(|a, b| a == b).map(row).collect(), scale }
    }

    /// Every so many-th row, few enough to try several starting points on.
    pub fn coarse(&self) -> Self {
        let step = self.rows.len().div_ceil(COARSE).max(1);
        Self { rows: self.rows.iter().step_by(step).copied().collect(), scale: self.scale }
    }

    /// How many customers there are.
    pub fn customers(&self) -> f64 {
        self.rows.iter().map(|row| row.weight).sum()
    }

    /// Repeat purchases per mean age; half a purchase if there is none.
    pub fn rate(&self) -> f64 {
        let of = |f: fn(&Row) -> f64| self.rows.iter().map(|row| row.weight * f(row)).sum::<f64>();
        of(|row| row.repeats).max(0.5) / of(|row| row.age).max(1e-6)
    }

    /// What the density of all gaps changes by when time is told in the caller's unit again \[nat\].
    pub fn unit_term(&self) -> f64 {
        -log(self.scale) * self.rows.iter().map(|row| row.weight * row.repeats).sum::<f64>()
    }

    /// Adds up over all rows; `add` takes rows in order, so it can keep what equal repeats share.
    pub fn sum<const N: usize>(&self, add: impl Fn(&[Row], &mut Slope<N>) + Sync) -> Slope<N> {
        let chunk = |rows: &[Row]| {
            let mut sums = Slope::default();
            add(rows, &mut sums);
            sums
        };
        let chunks: Vec<Slope<N>> = self.rows.par_chunks(CHUNK).map(chunk).collect();
        chunks.iter().fold(Slope::default(), |mut all, chunk| {
            all.add(1.0, chunk);
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_histories_are_merged_and_counted() {
        let of = |x, t| Purchases::new(x, t, 4.0).unwrap();
        let rows = Rows::of(&[of(2, 3.0), of(0, 0.0), of(2, 3.0), of(1, 3.0)]);
        assert_eq!(rows.rows.iter().map(|row| row.weight).collect::<Vec<_>>(), [1.0, 1.0, 2.0]);
        assert_eq!((rows.scale, rows.rows[2].recency), (4.0, 0.75));
    }
}
