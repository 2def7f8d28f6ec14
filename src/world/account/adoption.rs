//! How modules come into use and fall out of it, and how much members do with them.
//!
//! An account's champion sets a module up; its members take it up one by one, the more of their colleagues use it the
//! sooner; and what nobody cares for any more is dropped. Hazards are discrete, by week (Rogers 2003, *Diffusion of
//! Innovations*, for the shape: innovators first, then imitation).

use serde::{Deserialize, Serialize};

use crate::base::units::{NonNegative, Positive, Probability};

/// A part of the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    /// Its name.
    pub id: String,
    /// Whether every account has it from the first day on and never drops it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub core: bool,
    /// Modules that must be set up before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// Probability that a session of who has taken it up touches it.
    #[serde(default = "third")]
    pub share_of_sessions: Probability,
}

fn third() -> Probability {
    Probability::new(0.35).unwrap_or_else(|_| unreachable!("it is from 0 to 1"))
}

/// How modules come into use and fall out of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adoption {
    /// Hazard of a module being set up at an account of mean drive \[a week\].
    pub set_up: NonNegative,
    /// Hazard of a module being dropped \[a week\].
    pub drop: NonNegative,
    /// Spread of the accounts' drive: standard deviation of its logarithm.
    pub drive_sigma: NonNegative,
    /// Hazard of a member taking up what is set up, whatever colleagues do \[a week\].
    pub take_up: NonNegative,
    /// What is added to it where all colleagues use the module \[a week\].
    pub peers: NonNegative,
}

/// How much members do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    /// Spread of members' pace within an account: standard deviation of its logarithm.
    pub member_sigma: NonNegative,
    /// Spread of the pace between accounts, likewise; it goes with the account's drive.
    pub account_sigma: NonNegative,
    /// How much more a member does for each module beyond the typical number, as a share.
    pub per_module: NonNegative,
    /// The number of modules, taken up by the member, at which the roles' paces hold.
    pub typical_modules: NonNegative,
    /// By how much use fades where nobody sponsors the product \[share a week\].
    pub unsponsored_decay: Probability,
}

/// What members say, and who sponsors the product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voices {
    /// Shares of tickets by severity, from minor to down; they add up to 1.
    pub severities: [Probability; 3],
    /// Months between the surveys that ask whether a member would recommend the product.
    pub survey_every_months: Positive,
    /// Share of surveys that are answered.
    pub survey_response: Probability,
    /// Changes of sponsor \[a year\].
    pub sponsor_changes_per_year: NonNegative,
    /// How long an account is without a sponsor then \[day\].
    pub vacancy_days: u32,
}
