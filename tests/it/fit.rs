//! Models and a world fitted to a history, on the command line.

use std::path::Path;

use cwm::{
    history::{
        log::History,
        sessions::{Sessionisation, Timelines, timelines},
    },
    study::{
        calibrate::{
            figures::Figures,
            script::{self, Head},
            world::{self, FittedWorld, Number, Source},
        },
        recording,
    },
    world::scenario::{Scenario, ScenarioFile},
};
use serde_json::Value;

use crate::support::{Desk, SMALL, Said, csv, replay_of, rows, with};

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

/// The small world with eight times the users.
fn larger(seed: u64) -> String {
    let more = with(SMALL, "spend_per_day: 60.0", "spend_per_day: 480.0");
    let more = with(&more, "users_per_day: 2.0", "users_per_day: 16.0");
    let longer = with(&more, "warmup_days: 60", "warmup_days: 120");
    with(&longer, "seed: 7", &format!("seed: {seed}"))
}

fn scenario(text: &str) -> Scenario {
    ScenarioFile::parse(Path::new("a.ron"), text.to_owned()).unwrap_or_else(|error| panic!("{error}\n{text}")).scenario
}

fn cut(scenario: &Scenario, history: &History) -> Timelines {
    let sessionisation = Sessionisation {
        timeout_minutes: 30,
        dayparts: scenario.sessions.dayparts.clone(),
        zone: scenario.clock.timezone.clone(),
        catalogues: None,
        answer_days: 7,
    };
    timelines(history, &sessionisation).unwrap()
}

fn fitted(scenario: &Scenario, history: &History) -> FittedWorld {
    world::fit(&Source { scenario, history, timelines: &cut(scenario, history) }).unwrap()
}

/// The fitted world as a scenario, as the command writes it.
fn rewritten(of: &Scenario, world: &FittedWorld) -> Scenario {
    let start = of.clock.start.unwrap();
    scenario(&script::written(&Head { name: "again", of: "a test", scenario: of, start }, world))
}

/// How far a number is from the truth, in its own standard errors.
fn off(number: Number, truth: f64) -> f64 {
    (number.value - truth) / number.se.unwrap()
}

/// Three worlds, each fitted: 30 main parameters a world. Standard errors from squared scores are approximate, and the
/// truth of a rate is per operational day, so single numbers may be four of them off; their mean square must be near 1.
#[test]
fn a_known_world_is_recovered_within_its_uncertainty() {
    let mut all = Vec::new();
    for seed in [1, 2, 3] {
        let known = scenario(&larger(seed));
        let world = fitted(&known, &recording::history(&known).unwrap());
        assert_eq!(world.segments.len(), 2, "{world:#?}");
        assert!(world.announced && !world.truncated);
        let mut truths = vec![(world.rate_shape, 2.0), (world.price_level_sigma, 0.3)];
        let [visitor, regular] = &world.segments[..] else { panic!() };
        let known = [(visitor, 0.7, 2.0, 0.4, 15.0, [0.6, 0.2]), (regular, 0.3, 8.0, 0.6, 20.0, [0.2, 0.1])];
        for (segment, share, rate, pays, mean, loss) in known {
            truths.extend([(segment.share, share), (segment.sessions_per_30d, rate), (segment.paid_prob, pays)]);
            truths.extend([(segment.amount_mean, mean), (segment.amount_sigma, 0.5)]);
            truths.extend(segment.loss.iter().zip(loss.into_iter().chain([loss[1]; 3])).map(|(is, was)| (*is, was)));
        }
        truths.extend(world.dayparts[0].iter().copied().zip([0.05, 0.15, 0.20, 0.15, 0.25, 0.20]));
        truths.extend([(world.daypart_strength.unwrap(), 10.0), (world.content_strength.unwrap(), 20.0)]);
        truths.extend(world.catalogue.iter().map(|(name, share)| (*share, if name == "news" { 0.6 } else { 0.4 })));
        truths.extend(world.channels.iter().map(|it| (it.users_per_day, if it.id == "search" { 24.0 } else { 16.0 })));
        truths.extend(world.weekday.iter().map(|day| (*day, 1.0)));
        let offs: Vec<f64> = truths.iter().map(|&(number, truth)| off(number, truth)).collect();
        assert!(offs.iter().all(|off| off.abs() < 4.0), "{offs:.1?}\n{world:#?}");
        all.extend(offs);
    }
    let mean_square = all.iter().map(|off| off * off).sum::<f64>() / all.len() as f64;
    assert!((0.4..2.0).contains(&mean_square), "{mean_square}: {all:.1?}");
}

#[test]
fn a_fitted_world_behaves_like_its_history() {
    let known = scenario(&larger(4));
    let history = recording::history(&known).unwrap();
    let world = fitted(&known, &history);
    let mut again = rewritten(&known, &world);
    again.clock.horizon_days = 1;
    let lived = recording::history(&again).unwrap();
    let figures = Figures::of(&cut(&again, &lived), &again.clock.timezone, again.currency);
    let near =
        |is: f64, was: f64, within: f64| assert!((is / was - 1.0).abs() < within, "{figures:?} {:?}", world.history);
    near(figures.sessions_per_day, world.history.sessions_per_day, 0.12);
    near(figures.paid_share, world.history.paid_share, 0.05);
    near(figures.revenue_per_day, world.history.revenue_per_day, 0.15);
    near(figures.repeat_share, world.history.repeat_share, 0.05);
}
