//! What an intervention sees of a user: the clock, the self-model, and whom it treats already.

use crate::{
    base::{
        luck::{Luck, Purpose, uniform},
        time::SimTime,
        units::Money,
    },
    user::{priors::Priors, segment::PerSegment, self_model::SelfModel},
};

/// What an intervention sees of a user.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub(super) model: &'a SelfModel,
    pub(super) membership: PerSegment,
    pub(super) tenure_days: f32,
    /// When it looks.
    at: SimTime,
    /// Seconds of this world: when the user came first.
    pub(super) born: u32,
    /// Interventions of the arm that have treated the user: one bit each.
    enrolled: u8,
    priors: &'a Priors,
    luck: &'a Luck,
}

/// When an arm looks at a user, and what was before.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The moment.
    pub at: SimTime,
    /// Seconds of this world: when the user came first.
    pub born: u32,
    /// Days since then.
    pub tenure_days: f32,
    /// Interventions of the arm that have treated the user: one bit each.
    pub enrolled: u8,
}

impl<'a> Sight<'a> {
    /// What is believed of a user.
    #[inline]
    #[must_use]
    pub fn of(model: &'a SelfModel, moment: Moment, priors: &'a Priors, luck: &'a Luck) -> Self {
        let Moment { at, born, tenure_days, enrolled } = moment;
        Self { model, membership: model.weights(), tenure_days, at, born, enrolled, priors, luck }
    }

    /// The same user, at another tenure \[day\].
    #[inline]
    #[must_use]
    pub const fn at_tenure(mut self, days: f32) -> Self {
        self.tenure_days = days;
        self
    }

    /// The same user, with another membership in place of the believed one: how a run asks what perfect
    /// targeting would reach.
    #[inline]
    #[must_use]
    pub fn with_membership(mut self, membership: PerSegment) -> Self {
        self.membership = membership;
        self
    }

    /// Whether the intervention with a place in the arm has treated the user before.
    #[inline]
    #[must_use]
    pub const fn is_enrolled(&self, place: usize) -> bool {
        self.enrolled >> place & 1 == 1
    }

    /// Predicted chance that the user leaves in the running period \[1\].
    pub(super) fn risk(&self) -> f32 {
        self.model.predict(self.priors, self.at).leaves()
    }

    /// Predicted chance that a paying session pays more than an amount \[1\].
    pub(super) fn pays_more_than(&self, amount: Money) -> f64 {
        1.0 - self.model.predict(self.priors, self.at).pays_at_most(amount)
    }

    /// Days since the last session.
    pub(super) fn silent_days(&self) -> f64 {
        self.at.days_since(self.model.last())
    }

    /// The user's own draw for an intervention, between 0 and 1.
    pub(super) fn ticket(&self, intervention: u32) -> f64 {
        uniform(self.luck.block(self.model.user(), Purpose::Enrolment, intervention)[0])
    }
}
