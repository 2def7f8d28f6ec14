//! One user, explained: from a recorded history, from a simulated world, and what is said when it cannot be done.

use serde_json::Value;

use crate::support::{Desk, SMALL, Said, csv, files, replay_of, rows};

/// A folder with a history of sixty users and a scenario that names it.
fn recorded() -> Desk {
    let desk = Desk::with("old.ron", replay_of("old.csv"));
    desk.put("old.csv", csv(&rows(60, 30)));
    desk
}

fn explain(desk: &Desk, more: &[&str]) -> Said {
    desk.cwm(&[&["explain", "old.ron", "--quiet"], more].concat())
}

#[track_caller]
fn number(json: &Value, path: &str) -> f64 {
    json.pointer(path).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {path}"))
}

/// What must hold of any explanation, as JSON.
#[track_caller]
fn consistent(json: &Value) {
    for topic in json["topics"].as_array().unwrap() {
        for belief in topic["beliefs"].as_array().unwrap() {
            assert!(number(belief, "/probability") > 0.9 && number(topic, "/evidence/n_eff") >= 5.0, "{topic}");
        }
        assert_eq!(topic["beliefs"].as_array().unwrap().is_empty(), topic["silence"].is_string(), "{topic}");
    }
    let log_hazard = |p: f64| (-(1.0 - p).ln()).ln();
    let moved: f64 =
        json["risk"]["contributions"].as_array().unwrap().iter().map(|part| number(part, "/log_hazard")).sum();
    let (from, to) = (number(json, "/risk/population"), number(json, "/risk/p"));
    assert!((log_hazard(from) + moved - log_hazard(to)).abs() < 1e-6);
    let entries = json["timeline"]["entries"].as_array().unwrap();
    assert_eq!(entries.len() as f64, number(json, "/seen/sessions"));
    let members: f64 = json["segments"].as_array().unwrap().iter().map(|segment| number(segment, "/p")).sum();
    assert!((members - 1.0).abs() < 1e-3, "{members}");
}

#[test]
fn a_recorded_user_is_explained_in_text_json_and_a_report() {
    let desk = recorded();
    let said = explain(&desk, &["--user", "1001", "--out", "out"]).well();
    for part in ["User 1001 as of 2025-", "30 sessions", "Believed", "half-life", "Risk", "Value", "newest first"] {
        assert!(said.out.contains(part), "no {part:?} in {said}");
    }
    let folder = desk.path("out");
    let files = files(&folder);
    for name in ["report.html", "report.md", "summary.json", "manifest.json", "scenario.ron", "tables/timeline.csv"] {
        assert!(files.contains_key(name), "no {name}");
    }
    assert!(files.keys().any(|name| name.starts_with("charts/beliefs_")));
    let json = explain(&desk, &["--user", "1001", "--out", "out", "--format", "json"]).well().json();
    assert_eq!((json["user"].as_str(), number(&json, "/seen/sessions")), (Some("1001"), 30.0));
    assert!(json["output"].as_str().unwrap().ends_with("out"));
    consistent(&json);
}

#[test]
fn the_future_changes_nothing_that_is_told() {
    let (desk, cut) = (recorded(), recorded());
    let before = |row: &String| row.as_str() < "2025-04-01";
    cut.put("old.csv", csv(&rows(60, 30).into_iter().filter(before).collect::<Vec<_>>()));
    let told = |desk: &Desk| {
        let more = ["--user", "customer-3", "--at", "2025-04-01", "--out", "out", "--format", "json"];
        let mut json = explain(desk, &more).well().json();
        json.as_object_mut().unwrap().retain(|name, _| name != "output" && name != "wall_s");
        json
    };
    let json = told(&desk);
    consistent(&json);
    assert_eq!(json["at"], "2025-04-01 00:00");
    assert_eq!(json, told(&cut));
}

#[test]
fn a_simulated_user_is_explained_from_events() {
    let desk = Desk::with("old.ron", SMALL);
    let listed = explain(&desk, &["--format", "json"]).well().json();
    let candidates = listed["candidates"].as_array().unwrap();
    assert!((1..=10).contains(&candidates.len()), "{listed}");
    let user = candidates[0]["id"].as_str().unwrap();
    let json = explain(&desk, &["--user", user, "--format", "json"]).well().json();
    assert_eq!(number(&json, "/seen/sessions"), number(&candidates[0], "/sessions"));
    assert!(json["output"].as_str().unwrap().ends_with(&format!("outputs/small_user_{user}")));
    if json["seen"]["left"] == Value::Bool(false) {
        consistent(&json);
    }
    // A world is lived to the same bits again.
    let again = explain(&desk, &["--user", user, "--format", "json"]).well().json();
    assert_eq!(json["value"], again["value"]);
}

#[test]
fn without_a_user_those_worth_looking_at_are_listed() {
    let desk = recorded();
    let said = explain(&desk, &[]).well();
    assert!(said.out.starts_with("There are 60 users."), "{said}");
    assert!(said.out.lines().count() <= 15 && said.out.contains("among the most sessions"), "{said}");
    assert!(!desk.path("outputs").exists());
}

#[test]
fn who_is_not_there_and_when_is_no_day_are_said() {
    let desk = recorded();
    let cases: [(&[&str], &str); 5] = [
        (&["--user", "nobody"], "there is no user `nobody`; there are 60 users, among them "),
        (&["--user", "1001", "--at", "soon"], "--at: a date must be year-month-day (2026-03-01), but is \"soon\""),
        (&["--user", "1001", "--at", "2019-01-01"], "is outside the record, which runs from 2025-01-0"),
        (&["--user", "1001", "--at", "2031-01-01"], "--at: 2031-01-01 is outside the record"),
        (&["--user", "customer-0", "--at", "2025-01-02"], "nothing was known of them at 2025-01-02 00:00"),
    ];
    for (arguments, complaint) in cases {
        let said = explain(&desk, &[arguments, &["--out", "out"]].concat());
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{arguments:?}: {said}");
        assert!(said.err.contains(complaint), "{arguments:?}: {said}");
        assert!(!desk.path("out").exists());
    }
}

#[test]
fn who_is_alone_has_no_population_to_be_held_against() {
    let desk = recorded();
    let mine = |row: &String| row.contains(",1001,");
    desk.put("old.csv", csv(&rows(60, 30).into_iter().filter(mine).collect::<Vec<_>>()));
    for more in [&["--user", "1001", "--out", "out"][..], &[]] {
        let said = explain(&desk, more);
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{said}");
        assert!(said.err.contains("there is no population to learn from"), "{said}");
    }
}

#[test]
fn a_scenario_that_cannot_be_read_is_refused_as_by_every_command() {
    let desk = Desk::with("old.ron", SMALL.replace("seed: 7,", "seed: 7"));
    assert_eq!(explain(&desk, &["--user", "1"]), desk.cwm(&["check", "old.ron"]));
    assert_eq!(desk.cwm(&["explain", "nowhere.ron"]), desk.cwm(&["check", "nowhere.ron"]));
}
