//! Each kind of intervention does what its law says, to whom it says, and to nobody else.

use std::path::Path;

use cwm::world::{
    engine::{self, Epoch, Plan},
    ledger::{ArmBook, Closed, WayCell},
    scenario::{Scenario, ScenarioFile},
};

use crate::support::{SMALL, package, with};

/// The small world with one intervention `own` in the arm after the control, and more arms after it.
#[track_caller]
fn scenario(interventions: &str, arms: &str) -> Scenario {
    let (before, rest) = SMALL.split_once("    interventions: [").unwrap();
    let (_, after) = rest.split_once("    experiment: Experiment(").unwrap();
    let (_, after) = after.split_once("replications: 3,").unwrap();
    let text = format!(
        "{before}    interventions: [{interventions}],\n    experiment: Experiment(arms: [\
         Arm(id: \"control\", interventions: []), {arms}], replications: 3,{after}"
    );
    ScenarioFile::parse(Path::new("small.ron"), text).unwrap_or_else(|error| panic!("{error}")).scenario
}

/// Control and one arm with an intervention of this effect for these users.
#[track_caller]
fn one(eligible: &str, effect: &str) -> Scenario {
    scenario(
        &format!("Intervention(id: \"own\", eligible: {eligible}, effect: {effect})"),
        "Arm(id: \"own\", interventions: [\"own\"])",
    )
}

fn lived(scenario: &Scenario, worlds: u32) -> Vec<Closed> {
    let stage = engine::stage(scenario).unwrap();
    let live = |world| engine::plainly(&engine::world(scenario, &stage, world, None), Epoch::Whole).unwrap();
    (0..worlds).map(live).collect()
}

fn sum(books: &[Closed], arm: usize, of: impl Fn(&cwm::world::ledger::DayCell) -> i64) -> f64 {
    books.iter().flat_map(|book| &book.arms[arm].days).map(of).sum::<i64>() as f64
}

fn sessions(books: &[Closed], arm: usize) -> f64 {
    sum(books, arm, |day| day.sessions as i64)
}

fn paid(books: &[Closed], arm: usize) -> f64 {
    sum(books, arm, |day| day.paid as i64)
}

fn gross(books: &[Closed], arm: usize) -> f64 {
    sum(books, arm, |day| day.gross)
}

fn left(books: &[Closed], arm: usize) -> f64 {
    sum(books, arm, |day| day.left as i64)
}

fn born(books: &[Closed], arm: usize) -> f64 {
    sum(books, arm, |day| day.born as i64)
}

#[track_caller]
fn near(what: &str, value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{what}: {value:.4}, not {expected} ± {tolerance}");
}

/// About 4,000 paying sessions; with shared luck the ratio's standard error is below 0.006.
#[test]
fn more_pay_of_the_same_sessions_where_paying_is_scaled() {
    let books = lived(&one("All", "Scale(facet: Paid, by: Exactly(1.2))"), 8);
    assert_eq!((sessions(&books, 0), left(&books, 0)), (sessions(&books, 1), left(&books, 1)));
    near("paying sessions", paid(&books, 1) / paid(&books, 0), 1.2, 0.02);
}

#[test]
fn amounts_are_scaled_session_by_session() {
    let books = lived(&one("All", "Scale(facet: Amount, by: Exactly(1.5))"), 2);
    assert_eq!(paid(&books, 0), paid(&books, 1));
    near("revenue", gross(&books, 1) / gross(&books, 0), 1.5, 0.001);
}

/// A hazard of none keeps everybody, a doubled one loses more, one times as large changes nothing at all.
#[test]
fn who_leaves_follows_the_scaled_hazard() {
    let books = |by: &str| lived(&one("All", &format!("Scale(facet: Hazard, by: Exactly({by}))")), 3);
    assert_eq!(left(&books("0.0"), 1), 0.0);
    let doubled = books("2.0");
    near("departures", left(&doubled, 1) / left(&doubled, 0), 1.8, 0.25);
    for book in books("1.0") {
        assert_eq!(book.arms[0].days, book.arms[1].days);
    }
}

