//! What time decides: periods of tenure that have run out, and weeks.

use super::{super::packed_chance, super::week, Marking, Outcome, Prediction, Witness};
use crate::{
    base::{float::decay, time::SimTime},
    user::{
        facet::{FacetKind, churn::Departure},
        segment::PerSegment,
    },
};

impl<W: Witness + ?Sized> Marking<'_, W> {
    /// Decides the periods of tenure that have run out by now.
    #[inline]
    pub(in super::super) fn churn(&mut self, at: SimTime, left: bool, seen: bool) {
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
        if self.prediction.model.left() {
            return;
        }
        for period in then..now {
            self.decide(period, f32::from(self.pending) / 65_535.0, false);
            self.pending = packed_chance(self.leaving(period + 1));
        }
        if left {
            self.decide(now, f32::from(self.pending) / 65_535.0, true);
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
        self.membership.mixed(&self.hazards(period))
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
        let before = self.membership;
        self.membership.update(&densities);
        self.settle(Outcome::Churn { period, left }, &before, &densities, (personal, population));
        self.churn = self.churn.faded(decay(prior.period_days, self.prediction.priors.half_lives.churn));
        self.churn.learn(left);
    }

    /// Decides the weeks of tenure up to now; the running one once the user has come in it. A user who has said goodbye
    /// is not waited for.
    #[inline]
    pub(in super::super) fn visits(&mut self, at: SimTime, came: bool) {
        let model = self.prediction.model;
        let now = week(model.first, at);
        if self.weeks > now {
            return;
        }
        let keep = decay(7.0, self.prediction.priors.half_lives.visit);
        if !model.left() {
            (self.weeks..now).for_each(|_| self.visit(keep, false));
        }
        self.weeks = now;
        if came {
            self.visit(keep, true);
            self.weeks = now + 1;
        }
    }

    /// Scores one week; the membership learns of it from the gaps. That a user came in the week in which they were
    /// first seen is no news.
    fn visit(&mut self, keep: f32, came: bool) {
        let Prediction { model, priors, .. } = self.prediction;
        let prior = &priors.visit;
        let moved = prior.chain.moved(&self.visit.state(prior));
        if model.sessions > 0 {
            let densities = prior.probabilities(&self.visit, &moved, keep, came);
            let before = self.membership;
            let odds = (before.mixed(&densities), prior.week.population(came));
            self.settle(Outcome::Visit { came }, &before, &densities, odds);
        }
        self.visit.learn(prior, &moved, keep, came);
    }

    /// Scores the end of a term that was renewed or not.
    pub(in super::super) fn renewal(&mut self, renewed: bool) {
        let Prediction { model, priors, .. } = self.prediction;
        let Some(renewals) = model.term() else { return };
        let densities = priors.renewal.probabilities(renewals, renewed);
        let population = priors.renewal.population;
        let population = if renewed { population } else { 1.0 - population };
        self.mark(Outcome::Renewal { renewals, renewed }, &densities, population);
    }

    /// What is left of a facet's evidence.
    #[inline]
    pub(super) const fn kept(&self, facet: FacetKind) -> f32 {
        self.prediction.keep[facet as usize]
    }
}
