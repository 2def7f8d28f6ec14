//! Scoring at work: what an observation held is marked part by part.

mod leaving;
mod others;
mod tally;

use self::tally::Tally;
use super::{Lesson, Mark, Outcome, Prediction, Scores, Witness, gap_days};
use crate::{
    history::session::{Observation, Session},
    user::{
        expert::Expert,
        facet::{
            FACETS, FacetKind,
            amount::log_amount,
            churn::ChurnBelief,
            context::{self, NO_CONTEXT, Seen},
            feature::FeatureBelief,
            gap::log_gap,
            visit::VisitBelief,
        },
        segment::{self, Membership, PerSegment},
    },
};

/// Scoring at work: the parts of an observation are predicted one after the other, each given those before.
pub(super) struct Marking<'a, W: ?Sized> {
    witness: &'a mut W,
    prediction: &'a Prediction<'a>,
    tally: Tally,
    /// ln gap and ln amount, for learning them.
    gap: f32,
    amount: f32,
    /// What circumstances add to the latter.
    shift: f32,
    /// Circumstances of what is being marked.
    context: u16,
    membership: Membership,
    experts: [u16; FACETS],
    churn: ChurnBelief,
    visit: VisitBelief,
    weeks: u16,
    pending: u16,
    feature: Option<FeatureBelief>,
    worth: f32,
}

impl<'a, W: Witness + ?Sized> Marking<'a, W> {
    #[inline]
    pub(super) fn new(prediction: &'a Prediction<'a>, witness: &'a mut W) -> Self {
        let model = prediction.model;
        Self {
            witness,
            prediction,
            tally: Tally::default(),
            gap: 0.0,
            amount: 0.0,
            shift: 0.0,
            context: NO_CONTEXT,
            membership: Membership::new(model.weights()),
            experts: model.experts,
            churn: model.churn,
            visit: model.visit,
            weeks: model.weeks,
            pending: model.pending,
            feature: None,
            worth: 1.0,
        }
    }

    /// Scores one facet's mixture density on what happened and lets the membership learn from it.
    #[inline]
    fn mark(&mut self, outcome: Outcome, densities: &PerSegment, population: f32) {
        let before = self.membership;
        let personal = self.membership.update(densities);
        self.settle(outcome, &before, densities, (personal, population));
    }

    /// Scores a personal density and the population's; the membership has no part in it.
    #[inline]
    fn settle(&mut self, outcome: Outcome, membership: &Membership, densities: &PerSegment, odds: (f32, f32)) {
        let index = outcome.facet() as usize;
        let expert = Expert::unpacked(self.experts[index]);
        let (odds, weight) = expert.weighed(odds.0, odds.1);
        self.witness.marked(&Mark {
            outcome,
            prediction: self.prediction,
            membership,
            densities,
            expert,
            odds,
            context: self.context,
        });
        self.experts[index] = Expert { weight }.packed();
        self.tally.note(outcome.facet(), odds);
    }

    #[inline]
    pub(super) fn session(&mut self, session: &Session) {
        let Prediction { model, priors, keep, .. } = self.prediction;
        let kept = |facet: FacetKind| keep[facet as usize];
        let mut pause = context::pause(None);
        if model.sessions > 0 {
            let y = log_gap(gap_days(model.last, session.at));
            self.gap = y;
            pause = context::pause(Some(y));
            let population = priors.gap.population.at(y);
            self.context = context::of_gap(model.picks.gap, model.last_session());
            let seen = Seen { y, population, context: self.context };
            let p = priors.gap.densities(&model.gap, model.picks.gap, kept(FacetKind::Gap), seen);
            self.mark(Outcome::Gap(y), &p, population);
        }
        let (slot, last) = (session.slot(), model.last_session());
        self.context = context::of_daypart(session.weekday(), last, gap_days(model.last, session.at));
        let p = priors.daypart.probabilities(&model.daypart, last.cell, kept(FacetKind::Daypart), slot, self.context);
        self.mark(Outcome::Daypart(slot), &p, priors.daypart.population(slot));
        if let Some(kind) = session.content() {
            let (index, last) = (usize::from(kind), model.picks.content);
            self.context = context::of_content(pause, slot);
            let p = priors.content.probabilities(&model.content, last, kept(FacetKind::Content), index, self.context);
            self.mark(Outcome::Content(kind), &p, priors.content.0.population[index]);
        }
        self.context = context::of_payment(pause, session.content());
        self.offer(session);
        self.payment(session);
        self.context = NO_CONTEXT;
    }

    #[inline]
    fn offer(&mut self, session: &Session) {
        let Prediction { model, priors, keep, .. } = self.prediction;
        if let Some(taken) = session.offer() {
            let belief = model.offer.faded(keep[FacetKind::Offer as usize]);
            let p = priors.offer.probabilities_in(self.context, &belief, model.last_offer(), taken);
            self.mark(Outcome::Offer { taken }, &p, priors.offer.population(taken));
        }
    }

    #[inline]
    fn payment(&mut self, session: &Session) {
        let Prediction { model, priors, keep, .. } = self.prediction;
        let belief = model.purchase.faded(keep[FacetKind::Purchase as usize]);
        let (later, paid) = (model.sessions > 0, session.paid.is_some());
        let prior = priors.purchase.of(later);
        let p = prior.probabilities_in(self.context, &belief, None, paid);
        self.mark(Outcome::Purchase { later, paid }, &p, prior.population(paid));
        if let Some(paid) = session.paid {
            let y = log_amount(paid);
            self.amount = y;
            let population = priors.amount.population.at(y);
            let keep = keep[FacetKind::Amount as usize];
            let seen = Seen { y, population, context: self.context };
            self.shift = priors.amount.shift(self.context);
            let p = priors.amount.densities(&model.amount, model.picks.amount, keep, seen);
            self.mark(Outcome::Amount(y), &p, population);
        }
    }

    #[inline]
    pub(super) fn finish(self, observation: Option<Observation>) -> (Scores, Lesson) {
        let Prediction { model, priors, .. } = self.prediction;
        let scores = self.tally.scores();
        self.witness.scored(&scores);
        let lesson = Lesson {
            observation,
            gap: self.gap,
            amount: self.amount,
            shift: self.shift,
            keep: self.prediction.keep,
            weights: segment::packed(&self.membership.leaked(priors.born(model.channel))),
            experts: self.experts,
            churn: self.churn,
            visit: self.visit,
            weeks: self.weeks,
            pending: self.pending,
            feature: self.feature,
            worth: self.worth,
        };
        (scores, lesson)
    }
}
