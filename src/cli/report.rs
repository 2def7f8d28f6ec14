//! `cwm report`: the proposal that a run leads to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Failure, Format};
use crate::{
    show::{
        accounts_run_report,
        document::Document,
        folder::{MANIFEST, Publication},
        html, markdown,
        run_report::{
            self, Origin,
            proposal::{self, Basis, observable},
        },
    },
    study::{
        accounts::{foresight::Foresight, projection::AccountProjection},
        plan::ExperimentPlan,
        projection::Projection,
    },
    world::{
        account::Accounts,
        scenario::{Scenario, ScenarioFile},
    },
};

/// Writes the proposal that a run leads to.
#[derive(Args, Debug)]
pub(super) struct Report {
    /// The folder of a run: outputs/<scenario name>.
    run: PathBuf,
    /// The folder of a planned experiment; <RUN>_plan if it is there.
    #[arg(long, value_name = "DIR")]
    plan: Option<PathBuf>,
    /// Folder to write to; <RUN>_proposal if not given.
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print no progress: there is none here, but scripts may say so everywhere.
    #[arg(long)]
    quiet: bool,
}

/// What a run's manifest says, as far as it is needed.
#[derive(Deserialize)]
struct Written {
    version: String,
    run: Run,
}

#[derive(Deserialize)]
struct Run {
    command: String,
    scenario: Option<PathBuf>,
    scenario_blake3: Option<String>,
    seed: Option<u64>,
    replications: Option<u32>,
    #[serde(default)]
    inputs: std::collections::BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Printed<'a> {
    title: &'a str,
    question: &'a str,
    answer: &'a str,
    bytes: usize,
    output: String,
}

/// What of the summary of a run with accounts is beside its projection.
#[derive(Deserialize)]
struct Foretold {
    foresight: Foresight,
}

/// What the manifest says of a proposal.
#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    run: String,
    summary_blake3: String,
    plan: Option<String>,
}

impl Report {
    pub fn execute(&self) -> Result<(), Failure> {
        // 1. What the run found.
        let written: Written = read(&self.run.join(MANIFEST))?;
        if written.run.command != "run" {
            let (folder, found) = (self.run.display(), written.run.command);
            return Err(Failure::input(format!(
                "{folder}: expected the folder of `cwm run`, but it is of `cwm {found}`"
            )));
        }
        let file = ScenarioFile::read(&self.run)?;
        if let Some(accounts) = &file.scenario.accounts {
            return self.of_accounts(&file.scenario, accounts, &written);
        }
        let projection: Projection = observable(read(&self.run.join("summary.json"))?);
        let plan = self.planned().map(|folder| read::<ExperimentPlan>(&folder.join("summary.json"))).transpose()?;
        // 2. Told.
        let question = question(&written.run).unwrap_or_else(|| file.scenario.question.clone());
        let basis =
            Basis { scenario: &file.scenario, question: &question, projection: &projection, plan: plan.as_ref() };
        let report = proposal::of(&basis, &origin(&written, file.scenario.seed))?;
        // 3. Shown.
        let (bytes, output) = self.write(&report.document)?;
        self.print(&report, bytes, output)
    }

    /// The page of a run with accounts.
    fn of_accounts(&self, scenario: &Scenario, accounts: &Accounts, written: &Written) -> Result<(), Failure> {
        let summary = self.run.join("summary.json");
        let projection: AccountProjection = read(&summary)?;
        let Foretold { foresight } = read(&summary)?;
        let origin = origin(written, scenario.seed);
        let report = accounts_run_report::proposal::of(scenario, accounts, &projection, &foresight, &origin)?;
        let (bytes, output) = self.write(&report.document)?;
        self.print(&report, bytes, output)
    }

    /// The page, and where it is.
    fn write(&self, document: &Document) -> Result<(usize, String), Failure> {
        let mut publication = Publication::begin(&self.folder())?;
        let page = html::render_with_choices(document);
        publication.write("proposal.html", page.as_bytes())?;
        publication.write("proposal.md", markdown::render(document).as_bytes())?;
        for figure in document.figures() {
            publication.write(&format!("charts/{}.svg", figure.name), figure.picture.svg.as_bytes())?;
        }
        Ok((page.len(), publication.publish(&self.manifest()?)?.display().to_string()))
    }

    fn manifest(&self) -> Result<Manifest, Failure> {
        let summary = self.run.join("summary.json");
        let bytes =
            fs::read(&summary).map_err(|why| Failure::write(format!("cannot read {}", summary.display()), why))?;
        Ok(Manifest {
            command: "report",
            run: self.run.display().to_string(),
            summary_blake3: blake3::hash(&bytes).to_hex().to_string(),
            plan: self.planned().map(|folder| folder.display().to_string()),
        })
    }

    fn print(&self, report: &run_report::Report, bytes: usize, output: String) -> Result<(), Failure> {
        match self.format {
            Format::Json => {
                let Document { title, question, answer, .. } = &report.document;
                let json = serde_json::to_string(&Printed { title, question, answer, bytes, output });
                say!("{}", json.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            }
            Format::Text => say!("{}\n\nThe proposal is in {output}/proposal.html", report.printed),
        }
        Ok(())
    }

    /// Where a planned experiment is, if there is one.
    fn planned(&self) -> Option<PathBuf> {
        let beside = || Some(self.beside("plan")).filter(|folder| folder.join("summary.json").exists());
        self.plan.clone().or_else(beside)
    }

    fn folder(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| self.beside("proposal"))
    }

    fn beside(&self, what: &str) -> PathBuf {
        let name = self.run.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.run.with_file_name(format!("{name}_{what}"))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = fs::read(path).map_err(|why| Failure::write(format!("cannot read {}", path.display()), why))?;
    serde_json::from_slice(&text).map_err(|why| {
        let name = path.display();
        Failure::input(format!("{name}: this is not as this version of cwm writes it ({why}); run the scenario again"))
    })
}

/// The first comment line of the scenario, as long as the file is still the one that was run.
fn question(run: &Run) -> Option<String> {
    let source = fs::read_to_string(run.scenario.as_ref()?).ok()?;
    let same = run.scenario_blake3.as_ref()? == blake3::hash(source.as_bytes()).to_hex().as_str();
    let first = source.lines().next()?.strip_prefix("//")?.trim();
    (same && !first.is_empty()).then(|| first.to_owned())
}

/// What gives the run again.
fn origin(written: &Written, seed: u64) -> Origin {
    let run = &written.run;
    let scenario = run.scenario.as_ref().map_or("scenario.ron".to_owned(), |path| path.display().to_string());
    let worlds = run.replications.map(|worlds| format!(" --replications {worlds}")).unwrap_or_default();
    let seed = run.seed.unwrap_or(seed);
    let command =
        format!("cwm run {scenario} --seed {seed}{worlds}\ncwm report <its folder>    # cwm {}", written.version);
    let hash = run.scenario_blake3.clone().map(|hash| (scenario, hash));
    Origin { command, inputs: hash.into_iter().chain(run.inputs.clone()).collect() }
}
