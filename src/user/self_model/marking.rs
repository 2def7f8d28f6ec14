//! Scoring at work: what an observation held is marked part by part.

use super::{Lesson, Mark, Outcome, Prediction, Scores, Witness, gap_days};
use crate::{
    base::{
        float::{decay, ln32},
        time::SimTime,
    },
    history::session::{Observation, Session},
    user::{
        expert::{Expert, Odds, Score},
        facet::{FACETS, FacetKind, amount::log_amount, churn::ChurnBelief, churn::Departure, gap::log_gap},
        segment::{self, PerSegment},
    },
};

/// Scoring at work: the parts of an observation are predicted one after the other, each given those before.
pub(super) struct Marking<'a, W> {
    witness: &'a mut W,
    prediction: &'a Prediction<'a>,
    scores: Scores,
    odds: [[f32; LANES]; 2],
    /// ln gap and ln amount, for learning them.
    gap: f32,
    amount: f32,
    weights: PerSegment,
    experts: [Expert; FACETS],
    churn: ChurnBelief,
    pending: f32,
}

impl<'a, W: Witness> Marking<'a, W> {
    #[inline]
    pub(super) fn new(prediction: &'a Prediction<'a>, witness: &'a mut W) -> Self {
        let model = prediction.model;
        Self {
            witness,
            prediction,
            scores: Scores::default(),
            odds: [[1.0; LANES]; 2],
            gap: 0.0,
            amount: 0.0,
            weights: model.weights,
            experts: model.experts,
            churn: model.churn,
            pending: model.pending,
        }
    }

    /// Scores one facet's mixture density on what happened and lets the membership learn from it.
    #[inline]
    fn mark(&mut self, outcome: Outcome, densities: &PerSegment, population: f32) {
        let before = self.weights;
        let personal = segment::update(&mut self.weights, densities);
        self.settle(outcome, &before, densities, (personal, population));
    }

    /// Scores a personal density and the population's.
    #[inline]
    fn settle(&mut self, outcome: Outcome, weights: &PerSegment, densities: &PerSegment, odds: (f32, f32)) {
        let facet = outcome.facet();
        let expert = self.experts[facet as usize];
        let (odds, weight) = expert.weighed(odds.0, odds.1);
        self.witness.marked(&Mark { outcome, prediction: self.prediction, weights, densities, expert, odds });
        self.experts[facet as usize].weight = weight;
        self.note(facet, odds);
    }

    /// Keeps odds until their logarithms are taken, all at once; a facet's earlier ones make room.
    #[inline]
    fn note(&mut self, facet: FacetKind, odds: Odds) {
        let index = facet as usize;
        if self.scores.events[index] > 0 {
            let early = Odds { mixed: self.odds[0][index], population: self.odds[1][index] }.score();
            self.add(index, early);
        }
        self.odds[0][index] = odds.mixed;
        self.odds[1][index] = odds.population;
        self.scores.events[index] += 1;
    }

    #[inline]
    fn add(&mut self, index: usize, score: Score) {
        let sum = &mut self.scores.sums[index];
        sum.log_p += score.log_p;
        sum.population_log_p += score.population_log_p;
    }

    #[inline]
    pub(super) fn session(&mut self, session: &Session) {
        let Prediction { model, priors, keep, .. } = self.prediction;
        if model.sessions > 0 {
            let y = log_gap(gap_days(model.last, session.at));
            self.gap = y;
            let belief = model.gap.faded(keep[FacetKind::Gap as usize]);
            self.mark(Outcome::Gap(y), &priors.gap.densities(&belief, y), priors.gap.population.at(y));
        }
        let belief = model.daypart.faded(keep[FacetKind::Daypart as usize]);
        let p = priors.daypart.probabilities(&belief, session.slot());
        self.mark(Outcome::Daypart(session.slot()), &p, priors.daypart.population(session.slot()));
        if let Some(kind) = session.content() {
            let index = usize::from(kind);
            let p = priors.content.probabilities(&model.content, keep[FacetKind::Content as usize], index);
            self.mark(Outcome::Content(kind), &p, priors.content.0.population[index]);
        }
        self.payment(session);
        segment::leak(&mut self.weights, priors.born(model.channel));
    }

