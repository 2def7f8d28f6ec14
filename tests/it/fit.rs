//! Models and a world fitted to a history, on the command line.

use serde_json::Value;

use crate::support::{Desk, SMALL, Said, csv, replay_of, rows};

/// A folder with a history of sixty users and a scenario that names it.
fn recorded() -> Desk {
    let desk = Desk::with("old.ron", replay_of("old.csv"));
    desk.put("old.csv", csv(&rows(60, 30)));
    desk
}

fn fit(desk: &Desk, more: &[&str]) -> Said {
    desk.cwm(&[&["fit", "old.ron", "--quiet"], more].concat())
}

fn without_times(said: &Said) -> Value {
    let mut json = said.json();
    json.as_object_mut().unwrap().remove("wall_s");
    for told in json["models"].as_object_mut().unwrap().values_mut() {
        assert!(told.as_object_mut().unwrap().remove("wall_s").unwrap().is_f64());
    }
    json
}

#[test]
fn the_reference_models_are_told_in_text_and_json() {
    let desk = recorded();
    let said = fit(&desk, &[]).well();
    for part in ["60 users who bought", "bg_nbd", "pareto_nbd", "gamma_gamma", "±", "no announced departures"] {
        assert!(said.out.contains(part), "no {part:?} in {said}");
    }
    let json = fit(&desk, &["--format", "json"]).well().json();
    let models = json["models"].as_object().unwrap();
    assert_eq!(models.keys().collect::<Vec<_>>(), ["bg_nbd", "gamma_gamma", "mbg_cnbd", "mbg_nbd", "pareto_nbd"]);
    for (name, model) in models {
        assert!(model["log_likelihood"].is_f64() && model["wall_s"].is_f64() && model["cautions"].is_array(), "{name}");
        let values = model["parameters"].as_object().unwrap();
        assert!(values.values().all(|value| value.as_f64().is_some_and(|value| value > 0.0)), "{name}: {model}");
        assert_eq!(values.len(), model["standard_errors"].as_object().unwrap().len());
        assert_eq!(model["customers"], 60);
    }
}

#[test]
fn only_what_is_asked_for_is_fitted_and_a_failure_stops_nothing() {
    let json = fit(&recorded(), &["--models", "bg_nbd,sbg", "--format", "json"]).well().json();
    assert_eq!(json["models"].as_object().unwrap().len(), 2);
    assert!(json["models"]["bg_nbd"]["parameters"]["r"].is_f64());
    assert!(json["models"]["sbg"]["error"].as_str().unwrap().contains("no announced departures"));
    assert!(json["models"]["sbg"].get("parameters").is_none());
}

#[test]
fn a_world_leaves_a_history_with_goodbyes() {
    let desk = Desk::with("old.ron", SMALL);
    let json = fit(&desk, &["--format", "json"]).well().json();
    assert!(json["models"]["sbg"]["parameters"]["alpha"].is_f64(), "{json}");
    assert!(json["models"]["bdw"]["parameters"]["c"].is_f64(), "{json}");
}

#[test]
fn threads_change_nothing() {
    let desk = Desk::with("old.ron", SMALL);
    let told = |threads| without_times(&fit(&desk, &["--format", "json", "--threads", threads]).well());
    assert_eq!(told("1"), told("3"));
}

#[test]
fn failures_have_the_exit_codes_of_the_other_commands() {
    let desk = recorded();
    let wrong = fit(&desk, &["--models", "crystal_ball"]);
    assert_eq!(wrong.code, 2, "{wrong}");
    assert!(wrong.err.contains("pareto_nbd"), "{wrong}");
    assert_eq!(desk.cwm(&["fit", "nowhere.ron"]).code, 4);
    desk.put("old.csv", "at,user,ordinal,kind,item,amount_minor\n");
    assert_eq!(fit(&desk, &[]).code, 3);
}
