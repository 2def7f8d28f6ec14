//! What the company may do, one file a kind: each edits [`Conditions`] from what is believed of a user.
//!
//! An intervention sees a [`Sight`]: the clock and the self-model. It has no way to what a user is.

mod contact;
mod cost;
mod discount;
mod eligibility;
mod fix_defect;
mod messages;
mod move_budget;
mod onboarding;
mod price;
mod recover_unpaid;
mod refer;
mod scale;
mod scale_sessions;
mod sight;
mod tailor;
mod win_back;

use serde::{Deserialize, Serialize};

pub use contact::{Contact, Policy, Way};
pub use cost::{Cap, Cost};
pub use eligibility::{Eligibility, Eligible};
pub use move_budget::Shift;
pub use sight::{Moment, Sight};

use super::conditions::Conditions;
use crate::base::{
    luck::Stream,
    units::{Currency, NonNegative, Positive, Probability},
};

/// One kind of effect, as a scenario states it.
trait Kind {
    /// The same in one world.
    type Drawn: Met;

    /// Draws the uncertain numbers of one world.
    fn draw(&self, names: &Names<'_>, stream: &mut Stream) -> Self::Drawn;

    /// Its assumptions in words.
    fn in_words(&self) -> String;

    /// What it is expected to be: name, mean, and what it would be without an effect.
    fn sizes(&self) -> Vec<Size>;

    /// The names it refers to.
    fn refers_to(&self) -> Vec<Reference<'_>> {
        Vec::new()
    }
}

/// One kind of effect in one world: what it does, in full force at strength 1; an effect is linear in its strength.
trait Met {
    /// Edits what a user meets.
    fn apply(&self, strength: f32, conditions: &mut Conditions);

    /// The most it multiplies sessions by at a strength.
    fn most_sessions(&self, _strength: f32) -> f32 {
        1.0
    }

    /// Whether it fixes a defect.
    fn fixes(&self) -> bool {
        false
    }

    /// What multiplies the hazard of leaving in full force, if it does.
    fn hazard(&self) -> Option<f32> {
        None
    }

    /// Whom it is for by its own nature, of those who are eligible; it starts at a second.
    fn scope(&self, _start: u32) -> Option<Eligible> {
        None
    }

    /// The messages it sends.
    fn contact(&self) -> Option<&Contact> {
        None
    }

    /// What it does to the yield of the channels.
    fn shift(&self) -> Option<&Shift> {
        None
    }

    /// How many people it has users tell about the product, if it does: those who may be told in all.
    fn prospects(&self) -> Option<u32> {
        None
    }

    /// Its numbers as this world drew them, in the order of [`Kind::sizes`].
    fn numbers(&self) -> Vec<f64> {
        Vec::new()
    }

    /// What counts as one use.
    fn used_by(&self) -> Use {
        Use::Session
    }
}

/// What counts as one use of an intervention, for what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// A session of a treated user.
    Session,
    /// A session of a treated user that pays.
    PaidSession,
    /// A message, or somebody who came: counted where it happens.
    Counted,
}

/// One number of an effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Size {
    /// What it is.
    pub name: String,
    /// What is expected of it.
    pub mean: f64,
    /// What it would be if there were no effect.
    pub neutral: f64,
}

impl Size {
    /// A multiple, of 1 without an effect.
    fn multiple(name: impl Into<String>, mean: f64) -> Self {
        Self { name: name.into(), mean, neutral: 1.0 }
    }

    /// A share or a difference, of 0 without an effect.
    fn share(name: impl Into<String>, mean: f64) -> Self {
        Self { name: name.into(), mean, neutral: 0.0 }
    }

    /// The same for an effect so many times as strong.
    #[must_use]
    pub fn at(&self, force: f64) -> f64 {
        self.neutral + (self.mean - self.neutral) * force
    }
}

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

            /// Its numbers as they are expected to be.
            #[must_use]
            pub fn sizes(&self) -> Vec<Size> {
                match self { $(Self::$name(kind) => kind.sizes(),)* }
            }

            /// The names it refers to.
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

            fn met(&self) -> &dyn Met {
                match self { $(Self::$name(kind) => kind,)* }
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
    /// Multiplies one facet of behaviour.
    Scale in scale;
    /// Changes the price.
    Price in price;
    /// Gives a discount.
    Discount in discount;
    /// Changes what newcomers meet.
    Onboarding in onboarding;
    /// Writes to users by channel, tone and time of day, chosen by belief.
    Messages in messages;
    /// Writes to users who have not come for long.
    WinBack in win_back;
    /// Moves spend between the channels that bring users.
    MoveBudget in move_budget;
    /// Has paying users bring people they know.
    Refer in refer;
}

