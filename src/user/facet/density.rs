//! What the population does, whoever asks: the static law of a quantity on a logarithmic scale, as a
//! histogram with light tails. It is the baseline that a self-model must beat, so it is free to have any shape.

use serde::{Deserialize, Serialize};

use crate::base::float::{exp32, ln32};

const CELLS: usize = 48;

/// Piecewise-constant density of `y = ln x`, with exponential tails outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Density {
    low: f32,
    width: f32,
    /// Density of each cell [1/ln unit].
    cells: Vec<f32>,
    /// Mass and rate of the tails.
    tail: f32,
}

impl Density {
    /// From outcomes and their weights, spanning their central 99.6% and smoothed by one pseudo-outcome a cell.
    #[must_use]
    pub fn fit(outcomes: &mut [(f32, f32)]) -> Self {
        outcomes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f32 = outcomes.iter().map(|o| o.1).sum();
        let (low, high) = (quantile(outcomes, total, 0.002), quantile(outcomes, total, 0.998));
        let width = ((high - low) / CELLS as f32).max(1e-3);
        let mut mass = [1.0f32; CELLS];
        let mut outside = 1.0;
        for &(y, weight) in outcomes.iter() {
            let cell = (y - low) / width;
            if (0.0..CELLS as f32).contains(&cell) { mass[cell as usize] += weight } else { outside += weight }
        }
        let all = total + CELLS as f32 + 1.0;
        let cells = mass.iter().map(|m| m / (all * width)).collect();
        Self { low, width, cells, tail: outside / all }
    }

    /// Density at `y`.
    #[inline]
    #[must_use]
    pub fn at(&self, y: f32) -> f32 {
        let cell = (y - self.low) / self.width;
        if (0.0..CELLS as f32).contains(&cell) {
            return self.cells[cell as usize];
        }
        let beyond = if cell < 0.0 { -cell } else { cell - CELLS as f32 } * self.width;
        let length = self.tail_length();
        0.5 * self.tail / length * exp32(-beyond / length)
    }

    /// Half the tail's mass lies on each side, falling by e within a quarter of the span, but not faster than
    /// within half a unit: outcomes that were all alike say little about those to come.
    #[inline]
    fn tail_length(&self) -> f32 {
        (self.width * CELLS as f32 * 0.25).max(0.5)
    }

    /// P(y ≤ value).
    #[must_use]
    pub fn cdf(&self, value: f32) -> f32 {
        let cell = (value - self.low) / self.width;
        let half = 0.5 * self.tail;
        if cell < 0.0 {
            return half * exp32(cell * self.width / self.tail_length());
        }
        if cell >= CELLS as f32 {
            return 1.0 - half * exp32(-(cell - CELLS as f32) * self.width / self.tail_length());
        }
        let whole = cell as usize;
        let below: f32 = self.cells[..whole].iter().sum();
        half + self.width * (below + self.cells[whole] * (cell - whole as f32))
    }

    /// Mean of `y` over the cells.
    #[must_use]
    pub fn mean(&self) -> f32 {
        let mass: f32 = self.cells.iter().sum();
        let moment: f32 = self.cells.iter().enumerate().map(|(i, d)| d * (i as f32 + 0.5)).sum();
        self.low + self.width * moment / mass
    }

    /// Entropy of the cells \[nat\]: the mean log loss of predicting with it.
    #[must_use]
    pub fn entropy(&self) -> f32 {
        self.cells.iter().map(|&d| -d * self.width * ln32(d)).sum()
    }
}

fn quantile(sorted: &[(f32, f32)], total: f32, share: f32) -> f32 {
    let mut sum = 0.0;
    for &(y, weight) in sorted {
        sum += weight;
        if sum >= share * total {
            return y;
        }
    }
    sorted.last().map_or(0.0, |o| o.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_density_integrates_to_one() {
        let mut outcomes: Vec<(f32, f32)> = (0..2_000).map(|i| ((i % 77) as f32 * 0.1 - 3.0, 1.0)).collect();
        let density = Density::fit(&mut outcomes);
        let integral: f32 = (-40_000..40_000).map(|i| density.at(i as f32 * 0.001) * 0.001).sum();
        assert!((integral - 1.0).abs() < 2e-3, "{integral}");
        for upto in [-30_000, -4_000, 0, 2_500, 9_000] {
            let below: f32 = (-40_000..upto).map(|i| density.at(i as f32 * 0.001) * 0.001).sum();
            assert!((below - density.cdf(upto as f32 * 0.001)).abs() < 2e-3, "{upto}");
        }
    }
}
