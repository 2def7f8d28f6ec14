//! A recorded experiment is read with its warnings; without randomisation no number is called an effect.

use std::fmt::Write;

use crate::support::Desk;

/// A draw in (0, 1) that is the same every time, well mixed (Steele, Lea & Flood 2014, `SplitMix64`).
fn draw(i: u64) -> f64 {
    let mut z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// 4,000 users, half of them with an e-mail that lifts visits of buyers by 20 points and of nobody else.
fn experiment() -> String {
    let mut rows = "user,arm,buyer,before,visit,spend\n".to_owned();
    for user in 0..4_000u64 {
        let at = |purpose: u64| draw(user * 8 + purpose);
        let (arm, buyer) = (if user % 2 == 0 { "control" } else { "email" }, at(0) < 0.5);
        let lift = if arm == "email" && buyer { 0.2 } else { 0.0 };
        let visit = at(1) < 0.2 + lift;
        let before = 10.0 * at(2);
        let spend = if visit { before + 5.0 * at(3) } else { 0.0 };
        let (buyer, visit) = (u8::from(buyer), u8::from(visit));
        writeln!(rows, "{user},{arm},{buyer},{before:.3},{visit},{spend:.3}").unwrap();
    }
    rows
}

fn desk() -> Desk {
    Desk::with("rows.csv", experiment())
}

fn analyse(desk: &Desk, more: &[&str]) -> serde_json::Value {
    let arguments = ["experiment", "analyse", "rows.csv", "--arm", "arm", "--quiet", "--format", "json"];
    desk.cwm(&[&arguments[..], more].concat()).well().json()
}

#[test]
fn an_experiment_is_told_with_intervals_and_corrected_p_values() {
    let more = ["--metric", "visit", "--metric", "spend", "--identification", "randomised", "--covariate", "before"];
    let said = analyse(&desk(), &[&more[..], &["--segment", "buyer", "--guardrail", "spend:-5%"]].concat());
    let visit = &said["comparisons"][0];
    let number = |name: &str| visit[name].as_f64().unwrap();
    assert!(number("lo") < 0.1 && number("hi") > 0.1 && number("lo") > 0.0, "{visit}");
    assert_eq!((visit["reading"].as_str(), visit["control"].as_str()), (Some("effect"), Some("control")));
    assert!(number("p_adjusted") >= number("p_value"));
    assert!(
        visit["relative"]["log_ratio"]["lo"].is_number() && visit["always_valid"]["lo"].as_f64() < visit["lo"].as_f64()
    );
    let spend = &said["comparisons"][1]["adjusted"];
    assert_eq!(spend["method"], "cuped");
    assert!(spend["variance_reduction"].as_f64().unwrap() > 0.02, "{spend}");
    let levels = &said["segments"][0]["levels"];
    assert!(levels[0]["effect"]["hi"].as_f64().unwrap() < levels[1]["effect"]["lo"].as_f64().unwrap(), "{levels}");
    assert_eq!(said["guardrails"][0]["passed"], true);
    assert_eq!(said["sample_ratio"]["p_value"], 1.0);
}

#[test]
fn without_a_stated_randomisation_it_is_an_association_and_a_gate_fails() {
    let desk = desk();
    let said = analyse(&desk, &["--metric", "visit"]);
    assert_eq!(said["comparisons"][0]["reading"], "association");
    let warnings = said["warnings"].to_string();
    assert!(warnings.contains("Not an effect"), "{warnings}");
    let arguments = ["experiment", "analyse", "rows.csv", "--arm", "arm", "--metric", "visit", "--quiet", "--gate"];
    assert_eq!(desk.cwm(&arguments).code, 1);
}

#[test]
fn a_mismatch_of_sizes_and_one_extreme_user_are_told() {
    let desk = desk();
    let rows = experiment() + "x,email,0,1,0,90000\n";
    // Every tenth user of control is lost.
    let kept: Vec<&str> = rows.lines().enumerate().filter(|(i, _)| i % 20 != 3).map(|(_, line)| line).collect();
    desk.put("rows.csv", kept.join("\n"));
    let said = analyse(&desk, &["--metric", "spend", "--identification", "randomised"]);
    let warnings = said["warnings"].to_string();
    assert!(warnings.contains("Sample-ratio mismatch") && warnings.contains("one user (value 90000"), "{warnings}");
}

#[test]
fn whom_to_treat_is_learned_on_one_half_and_judged_on_the_other() {
    let more = ["--metric", "visit", "--identification", "randomised", "--target", "buyer,before"];
    let said = analyse(&desk(), &more);
    let found = &said["targeting"][0];
    let rankings = found["rankings"].as_array().unwrap();
    let qini = |name: &str| rankings.iter().find(|one| one["name"] == name).unwrap()["qini"].as_f64().unwrap();
    assert!(qini("one feature: buyer") > 0.08 && qini("random") < 0.05, "{rankings:?}");
    assert!(found["finding"].as_str().unwrap().contains("no learner beats"), "{}", found["finding"]);
    let policy = |name: &str| {
        let policies = found["policies"].as_array().unwrap();
        policies.iter().find(|one| one["policy"] == name).unwrap()["estimate"].as_f64().unwrap()
    };
    assert!(policy("everybody email") > policy("everybody control"));
}

#[test]
fn a_log_that_cannot_carry_a_policy_is_refused() {
    let mut log = "action,p,reward\n".to_owned();
    for i in 0..1_000u64 {
        let rare = i % 500 == 0;
        let (action, p) = if rare { ("b", 0.002) } else { ("a", 0.998) };
        writeln!(log, "{action},{p},{}", u8::from(draw(i) < 0.1)).unwrap();
    }
    let desk = Desk::with("log.csv", log);
    let arguments =
        ["experiment", "analyse", "log.csv", "--action", "action", "--propensity", "p", "--reward", "reward"];
    let said = desk.cwm(&[&arguments[..], &["--quiet", "--format", "json"]].concat()).well().json();
    assert!(said["off_policy"]["refused"].as_str().unwrap().contains("effective sample size"), "{said}");
    assert_eq!(said["off_policy"]["values"].as_array().unwrap().len(), 0);
    let gated = desk.cwm(&[&arguments[..], &["--quiet", "--gate"]].concat());
    assert_eq!(gated.code, 1);
    let own = desk.cwm(&[&arguments[..], &["--quiet", "--policy", "items:a", "--format", "json"]].concat());
    assert_eq!(own.well().json()["off_policy"]["refused"], serde_json::Value::Null);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let desk = desk();
    let said = |more: &[&str]| {
        let arguments = ["experiment", "analyse", "rows.csv", "--quiet"];
        desk.cwm(&[&arguments[..], more].concat())
    };
    let cases: [(&[&str], &str); 6] = [
        (&["--arm", "arm", "--metric", "visits"], "did you mean `visit`?"),
        (&["--arm", "arm", "--metric", "spend:proportion"], "column `spend`: expected 0 and 1 of a proportion"),
        (&["--arm", "arm", "--metric", "visit:median"], "--metric \"visit:median\": expected COLUMN"),
        (&["--arm", "arm", "--metric", "visit", "--control", "none"], "expected one of control, email"),
        (&["--arm", "user", "--metric", "visit"], "must hold two arms or more"),
        (&["--arm", "arm", "--metric", "visit", "--expected", "1:1:1"], "2 numbers, for control, email"),
    ];
    for (more, expected) in cases {
        let found = said(more);
        assert!(found.code == 3 && found.err.contains(expected), "{more:?}: {found}");
    }
}

#[test]
fn half_of_a_real_experiment_is_projected_from_the_rest() {
    let more =
        ["--metric", "visit", "--metric", "spend", "--identification", "randomised", "--segment", "buyer", "--project"];
    let desk = desk();
    let said = analyse(&desk, &more);
    let projected = said["projected"].as_array().unwrap();
    // Both metrics, in all and in both levels.
    assert_eq!(projected.len(), 6, "{projected:#?}");
    for one in projected {
        let number = |name: &str| one[name].as_f64().unwrap();
        assert!(number("lo") < number("projected") && number("projected") < number("hi"), "{one}");
        assert!(number("held_share") > 0.85, "{one}");
        assert!(one["users"][0].as_u64().unwrap() + one["users"][1].as_u64().unwrap() > 900, "{one}");
    }
    // Buyers' lift of 20 points is foretold apart from that of the others, who have none.
    let level = |name: &str| projected.iter().find(|one| one["metric"] == "visit" && one["level"] == name).unwrap();
    assert!(level("1")["lo"].as_f64().unwrap() > level("0")["hi"].as_f64().unwrap());
    // Of other halves by another seed something else is said.
    assert_ne!(analyse(&desk, &[&more[..], &["--seed", "9"]].concat())["projected"], said["projected"]);
}
