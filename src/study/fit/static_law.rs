//! What the population does, whoever asks: every facet's law pooled over events. The baseline of all scores.
//!
//! Shares are `(n_k + ½)/(N + ½K)` over the kinds that occur (Krichevsky & Trofimov 1981), so a baseline fitted to
//! few events is not absurdly sure of itself; kinds that never occur keep a trace.

use crate::{
    history::session::{CONTENT_KINDS, DAYPARTS, FEATURES, SEVERITIES, WAYS},
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
    offers: [f64; 2],
    weeks: [f64; 2],
    channels: [[f64; 2]; WAYS],
    styles: [[f64; 2]; WAYS],
    features: [[f64; 2]; FEATURES],
    severities: [f64; SEVERITIES],
    renewals: [f64; 2],
    gaps: Vec<(f32, f32)>,
    amounts: Vec<(f32, f32)>,
    reviews: Vec<(f32, f32)>,
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
            Outcome::Offer { taken } => self.offers[usize::from(taken)] += 1.0,
            Outcome::Visit { came } => self.weeks[usize::from(came)] += 1.0,
            Outcome::Channel { channel, opened, .. } => {
                self.channels[usize::from(channel)][usize::from(opened)] += 1.0;
            }
            Outcome::Style { style, taken } => self.styles[usize::from(style)][usize::from(taken)] += 1.0,
            Outcome::Feature { feature, used } => self.features[usize::from(feature)][usize::from(used)] += 1.0,
            Outcome::Support(severity) => self.severities[usize::from(severity)] += 1.0,
            Outcome::Review(score) => self.reviews.push((score, 1.0)),
            Outcome::Renewal { renewed, .. } => self.renewals[usize::from(renewed)] += 1.0,
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
        add(&mut self.offers, &other.offers);
        add(&mut self.weeks, &other.weeks);
        add(self.channels.as_flattened_mut(), other.channels.as_flattened());
        add(self.styles.as_flattened_mut(), other.styles.as_flattened());
        add(self.features.as_flattened_mut(), other.features.as_flattened());
        add(&mut self.severities, &other.severities);
        add(&mut self.renewals, &other.renewals);
        self.reviews.extend_from_slice(&other.reviews);
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
            pays: self.purchases.map(share),
            offer: share(self.offers),
            week: share(self.weeks),
            channels: self.channels.map(share),
            styles: self.styles.map(share),
            features: self.features.map(share),
            severities: shares(&self.severities),
            review: Density::fit(&mut self.reviews),
            renewal: share(self.renewals),
            gap: Density::fit(&mut self.gaps),
            amount: Density::fit(&mut self.amounts),
            hazard: hazards(&self.periods),
        }
    }
}

/// Smoothed share of yes.
fn share([no, yes]: [f64; 2]) -> f32 {
    ((yes + 0.5) / (yes + no + 1.0)) as f32
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
    /// Share of offers that are taken.
    pub offer: f32,
    /// Share of weeks with a session.
    pub week: f32,
    /// Share of messages that are opened, by way.
    pub channels: [f32; WAYS],
    /// Share of opened messages that are answered, by tone.
    pub styles: [f32; WAYS],
    /// Share of sessions that use each feature.
    pub features: [f32; FEATURES],
    /// Shares of the severities of tickets.
    pub severities: [f32; SEVERITIES],
    /// Share of terms that are renewed.
    pub renewal: f32,
    /// Of the score of a review.
    pub review: Density,
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
            Outcome::Offer { taken } => either(self.offer, taken),
            Outcome::Visit { came } => either(self.week, came),
            Outcome::Channel { channel, opened, .. } => either(self.channels[usize::from(channel)], opened),
            Outcome::Style { style, taken } => either(self.styles[usize::from(style)], taken),
            Outcome::Feature { feature, used } => either(self.features[usize::from(feature)], used),
            Outcome::Support(severity) => self.severities[usize::from(severity)],
            Outcome::Review(score) => self.review.at(score),
            Outcome::Renewal { renewed, .. } => either(self.renewal, renewed),
            Outcome::Churn { period, left } => either(self.hazard[(period as usize).min(self.hazard.len() - 1)], left),
        }
    }
}

const fn either(yes: f32, happened: bool) -> f32 {
    if happened { yes } else { 1.0 - yes }
}
