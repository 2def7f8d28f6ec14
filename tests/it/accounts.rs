//! Customers that are companies, as strangers use them: run, record, replay, insight, explain, brief.

use crate::support::{Desk, package};

/// The shipped scenario with few and small accounts.
fn few() -> String {
    let text = std::fs::read_to_string(package().join("scenarios/b2b_hr.ron")).unwrap();
    let changes = [
        ("count: 3500, new_per_year: 490.0", "count: 700, new_per_year: 98.0"),
        ("count: 1200, new_per_year: 96.0", "count: 240, new_per_year: 19.0"),
        ("count: 300, new_per_year: 12.0", "count: 60, new_per_year: 2.4"),
        ("seats: (mean: 890.0", "seats: (mean: 90.0"),
        ("replications: 20", "replications: 3"),
        ("name: \"b2b_hr\"", "name: \"few\""),
    ];
    changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

#[test]
fn a_run_compares_plays_and_draws_what_they_keep() {
    let desk = Desk::with("few.ron", few());
    let said = desk.cwm(&["run", "few.ron"]).well();
    assert!(said.out.contains("net revenue retention would be"), "{said}");
    let again = |threads: &str| {
        let mut json = desk.cwm(&["run", "few.ron", "--format", "json", "--threads", threads]).well().json();
        json["wall_s"].take();
        json
    };
    let json = again("1");
    assert_eq!(json, again("3"));
    let number = |pointer: &str| {
        json.pointer(pointer).and_then(serde_json::Value::as_f64).unwrap_or_else(|| panic!("{pointer}"))
    };
    assert!((0.8..1.0).contains(&number("/baseline/gross_retention")) && number("/baseline/recurring") > 1e7);
    for arm in 0..5 {
        let ends = ["lo", "mean", "hi"].map(|end| number(&format!("/arms/{arm}/net_retention/{end}")));
        assert!(ends[0] <= ends[1] && ends[1] <= ends[2], "{ends:?}");
        // The bridge adds up.
        let part = |name: &str| number(&format!("/arms/{arm}/bridge/{name}/mean"));
        let added =
            part("opening") - part("churn") - part("contraction") + part("expansion") + part("seats") + part("uplift");
        assert!((added - part("closing")).abs() < 1.0, "{added}");
    }
    for file in
        ["report.html", "report.md", "charts/bridge.svg", "charts/gains.png", "tables/plays.csv", "scenario.ron"]
    {
        assert!(desk.path("outputs/few").join(file).exists(), "{file}");
    }
}

#[test]
fn a_run_leads_to_a_proposal_and_plays_to_planned_trials() {
    let desk = Desk::with("few.ron", few());
    desk.cwm(&["run", "few.ron", "--replications", "2", "--quiet"]).well();
    let said = desk.cwm(&["report", "outputs/few"]).well();
    assert!(said.out.contains("net revenue retention would be"), "{said}");
    let page = std::fs::read_to_string(desk.path("outputs/few_proposal/proposal.md")).unwrap();
    for heading in ["What is proposed", "How we would know", "What speaks against it", "Agreed"] {
        assert!(page.contains(heading), "{heading}");
    }
    let plan = desk.cwm(&["experiment", "plan", "few.ron", "--worlds", "2", "--format", "json"]).well().json();
    let trials = plan["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 4);
    // What is known sooner comes first.
    let months: Vec<f64> = trials.iter().filter_map(|trial| trial["months_to_know"].as_f64()).collect();
    assert!(!months.is_empty() && months.windows(2).all(|pair| pair[0] <= pair[1]), "{months:?}");
}

#[test]
fn a_recorded_folder_tells_the_same_as_the_world_it_came_from() {
    let desk = Desk::with("few.ron", few());
    let mut without = few();
    let from = without.find("        arms: [").unwrap();
    let to = without.find("        replications").unwrap();
    without.replace_range(from..to, "        arms: [(id: \"control\", interventions: [])],\n");
    desk.put("few.ron", without);
    desk.cwm(&["run", "few.ron", "--replications", "1", "--record", "records"]).well();
    let scores = |history: &str| {
        let mut json = desk.cwm(&["replay", history, "--format", "json", "--seed", "3"]).well().json();
        json["output"].take();
        json
    };
    let recorded = scores("records");
    assert!(recorded["renewal"][0]["predictions"].as_u64().unwrap() > 100, "{recorded}");
    let insight = desk.cwm(&["insight", "records", "--format", "json"]).well().json();
    assert!(insight["renewal"].as_array().unwrap().len() > 20 && insight["effect"].is_null());
    let account = insight["losing"][0]["account"].as_str().unwrap().to_owned();
    let told = desk.cwm(&["explain", "records", "--account", &account]).well();
    assert!(told.out.contains("It renews with") && told.out.contains("What to do next"), "{told}");
    let page = desk.cwm(&["brief", "records", "--hours", "10", "--format", "json"]).well().json();
    assert!(page["hours"][0].as_f64().unwrap() <= 10.0 && !page["plan"].as_array().unwrap().is_empty());
}

#[test]
fn a_trial_tells_effect_from_association() {
    let desk = Desk::with("few.ron", few());
    let json = desk.cwm(&["insight", "few.ron", "--trial", "adoption_playbook", "--format", "json"]).well().json();
    let effect = &json["effect"];
    assert!(effect["decided"][0].as_u64().unwrap() > 20 && effect["decided"][1].as_u64().unwrap() > 20, "{effect}");
    let moved = &effect["through"][0]["moved"];
    assert!(moved["lo"].as_f64().unwrap() > 0.0, "{moved}");
    let refused = desk.cwm(&["insight", "few.ron", "--trial", "nothing"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(
        refused.err.contains("no play is named \"nothing\"; there are adoption_playbook, save_by_risk"),
        "{refused}"
    );
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    let desk = Desk::new();
    let wrong = [
        ("requires: [\"time\"]", "requires: [\"tme\"]", "no module is named \"tme\""),
        ("\"mid\": 0.30", "\"mdi\": 0.30", "no tier is named \"mdi\""),
        ("share: 0.82", "share: 0.72", "the roles' shares must add up to 1"),
        (
            "interventions: [\"save_by_risk\"]",
            "interventions: [\"save_by_luck\"]",
            "no intervention is named \"save_by_luck\"",
        ),
        ("count: 1200", "count: 0", "must hold at least 1 account, but holds 0"),
    ];
    let text = std::fs::read_to_string(package().join("scenarios/b2b_hr.ron")).unwrap();
    for (from, to, told) in wrong {
        desk.put("wrong.ron", text.replace(from, to));
        let said = desk.cwm(&["check", "wrong.ron"]);
        assert!(said.code == 3 && said.err.contains(told) && said.err.contains("wrong.ron:"), "{said}");
    }
    let said = desk.cwm(&["explain", "wrong.ron", "--account", "A1"]);
    assert_eq!(said.code, 3, "{said}");
}
