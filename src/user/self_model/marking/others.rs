//! What is observed beside sessions: messages, features, tickets, reviews.

use super::{Marking, Outcome, Prediction, Witness};
use crate::{
    history::session::{Fate, Message, NO_KIND},
    user::{
        facet::{FacetKind, choice::Picks},
        segment::SEGMENTS,
    },
};

impl<W: Witness + ?Sized> Marking<'_, W> {
    /// Whether a message was opened, and if so, answered.
    pub(in super::super) fn message(&mut self, message: &Message) {
        let Prediction { model, priors, .. } = self.prediction;
        let opened = message.fate != Fate::Ignored;
        self.worth = priors.channel.worth(model.channel_belief.tired(message.sent.days_since(model.first)));
        let belief = model.channel_belief.answers(message.channel, self.kept(FacetKind::Channel));
        let p = priors.channel.probabilities(&belief, message.channel, self.worth, opened);
        let population = priors.channel.ways[usize::from(message.channel)].population(opened);
        self.mark(Outcome::Channel { channel: message.channel, worth: self.worth, opened }, &p, population);
        if opened {
            let (style, taken) = (message.style, message.fate == Fate::Taken);
            let prior = &priors.style.0[usize::from(style)];
            let p = prior.probabilities(&model.style.answers(style, self.kept(FacetKind::Style)), None, taken);
            self.mark(Outcome::Style { style, taken }, &p, prior.population(taken));
        }
    }

    /// Which features a session used.
    pub(in super::super) fn features(&mut self, used: u16) {
        let Prediction { model, priors, .. } = self.prediction;
        let mut belief = model.feature;
        for (feature, (chain, &share)) in priors.feature.chains.iter().zip(&priors.feature.population).enumerate() {
            let used = used >> feature & 1 == 1;
            let moved = chain.moved(&model.known(priors, feature));
            let yes = chain.says_yes(&moved);
            let odds = if used { (yes, share) } else { (1.0 - yes, 1.0 - share) };
            let before = self.membership;
            self.settle(Outcome::Feature { feature: feature as u8, used }, &before, &[odds.0; SEGMENTS], odds);
            belief.learn(feature, chain.heard(&moved, used));
        }
        self.feature = Some(belief);
    }

    /// How severe a ticket was.
    pub(in super::super) fn ticket(&mut self, severity: u8) {
        let Prediction { model, priors, .. } = self.prediction;
        let keep = self.kept(FacetKind::Support);
        let picks = Picks::of(&model.support, keep, NO_KIND);
        let p = priors.support.probabilities(usize::from(severity), &picks);
        self.mark(Outcome::Support(severity), &p, priors.support.population[usize::from(severity)]);
    }

    /// What a review said.
    pub(in super::super) fn review(&mut self, score: f32) {
        let Prediction { model, priors, .. } = self.prediction;
        let belief = model.review.faded(self.kept(FacetKind::Review));
        let p = priors.review.level.densities(&belief, score);
        self.mark(Outcome::Review(score), &p, priors.review.population.at(score));
    }
}
