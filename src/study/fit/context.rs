//! How circumstances tilt what follows: ratios of what happened to what was expected, circumstance by circumstance.
//!
//! A ratio is a product over two factors, say the pause before a session and the time of day; each is scaled until what
//! happened in each of its classes is what was predicted there (iterative proportional fitting; Deming & Stephan 1940), with
//! some events' worth of "no tilt" in every class, so that rare ones say little. What is expected is what the personal
//! predictions expect: that night shoppers are other people than day shoppers is no tilt of the night.

use rayon::prelude::*;

use crate::{
    base::float::exp32,
    history::session::{CONTENT_KINDS, DAYPARTS},
    study::life::Life,
    user::{
        facet::{
            FacetKind,
            amount::{AMOUNT_BINS, amount_bin},
            binned::Binned,
            chance::Chance,
            choice::{ChoicePrior, Picks},
            context::{ELAPSED, NO_CONTEXT, PARTS, PAUSES, PURPOSES, TIMES, WEEKDAYS},
            gap::{GAP_BINS, GapLaw, gap_bin},
        },
        priors::Priors,
        segment::PerSegment,
        self_model::{Mark, Outcome, Witness},
    },
};

/// What happened and what was expected in each class of one factor, `[class][kind]`.
#[derive(Clone, Debug, PartialEq)]
struct Margin<const K: usize> {
    happened: Vec<[f64; K]>,
    expected: Vec<[f64; K]>,
}

impl<const K: usize> Margin<K> {
    fn new(classes: usize) -> Self {
        Self { happened: vec![[0.0; K]; classes], expected: vec![[0.0; K]; classes] }
    }

    fn add(&mut self, class: usize, kind: usize, p: &[f32; K]) {
        self.happened[class][kind] += 1.0;
        for (sum, p) in self.expected[class].iter_mut().zip(p) {
            *sum += f64::from(*p);
        }
    }

    fn plus(&mut self, other: &Self) {
        add(self.happened.as_flattened_mut(), other.happened.as_flattened());
        add(self.expected.as_flattened_mut(), other.expected.as_flattened());
    }

    /// Scales a factor's ratios towards what happened.
    fn scale(&self, ratios: &mut [[f32; K]]) {
        let sums = self.happened.as_flattened().iter().zip(self.expected.as_flattened());
        for (ratio, (happened, expected)) in ratios.as_flattened_mut().iter_mut().zip(sums) {
            let by = (happened + SHRINK) / (expected + SHRINK);
            *ratio = (f64::from(*ratio) * by.powf(STEP)).clamp(0.02, 50.0) as f32;
        }
    }
}

fn add(sums: &mut [f64], more: &[f64]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Events' worth of no tilt in each class and kind.
const SHRINK: f64 = 12.0;
/// Two factors are scaled at once, each by a part of the way.
const STEP: f64 = 0.7;

/// Two factors of a choice's tilt.
#[derive(Clone, Debug)]
struct Factors<const K: usize> {
    outer: Vec<[f32; K]>,
    inner: Vec<[f32; K]>,
}

impl<const K: usize> Factors<K> {
    fn new(outer: usize, inner: usize) -> Self {
        Self { outer: vec![[1.0; K]; outer], inner: vec![[1.0; K]; inner] }
    }

    /// Ratios by circumstance: outer factor by inner factor.
    fn ratios(&self) -> Vec<[f32; K]> {
        let of = |outer: &[f32; K]| -> Vec<[f32; K]> {
            self.inner.iter().map(|inner| std::array::from_fn(|k| outer[k] * inner[k])).collect()
        };
        self.outer.iter().flat_map(of).collect()
    }
}

/// What was seen in one class of one factor of a number: events, sum of residuals, sum of variances.
type Residual = [f64; 3];

/// Everything that is heard in one pass.
#[derive(Clone, Debug)]
struct Heard {
    gaps: [Margin<GAP_BINS>; 2],
    dayparts: [[Margin<DAYPARTS>; 2]; 2],
    contents: [Margin<CONTENT_KINDS>; 2],
    amounts: [Margin<AMOUNT_BINS>; 2],
    shifts: [Vec<Residual>; 2],
    offers: [Vec<Residual>; 2],
    pays: [[Vec<Residual>; 2]; 2],
}

impl Default for Heard {
    fn default() -> Self {
        let residuals = || [vec![[0.0; 3]; PAUSES], vec![[0.0; 3]; PURPOSES]];
        let dayparts = || [Margin::new(ELAPSED * PARTS), Margin::new(WEEKDAYS)];
        Self {
            gaps: [Margin::new(PAUSES * PARTS), Margin::new(WEEKDAYS)],
            dayparts: [dayparts(), dayparts()],
            contents: [Margin::new(PAUSES), Margin::new(TIMES)],
            amounts: [Margin::new(PAUSES), Margin::new(PURPOSES)],
            shifts: residuals(),
            offers: residuals(),
            pays: [residuals(), residuals()],
        }
    }
}

impl Heard {
    fn plus(&mut self, other: &Self) {
        for side in 0..2 {
            self.gaps[side].plus(&other.gaps[side]);
            for day in 0..2 {
                self.dayparts[day][side].plus(&other.dayparts[day][side]);
            }
            self.contents[side].plus(&other.contents[side]);
            self.amounts[side].plus(&other.amounts[side]);
            add(self.shifts[side].as_flattened_mut(), other.shifts[side].as_flattened());
            add(self.offers[side].as_flattened_mut(), other.offers[side].as_flattened());
            for later in 0..2 {
                add(self.pays[later][side].as_flattened_mut(), other.pays[later][side].as_flattened());
            }
        }
    }
}

/// Hears what happened and what was expected.
struct Hearing<'a> {
    priors: &'a Priors,
    heard: Heard,
}

