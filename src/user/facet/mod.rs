//! The facets of behaviour, one file each: how it is generated, predicted, learned and fitted.
//!
//! | facet | question | outcome | law |
//! |---|---|---|---|
//! | [`gap`] | when do they come next? | days since the last session | binned, or exponential |
//! | [`visit`] | do they come in a week? | yes or no | Beta–Bernoulli and a hidden state of engagement |
//! | [`daypart`] | at what time of day? | one of six parts, weekday or weekend | Dirichlet–multinomial |
//! | [`content`] | for what? | one of up to 32 kinds | Dirichlet–multinomial |
//! | [`offer`] | do they take an offer? | yes or no | Beta–Bernoulli |
//! | [`purchase`] | do they pay? | yes or no | Beta–Bernoulli |
//! | [`amount`] | how much? | money | normal–inverse-gamma in the logarithm, and binned |
//! | [`channel`] | by what way are they reached? | a message is opened or not | Beta–Bernoulli with fatigue |
//! | [`style`] | in what tone do they answer? | an opened message is answered or not | Beta–Bernoulli |
//! | [`feature`] | which features do they use? | used in a session or not | knowledge tracing |
//! | [`support`] | how badly do they need help? | one of three severities | Dirichlet–multinomial |
//! | [`review`] | what do they think? | a score | normal–inverse-gamma |
//! | [`renewal`] | do they renew? | yes or no at a term's end | beta–discrete-Weibull |
//! | [`churn`] | do they leave? | yes or no in the coming period | hazard by tenure |
//!
//! A belief is what the events say, nothing else: decayed sufficient statistics. Priors are added when it is
//! read, so that they can be refitted without replaying anything. (Hidden states, of engagement and of features, are
//! filtered forward and so hold the priors that they were filtered with.)

pub mod amount;
pub mod binned;
pub mod chance;
pub mod channel;
pub mod choice;
pub mod churn;
pub mod content;
pub mod counts;
pub mod daypart;
pub mod density;
pub mod feature;
pub mod gap;
pub mod hidden;
pub mod level;
pub mod offer;
pub mod purchase;
pub mod renewal;
pub mod review;
pub mod style;
pub mod support;
pub mod visit;

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
    /// Whether the user comes in a week.
    Visit => "visit", Skill;
    /// Part of the local day.
    Daypart => "daypart", Skill;
    /// Kind of content.
    Content => "content", Skill;
    /// Whether an offer is taken.
    Offer => "offer", Skill;
    /// Whether a session pays.
    Purchase => "purchase", Skill;
    /// How much a paying session pays.
    Amount => "amount", Nats;
    /// Whether a message is opened.
    Channel => "channel", Skill;
    /// Whether an opened message is answered.
    Style => "style", Skill;
    /// Whether a session uses a feature.
    Feature => "feature", Skill;
    /// Severity of a ticket.
    Support => "support", Skill;
    /// Score of a review.
    Review => "review", Nats;
    /// Whether a term is renewed.
    Renewal => "renewal", Skill;
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
/// content about 120, offers about 140, amount about 90, gap about 45, visits 56 to 91); all can be refitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HalfLives {
    /// Of the gap's evidence.
    pub gap: f32,
    /// Of the visits'.
    pub visit: f32,
    /// Of the day-part's.
    pub daypart: f32,
    /// Of the content's.
    pub content: f32,
    /// Of the offers'.
    pub offer: f32,
    /// Of the purchase's.
    pub purchase: f32,
    /// Of the amount's.
    pub amount: f32,
    /// Of the message channel's.
    pub channel: f32,
    /// Of the message style's.
    pub style: f32,
    /// Of the tickets'.
    pub support: f32,
    /// Of the reviews'.
    pub review: f32,
    /// Of the churn's.
    pub churn: f32,
}

impl Default for HalfLives {
    fn default() -> Self {
        Self {
            gap: 45.0,
            visit: 70.0,
            daypart: 60.0,
            content: 120.0,
            offer: 140.0,
            purchase: 90.0,
            amount: 90.0,
            channel: 60.0,
            style: 90.0,
            support: 180.0,
            review: 365.0,
            churn: 180.0,
        }
    }
}

impl HalfLives {
    /// In the order of [`FacetKind::ALL`]; without end where nothing fades: adoption forgets by its own law, and the
    /// number of renewals is a fact.
    #[must_use]
    pub const fn by_facet(&self) -> [f32; FACETS] {
        let never = f32::INFINITY;
        [
            self.gap,
            self.visit,
            self.daypart,
            self.content,
            self.offer,
            self.purchase,
            self.amount,
            self.channel,
            self.style,
            never,
            self.support,
            self.review,
            never,
            self.churn,
        ]
    }
}
