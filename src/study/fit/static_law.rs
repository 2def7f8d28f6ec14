//! What the population does, whoever asks: every facet's law pooled over events. The baseline of all scores.
//!
//! Shares are `(n_k + ½)/(N + ½K)` over the kinds that occur (Krichevsky & Trofimov 1981), so a baseline fitted to
//! few events is not absurdly sure of itself; kinds that never occur keep a trace.

use crate::{
    history::session::{CONTENT_KINDS, DAYPARTS},
    user::{
        facet::{churn::PERIODS, density::Density},
        self_model::{Mark, Outcome, Witness},
    },
};

/// Pseudo-count of a kind that never occurs.
const TRACE: f64 = 0.01;

/// Outcomes counted by facet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    dayparts: [[f64; DAYPARTS]; 2],
    contents: [f64; CONTENT_KINDS],
    /// `[later][paid]`.
    purchases: [[f64; 2]; 2],
    gaps: Vec<(f32, f32)>,
    amounts: Vec<(f32, f32)>,
    /// `[period][left]`.
    periods: [[f64; 2]; PERIODS],
}

impl Witness for Tally {
    fn marked(&mut self, mark: &Mark<'_>) {
        self.add(&mark.outcome);
    }
}

impl Tally {
    /// Counts one outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        match *outcome {
            Outcome::Gap(y) => self.gaps.push((y, 1.0)),
            Outcome::Daypart(slot) => self.dayparts[usize::from(slot.weekend)][usize::from(slot.daypart)] += 1.0,
            Outcome::Content(kind) => self.contents[usize::from(kind)] += 1.0,
            Outcome::Purchase { later, paid } => self.purchases[usize::from(later)][usize::from(paid)] += 1.0,
            Outcome::Amount(y) => self.amounts.push((y, 1.0)),
            Outcome::Churn { period, left } => {
                self.periods[(period as usize).min(PERIODS - 1)][usize::from(left)] += 1.0;
            }
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        add(self.dayparts.as_flattened_mut(), other.dayparts.as_flattened());
        add(&mut self.contents, &other.contents);
        add(self.purchases.as_flattened_mut(), other.purchases.as_flattened());
        add(self.periods.as_flattened_mut(), other.periods.as_flattened());
        self.gaps.extend_from_slice(&other.gaps);
        self.amounts.extend_from_slice(&other.amounts);
        self
    }

    /// The law of what was counted.
    #[must_use]
    pub fn law(mut self) -> StaticLaw {
        StaticLaw {
            dayparts: self.dayparts.map(|day| shares(&day)),
            contents: shares(&self.contents),
            pays: self.purchases.map(|[no, yes]| ((yes + 0.5) / (yes + no + 1.0)) as f32),
            gap: Density::fit(&mut self.gaps),
            amount: Density::fit(&mut self.amounts),
            hazard: hazards(&self.periods),
        }
    }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Smoothed shares of counts.
#[must_use]
pub fn shares<const K: usize>(counts: &[f64; K]) -> [f32; K] {
    let smoothed = counts.map(|count| count + if count > 0.0 { 0.5 } else { TRACE });
    let total: f64 = smoothed.iter().sum();
    smoothed.map(|count| (count / total) as f32)
}

/// Hazard of each period, shrunk towards the mean of all with the weight of ten users.
fn hazards(periods: &[[f64; 2]; PERIODS]) -> Vec<f32> {
    let (stayed, left) = periods.iter().fold((0.0, 0.0), |(s, l), [stayed, left]| (s + stayed, l + left));
    let mean = (left + 0.5) / (stayed + left + 1.0);
    periods.iter().map(|[stayed, left]| ((left + 10.0 * mean) / (stayed + left + 10.0)) as f32).collect()
}

/// Every facet's static law.
#[derive(Clone, Debug, PartialEq)]
pub struct StaticLaw {
    /// Shares of the parts of the day, weekday and weekend.
    pub dayparts: [[f32; DAYPARTS]; 2],
    /// Shares of the kinds of content.
    pub contents: [f32; CONTENT_KINDS],
    /// Shares of first and of later sessions that pay.
    pub pays: [f32; 2],
    /// Of the logarithm of the gap.
    pub gap: Density,
    /// Of the logarithm of the amount.
    pub amount: Density,
    /// Chance of leaving by period of tenure.
    pub hazard: Vec<f32>,
}

impl StaticLaw {
    /// Probability or density of an outcome.
    #[must_use]
    pub fn density(&self, outcome: &Outcome) -> f32 {
        match *outcome {
            Outcome::Gap(y) => self.gap.at(y),
            Outcome::Daypart(slot) => self.dayparts[usize::from(slot.weekend)][usize::from(slot.daypart)],
            Outcome::Content(kind) => self.contents[usize::from(kind)],
            Outcome::Purchase { later, paid } => either(self.pays[usize::from(later)], paid),
            Outcome::Amount(y) => self.amount.at(y),
            Outcome::Churn { period, left } => either(self.hazard[(period as usize).min(self.hazard.len() - 1)], left),
        }
    }
}

const fn either(yes: f32, happened: bool) -> f32 {
    if happened { yes } else { 1.0 - yes }
}
