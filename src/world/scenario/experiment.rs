//! What is compared, over how many worlds, and by which measure.

use serde::{Deserialize, Serialize};

/// Arms over the same luck.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The first is the control.
    pub arms: Vec<Arm>,
    /// Independent worlds to live through; each arm meets the same luck in each.
    pub replications: u32,
}

impl Experiment {
    /// One world in which nothing is tried.
    #[must_use]
    pub fn control_alone() -> Self {
        Self { arms: vec![Arm { id: "control".to_owned(), interventions: Vec::new() }], replications: 1 }
    }
}

/// A set of interventions that run together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Its name.
    pub id: String,
    /// Ids of its interventions; none for the control.
    pub interventions: Vec<String>,
}

/// How arms are judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// What decides.
    pub primary: Primary,
    /// What must be reached, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Primary {
    /// Money charged a day, on average over a window after the launch.
    RevenuePerDay {
        /// First and last day, counted from the launch as day 1.
        window: (u32, u32),
    },
}

impl Primary {
    /// First and last day after the launch, from 1.
    #[must_use]
    pub const fn window(&self) -> (u32, u32) {
        match self {
            Self::RevenuePerDay { window } => *window,
        }
    }
}

/// What must be reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Uplift of the primary metric against the control, as a share: 0.6 for 60%.
    pub uplift: f64,
}
