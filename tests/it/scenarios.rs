//! Every shipped scenario is in order, is carried out small, and leaves all that it should.

use std::path::Path;

use cwm::world::scenario::{Experiment, Scenario, ScenarioFile};
use serde_json::Value;

use crate::support::{Carried, carry_out, courses, cwm_in, files, grocery, package};

/// Names of the shipped scenarios, without their ending.
fn shipped() -> Vec<String> {
    let folder = std::fs::read_dir(package().join("scenarios")).unwrap().map(|entry| entry.unwrap().path());
    let scenarios = folder.filter(|path| path.extension().is_some_and(|ending| ending == "ron"));
    let mut stems: Vec<String> = scenarios.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    stems.sort();
    assert!(stems.len() >= 2, "{stems:?}");
    stems
}

#[track_caller]
fn read(path: &Path) -> Scenario {
    ScenarioFile::read(path).unwrap_or_else(|error| panic!("{error}")).scenario
}

fn original(stem: &str) -> Scenario {
    read(&package().join(format!("scenarios/{stem}.ron")))
}

#[test]
fn every_scenario_is_in_order_and_named_as_its_file() {
    for stem in shipped() {
        let said = cwm_in(package(), &["check", &format!("scenarios/{stem}.ron")]).well();
        assert!(said.out.contains("in order") && said.err.is_empty(), "{said}");
        let scenario = original(&stem);
        assert_eq!(scenario.name, stem);
        assert!(scenario.question.ends_with('?'), "{}", scenario.question);
    }
}

#[test]
fn every_scenario_is_carried_out() {
    for stem in shipped() {
        let scenario = original(&stem);
        if let Some(done) = replayed(&stem) {
            leaves_everything(&stem, &scenario, done);
        } else {
            let lives = scenario.world.is_some() || scenario.accounts.is_some();
            let carried = carry_out(&stem, !lives);
            leaves_everything(&stem, &scenario, &carried);
            // That accounts are lived again to the bit is held on a smaller world.
            if scenario.world.is_some() {
                runs_again(&stem, &carried);
            }
        }
    }
}

/// What other tests have carried out, too.
fn replayed(stem: &str) -> Option<&'static Carried> {
    match stem {
        "grocery_replay" => Some(grocery()),
        "course_dropout" => Some(courses()),
        _ => None,
    }
}

fn leaves_everything(stem: &str, scenario: &Scenario, carried: &Carried) {
    assert_eq!(carried.said.code, 0, "{stem}: {}", carried.said);
    let written = files(&carried.folder);
    for name in ["report.html", "report.md", "summary.json", "manifest.json", "scenario.ron"] {
        assert!(written.get(name).is_some_and(|bytes| !bytes.is_empty()), "{stem}: no {name}");
    }
    // 1. Charts and tables, each in both its forms.
    for (folder, one, other) in [("charts/", ".svg", ".png"), ("tables/", ".csv", ".parquet")] {
        let stems = |ending: &str| -> Vec<&str> {
            written.keys().filter_map(|name| name.strip_prefix(folder)?.strip_suffix(ending)).collect()
        };
        assert!(!stems(one).is_empty(), "{stem}: nothing in {folder}");
        assert_eq!(stems(one), stems(other), "{stem}: {folder}");
    }
    // 2. A report that stands alone.
    let html = String::from_utf8(written["report.html"].clone()).unwrap();
    for outside in ["<script src", "<link", "src=\"http", "src=\"charts"] {
        assert!(!html.contains(outside), "{stem}: the report needs {outside}");
    }
    assert!(html.contains("<svg"), "{stem}: no chart in the report");
    // 3. A manifest of every file.
    let manifest: Value = serde_json::from_slice(&written["manifest.json"]).unwrap();
    for (name, bytes) in written.iter().filter(|(name, _)| *name != "manifest.json") {
        let hash = blake3::hash(bytes).to_hex().to_string();
        assert_eq!(manifest["files"][name]["blake3"], hash, "{stem}: {name}");
    }
    assert_eq!(manifest["files"].as_object().unwrap().len() + 1, written.len(), "{stem}");
    // 4. What was printed is what is in the summary.
    let summary: Value = serde_json::from_slice(&written["summary.json"]).unwrap();
    let printed = carried.said.json();
    for (key, value) in summary.as_object().unwrap() {
        assert_eq!(&printed[key], value, "{stem}: {key}");
    }
    // 5. The scenario as it was carried out.
    let mut expected = scenario.clone();
    if expected.world.is_some() || expected.accounts.is_some() {
        expected.experiment.get_or_insert_with(Experiment::control_alone).replications = 2;
    }
    let mut left = read(&carried.folder.join("scenario.ron"));
    // Files are named from where the scenario lies: another name for the same file.
    let pairs =
        left.recorded.iter_mut().flat_map(|r| &mut r.files).zip(expected.recorded.iter().flat_map(|r| &r.files));
    for (left, expected) in pairs {
        let there = carried.folder.join(&left.path).canonicalize().unwrap();
        assert_eq!(there, package().join("scenarios").join(&expected.path).canonicalize().unwrap(), "{stem}");
        left.path.clone_from(&expected.path);
    }
    assert_eq!(left, expected, "{stem}");
}

/// The scenario that a run left gives the same summary again.
fn runs_again(stem: &str, carried: &Carried) {
    let desk = tempfile::tempdir().unwrap();
    let scenario = carried.folder.join("scenario.ron");
    cwm_in(desk.path(), &["run", scenario.to_str().unwrap(), "--out", "again", "--threads", "1"]).well();
    let summary = |folder: &Path| std::fs::read_to_string(folder.join("summary.json")).unwrap();
    assert!(summary(&carried.folder) == summary(&desk.path().join("again")), "{stem}: another summary");
}
