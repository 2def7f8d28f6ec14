//! A replay tells what was learned of one user, after one, ten and fifty sessions.

use serde_json::Value;

use crate::support::{Desk, csv, replay_of, rows};

fn recorded(users: u64, sessions: u64) -> Desk {
    let desk = Desk::with("old.ron", replay_of("old.csv"));
    desk.put("old.csv", csv(&rows(users, sessions)));
    desk
}

#[test]
fn a_replay_shows_what_was_known_at_three_stages() {
    let desk = recorded(16, 52);
    let said = desk.cwm(&["replay", "old.ron", "--quiet", "--out", "out"]).well();
    for stage in ["After 1 session (2025-", "After 10 sessions (2025-", "After 50 sessions (2025-"] {
        assert!(said.out.contains(stage), "no {stage:?} in {said}");
        for report in ["report.md", "report.html"] {
            let report = std::fs::read_to_string(desk.path("out").join(report)).unwrap();
            assert!(report.contains(stage), "no {stage:?} in the report");
        }
    }
    let summary = std::fs::read_to_string(desk.path("out").join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let stages = summary["learned"]["at_sessions"].as_array().unwrap();
    assert!(summary["learned"]["user"].is_string());
    let sessions: Vec<u64> = stages.iter().map(|stage| stage["session"].as_u64().unwrap()).collect();
    assert_eq!(sessions, [1, 10, 50]);
    let claims = |stage: &Value| stage["claims"].as_array().unwrap().len();
    assert_eq!(claims(&stages[0]), 0, "{}", stages[0]);
    assert!(claims(&stages[2]) > 0, "{}", stages[2]);
    for stage in stages {
        assert!(stage["date"].is_string() && stage["membership"].is_array() && stage["next"].is_object(), "{stage}");
    }
}

#[test]
fn stages_that_nobody_has_reached_are_left_out() {
    let desk = recorded(12, 11);
    let json = desk.cwm(&["replay", "old.ron", "--out", "out", "--format", "json"]).well().json();
    assert_eq!(json["learned"]["at_sessions"].as_array().unwrap().len(), 2);
}
