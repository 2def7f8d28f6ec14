//! Strengths, scales and half-lives by maximising the prequential log score of the training users (Dawid 1984):
//! every session is predicted from the sessions before it, with the very self-model that will be used.
//!
//! One coordinate after the other, on its own scale, by golden-section search (Kiefer 1953).

use argmin::{
    core::{CostFunction, Executor},
    solver::goldensectionsearch::GoldenSectionSearch,
};
use rayon::prelude::*;

use crate::{
    study::life::{Life, LogScores},
    user::{
        facet::{
            FacetKind,
            amount::AMOUNT_BINS,
            binned::Binned,
            choice::ChoicePrior,
            churn::ChurnPrior,
            gap::{GAP_BINS, GapLaw},
            level::LevelPrior,
        },
        priors::Priors,
    },
};

/// A number of the priors that is searched for.
struct Knob {
    name: &'static str,
    facet: FacetKind,
    /// Sought between these, on a logarithmic scale.
    between: (f64, f64),
    read: fn(&Priors) -> f64,
    write: fn(&mut Priors, f64),
}

macro_rules! knob {
    ($name:literal, $facet:ident, $low:literal..$high:literal, $read:expr, $write:expr) => {
        Knob { name: $name, facet: FacetKind::$facet, between: ($low, $high), read: $read, write: $write }
    };
}

/// Scales b_c so that b_c/a averages `ratio`.
fn rescale(level: &mut LevelPrior, ratio: f64) {
    let by = ratio / mean_scale(level);
    level.scale = level.scale.map(|b| (f64::from(b) * by) as f32);
}

fn mean_scale(level: &LevelPrior) -> f64 {
    level.scale.iter().map(|&b| f64::from(b)).sum::<f64>() / level.scale.len() as f64 / f64::from(level.shape)
}

/// Another shape with the same mean variance.
fn reshape(level: &mut LevelPrior, shape: f64) {
    let ratio = mean_scale(level);
    level.shape = shape as f32;
    rescale(level, ratio);
}

