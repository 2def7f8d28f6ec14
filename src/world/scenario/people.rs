//! Who comes, for what, how often, and when they leave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    base::{
        time::Date,
        units::{Days, NonNegative, Positive, Probability},
    },
    history::stated::Question,
    world::uncertain::Uncertain,
};

/// A channel that brings users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Its name.
    pub id: String,
    /// How many it brings.
    pub brings: Acquisition,
    /// Share of each hidden segment among those it brings; the population's shares if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_mix: Option<BTreeMap<String, Probability>>,
    /// How many it brings on each day of the week, Monday first, relative to the mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<[NonNegative; 7]>,
}

/// How many users a channel brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Acquisition {
    /// Bought: spend over cost, on average.
    Paid {
        /// Spend [major units a day].
        spend_per_day: NonNegative,
        /// Cost of one new user [major units].
        cac: Positive,
        /// Standard deviation of the logarithm of a day's cost.
        #[serde(default = "nothing")]
        cac_noise: NonNegative,
    },
    /// Free.
    Organic {
        /// Users a day, on average.
        users_per_day: NonNegative,
    },
}

fn nothing() -> NonNegative {
    NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"))
}

impl Channel {
    /// Users it brings on an average day.
    #[must_use]
    pub fn users_per_day(&self) -> f64 {
        match &self.brings {
            Acquisition::Paid { spend_per_day, cac, .. } => spend_per_day.value() / cac.value(),
            Acquisition::Organic { users_per_day } => users_per_day.value(),
        }
    }

    /// What it costs a day [major units].
    #[must_use]
    pub fn spend_per_day(&self) -> f64 {
        match &self.brings {
            Acquisition::Paid { spend_per_day, .. } => spend_per_day.value(),
            Acquisition::Organic { .. } => 0.0,
        }
    }

    /// Standard deviation of the logarithm of a day's yield.
    #[must_use]
    pub fn noise(&self) -> f64 {
        match &self.brings {
            Acquisition::Paid { cac_noise, .. } => cac_noise.value(),
            Acquisition::Organic { .. } => 0.0,
        }
    }
}

/// One kind of content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Its name.
    pub id: String,
    /// How often it is met, relative to the others.
    pub share: NonNegative,
}

/// How busy days are, for everybody alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Sessions on each day, Monday first, relative to the mean.
    pub weekday: [Positive; 7],
    /// Sessions on days 1–7, 8–14, 15–21 and the later ones of a month, relative to the mean.
    #[serde(skip_serializing_if = "is_flat")]
    pub month: [Positive; 4],
    /// Days on which more or less happens than usual: holidays, campaigns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calendar: Vec<Special>,
    /// Sessions from the launch on, relative to what users did before.
    #[serde(skip_serializing_if = "is_one")]
    pub level: Positive,
    /// How far the level wanders in a week: standard deviation of its logarithm.
    #[serde(skip_serializing_if = "is_nothing")]
    pub week_sd: NonNegative,
    /// Share of the level's logarithm that is left a week later; 1 if it never comes back to the usual.
    #[serde(skip_serializing_if = "is_certain")]
    pub week_keep: Probability,
    /// How far a single day is off: standard deviation of its logarithm.
    #[serde(skip_serializing_if = "is_nothing")]
    pub day_sd: NonNegative,
    /// How much is paid on each day.
    #[serde(skip_serializing_if = "Spending::is_even")]
    pub spending: Spending,
}

/// How large what is paid is on each day, for everybody alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Spending {
    /// Amounts on each day, Monday first, relative to what users pay on average.
    pub weekday: [Positive; 7],
    /// Amounts on days 1–7, 8–14, 15–21 and the later ones of a month, likewise.
    #[serde(skip_serializing_if = "is_flat")]
    pub month: [Positive; 4],
    /// Amounts from the launch on, relative to what users paid before.
    #[serde(skip_serializing_if = "is_one")]
    pub level: Positive,
    /// How far the level wanders in a week: standard deviation of its logarithm.
    #[serde(skip_serializing_if = "is_nothing")]
    pub week_sd: NonNegative,
    /// Share of the level's logarithm that is left a week later; 1 if it never comes back to the usual.
    #[serde(skip_serializing_if = "is_certain")]
    pub week_keep: Probability,
    /// How far a single day is off: standard deviation of its logarithm.
    #[serde(skip_serializing_if = "is_nothing")]
    pub day_sd: NonNegative,
}