/// Classes of both factors in an outcome's circumstances.
fn classes(mark: &Mark<'_>) -> [usize; 2] {
    let inner = match mark.outcome {
        Outcome::Content(_) => TIMES,
        Outcome::Gap(_) | Outcome::Daypart(_) => WEEKDAYS,
        _ => PURPOSES,
    };
    [usize::from(mark.context) / inner, usize::from(mark.context) % inner]
}

impl Witness for Hearing<'_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        if mark.context == NO_CONTEXT {
            return;
        }
        let classes = classes(mark);
        match mark.outcome {
            Outcome::Gap(y) => self.gap(mark, y, classes),
            Outcome::Daypart(slot) => {
                let p = mark.prediction.dayparts_in(mark.context, slot.weekend);
                let margins = &mut self.heard.dayparts[usize::from(slot.weekend)];
                (0..2).for_each(|side| margins[side].add(classes[side], usize::from(slot.daypart), &p));
            }
            Outcome::Content(kind) => {
                let p = mark.prediction.contents_in(mark.context);
                (0..2).for_each(|side| self.heard.contents[side].add(classes[side], usize::from(kind), &p));
            }
            Outcome::Amount(y) => self.amount(mark, y, classes),
            Outcome::Offer { taken } => answer(&mut self.heard.offers, mark, taken, classes),
            Outcome::Purchase { later, paid } => {
                answer(&mut self.heard.pays[usize::from(later)], mark, paid, classes);
            }
            _ => {}
        }
    }
}

/// Adds the residual of one answer to both factors.
fn answer(sums: &mut [Vec<Residual>; 2], mark: &Mark<'_>, yes: bool, classes: [usize; 2]) {
    let p = f64::from(mark.odds.mixed).clamp(1e-6, 1.0 - 1e-6);
    let residual = if yes { 1.0 - p } else { p - 1.0 };
    for side in 0..2 {
        add(&mut sums[side][classes[side]], &[1.0, residual, p * (1.0 - p)]);
    }
}

impl Hearing<'_> {
    fn gap(&mut self, mark: &Mark<'_>, y: f32, classes: [usize; 2]) {
        let GapLaw::Binned(law) = &self.priors.gap.law else { return };
        let (model, weights) = (mark.prediction.model(), mark.membership.shares());
        let picks = Picks::of(&model.gap().bins, mark.prediction.kept(FacetKind::Gap), model.picks().gap);
        let p: [f32; GAP_BINS] = std::array::from_fn(|bin| {
            let p = law.choice.probabilities_in(mark.context, bin, &picks);
            mixed(&weights, |c| p[c])
        });
        (0..2).for_each(|side| self.heard.gaps[side].add(classes[side], gap_bin(y), &p));
    }

    fn amount(&mut self, mark: &Mark<'_>, y: f32, classes: [usize; 2]) {
        let (model, prior) = (mark.prediction.model(), &self.priors.amount);
        let weights = mark.membership.shares();
        let keep = mark.prediction.kept(mark.outcome.facet());
        let belief = model.amount().level.faded(keep);
        let location = mixed(&weights, |c| prior.level.predictive(&belief, c).location as f32);
        let residual = f64::from(y - prior.shift(mark.context) - location);
        for side in 0..2 {
            add(&mut self.heard.shifts[side][classes[side]], &[1.0, residual, 1.0]);
        }
        if let Some((binned, _)) = prior.binned.as_deref() {
            let picks = Picks::of(&model.amount().bins, keep, model.picks().amount);
            let p: [f32; AMOUNT_BINS] = std::array::from_fn(|bin| {
                let p = binned.choice.probabilities_in(mark.context, bin, &picks);
                mixed(&weights, |c| p[c])
            });
            (0..2).for_each(|side| self.heard.amounts[side].add(classes[side], amount_bin(y), &p));
        }
    }
}