/// Price × 1.25 at elasticity −1: a fifth fewer pay a quarter more.
#[test]
fn a_price_of_elasticity_one_earns_the_same() {
    let books = lived(&one("All", "Price(by: 1.25, elasticity: Exactly(-1.0))"), 8);
    near("paying sessions", paid(&books, 1) / paid(&books, 0), 0.8, 0.02);
    near("revenue", gross(&books, 1) / gross(&books, 0), 1.0, 0.03);
}

#[test]
fn a_discount_that_convinces_nobody_only_costs() {
    let books = lived(&one("All", "Discount(share: 0.10, paid: Exactly(1.0))"), 2);
    assert_eq!(paid(&books, 0), paid(&books, 1));
    near("revenue", gross(&books, 1) / gross(&books, 0), 0.9, 0.001);
}

#[test]
fn onboarding_touches_only_who_comes_after_its_start() {
    let effect = "Onboarding(days: 10, first_session_paid: Exactly(0.3), hazard: Exactly(0.0))";
    let books = lived(&one("All", effect), 3);
    for book in &books {
        let treated: i64 = book.arms[1].entered[0].iter().sum();
        let newcomers: u64 = book.arms[1].days.iter().map(|day| day.born).sum();
        assert_eq!(treated, newcomers as i64);
        // Nobody of them leaves in the first ten days of tenure.
        assert!(book.arms[1].tenure[0].left < book.arms[0].tenure[0].left);
    }
    assert!(paid(&books, 1) > paid(&books, 0));
}

/// Spend is 60 a day at 20 a user; 30 more bring half as many again, or by a half-spend of 60 a fifth more.
#[test]
fn spend_brings_users_in_proportion_or_saturates() {
    let books = |half: &str| lived(&one("All", &format!("MoveBudget(per_day: 30.0, to: \"search\"{half})")), 12);
    let newcomers = |books: &[Closed]| born(books, 1) / born(books, 0);
    // Two of five newcomers are organic.
    near("in proportion", newcomers(&books("")), 1.0 + 0.6 * 0.5, 0.06);
    near("saturated", newcomers(&books(", to_half_spend: Exactly(60.0)")), 1.0 + 0.6 * 0.2, 0.05);
    let away = lived(&one("All", "MoveBudget(per_day: 60.0, from: \"search\")"), 12);
    near("none left", newcomers(&away), 0.4, 0.05);
    assert_eq!(gross(&away, 0), gross(&books(""), 0), "no arm moves the control");
}

/// A log of messages, added up over worlds.
fn log(books: &[Closed], arm: usize) -> Vec<WayCell> {
    let add = |way: usize| books.iter().fold(WayCell::default(), |sum, book| sum.plus(&book.arms[arm].ways[0][way]));
    (0..4).map(add).collect()
}

fn answered(ways: &[WayCell]) -> f64 {
    ways.iter().map(|way| way.answered as f64).sum::<f64>() / ways.iter().map(|way| way.sent as f64).sum::<f64>()
}

const WAYS: &str =
    r#"ways: [Way(channel: "push", style: "direct", hour: 18), Way(channel: "mail", style: "kind", hour: 18)]"#;

fn messages(policy: &str) -> String {
    format!("Messages(after_days: 2.0, times: 6, {WAYS}, answered: Exactly(0.25), taste: 0.5, policy: {policy})")
}

#[test]
fn messages_bring_sessions_and_learning_whom_to_write_how_brings_more() {
    let books = |policy: &str| lived(&one("All", &messages(policy)), 8);
    let (even, thompson) = (books("Even"), books("Thompson"));
    assert_eq!(gross(&even, 0), gross(&thompson, 0));
    assert!(sessions(&even, 1) > sessions(&even, 0) * 1.05);
    let (even, thompson) = (answered(&log(&even, 1)), answered(&log(&thompson, 1)));
    assert!(thompson > even * 1.1, "{thompson} {even}");
}

