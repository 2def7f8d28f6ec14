//! The shipped real histories: predictions beat the population that they come from, and more so with every session.

use serde_json::Value;

use crate::support::grocery;

fn json() -> Value {
    grocery().said.clone().well().json()
}

/// A facet's value for users with a number of prior sessions.
#[track_caller]
fn value(json: &Value, facet: &str, from: u64) -> f64 {
    let bins = json["facets"][facet]["by_prior_sessions"].as_array().unwrap();
    let bin = bins.iter().find(|bin| bin["from"] == from).unwrap_or_else(|| panic!("{facet}: no bin from {from}"));
    bin["value"].as_f64().unwrap_or_else(|| panic!("{facet}: no value from {from}"))
}

#[test]
fn all_households_are_replayed() {
    let json = json();
    assert_eq!((&json["users"], &json["rejected"]), (&2_469.into(), &0.into()));
    assert_eq!(json["rows"], 155_370);
}

#[test]
fn habits_are_known_after_a_few_baskets_and_better_after_many() {
    let json = json();
    let least = [
        ("daypart", 6, 0.07),
        ("daypart", 36, 0.09),
        ("content", 6, 0.06),
        ("content", 36, 0.105),
        ("amount", 6, 0.14),
    ];
    for (facet, from, least) in least {
        let found = value(&json, facet, from);
        assert!(found >= least, "{facet} from {from} prior sessions: {found:.4} < {least}");
    }
}

#[test]
fn a_stranger_is_predicted_no_worse_than_anybody() {
    let json = json();
    for (facet, report) in json["facets"].as_object().unwrap() {
        if report["nothing_to_predict"] == Value::Bool(false) {
            let bins = report["by_prior_sessions"].as_array().unwrap();
            // Not every facet is predicted at the first session: there is no gap before it.
            if bins.iter().any(|bin| bin["from"] == 0) {
                let found = value(&json, facet, 0);
                assert!(found >= -0.005, "{facet}: {found:.4}");
            }
        }
    }
}
