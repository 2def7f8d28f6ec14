//! The facets of behaviour, one file each: how it is generated, predicted, learned and fitted.
//!
//! | facet | question | outcome | law |
//! |---|---|---|---|
//! | [`gap`] | when do they come next? | days since the last session | log-normal, or exponential |
//! | [`daypart`] | at what time of day? | one of six parts, weekday or weekend | Dirichlet–multinomial |
//! | [`content`] | for what? | one of up to 32 kinds | Dirichlet–multinomial |
//! | [`purchase`] | do they pay? | yes or no | Beta–Bernoulli |
//! | [`amount`] | how much? | money | log-normal |
//! | [`churn`] | do they leave? | yes or no in the coming period | hazard by tenure |
//!
//! A belief is what the events say, nothing else: decayed sufficient statistics. Priors are added when it is
//! read, so that they can be refitted without replaying anything.

pub mod amount;
pub mod binned;
pub mod choice;
pub mod churn;
pub mod content;
pub mod daypart;
pub mod density;
pub mod gap;
pub mod level;
pub mod purchase;

use serde::{Deserialize, Serialize};

macro_rules! facets {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $unit:ident;)*) => {
        /// Every facet, in the order of the tables.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FacetKind { $($(#[$doc])* $variant,)* }

        impl FacetKind {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What its scores are in.
            #[must_use]
            pub const fn unit(self) -> ScoreUnit {
                match self { $(Self::$variant => ScoreUnit::$unit,)* }
            }
        }
    };
}

facets! {
    /// Time to the next session.
    Gap => "gap", Nats;
    /// Part of the local day.
    Daypart => "daypart", Skill;
    /// Kind of content.
    Content => "content", Skill;
    /// Whether a session pays.
    Purchase => "purchase", Skill;
    /// How much a paying session pays.
    Amount => "amount", Nats;
    /// Whether the user leaves.
    Churn => "churn", Skill;
}

/// How many facets there are.
pub const FACETS: usize = FacetKind::ALL.len();

/// What a score is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreUnit {
    /// Share of the baseline's log loss that is saved \[1\]: for outcomes that have probabilities.
    Skill,
    /// Log score above the baseline's [nat an event]: for outcomes that have densities.
    Nats,
}

/// How old evidence fades: half-lives \[day\], as measured on real purchase histories (day-part 50 to 90,
/// content about 120, amount about 90, gap about 45); all can be refitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HalfLives {
    /// Of the gap's evidence.
    pub gap: f32,
    /// Of the day-part's.
    pub daypart: f32,
    /// Of the content's.
    pub content: f32,
    /// Of the purchase's.
    pub purchase: f32,
    /// Of the amount's.
    pub amount: f32,
    /// Of the churn's.
    pub churn: f32,
}

impl Default for HalfLives {
    fn default() -> Self {
        Self { gap: 45.0, daypart: 60.0, content: 120.0, purchase: 90.0, amount: 90.0, churn: 180.0 }
    }
}

impl HalfLives {
    /// In the order of [`FacetKind::ALL`].
    #[must_use]
    pub const fn by_facet(&self) -> [f32; FACETS] {
        [self.gap, self.daypart, self.content, self.purchase, self.amount, self.churn]
    }
}
