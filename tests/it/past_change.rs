//! A past change, projected as of the day before and held against what came.

use serde_json::Value;

use crate::support::{Desk, SMALL, replay_of, with};

const PROMOTION: &str = r#"
    interventions: [
        Intervention(id: "promotion", eligible: All, effect: ScaleSessions(by: LogNormal(mean: 1.8, sigma: 0.1))),
    ],
    replay: "#;

/// A desk with two records of the same world, one in which a promotion was launched on 1 March and one in which nothing was.
fn desk() -> Desk {
    let more = with(SMALL, "users_per_day: 2.0", "users_per_day: 6.0");
    let longer = with(&more, "warmup_days: 60", "warmup_days: 120");
    let world = with(
        &longer,
        "effect: ScaleSessions(by: LogNormal(mean: 1.20, sigma: 0.05))",
        "effect: ScaleSessions(by: Exactly(1.8))",
    );
    let desk = Desk::with("world.ron", with(&world, "eligible: SessionsAtLeast(3)", "eligible: All"));
    for (arm, file) in [("reminders", "shipped.csv"), ("control", "nothing.csv")] {
        desk.cwm(&["run", "world.ron", "--record", file, "--arm", arm, "--arms-only", "--quiet"]).well();
    }
    for name in ["shipped", "nothing"] {
        let replay = with(&replay_of(&format!("{name}.csv")), "    replay: ", PROMOTION);
        desk.put(&format!("{name}.ron"), &replay);
    }
    desk
}

fn found(desk: &Desk, file: &str, more: &[&str]) -> Value {
    let asked = ["replay", file, "--intervention", "promotion", "--on", "2026-03-01", "--format", "json", "--quiet"];
    desk.cwm(&[&asked, more].concat()).well().json()["past_change"].take()
}

#[test]
fn a_change_that_was_made_is_held_and_one_that_was_not_is_missed() {
    let desk = desk();
    // 1. It was made: the world without it would have brought less than came.
    let made = found(&desk, "shipped.ron", &[]);
    let revenue = &made["quantities"][0];
    assert_eq!((&made["on"], &made["horizon_days"]), (&Value::from("2026-03-01"), &Value::from(20)));
    assert_eq!((&revenue["held"], &revenue["as_without"]), (&Value::from(true), &Value::from(false)), "{made:#}");
    assert!(revenue["since"]["lo"].as_f64().unwrap() > 0.0, "{revenue:#}");
    let realised = &made["realised"];
    let number = |name: &str| realised[name].as_f64().unwrap();
    assert!((number("mean") - 1.0).abs() < 0.35, "{realised:#}");
    assert!(number("lo") < number("mean") && number("mean") < number("hi"), "{realised:#}");
    assert!(made["treated"][0]["users"].as_f64().unwrap() > 100.0, "{made:#}");
    // 2. It was not: nothing came beyond the world without it.
    let not = found(&desk, "nothing.ron", &[]);
    let revenue = &not["quantities"][0];
    assert_eq!((&revenue["held"], &revenue["as_without"]), (&Value::from(false), &Value::from(true)), "{not:#}");
    // 3. The same again, on any number of threads.
    assert_eq!(found(&desk, "shipped.ron", &["--threads", "1"]), found(&desk, "shipped.ron", &["--threads", "3"]));
}

#[test]
fn a_change_is_told_in_words_and_may_be_stated_elsewhere() {
    let desk = desk();
    let said =
        desk.cwm(&["replay", "nothing.ron", "--intervention", "world.ron", "--on", "2026-03-01", "--worlds", "4"]);
    // The world's second intervention is for a segment that only that world knows.
    assert!(said.err.contains("no segment is named \"regular\"; there are class_1"), "{}", said.err);
    let asked = ["replay", "shipped.ron", "--intervention", "promotion", "--on", "2026-03-01", "--worlds", "8"];
    let said = desk.cwm(&asked).well();
    assert!(said.out.contains("With promotion from 2026-03-01 on, "), "{said}");
    assert!(said.out.contains("came beyond the world without it"), "{said}");
    let page = std::fs::read_to_string(desk.path("outputs/small_replay_change/report.md")).unwrap();
    assert!(page.contains("interrupted time series") && page.contains("--intervention promotion --on 2026-03-01"));
}

#[test]
fn what_cannot_be_asked_of_a_past_change_is_said() {
    let desk = desk();
    let refused = |arguments: &[&str], told: &str| {
        let said = desk.cwm(&[&["replay", "shipped.ron"], arguments].concat());
        assert!(said.err.contains(told), "{arguments:?}: {}", said.err);
    };
    refused(
        &["--intervention", "promotoin", "--on", "2026-03-01"],
        "has no intervention named \"promotoin\"; it has promotion",
    );
    refused(&["--intervention", "promotion", "--on", "2031-03-01"], "the record runs from 2025-11-");
    refused(&["--intervention", "promotion", "--on", "soon"], "--on: ");
    refused(&["--intervention", "promotion"], "--on");
    refused(&["--intervention", "promotion", "--on", "2026-03-01", "--as-of", "2026-02-01"], "cannot be used with");
    let said = desk.cwm(&["run", "world.ron", "--record", "x.csv", "--arm", "remainders"]);
    assert!(said.err.contains("no arm is named \"remainders\"; there are control, reminders, both"), "{}", said.err);
}
