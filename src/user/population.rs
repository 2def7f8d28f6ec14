//! The law that simulated users are drawn from, as a scenario states it.
//!
//! The same law, read as a belief, is what a company that knows its population but not its users would start
//! from: [`PopulationLaw::priors`].

use serde::{Deserialize, Serialize};

use super::{
    expert::UNPROVEN,
    facet::{
        FACETS, HalfLives,
        amount::AmountPrior,
        chance::Chance,
        choice::ChoicePrior,
        churn::{ChurnPrior, Departure, PERIODS},
        content::ContentPrior,
        daypart::DaypartPrior,
        density::Density,
        gap::{GapLaw, GapPrior},
        level::LevelPrior,
        purchase::PurchasePrior,
        visit::VisitPrior,
    },
    priors::Priors,
    segment::{PerSegment, SEGMENTS},
};
use crate::{
    base::{
        float::normal_quantile,
        units::{Currency, NonNegative, Positive, Probability},
    },
    history::session::{CONTENT_KINDS, DAYPARTS},
};

/// Who comes: hidden segments and the traits by which users of one segment differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationLaw {
    /// At most eight; the company does not see who belongs to which.
    pub segments: Vec<SegmentLaw>,
    /// How users differ within a segment.
    pub traits: Traits,
}

/// One hidden segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentLaw {
    /// Its name.
    pub id: String,
    /// Share of new users, where a channel does not say otherwise \[1\].
    pub share: Probability,
    /// Sessions after the first [1/30 days].
    pub sessions_per_30d: Positive,
    /// Probability that a session pays.
    pub paid_prob: Probability,
    /// What a paying session pays.
    pub amount: AmountLaw,
}

/// Log-normal amounts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountLaw {
    /// Mean over users and sessions [major units].
    pub mean: Positive,
    /// Standard deviation of the logarithm within a user \[1\].
    pub sigma: NonNegative,
}

/// How users of one segment differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traits {
    /// Shape of the Gamma law of the session rate; its mean is the segment's.
    pub rate_shape: Positive,
    /// Standard deviation of the logarithm of a user's price level; its mean is 1.
    pub price_level_sigma: NonNegative,
    /// Strength of the Beta law of the probability to pay; none: all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_strength: Option<Positive>,
    /// Taste for the parts of the day.
    pub daypart: DaypartTaste,
    /// Strength of the Dirichlet law of the taste for content; its mean is the catalogue's shares.
    pub content_strength: Positive,
    /// Shape of the Gamma law by which hazards of leaving differ; its mean is 1; none: all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frailty_shape: Option<Positive>,
    /// How much less likely the first session is to pay (added to the probability).
    #[serde(default)]
    pub first_session_paid_delta: f64,
}

/// A Dirichlet law over the parts of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaypartTaste {
    /// Mean shares of the parts on weekdays.
    pub weekday: Vec<NonNegative>,
    /// Mean shares at weekends; as on weekdays if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekend: Option<Vec<NonNegative>>,
    /// Strength.
    pub strength: Positive,
}

impl DaypartTaste {
    /// Mean shares on weekdays and at weekends, adding up to 1.
    #[must_use]
    pub fn shares(&self) -> [Vec<f64>; 2] {
        let weekend = self.weekend.as_ref().unwrap_or(&self.weekday);
        [normalised(&self.weekday), normalised(weekend)]
    }
}

fn normalised(shares: &[NonNegative]) -> Vec<f64> {
    let total: f64 = shares.iter().map(|s| s.value()).sum();
    shares.iter().map(|s| s.value() / total).collect()
}

impl PopulationLaw {
    /// The law as a belief about a user of whom nothing is known.
    ///
    /// `catalogue` holds the content's shares, `mixes` the segments' shares of each channel and last of all
    /// users, `survival` the share of each segment that is still there after so many days.
    #[must_use]
    pub fn priors(
        &self,
        currency: Currency,
        catalogue: &[f64],
        mixes: &[PerSegment],
        survival: &dyn Fn(usize, f64) -> f64,
        half_lives: HalfLives,
    ) -> Priors {
        let everyone = mixes.last().copied().unwrap_or([0.0; SEGMENTS]);
        // Of what these worlds do not hold, nothing is known.
        let ignorant = Priors::ignorant();
        Priors {
            segments: self.segments.iter().map(|segment| segment.id.clone()).collect(),
            born: mixes.to_vec(),
            gap: self.gap_prior(&everyone),
            visit: self.visit_prior(&everyone),
            daypart: self.daypart_prior(),
            content: self.content_prior(catalogue),
            purchase: self.purchase_prior(&everyone),
            amount: self.amount_prior(currency, &everyone),
            churn: self.churn_prior(&everyone, survival),
            half_lives,
            trust: [UNPROVEN; FACETS],
            ..ignorant
        }
    }

    fn gap_prior(&self, everyone: &PerSegment) -> GapPrior {
        let shape = self.traits.rate_shape.value();
        let mut rate = [30.0 * shape as f32; SEGMENTS];
        let mut outcomes = Vec::new();
        for (c, segment) in self.segments.iter().enumerate() {
            let b = shape * 30.0 / segment.sessions_per_30d.value();
            rate[c] = b as f32;
            // Quantiles of Lomax's law.
            outcomes.extend(grid().map(|u| {
                let gap = b * ((1.0 - u).powf(-1.0 / shape) - 1.0);
                (gap.ln() as f32, everyone[c])
            }));
        }
        GapPrior { law: GapLaw::Exponential { shape: shape as f32, rate }, population: Density::fit(&mut outcomes) }
    }

