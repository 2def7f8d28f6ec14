//! Odds as they come, and their logarithms all at once: so the compiler turns them into vector instructions.

use super::super::Scores;
use crate::{
    base::float::lns,
    user::{
        expert::{Odds, Score},
        facet::FacetKind,
    },
};

/// Odds that wait for their logarithms at a time.
const WAITING: usize = 8;

/// Odds and the facets they are of.
#[derive(Debug)]
pub(super) struct Tally {
    scores: Scores,
    odds: [[f32; WAITING]; 2],
    facets: [FacetKind; WAITING],
    count: usize,
}

impl Default for Tally {
    #[inline]
    fn default() -> Self {
        Self { scores: Scores::default(), odds: [[1.0; WAITING]; 2], facets: [FacetKind::Gap; WAITING], count: 0 }
    }
}

impl Tally {
    #[inline]
    pub fn note(&mut self, facet: FacetKind, odds: Odds) {
        if self.count == WAITING {
            self.settle();
        }
        let slot = self.count % WAITING;
        self.odds[0][slot] = odds.mixed;
        self.odds[1][slot] = odds.population;
        self.facets[slot] = facet;
        self.count += 1;
    }

    fn settle(&mut self) {
        lns(self.odds.as_flattened_mut());
        for (slot, facet) in self.facets.iter().enumerate().take(self.count) {
            let score = Score { log_p: self.odds[0][slot], population_log_p: self.odds[1][slot] };
            self.scores.add(*facet, score);
        }
        self.odds = [[1.0; WAITING]; 2];
        self.count = 0;
    }

    #[inline]
    pub fn scores(mut self) -> Scores {
        self.settle();
        self.scores
    }
}
