//! `cwm replay --as-of`: would the forecast of a past day have been right?

use std::{collections::BTreeMap, time::Instant};

use serde::Serialize;

use super::{Common, Failure, Format, progress};
use crate::{
    base::{codec, time::Date},
    history::{event::EventKind, log::Loaded},
    show::{
        backtest_report,
        folder::Publication,
        forecast_report,
        number::Unit,
        run_report::{Origin, Report},
    },
    study::forecast::{
        Asked,
        backtest::{Backtest, backtest},
        customers::{Counted, Customers},
        own,
    },
    study::twins::backtest::{self as twins, TwinBacktest},
    world::{
        engine::{Epoch, Plan},
        scenario::{Scenario, ScenarioFile},
    },
};

/// A backtest as it was asked for.
pub(super) struct Wanted<'a> {
    pub file: &'a ScenarioFile,
    pub common: &'a Common,
    /// Last days that are known.
    pub days: &'a [String],
    /// Days ahead; to the end of the record if not given.
    pub horizon: Option<u32>,
    pub counted: Option<Counted>,
    /// Worlds of twins to live; none if 0.
    pub worlds: u32,
    pub origin: Origin,
}

/// What the backtests found: the headline of the first, and all of them.
#[derive(Serialize)]
struct Summary<'a> {
    forecast: Headline,
    counted: Counted,
    backtests: &'a [Backtest],
    /// What worlds of twins said of revenue, and what came.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    twins: &'a [TwinBacktest],
}

#[derive(Serialize)]
struct Headline {
    customers: usize,
    mae: f64,
    mae_of_mean: f64,
    rmse: f64,
    correlation: f64,
    bias: f64,
    auc_active: f64,
    auc_expected: f64,
    log_loss_active: f64,
    coverage_80: f64,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    summary: &'a Summary<'a>,
    output: String,
    wall_s: f64,
}

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    as_of: Vec<String>,
    inputs: BTreeMap<String, String>,
}

impl Wanted<'_> {
    /// Forecasts each of the days, holds it against what happened, and shows it.
    pub fn execute(&self, loaded: &Loaded, start: Instant) -> Result<(), Failure> {
        let scenario = &self.file.scenario;
        // 1. What is asked.
        let customers = Customers::of(&loaded.history, &scenario.clock.timezone, self.counted);
        let asked = self.days.iter().map(|day| self.asked(day, &customers)).collect::<Result<Vec<_>, _>>()?;
        let mut publication = Publication::begin(&self.folder(scenario))?;
        // 2. Forecast, and held against what happened.
        let spinner = progress::spinner(self.common.quiet, "fitting, forecasting, comparing");
        let (currency, seed) = (scenario.currency, scenario.seed);
        let one = |asked: &Asked| {
            let forecast = own::forecast(&customers, *asked, currency, seed);
            (backtest(&customers, *asked, &forecast, currency, seed), forecast)
        };
        let (found, forecasts): (Vec<Backtest>, Vec<own::Forecast>) =
            self.common.on_threads(|| asked.iter().map(one).unzip())?;
        spinner.finish_and_clear();
        let twins = self.twins(&asked, loaded)?;
        // 3. Shown.
        let mut report = backtest_report::of(scenario, &found, customers.counted, &self.origin)?;
        self.show(&twins, &mut report)?;
        publication.write_report(&report.document)?;
        let summary =
            Summary { forecast: headline(&found[0]), counted: customers.counted, backtests: &found, twins: &twins };
        publication.write_json("summary.json", &summary)?;
        publication.write("customers.csv", &customer_rows(&forecasts[0], &customers, asked[0], loaded)?)?;
        let resolved = super::replay::resolved(self.file, publication.target());
        publication.write("scenario.ron", codec::to_string(&resolved).as_bytes())?;
        let output = publication.publish(&self.manifest(loaded))?.display().to_string();
        let wall_s = start.elapsed().as_secs_f64();
        match self.common.format {
            Format::Json => {
                let printed = serde_json::to_string(&Printed { summary: &summary, output, wall_s });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe report is in {output}/report.html", report.printed),
        }
        Ok(())
    }

    /// Worlds of twins, where anything was paid.
    fn twins(&self, asked: &[Asked], loaded: &Loaded) -> Result<Vec<TwinBacktest>, Failure> {
        let pays = loaded.history.events.iter().any(|event| matches!(event.kind, EventKind::Charge { .. }));
        if self.worlds == 0 || !pays {
            return Ok(Vec::new());
        }
        let (scenario, plan) =
            (&self.file.scenario, Plan { threads: self.common.threads(), epoch: Epoch::Whole, deal: None });
        let sessionisation = super::replay::sessionisation(scenario);
        let spinner = progress::spinner(self.common.quiet, "fitting worlds, living them on");
        let one = |asked: &Asked| {
            let (day, horizon) = (asked.day, asked.horizon as u32);
            let (history, replications) = (&loaded.history, self.worlds);
            twins::Asked { scenario, sessionisation: &sessionisation, history, day, horizon, replications }
        };
        let all = || asked.iter().map(|asked| twins::backtest(&one(asked), plan)).collect::<Result<Vec<_>, _>>();
        let found = self.common.on_threads(all)?;
        spinner.finish_and_clear();
        found.map_err(|error| Failure::input(format!("{}: {error}", self.file.path.display())))
    }

    fn show(&self, twins: &[TwinBacktest], report: &mut Report) -> Result<(), Failure> {
        let money = Unit::money(self.file.scenario.currency);
        for found in twins {
            let place = report.document.sections.len().saturating_sub(1);
            report.document.sections.insert(place, forecast_report::held(&self.file.scenario, found)?);
            report.printed = format!("{}\n\n{}", report.printed, forecast_report::kept(&money, found));
        }
        Ok(())
    }

    fn asked(&self, text: &str, customers: &Customers) -> Result<Asked, Failure> {
        let date = Date::parse(text).map_err(|error| Failure::input(format!("--as-of: {error}")))?;
        let (day, (first, last)) = (date.number(), customers.span);
        if day < first || day >= last {
            return Err(Failure::input(format!(
                "--as-of: {text} leaves nothing to learn from or nothing to predict: the record runs from {} to {}",
                shown(first),
                shown(last)
            )));
        }
        if customers.all.iter().all(|customer| customer.by(day) == 0) {
            return Err(Failure::input(format!("--as-of: nobody had bought anything by {text}")));
        }
        let left = (last - day) as usize;
        Ok(Asked { day, horizon: self.horizon.map_or(left, |days| (days as usize).min(left)) })
    }

    fn folder(&self, scenario: &Scenario) -> std::path::PathBuf {
        let folder = self.common.folder(scenario);
        if self.common.out.is_some() {
            return folder;
        }
        let name = folder.file_name().map_or_else(|| scenario.name.clone(), |name| name.to_string_lossy().into_owned());
        folder.with_file_name(format!("{name}_as_of"))
    }

    fn manifest(&self, loaded: &Loaded) -> Manifest {
        let hashes = loaded.report.input_hashes.iter();
        Manifest {
            command: "replay",
            scenario: self.file.path.display().to_string(),
            scenario_blake3: self.file.hash(),
            seed: self.file.scenario.seed,
            as_of: self.days.to_vec(),
            inputs: hashes.map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
        }
    }
}

