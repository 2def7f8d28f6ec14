//! From segments and a static law to priors that a self-model can read.

use super::{evidence::Evidence, evidence::Moments, segments::Segmentation, static_law::StaticLaw};
use crate::user::{
    facet::{
        FACETS, HalfLives,
        amount::{AmountPrior, amount_masses},
        binned::Binned,
        choice::ChoicePrior,
        churn::{ChurnPrior, Departure},
        content::ContentPrior,
        daypart::DaypartPrior,
        density::Density,
        gap::{GapLaw, GapPrior, gap_masses},
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
    let amount = level(fit, users, |u| &u.amount, |c| fit.segments[c].amount.0);
    Priors {
        segments: (0..fit.segments.len()).map(|c| format!("segment {}", c + 1)).collect(),
        born,
        gap: binned(fit, law),
        daypart: DaypartPrior { days: [dayparts(0), dayparts(1)], across: 0.5 },
        content: ContentPrior(ChoicePrior::new(&contents, 25.0, law.contents)),
        purchase: PurchasePrior { share: [pays(0), pays(1)], strength: 5.0, population: law.pays },
        amount: amount_prior(fit, amount, &law.amount),
        churn: ChurnPrior::new(leaving.0, leaving.1, hazards(fit, users, law), law.hazard.clone()),
        half_lives: HalfLives::default(),
        trust: [trust(users.len()); FACETS],
    }
}

/// Weight that personal predictions start with: as unproven as ever without users to prove them on, and 15/16 from
/// 560 users on.
fn trust(users: usize) -> f32 {
    (1.0 - 1.0 / (2.0 + users as f32 / 40.0)).min(0.9375)
}

/// Gaps as a choice of bins.
fn binned(fit: &Segmentation, law: &StaticLaw) -> GapPrior {
    let shares: Vec<_> = fit.segments.iter().map(|s| s.gaps.map(|p| p as f32)).collect();
    let mass = gap_masses(&law.gap);
    let binned = Binned { choice: ChoicePrior::new(&shares, 10.0, mass), mass };
    GapPrior { law: GapLaw::Binned(Box::new(binned)), population: law.gap.clone() }
}

/// Gaps as a level.
#[must_use]
pub fn log_normal(fit: &Segmentation, users: &[Evidence], law: &StaticLaw) -> GapPrior {
    let gap = level(fit, users, |u| &u.gap, |c| fit.segments[c].gap.0);
    GapPrior { law: GapLaw::LogNormal(gap), population: law.gap.clone() }
}

/// Users' worth of the population's hazard in every segment and period.
const HAZARD_SHRINK: f64 = 20.0;

/// Hazards by period and segment, shrunk to the segment's mean ratio to the population's.
fn hazards(fit: &Segmentation, users: &[Evidence], law: &StaticLaw) -> Vec<PerSegment> {
    let mut counts = vec![[[0.0f64; 2]; SEGMENTS]; law.hazard.len()];
    for (user, membership) in users.iter().zip(&fit.membership) {
        for (counts, periods) in counts.iter_mut().zip(&user.periods) {
            for (count, share) in counts.iter_mut().zip(membership) {
                count[0] += share * periods[0];
                count[1] += share * periods[1];
            }
        }
    }
    let ratio: Vec<f64> = (0..fit.segments.len()).map(|c| ratio(&counts, &law.hazard, c)).collect();
    let hazard = |(counts, &all): (&[[f64; 2]; SEGMENTS], &f32)| {
        per_segment(fit, |c| {
            let [stayed, left] = counts[c];
            let prior = (f64::from(all) * ratio[c]).clamp(1e-4, 0.95);
            ((left + HAZARD_SHRINK * prior) / (stayed + left + HAZARD_SHRINK)) as f32
        })
    };
    counts.iter().zip(&law.hazard).map(hazard).collect()
}

/// A segment's departures per departure expected of the population.
fn ratio(counts: &[[[f64; 2]; SEGMENTS]], hazard: &[f32], segment: usize) -> f64 {
    let (left, expected) = counts.iter().zip(hazard).fold((0.0, 0.0), |(left, expected), (counts, &h)| {
        let [stayed, gone] = counts[segment];
        (left + gone, expected + (stayed + gone) * f64::from(h))
    });
    (left + 5.0) / (expected + 5.0)
}

/// Amounts half as a level, half as a choice of bins.
fn amount_prior(fit: &Segmentation, level: LevelPrior, population: &Density) -> AmountPrior {
    let shares: Vec<_> = fit.segments.iter().map(|s| s.amounts.map(|p| p as f32)).collect();
    let mass = amount_masses(population);
    let binned = Binned { choice: ChoicePrior::new(&shares, 10.0, mass), mass };
    AmountPrior { level, binned: Some(Box::new((binned, 0.5))), population: population.clone() }
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