impl Effect {
    /// Whether it changes when users leave.
    #[must_use]
    pub fn is_about_leaving(&self) -> bool {
        match self {
            Self::FixDefect(_) | Self::Onboarding(_) => true,
            Self::Scale(scale) => scale.facet == scale::Facet::Hazard,
            _ => false,
        }
    }

    /// Whether it writes to users.
    #[must_use]
    pub const fn is_written(&self) -> bool {
        matches!(self, Self::Messages(_) | Self::WinBack(_))
    }
}

impl DrawnEffect {
    /// Whether it fixes a defect.
    #[must_use]
    pub fn fixes(&self) -> bool {
        self.met().fixes()
    }

    /// The most it multiplies sessions by, at a strength.
    #[must_use]
    pub fn most_sessions(&self, strength: f32) -> f32 {
        self.met().most_sessions(strength)
    }

    /// What multiplies the hazard of leaving in full force, if it does.
    #[must_use]
    pub fn hazard(&self) -> Option<f32> {
        self.met().hazard()
    }

    /// Whom it is for by its own nature.
    #[must_use]
    pub fn scope(&self, start: u32) -> Option<Eligible> {
        self.met().scope(start)
    }

    /// The messages it sends.
    #[must_use]
    pub fn contact(&self) -> Option<&Contact> {
        self.met().contact()
    }

    /// What it does to the yield of the channels.
    #[must_use]
    pub fn shift(&self) -> Option<&Shift> {
        self.met().shift()
    }

    /// How many people users may tell about the product, if they do.
    #[must_use]
    pub fn prospects(&self) -> Option<u32> {
        self.met().prospects()
    }

    /// Its numbers as this world drew them, in the order of [`Effect::sizes`].
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        self.met().numbers()
    }

    /// What counts as one use.
    #[must_use]
    pub fn used_by(&self) -> Use {
        self.met().used_by()
    }
}

/// What an effect needs to turn names into numbers.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Names of the segments, in order.
    pub segments: &'a [String],
    /// The channels, in order.
    pub channels: &'a [super::scenario::Channel],
    /// The scenario's currency.
    pub currency: Currency,
}

impl Names<'_> {
    fn segment(&self, name: &str) -> u8 {
        self.segments.iter().position(|id| id == name).unwrap_or(usize::from(u8::MAX)) as u8
    }

    fn channel(&self, name: &str) -> u8 {
        self.channels.iter().position(|channel| channel.id == name).unwrap_or(usize::from(u8::MAX)) as u8
    }
}

/// A name in an effect that must exist elsewhere in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// Of a segment.
    Segment(&'a str),
    /// Of a defect.
    Cause(&'a str),
    /// Of a channel that brings users.
    Channel(&'a str),
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
    /// Days after which it ends; none: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Half-life of its novelty \[day\]: the effect fades from its start; none: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub novelty_half_life_days: Option<Positive>,
    /// Share of the effect that is left once its novelty is gone \[1\].
    #[serde(default = "nothing", skip_serializing_if = "is_nothing")]
    pub long_run: Probability,
    /// Multiple of the effect's size; 1 is what the effect states.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub force: NonNegative,
    /// Whom it is for.
    pub eligible: Eligibility,
    /// What it does.
    pub effect: Effect,
    /// What it costs.
    #[serde(default)]
    pub cost: Cost,
    /// How far it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Cap>,
    /// The place among the interventions of the one whose luck it shares, if not its own: for asking what else it could be.
    #[serde(skip)]
    pub drawn_as: Option<usize>,
}

fn nothing() -> Probability {
    Probability::new(0.0).unwrap_or_else(|_| unreachable!("0 is a probability"))
}

fn once() -> NonNegative {
    NonNegative::new(1.0).unwrap_or_else(|_| unreachable!("1 is at least 0"))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_nothing(share: &Probability) -> bool {
    share.value() == 0.0
}

fn is_once(force: &NonNegative) -> bool {
    force.value() == 1.0
}