/// A holiday or a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Special {
    /// Its name.
    pub name: String,
    /// Its first local day.
    pub from: Date,
    /// How many days it lasts.
    #[serde(default = "one_day")]
    pub days: u32,
    /// Sessions on these days, relative to the same days without it.
    pub times: Positive,
}

const fn one_day() -> u32 {
    1
}

fn one() -> Positive {
    Positive::new(1.0).unwrap_or_else(|_| unreachable!("1 is above 0"))
}

fn is_one(value: &Positive) -> bool {
    *value == one()
}

fn is_flat(month: &[Positive; 4]) -> bool {
    month.iter().all(is_one)
}

fn certain() -> Probability {
    Probability::new(1.0).unwrap_or_else(|_| unreachable!("1 is a probability"))
}

fn is_certain(value: &Probability) -> bool {
    *value == certain()
}

fn is_nothing(value: &NonNegative) -> bool {
    value.value() == 0.0
}

impl Special {
    /// Whether a local day is one of its days.
    #[must_use]
    pub fn holds(&self, day: i64) -> bool {
        (0..i64::from(self.days)).contains(&(day - self.from.number()))
    }
}

impl Rhythm {
    /// Whether every week is like every other.
    #[must_use]
    pub fn is_even(&self) -> bool {
        let steady = is_one(&self.level) && is_nothing(&self.week_sd) && is_nothing(&self.day_sd);
        steady && self.calendar.is_empty() && is_flat(&self.month)
    }
}

impl Default for Rhythm {
    fn default() -> Self {
        let (weekday, calendar, spending) = ([one(); 7], Vec::new(), Spending::default());
        Self {
            weekday,
            month: [one(); 4],
            calendar,
            level: one(),
            week_sd: nothing(),
            week_keep: certain(),
            day_sd: nothing(),
            spending,
        }
    }
}

impl Spending {
    /// Whether every day is like every other.
    #[must_use]
    pub fn is_even(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Spending {
    fn default() -> Self {
        Self {
            weekday: [one(); 7],
            month: [one(); 4],
            level: one(),
            week_sd: nothing(),
            week_keep: certain(),
            day_sd: nothing(),
        }
    }
}

/// When users leave: the share lost inside each window of tenure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Churn {
    /// Ends of the windows [day of tenure], ascending; after the last the loss is per 30 days.
    pub windows: Vec<Days>,
    /// By segment: share lost inside each window, and last per 30 days after them.
    pub loss: BTreeMap<String, Vec<Probability>>,
    /// The window that stands out, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cliff: Option<Cliff>,
}

/// A window of tenure in which a defect makes users leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cliff {
    /// Index of the window, from 0. Its hazard above that of the time after the last window is the defect's.
    pub window: usize,
    /// Name of the defect; an intervention fixes it by this name.
    pub cause: String,
    /// Share of the excess hazard that a fix removes.
    pub share_fixable: Uncertain,
}

/// Users who bring each other back.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendations {
    /// Probability that a paying session makes the user write to a friend who is a user already.
    pub per_paid_session: Probability,
    /// Probability that the friend comes the next day because of it.
    pub answered: Probability,
}

/// What users are asked when they come for the first time, and how far their answers can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// What they are asked for.
    pub asks: Vec<Question>,
    /// Probability that a user answers a question.
    #[serde(default = "always")]
    pub answered: Probability,
    /// Probability that an answer is a guess, anything there is.
    pub noise: Probability,
    /// How much more often an answer is given than it is true, by answer: a kind of content, or the first hour of a
    /// part of the day. 1 if not given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bias: BTreeMap<String, Positive>,
}

fn always() -> Probability {
    Probability::new(1.0).unwrap_or_else(|_| unreachable!("1 is a probability"))
}
