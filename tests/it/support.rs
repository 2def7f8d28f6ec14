//! What the tests share: the command line, a small world, and a recorded history.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;
use tempfile::TempDir;

/// A world that is lived in a moment: 40 days of five new users a day and more.
pub const SMALL: &str = r#"// Does one more session in five pay for itself?
Scenario(
    schema: 1,
    name: "small",
    question: "Does one more session in five pay for itself?",
    seed: 7,
    currency: "USD",
    clock: Clock(start: "2026-03-01", timezone: "UTC", warmup_days: 60, baseline_days: 20, horizon_days: 20),
    sessions: Sessions(timeout_minutes: 30.0, dayparts: [0, 6, 10, 14, 17, 20]),
    world: World(
        population: PopulationLaw(
            segments: [
                SegmentLaw(id: "regular", share: 0.3, sessions_per_30d: 8.0, paid_prob: 0.6, amount: AmountLaw(mean: 20.0, sigma: 0.5)),
                SegmentLaw(id: "visitor", share: 0.7, sessions_per_30d: 2.0, paid_prob: 0.4, amount: AmountLaw(mean: 15.0, sigma: 0.5)),
            ],
            traits: Traits(
                rate_shape: 2.0, price_level_sigma: 0.3, content_strength: 20.0,
                daypart: DaypartTaste(weekday: [0.05, 0.15, 0.20, 0.15, 0.25, 0.20], strength: 10.0),
            ),
        ),
        acquisition: [
            Channel(id: "search", brings: Paid(spend_per_day: 60.0, cac: 20.0, cac_noise: 0.1)),
            Channel(id: "organic", brings: Organic(users_per_day: 2.0)),
        ],
        catalogue: [Content(id: "news", share: 0.6), Content(id: "offers", share: 0.4)],
        churn: Churn(windows: [30.0], loss: { "regular": [0.2, 0.1], "visitor": [0.6, 0.2] }),
        costs: Costs(processor_share: 0.03, processor_fixed: 0.30, payout_share: 0.40, per_session: 0.10),
        settlement: Settlement(refund: 0.02, dispute: 0.005, dispute_fee: 15.0),
    ),
    interventions: [
        Intervention(
            id: "reminders", day: 0, ramp_days: 3, eligible: SessionsAtLeast(3),
            effect: ScaleSessions(by: LogNormal(mean: 1.20, sigma: 0.05)), cost: Cost(per_user_day: 0.01),
        ),
        Intervention(
            id: "welcome", day: 0, eligible: Predicted(segment: "regular", p_at_least: 0.40),
            effect: Tailor(
                segment: "regular",
                hit: Multiples(sessions: Exactly(1.3), amount: Exactly(1.1)),
                miss: Multiples(sessions: Exactly(1.0), amount: Exactly(1.0)),
            ),
        ),
    ],
    experiment: Experiment(
        arms: [
            Arm(id: "control", interventions: []),
            Arm(id: "reminders", interventions: ["reminders"]),
            Arm(id: "both", interventions: ["reminders", "welcome"]),
        ],
        replications: 3,
    ),
    metrics: Metrics(primary: RevenuePerDay(window: (6, 20))),
)
"#;

/// A scenario's text with something else in place of a part that must be there once.
#[track_caller]
pub fn with(scenario: &str, part: &str, other: &str) -> String {
    assert_eq!(scenario.matches(part).count(), 1, "`{part}` must be there once");
    scenario.replace(part, other)
}

/// A scenario that replays one canonical file.
pub fn replay_of(history: &str) -> String {
    format!(
        r#"// Would we have known what these customers do next?
Scenario(
    schema: 1,
    name: "small_replay",
    question: "Would we have known what these customers do next?",
    seed: 11,
    currency: "USD",
    clock: Clock(timezone: "UTC"),
    sessions: Sessions(timeout_minutes: 30.0, dayparts: [0, 6, 12, 18]),
    recorded: Recorded(files: [File(path: "{history}")], max_rejected_share: 0.01),
    replay: Replay(split: OddAndEven),
)
"#
    )
}

