//! Log scores by facet and number of prior sessions, one table a user.

use crate::{
    base::float::ln32,
    study::fit::static_law::{StaticLaw, Tally},
    user::{
        facet::{FACETS, FacetKind, ScoreUnit},
        self_model::{Mark, Outcome, Witness},
    },
};

/// First numbers of prior sessions of the bins; the last is open.
pub const BIN_STARTS: [u32; 10] = [0, 1, 2, 4, 6, 11, 21, 36, 61, 101];
/// How many bins there are.
pub const BINS: usize = BIN_STARTS.len();
/// Where a table keeps all bins together.
pub(super) const ALL: usize = BINS;

/// The bin of a number of prior sessions.
#[must_use]
pub fn bin(prior_sessions: u32) -> usize {
    BIN_STARTS.iter().filter(|&&start| start <= prior_sessions).count() - 1
}

/// Sums of log scores \[nat\].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cell {
    pub model: f64,
    pub population: f64,
    pub by_bin: f64,
    pub events: f64,
    /// Which answers came, one bit each; all bits for quantities.
    pub answers: u32,
}

impl Cell {
    pub fn add(&mut self, other: &Self, times: f64) {
        self.model += times * other.model;
        self.population += times * other.population;
        self.by_bin += times * other.by_bin;
        self.events += times * other.events;
        self.answers |= if times > 0.0 { other.answers } else { 0 };
    }

    /// What the model's score is worth against a baseline's; none where there is nothing to predict: no event, or
    /// always the same answer, of which the baseline is all but sure.
    pub fn value(&self, unit: ScoreUnit, baseline: f64) -> Option<f64> {
        let sure = self.answers.count_ones() < 2 && -baseline < 0.05 * self.events;
        match unit {
            _ if self.events <= 0.0 => None,
            ScoreUnit::Skill if sure => None,
            ScoreUnit::Skill => Some(1.0 - self.model / baseline),
            ScoreUnit::Nats => Some((self.model - baseline) / self.events),
        }
    }
}

/// Sums by facet and bin; the last column holds all bins together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table(pub [[Cell; BINS + 1]; FACETS]);

impl Default for Table {
    fn default() -> Self {
        Self([[Cell::default(); BINS + 1]; FACETS])
    }
}

impl Table {
    pub fn add(&mut self, other: &Self, times: f64) {
        for (sum, more) in self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened()) {
            sum.add(more, times);
        }
    }

    pub fn cell(&self, facet: FacetKind, bin: usize) -> &Cell {
        &self.0[facet as usize][bin]
    }
}

/// Static laws of all events of the fitting users, bin by bin.
pub(super) struct ByBin(Vec<StaticLaw>);

/// Counts outcomes by bin.
#[derive(Default)]
pub(super) struct BinTallies([Tally; BINS]);

impl Witness for BinTallies {
    fn marked(&mut self, mark: &Mark<'_>) {
        self.0[bin(mark.prediction.model().sessions())].add(&mark.outcome);
    }
}

impl BinTallies {
    pub fn laws(self) -> ByBin {
        ByBin(self.0.into_iter().map(Tally::law).collect())
    }
}

/// Fills one user's table.
pub(super) struct Scorer<'a> {
    pub table: Table,
    pub baseline: &'a ByBin,
}

impl Witness for Scorer<'_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        let bin = bin(mark.prediction.model().sessions());
        let score = mark.odds.score();
        let cell = Cell {
            model: f64::from(score.log_p),
            population: f64::from(score.population_log_p),
            by_bin: f64::from(ln32(self.baseline.0[bin].density(&mark.outcome).max(1e-30))),
            events: 1.0,
            answers: answer(&mark.outcome),
        };
        let facet = mark.outcome.facet() as usize;
        self.table.0[facet][bin].add(&cell, 1.0);
        self.table.0[facet][ALL].add(&cell, 1.0);
    }
}

/// The bit of an answer.
const fn answer(outcome: &Outcome) -> u32 {
    match *outcome {
        Outcome::Daypart(slot) => 1 << slot.daypart,
        Outcome::Content(kind) | Outcome::Support(kind) => 1 << kind,
        _ => match outcome.yes() {
            Some(yes) => 1 << (yes as u32),
            None => u32::MAX,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_the_tables_own() {
        let starts = [0, 1, 2, 3, 4, 5, 6, 10, 11, 20, 21, 35, 36, 60, 61, 100, 101, 5_000].map(bin);
        assert_eq!(starts, [0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]);
    }

    #[test]
    fn a_sure_outcome_is_nothing_to_predict() {
        let cell = Cell { model: -1e-6, population: -2e-6, by_bin: -2e-6, events: 100.0, answers: 2 };
        assert_eq!(cell.value(ScoreUnit::Skill, cell.population), None);
        assert_eq!(Cell::default().value(ScoreUnit::Nats, 0.0), None);
    }
}
