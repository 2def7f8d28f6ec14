//! What one user's whole record says of the segment they belong to.
//!
//! Users differ within a segment, so `n` events of one user are worth less than `n` events of `n` users: under the
//! Dirichlet–multinomial law of strength `s` the variance of a share is that of `n·(1+s)/(n+s)` independent
//! events. Counts are scaled to that *effective* number, so that heavy users do not own the clusters
//! (quasi-likelihood; McCullagh & Nelder 1989, *Generalized linear models*, §4.5).

use crate::{
    history::session::{CONTENT_KINDS, DAYPARTS},
    user::{
        facet::{
            amount::{AMOUNT_BINS, amount_bin},
            churn::PERIODS,
            gap::{GAP_BINS, gap_bin},
        },
        self_model::{Mark, Outcome, Witness},
    },
};

/// Strengths \[1\] that effective numbers are reckoned with: day-part, content, purchase, levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempering {
    /// Of each kind of day.
    pub daypart: f64,
    /// Of content.
    pub content: f64,
    /// Of purchase.
    pub purchase: f64,
    /// Of binned gaps and amounts.
    pub bins: f64,
    /// Of ln amount as a level.
    pub level: f64,
}

impl Default for Tempering {
    fn default() -> Self {
        Self { daypart: 9.0, content: 25.0, purchase: 5.0, bins: 12.0, level: 4.0 }
    }
}

/// A quantity's effective number of events with the mean of `y` and of `y²`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// Number of events \[1\].
    pub n: f64,
    /// Sum, and after tempering weighted sum, of y.
    pub sum: f64,
    /// The same of y².
    pub squares: f64,
}

impl Moments {
    /// Adds one.
    pub fn add(&mut self, y: f32) {
        let y = f64::from(y);
        self.n += 1.0;
        self.sum += y;
        self.squares += y * y;
    }

    /// The same moments of another number of events.
    #[must_use]
    pub fn scaled(&self, by: f64) -> Self {
        Self { n: self.n * by, sum: self.sum * by, squares: self.squares * by }
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self { n: self.n + other.n, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    /// Mean of y; 0 of nothing.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.n > 0.0 { self.sum / self.n } else { 0.0 }
    }

    /// Variance of y about its mean; 0 of nothing.
    #[must_use]
    pub fn variance(&self) -> f64 {
        if self.n > 0.0 { (self.squares / self.n - self.mean().powi(2)).max(0.0) } else { 0.0 }
    }
}

/// Counts and moments of one user's outcomes, or of many users' together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// `[weekend][part]`.
    pub dayparts: [[f64; DAYPARTS]; 2],
    /// By kind.
    pub contents: [f64; CONTENT_KINDS],
    /// `[later][paid]`.
    pub purchases: [[f64; 2]; 2],
    /// `[taken]`.
    pub offers: [f64; 2],
    /// Gaps by bin.
    pub gaps: [f64; GAP_BINS],
    /// Amounts by bin.
    pub amounts: [f64; AMOUNT_BINS],
    /// `[period][left]`.
    pub periods: [[f64; 2]; PERIODS],
    /// Of ln amount.
    pub amount: Moments,
}

impl Witness for Evidence {
    fn marked(&mut self, mark: &Mark<'_>) {
        match mark.outcome {
            Outcome::Gap(y) => self.gaps[gap_bin(y)] += 1.0,
            Outcome::Daypart(slot) => self.dayparts[usize::from(slot.weekend)][usize::from(slot.daypart)] += 1.0,
            Outcome::Content(kind) => self.contents[usize::from(kind)] += 1.0,
            Outcome::Purchase { later, paid } => self.purchases[usize::from(later)][usize::from(paid)] += 1.0,
            Outcome::Amount(y) => {
                self.amount.add(y);
                self.amounts[amount_bin(y)] += 1.0;
            }
            Outcome::Offer { taken } => self.offers[usize::from(taken)] += 1.0,
            Outcome::Churn { period, left } => {
                self.periods[(period as usize).min(PERIODS - 1)][usize::from(left)] += 1.0;
            }
            _ => {}
        }
    }
}

impl Evidence {
    /// One user's evidence at its effective number of events.
    #[must_use]
    pub fn tempered(&self, by: &Tempering) -> Self {
        Self {
            dayparts: self.dayparts.map(|day| scaled(&day, by.daypart)),
            contents: scaled(&self.contents, by.content),
            purchases: self.purchases.map(|purchases| scaled(&purchases, by.purchase)),
            offers: scaled(&self.offers, by.purchase),
            gaps: scaled(&self.gaps, by.bins),
            amounts: scaled(&self.amounts, by.bins),
            periods: self.periods,
            amount: self.amount.scaled(worth(self.amount.n, by.level)),
        }
    }

    /// Adds a share of another's evidence.
    pub fn add(&mut self, other: &Self, share: f64) {
        add(self.dayparts.as_flattened_mut(), other.dayparts.as_flattened(), share);
        add(&mut self.contents, &other.contents, share);
        add(self.purchases.as_flattened_mut(), other.purchases.as_flattened(), share);
        add(&mut self.offers, &other.offers, share);
        add(&mut self.gaps, &other.gaps, share);
        add(&mut self.amounts, &other.amounts, share);
        add(self.periods.as_flattened_mut(), other.periods.as_flattened(), share);
        self.amount = self.amount.plus(&other.amount.scaled(share));
    }
}

/// What one event of `n` is worth.
fn worth(n: f64, strength: f64) -> f64 {
    (1.0 + strength) / (n + strength)
}

fn scaled<const K: usize>(counts: &[f64; K], strength: f64) -> [f64; K] {
    let by = worth(counts.iter().sum(), strength);
    counts.map(|count| count * by)
}

fn add(sums: &mut [f64], more: &[f64], share: f64) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += share * more;
    }
}
