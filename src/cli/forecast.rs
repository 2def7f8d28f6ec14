//! `cwm run` of a world that goes on from a record: every recorded user continues as a twin.

use std::{collections::BTreeMap, path::Path, time::Instant};

use serde::Serialize;

use super::{Common, Failure, Format, progress, replay};
use crate::{
    base::codec,
    history::{log, log::Loaded},
    show::{
        folder::Publication,
        forecast_report,
        run_report::{self, Origin},
    },
    study::{
        projection::{Projection, project},
        twins::{
            TwinError, Twins,
            forecast::{Lived, live},
            outlook::{Bands, LEVELS, Outlook},
        },
        what_if::WhatIf,
    },
    world::{
        engine::{Epoch, Plan},
        scenario::ScenarioFile,
    },
};

/// A forecast as it was asked for.
pub(super) struct Forecast<'a> {
    pub file: ScenarioFile,
    pub common: &'a Common,
    /// Where a simulated history was to be written.
    pub record: Option<&'a Path>,
    pub origin: Origin,
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    projection: &'a Projection,
    output: String,
    wall_s: f64,
}

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    scenario: String,
    scenario_blake3: String,
    seed: u64,
    replications: u32,
    inputs: BTreeMap<String, String>,
}

impl Forecast<'_> {
    pub fn execute(&self, start: Instant) -> Result<(), Failure> {
        let scenario = &self.file.scenario;
        if self.record.is_some() {
            let what = "--record writes the life of a simulated world, but this one goes on from a recorded history";
            return Err(Failure::input(what.to_owned()));
        }
        // 1. Who is there.
        let mut publication = Publication::begin(&self.common.folder(scenario))?;
        let loaded = self.loaded()?;
        let twins = self.twins(&loaded)?;
        // 2. Lived on, and read from the books.
        let Lived { forecast, books } = self.live(&twins)?;
        let mut projection = project(&twins.scenario, &twins.stage, &books);
        twins.describe(&mut projection.baseline, &forecast);
        // 3. Shown.
        let past = twins.revenue_by_day();
        let mut report = run_report::of(&twins.scenario, &projection, &WhatIf::default(), &self.origin(&loaded))?;
        report.document.sections.insert(0, forecast_report::section(&twins.scenario, &forecast, &past)?);
        publication.write_report(&report.document)?;
        publication.write("customers.csv", &rows(&forecast.users, &loaded, scenario.currency.minor_per_major())?)?;
        let printed = forecast_report::printed(&twins.scenario, &forecast)?;
        projection.forecast = Some(forecast);
        publication.write_json("summary.json", &projection)?;
        let resolved = replay::resolved(&self.file, publication.target());
        publication.write("scenario.ron", codec::to_string(&resolved).as_bytes())?;
        let output = publication.publish(&self.manifest(&loaded))?.display().to_string();
        match self.common.format {
            Format::Json => {
                let wall_s = start.elapsed().as_secs_f64();
                let printed = serde_json::to_string(&Printed { projection: &projection, output, wall_s });
                say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => {
                let arms = if projection.arms.len() > 1 { format!("\n\n{}", report.printed) } else { String::new() };
                say!("{printed}{arms}\n\nThe report is in {output}/report.html");
            }
        }
        Ok(())
    }

    fn loaded(&self) -> Result<Loaded, Failure> {
        let scenario = &self.file.scenario;
        let Some(recorded) = &scenario.recorded else { return Ok(Loaded::of(log::History::default())) };
        Ok(log::load(recorded, self.file.folder(), scenario.currency)?)
    }

    fn twins(&self, loaded: &Loaded) -> Result<Twins, Failure> {
        let scenario = &self.file.scenario;
        let spinner = progress::spinner(self.common.quiet, "getting to know the recorded users");
        let twins =
            self.common.on_threads(|| Twins::of(scenario, &replay::sessionisation(scenario), &loaded.history))?;
        spinner.finish_and_clear();
        twins.map_err(|error| self.failure(error))
    }

    fn live(&self, twins: &Twins) -> Result<Lived, Failure> {
        let replications = self.file.scenario.experiment.as_ref().map_or(1, |experiment| experiment.replications);
        let plan = Plan { threads: self.common.threads(), epoch: Epoch::Whole, deal: None };
        let bar = progress::bar(self.common.quiet, "living on");
        let mut shown = |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        };
        let lived = self.common.on_threads(|| live(twins, replications, plan, &mut shown))?;
        bar.finish_and_clear();
        lived.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: TwinError) -> Failure {
        match error {
            TwinError::Engine(error) => error.into(),
            error => Failure::input(format!("{}: {error}", self.file.path.display())),
        }
    }

    fn origin(&self, loaded: &Loaded) -> Origin {
        let hashes = loaded.report.input_hashes.iter().map(|(path, hash)| (path.display().to_string(), hash.clone()));
        Origin { inputs: self.origin.inputs.iter().cloned().chain(hashes).collect(), ..self.origin.clone() }
    }

    fn manifest(&self, loaded: &Loaded) -> Manifest {
        let hashes = loaded.report.input_hashes.iter();
        Manifest {
            command: "run",
            scenario: self.file.path.display().to_string(),
            scenario_blake3: self.file.hash(),
            seed: self.file.scenario.seed,
            replications: self.file.scenario.experiment.as_ref().map_or(1, |experiment| experiment.replications),
            inputs: hashes.map(|(path, hash)| (path.display().to_string(), hash.clone())).collect(),
        }
    }
}

/// A row a user: what they will do.
fn rows(users: &[Outlook], loaded: &Loaded, minor: i64) -> Result<Vec<u8>, Failure> {
    let wrong = |error: csv::Error| Failure::write("cannot write customers.csv", error);
    let mut rows = csv::Writer::from_writer(Vec::new());
    let band = |name: &str| {
        LEVELS.map(|level| [format!("{name}_low_{}", level * 100.0), format!("{name}_high_{}", level * 100.0)])
    };
    let first = ["user", "p_there", "p_purchase", "median_days_to_next", "purchases"].map(str::to_owned);
    let names = first.into_iter().chain(band("purchases").into_iter().flatten()).chain(["revenue".to_owned()]);
    let names = names.chain(band("revenue").into_iter().flatten()).chain(["revenue_365_days".to_owned()]);
    rows.write_record(names).map_err(wrong)?;
    for one in users {
        let money = |value: f64| format!("{:.2}", value / minor as f64);
        let ends = |bands: &Bands| bands.iter().flat_map(|&(lo, hi)| [lo, hi]).collect::<Vec<f64>>();
        let mut row = vec![
            loaded.history.name(one.user).into_owned(),
            format!("{:.4}", one.p_there),
            format!("{:.4}", one.p_purchase),
            one.median_days_to_next.map(|days| format!("{days:.1}")).unwrap_or_default(),
            format!("{:.3}", one.purchases.0),
        ];
        row.extend(ends(&one.purchases.1).into_iter().map(|value| format!("{value:.0}")));
        row.push(money(one.revenue.0));
        row.extend(ends(&one.revenue.1).into_iter().map(money));
        row.push(money(one.revenue_year));
        rows.write_record(row).map_err(wrong)?;
    }
    rows.into_inner().map_err(|error| Failure::write("cannot write customers.csv", error.into_error()))
}
