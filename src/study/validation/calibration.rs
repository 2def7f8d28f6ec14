//! Do things happen as often as predicted?
//!
//! - Probabilities (one kind against the rest): *reliability* in ten bins of equal mass, the expected calibration
//!   error `ECE = Σ_b n_b/n · |ȳ_b − p̄_b|` (Naeini, Cooper & Hauskrecht 2015), and the slope `β` of a logistic
//!   recalibration `logit P(y) = α + β·logit p` (Cox 1958): 1 is right, below 1 too sure of itself.
//! - Densities: the probability integral transform `u = P(Y ≤ y)` should be uniform (Dawid 1984); its histogram, the
//!   slope of observed on nominal coverage of central intervals, and as ECE the mean distance of its
//!   distribution from the uniform.

use serde::{Deserialize, Serialize};

use crate::{
    base::float::{exp, log},
    user::{
        facet::{FACETS, FacetKind, ScoreUnit},
        self_model::{Mark, Outcome, Witness},
    },
};

/// Cells of the logit, each a twentieth wide, from −10 to 10.
const CELLS: usize = 400;
/// Cells of the transform.
const PIT: usize = 40;
/// Probabilities are added up in units of 2⁻⁴⁰, so that their order does not matter.
const UNIT: f64 = (1u64 << 40) as f64;

/// Calibration of one facet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// 1 is right; none: nothing to predict.
    pub slope: Option<f64>,
    /// Expected calibration error \[1\].
    pub ece: Option<f64>,
    /// Predictions it rests on.
    pub n: u64,
    /// Predicted and observed shares, bin by bin; empty for densities.
    pub reliability: Vec<ReliabilityBin>,
    /// Shares of the transform's cells; empty for probabilities.
    pub pit: Vec<f64>,
}

/// One bin of equal mass.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that happened.
    pub observed: f64,
    /// Predictions.
    pub n: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    n: u64,
    happened: u64,
    predicted: u64,
}

/// Predictions against outcomes, counted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    cells: Vec<[Cell; CELLS]>,
    pit: [[u64; PIT]; FACETS],
}

impl Default for Counts {
    fn default() -> Self {
        Self { cells: vec![[Cell::default(); CELLS]; FACETS], pit: [[0; PIT]; FACETS] }
    }
}

impl Witness for Counts {
    fn marked(&mut self, mark: &Mark<'_>) {
        let (facet, p) = (mark.outcome.facet(), f64::from(mark.odds.mixed));
        match mark.outcome {
            Outcome::Daypart(slot) => {
                let predicted = mark.prediction.dayparts_in(mark.context, slot.weekend);
                self.kinds(facet, &predicted, usize::from(slot.daypart));
            }
            Outcome::Content(kind) => self.kinds(facet, &mark.prediction.contents_in(mark.context), usize::from(kind)),
            Outcome::Gap(y) => self.transform(facet, mark.prediction.log_gap_at_most(f64::from(y))),
            Outcome::Amount(y) => {
                self.transform(facet, mark.prediction.log_amount_at_most_in(mark.context, f64::from(y)));
            }
            Outcome::Review(score) => self.transform(facet, mark.prediction.reviews_at_most(f64::from(score))),
            Outcome::Support(severity) => self.kinds(facet, &mark.prediction.severities(), usize::from(severity)),
            yes_or_no => {
                let happened = yes_or_no.yes().unwrap_or_default();
                self.probability(facet, if happened { p } else { 1.0 - p }, happened);
            }
        }
    }
}

impl Counts {
    fn kinds(&mut self, facet: FacetKind, predicted: &[f32], happened: usize) {
        for (kind, &p) in predicted.iter().enumerate() {
            self.probability(facet, f64::from(p), kind == happened);
        }
    }

    fn probability(&mut self, facet: FacetKind, p: f64, happened: bool) {
        note(&mut self.cells[facet as usize], p, happened, 1);
    }

