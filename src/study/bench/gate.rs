//! Has it become worse? A report held against an earlier one.

use serde::{Deserialize, Serialize};

use super::report::{BenchReport, Mode, Run};

/// By what share a figure may be worse than before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    /// The ratio to the floor.
    pub ratio: f64,
    /// Instructions an event.
    pub instructions: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { ratio: 0.25, instructions: 0.05 }
    }
}

/// A figure that is worse than it may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// Users of the run.
    pub users: u32,
    /// Its mode.
    pub mode: Mode,
    /// Name of the figure, as in the report.
    pub figure: String,
    /// What it was.
    pub before: f64,
    /// What it is.
    pub now: f64,
    /// The most it may be.
    pub limit: f64,
}

impl std::fmt::Display for Regression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { users, mode, figure, before, now, limit } = self;
        write!(f, "{users} users, {mode}: {figure} may be at most {limit:.3} (it was {before:.3}), but is {now:.3}")
    }
}

/// Everything in which a report is worse than an earlier one by more than the given shares. Runs that only one of them
/// has are not compared.
#[must_use]
pub fn gate(now: &BenchReport, before: &BenchReport, shares: Shares) -> Vec<Regression> {
    let same = |run: &Run| before.runs.iter().find(|old| (old.users, old.mode) == (run.users, run.mode)).copied();
    let pairs = now.runs.iter().filter_map(|run| Some((run, same(run)?)));
    pairs.flat_map(|(run, old)| worse(run, &old, shares)).collect()
}

fn worse(run: &Run, old: &Run, shares: Shares) -> Vec<Regression> {
    let instructions = run.instructions_per_event.zip(old.instructions_per_event);
    let figures = [
        Some(("ratio", run.ratio, old.ratio, shares.ratio)),
        instructions.map(|(now, before)| ("instructions_per_event", now, before, shares.instructions)),
    ];
    let exceeds = |(figure, now, before, share): (&str, f64, f64, f64)| {
        let limit = before * (1.0 + share);
        let (users, mode, figure) = (run.users, run.mode, figure.to_owned());
        // What was not measured before is 0; a figure that is no number is worse than any.
        (before > 0.0 && (now > limit || now.is_nan())).then_some(Regression {
            users,
            mode,
            figure,
            before,
            now,
            limit,
        })
    };
    figures.into_iter().flatten().filter_map(exceeds).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::report::Machine, *};

    fn report(ratio: f64, instructions: Option<f64>) -> BenchReport {
        let mut run = Run::counted(10_000, Mode::Daily, 1, 0.0);
        (run.ratio, run.instructions_per_event) = (ratio, instructions);
        BenchReport { runs: vec![run], machine: Machine { cores: 2, peak_rss_bytes: None } }
    }

    #[test]
    fn only_what_is_worse_by_more_than_its_share_is_a_regression() {
        let before = report(1.0, Some(1_000.0));
        assert_eq!(gate(&report(1.2, Some(1_040.0)), &before, Shares::default()), []);
        let found = gate(&report(1.3, Some(1_060.0)), &before, Shares::default());
        assert_eq!(found.iter().map(|r| r.figure.as_str()).collect::<Vec<_>>(), ["ratio", "instructions_per_event"]);
        assert_eq!(gate(&report(f64::NAN, None), &before, Shares::default()).len(), 1);
    }

    #[test]
    fn a_report_reads_back_what_it_writes() {
        let text = serde_json::to_string(&report(1.5, None)).unwrap();
        assert!(text.contains(r#""mode":"daily""#), "{text}");
        assert_eq!(serde_json::from_str::<BenchReport>(&text).unwrap(), report(1.5, None));
    }
}
