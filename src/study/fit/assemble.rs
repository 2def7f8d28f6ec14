//! From segments and a static law to priors that a self-model can read.

use super::{evidence::Evidence, evidence::Moments, segments::Segmentation, static_law::StaticLaw};
use crate::user::{
    facet::{
        HalfLives,
        amount::AmountPrior,
        choice::ChoicePrior,
        churn::{ChurnPrior, Departure},
        content::ContentPrior,
        daypart::DaypartPrior,
        density::Density,
        gap::{GapLaw, GapPrior},
        level::LevelPrior,
        purchase::PurchasePrior,
    },
    priors::Priors,
    segment::{PerSegment, SEGMENTS},
};

/// How a departure shows, and how long a period is [day].
pub type Leaving = (Departure, f32);

/// Priors with the strengths that histories like these usually have; they are refined afterwards.
#[must_use]
pub fn assemble(
    fit: &Segmentation,
    users: &[Evidence],
    law: &StaticLaw,
    born: Vec<PerSegment>,
    leaving: Leaving,
) -> Priors {
    let dayparts = |day: usize| {
        let shares: Vec<_> = fit.segments.iter().map(|s| s.dayparts[day].map(|p| p as f32)).collect();
        ChoicePrior::new(&shares, 11.0, law.dayparts[day])
    };
    let contents: Vec<_> = fit.segments.iter().map(|s| s.contents.map(|p| p as f32)).collect();
    let pays = |later: usize| per_segment(fit, |c| fit.segments[c].pays[later] as f32);
    let gap = level(fit, users, |u| &u.gap, |c| fit.segments[c].gap.0);
    let amount = level(fit, users, |u| &u.amount, |c| fit.segments[c].amount.0);
    let hazard = law.hazard.iter().map(|&h| [h; SEGMENTS]).collect();
    Priors {
        segments: (0..fit.segments.len()).map(|c| format!("segment {}", c + 1)).collect(),
        born,
        gap: GapPrior { law: GapLaw::LogNormal(gap), population: law.gap.clone() },
        daypart: DaypartPrior { days: [dayparts(0), dayparts(1)], across: 0.5 },
        content: ContentPrior(ChoicePrior::new(&contents, 25.0, law.contents)),
        purchase: PurchasePrior { share: [pays(0), pays(1)], strength: 5.0, population: law.pays },
        amount: amount_prior(amount, &law.amount),
        churn: ChurnPrior::new(leaving.0, leaving.1, hazard, law.hazard.clone()),
        half_lives: HalfLives::default(),
    }
}

fn amount_prior(level: LevelPrior, population: &Density) -> AmountPrior {
    AmountPrior { level, population: population.clone() }
}

/// One number a segment; those not in use repeat the last.
fn per_segment(fit: &Segmentation, of: impl Fn(usize) -> f32) -> PerSegment {
    std::array::from_fn(|c| of(c.min(fit.segments.len() - 1)))
}

/// Shape that a level's variance is held with at first.
const SHAPE: f64 = 2.5;

/// A level whose scale is each segment's mean variance within a user.
fn level<'a>(
    fit: &Segmentation,
    users: &'a [Evidence],
    of: impl Fn(&'a Evidence) -> &'a Moments,
    mean: impl Fn(usize) -> f64,
) -> LevelPrior {
    let within = |c: Option<usize>| {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (user, membership) in users.iter().zip(&fit.membership) {
            let moments = of(user);
            if moments.n >= 2.0 {
                let share = c.map_or(1.0, |c| membership[c]);
                sum += share * moments.variance() * moments.n / (moments.n - 1.0);
                weight += share;
            }
        }
        (sum, weight)
    };
    let (all, users) = within(None);
    let pooled = if users > 0.0 { (all / users).max(1e-3) } else { 1.0 };
    let scale = per_segment(fit, |c| {
        let (sum, weight) = within(Some(c));
        ((sum + 5.0 * pooled) / (weight + 5.0) * SHAPE) as f32
    });
    LevelPrior { mean: per_segment(fit, |c| mean(c) as f32), scale, kappa: 0.7, shape: SHAPE as f32 }
}
