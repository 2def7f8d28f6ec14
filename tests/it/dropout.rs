//! The shipped courses: who gives up within a month is known better from what they did than from how long they stayed.

use serde_json::Value;

use crate::support::courses;

fn ahead() -> Value {
    courses().said.clone().well().json()["churn_ahead"].clone()
}

#[track_caller]
fn number(ahead: &Value, measure: &str, of: &str) -> f64 {
    ahead[measure][of].as_f64().unwrap_or_else(|| panic!("no {of} of {measure}"))
}

#[test]
fn leaving_is_predicted_for_every_registration() {
    let ahead = ahead();
    assert_eq!((&ahead["users"], &ahead["horizon_days"]), (&2_432.into(), &30.0.into()));
    assert_eq!((&ahead["departure"], &ahead["baseline"]), (&"Announced".into(), &"tenure only".into()));
    assert!(ahead["events"].as_u64().unwrap() > 1_500 && ahead["landmarks"].as_u64().unwrap() > 50_000);
}

#[test]
fn it_beats_tenure_alone() {
    let ahead = ahead();
    for measure in ["log_skill", "brier_skill", "auc_gain"] {
        assert!(number(&ahead, measure, "lo") > 0.0, "{measure}: {}", ahead[measure]);
    }
    assert!(number(&ahead, "auc", "value") > 0.73, "{}", ahead["auc"]);
}

#[test]
fn as_many_leave_as_was_said() {
    let ahead = ahead();
    let slope = number(&ahead, "slope", "value");
    assert!((0.85..1.15).contains(&slope), "{slope}");
    assert!(ahead["ece"].as_f64().unwrap() < 0.01, "{}", ahead["ece"]);
}