    fn daypart_prior(&self) -> DaypartPrior {
        let days = self.traits.daypart.shares().map(|shares| {
            let mut padded = [0.0; DAYPARTS];
            for (slot, share) in padded.iter_mut().zip(shares) {
                *slot = share as f32;
            }
            ChoicePrior::new(&[padded; SEGMENTS], self.traits.daypart.strength.value() as f32, padded)
        });
        DaypartPrior { days, across: 0.0 }
    }

    fn content_prior(&self, catalogue: &[f64]) -> ContentPrior {
        let mut shares = [0.0; CONTENT_KINDS];
        for (slot, share) in shares.iter_mut().zip(catalogue) {
            *slot = *share as f32;
        }
        ContentPrior(ChoicePrior::new(&[shares; SEGMENTS], self.traits.content_strength.value() as f32, shares))
    }

    fn purchase_prior(&self, everyone: &PerSegment) -> PurchasePrior {
        // Without differences between users, no amount of evidence moves one.
        let strength = self.traits.paid_strength.map_or(1e6, Positive::value) as f32;
        PurchasePrior([self.traits.first_session_paid_delta, 0.0].map(|delta| {
            let mut share = [0.5; SEGMENTS];
            let mut population = 0.0;
            for (c, segment) in self.segments.iter().enumerate() {
                share[c] = (segment.paid_prob.value() + delta).clamp(0.0, 1.0) as f32;
                population += everyone[c] * share[c];
            }
            Chance::new(share, strength, population)
        }))
    }

    /// Weeks with a session, of users whose rates follow a Gamma law: mean and strength of the Beta law with the same two
    /// moments.
    fn visit_prior(&self, everyone: &PerSegment) -> VisitPrior {
        let shape = self.traits.rate_shape.value();
        let (mut share, mut population, mut strength) = ([0.5; SEGMENTS], 0.0, 0.0);
        for (c, segment) in self.segments.iter().enumerate() {
            let b = shape * 30.0 / segment.sessions_per_30d.value();
            let none_in = |weeks: f64| (b / (b + 7.0 * weeks)).powf(shape);
            let mean = 1.0 - none_in(1.0);
            let variance = (none_in(2.0) - none_in(1.0).powi(2)).max(1e-6);
            share[c] = mean as f32;
            population += everyone[c] * mean as f32;
            strength += everyone[c] * (mean * (1.0 - mean) / variance - 1.0).max(0.2) as f32;
        }
        VisitPrior::around(population, Chance::new(share, strength, population))
    }

    fn amount_prior(&self, currency: Currency, everyone: &PerSegment) -> AmountPrior {
        let between = self.traits.price_level_sigma.value();
        let mut mean = [0.0; SEGMENTS];
        let mut scale = [1.0; SEGMENTS];
        let mut outcomes = Vec::new();
        let mut within: f64 = 0.0;
        for (c, segment) in self.segments.iter().enumerate() {
            let sigma = segment.amount.sigma.value();
            let centre = self.log_amount_mean(c, currency) - between * between / 2.0;
            mean[c] = centre as f32;
            scale[c] = (SURE * sigma * sigma) as f32;
            within += sigma * sigma / self.segments.len() as f64;
            let spread = (sigma * sigma + between * between).sqrt();
            outcomes.extend(grid().map(|u| ((centre + spread * normal_quantile(u)) as f32, everyone[c])));
        }
        let kappa = (within / (between * between).max(1e-6)) as f32;
        let level = LevelPrior { mean, scale, kappa, shape: SURE as f32 };
        AmountPrior { level, binned: None, population: Density::fit(&mut outcomes) }
    }

    /// Mean of the logarithm of a segment's amounts, on the amount facet's scale, at price level 1.
    #[must_use]
    pub fn log_amount_mean(&self, segment: usize, currency: Currency) -> f64 {
        let law = &self.segments[segment].amount;
        let hundreds = law.mean.value() * currency.minor_per_major() as f64 / 100.0;
        hundreds.ln() - law.sigma.value().powi(2) / 2.0
    }

    fn churn_prior(&self, everyone: &PerSegment, survival: &dyn Fn(usize, f64) -> f64) -> ChurnPrior {
        let mut hazard = vec![[0.0; SEGMENTS]; PERIODS];
        let mut population = vec![0.0; PERIODS];
        for (period, (by_segment, all)) in hazard.iter_mut().zip(&mut population).enumerate() {
            let (mut there, mut gone) = (0.0, 0.0);
            for c in 0..self.segments.len() {
                let (start, end) = (survival(c, period as f64 * 30.0), survival(c, (period + 1) as f64 * 30.0));
                by_segment[c] = (1.0 - end / start.max(1e-12)) as f32;
                there += f64::from(everyone[c]) * start;
                gone += f64::from(everyone[c]) * (start - end);
            }
            *all = (gone / there.max(1e-12)) as f32;
        }
        ChurnPrior::new(Departure::Announced, 30.0, hazard, population)
    }
}

/// Shape of a variance that is as good as known.
const SURE: f64 = 50.0;

fn grid() -> impl Iterator<Item = f64> {
    (0..500).map(|i| (f64::from(i) + 0.5) / 500.0)
}