fn shown(day: i64) -> String {
    Date::from_number(day).map(|date| date.to_string()).unwrap_or_default()
}

fn headline(found: &Backtest) -> Headline {
    let scores = &found.scores;
    Headline {
        customers: found.customers,
        mae: scores.mae,
        mae_of_mean: scores.mae_of_mean,
        rmse: scores.rmse,
        correlation: scores.correlation,
        bias: scores.bias,
        auc_active: scores.auc_active,
        auc_expected: scores.auc_expected,
        log_loss_active: scores.log_loss_active,
        coverage_80: found.coverage_80,
    }
}

/// A row a customer: what was predicted and what came.
fn customer_rows(
    forecast: &own::Forecast,
    customers: &Customers,
    asked: Asked,
    loaded: &Loaded,
) -> Result<Vec<u8>, Failure> {
    let wrong = |error: csv::Error| Failure::write("cannot write customers.csv", error);
    let mut rows = csv::Writer::from_writer(Vec::new());
    rows.write_record(COLUMNS).map_err(wrong)?;
    for one in &forecast.customers {
        let Ok(index) = customers.all.binary_search_by_key(&one.user, |customer| customer.user) else { continue };
        let customer = &customers.all[index];
        let (counts, known) = (&one.outlook.counts, customer.by(asked.day));
        let (low, high) = counts.interval(0.8);
        let actual = customer.by(asked.day + asked.horizon as i64) - known;
        let next = one.outlook.next_days.map(|days| days.to_string()).unwrap_or_default();
        let revenue = one.amount.map(|amount| format!("{:.2}", amount * counts.expected)).unwrap_or_default();
        let row = [
            loaded.history.name(one.user).into_owned(),
            known.to_string(),
            format!("{:.4}", counts.expected),
            counts.median().to_string(),
            low.to_string(),
            high.to_string(),
            format!("{:.4}", counts.active),
            next,
            revenue,
            actual.to_string(),
        ];
        rows.write_record(row).map_err(wrong)?;
    }
    rows.into_inner().map_err(|error| Failure::write("cannot write customers.csv", error.into_error()))
}

const COLUMNS: [&str; 10] = [
    "user",
    "purchases_before",
    "expected",
    "median",
    "low_80",
    "high_80",
    "p_active",
    "median_days_to_next",
    "expected_revenue",
    "actual",
];
