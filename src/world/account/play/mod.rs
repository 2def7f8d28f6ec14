//! Plays: what a customer success team does with accounts. They are chosen by what is believed, never by what is true.

pub mod eligibility;

use serde::{Deserialize, Serialize};

pub use eligibility::Eligible;

use crate::base::units::{NonNegative, Positive, Probability};

/// Most plays of a scenario.
pub const PLAYS: usize = 8;

/// Something that is done with accounts that are chosen for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Play {
    /// Its name.
    pub id: String,
    /// The day after the launch from which on it is done; 0 is the launch.
    #[serde(default)]
    pub day: u32,
    /// How long the team takes to get up to full capacity \[day\].
    #[serde(default)]
    pub ramp_days: u32,
    /// Which accounts it is for: all of these hold.
    pub eligible: Vec<Eligible>,
    /// Who comes first where there is not room for all.
    #[serde(default)]
    pub targeting: Targeting,
    /// What it does with who goes along.
    pub effect: PlayEffect,
    /// Share of the accounts that go along when asked.
    #[serde(default = "all")]
    pub uptake: Probability,
    /// What it costs.
    #[serde(default)]
    pub cost: PlayCost,
    /// How many accounts the team takes up \[a month\]; any number if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts_per_month: Option<Positive>,
}

fn all() -> Probability {
    Probability::new(1.0).unwrap_or_else(|_| unreachable!("1 is a probability"))
}

/// Who comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Targeting {
    /// Who became eligible first.
    #[default]
    InTurn,
    /// Whoever is believed most likely to leave.
    ByRisk,
    /// Where most recurring revenue is expected to be saved: revenue × p(1 − p) × the effect on the log-odds, which
    /// is the derivative of revenue kept by them (Ascarza 2018, *Retention futility*, J. Marketing Research 55: target
    /// who can be moved, not who is at risk).
    ByUplift,
}

/// What a play does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum PlayEffect {
    /// Modules are set up more often, for a time.
    ScaleAdoption {
        /// How much more often.
        by: Positive,
        /// For how long \[day\].
        days: u32,
    },
    /// The log-odds of the next renewal rise.
    AddLogOdds(f64),
    /// Products on top are bought more often, for a time, by who is ready.
    SalesContact {
        /// How much more often.
        by: Positive,
        /// For how long \[day\].
        days: u32,
    },
}

/// What a play costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlayCost {
    /// For each account that is taken up \[major units\].
    pub per_account: NonNegative,
    /// Hours of a customer success manager for each \[hour\].
    pub hours: NonNegative,
}

impl Default for PlayCost {
    fn default() -> Self {
        let nothing = NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"));
        Self { per_account: nothing, hours: nothing }
    }
}