fn mixed(weights: &PerSegment, of: impl Fn(usize) -> f32) -> f32 {
    weights.iter().enumerate().filter(|&(_, &weight)| weight > 1e-4).map(|(c, weight)| weight * of(c)).sum()
}

/// Users that one task hears; results do not depend on it.
const BLOCK: usize = 64;

fn hear(lives: &[Life<'_>], priors: &Priors) -> Heard {
    let block = |lives: &[Life<'_>]| {
        let mut hearing = Hearing { priors, heard: Heard::default() };
        lives.iter().for_each(|life| {
            life.replay(priors, &mut hearing);
        });
        hearing.heard
    };
    let blocks: Vec<Heard> = lives.par_chunks(BLOCK).map(block).collect();
    let mut sum = Heard::default();
    blocks.iter().for_each(|block| sum.plus(block));
    sum
}

/// Two factors of a number that circumstances add: by pause and by purpose.
struct Terms([Vec<f32>; 2]);

impl Terms {
    fn new() -> Self {
        Self([vec![0.0; PAUSES], vec![0.0; PURPOSES]])
    }

    /// Newton's step towards residuals of zero, shrunk.
    fn step(&mut self, residuals: &[Vec<Residual>; 2]) {
        for (terms, sums) in self.0.iter_mut().zip(residuals) {
            for (term, [_, residual, information]) in terms.iter_mut().zip(sums) {
                *term += (STEP * residual / (information + SHRINK)) as f32;
            }
        }
    }

    /// By circumstance.
    fn all(&self) -> Vec<f32> {
        self.0[0].iter().flat_map(|outer| self.0[1].iter().map(move |inner| outer + inner)).collect()
    }
}

/// Everything that is fitted here.
struct Tilts {
    gaps: Factors<GAP_BINS>,
    dayparts: [Factors<DAYPARTS>; 2],
    contents: Factors<CONTENT_KINDS>,
    amounts: Factors<AMOUNT_BINS>,
    shift: Terms,
    offer: Terms,
    pays: [Terms; 2],
}

impl Tilts {
    fn scale(&mut self, heard: &Heard) {
        heard.gaps[0].scale(&mut self.gaps.outer);
        heard.gaps[1].scale(&mut self.gaps.inner);
        for (factors, heard) in self.dayparts.iter_mut().zip(&heard.dayparts) {
            heard[0].scale(&mut factors.outer);
            heard[1].scale(&mut factors.inner);
        }
        heard.contents[0].scale(&mut self.contents.outer);
        heard.contents[1].scale(&mut self.contents.inner);
        heard.amounts[0].scale(&mut self.amounts.outer);
        heard.amounts[1].scale(&mut self.amounts.inner);
        self.shift.step(&heard.shifts);
        self.offer.step(&heard.offers);
        self.pays.iter_mut().zip(&heard.pays).for_each(|(terms, residuals)| terms.step(residuals));
    }

    fn apply(&self, priors: &mut Priors) {
        if let GapLaw::Binned(law) = &mut priors.gap.law {
            tilt(&mut law.choice, self.gaps.ratios());
        }
        for (day, factors) in priors.daypart.days.iter_mut().zip(&self.dayparts) {
            tilt(day, factors.ratios());
        }
        tilt(&mut priors.content.0, self.contents.ratios());
        if let Some(binned) = &mut priors.amount.binned {
            let (Binned { choice, .. }, _) = &mut **binned;
            tilt(choice, self.amounts.ratios());
        }
        priors.amount.shift = self.shift.all();
        odds(&mut priors.offer, &self.offer);
        priors.purchase.0.iter_mut().zip(&self.pays).for_each(|(chance, terms)| odds(chance, terms));
    }
}

fn tilt<const K: usize, const J: usize>(choice: &mut ChoicePrior<K, J>, ratios: Vec<[f32; K]>) {
    *choice = choice.clone().tilted(Some(ratios));
}

fn odds(chance: &mut Chance, terms: &Terms) {
    chance.odds = terms.all().into_iter().map(exp32).collect();
}

/// Rounds of hearing and scaling.
const ROUNDS: usize = 8;

/// Fits the tilts of everything that circumstances bear on.
#[must_use]
pub fn tilted(lives: &[Life<'_>], mut priors: Priors) -> Priors {
    let dayparts = || Factors::new(ELAPSED * PARTS, WEEKDAYS);
    let mut tilts = Tilts {
        gaps: Factors::new(PAUSES * PARTS, WEEKDAYS),
        dayparts: [dayparts(), dayparts()],
        contents: Factors::new(PAUSES, TIMES),
        amounts: Factors::new(PAUSES, PURPOSES),
        shift: Terms::new(),
        offer: Terms::new(),
        pays: [Terms::new(), Terms::new()],
    };
    for _ in 0..ROUNDS {
        tilts.scale(&hear(lives, &priors));
        tilts.apply(&mut priors);
    }
    priors
}
