//! How kinds are related, and each segment's shares, by expectation–maximisation on the prequential predictions.
//!
//! A personal prediction is a mixture of what each past pick says (`A`), what the last one says (`T`) and what each
//! segment's prior says (`π_c`), with weights that the counts and the membership fix. So the share of each in what
//! then happened is a posterior probability, and the maximum has a closed form (Dempster, Laird & Rubin 1977); the
//! membership is taken as it was filtered up to then. Rows are shrunk to where they started.

use rayon::prelude::*;

use crate::{
    history::session::{CELLS, CONTENT_KINDS, DAYPARTS},
    study::life::Life,
    user::{
        facet::{
            amount::{AMOUNT_BINS, amount_bin},
            choice::{ChoicePrior, Picks, Related},
            gap::{GAP_BINS, GapLaw, gap_bin},
        },
        priors::Priors,
        segment::SEGMENTS,
        self_model::{Mark, Outcome, Witness},
    },
};

/// Expected counts of who spoke for what happened.
#[derive(Clone, Debug)]
struct Spoken<const K: usize, const J: usize = K> {
    segments: [[f64; SEGMENTS]; K],
    affinity: [[f64; J]; K],
    after: [[f64; J]; K],
}

impl<const K: usize, const J: usize> Default for Spoken<K, J> {
    fn default() -> Self {
        Self { segments: [[0.0; SEGMENTS]; K], affinity: [[0.0; J]; K], after: [[0.0; J]; K] }
    }
}

impl<const K: usize, const J: usize> Spoken<K, J> {
    /// Splits one outcome among those who spoke for it.
    fn hear(&mut self, prior: &ChoicePrior<K, J>, picks: &Picks<'_, J>, kind: usize, mark: &Mark<'_>) {
        let Some(related) = &prior.related else { return };
        let (said, weight) = prior.said(kind, picks);
        let alpha = &prior.alpha[kind];
        let weights = mark.membership.shares();
        let born: f32 = alpha.iter().zip(&weights).map(|(a, w)| a * w).sum();
        let personal = (said + born) / (weight + prior.strength);
        let believed = mark.expert.weight * personal;
        let mixed = believed + (1.0 - mark.expert.weight) * prior.population[kind];
        let share = f64::from(believed / mixed.max(1e-30) / (said + born).max(1e-30));
        for ((sum, alpha), weight) in self.segments[kind].iter_mut().zip(alpha).zip(&weights) {
            *sum += share * f64::from(alpha * weight);
        }
        for (cell, (sum, affinity)) in self.affinity[kind].iter_mut().zip(&related.affinity[kind]).enumerate() {
            *sum += share * f64::from(affinity * picks.count(cell));
        }
        if usize::from(picks.last) < J {
            let last = usize::from(picks.last);
            self.after[kind][last] += share * f64::from(related.sticky * related.after[kind][last]);
        }
    }

    fn add(&mut self, other: &Self) {
        add(self.segments.as_flattened_mut(), other.segments.as_flattened());
        add(self.affinity.as_flattened_mut(), other.affinity.as_flattened());
        add(self.after.as_flattened_mut(), other.after.as_flattened());
    }

    /// The prior that suits the expected counts best.
    fn maximised(&self, prior: &ChoicePrior<K, J>, shrink: &Shrink) -> ChoicePrior<K, J> {
        let mut next = prior.clone();
        let target = &prior.population;
        if let Some(related) = &mut next.related {
            rows(&mut related.affinity, &self.affinity, target, shrink.affinity);
            rows(&mut related.after, &self.after, target, shrink.after);
        }
        for c in 0..SEGMENTS {
            let total: f64 = (0..K).map(|k| self.segments[k][c]).sum::<f64>() + shrink.segments;
            for ((alpha, heard), &start) in next.alpha.iter_mut().zip(&self.segments).zip(target) {
                let share = (heard[c] + shrink.segments * f64::from(start)) / total;
                alpha[c] = prior.strength * share as f32;
            }
        }
        next
    }
}

/// Pseudo-events of each row's start.
struct Shrink {
    /// Weight, and the share of it that a kind keeps for itself.
    affinity: (f64, f64),
    after: (f64, f64),
    segments: f64,
}

const SHRINK: Shrink = Shrink { affinity: (20.0, 0.8), after: (20.0, 0.5), segments: 10.0 };

