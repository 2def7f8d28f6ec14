//! The command line: one file a command.
//!
//! Exit codes: 0 done; 1 done, but a gate that was asked for failed; 2 wrong usage; 3 bad input; 4 could not read
//! or write. Results go to standard output, everything else to standard error.

/// `println!` that fails instead of panicking.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::say(format_args!($($words)*))? };
}

mod accounts;
mod backtest;
mod bench;
mod brief;
mod check;
mod erase;
mod events;
mod experiment;
mod experiment_analyse;
mod experiment_plan;
mod explain;
mod failure;
mod fit;
mod fit_check;
mod forecast;
mod import;
mod import_accounts;
mod import_folder;
mod insight;
mod new;
mod past_change;
mod progress;
mod replay;
mod report;
mod run;
mod run_accounts;
mod update;
mod why;

use std::{
    ffi::OsString,
    io::{ErrorKind, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use failure::Failure;

use crate::world::scenario::Scenario;

/// The customer world model engine: a self-model per user, replayed, simulated, experimented on and explained.
#[derive(Debug, Parser)]
#[command(name = "cwm", version, about, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes a commented scenario that runs.
    #[command(after_help = "Example: cwm new my_app.ron && cwm run my_app.ron")]
    New(new::New),
    /// Checks a scenario, and the history it names, without running it.
    #[command(after_help = "Example: cwm check scenarios/b2c_readings.ron")]
    Check(check::Check),
    /// Simulates a scenario's arms and projects what each would earn.
    #[command(after_help = "Example: cwm run scenarios/b2c_readings.ron")]
    Run(run::Run),
    /// Turns exports of Segment, Stripe, Meta and others into one history, per person.
    #[command(
        after_help = "Example: cwm import --segment events.jsonl --stripe payments.csv --meta ads.csv -o history/\n         cwm replay history/"
    )]
    Import(Box<import::Import>),
    /// Takes a person out of an imported history, for good.
    #[command(after_help = "Example: cwm erase history/ --user someone@example.com")]
    Erase(erase::Erase),
    /// Replays a recorded history and shows whether the predictions would have been right; with --as-of, whether the
    /// forecast of a past day would have been; with --intervention and --on, whether the projection of a past change would
    /// have been.
    #[command(
        after_help = "Example: cwm replay scenarios/grocery_replay.ron\n         cwm replay scenarios/grocery_replay.ron --as-of 2017-09-30 --horizon 60\n         cwm replay my_shop.ron --intervention free_delivery --on 2026-03-02"
    )]
    Replay(replay::Replay),
    /// Fits reference models, and a world that can be run, to a history.
    #[command(
        after_help = "Example: cwm fit scenarios/grocery_replay.ron --models bg_nbd,gamma_gamma\n         cwm fit scenarios/grocery_replay.ron -o grocery.ron --check"
    )]
    Fit(fit::Fit),
    /// Explains one user: what is believed and on what evidence, what comes next, and whether it was right so far.
    #[command(after_help = "Example: cwm explain scenarios/grocery_replay.ron --user 1234 --at 2017-10-01")]
    Explain(explain::Explain),
    /// Shows what a history reveals: leaks, cliffs, hidden segments, breaks, each in money a year with a scenario to test it;
    /// with --why, why revenue of a day or a week differs from that of another.
    #[command(
        after_help = "Example: cwm insight scenarios/b2c_readings.ron\n         cwm insight history/\n         cwm insight scenarios/grocery_replay.ron --why 2017-10-03"
    )]
    Insight(insight::InsightArgs),
    /// The morning page: how the last day went against what was expected, why, who is at risk, who is ready for more.
    #[command(after_help = "Example: cwm brief scenarios/grocery_replay.ron --day 2017-10-03")]
    Brief(brief::Brief),
    /// Keeps a set of self-models: makes it from a history, folds new events into it, joins users who are one.
    #[command(
        after_help = "Example: cwm update models --from scenarios/grocery_replay.ron && cwm update models --with new.csv\n\
                      Two users are one: cwm update models --join 1234=cookie-77; undone: cwm update models --part cookie-77"
    )]
    Update(update::Update),
    /// Plans and reads experiments.
    #[command(
        after_help = "Example: cwm experiment plan scenarios/b2c_readings.ron\n         cwm experiment analyse rows.csv --arm group --metric spend --identification randomised"
    )]
    Experiment(experiment::Experiment),
    /// Writes the proposal that a run leads to: one page to be read, printed and signed.
    #[command(after_help = "Example: cwm report outputs/b2c_readings")]
    Report(report::Report),
    /// Measures the engine against a plain loop that does the same arithmetic.
    #[command(after_help = "Example: cwm bench --users 10000,100000 --format json > bench.json")]
    Bench(bench::Bench),
}

/// Flags that several commands share.
#[derive(Args, Clone, Debug)]
struct Common {
    /// Seed of all chance, instead of the scenario's.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads to work on; results do not depend on it. All cores if not given.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Folder to write to, instead of the scenario's, or outputs/<scenario name>.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print no progress.
    #[arg(long)]
    quiet: bool,
}

/// What to print on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people.
    Text,
    /// Exactly one JSON object.
    Json,
}

impl Common {
    fn threads(&self) -> usize {
        self.threads.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from)
    }

    fn folder(&self, scenario: &Scenario) -> PathBuf {
        let stated = self.out.clone().or_else(|| scenario.outputs.folder.clone());
        stated.unwrap_or_else(|| PathBuf::from("outputs").join(&scenario.name))
    }

    fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
        on_threads(self.threads, work)
    }
}

/// Work that is spread by data runs on as many threads as asked for; all cores if no number is given.
fn on_threads<T: Send>(threads: Option<u16>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    // To rayon, 0 is as many as there are cores.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from)).build();
    Ok(pool.map_err(|error| Failure::write("cannot start threads", error))?.install(work))
}

/// Prints a line on standard output. A reader that has gone away (`cwm … | head`) is no failure.
fn say(line: impl std::fmt::Display) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Failure::write("cannot write to standard output", why)),
        _ => Ok(()),
    }
}

/// Runs a command line and says how it ended.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no failure; if they cannot be printed there is nobody to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = match &cli.command {
        Command::New(new) => new.execute(),
        Command::Check(check) => check.execute(),
        Command::Run(run) => run.execute(),
        Command::Import(import) => import.execute(),
        Command::Erase(erase) => erase.execute(),
        Command::Replay(replay) => replay.execute(),
        Command::Fit(fit) => fit.execute(),
        Command::Explain(explain) => explain.execute(),
        Command::Insight(insight) => insight.execute(),
        Command::Brief(brief) => brief.execute(),
        Command::Update(update) => update.execute(),
        Command::Experiment(experiment) => experiment.execute(),
        Command::Report(report) => report.execute(),
        Command::Bench(bench) => bench.execute(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprint!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
