//! Models and a world fitted to a history, on the command line.

use std::path::Path;

use cwm::{
    base::time::SimTime,
    history::{
        event::EventKind,
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

/// The small world with six times the users, for longer.
fn larger(seed: u64) -> String {
    let more = with(SMALL, "spend_per_day: 60.0", "spend_per_day: 360.0");
    let more = with(&more, "users_per_day: 2.0", "users_per_day: 12.0");
    let longer = with(&more, "warmup_days: 60", "warmup_days: 120");
    with(&longer, "seed: 7", &format!("seed: {seed}"))
}

fn scenario(text: &str) -> Scenario {
    ScenarioFile::parse(Path::new("a.ron"), text.to_owned()).unwrap_or_else(|error| panic!("{error}\n{text}")).scenario
}

fn cut(scenario: &Scenario, history: &History) -> Timelines {
    let sessionisation = Sessionisation {
        timeout_minutes: 30,
        at_midnight: false,
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
    scenario(&script::written(&Head { name: "again", of: "a test", scenario: of, start, recorded: None }, world))
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
        truths.extend(world.channels.iter().map(|it| (it.users_per_day, if it.id == "search" { 18.0 } else { 12.0 })));
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

/// A sale and a day on which the shop is shut: both are found, sized, and stand in the calendar of the year to come.
#[test]
fn holidays_are_learned_and_foretold() {
    let calendar = "rhythm: Rhythm(calendar: [Special(name: \"sale\", from: \"2025-11-28\", times: 2.5), \
                    Special(name: \"shut\", from: \"2025-12-25\", times: 0.2)]),\n        settlement: ";
    let known = scenario(&with(&larger(8), "settlement: ", calendar));
    let world = fitted(&known, &recording::history(&known).unwrap());
    let holiday = |name: &str| world.holidays.iter().find(|holiday| holiday.name == name).map(|holiday| holiday.times);
    let (sale, shut) = (holiday("Black Friday").unwrap(), holiday("Christmas Day").unwrap());
    assert!(off(sale, 2.5).abs() < 4.0 && off(shut, 0.2).abs() < 4.0, "{:?}", world.holidays);
    assert!(world.holidays.len() <= 3, "{:?}", world.holidays);
    let calendar = rewritten(&known, &world).world.unwrap().rhythm.calendar;
    let days: Vec<String> = calendar.iter().map(|special| special.from.to_string()).collect();
    assert!(["2025-11-28", "2026-11-27", "2026-12-25"].iter().all(|day| days.iter().any(|own| own == day)), "{days:?}");
}

/// The same without a word of goodbye: who left is inferred from silence.
#[test]
fn silent_departures_are_inferred() {
    let known = scenario(&larger(5));
    let mut history = recording::history(&known).unwrap();
    history.events.retain(|event| event.kind != EventKind::Cancel);
    let world = fitted(&known, &history);
    assert!(!world.announced && world.segments.len() == 2, "{world:#?}");
    let [visitor, regular] = &world.segments[..] else { panic!() };
    let truths = [
        (visitor.share, 0.7),
        (visitor.sessions_per_30d, 2.0),
        (visitor.paid_prob, 0.4),
        (visitor.loss[0], 0.6),
        (regular.sessions_per_30d, 8.0),
        (regular.paid_prob, 0.6),
        (regular.loss[0], 0.2),
    ];
    assert!(truths.iter().all(|&(is, truth)| off(is, truth).abs() < 4.0), "{truths:?}");
}

/// Users who were there before the record began: their tenure is not known, but the world keeps up their sessions.
#[test]
fn a_record_that_begins_with_users_is_told_so() {
    let known = scenario(&larger(6));
    let mut history = recording::history(&known).unwrap();
    let begin = SimTime::parse("2026-01-20T00:00:00Z").unwrap();
    history.events.retain(|event| event.at >= begin && !matches!(event.kind, EventKind::Acquired { .. }));
    let world = fitted(&known, &history);
    assert!(world.truncated && world.windows.is_empty() && world.first_session_paid_delta.is_none());
    let again = rewritten(&known, &world);
    let lived = recording::history(&again).unwrap();
    let figures = Figures::of(&cut(&again, &lived), &again.clock.timezone, again.currency);
    let ratio = figures.sessions_per_day / world.history.sessions_per_day;
    assert!((0.8..1.25).contains(&ratio), "{figures:?} {:?}", world.history);
}

/// One user, one event, one day, nobody pays, equal amounts, refunds only: a file in order that runs, or a clear error.
#[test]
fn next_to_nothing_gives_a_sane_world_or_says_why_not() {
    let at = |day: u32, hour: u32| format!("2025-01-{day:02}T{hour:02}:00:00Z");
    let one = vec![format!("{},1,0,session_start,,", at(1, 9))];
    let often = (1..28).flat_map(|day| {
        let when = at(day, 9);
        [format!("{when},1,{day},session_start,,"), format!("{when},1,{day},charge,,500")]
    });
    let a_day = (0..50).map(|user| format!("{},{user},0,charge,,{}", at(1, user % 20), 100 + 7 * user)).collect();
    let visits = |user: u32| (1..28).step_by(1 + user as usize % 5).map(move |day| (day, user));
    let nobody_pays =
        (0..150).flat_map(visits).map(|(day, user)| format!("{},{user},{day},session_start,,", at(day, 9)));
    let equal = (0..150).flat_map(visits).map(|(day, user)| format!("{},{user},{day},charge,,999", at(day, 9)));
    let refunds = vec![format!("{},1,0,refund,,500", at(1, 9)), format!("{},2,0,refund,,500", at(3, 9))];
    let mixed = vec![format!("{},1,0,session_start,,", at(1, 9)), format!("{},2,0,refund,,500", at(3, 9))];
    let histories: [(&str, Vec<String>, i32); 7] = [
        ("one event", one, 0),
        ("one user", often.collect(), 0),
        ("one day", a_day, 0),
        ("nobody pays", nobody_pays.collect(), 0),
        ("equal amounts", equal.collect(), 0),
        ("refunds only", refunds, 3),
        ("a refund of nothing", mixed, 0),
    ];
    for (name, rows, code) in histories {
        let desk = recorded();
        desk.put("old.csv", csv(&rows));
        let said = fit(&desk, &["-o", "new.ron", "--format", "json", "--models", "bg_nbd,gamma_gamma"]);
        assert_eq!(said.code, code, "{name}: {said}");
        assert_eq!(desk.path("new.ron").exists(), code == 0, "{name}");
        if code == 0 {
            assert!(said.json()["world"]["segments"][0]["share"]["value"].is_f64(), "{name}: {said}");
            desk.cwm(&["check", "new.ron"]).well();
            let run = desk.cwm(&["run", "new.ron", "--replications", "1", "--quiet", "--format", "json"]).well();
            assert!(run.json()["baseline"]["sessions_per_day"].is_f64(), "{name}: {run}");
        }
    }
}

#[test]
fn the_world_is_written_and_the_scenario_kept() {
    let desk = Desk::with("old.ron", SMALL);
    let said = fit(&desk, &["-o", "new.ron"]).well();
    assert!(said.out.contains("`cwm run new.ron` runs it"), "{said}");
    let text = std::fs::read_to_string(desk.path("new.ron")).unwrap();
    for part in ["Method:", "// ±", "Paid(spend_per_day: 60.0", "frailty_shape", "as known, not fitted"] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    desk.cwm(&["check", "new.ron"]).well();
    let over = fit(&desk, &["-o", "old.ron"]);
    assert_eq!((over.code, over.err.contains("written over")), (3, true), "{over}");
    assert_eq!(fit(&desk, &["-o", "nowhere/new.ron"]).code, 4);
}
