//! `cwm experiment analyse`: what a recorded experiment says, and what warns against believing it.

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Common, Failure, Format, progress};
use crate::{
    history::source::table::Table,
    show::{experiment_report, folder::Publication, run_report::Origin},
    study::experiment::{
        analysis::{Analysis, Question, projected::Projected},
        bayesian::Prior,
        error::ExperimentError,
        identification::{Identification, Reading},
        logged::{self, LoggedValue, Policy},
        metric::Metric,
        non_inferiority::Guardrail,
        sample_ratio::ALARM,
        uplift::targeting::{self, Targeting},
    },
};

/// Reads a recorded experiment.
#[derive(Args, Debug)]
pub(super) struct Analyse {
    /// A row a user (or a decision): CSV, JSON Lines or Parquet.
    data: PathBuf,
    /// Column that holds the arms.
    #[arg(long, value_name = "COLUMN")]
    arm: Option<String>,
    /// The arm to compare with; found by its name if not given.
    #[arg(long, value_name = "NAME")]
    control: Option<String>,
    /// What is compared: COLUMN, COLUMN:mean, COLUMN:proportion, COLUMN:ratio/COLUMN or COLUMN:quantile=0.9.
    #[arg(long, value_name = "METRIC")]
    metric: Vec<String>,
    /// What was known of users before: the metric in an earlier period, a prediction made then. For a ratio metric
    /// NUMERATOR/DENOMINATOR.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    covariate: Vec<String>,
    /// Columns whose levels are looked at by themselves; A*B looks at the levels of both crossed.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    segment: Vec<String>,
    /// Column of strata known before, for post-stratification.
    #[arg(long, value_name = "COLUMN")]
    stratify: Option<String>,
    /// Column of days since exposure, if rows are a user's days: does the effect wear off?
    #[arg(long, value_name = "COLUMN")]
    day: Option<String>,
    /// Column of what was randomised, if rows are finer than that: errors are by its values.
    #[arg(long, value_name = "COLUMN")]
    unit: Option<String>,
    /// Sizes that the arms were meant to have: control's first, then the others by name; equal if not given.
    #[arg(long, value_name = "1:1")]
    expected: Option<String>,
    /// What must not get worse by more than a margin: METRIC:2%, METRIC:+3% (less is better) or METRIC:0.01.
    #[arg(long, value_name = "METRIC:MARGIN")]
    guardrail: Vec<String>,
    /// Why the arms compare. Without it differences are called associations.
    #[arg(long, value_enum)]
    identification: Option<Stated>,
    /// One minus the level of intervals.
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    alpha: f64,
    /// Users at which the always-valid interval is tightest.
    #[arg(long, default_value_t = 5000.0, value_name = "USERS")]
    tightest_at: f64,
    /// What is believed of relative effects beforehand, mean and standard deviation: 0:0.05. Posteriors are shrunk by it.
    #[arg(long, value_name = "MEAN:SD")]
    prior: Option<String>,
    /// Features known before, by which to choose whom to treat: are learners better than simple rules?
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    target: Vec<String>,
    /// Projects half of each arm from the other half and the control, in all and in each segment, and holds the projection
    /// against what the half measured: would it have been right?
    #[arg(long)]
    project: bool,
    /// Of a log of decisions: the column of the action; --arm if not given.
    #[arg(long, value_name = "COLUMN", requires = "propensity")]
    action: Option<String>,
    /// Of a log of decisions: the probability with which each was taken.
    #[arg(long, value_name = "COLUMN", requires = "reward")]
    propensity: Option<String>,
    /// Of a log of decisions: what came of each.
    #[arg(long, value_name = "COLUMN", requires = "propensity")]
    reward: Option<String>,
    /// The policy to evaluate: `uniform`, `items:a,b,c` (uniform over these), `columns:P_` (probabilities in columns
    /// named P_<action>), or `greedy:Q_` (the action with the largest prediction Q_<action>).
    #[arg(long, default_value = "uniform", requires = "propensity")]
    policy: String,
    /// Prefix of columns with a model's expected reward of each action, for the doubly robust estimators.
    #[arg(long, value_name = "PREFIX", requires = "propensity")]
    expected_reward: Option<String>,
    /// Ends with code 1 if the result is refused, a guardrail fails, or sizes of arms are not as meant.
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    common: Common,
}

