//! Reading the beliefs, and holding them against what happens.

use super::{Lesson, Prediction, Scores, SelfModel, Witness, marking::Marking};
use crate::{
    base::units::Money,
    history::session::{CONTENT_KINDS, DAYPARTS, Observation, Slot},
    user::{
        facet::{FacetKind, amount::log_amount, churn::Departure, gap::log_gap},
        segment::{self, PerSegment},
    },
};

impl Prediction<'_> {
    /// Scores the beliefs on what happened.
    #[inline]
    #[must_use]
    pub fn score(self, observation: &Observation) -> (Scores, Lesson) {
        self.score_before(observation, &mut ())
    }

    /// The same, with a witness who sees every single outcome that is marked.
    #[inline]
    #[must_use]
    pub fn score_before(self, observation: &Observation, witness: &mut impl Witness) -> (Scores, Lesson) {
        let mut marking = Marking::new(&self, witness);
        marking.churn(self.at, matches!(observation, Observation::Left(_)), true);
        if let Observation::Session(session) = observation {
            marking.session(session);
        }
        marking.finish(Some(*observation))
    }

    /// Scores what can be decided when the record ends here, with nothing more seen of the user.
    #[must_use]
    pub fn close(self) -> (Scores, Lesson) {
        self.close_before(&mut ())
    }

    /// The same, with a witness.
    #[must_use]
    pub fn close_before(self, witness: &mut impl Witness) -> (Scores, Lesson) {
        let mut marking = Marking::new(&self, witness);
        marking.churn(self.at, false, false);
        marking.finish(None)
    }

    /// The model whose beliefs are read.
    #[must_use]
    pub const fn model(&self) -> &SelfModel {
        self.model
    }

    /// What is left by now of the evidence of a facet \[1\].
    #[must_use]
    pub const fn kept(&self, facet: FacetKind) -> f32 {
        self.keep[facet as usize]
    }

    /// Probability of each part of the day for a session on a weekday or at the weekend.
    #[must_use]
    pub fn dayparts(&self, weekend: bool) -> [f32; DAYPARTS] {
        let faded = self.model.daypart.faded(self.keep[FacetKind::Daypart as usize]);
        let expert = self.model.experts[FacetKind::Daypart as usize];
        std::array::from_fn(|part| {
            let slot = Slot { weekend, daypart: part as u8, late: false };
            let personal = self.mixed(&self.priors.daypart.probabilities(&faded, slot));
            expert.mix(personal, self.priors.daypart.population(slot))
        })
    }

    /// Probability of each kind of content.
    #[must_use]
    pub fn contents(&self) -> [f32; CONTENT_KINDS] {
        let keep = self.keep[FacetKind::Content as usize];
        let (prior, expert) = (&self.priors.content, self.model.experts[FacetKind::Content as usize]);
        std::array::from_fn(|kind| {
            let personal = self.mixed(&prior.probabilities(&self.model.content, keep, kind));
            expert.mix(personal, prior.0.population[kind])
        })
    }

    /// Probability that the next session pays.
    #[must_use]
    pub fn pays(&self) -> f32 {
        let faded = self.model.purchase.faded(self.keep[FacetKind::Purchase as usize]);
        let later = self.model.sessions > 0;
        let personal = self.mixed(&self.priors.purchase.probabilities(&faded, later));
        let population = self.priors.purchase.population[usize::from(later)];
        self.model.experts[FacetKind::Purchase as usize].mix(personal, population)
    }

    /// Probability that the next paying session pays at most this.
    #[must_use]
    pub fn pays_at_most(&self, amount: Money) -> f64 {
        self.log_amount_at_most(f64::from(log_amount(amount)))
    }

    /// The same of the amount's logarithm on its own scale.
    #[must_use]
    pub fn log_amount_at_most(&self, y: f64) -> f64 {
        let faded = self.model.amount.faded(self.keep[FacetKind::Amount as usize]);
        let personal = self.expected(|segment| self.priors.amount.cdf(&faded, segment, y));
        self.believed(FacetKind::Amount, personal, self.priors.amount.population.cdf(y as f32))
    }

    /// Probability that the next session comes within so many days of the last.
    #[must_use]
    pub fn comes_within(&self, days: f64) -> f64 {
        self.log_gap_at_most(f64::from(log_gap(days as f32)))
    }

    /// The same of the logarithm of the days.
    #[must_use]
    pub fn log_gap_at_most(&self, y: f64) -> f64 {
        let faded = self.model.gap.faded(self.keep[FacetKind::Gap as usize]);
        let personal = self.expected(|segment| self.priors.gap.cdf(&faded, segment, y));
        self.believed(FacetKind::Gap, personal, self.priors.gap.population.cdf(y as f32))
    }

    /// Probability that the user leaves in the period of tenure that begins next (or, where leaving is announced,
    /// the one that runs).
    #[must_use]
    pub fn leaves(&self) -> f32 {
        let prior = &self.priors.churn;
        let period = prior.period(self.model.first, self.at) + u32::from(prior.departure == Departure::Silent);
        let personal =
            self.mixed(&prior.probabilities(&self.model.churn, period, self.model.recent(self.priors, period)));
        self.model.experts[FacetKind::Churn as usize].mix(personal, prior.population(period))
    }

    #[inline]
    fn mixed(&self, densities: &PerSegment) -> f32 {
        segment::mixed(&self.model.weights, densities)
    }

    fn believed(&self, facet: FacetKind, personal: f64, population: f32) -> f64 {
        let weight = f64::from(self.model.experts[facet as usize].weight);
        weight * personal + (1.0 - weight) * f64::from(population)
    }

    fn expected(&self, under: impl Fn(usize) -> f64) -> f64 {
        let weights = self.model.weights.iter().enumerate().filter(|&(_, &weight)| weight > 1e-6);
        let (sum, total) = weights.fold((0.0, 0.0), |(sum, total), (segment, &weight)| {
            (sum + f64::from(weight) * under(segment), total + f64::from(weight))
        });
        sum / total
    }
}