    fn transform(&mut self, facet: FacetKind, u: f64) {
        let index = (u * PIT as f64).clamp(0.0, PIT as f64 - 1.0) as usize;
        self.pit[facet as usize][index] += 1;
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.cells.as_flattened_mut().iter_mut().zip(other.cells.as_flattened()) {
            mine.n += more.n;
            mine.happened += more.happened;
            mine.predicted += more.predicted;
        }
        for (mine, more) in self.pit.as_flattened_mut().iter_mut().zip(other.pit.as_flattened()) {
            *mine += more;
        }
    }

    /// What the counts say of a facet.
    pub fn calibration(&self, facet: FacetKind) -> Calibration {
        match facet.unit() {
            ScoreUnit::Skill => of_probabilities(&self.cells[facet as usize]),
            ScoreUnit::Nats => of_transform(&self.pit[facet as usize]),
        }
    }
}

/// Counts of one probability alone, of which each may count several times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probabilities([Cell; CELLS]);

impl Default for Probabilities {
    fn default() -> Self {
        Self([Cell::default(); CELLS])
    }
}

impl Probabilities {
    /// Counts a prediction.
    pub fn add(&mut self, p: f64, happened: bool, times: u64) {
        note(&mut self.0, p, happened, times);
    }

    /// Slope of the logistic recalibration.
    pub fn slope(&self) -> Option<f64> {
        recalibration(&self.0)
    }

    /// What the counts say.
    pub fn calibration(&self) -> Calibration {
        of_probabilities(&self.0)
    }
}

fn note(cells: &mut [Cell; CELLS], p: f64, happened: bool, times: u64) {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    let logit = log(p / (1.0 - p));
    let index = ((logit + 10.0) * (CELLS as f64 / 20.0)).clamp(0.0, CELLS as f64 - 1.0) as usize;
    let cell = &mut cells[index];
    cell.n += times;
    cell.happened += u64::from(happened) * times;
    cell.predicted += (p * UNIT) as u64 * times;
}

fn of_probabilities(cells: &[Cell; CELLS]) -> Calibration {
    let reliability = equal_mass(cells);
    let n = cells.iter().map(|cell| cell.n).sum::<u64>();
    let ece = reliability.iter().map(|bin| bin.n as f64 * (bin.observed - bin.predicted).abs()).sum::<f64>();
    Calibration { slope: recalibration(cells), ece: (n > 0).then(|| ece / n as f64), n, reliability, pit: Vec::new() }
}

/// Ten bins of equal mass, as far as the cells allow.
fn equal_mass(cells: &[Cell]) -> Vec<ReliabilityBin> {
    let total: u64 = cells.iter().map(|cell| cell.n).sum();
    let mut bins = Vec::new();
    let (mut open, mut passed) = (Cell::default(), 0);
    for cell in cells {
        open = Cell {
            n: open.n + cell.n,
            happened: open.happened + cell.happened,
            predicted: open.predicted + cell.predicted,
        };
        passed += cell.n;
        if open.n > 0 && passed * 10 >= total * (bins.len() as u64 + 1) {
            bins.push(closed(&open));
            open = Cell::default();
        }
    }
    bins
}

fn closed(cell: &Cell) -> ReliabilityBin {
    let n = cell.n as f64;
    ReliabilityBin { predicted: cell.predicted as f64 / UNIT / n, observed: cell.happened as f64 / n, n: cell.n }
}

/// Slope of the logistic recalibration by Newton's method; none where either answer never comes or every
/// prediction is the same.
fn recalibration(cells: &[Cell]) -> Option<f64> {
    let points: Vec<(f64, f64, f64)> = cells.iter().filter(|cell| cell.n > 0).map(point).collect();
    let (happened, n) = points.iter().fold((0.0, 0.0), |(h, n), point| (h + point.2, n + point.1));
    if happened < 1.0 || n - happened < 1.0 || points.len() < 2 {
        return None;
    }
    let (mut intercept, mut slope) = (0.0, 1.0);
    for _ in 0..30 {
        let (step_intercept, step_slope) = newton(&points, intercept, slope)?;
        intercept += step_intercept;
        slope += step_slope;
        if step_slope.abs() < 1e-9 {
            break;
        }
    }
    slope.is_finite().then_some(slope)
}