/// What the log of a learning policy says of always taking the first way is what taking it always gives: its
/// propensities are those it was drawn with. About 15,000 messages; four standard errors are below 0.03.
#[test]
fn logged_propensities_tell_what_another_policy_would_have_reached() {
    let way = log(&lived(&one("All", &messages("Thompson")), 8), 1)[0];
    let truth = answered(&log(&lived(&one("All", &messages("Only(0)")), 8), 1));
    let estimate = way.answers as f64 / way.weights as f64;
    near("answers by the first way", estimate, truth, 0.035);
}

#[test]
fn messages_that_nobody_answers_change_nothing_but_what_is_spent() {
    let silent = messages("Thompson").replace("Exactly(0.25)", "Exactly(0.0)");
    for book in lived(&one("All", &silent), 2) {
        assert_eq!(book.arms[0].days, book.arms[1].days);
        assert!(book.arms[1].uses[0].iter().sum::<i64>() > 100);
    }
}

#[test]
fn who_had_left_can_be_won_back() {
    let effect =
        |returns: &str| format!("WinBack(after_days: 15.0, answered: Exactly(0.0), returns: Exactly({returns}))");
    let there = |book: &Closed, arm: usize| book.arms[arm].segments.iter().map(|cell| cell.active).sum::<u64>();
    for book in lived(&one("All", &effect("0.5")), 2) {
        assert!(there(&book, 1) > there(&book, 0) + 10, "{} {}", there(&book, 1), there(&book, 0));
    }
    for book in lived(&one("All", &effect("0.0")), 2) {
        assert_eq!((there(&book, 1), &book.arms[1].days), (there(&book, 0), &book.arms[0].days));
        assert_eq!(book.arms[1].months, book.arms[0].months);
    }
}

#[test]
fn friends_come_until_everybody_has() {
    let effect = "Refer(per_paid_session: Exactly(1.0), prospects: 40)";
    for book in lived(&one("All", effect), 2) {
        let born = |arm: &ArmBook| arm.days.iter().map(|day| day.born).sum::<u64>();
        let came = born(&book.arms[1]) - born(&book.arms[0]);
        assert!((20..=40).contains(&came), "{came}");
        assert_eq!(book.arms[1].uses[0].iter().sum::<i64>(), came as i64);
    }
}

#[test]
fn a_share_and_its_complement_are_everybody() {
    let scenario = scenario(
        r#"Intervention(id: "some", eligible: RandomShare(0.3), effect: ScaleSessions(by: Exactly(1.0))),
           Intervention(id: "all", eligible: All, effect: ScaleSessions(by: Exactly(1.0))),
           Intervention(id: "none", eligible: AllOf([Channel("search"), Not(Channel("search"))]), effect: ScaleSessions(by: Exactly(1.0)))"#,
        r#"Arm(id: "some", interventions: ["some"]), Arm(id: "all", interventions: ["all"]), Arm(id: "none", interventions: ["none"])"#,
    );
    let treated = |book: &Closed, arm: usize| book.arms[arm].entered[0].iter().sum::<i64>() as f64;
    for book in lived(&scenario, 4) {
        near("a share of 0.3", treated(&book, 1) / treated(&book, 2), 0.3, 0.1);
        assert_eq!(treated(&book, 3), 0.0);
    }
}