fn rows<const K: usize, const J: usize>(
    shares: &mut [[f32; J]; K],
    counts: &[[f64; J]; K],
    target: &[f32; K],
    shrink: (f64, f64),
) {
    let (weight, own) = shrink;
    for j in 0..J {
        let total: f64 = (0..K).map(|k| counts[k][j]).sum::<f64>() + weight;
        for k in 0..K {
            let start = own * f64::from(u8::from(k == j * K / J)) + (1.0 - own) * f64::from(target[k]);
            shares[k][j] = ((counts[k][j] + weight * start) / total) as f32;
        }
    }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// All choices' expected counts.
#[derive(Clone, Debug, Default)]
struct Listener {
    dayparts: [Spoken<DAYPARTS, CELLS>; 2],
    contents: Box<Spoken<CONTENT_KINDS>>,
    gaps: Box<Spoken<GAP_BINS>>,
    amounts: Box<Spoken<AMOUNT_BINS>>,
}

struct Hearing<'a> {
    priors: &'a Priors,
    heard: Listener,
}

impl Witness for Hearing<'_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        let model = mark.prediction.model();
        let keep = mark.prediction.kept(mark.outcome.facet());
        match mark.outcome {
            Outcome::Daypart(slot) => {
                let (belief, day) = (model.daypart(), usize::from(slot.weekend));
                let picks = belief.picks(slot.weekend, self.priors.daypart.across, keep, model.picks().cell);
                let prior = &self.priors.daypart.days[day];
                self.heard.dayparts[day].hear(prior, &picks, usize::from(slot.daypart), mark);
            }
            Outcome::Content(kind) => {
                let picks = Picks::of(&model.content().0, keep, model.picks().content);
                self.heard.contents.hear(&self.priors.content.0, &picks, usize::from(kind), mark);
            }
            Outcome::Gap(y) => {
                if let GapLaw::Binned(law) = &self.priors.gap.law {
                    let picks = Picks::of(&model.gap().bins, keep, model.picks().gap);
                    self.heard.gaps.hear(&law.choice, &picks, gap_bin(y), mark);
                }
            }
            Outcome::Amount(y) => {
                if let Some((law, _)) = self.priors.amount.binned.as_deref() {
                    let picks = Picks::of(&model.amount().bins, keep, model.picks().amount);
                    self.heard.amounts.hear(&law.choice, &picks, amount_bin(y), mark);
                }
            }
            _ => {}
        }
    }
}

/// Users that one task replays; results do not depend on it.
const BLOCK: usize = 64;

fn heard(lives: &[Life<'_>], priors: &Priors) -> Listener {
    let block = |lives: &[Life<'_>]| {
        let mut hearing = Hearing { priors, heard: Listener::default() };
        for life in lives {
            life.replay(priors, &mut hearing);
        }
        hearing.heard
    };
    let blocks: Vec<Listener> = lives.par_chunks(BLOCK).map(block).collect();
    let mut sum = Listener::default();
    for block in &blocks {
        sum.dayparts[0].add(&block.dayparts[0]);
        sum.dayparts[1].add(&block.dayparts[1]);
        sum.contents.add(&block.contents);
        sum.gaps.add(&block.gaps);
        sum.amounts.add(&block.amounts);
    }
    sum
}

/// Fits relations and shares in some rounds of expectation and maximisation.
#[must_use]
pub fn relate(lives: &[Life<'_>], mut priors: Priors, rounds: usize) -> Priors {
    priors.daypart.days.iter_mut().for_each(unrelated);
    unrelated(&mut priors.content.0);
    if let GapLaw::Binned(law) = &mut priors.gap.law {
        unrelated(&mut law.choice);
    }
    if let Some(binned) = &mut priors.amount.binned {
        unrelated(&mut binned.0.choice);
    }
    for _ in 0..rounds {
        let heard = heard(lives, &priors);
        for (day, heard) in priors.daypart.days.iter_mut().zip(&heard.dayparts) {
            *day = heard.maximised(day, &SHRINK);
        }
        priors.content.0 = heard.contents.maximised(&priors.content.0, &SHRINK);
        if let GapLaw::Binned(law) = &mut priors.gap.law {
            law.choice = heard.gaps.maximised(&law.choice, &SHRINK);
        }
        if let Some(binned) = &mut priors.amount.binned {
            binned.0.choice = heard.amounts.maximised(&binned.0.choice, &SHRINK);
        }
    }
    priors
}

/// Where relations start, if there are none: mostly each kind for itself.
fn unrelated<const K: usize, const J: usize>(prior: &mut ChoicePrior<K, J>) {
    if prior.related.is_none() {
        let mut related = Related { affinity: [[0.0; J]; K], after: [[0.0; J]; K], sticky: 0.3 };
        rows(&mut related.affinity, &[[0.0; J]; K], &prior.population, SHRINK.affinity);
        rows(&mut related.after, &[[0.0; J]; K], &prior.population, SHRINK.after);
        prior.related = Some(Box::new(related));
    }
}
