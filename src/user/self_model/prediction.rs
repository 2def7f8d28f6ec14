//! Reading the beliefs, and holding them against what happens.

use super::{Lesson, Prediction, Scores, SelfModel, Witness, marking::Marking};
use crate::{
    base::{float::decay, time::SimTime, units::Money},
    history::session::{CONTENT_KINDS, DAYPARTS, NO_KIND, Observation, SEVERITIES, Slot},
    user::{
        facet::{
            FacetKind,
            amount::log_amount,
            choice::Picks,
            churn::Departure,
            context::{NO_CONTEXT, of_gap},
            gap::log_gap,
            visit::STATES,
        },
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
    pub fn score_before<W: Witness + ?Sized>(self, observation: &Observation, witness: &mut W) -> (Scores, Lesson) {
        let mut marking = Marking::new(&self, witness);
        let came = matches!(observation, Observation::Session(_));
        let left = matches!(observation, Observation::Left(_));
        if came || left {
            // Periods are counted from the last session, so only what ends or renews the wait decides them.
            marking.churn(self.at, left, came);
        }
        marking.visits(self.at, came);
        match observation {
            Observation::Session(session) => marking.session(session),
            Observation::Features { used, .. } => marking.features(*used),
            Observation::Message(message) => marking.message(message),
            Observation::Term { renewal, .. } => {
                if *renewal {
                    marking.renewal(true);
                }
            }
            Observation::Ticket { severity, .. } => marking.ticket(*severity),
            Observation::Review { score, .. } => marking.review(*score),
            Observation::Left(_) => marking.renewal(false),
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
    pub fn close_before<W: Witness + ?Sized>(self, witness: &mut W) -> (Scores, Lesson) {
        let mut marking = Marking::new(&self, witness);
        marking.churn(self.at, false, false);
        marking.visits(self.at, false);
        marking.finish(None)
    }

    /// The moment of which the prediction is.
    #[must_use]
    pub const fn at(&self) -> SimTime {
        self.at
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

    /// Probability of each part of the day for a session on a weekday or at the weekend, whatever the circumstances.
    #[must_use]
    pub fn dayparts(&self, weekend: bool) -> [f32; DAYPARTS] {
        self.dayparts_in(NO_CONTEXT, weekend)
    }

    /// The same in some circumstances.
    #[must_use]
    pub fn dayparts_in(&self, context: u16, weekend: bool) -> [f32; DAYPARTS] {
        let (model, prior, keep) = (self.model, &self.priors.daypart, self.kept(FacetKind::Daypart));
        std::array::from_fn(|part| {
            let slot = Slot { weekend, daypart: part as u8, late: false };
            let personal = self.mixed(&prior.probabilities(&model.daypart, model.picks.cell, keep, slot, context));
            model.expert(FacetKind::Daypart).mix(personal, prior.population(slot))
        })
    }

    /// Probability of each kind of content, whatever the circumstances.
    #[must_use]
    pub fn contents(&self) -> [f32; CONTENT_KINDS] {
        self.contents_in(NO_CONTEXT)
    }

    /// Probability of each kind of content in some circumstances.
    #[must_use]
    pub fn contents_in(&self, context: u16) -> [f32; CONTENT_KINDS] {
        let (model, prior, keep) = (self.model, &self.priors.content, self.kept(FacetKind::Content));
        std::array::from_fn(|kind| {
            let personal = self.mixed(&prior.probabilities(&model.content, model.picks.content, keep, kind, context));
            model.expert(FacetKind::Content).mix(personal, prior.0.population[kind])
        })
    }

    /// Probability that an offer is taken.
    #[must_use]
    pub fn takes_offer(&self) -> f32 {
        let (model, prior) = (self.model, &self.priors.offer);
        let faded = model.offer.faded(self.kept(FacetKind::Offer));
        let personal = self.mixed(&prior.probabilities(&faded, model.last_offer(), true));
        model.expert(FacetKind::Offer).mix(personal, prior.population)
    }

    /// Probability that the next session pays.
    #[must_use]
    pub fn pays(&self) -> f32 {
        let faded = self.model.purchase.faded(self.kept(FacetKind::Purchase));
        let prior = self.priors.purchase.of(self.model.sessions > 0);
        let personal = self.mixed(&prior.probabilities(&faded, None, true));
        self.model.expert(FacetKind::Purchase).mix(personal, prior.population)
    }

    /// Probability that the next paying session pays at most this.
    #[must_use]
    pub fn pays_at_most(&self, amount: Money) -> f64 {
        self.log_amount_at_most(f64::from(log_amount(amount)))
    }

    /// The same of the amount's logarithm on its own scale.
    #[must_use]
    pub fn log_amount_at_most(&self, y: f64) -> f64 {
        self.log_amount_at_most_in(NO_CONTEXT, y)
    }

    /// The same in some circumstances.
    #[must_use]
    pub fn log_amount_at_most_in(&self, context: u16, y: f64) -> f64 {
        let (model, prior, keep) = (self.model, &self.priors.amount, self.kept(FacetKind::Amount));
        let personal =
            self.expected(|segment| prior.cdf_in(context, &model.amount, model.picks.amount, keep, segment, y));
        self.believed(FacetKind::Amount, personal, prior.population.cdf(y as f32))
    }

    /// Probability that the next session comes within so many days of the last.
    #[must_use]
    pub fn comes_within(&self, days: f64) -> f64 {
        self.log_gap_at_most(f64::from(log_gap(days as f32)))
    }

    /// The same of the logarithm of the days.
    #[must_use]
    pub fn log_gap_at_most(&self, y: f64) -> f64 {
        let (model, prior, keep) = (self.model, &self.priors.gap, self.kept(FacetKind::Gap));
        let context = of_gap(model.picks.gap, model.last_session());
        let personal = self.expected(|segment| prior.cdf_in(context, &model.gap, model.picks.gap, keep, segment, y));
        self.believed(FacetKind::Gap, personal, prior.population.cdf(y as f32))
    }

    /// Probability that the user comes in the first week that is not decided yet.
    #[must_use]
    pub fn visits(&self) -> f32 {
        let (model, prior) = (self.model, &self.priors.visit);
        let keep = decay(7.0, self.priors.half_lives.visit);
        let personal = self.mixed(&prior.probabilities(&model.visit, &self.engagement(), keep, true));
        model.expert(FacetKind::Visit).mix(personal, prior.week.population)
    }

    /// Probability of each state of engagement in the first week that is not decided yet.
    #[must_use]
    pub fn engagement(&self) -> [f32; STATES] {
        let prior = &self.priors.visit;
        prior.chain.moved(&self.model.visit.state(prior))
    }

    /// Probability that a message sent now by one of the ways is opened.
    #[must_use]
    pub fn opens(&self, channel: u8) -> f32 {
        let (model, prior) = (self.model, &self.priors.channel);
        let worth = prior.worth(model.channel_belief.tired(self.at.days_since(model.first)));
        let belief = model.channel_belief.answers(channel, self.kept(FacetKind::Channel));
        let personal = self.mixed(&prior.probabilities(&belief, channel, worth, true));
        model.expert(FacetKind::Channel).mix(personal, prior.ways[usize::from(channel)].population)
    }

    /// Probability that a message that is opened is answered as hoped, if it is in one of the tones.
    #[must_use]
    pub fn answers(&self, style: u8) -> f32 {
        let prior = &self.priors.style.0[usize::from(style)];
        let belief = self.model.style.answers(style, self.kept(FacetKind::Style));
        let personal = self.mixed(&prior.probabilities(&belief, None, true));
        self.model.expert(FacetKind::Style).mix(personal, prior.population)
    }

    /// Probability that the next session uses a feature.
    #[must_use]
    pub fn uses(&self, feature: usize) -> f32 {
        let chain = &self.priors.feature.chains[feature];
        let personal = chain.says_yes(&chain.moved(&self.model.known(self.priors, feature)));
        self.model.expert(FacetKind::Feature).mix(personal, self.priors.feature.population[feature])
    }

    /// Probability of each severity for the next ticket.
    #[must_use]
    pub fn severities(&self) -> [f32; SEVERITIES] {
        let picks = Picks::of(&self.model.support, self.kept(FacetKind::Support), NO_KIND);
        std::array::from_fn(|severity| {
            let personal = self.mixed(&self.priors.support.probabilities(severity, &picks));
            self.model.expert(FacetKind::Support).mix(personal, self.priors.support.population[severity])
        })
    }

    /// Probability that the next review scores at most this.
    #[must_use]
    pub fn reviews_at_most(&self, score: f64) -> f64 {
        let prior = &self.priors.review;
        let faded = self.model.review.faded(self.kept(FacetKind::Review));
        let personal = self.expected(|segment| prior.level.predictive(&faded, segment).cdf(score));
        self.believed(FacetKind::Review, personal, prior.population.cdf(score as f32))
    }

    /// Probability that the running term is renewed; none if none runs.
    #[must_use]
    pub fn renews(&self) -> Option<f32> {
        let personal = self.mixed(&self.priors.renewal.probabilities(self.model.term()?, true));
        Some(self.model.expert(FacetKind::Renewal).mix(personal, self.priors.renewal.population))
    }

    /// Probability that the user leaves in the period of tenure that begins next (or, where leaving is announced,
    /// the one that runs).
    #[must_use]
    pub fn leaves(&self) -> f32 {
        let prior = &self.priors.churn;
        let period = prior.period(self.model.first, self.at) + u32::from(prior.departure == Departure::Silent);
        let personal =
            self.mixed(&prior.probabilities(&self.model.churn, period, self.model.recent(self.priors, period)));
        self.model.expert(FacetKind::Churn).mix(personal, prior.population(period))
    }

    #[inline]
    fn mixed(&self, densities: &PerSegment) -> f32 {
        segment::mixed(&self.model.weights(), densities)
    }

    fn believed(&self, facet: FacetKind, personal: f64, population: f32) -> f64 {
        let weight = f64::from(self.model.expert(facet).weight);
        weight * personal + (1.0 - weight) * f64::from(population)
    }

    fn expected(&self, under: impl Fn(usize) -> f64) -> f64 {
        let weights = self.model.weights().into_iter().enumerate().filter(|&(_, weight)| weight > 1e-6);
        let (sum, total) = weights.fold((0.0, 0.0), |(sum, total), (segment, weight)| {
            (sum + f64::from(weight) * under(segment), total + f64::from(weight))
        });
        sum / total
    }
}
