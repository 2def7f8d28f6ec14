//! The proposal of a run: whole, without the hidden truth, and refused where there is no run.

use crate::support::{Desk, SMALL};

fn ran() -> Desk {
    let desk = Desk::with("small.ron", SMALL);
    desk.cwm(&["run", "small.ron", "--arms-only"]).well();
    desk
}

#[test]
fn a_run_leads_to_a_proposal() {
    let desk = ran();
    let json = desk.cwm(&["report", "outputs/small", "--format", "json"]).well().json();
    // The first comment line, not the folder's copy of the scenario, which has no comments.
    assert_eq!(json["question"], "Does one more session in five pay for itself?");
    assert!(json["title"].as_str().unwrap().starts_with("Proposal: “"), "{json}");
    let page = std::fs::read_to_string(desk.path("outputs/small_proposal/proposal.html")).unwrap();
    assert!(page.contains("cwm experiment plan small.ron"), "no experiment was planned yet");
    for hidden in ["Perfect targeting", "hidden segment", "perfect knowledge", "knowing every user"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(page.len() < 2_000_000 && json["bytes"] == page.len(), "{}", page.len());
    // The same run gives the same page.
    desk.cwm(&["report", "outputs/small", "--out", "again"]).well();
    assert_eq!(std::fs::read_to_string(desk.path("again/proposal.html")).unwrap(), page);
}

#[test]
fn a_planned_experiment_is_part_of_it() {
    let desk = ran();
    desk.cwm(&["experiment", "plan", "small.ron", "--weeks", "3", "--worlds", "1", "--assignments", "20"]).well();
    desk.cwm(&["report", "outputs/small"]).well();
    let text = std::fs::read_to_string(desk.path("outputs/small_proposal/proposal.md")).unwrap();
    assert!(text.contains("The experiments") && !text.contains("No experiment was planned"), "{text}");
}

#[test]
fn what_is_no_run_is_refused() {
    let desk = ran();
    assert!(desk.cwm(&["report", "nowhere"]).complaint().contains("cannot read nowhere/manifest.json"));
    desk.cwm(&["insight", "small.ron", "--why", "2026-03-10", "--out", "other"]).well();
    let wrong = desk.cwm(&["report", "other"]).complaint();
    assert!(wrong.contains("other: expected the folder of `cwm run`, but it is of `cwm insight --why`"), "{wrong}");
    desk.put("outputs/small/summary.json", "{}");
    let wrong = desk.cwm(&["report", "outputs/small"]).complaint();
    assert!(wrong.contains("summary.json: this is not as this version of cwm writes it"), "{wrong}");
}
