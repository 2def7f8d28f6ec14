//! The shipped app of sessions earns what the business it stands for earns.
//!
//! Thirty worlds. Standard errors of their means, measured over 48 others: 0.7 sessions a day, 0.0014 of the share
//! that earns nothing, 23 USD a day, 0.2 new users a day, 0.0018 and 0.004 of the devoted shares, 0.084 of their
//! multiple, at most 0.003 of a month's churn, 0.0015 of the cliff's uplift and 0.0025 of the reach. Each tolerance is
//! at least two and a half of its errors; the seed is the scenario's, so a test fails always or never.

use std::{path::Path, sync::OnceLock};

use cwm::{
    study::projection::{ArmResult, Projection, project},
    world::{
        engine::{self, Plan},
        scenario::ScenarioFile,
    },
};

use crate::support::package;

const WORLDS: u32 = 30;

fn projection() -> &'static Projection {
    static PROJECTION: OnceLock<Projection> = OnceLock::new();
    PROJECTION.get_or_init(|| {
        let path = package().join(Path::new("scenarios/b2c_readings.ron"));
        let scenario = ScenarioFile::read(&path).unwrap_or_else(|error| panic!("{error}")).scenario;
        let stage = engine::stage(&scenario).unwrap();
        let plan = Plan::for_this_machine();
        let books = engine::direct(&scenario, &stage, 0..WORLDS, plan, &mut |_, _| {}).unwrap();
        project(&scenario, &stage, &books)
    })
}

#[track_caller]
fn near(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{what}: {value:.4}, not {expected} ± {tolerance}");
}

#[test]
fn a_day_has_the_sessions_and_the_revenue_of_the_business() {
    let baseline = &projection().baseline;
    near("sessions a day", baseline.sessions_per_day, 158.3, 2.5);
    near("share of sessions that earn nothing", baseline.zero_revenue_share, 0.308, 0.006);
    near("revenue a day", baseline.revenue_per_day, 2_768.0, 60.0);
    near("new users a day", baseline.new_users_per_day, 28.0, 0.5);
    near("spend a day", baseline.spend_per_day, 1_000.0, 1e-9);
}

#[test]
fn the_devoted_are_few_and_bring_a_third_of_the_revenue() {
    let devoted = projection().baseline.segments.iter().find(|segment| segment.id == "devoted").unwrap();
    near("share of new users", devoted.share_of_new, 0.08, 0.01);
    near("share of revenue", devoted.share_of_revenue, 0.33, 0.02);
    near("multiple of the average lifetime value", devoted.ltv_multiple, 4.13, 0.25);
}

#[test]
fn users_leave_month_by_month_as_in_the_business() {
    let expected = [
        ("core", [0.52, 0.17, 0.40, 0.10]),
        ("curious", [0.72, 0.29, 0.45, 0.16]),
        ("devoted", [0.28, 0.11, 0.32, 0.075]),
    ];
    for (segment, months) in expected {
        for (month, share) in months.into_iter().enumerate() {
            let found = projection().baseline.churn_by_month[segment][month];
            near(&format!("{segment}, month {}", month + 1), found, share, 0.03);
        }
    }
}

fn arm(id: &str) -> &'static ArmResult {
    projection().arms.iter().find(|arm| arm.id == id).unwrap()
}

#[test]
fn fixing_the_cliff_brings_a_few_percent() {
    let uplift = arm("cliff").uplift;
    assert!((0.02..=0.06).contains(&uplift.mean), "{uplift:?}");
    assert!(uplift.lo.unwrap() < uplift.mean && uplift.mean < uplift.hi.unwrap(), "{uplift:?}");
}

#[test]
fn belief_reaches_most_of_the_devoted_revenue_and_stays_below_perfect_knowledge() {
    let devoted = arm("devoted");
    assert!(devoted.reach.unwrap() >= 0.85, "{:?}", devoted.reach);
    let (believed, known) = (devoted.uplift.mean, devoted.oracle_uplift.unwrap().mean);
    assert!(known > believed && believed > 0.0, "{known} {believed}");
    assert!(arm("cliff").oracle_uplift.is_none(), "a fix needs no knowledge of segments");
}

#[test]
fn all_measures_together_bring_more_than_each() {
    let all = arm("all").uplift.mean;
    assert!(["leak", "cliff", "devoted", "timing"].iter().all(|one| all > arm(one).uplift.mean), "{all}");
}
