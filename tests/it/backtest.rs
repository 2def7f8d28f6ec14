//! The forecast of a past day is held against what happened, and told in the field's own measures.

use serde_json::Value;

use crate::support::{Desk, csv, cwm_in, files, package, replay_of, rows};

fn recorded() -> Desk {
    let desk = Desk::with("old.ron", replay_of("old.csv"));
    desk.put("old.csv", csv(&rows(120, 30)));
    desk
}

#[test]
fn groceries_are_forecast_at_least_as_well_as_by_the_reference_models() {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    let arguments = ["replay", "scenarios/grocery_replay.ron", "--as-of", "2017-09-30"];
    let more = ["--horizon", "60", "--quiet", "--format", "json", "--out", out.to_str().unwrap()];
    let said = cwm_in(package(), &[&arguments[..], &more[..]].concat()).well().json();
    assert_eq!(said["counted"], "visits", "nearly every visit pays");
    let backtests = said["backtests"].as_array().unwrap();
    assert_eq!(backtests.len(), 1);
    for found in backtests {
        let number = |of: &Value| of.as_f64().unwrap();
        assert_eq!(found["horizon_days"], 60);
        assert!((0.95..1.05).contains(&number(&found["scores"]["bias"])), "{found}");
        for (name, gains) in found["ahead_of"].as_object().unwrap() {
            for score in ["mae", "rmse", "auc_active", "log_loss_active"] {
                assert!(number(&gains[score]["hi"]) > 0.0, "{name}, {score}: {gains}");
            }
        }
        let (lo, hi) = (&found["purchases"]["intervals"][2]["lo"], &found["purchases"]["intervals"][2]["hi"]);
        assert!((number(lo)..=number(hi)).contains(&number(&found["purchases"]["actual"])));
    }
    for field in ["customers", "mae", "rmse", "correlation", "bias", "auc_active", "log_loss_active", "coverage_80"] {
        assert!(said["forecast"][field].is_number(), "{field}");
    }
    let written = files(&out);
    let customers = String::from_utf8(written["customers.csv"].clone()).unwrap();
    assert_eq!(customers.lines().count() as u64, 1 + backtests[0]["customers"].as_u64().unwrap());
    assert!(String::from_utf8(written["report.md"].clone()).unwrap().contains("As of 2017-09-30"));
}

#[test]
fn a_day_outside_the_record_is_refused() {
    let desk = recorded();
    for (day, expected) in [
        ("2024-12-31", "the record runs from 2025-01-01 to 2025-"),
        ("2026-12-31", "leaves nothing to learn from or nothing to predict"),
        ("2025-02-30", "--as-of: "),
    ] {
        let said = desk.cwm(&["replay", "old.ron", "--as-of", day]);
        assert_eq!(said.code, 3, "{said}");
        assert!(said.err.contains(expected), "{said}");
    }
    assert_eq!(desk.cwm(&["replay", "old.ron", "--horizon", "30"]).code, 2, "a horizon needs a day");
}

#[test]
fn what_counts_can_be_chosen_and_threads_change_nothing() {
    let desk = recorded();
    let forecast = |more: &[&str]| {
        let said = desk.cwm(&[&["replay", "old.ron", "--as-of", "2025-03-31", "--quiet"], more].concat()).well();
        let folder = desk.path("outputs/small_replay_as_of");
        (said, std::fs::read_to_string(folder.join("summary.json")).unwrap())
    };
    let (said, one) = forecast(&["--threads", "1"]);
    assert!(said.out.contains("days of buying were expected"), "{said}");
    assert!(one == forecast(&["--threads", "3"]).1);
    let visits = forecast(&["--of", "visits"]);
    assert!(visits.0.out.contains("days with a visit were expected") && visits.1 != one);
    let two: Value = serde_json::from_str(&forecast(&["--as-of", "2025-03-01"]).1).unwrap();
    assert_eq!(two["backtests"].as_array().unwrap().len(), 2);
}