const KNOBS: &[Knob] = &[
    knob!("daypart.strength", Daypart, 1.0..200.0, |p| p.daypart.days[0].strength.into(), |p, x| {
        for day in &mut p.daypart.days {
            *day = day.with_strength(x as f32);
        }
    }),
    knob!("daypart.across", Daypart, 0.02..1.0, |p| p.daypart.across.into(), |p, x| p.daypart.across = x as f32),
    knob!("daypart.sticky", Daypart, 0.01..20.0, |p| sticky(&p.daypart.days[0]), |p, x| {
        p.daypart.days.iter_mut().for_each(|day| stick(day, x));
    }),
    knob!("daypart.half_life", Daypart, 10.0..2000.0, |p| p.half_lives.daypart.into(), |p, x| p.half_lives.daypart =
        x as f32),
    knob!("content.strength", Content, 1.0..400.0, |p| p.content.0.strength.into(), |p, x| p.content.0 =
        p.content.0.with_strength(x as f32)),
    knob!("content.sticky", Content, 0.01..20.0, |p| sticky(&p.content.0), |p, x| stick(&mut p.content.0, x)),
    knob!("content.half_life", Content, 10.0..2000.0, |p| p.half_lives.content.into(), |p, x| p.half_lives.content =
        x as f32),
    knob!("gap.strength", Gap, 0.5..400.0, |p| gap_choice(p).map_or(1.0, |c| c.strength.into()), |p, x| {
        if let GapLaw::Binned(law) = &mut p.gap.law {
            law.choice = law.choice.with_strength(x as f32);
        }
    }),
    knob!("gap.sticky", Gap, 0.01..20.0, |p| gap_choice(p).map_or(0.0, sticky), |p, x| {
        if let GapLaw::Binned(law) = &mut p.gap.law {
            stick(&mut law.choice, x);
        }
    }),
    knob!("gap.half_life", Gap, 5.0..2000.0, |p| p.half_lives.gap.into(), |p, x| p.half_lives.gap = x as f32),
    knob!("amount.kappa", Amount, 0.05..50.0, |p| p.amount.level.kappa.into(), |p, x| p.amount.level.kappa = x as f32),
    knob!("amount.shape", Amount, 0.6..50.0, |p| p.amount.level.shape.into(), |p, x| reshape(&mut p.amount.level, x)),
    knob!("amount.variance", Amount, 0.001..20.0, |p| mean_scale(&p.amount.level), |p, x| rescale(
        &mut p.amount.level,
        x
    )),
    knob!("amount.strength", Amount, 0.5..400.0, |p| binned(p).map_or(1.0, |b| b.0.choice.strength.into()), |p, x| {
        if let Some(binned) = &mut p.amount.binned {
            binned.0.choice = binned.0.choice.with_strength(x as f32);
        }
    }),
    knob!("amount.sticky", Amount, 0.01..20.0, |p| binned(p).map_or(0.0, |b| sticky(&b.0.choice)), |p, x| {
        if let Some(binned) = &mut p.amount.binned {
            stick(&mut binned.0.choice, x);
        }
    }),
    knob!("amount.binned", Amount, 0.05..0.98, |p| binned(p).map_or(0.0, |b| b.1.into()), |p, x| {
        if let Some(binned) = &mut p.amount.binned {
            binned.1 = x as f32;
        }
    }),
    knob!("amount.half_life", Amount, 10.0..2000.0, |p| p.half_lives.amount.into(), |p, x| p.half_lives.amount =
        x as f32),
    knob!("visit.strength", Visit, 0.2..200.0, |p| p.visit.week.strength.into(), |p, x| p.visit.week.strength =
        x as f32),
    knob!("visit.state", Visit, 0.05..0.98, |p| p.visit.share.into(), |p, x| p.visit.share = x as f32),
    knob!("visit.half_life", Visit, 10.0..2000.0, |p| p.half_lives.visit.into(), |p, x| p.half_lives.visit = x as f32),
    knob!("offer.strength", Offer, 0.5..500.0, |p| p.offer.strength.into(), |p, x| p.offer.strength = x as f32),
    knob!("offer.sticky", Offer, 0.01..20.0, |p| p.offer.sticky.into(), |p, x| p.offer.sticky = x as f32),
    knob!("offer.half_life", Offer, 10.0..2000.0, |p| p.half_lives.offer.into(), |p, x| p.half_lives.offer = x as f32),
    knob!("channel.strength", Channel, 0.5..500.0, |p| p.channel.ways[0].strength.into(), |p, x| {
        p.channel.ways.iter_mut().for_each(|way| way.strength = x as f32);
    }),
    knob!("channel.fatigue", Channel, 0.001..2.0, |p| p.channel.fatigue.into(), |p, x| p.channel.fatigue = x as f32),
    knob!("channel.half_life", Channel, 10.0..2000.0, |p| p.half_lives.channel.into(), |p, x| p.half_lives.channel =
        x as f32),
    knob!("style.strength", Style, 0.5..500.0, |p| p.style.0[0].strength.into(), |p, x| {
        p.style.0.iter_mut().for_each(|tone| tone.strength = x as f32);
    }),
    knob!("style.half_life", Style, 10.0..2000.0, |p| p.half_lives.style.into(), |p, x| p.half_lives.style = x as f32),
    knob!("support.strength", Support, 0.5..500.0, |p| p.support.strength.into(), |p, x| {
        p.support = p.support.with_strength(x as f32);
    }),
    knob!("support.half_life", Support, 10.0..2000.0, |p| p.half_lives.support.into(), |p, x| p.half_lives.support =
        x as f32),
    knob!("review.kappa", Review, 0.05..50.0, |p| p.review.level.kappa.into(), |p, x| p.review.level.kappa = x as f32),
    knob!("review.shape", Review, 0.6..50.0, |p| p.review.level.shape.into(), |p, x| reshape(&mut p.review.level, x)),
    knob!("review.variance", Review, 0.001..2e4, |p| mean_scale(&p.review.level), |p, x| rescale(
        &mut p.review.level,
        x
    )),
    knob!("review.half_life", Review, 10.0..2000.0, |p| p.half_lives.review.into(), |p, x| p.half_lives.review =
        x as f32),
    knob!("purchase.strength", Purchase, 0.5..500.0, |p| p.purchase.0[1].strength.into(), |p, x| {
        p.purchase.0.iter_mut().for_each(|sessions| sessions.strength = x as f32);
    }),
    knob!("purchase.half_life", Purchase, 10.0..2000.0, |p| p.half_lives.purchase.into(), |p, x| p
        .half_lives
        .purchase =
        x as f32),
    knob!("churn.frailty", Churn, 0.2..100.0, |p| frailty(&p.churn), |p, x| {
        if p.churn.frailty.is_some() {
            p.churn.frailty = Some(x as f32);
        }
    }),
    knob!("churn.engagement", Churn, 0.01..30.0, |p| p.churn.engagement.into(), |p, x| p.churn.engagement = x as f32),
    knob!("churn.often", Churn, 0.2..200.0, |p| p.churn.often.into(), |p, x| p.churn.often = x as f32),
    knob!("churn.level", Churn, 0.1..100.0, |_| 1.0, |p, x| scale_hazard(&mut p.churn, x)),
    knob!("churn.half_life", Churn, 10.0..2000.0, |p| p.half_lives.churn.into(), |p, x| p.half_lives.churn = x as f32),
];

