//! How many instructions does an observation cost? The engine's own functions, counted by valgrind.
//!
//! `instructions [BASELINE.json [--write]]` runs itself under callgrind once for each mode, prints instructions an
//! observation, and fails if one is worse than the baseline's by more than its share; `--write` makes them the baseline.
//! `instructions MODE` lives that mode and prints how many observations it had.

use std::{error::Error, path::Path, process::Command};

use cwm::study::bench::{BenchReport, Machine, Mode, Run, Shares, count, gate};

const USERS: u32 = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(mode) = Mode::ALL.into_iter().find(|mode| arguments.first().is_some_and(|name| name == mode.name())) {
        println!("{}", count(USERS, mode)?);
        return Ok(());
    }
    let runs = Mode::ALL.into_iter().map(counted).collect::<Result<Vec<Run>, _>>()?;
    let now = BenchReport { runs, machine: Machine { cores: 1, peak_rss_bytes: None } };
    match (arguments.first(), arguments.get(1).is_some_and(|flag| flag == "--write")) {
        (Some(path), true) => write(Path::new(path), &now),
        (Some(path), false) => judge(Path::new(path), &now),
        (None, _) => Ok(()),
    }
}

/// Runs this program under callgrind, counting only what the engine does.
fn counted(mode: Mode) -> Result<Run, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*bench::work::counted*"])
        .arg(std::env::current_exe()?)
        .arg(mode.name())
        .output()?;
    let (stdout, stderr) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    let events: u64 = stdout.trim().parse()?;
    let collected =
        stderr.lines().find_map(|line| line.split_once("Collected :")).ok_or("callgrind counted nothing")?;
    let instructions: f64 = collected.1.trim().parse()?;
    let each = instructions / events as f64;
    println!("{:10} {each:7.1} instructions an observation, births included", mode.name());
    Ok(Run::counted(USERS, mode, events, each))
}

fn read(path: &Path) -> Result<BenchReport, Box<dyn Error>> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

fn judge(path: &Path, now: &BenchReport) -> Result<(), Box<dyn Error>> {
    let worse = gate(now, &read(path)?, Shares::default());
    for found in &worse {
        println!("{}: {} was {:.1}, is {:.1}", found.mode.name(), found.figure, found.before, found.now);
    }
    if worse.is_empty() { Ok(()) } else { Err("more instructions than the baseline allows".into()) }
}

/// Replaces the counted runs of a baseline and leaves the others.
fn write(path: &Path, now: &BenchReport) -> Result<(), Box<dyn Error>> {
    let mut baseline = if path.exists() { read(path)? } else { now.clone() };
    baseline.runs.retain(|run| run.users != USERS);
    baseline.runs.extend(&now.runs);
    std::fs::write(path, serde_json::to_string_pretty(&baseline)? + "\n")?;
    Ok(())
}
