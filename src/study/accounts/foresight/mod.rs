//! How well renewals and purchases would have been foretold, from events alone and with nothing known too early.
//!
//! Prequential by type: a [`Landmark`] is what was believed some days before; it is predicted by a [`Law`] that a
//! `Past` was fitted to, and a past only takes in landmarks whose outcome was known before its day. Judged by log
//! loss and by Brier's score against the tier's own rate so far, and against a weighted health score turned into a
//! probability by a regression on the same past, which is more than such scores usually get.

mod landmark;
mod scores;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use landmark::{Landmark, Landmarks, expansions, renewals};
pub use scores::{Bin, Comparison, Scores};

use crate::{
    history::account::AccountHistory,
    user::account::{
        Signals,
        law::{Law, Sample},
        signals::SIGNALS,
    },
};

/// How long before the end of a contract it is asked \[day\].
pub const HORIZONS: [i32; 3] = [30, 90, 180];
/// How long a purchase may take \[day\].
pub const PURCHASE: i32 = 90;
/// Laws are learned anew so often \[day\].
const REFIT: i32 = 60;
/// Outcomes that a first law needs.
const LEAST: usize = 600;

/// What was foretold, and how well.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Foresight {
    /// Renewals, by how long before.
    pub renewal: Vec<Scores>,
    /// Purchases of each product within 90 days.
    pub expansion: Vec<Scores>,
}

/// A landmark with what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Foretold {
    /// The landmark.
    pub landmark: Landmark,
    /// By the law.
    pub probability: f64,
    /// Its 80% interval.
    pub interval: (f64, f64),
    /// By the tier's rate so far.
    pub tier_rate: f64,
    /// By the health score.
    pub health: f64,
}

/// Replays a history and scores all that would have been foretold.
#[must_use]
pub fn foresight(history: &AccountHistory, seed: u64) -> Foresight {
    let renewal = HORIZONS.par_iter().map(|&days| {
        let told = foretell(&renewals(history, days), history.tiers.len());
        Scores::of("renewal", days, &told, seed)
    });
    let expansion = (0..history.skus.len()).into_par_iter().map(|sku| {
        let told = foretell(&expansions(history, sku as u8), history.tiers.len());
        Scores::of(history.skus[sku].as_str(), PURCHASE, &told, seed)
    });
    Foresight { renewal: renewal.collect(), expansion: expansion.collect() }
}

/// Predicts every landmark from the outcomes that were known before.
#[must_use]
pub fn foretell(landmarks: &Landmarks, tiers: usize) -> Vec<Foretold> {
    let all = landmarks.in_order();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Vec::new() };
    let starts: Vec<i32> = (first.at..=last.at).step_by(REFIT as usize).collect();
    let blocks = starts.par_iter().map(|&start| {
        let asked = all.iter().filter(|one| (start..start + REFIT).contains(&one.at));
        let Some(past) = Past::before(start, all, tiers) else { return Vec::new() };
        asked.map(|landmark| past.foretell(landmark)).collect()
    });
    blocks.collect::<Vec<Vec<Foretold>>>().concat()
}

/// What had come out before a day, and the laws learned from it.
struct Past {
    law: Law,
    health: Law,
    rates: Vec<f64>,
    scale: Scale,
}

impl Past {
    /// None while too little is known.
    fn before(day: i32, landmarks: &[Landmark], tiers: usize) -> Option<Self> {
        let known: Vec<&Landmark> = landmarks.iter().filter(|one| one.known < day).collect();
        let yes = known.iter().filter(|one| one.happened).count();
        (known.len() >= LEAST && yes.min(known.len() - yes) >= LEAST / 20).then_some(())?;
        let scale = Scale::of(&known);
        let samples: Vec<Sample> = known.iter().map(|one| one.sample(one.signals)).collect();
        let scored: Vec<Sample> = known.iter().map(|one| one.sample(scale.alone(&one.signals))).collect();
        Some(Self {
            law: Law::fit(&samples, tiers),
            health: Law::fit(&scored, tiers),
            rates: (0..tiers).map(|tier| rate(&known, tier)).collect(),
            scale,
        })
    }

    fn foretell(&self, landmark: &Landmark) -> Foretold {
        let told = self.law.predict(landmark.tier, &landmark.signals);
        Foretold {
            landmark: *landmark,
            probability: told.probability,
            interval: (told.lo, told.hi),
            tier_rate: self.rates[usize::from(landmark.tier)],
            health: self.health.predict(landmark.tier, &self.scale.alone(&landmark.signals)).probability,
        }
    }
}

/// The share of a tier in which it happened, as if one more of each had been seen.
fn rate(known: &[&Landmark], tier: usize) -> f64 {
    let own = || known.iter().filter(|one| usize::from(one.tier) == tier);
    (own().filter(|one| one.happened).count() as f64 + 1.0) / (own().count() as f64 + 2.0)
}

/// The parts of a health score, and how far they spread.
struct Scale([(usize, f64, f64); 4]);

impl Scale {
    /// Use .4, tickets .2, recommendation .2, sponsor .2: each in standard deviations, the better the higher.
    const PARTS: [(&'static str, f64); 4] = [
        ("weekly_active_share", 0.4),
        ("tickets_lately", -0.2),
        ("recommendation", 0.2),
        ("sponsor_changed_180d", -0.2),
    ];

    fn of(known: &[&Landmark]) -> Self {
        Self(Self::PARTS.map(|(name, weight)| {
            let place = Signals::NAMES.iter().position(|own| *own == name).unwrap_or(0);
            let n = known.len().max(1) as f64;
            let mean = known.iter().map(|one| one.signals.0[place]).sum::<f64>() / n;
            let squares: f64 = known.iter().map(|one| (one.signals.0[place] - mean).powi(2)).sum();
            let sd = crate::base::float::sqrt(squares / n);
            (place, mean, if sd > 0.0 { weight / sd } else { 0.0 })
        }))
    }

    /// The score as the only signal there is.
    fn alone(&self, signals: &Signals) -> Signals {
        let mut alone = Signals([0.0; SIGNALS]);
        alone.0[0] = self.0.iter().map(|&(place, mean, weight)| weight * (signals.0[place] - mean)).sum();
        alone
    }
}
