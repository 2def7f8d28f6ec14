//! What is known on any day of whether a user will leave: read off the beliefs, never changing them.

use super::{Prediction, week};
use crate::{
    history::session::WAYS,
    user::facet::{FacetKind, churn::ahead::Standing, visit::STATES},
};

/// Where the states of engagement of those who stay away begin: lapsing, dormant.
const AWAY: usize = STATES - 2;

impl Prediction<'_> {
    /// Probability that the user leaves within the coming days, [30 by
    /// default](crate::user::facet::churn::ahead::AheadPrior::horizon_days); none if the priors do not say.
    #[must_use]
    pub fn leaves_ahead(&self) -> Option<f64> {
        self.priors.ahead.as_ref().map(|prior| prior.chance(&self.standing()))
    }

    /// What is known of the user, for whether they leave.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let model = self.model;
        let keep = f64::from(self.kept(FacetKind::Gap));
        Standing {
            weeks: model.tenure_days(self.at).max(0.0) / 7.0,
            channel: model.channel,
            sessions: f64::from(model.sessions),
            recent: f64::from(model.gap.weight()) * keep,
            elapsed: self.at.days_since(model.last).max(0.0),
            gaps: (f64::from(model.gap.days) * keep, f64::from(model.gap.weight()) * keep),
            away: f64::from(self.engaged_now()[AWAY..].iter().sum::<f32>()),
            review: self.review_above(),
            unheard: self.unheard(),
            tickets: f64::from(model.support.total() * self.kept(FacetKind::Support)),
            segments: model.weights(),
        }
    }

    /// State of engagement after the last full week, in which nothing more was seen than is known.
    fn engaged_now(&self) -> [f32; STATES] {
        let (model, prior) = (self.model, &self.priors.visit);
        let mut state = model.visit.state(prior);
        for _ in model.weeks..week(model.first, self.at) {
            state = prior.chain.heard(&prior.chain.moved(&state), false);
        }
        state
    }

    /// Posterior mean of the reviews above the population's.
    fn review_above(&self) -> f64 {
        let prior = &self.priors.review.level;
        let faded = self.model.review.faded(self.kept(FacetKind::Review));
        let mean: f32 = self.model.weights().iter().zip(&prior.mean).map(|(weight, mean)| weight * mean).sum();
        f64::from((faded.sum - faded.n * mean) / (prior.kappa + faded.n))
    }

    /// Share of messages not opened and offers not taken, above the population's; shrunk to it.
    fn unheard(&self) -> f64 {
        let keep = self.kept(FacetKind::Channel);
        let ways = (0..WAYS as u8).map(|way| {
            let answers = self.model.channel_belief.answers(way, keep);
            (answers.no, answers.yes, self.priors.channel.ways[usize::from(way)].population)
        });
        let offers = self.model.offer.faded(self.kept(FacetKind::Offer));
        let all = ways.chain([(offers.no, offers.yes, self.priors.offer.population(true))]);
        let (more, n) =
            all.fold((0.0, 0.0), |(more, n), (no, yes, usual)| (more + no - (no + yes) * (1.0 - usual), n + no + yes));
        f64::from(more / (n + 4.0))
    }
}
