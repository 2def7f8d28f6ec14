//! `cwm bench`: the engine against a plain loop that does the same arithmetic, in the same run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, Format, progress};
use crate::{
    show::{
        number::count,
        table::{Cell, Column, Table},
    },
    study::bench::{
        self, BenchReport, Settings,
        gate::{Shares, gate},
    },
};

/// Measures the engine.
#[derive(Args, Debug)]
pub(super) struct Bench {
    /// Numbers of users.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    users: Vec<u32>,
    /// Threads for the engine; the plain loop always has one. All cores if not given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Rounds; each figure is the median of them.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: Option<u16>,
    /// An earlier report to hold this one against: exit code 1 if the ratio to the plain loop got worse.
    #[arg(long, value_name = "BASELINE.json")]
    gate: Option<PathBuf>,
    /// Share by which the ratio may be worse than the baseline's.
    #[arg(long, default_value_t = 0.25)]
    gate_share: f64,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print no progress.
    #[arg(long)]
    quiet: bool,
}

impl Bench {
    pub fn execute(&self) -> Result<(), Failure> {
        // The baseline is read first: a missing one must not cost the whole bench.
        let baseline = self.gate.as_deref().map(read).transpose()?;
        let bar = progress::bar(self.quiet, "measuring");
        let report = bench::bench(&self.settings(), &mut |done, all| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        })?;
        bar.finish_and_clear();
        match self.format {
            Format::Json => say!("{}", serde_json::to_string(&report).map_err(json)?),
            Format::Text => say!("{}", table(&report)?.to_text()),
        }
        baseline.map_or(Ok(()), |baseline| self.hold(&report, &baseline))
    }

    fn settings(&self) -> Settings {
        let usual = Settings::default();
        Settings {
            users: self.users.clone(),
            threads: self.threads.map_or(usual.threads, usize::from),
            rounds: self.rounds.map_or(usual.rounds, usize::from),
            ..usual
        }
    }

    fn hold(&self, report: &BenchReport, baseline: &BenchReport) -> Result<(), Failure> {
        let shares = Shares { ratio: self.gate_share, ..Shares::default() };
        let worse: Vec<String> = gate(report, baseline, shares).iter().map(ToString::to_string).collect();
        if worse.is_empty() { Ok(()) } else { Err(Failure::gate(worse.join("\n"))) }
    }
}

fn read(path: &Path) -> Result<BenchReport, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|why| Failure::write(format!("cannot read {name}"), why))?;
    serde_json::from_str(&text).map_err(|why| Failure::input(format!("{name} is no report of a bench: {why}")))
}

fn json(error: serde_json::Error) -> Failure {
    Failure::write("cannot write the result as JSON", error)
}

fn table(report: &BenchReport) -> Result<Table, Failure> {
    let titles = ["users", "mode", "threads", "events", "ns/event", "plain loop", "ratio", "bytes/user", "events/s"];
    let title = "CPU time of the engine beside a plain loop with the same arithmetic";
    let mut table = Table::new("bench", title, titles.into_iter().map(Column::text).collect());
    for run in &report.runs {
        let row = [
            count(run.users.into()),
            run.mode.to_string(),
            run.threads.to_string(),
            count(run.events as i64),
            format!("{:.0}", run.ns_per_event),
            format!("{:.0}", run.floor_ns_per_event),
            format!("{:.2}", run.ratio),
            format!("{:.0}", run.bytes_per_user),
            count(run.events_per_s as i64),
        ];
        table.push(row.into_iter().map(Cell::from).collect()).map_err(crate::show::run_report::ReportError::from)?;
    }
    Ok(table)
}
