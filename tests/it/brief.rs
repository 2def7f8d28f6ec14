//! The morning page: what it says rests on the past alone, with or without a stored set.

use std::fmt::Write;

use crate::support::{Desk, SMALL, csv, replay_of, rows};

#[test]
fn a_world_has_a_morning_page() {
    let desk = Desk::with("small.ron", SMALL);
    let said = desk.cwm(&["brief", "small.ron", "--day", "2026-03-17"]).well();
    assert!(said.out.starts_with("Tuesday 2026-03-17: "), "{said}");
    let json = desk.cwm(&["brief", "small.ron", "--day", "2026-03-17", "--format", "json"]).well().json();
    let foreseen = &json["yesterday"]["foreseen"];
    assert!(foreseen["lo"].as_f64() < foreseen["mean"].as_f64() && foreseen["mean"].as_f64() < foreseen["hi"].as_f64());
    for one in json["at_risk"].as_array().unwrap() {
        let (p, worth, stake) = (&one["p_leaves"], &one["worth"]["mean"], &one["at_stake"]);
        let [p, worth, stake] = [p, worth, stake].map(|number| number.as_f64().unwrap());
        assert!((p * worth - stake).abs() < 1e-9 && (0.0..=1.0).contains(&p), "{one}");
        assert!(!one["action"]["words"].as_str().unwrap().is_empty());
    }
    for file in ["report.html", "report.md", "charts/yesterday.svg", "summary.json"] {
        assert!(desk.path("outputs/small_brief_2026-03-17").join(file).exists(), "{file}");
    }
}

#[test]
fn what_a_running_experiment_says_is_part_of_it() {
    let desk = Desk::with("small.ron", SMALL);
    let mut rows = "arm,paid,spend\n".to_owned();
    for user in 0..4_000 {
        let (arm, lift) = if user % 2 == 0 { ("control", 0) } else { ("new", 10) };
        let (paid, spend) = (u8::from(user / 2 % 100 < 20 + lift), user / 2 % 7);
        writeln!(rows, "{arm},{paid},{spend}").unwrap();
    }
    desk.put("rows.csv", rows);
    let analyse =
        ["experiment", "analyse", "rows.csv", "--arm", "arm", "--control", "control", "--metric", "paid:proportion"];
    let more = ["--metric", "spend", "--identification", "randomised", "--out", "checkout"];
    desk.cwm(&[&analyse[..], &more].concat()).well();
    let brief = ["brief", "small.ron", "--day", "2026-03-17", "--experiment", "checkout"];
    let said = desk.cwm(&brief).well().out;
    assert!(said.contains("Experiment checkout\n  paid:proportion, new against control: +0.1"), "{said}");
    assert!(said.contains("): more than the control") && said.contains("not to be told yet: go on"), "{said}");
    let page = std::fs::read_to_string(desk.path("outputs/small_brief_2026-03-17/report.html")).unwrap();
    assert!(page.contains("What experiments say so far"));
    let wrong = ["brief", "small.ron", "--day", "2026-03-17", "--experiment", "outputs/small_brief_2026-03-17"];
    assert!(desk.cwm(&wrong).complaint().contains("must be what `cwm experiment analyse --out` writes"));
}

#[test]
fn a_stored_set_serves_as_well_and_later_events_change_nothing() {
    let desk = Desk::new();
    desk.put("all.csv", csv(&rows(12, 30)));
    desk.put("all.ron", replay_of("all.csv"));
    desk.cwm(&["update", "models", "--from", "all.ron"]).well();
    let brief = |scenario: &str, models: &str| {
        let asked = ["brief", scenario, "--day", "2025-03-04", "--models", models, "--format", "json"];
        let mut json = desk.cwm(&asked).well().json();
        json["output"].take();
        json
    };
    let whole = brief("all.ron", "models");
    let early: Vec<String> = rows(12, 30).into_iter().filter(|row| row.as_str() < "2025-03-06").collect();
    desk.put("early.csv", csv(&early));
    desk.put("early.ron", replay_of("early.csv"));
    assert_eq!(brief("early.ron", "models"), whole);
    // A set that knows nothing later is gone on from, to the bit, instead of living everything again.
    desk.cwm(&["update", "kept", "--from", "early.ron", "--priors-of", "models"]).well();
    assert_eq!(brief("early.ron", "kept"), whole);
}

#[test]
fn little_history_gives_a_page_and_no_numbers_that_are_none() {
    let desk = Desk::new();
    for (users, sessions) in [(1, 1), (3, 2), (3, 12)] {
        desk.put("few.csv", csv(&rows(users, sessions)));
        desk.put("few.ron", replay_of("few.csv"));
        let said = desk.cwm(&["brief", "few.ron"]).well();
        assert!(!said.out.contains("NaN") && !said.out.contains("inf"), "{said}");
    }
    assert!(desk.cwm(&["brief", "few.ron", "--day", "1999-01-01"]).complaint().contains("is outside the record"));
    assert!(desk.cwm(&["brief", "few.ron", "--day", "soon"]).complaint().contains("\"soon\""));
}