/// Why arms compare.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Stated {
    /// Chance assigned the arms.
    #[value(alias = "randomized", alias = "experiment")]
    Randomised,
    /// Nobody randomised.
    #[value(alias = "none", alias = "association")]
    Observational,
}

/// What is printed and written.
#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targeting: &'a Vec<Targeting>,
    /// Halves of arms, projected from the rest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    projected: &'a Vec<Projected>,
}

#[derive(Serialize)]
struct LoggedSummary<'a> {
    comparisons: [(); 0],
    off_policy: &'a LoggedValue,
    warnings: &'a Vec<String>,
}

#[derive(Serialize)]
struct Printed<'a, T: Serialize> {
    #[serde(flatten)]
    summary: &'a T,
    output: String,
    wall_s: f64,
}

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    inputs: BTreeMap<String, String>,
}

impl Analyse {
    pub fn execute(&self) -> Result<(), Failure> {
        #[expect(clippy::disallowed_methods, reason = "how long it took is told, never used")]
        let start = Instant::now();
        if !(self.alpha > 0.0 && self.alpha < 0.5) {
            return Err(Failure::input(format!(
                "--alpha: expected a share above 0 and below 0.5, found {}",
                self.alpha
            )));
        }
        if !(self.tightest_at >= 1.0 && self.tightest_at.is_finite()) {
            return Err(Failure::input(format!("--tightest-at: expected 1 or more, found {}", self.tightest_at)));
        }
        match (&self.propensity, &self.reward) {
            (Some(propensity), Some(reward)) => self.logged(propensity, reward, start),
            _ => self.experiment(start),
        }
    }

    fn experiment(&self, start: Instant) -> Result<(), Failure> {
        let question = self.question()?;
        let mut publication = Publication::begin(&self.folder())?;
        // 1. Read.
        let spinner = progress::spinner(self.common.quiet, "reading and comparing");
        let columns: Vec<&str> = question.columns().into_iter().chain(self.target.iter().map(String::as_str)).collect();
        let table = Table::read(&self.data, &columns)?;
        // 2. Compared.
        let found = self.common.on_threads(|| -> Result<_, ExperimentError> {
            let analysis = question.analyse(&table)?;
            let seed = self.common.seed.unwrap_or(1);
            let targeting =
                if self.target.is_empty() { Vec::new() } else { targeting::of(&question, &table, &self.target, seed)? };
            let projected = if self.project { question.projected(&table, seed)? } else { Vec::new() };
            Ok((analysis, targeting, projected))
        })?;
        let (analysis, targeting, projected) = found?;
        spinner.finish_and_clear();
        // 3. Shown.
        let report = experiment_report::of(&self.name(), &analysis, (&targeting, &projected), &self.origin(&table))?;
        publication.write_report(&report.document)?;
        let summary = Summary { analysis: &analysis, targeting: &targeting, projected: &projected };
        self.publish(publication, &summary, &report.printed, &table, start)?;
        if self.gate { gate(&analysis) } else { Ok(()) }
    }

    fn logged(&self, propensity: &str, reward: &str, start: Instant) -> Result<(), Failure> {
        let missing = || Failure::input("--action: the column of the action taken must be named, or --arm");
        let action = self.action.as_ref().or(self.arm.as_ref()).ok_or_else(missing)?;
        let mut publication = Publication::begin(&self.folder())?;
        let policy = Policy::parse(&self.policy)?;
        let asked = logged::Asked {
            action: action.clone(),
            propensity: propensity.to_owned(),
            reward: reward.to_owned(),
            policy,
            expected_reward: self.expected_reward.clone(),
            alpha: self.alpha,
        };
        let (value, table) = asked.evaluate(&self.data)?;
        let report = experiment_report::of_log(&self.name(), &value, &self.origin(&table))?;
        publication.write_report(&report.document)?;
        let summary = LoggedSummary { comparisons: [], off_policy: &value, warnings: &value.warnings };
        self.publish(publication, &summary, &report.printed, &table, start)?;
        match &value.refused {
            Some(why) if self.gate => Err(Failure::gate(format!("refused: {why}"))),
            _ => Ok(()),
        }
    }