/// Novelty with a half-life of two days that leaves a quarter: in the end a quarter of 40%.
#[test]
fn novelty_wears_off_to_its_long_run() {
    let own = r#"Intervention(id: "own", eligible: All, novelty_half_life_days: 2.0, long_run: 0.25, effect: Scale(facet: Amount, by: Exactly(1.4)))"#;
    let books = lived(&scenario(own, r#"Arm(id: "own", interventions: ["own"])"#), 2);
    let late =
        |arm: usize| books.iter().flat_map(|book| &book.arms[arm].days[75..]).map(|day| day.gross).sum::<i64>() as f64;
    near("revenue late", late(1) / late(0), 1.1, 0.01);
}

fn directed(scenario: &Scenario, threads: usize) -> Vec<Closed> {
    let plan = Plan { threads, epoch: Epoch::Whole, deal: None };
    engine::direct(scenario, &engine::stage(scenario).unwrap(), 0..2, plan, &mut |_, _| {}).unwrap()
}

#[test]
fn limits_close_what_they_limit_and_change_nothing_before() {
    let arms = r#"Arm(id: "free", interventions: ["free"]), Arm(id: "room", interventions: ["room"]), Arm(id: "budget", interventions: ["budget"])"#;
    let own = |id: &str, cap: &str| {
        format!(
            "Intervention(id: \"{id}\", eligible: SessionsAtLeast(2), effect: Scale(facet: Amount, by: Exactly(1.5)), cost: Cost(per_use: 1.0){cap})"
        )
    };
    let all = [own("free", ""), own("room", ", cap: Cap(users: 150)"), own("budget", ", cap: Cap(budget: 60.0)")];
    let scenario = scenario(&all.join(", "), arms);
    let books = directed(&scenario, 2);
    assert!(books == directed(&scenario, 1));
    for book in books {
        let [_, free, room, budget] = &book.arms[..] else { panic!("four arms") };
        let entered = |arm: &ArmBook| arm.entered[0].iter().sum::<i64>();
        let uses = |arm: &ArmBook| arm.uses[0].iter().sum::<i64>();
        assert!(entered(free) > entered(room) && entered(room) >= 150, "{} {}", entered(free), entered(room));
        assert!(uses(budget) >= 60 && uses(budget) < 60 + 60 && uses(free) > uses(budget) * 2, "{}", uses(budget));
        let last = budget.uses[0].iter().rposition(|uses| *uses > 0).unwrap();
        assert_eq!(free.days[..last], budget.days[..last]);
    }
}

#[test]
fn every_kind_gives_the_same_books_on_any_number_of_threads() {
    let path = package().join("scenarios/growth_programme.ron");
    let mut scenario = ScenarioFile::read(&path).unwrap_or_else(|error| panic!("{error}")).scenario;
    scenario.clock.warmup_days = 60;
    scenario.clock.baseline_days = 20;
    assert!(directed(&scenario, 1) == directed(&scenario, 3));
}

/// Variance of a user's difference between two arms that share luck, against that of two users who share nothing.
#[test]
fn shared_luck_takes_off_ninety_nine_hundredths_of_the_variance() {
    let message =
        format!("Messages(after_days: 5.0, times: 1, {WAYS}, answered: Exactly(0.05), taste: 0.5, policy: Only(0))");
    let small = [
        &message,
        "Scale(facet: Paid, by: Exactly(1.05))",
        "ScaleSessions(by: Exactly(1.03))",
        "Scale(facet: Hazard, by: Exactly(0.95))",
    ];
    for effect in small {
        let mut scenario = one("All", effect);
        scenario.clock.horizon_days = 90;
        if let Some(metrics) = &mut scenario.metrics {
            metrics.primary = cwm::world::scenario::Primary::RevenuePerDay { window: (1, 90) };
        }
        let books = lived(&scenario, 6);
        let pair = |of: fn(&cwm::world::ledger::Pair) -> f64| books.iter().map(|book| of(&book.pairs[1])).sum::<f64>();
        let (n, sum, squares) = (pair(|p| p.users as f64), pair(|p| p.sum as f64), pair(|p| p.squares as f64));
        let paired = squares / n - (sum / n).powi(2);
        let alone = pair(|p| p.alone as f64) / n - (pair(|p| p.money as f64) / n).powi(2);
        assert!(paired * 100.0 <= 2.0 * alone, "{effect}: {:.5}", paired / (2.0 * alone));
    }
}

#[test]
fn a_misspelt_channel_is_named_with_those_there_are() {
    let bad = with(SMALL, "eligible: SessionsAtLeast(3),", "eligible: Channel(\"serch\"),");
    let error = ScenarioFile::parse(Path::new("small.ron"), bad).unwrap_err().to_string();
    assert!(error.contains("no channel is named \"serch\"; there are search, organic"), "{error}");
}

/// 200 projections of six worlds each, the truth being a seventh with an effect of its own: 85 to 95 of 100 intervals at
/// 90% hold it.
#[test]
fn ninety_percent_intervals_hold_the_uplift_of_the_next_world() {
    use cwm::study::{estimate::Estimate, projection::Earnings};
    use rayon::prelude::*;
    let held = |seed: u64| {
        let mut scenario = one("All", "Scale(facet: Paid, by: LogNormal(mean: 1.15, sigma: 0.05))");
        scenario.seed = 5_000 + seed;
        let stage = engine::stage(&scenario).unwrap();
        let books = lived(&scenario, 7);
        let uplifts = Earnings::of(&scenario, &stage, &books).uplifts(1);
        let guess = Estimate::of_one_more(&uplifts[..6], 0.9);
        u32::from(guess.lo.unwrap() <= uplifts[6] && uplifts[6] <= guess.hi.unwrap())
    };
    let held: u32 = (0..200u64).into_par_iter().map(held).sum();
    assert!((170..=190).contains(&held), "{held} of 200");
}

#[test]
fn a_run_answers_whom_to_treat_what_adds_up_and_what_the_goal_needs() {
    let desk = crate::support::Desk::with(
        "small.ron",
        with(
            SMALL,
            "window: (6, 20))",
            "window: (6, 20)), goal: Goal(uplift: 0.25, by_day: 20, solve_for: \"reminders\")",
        ),
    );
    let json = desk.cwm(&["run", "small.ron", "--out", "out", "--format", "json"]).well().json();
    let asked = &json["what_if"];
    let tried = asked["thresholds"][0]["tried"].as_array().unwrap();
    assert!(tried.len() >= 9 && tried[0]["treated_users"].as_f64() > tried[8]["treated_users"].as_f64());
    let parts = asked["combination"]["parts"].as_array().unwrap();
    let shares: f64 = parts.iter().map(|part| part["shapley"]["mean"].as_f64().unwrap()).sum();
    near("Shapley's shares", shares, asked["combination"]["whole"]["mean"].as_f64().unwrap(), 1e-9);
    let lever = &asked["goal"]["levers"][0];
    let curve = lever["curve"].as_array().unwrap();
    assert!(curve.len() == 7 && curve[0][1]["mean"].as_f64() < curve[6][1]["mean"].as_f64(), "{lever}");
    for figure in ["uplift_by_day", "threshold_welcome", "shapley_waterfall", "goal"] {
        assert!(desk.path(&format!("out/charts/{figure}.svg")).exists(), "{figure}");
    }
}

#[test]
fn a_planned_experiment_tells_duration_power_and_worth() {
    let desk = crate::support::Desk::with("small.ron", SMALL);
    let plan = ["experiment", "plan", "small.ron", "--weeks", "4", "--worlds", "2", "--out", "out", "--format", "json"];
    let said = desk.cwm(&plan).well();
    let json = said.json();
    let own = &json["interventions"][0];
    let at = |measure: &str, what: &str, week: usize| {
        let all = own["measures"].as_array().unwrap();
        all.iter().find(|one| one["measure"] == measure).unwrap()[what][week].as_f64().unwrap()
    };
    // 800 experiments: four standard errors of a share of 5% are 3 points.
    near("level of the test", at("sessions", "under_null", 3), 0.05, 0.031);
    let (simulated, closed) = (at("revenue", "simulated", 3), at("revenue", "closed_form", 3));
    near("power on revenue", simulated, closed, 0.08);
    assert!(at("sessions", "detectable", 3) < at("sessions", "detectable", 0));
    assert!(["test", "ship", "drop"].contains(&own["worth"]["advice"].as_str().unwrap()));
    let threads = [&plan[..plan.len() - 4], &["--threads", "1", "--out", "one", "--format", "json"]].concat();
    let alone = desk.cwm(&threads).well().json();
    assert_eq!(alone["interventions"], json["interventions"]);
}
