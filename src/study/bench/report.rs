//! What a benchmark reports.

use serde::{Deserialize, Serialize};

/// All runs, and the machine they ran on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// One for each size and mode.
    pub runs: Vec<Run>,
    /// Where.
    pub machine: Machine,
}

/// The machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Cores that the process may use.
    pub cores: usize,
    /// Most memory that the process has held \[byte\]; none where the system does not say.
    pub peak_rss_bytes: Option<u64>,
}

/// How users are lived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Each straight through.
    Uncoupled,
    /// Day by day, so that they could hear each other.
    Daily,
    /// From recorded streams.
    Replay,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Uncoupled, Self::Daily, Self::Replay];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uncoupled => "uncoupled",
            Self::Daily => "daily",
            Self::Replay => "replay",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Uncoupled => "uncoupled",
            Self::Daily => "daily",
            Self::Replay => "replay",
        })
    }
}

/// One population lived in one mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Users.
    pub users: u32,
    /// How they were lived.
    pub mode: Mode,
    /// Threads of the engine.
    pub threads: usize,
    /// Observations predicted, scored and learned.
    pub events: u64,
    /// CPU time of all threads [ns an event], births included.
    pub ns_per_event: f64,
    /// CPU time of the plain loop [ns an event].
    pub floor_ns_per_event: f64,
    /// The engine's over the plain loop's: median over rounds.
    pub ratio: f64,
    /// Memory while all users are held [byte a user]: counted, or resident where that is more and can be measured.
    pub bytes_per_user: f64,
    /// Memory by the sizes of all that is held [byte a user].
    pub counted_bytes_per_user: f64,
    /// Growth of the resident memory by the time all users were held [byte a user]; none where the system does not say.
    pub rss_bytes_per_user: Option<f64>,
    /// Time by the clock [ns an event].
    pub wall_ns_per_event: f64,
    /// Observations a second, by the clock.
    pub events_per_s: f64,
    /// CPU time over time by the clock.
    pub cores_busy: f64,
    /// Instructions an event, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions_per_event: Option<f64>,
}

impl Run {
    /// A run of which only the instructions were counted; all that was not measured is 0.
    #[must_use]
    pub const fn counted(users: u32, mode: Mode, events: u64, instructions_per_event: f64) -> Self {
        Self {
            users,
            mode,
            threads: 1,
            events,
            ns_per_event: 0.0,
            floor_ns_per_event: 0.0,
            ratio: 0.0,
            bytes_per_user: 0.0,
            counted_bytes_per_user: 0.0,
            rss_bytes_per_user: None,
            wall_ns_per_event: 0.0,
            events_per_s: 0.0,
            cores_busy: 0.0,
            instructions_per_event: Some(instructions_per_event),
        }
    }
}
