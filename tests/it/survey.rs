//! What new customers say against what they do: a simulated survey, its record, and the race in the replay's report.

use serde_json::Value;

use crate::support::{Desk, package, with};

/// The shipped scenario, with fewer people and days.
fn small() -> String {
    let shipped = std::fs::read_to_string(package().join("scenarios/onboarding_survey.ron")).unwrap();
    with(&with(&shipped, "horizon_days: 180", "horizon_days: 70"), "spend_per_day: 90.0", "spend_per_day: 60.0")
}

/// The questions of a replay, by name: the time of day, what users come for.
fn replayed(scenario: String) -> [Value; 2] {
    let desk = Desk::with("survey.ron", scenario);
    let said = desk.cwm(&["replay", "survey.ron", "--quiet", "--format", "json"]).well();
    let report = std::fs::read_to_string(desk.path("outputs/onboarding_survey_replay/report.md")).unwrap();
    assert!(report.contains("What they say against what they do"));
    let stated = &said.json()["stated"];
    assert_eq!(stated["unknown"], 0);
    assert_eq!([&stated["questions"][0]["question"], &stated["questions"][1]["question"]], ["Daypart", "Content"]);
    [stated["questions"][0].clone(), stated["questions"][1].clone()]
}

fn number(value: &Value, of: &str) -> f64 {
    value[of].as_f64().unwrap_or_else(|| panic!("no {of} of {value}"))
}

#[test]
fn the_record_overtakes_a_survey_that_is_noisy_and_biased() {
    for question in replayed(small()) {
        let races = question["by_prior_sessions"].as_array().unwrap();
        assert!(number(&races[0]["stated"], "lo") > 0.0, "before the first session the answer is all there is");
        assert!(number(&races[0]["lead"], "hi") < 0.0, "{}", races[0]);
        let (at, surely) = (question["overtakes_at"].as_u64().unwrap(), question["surely_at"].as_u64().unwrap());
        assert!((1..=4).contains(&at) && (at..=11).contains(&surely), "{at}, {surely}");
    }
}

#[test]
fn an_honest_survey_is_worth_more_and_is_overtaken_later() {
    let honest = with(&small(), "noise: 0.35", "noise: 0.0");
    let noisy = with(&small(), "noise: 0.35", "noise: 0.95");
    for (honest, noisy) in replayed(honest).iter().zip(&replayed(noisy)) {
        assert!(number(&honest["stated"], "lo") > number(&noisy["stated"], "hi"), "{honest} {noisy}");
        assert!(number(honest, "kept_to") > number(noisy, "kept_to") + 0.1);
        assert!(number(honest, "overtakes_at") >= number(noisy, "overtakes_at"));
    }
}

#[test]
fn asking_changes_nothing_that_anybody_does() {
    let asked = small();
    let from = asked.find("        survey: Survey(").unwrap();
    let to = from + asked[from..].find("        ),\n").unwrap() + "        ),\n".len();
    let unasked = format!("{}{}", &asked[..from], &asked[to..]);
    let rows = |scenario: String| {
        let desk = Desk::with("survey.ron", scenario);
        desk.cwm(&["run", "survey.ron", "--quiet", "--record", "history.csv"]).well();
        let history = std::fs::read_to_string(desk.path("history.csv")).unwrap();
        history.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    // Ordinals count a user's events, the answers among them.
    let without = |column: usize, row: &str| {
        row.split(',').enumerate().filter(|&(i, _)| i != column).map(|(_, cell)| cell).collect::<Vec<_>>().join(",")
    };
    let (asked, unasked) = (rows(asked), rows(unasked));
    let done: Vec<String> = asked.iter().filter(|row| !row.contains(",stated,")).map(|row| without(2, row)).collect();
    assert!(done.len() + 1_000 < asked.len());
    assert_eq!(done, unasked.iter().map(|row| without(2, row)).collect::<Vec<_>>());
}

#[test]
fn a_survey_with_an_unknown_answer_is_refused_with_the_nearest_known_one() {
    let desk = Desk::with("survey.ron", with(&small(), "{ \"business\": 1.8", "{ \"buisness\": 1.8"));
    let said = desk.cwm(&["check", "survey.ron"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("no answer is named \"buisness\"") && said.err.contains("business"), "{said}");
}
