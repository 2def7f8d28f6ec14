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
    /// Whether each arm that targets a predicted segment gets a twin that knows every user's segment.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub perfect_targeting: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_yes(value: &bool) -> bool {
    *value
}

impl Experiment {
    /// One world in which nothing is tried.
    #[must_use]
    pub fn control_alone() -> Self {
        let control = Arm { id: "control".to_owned(), interventions: Vec::new() };
        Self { arms: vec![control], replications: 1, perfect_targeting: true }
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Of what; revenue if not given.
    #[serde(default)]
    pub metric: GoalMetric,
    /// Uplift against the control, as a share: 0.6 for 60%.
    pub uplift: f64,
    /// The day after the launch, from 1, with which the days that count end, as many as the primary window has; the primary
    /// window itself if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_day: Option<u32>,
    /// The intervention whose effect is asked for, the others being as they are; each in turn if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solve_for: Option<String>,
}

/// What a goal is set for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum GoalMetric {
    /// Money charged a day.
    #[default]
    Revenue,
    /// What is left of it a day after all costs.
    Profit,
    /// Sessions a day.
    Sessions,
}