    #[inline]
    fn payment(&mut self, session: &Session) {
        let Prediction { model, priors, keep, .. } = self.prediction;
        let belief = model.purchase.faded(keep[FacetKind::Purchase as usize]);
        let (later, paid) = (model.sessions > 0, session.paid.is_some());
        let mut p = priors.purchase.probabilities(&belief, later);
        let mut population = priors.purchase.population[usize::from(later)];
        if !paid {
            (p, population) = (p.map(|yes| 1.0 - yes), 1.0 - population);
        }
        self.mark(Outcome::Purchase { later, paid }, &p, population);
        if let Some(paid) = session.paid {
            let y = log_amount(paid);
            self.amount = y;
            let belief = model.amount.faded(keep[FacetKind::Amount as usize]);
            let population = priors.amount.population.at(y);
            self.mark(Outcome::Amount(y), &priors.amount.densities(&belief, y, population), population);
        }
    }

    /// Decides the periods of tenure that have run out by now.
    #[inline]
    pub(super) fn churn(&mut self, at: SimTime, left: bool, seen: bool) {
        let model = self.prediction.model;
        let prior = &self.prediction.priors.churn;
        let (then, now) = (prior.period(model.first, model.last), prior.period(model.first, at));
        if now == then && !left {
            return;
        }
        match prior.departure {
            Departure::Announced => self.announced(then, now, left),
            Departure::Silent => self.silent(then, now, seen),
        }
    }

    /// There until they say goodbye: every period up to now was survived, the running one is pending.
    fn announced(&mut self, then: u32, now: u32, left: bool) {
        if self.prediction.model.left {
            return;
        }
        for period in then..now {
            self.decide(period, self.pending, false);
            self.pending = self.leaving(period + 1);
        }
        if left {
            self.decide(now, self.pending, true);
        }
    }

    /// There if they came in the period before: the next one was decided by coming in it or not.
    fn silent(&mut self, then: u32, now: u32, seen: bool) {
        let came = seen && now == then + 1;
        if came || now > then + 1 {
            let personal = self.leaving(then + 1);
            self.decide(then + 1, personal, !came);
        }
    }

    fn leaving(&self, period: u32) -> f32 {
        segment::mixed(&self.weights, &self.hazards(period))
    }

    /// What was known of a period at its start: sessions up to then, faded to then.
    fn hazards(&self, period: u32) -> PerSegment {
        let Prediction { model, priors, .. } = self.prediction;
        priors.churn.probabilities(&self.churn, period, model.recent(priors, period))
    }

    /// Scores a period on the prediction made at its start; the membership learns from its outcome.
    fn decide(&mut self, period: u32, predicted: f32, left: bool) {
        let prior = &self.prediction.priors.churn;
        let mut densities = self.hazards(period);
        let (mut personal, mut population) = (predicted, prior.population(period));
        if !left {
            densities = densities.map(|p| 1.0 - p);
            (personal, population) = (1.0 - personal, 1.0 - population);
        }
        let before = self.weights;
        segment::update(&mut self.weights, &densities);
        self.settle(Outcome::Churn { period, left }, &before, &densities, (personal, population));
        self.churn = self.churn.faded(decay(prior.period_days, self.prediction.priors.half_lives.churn));
        self.churn.learn(left);
    }

    #[inline]
    pub(super) fn finish(mut self, observation: Option<Observation>) -> (Scores, Lesson) {
        let mut logs = self.odds;
        logarithms(logs.as_flattened_mut());
        for (index, (&log_p, &population_log_p)) in logs[0].iter().zip(&logs[1]).take(FACETS).enumerate() {
            self.add(index, Score { log_p, population_log_p });
        }
        self.witness.scored(&self.scores);
        let lesson = Lesson {
            observation,
            gap: self.gap,
            amount: self.amount,
            keep: self.prediction.keep,
            weights: self.weights,
            experts: self.experts,
            churn: self.churn,
            pending: self.pending,
        };
        (self.scores, lesson)
    }
}

/// Facets, rounded up so that their logarithms are vector instructions.
const LANES: usize = FACETS.next_multiple_of(4);

/// Not inlined, and of any length: so the compiler turns it into vector instructions instead of unrolling it.
#[inline(never)]
fn logarithms(densities: &mut [f32]) {
    for density in densities {
        *density = ln32(*density);
    }
}
