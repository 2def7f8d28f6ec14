//! What an account says: of the product in reviews (1 to 5) and in surveys (0 to 10), of support (1 to 5).
//!
//! Each is a faded mean, shrunk to the middle of its scale as if so many answers had been given there: an account that
//! has said little is taken for an ordinary one.

use crate::base::float::decay;

/// Half-life of what was said \[day\].
pub const HALF_LIFE: f32 = 120.0;

/// What an account says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sentiment {
    reviews: Said,
    surveys: Said,
    support: Said,
}

/// Answers on one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Said {
    weight: f32,
    sum: f32,
    last: i32,
    /// What is taken for ordinary, and how many answers that is worth.
    prior: (f32, f32),
}

impl Default for Sentiment {
    fn default() -> Self {
        let said = |mean, worth| Said { weight: 0.0, sum: 0.0, last: 0, prior: (mean, worth) };
        Self { reviews: said(3.0, 0.5), surveys: said(7.0, 1.5), support: said(4.0, 2.0) }
    }
}

impl Said {
    fn observe(&mut self, day: i32, score: u8) {
        let left = decay((day - self.last).max(0) as f32, HALF_LIFE);
        self.last = self.last.max(day);
        self.weight = self.weight * left + 1.0;
        self.sum = self.sum * left + f32::from(score);
    }

    /// Against what is ordinary, on the scale's own points.
    fn lean(&self, day: i32) -> f64 {
        let left = decay((day - self.last).max(0) as f32, HALF_LIFE);
        let (mean, worth) = self.prior;
        f64::from((self.sum * left + mean * worth) / (self.weight * left + worth) - mean)
    }
}

impl Sentiment {
    /// Learns a business review.
    pub fn reviewed(&mut self, day: i32, score: u8) {
        self.reviews.observe(day, score);
    }

    /// Learns an answer to a survey.
    pub fn recommended(&mut self, day: i32, score: u8) {
        self.surveys.observe(day, score);
    }

    /// Learns how a ticket was judged.
    pub fn handled(&mut self, day: i32, score: u8) {
        self.support.observe(day, score);
    }

    /// Reviews against 3 of 5.
    #[must_use]
    pub fn of_reviews(&self, day: i32) -> f64 {
        self.reviews.lean(day)
    }

    /// Surveys against 7 of 10.
    #[must_use]
    pub fn of_surveys(&self, day: i32) -> f64 {
        self.surveys.lean(day)
    }

    /// Judgements of tickets against 4 of 5.
    #[must_use]
    pub fn of_support(&self, day: i32) -> f64 {
        self.support.lean(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_review_moves_less_than_two_and_fades() {
        let mut belief = Sentiment::default();
        belief.reviewed(100, 1);
        let one = belief.of_reviews(100);
        belief.reviewed(101, 1);
        assert!(belief.of_reviews(101) < one && one < 0.0);
        assert!(belief.of_reviews(1_000).abs() < one.abs());
        assert_eq!(belief.of_surveys(1_000), 0.0);
    }
}
