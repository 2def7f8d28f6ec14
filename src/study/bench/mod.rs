//! What does the engine cost? Events a second, bytes a user, and the ratio to a plain loop doing the same arithmetic.
//!
//! The floor is one thread, one vector of users and one page of books: no actors, no cohorts, nothing to merge. It runs in
//! the same process, its rounds between those of the engine, and both are measured in CPU time of all threads, so that
//! a busy machine moves the ratio little; the ratio is the median over rounds.

pub mod accounts;
pub mod gate;
pub mod machine;
mod report;
pub mod work;

use std::time::Instant;

use cpu_time::ProcessTime;

pub use self::{
    gate::{Regression, Shares, gate},
    report::{BenchReport, Machine, Mode, Run},
    work::Workload,
};
use self::{machine::Memory, work::Lived};
use crate::world::engine::EngineError;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Sizes of the population, in the order in which they are measured.
    pub users: Vec<u32>,
    /// How users are lived.
    pub modes: Vec<Mode>,
    /// Threads of the engine; the floor has one.
    pub threads: usize,
    /// Rounds of engine and floor for each run, at least 1.
    pub rounds: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { users: vec![10_000, 100_000, 1_000_000], modes: Mode::ALL.to_vec(), threads, rounds: 3 }
    }
}

/// Measures the engine; `progress` hears of runs done and runs in all.
///
/// # Errors
/// [`EngineError`] if the engine's parts do not add up, or its results differ from the floor's.
pub fn bench(settings: &Settings, progress: &mut dyn FnMut(usize, usize)) -> Result<BenchReport, EngineError> {
    let workload = Workload::built_in()?;
    let all = settings.users.len() * settings.modes.len();
    let mut runs = Vec::with_capacity(all);
    for &users in &settings.users {
        for &mode in &settings.modes {
            runs.push(run(&workload, users, mode, settings)?);
            progress(runs.len(), all);
        }
    }
    let machine = Machine { cores: machine::cores(), peak_rss_bytes: Memory::now().map(|memory| memory.peak) };
    Ok(BenchReport { runs, machine })
}

/// One population lived in one mode: rounds of the engine and of the floor in turn.
fn run(workload: &Workload, users: u32, mode: Mode, settings: &Settings) -> Result<Run, EngineError> {
    let before = Memory::now();
    let task = workload.task(users, mode)?;
    let mut rounds = Vec::with_capacity(settings.rounds.max(1));
    for _ in 0..settings.rounds.max(1) {
        let (engine, measured) = measured(|| task.engine(settings.threads, before))?;
        let (floor, plain) = self::measured(|| Ok(task.floor()))?;
        if engine.events != floor.events || engine.gross != floor.gross {
            return Err(EngineError::Differs { engine: engine.events, floor: floor.events });
        }
        rounds.push(Round { engine, engine_time: measured, floor_time: plain });
    }
    Ok(summary(users, mode, settings.threads, &rounds))
}

/// One round.
struct Round {
    engine: Lived,
    engine_time: Spent,
    floor_time: Spent,
}

/// Time spent \[s\].
#[derive(Clone, Copy)]
struct Spent {
    cpu: f64,
    wall: f64,
}

#[expect(clippy::disallowed_methods, reason = "time is what is measured here")]
fn measured<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<(T, Spent), EngineError> {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    let done = work()?;
    Ok((done, Spent { cpu: cpu.elapsed().as_secs_f64(), wall: wall.elapsed().as_secs_f64() }))
}

fn summary(users: u32, mode: Mode, threads: usize, rounds: &[Round]) -> Run {
    let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let events = rounds.first().map_or(0, |round| round.engine.events);
    let each = 1e9 / (events as f64).max(1.0);
    let held = |round: &Round| round.engine.bytes as f64;
    let grown = rounds.first().and_then(|round| round.engine.rss_growth);
    let (counted, grown) = (of(held) / f64::from(users), grown.map(|bytes| bytes as f64 / f64::from(users)));
    let resident = grown.filter(|_| users >= MEASURABLE);
    Run {
        users,
        mode,
        threads,
        events,
        ns_per_event: of(|r| r.engine_time.cpu) * each,
        floor_ns_per_event: of(|r| r.floor_time.cpu) * each,
        ratio: of(|r| r.engine_time.cpu / r.floor_time.cpu),
        bytes_per_user: resident.map_or(counted, |resident| resident.max(counted)),
        counted_bytes_per_user: counted,
        rss_bytes_per_user: grown,
        wall_ns_per_event: of(|r| r.engine_time.wall) * each,
        events_per_s: events as f64 / of(|r| r.engine_time.wall),
        cores_busy: of(|r| r.engine_time.cpu / r.engine_time.wall),
        instructions_per_event: None,
    }
}

/// Users from which the growth of a process's memory says more about them than about the rest.
const MEASURABLE: u32 = 100_000;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => 0.5 * (values[middle - 1] + values[middle]),
    }
}

/// Lives a population by the engine's plain functions and returns its observations: for counting instructions, which are
/// those of [`work::counted`]; see `benches/instructions.sh`.
///
/// # Errors
/// As [`bench()`].
pub fn count(users: u32, mode: Mode) -> Result<u64, EngineError> {
    work::counted(&Workload::built_in()?.task(users, mode)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_agrees_with_its_floor_and_is_within_its_memory() {
        let settings = Settings { users: vec![3_000], modes: Mode::ALL.to_vec(), threads: 2, rounds: 1 };
        let report = bench(&settings, &mut |_, _| {}).unwrap();
        assert_eq!(report.runs.len(), 3);
        for run in &report.runs {
            assert!(run.events > 9_000 && run.ratio > 0.0, "{run:?}");
        }
        let lived = report.runs.iter().filter(|run| run.mode != Mode::Replay);
        lived.for_each(|run| assert!(run.bytes_per_user <= 640.0, "{run:?}"));
    }
}