    fn publish<T: Serialize>(
        &self,
        mut publication: Publication,
        summary: &T,
        printed: &str,
        table: &Table,
        start: Instant,
    ) -> Result<(), Failure> {
        publication.write_json("summary.json", summary)?;
        let inputs = BTreeMap::from([(table.file.display().to_string(), table.hash.clone())]);
        let output = publication.publish(&Manifest { command: "experiment analyse", inputs })?.display().to_string();
        match self.common.format {
            Format::Json => {
                let wall_s = start.elapsed().as_secs_f64();
                let json = serde_json::to_string(&Printed { summary, output, wall_s });
                say!("{}", json.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{printed}\n\nThe report is in {output}/report.html"),
        }
        Ok(())
    }

    fn question(&self) -> Result<Question, Failure> {
        let arm = self.arm.clone().ok_or_else(|| Failure::input("--arm: the column of the arms must be named"))?;
        if self.metric.is_empty() {
            return Err(Failure::input("--metric: at least one must be named, for example --metric spend"));
        }
        let identification = match self.identification {
            Some(Stated::Randomised) => Identification::Randomised,
            Some(Stated::Observational) => Identification::Observational,
            None => Identification::Unstated,
        };
        Ok(Question {
            arm,
            control: self.control.clone(),
            metrics: self.metric.iter().map(|text| Metric::parse(text)).collect::<Result<_, _>>()?,
            covariates: self.covariate.clone(),
            segments: self.segment.clone(),
            strata: self.stratify.clone(),
            day: self.day.clone(),
            unit: self.unit.clone(),
            expected: self.expected.as_deref().map(shares).transpose()?,
            guardrails: self.guardrail.iter().map(|text| Guardrail::parse(text)).collect::<Result<_, _>>()?,
            identification,
            alpha: self.alpha,
            tightest_at: self.tightest_at,
            prior: self.prior.as_deref().map(prior).transpose()?,
        })
    }

    fn name(&self) -> String {
        self.data.file_stem().map_or_else(|| "experiment".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    fn folder(&self) -> PathBuf {
        let own = || PathBuf::from("outputs").join(format!("{}_experiment", self.name()));
        self.common.out.clone().unwrap_or_else(own)
    }

    fn origin(&self, table: &Table) -> Origin {
        let words = std::env::args().skip(1).map(|word| if word.contains(' ') { format!("{word:?}") } else { word });
        let command = std::iter::once("cwm".to_owned()).chain(words).collect::<Vec<_>>().join(" ");
        Origin { command, inputs: vec![(table.file.display().to_string(), table.hash.clone())] }
    }
}

/// `0:0.05` as mean and standard deviation.
fn prior(text: &str) -> Result<Prior, Failure> {
    let wrong =
        || Failure::input(format!("--prior {text:?}: expected a mean and a standard deviation above 0, like 0:0.05"));
    let (mean, sd) = text.split_once(':').ok_or_else(wrong)?;
    let number = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
    let (mean, sd) = (number(mean).ok_or_else(wrong)?, number(sd).filter(|sd| *sd > 0.0).ok_or_else(wrong)?);
    Ok(Prior { mean, variance: sd * sd })
}

/// `1:1:2` as numbers.
fn shares(text: &str) -> Result<Vec<f64>, Failure> {
    let wrong = || Failure::input(format!("--expected {text:?}: expected sizes like 1:1 or 0.5:0.3:0.2"));
    let one = |part: &str| part.trim().parse().ok().filter(|share: &f64| *share >= 0.0 && share.is_finite());
    let shares = text.split(':').map(one).collect::<Option<Vec<f64>>>().ok_or_else(wrong)?;
    if shares.iter().sum::<f64>() > 0.0 { Ok(shares) } else { Err(wrong()) }
}

fn gate(analysis: &Analysis) -> Result<(), Failure> {
    if analysis.sample_ratio.p_value < ALARM {
        return Err(Failure::gate(format!("sample-ratio mismatch, p {:.4}", analysis.sample_ratio.p_value)));
    }
    if analysis.identification.reading == Reading::Association {
        return Err(Failure::gate(format!("no effect: {}", analysis.identification.why)));
    }
    let failed = analysis.guardrails.iter().find(|one| !one.found.passed);
    failed.map_or(Ok(()), |one| Err(Failure::gate(format!("guardrail {} is not kept in {}", one.metric, one.arm))))
}