fn binned(priors: &Priors) -> Option<&(Binned<AMOUNT_BINS>, f32)> {
    priors.amount.binned.as_deref()
}

fn sticky<const K: usize, const J: usize>(choice: &ChoicePrior<K, J>) -> f64 {
    choice.related.as_ref().map_or(0.0, |related| related.sticky.into())
}

fn stick<const K: usize, const J: usize>(choice: &mut ChoicePrior<K, J>, weight: f64) {
    if let Some(related) = &mut choice.related {
        related.sticky = weight as f32;
    }
}

fn gap_choice(priors: &Priors) -> Option<&ChoicePrior<GAP_BINS>> {
    match &priors.gap.law {
        GapLaw::Binned(law) => Some(&law.choice),
        GapLaw::Exponential { .. } => None,
    }
}

/// Scales every hazard's complementary log-log.
fn scale_hazard(prior: &mut ChurnPrior, by: f64) {
    for hazard in prior.hazard.as_mut_slice().as_flattened_mut() {
        *hazard = 1.0 - (1.0 - *hazard).powf(by as f32);
    }
}

fn frailty(prior: &ChurnPrior) -> f64 {
    prior.frailty.map_or(1.0, f64::from)
}

/// Log scores of all lives, added up in their order.
#[must_use]
pub fn prequential(lives: &[Life<'_>], priors: &Priors) -> LogScores {
    let each: Vec<LogScores> = lives.par_iter().map(|life| one(life, priors)).collect();
    each.iter().fold(LogScores::default(), LogScores::plus)
}

fn one(life: &Life<'_>, priors: &Priors) -> LogScores {
    let mut scores = LogScores::default();
    life.replay(priors, &mut scores);
    scores
}

struct Cost<'a> {
    lives: &'a [Life<'a>],
    priors: &'a Priors,
    knob: &'a Knob,
}

impl CostFunction for Cost<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, argmin::core::Error> {
        let mut priors = self.priors.clone();
        (self.knob.write)(&mut priors, crate::base::float::exp(*x));
        Ok(-prequential(self.lives, &priors).total())
    }
}

/// Turns every knob to where the training users are predicted best, `sweeps` times over.
#[must_use]
pub fn strengthen(lives: &[Life<'_>], mut priors: Priors, sweeps: usize, factor: f64) -> Priors {
    let mut scores = prequential(lives, &priors);
    for _ in 0..sweeps {
        for knob in KNOBS {
            if !worth_turning(knob, &priors, &scores) {
                continue;
            }
            let width = factor;
            let (next, score) = turned(lives, &priors, knob, width);
            if score.total() > scores.total() {
                (priors, scores) = (next, score);
            }
        }
    }
    priors
}

/// Whether a knob changes anything: its facet has something to predict, and the priors have such a number.
fn worth_turning(knob: &Knob, priors: &Priors, scores: &LogScores) -> bool {
    let facet = knob.facet as usize;
    let loss = scores.model[facet].abs() > 1e-3 * scores.events[facet] as f64;
    let mut other = priors.clone();
    (knob.write)(&mut other, (knob.read)(priors) * 1.5);
    scores.events[facet] > 0 && loss && other != *priors
}

/// The best setting of a knob within a factor of where it stands.
fn turned(lives: &[Life<'_>], priors: &Priors, knob: &Knob, factor: f64) -> (Priors, LogScores) {
    let x = (knob.read)(priors).clamp(knob.between.0, knob.between.1);
    let (low, high) = ((x / factor).max(knob.between.0).ln(), (x * factor).min(knob.between.1).ln());
    let found = GoldenSectionSearch::new(low, high)
        .and_then(|solver| solver.with_tolerance(0.1))
        .and_then(|solver| {
            let start = 0.5 * (low + high);
            Executor::new(Cost { lives, priors, knob }, solver).configure(|state| state.param(start).max_iters(6)).run()
        })
        .ok()
        .and_then(|result| result.state.best_param);
    let mut next = priors.clone();
    if let Some(best) = found {
        (knob.write)(&mut next, crate::base::float::exp(best));
    }
    let score = prequential(lives, &next);
    (next, score)
}

/// Every number that was searched for, by name.
#[must_use]
pub fn settings(priors: &Priors) -> Vec<(&'static str, f64)> {
    KNOBS.iter().map(|knob| (knob.name, (knob.read)(priors))).collect()
}
