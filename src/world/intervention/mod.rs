//! What the company may do, one file a kind: each edits [`Conditions`] from what is believed of a user.
//!
//! An intervention sees a [`Sight`]: the clock and the self-model. It has no way to what a user is.

mod fix_defect;
mod recover_unpaid;
mod scale_sessions;
mod tailor;

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use crate::{
    base::{
        luck::Stream,
        units::{Currency, NonNegative, Positive, Probability},
    },
    user::{segment::PerSegment, self_model::SelfModel},
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident in $file:ident;)*) => {
        /// What an intervention does, as a scenario states it.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Effect { $($(#[$doc])* $name($file::$name),)* }

        /// What an intervention does in one world, with its uncertain numbers drawn.
        #[derive(Clone, Debug, PartialEq)]
        pub enum DrawnEffect { $($(#[$doc])* $name($file::Drawn),)* }

        impl Effect {
            /// Draws the uncertain numbers of one world.
            #[must_use]
            pub fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> DrawnEffect {
                match self { $(Self::$name(kind) => DrawnEffect::$name(kind.draw(names, stream)),)* }
            }

            /// Its assumptions in words.
            #[must_use]
            pub fn in_words(&self) -> String {
                match self { $(Self::$name(kind) => kind.in_words(),)* }
            }

            /// The names it refers to, of segments and of causes.
            #[must_use]
            pub fn refers_to(&self) -> Vec<Reference<'_>> {
                match self { $(Self::$name(kind) => kind.refers_to(),)* }
            }
        }

        impl DrawnEffect {
            /// Edits what a user meets; `strength` is 1 when the intervention is in full force.
            #[inline]
            pub fn apply(&self, strength: f32, conditions: &mut Conditions) {
                match self { $(Self::$name(kind) => kind.apply(strength, conditions),)* }
            }

            /// Whether it fixes a defect.
            #[must_use]
            pub fn fixes(&self) -> bool {
                match self { $(Self::$name(kind) => kind.fixes(),)* }
            }

            /// The most it multiplies sessions by.
            #[must_use]
            pub fn most_sessions(&self) -> f32 {
                match self { $(Self::$name(kind) => kind.most_sessions(),)* }
            }
        }
    };
}

kinds! {
    /// Fixes a defect of the product.
    FixDefect in fix_defect;
    /// Serves one segment the experience made for it.
    Tailor in tailor;
    /// Makes some sessions pay that would have earned nothing.
    RecoverUnpaid in recover_unpaid;
    /// Brings users more often, or less.
    ScaleSessions in scale_sessions;
}

/// What an effect needs to turn names into numbers.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Names of the segments, in order.
    pub segments: &'a [String],
    /// The scenario's currency.
    pub currency: Currency,
}

impl Names<'_> {
    fn segment(&self, name: &str) -> u8 {
        self.segments.iter().position(|id| id == name).unwrap_or(usize::from(u8::MAX)) as u8
    }
}

/// A name in an effect that must exist elsewhere in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// Of a segment.
    Segment(&'a str),
    /// Of a defect.
    Cause(&'a str),
}

/// Something the company may do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// Its name.
    pub id: String,
    /// Day of its start, counted from the launch as day 0.
    #[serde(default)]
    pub day: u32,
    /// Days until it is in full force, growing evenly.
    #[serde(default)]
    pub ramp_days: u32,
    /// Half-life of its novelty \[day\]: the effect fades from its start; none: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novelty_half_life_days: Option<Positive>,
    /// Whom it is for.
    pub eligible: Eligibility,
    /// What it does.
    pub effect: Effect,
    /// What it costs.
    #[serde(default)]
    pub cost: Cost,
}

/// Whom an intervention is for, judged by what is seen and believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Eligibility {
    /// Everybody.
    All,
    /// Users of this tenure: from and to \[day\], both included, the first day being day 1.
    TenureDays(u32, u32),
    /// Users with at least so many sessions.
    SessionsAtLeast(u32),
    /// Users believed to belong to a segment.
    Predicted {
        /// The segment.
        segment: String,
        /// Least membership.
        p_at_least: Probability,
    },
}

/// What an intervention costs [major units].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Once; spread over the first year after the launch.
    pub fixed: NonNegative,
    /// For each treated user a day.
    pub per_user_day: NonNegative,
}

impl Default for Cost {
    fn default() -> Self {
        let nothing = NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"));
        Self { fixed: nothing, per_user_day: nothing }
    }
}

/// What an intervention sees of a user.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    model: &'a SelfModel,
    membership: PerSegment,
    tenure_days: f32,
}

impl<'a> Sight<'a> {
    /// What is believed of a user of some tenure \[day\].
    #[inline]
    #[must_use]
    pub fn of(model: &'a SelfModel, tenure_days: f32) -> Self {
        Self { model, membership: model.weights(), tenure_days }
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
}

/// [`Eligibility`] with its names resolved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eligible {
    /// Everybody.
    All,
    /// From and to [day of tenure].
    Tenure(f32, f32),
    /// Least number of sessions.
    Sessions(u32),
    /// Segment and least membership.
    Member(u8, f32),
}

impl Eligibility {
    /// Resolves the names.
    #[must_use]
    pub fn resolve(&self, names: &Names<'_>) -> Eligible {
        match self {
            Self::All => Eligible::All,
            // Day 66 is the time from 65 to 66 days after the first session.
            Self::TenureDays(from, to) => Eligible::Tenure(from.saturating_sub(1) as f32, *to as f32),
            Self::SessionsAtLeast(sessions) => Eligible::Sessions(*sessions),
            Self::Predicted { segment, p_at_least } => {
                Eligible::Member(names.segment(segment), p_at_least.value() as f32)
            }
        }
    }

    /// In the words of an assumption.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::All => "everybody".to_owned(),
            Self::TenureDays(from, to) => format!("users from day {from} to day {to} of their tenure"),
            Self::SessionsAtLeast(sessions) => format!("users with at least {sessions} sessions"),
            Self::Predicted { segment, p_at_least } => {
                format!("users believed to be “{segment}” with probability {} or more", p_at_least.value())
            }
        }
    }
}

impl Eligible {
    /// Whether a user is meant, as far as can be seen.
    #[inline]
    #[must_use]
    pub fn admits(&self, sight: &Sight<'_>) -> bool {
        match *self {
            Self::All => true,
            Self::Tenure(from, to) => from <= sight.tenure_days && sight.tenure_days < to,
            Self::Sessions(least) => sight.model.sessions() >= least,
            Self::Member(segment, least) => {
                sight.membership.get(usize::from(segment)).is_some_and(|&weight| weight >= least)
            }
        }
    }
}