/// The rows of a canonical CSV, without their header: some users have numbers for names, others have words.
pub fn rows(users: u64, sessions: u64) -> Vec<String> {
    // Numbers that look like chance (Knuth's MMIX generator): the tests' own, so that no draw of ours is needed.
    let mut state = 42u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut rows = Vec::new();
    for user in 0..users {
        let name = if user % 3 == 0 { format!("customer-{user}") } else { format!("{}", 1000 + user) };
        let (favourite, hour) = (draw(4), 6 + draw(14));
        let mut day = draw(30);
        for session in 0..sessions {
            let at = moment(day, (hour + draw(3)) % 24, draw(60), draw(60));
            let item = ["bread", "milk", "fruit", "other"][if draw(3) > 0 { favourite } else { draw(4) } as usize];
            let amount = 500 + 400 * favourite + draw(900);
            rows.push(format!("{at},{name},{},session_start,,", 10 * session));
            rows.push(format!("{at},{name},{},content,{item},", 10 * session + 1));
            if draw(5) > 0 {
                rows.push(format!("{at},{name},{},charge,,{amount}", 10 * session + 2));
            }
            day += 1 + draw(9);
        }
    }
    rows
}

/// A moment of 2025, from days since 1 January.
fn moment(day: u64, hour: u64, minute: u64, second: u64) -> String {
    let (mut month, mut day) = (1, day);
    for days in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    assert!(month <= 12, "the year is over");
    format!("2025-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

/// The rows as a canonical CSV file.
pub fn csv(rows: &[String]) -> String {
    format!("at,user,ordinal,kind,item,amount_minor\n{}\n", rows.join("\n"))
}

/// What a command said, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit code.
    pub code: i32,
}

impl Said {
    /// Standard output as the one JSON object that it must be.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self}"));
        assert!(value.is_object(), "{self}");
        value
    }

    /// The same, which must have ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }

    /// What was said on standard error, and the exit code.
    pub fn complaint(&self) -> String {
        format!("{}exit {}", self.err, self.code)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}exit {}", self.out, self.err, self.code)
    }
}

/// The folder of the package.
pub fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command line in a folder.
pub fn cwm_in(folder: &Path, arguments: &[&str]) -> Said {
    let done = Command::new(env!("CARGO_BIN_EXE_cwm")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { out: text(done.stdout), err: text(done.stderr), code: done.status.code().unwrap_or(-1) }
}

/// A folder of its own for a test, gone when it ends.
pub struct Desk(TempDir);

impl Desk {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With one file.
    pub fn with(name: &str, content: impl AsRef<[u8]>) -> Self {
        let desk = Self::new();
        desk.put(name, content);
        desk
    }

    /// Puts a file there.
    pub fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Where a file is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the command line there.
    pub fn cwm(&self, arguments: &[&str]) -> Said {
        cwm_in(self.0.path(), arguments)
    }
}

/// All files of a folder, by their path inside it.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                all.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

/// A shipped scenario that was carried out.
pub struct Carried {
    /// What it printed.
    pub said: Said,
    /// The folder it wrote.
    pub folder: PathBuf,
    _desk: TempDir,
}

/// Carries out a shipped scenario, a run with two worlds only.
pub fn carry_out(stem: &str, is_replay: bool) -> Carried {
    let desk = tempfile::tempdir().unwrap();
    let folder = desk.path().join("out");
    let scenario = format!("scenarios/{stem}.ron");
    let out = folder.to_str().unwrap();
    let mut arguments = vec![if is_replay { "replay" } else { "run" }, &scenario, "--out", out, "--format", "json"];
    if !is_replay {
        arguments.extend(["--replications", "2"]);
    }
    let said = cwm_in(package(), &arguments);
    Carried { said, folder, _desk: desk }
}

/// The replay of the shipped grocery histories, done once for all tests.
pub fn grocery() -> &'static Carried {
    static GROCERY: OnceLock<Carried> = OnceLock::new();
    GROCERY.get_or_init(|| carry_out("grocery_replay", true))
}

/// The replay of the shipped courses, done once for all tests.
pub fn courses() -> &'static Carried {
    static COURSES: OnceLock<Carried> = OnceLock::new();
    COURSES.get_or_init(|| carry_out("course_dropout", true))
}
