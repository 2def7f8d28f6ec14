use super::*;
use crate::{
    history::session::Slot,
    study::simulated::{self, LAW, Law},
};

fn plan() -> Plan {
    let fit = fit::Settings { segments: Some(2), sweeps: 1, searched: 400, ..fit::Settings::default() };
    Plan { fit, draws: 40, ..Plan::default() }
}

const SMALL: Law = Law { users: 100, sessions: 15, ..LAW };

#[test]
fn knowing_a_user_pays_and_knowing_nothing_costs_nothing() {
    let users = simulated::users(&LAW, 11);
    let found = validate(&simulated::lives(&users), &plan());
    for facet in ["daypart", "content", "purchase", "amount", "gap"] {
        let report = &found.facets[facet];
        assert!(report.all.lo.unwrap() > 0.0, "{facet} {:?}", report.all);
        let first = report.by_prior_sessions[0].value.value.unwrap();
        assert!(first > -0.02, "{facet} at no prior sessions: {first}");
        assert_eq!(report.all.folds.len(), 2);
    }
    assert_eq!((found.users, found.sessions), (240, 240 * 40));
    for (facet, calibration) in &found.calibration {
        let Some(slope) = calibration.slope else { continue };
        assert!((0.8..1.25).contains(&slope) || facet == "churn", "{facet} {slope}");
    }
}

#[test]
fn a_validation_does_not_depend_on_the_number_of_threads() {
    let users = simulated::users(&SMALL, 12);
    let found = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| validate(&simulated::lives(&users), &plan()))
    };
    let one = found(1);
    assert!(one == found(2) && one == found(7));
}

/// With priors from elsewhere, one more session of one user changes no other user's scores.
#[test]
fn what_one_user_does_changes_nobody_elses_scores() {
    let mut users = simulated::users(&SMALL, 13);
    let priors = fit::fit(&simulated::lives(&users), &plan().fit).priors;
    let baseline = by_bin(&simulated::lives(&users), &priors);
    let end = users.iter().map(|(_, seen)| seen.last().unwrap().at()).max().unwrap();
    let tables = |users: &[(UserId, Vec<Observation>)]| {
        let mut lives = simulated::lives(users);
        lives.iter_mut().for_each(|life| life.end = end);
        replayed(&lives, &priors, &baseline).0
    };
    let before = tables(&users);
    let more = Observation::Session(crate::history::session::Session::new(
        end,
        Slot { weekend: true, daypart: 0, late: false },
    ));
    users[7].1.push(more);
    let after = tables(&users);
    for (position, (old, new)) in before.iter().zip(&after).enumerate() {
        assert_eq!(old == new, position != 7, "user {position}");
    }
}

#[test]
fn a_history_in_which_every_session_pays_the_same_has_no_purchase_to_predict() {
    let mut users = simulated::users(&SMALL, 14);
    for observation in users.iter_mut().flat_map(|(_, seen)| seen) {
        if let Observation::Session(session) = observation {
            session.paid = Some(crate::base::units::Money::from_minor(999));
        }
    }
    let found = validate(&simulated::lives(&users), &plan());
    let purchase = &found.facets["purchase"];
    assert!(purchase.nothing_to_predict && purchase.all.value.is_none() && purchase.all.events > 0);
    assert_eq!(found.calibration["purchase"].slope, None);
    assert!(found.facets["amount"].all.value.unwrap().is_finite());
    assert!(!serde_json::to_string(&found).unwrap().contains("NaN"));
}

#[test]
fn nobody_and_one_fold_are_no_reason_to_fall_over() {
    assert!(validate(&[], &plan()).facets["gap"].nothing_to_predict);
    let users = simulated::users(&Law { users: 3, sessions: 4, ..LAW }, 15);
    let split = Split::Holdout { share: 0.5 };
    let found = validate(&simulated::lives(&users), &Plan { split, ..plan() });
    assert!(found.users <= 3);
}

#[test]
fn a_fixed_cohort_holds_only_users_with_many_sessions() {
    let mut users = simulated::users(&SMALL, 16);
    users.iter_mut().filter(|(user, _)| user.0 % 4 != 0).for_each(|(_, seen)| seen.truncate(5));
    let found = validate(&simulated::lives(&users), &Plan { at_least_sessions: 10, ..plan() });
    assert_eq!(found.users, 25);
}

/// Intervals hold what a law of many more users says: at 95%, 40 histories should miss about 2 times; 8 misses or more
/// come by chance less than once in a thousand.
#[test]
fn intervals_cover() {
    let truth = {
        let users = simulated::users(&Law { users: 3_000, sessions: 6, ..LAW }, 1);
        let fit = fit::Settings { segments: Some(1), sweeps: 0, ..fit::Settings::default() };
        let priors = fit::fit(&simulated::lives(&users), &fit).priors;
        let plan = Plan { split: Split::Given(Box::new(priors)), draws: 2, ..plan() };
        (validate(&simulated::lives(&users), &plan).facets["purchase"].all.value.unwrap(), plan)
    };
    let misses = (0..40).filter(|&seed| {
        let users = simulated::users(&Law { users: 80, sessions: 6, ..LAW }, 100 + seed);
        let all =
            validate(&simulated::lives(&users), &Plan { draws: 200, ..truth.1.clone() }).facets["purchase"].all.clone();
        !(all.lo.unwrap()..=all.hi.unwrap()).contains(&truth.0)
    });
    let misses = misses.count();
    assert!(misses < 8, "{misses}");
}
