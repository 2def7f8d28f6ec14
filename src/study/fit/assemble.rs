//! From segments and a static law to priors that a self-model can read.

use super::{evidence::Evidence, others::OtherPriors, segments::Segmentation, static_law::StaticLaw};
use crate::user::{
    facet::{
        FACETS, HalfLives,
        amount::{AmountPrior, amount_masses},
        binned::Binned,
        chance::Chance,
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

/// How a departure shows, and how long a period is \[day\].
pub type Leaving = (Departure, f32);

/// Priors with the strengths that histories like these usually have; they are refined afterwards.
#[must_use]
pub fn assemble(
    fit: &Segmentation,
    users: &[Evidence],
    law: &StaticLaw,
    born: Vec<PerSegment>,
    leaving: Leaving,
    others: OtherPriors,
) -> Priors {
    let dayparts = |day: usize| {
        let shares: Vec<_> = fit.segments.iter().map(|s| s.dayparts[day].map(|p| p as f32)).collect();
        ChoicePrior::new(&shares, 11.0, law.dayparts[day])
    };
    let contents: Vec<_> = fit.segments.iter().map(|s| s.contents.map(|p| p as f32)).collect();
    let pays =
        |later: usize| Chance::new(per_segment(fit, |c| fit.segments[c].pays[later] as f32), 5.0, law.pays[later]);
    let offer = Chance::new(per_segment(fit, |c| fit.segments[c].offer as f32), 7.0, law.offer);
    let amount = level(fit, users);
    Priors {
        segments: (0..fit.segments.len()).map(|c| format!("segment {}", c + 1)).collect(),
        born,
        gap: binned(fit, law),
        visit: others.visit,
        daypart: DaypartPrior { days: [dayparts(0), dayparts(1)], across: 0.5 },
        content: ContentPrior(ChoicePrior::new(&contents, 25.0, law.contents)),
        offer: Chance { sticky: 0.5, ..offer },
        purchase: PurchasePrior([pays(0), pays(1)]),
        amount: amount_prior(fit, amount, &law.amount),
        channel: others.channel,
        style: others.style,
        feature: others.feature,
        support: others.support,
        review: others.review,
        renewal: others.renewal,
        churn: ChurnPrior::new(leaving.0, leaving.1, hazards(fit, users, law), law.hazard.clone()),
        ahead: None,
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
    AmountPrior { level, binned: Some(Box::new((binned, 0.5))), population: population.clone(), shift: vec![] }
}

/// One number a segment; those not in use repeat the last.
fn per_segment(fit: &Segmentation, of: impl Fn(usize) -> f32) -> PerSegment {
    std::array::from_fn(|c| of(c.min(fit.segments.len() - 1)))
}

/// Shape that a level's variance is held with at first.
const SHAPE: f64 = 2.5;

/// The level of amounts; its scale is each segment's mean variance within a user.
fn level(fit: &Segmentation, users: &[Evidence]) -> LevelPrior {
    let (all, weight) = within(users, |_| 1.0);
    let pooled = if weight > 0.0 { (all / weight).max(1e-3) } else { 1.0 };
    let scale = per_segment(fit, |c| {
        let (sum, weight) = within(users, |user| fit.membership[user][c]);
        ((sum + 5.0 * pooled) / (weight + 5.0) * SHAPE) as f32
    });
    let mean = per_segment(fit, |c| fit.segments[c].amount as f32);
    LevelPrior { mean, scale, kappa: 0.7, shape: SHAPE as f32 }
}

/// Sum of the variances of ln amount within users, by their share, and the sum of the shares.
fn within(users: &[Evidence], share: impl Fn(usize) -> f64) -> (f64, f64) {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (position, amount) in users.iter().map(|user| &user.amount).enumerate().filter(|(_, amount)| amount.n >= 2.0) {
        sum += share(position) * amount.variance() * amount.n / (amount.n - 1.0);
        weight += share(position);
    }
    (sum, weight)
}