/// Logit of the mean prediction, number, number that happened.
fn point(cell: &Cell) -> (f64, f64, f64) {
    let p = (cell.predicted as f64 / UNIT / cell.n as f64).clamp(1e-7, 1.0 - 1e-7);
    (log(p / (1.0 - p)), cell.n as f64, cell.happened as f64)
}

fn newton(points: &[(f64, f64, f64)], intercept: f64, slope: f64) -> Option<(f64, f64)> {
    let (mut gradient, mut hessian) = ([0.0; 2], [0.0; 3]);
    for &(x, n, happened) in points {
        let p = 1.0 / (1.0 + exp(-(intercept + slope * x)));
        let (error, weight) = (happened - n * p, n * p * (1.0 - p));
        gradient = [gradient[0] + error, gradient[1] + error * x];
        hessian = [hessian[0] + weight, hessian[1] + weight * x, hessian[2] + weight * x * x];
    }
    let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
    let step = |a: f64, b: f64| a / determinant * b;
    (determinant > 1e-9).then(|| {
        (
            step(hessian[2], gradient[0]) - step(hessian[1], gradient[1]),
            step(hessian[0], gradient[1]) - step(hessian[1], gradient[0]),
        )
    })
}

fn of_transform(counts: &[u64; PIT]) -> Calibration {
    let n: u64 = counts.iter().sum();
    let share = |count: u64| count as f64 / n.max(1) as f64;
    let pit: Vec<f64> = counts.iter().map(|&count| share(count)).collect();
    let known = n > 0;
    Calibration {
        slope: known.then(|| coverage_slope(&pit)),
        ece: known.then(|| distance_from_uniform(&pit)),
        n,
        reliability: Vec::new(),
        pit: if known { pit } else { Vec::new() },
    }
}

/// Least-squares slope through the origin of observed on nominal coverage of central intervals.
fn coverage_slope(pit: &[f64]) -> f64 {
    let half = PIT / 2;
    let (mut products, mut squares) = (0.0, 0.0);
    for reach in 1..half {
        let nominal = reach as f64 / half as f64;
        let observed: f64 = pit[half - reach..half + reach].iter().sum();
        products += nominal * observed;
        squares += nominal * nominal;
    }
    products / squares
}

fn distance_from_uniform(pit: &[f64]) -> f64 {
    let mut below = 0.0;
    let mut distance = 0.0;
    for (i, share) in pit.iter().enumerate() {
        below += share;
        distance += (below - (i + 1) as f64 / PIT as f64).abs();
    }
    distance / PIT as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Predictions whose odds are stretched by two need a slope of one half.
    #[test]
    fn the_slope_is_what_stretched_the_odds() {
        let mut counts = Counts::default();
        for i in 1..200 {
            let logit = f64::from(i) * 0.02 - 2.0;
            let (said, true_p) = (1.0 / (1.0 + exp(-2.0 * logit)), 1.0 / (1.0 + exp(-logit)));
            for j in 0..1_000 {
                counts.probability(FacetKind::Purchase, said, f64::from(j) + 0.5 < true_p * 1_000.0);
            }
        }
        let calibration = counts.calibration(FacetKind::Purchase);
        assert!((calibration.slope.unwrap() - 0.5).abs() < 0.01, "{calibration:?}");
        assert!(calibration.reliability.len() == 10 && calibration.ece.unwrap() > 0.05);
    }

    #[test]
    fn what_always_happens_has_no_slope_and_what_never_was_predicted_nothing() {
        let mut counts = Counts::default();
        (0..50).for_each(|_| counts.probability(FacetKind::Purchase, 0.999, true));
        assert_eq!(counts.calibration(FacetKind::Purchase).slope, None);
        let nothing = counts.calibration(FacetKind::Gap);
        assert_eq!((nothing.slope, nothing.ece, nothing.n), (None, None, 0));
    }
}
