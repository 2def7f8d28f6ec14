//! The scenario: one RON file that says who comes, what they do, what the company tries, and how it is judged.

mod check;
mod experiment;
mod money;
mod people;
mod recorded;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use check::check;
pub use experiment::{Arm, Experiment, Goal, GoalMetric, Metrics, Primary};
pub use money::{Costs, Settlement};
pub use people::{Acquisition, Channel, Churn, Cliff, Content, Recommendations, Rhythm, Special, Spending, Survey};
pub use recorded::{Recorded, Replay, SplitRule};

use super::{account::Accounts, intervention::Intervention};
use crate::{
    base::{
        codec::{self, Fault},
        time::{Date, Zone},
        units::{Currency, NonNegative, Positive},
    },
    history::session::DaypartCuts,
    user::{facet::HalfLives, population::PopulationLaw},
};

/// The version of the scenario's form that this program reads.
pub const SCHEMA: u32 = 1;

/// Everything a run or a replay needs, but the recorded files themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of the form: 1.
    pub schema: u32,
    /// Names the output folder: letters, digits, `_` and `-`.
    pub name: String,
    /// The question it answers, in the words of who asks.
    pub question: String,
    /// Seed of all chance.
    pub seed: u64,
    /// Currency of all money.
    pub currency: Currency,
    /// When, and in which zone.
    pub clock: Clock,
    /// How events become sessions.
    pub sessions: Sessions,
    /// A synthetic population, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<World>,
    /// A synthetic world of accounts, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Accounts>,
    /// A recorded history, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Recorded>,
    /// How predictions on the recorded history are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// How users are modelled.
    #[serde(default)]
    pub self_model: SelfModelSettings,
    /// What the company may do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interventions: Vec<Intervention>,
    /// Which of it is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<Experiment>,
    /// How it is judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Where results go.
    #[serde(default)]
    pub outputs: Outputs,
}

/// Where results go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Outputs {
    /// The folder, from where the command runs; `outputs/<name>` if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// When: days are local, day 0 is the launch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Day of the launch; interventions count from here. A replay takes its days from the history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Date>,
    /// IANA name of the users' zone.
    pub timezone: Zone,
    /// Days lived before the launch, from nobody on, so that the population is settled.
    #[serde(default)]
    pub warmup_days: u32,
    /// Last days before the launch that count as the baseline.
    #[serde(default)]
    pub baseline_days: u32,
    /// Days lived after the launch.
    #[serde(default)]
    pub horizon_days: u32,
}

/// How events become sessions and days are cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Inactivity that ends a session \[minute\].
    pub timeout_minutes: Positive,
    /// Whether midnight on the users' clock ends a session too, in a recorded history.
    #[serde(default)]
    pub at_midnight: bool,
    /// First hours of the parts of a local day, at most six, from 0.
    pub dayparts: DaypartCuts,
    /// How late an event may arrive, after one that happened later, and still be folded into a stored set of
    /// self-models \[hour\].
    #[serde(default = "two_days")]
    pub late_hours: NonNegative,
}

fn two_days() -> NonNegative {
    NonNegative::new(48.0).unwrap_or_else(|_| unreachable!("48 is at least 0"))
}

/// A synthetic world: who comes, how often, for what, what it costs and when they leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    /// Hidden segments and traits.
    pub population: PopulationLaw,
    /// Channels that bring users.
    pub acquisition: Vec<Channel>,
    /// What there is to come for, at most 32 kinds.
    pub catalogue: Vec<Content>,
    /// How busy the days of a week are.
    #[serde(default)]
    pub rhythm: Rhythm,
    /// When users leave.
    pub churn: Churn,
    /// What sessions cost.
    #[serde(default)]
    pub costs: Costs,
    /// What happens to charges afterwards.
    #[serde(default)]
    pub settlement: Settlement,
    /// What users are asked when they come for the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<Survey>,
    /// Users who bring each other back; this couples them, and the world is then lived day by day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommendations: Option<Recommendations>,
}

/// How users are modelled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelfModelSettings {
    /// How old evidence fades \[day\].
    pub half_lives: HalfLives,
    /// Number of latent segments to fit from a history, 1 to 8; chosen by the data if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<usize>,
}

/// A scenario with the text and the place it was read from.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
    /// What it says.
    pub scenario: Scenario,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Its content is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Faults(Vec<Fault>),
}

impl ScenarioFile {
    /// Reads and checks a scenario.
    ///
    /// # Errors
    /// [`ScenarioError`] with file, line, column, what was expected and the nearest known name.
    pub fn read(path: &Path) -> Result<Self, ScenarioError> {
        // The folder of an imported history holds the scenario with which it is read.
        let path = if path.is_dir() { path.join("scenario.ron") } else { path.to_owned() };
        let source =
            std::fs::read_to_string(&path).map_err(|source| ScenarioError::Read { path: path.clone(), source })?;
        Self::parse(&path, source)
    }

    /// Checks a scenario's text as if it had been read from `path`.
    ///
    /// # Errors
    /// [`ScenarioError::Faults`].
    pub fn parse(path: &Path, source: String) -> Result<Self, ScenarioError> {
        let scenario: Scenario = codec::from_str(path, &source).map_err(|fault| ScenarioError::Faults(vec![fault]))?;
        let faults = check(&scenario, &path.display().to_string(), &source);
        if faults.is_empty() {
            Ok(Self { path: path.to_owned(), source, scenario })
        } else {
            Err(ScenarioError::Faults(faults))
        }
    }

    /// BLAKE3 hash of its text.
    #[must_use]
    pub fn hash(&self) -> String {
        blake3::hash(self.source.as_bytes()).to_hex().to_string()
    }

    /// The folder that relative paths in it start from.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }
}
