//! What must hold of any explanation.

use std::sync::LazyLock;

use super::{subject::priors_for, *};
use crate::{
    base::{
        time::{DAY, Zone},
        units::{Currency, UserId},
    },
    history::session::DaypartCuts,
    study::{
        fit::Settings,
        simulated::{LAW, Law, lives, users},
    },
};

/// A small history of users whose law is known.
static USERS: LazyLock<Vec<(UserId, Vec<Observation>)>> =
    LazyLock::new(|| users(&Law { users: 80, sessions: 30, ..LAW }, 5));

static PRIORS: LazyLock<Priors> = LazyLock::new(|| {
    let settings = Settings { segments: Some(2), sweeps: 2, searched: 1_000, ..Settings::default() };
    priors_for(UserId(8), &lives(&USERS), &settings).priors
});

fn told(user: usize, sessions: usize) -> Explanation {
    let cuts = DaypartCuts::new(vec![0, 6, 10, 14, 17, 20]).unwrap();
    let words = Words::new(&cuts, ["a", "b", "c"].map(str::to_owned).into(), Currency::new("USD").unwrap());
    let all = lives(&USERS);
    let observations = &all[user].observations[..sessions];
    let at = SimTime(observations.last().map_or(all[user].first, Observation::at).0 + DAY);
    let calendar = Calendar::new(&Zone::new("UTC").unwrap(), &cuts, (SimTime(0), at));
    let life = Life { observations, end: at, ..all[user] };
    explain(&Question { name: "8", life, at, priors: &PRIORS, words: &words, calendar: &calendar, seed: 3 })
}

#[test]
fn contributions_add_up_to_the_risk() {
    for (user, sessions) in [(8, 1), (8, 12), (10, 30)] {
        let risk = told(user, sessions).risk.unwrap();
        let log_hazard = |p: f64| (-(1.0 - p).ln()).ln();
        let sum: f64 = risk.contributions.iter().map(|part| part.log_hazard).sum();
        assert!((log_hazard(risk.population) + sum - log_hazard(risk.p)).abs() < 1e-9, "{risk:?}");
        assert_eq!(risk.contributions.len(), 5);
        let at_tenure = log_hazard(risk.population) + risk.contributions[0].log_hazard;
        assert!((log_hazard(risk.population_at_tenure) - at_tenure).abs() < 1e-9);
    }
}

#[test]
fn the_risk_is_the_one_that_is_predicted() {
    let all = lives(&USERS);
    let life = Life { observations: &all[8].observations[..12], ..all[8] };
    let at = SimTime(life.observations[11].at().0 + DAY);
    let model = Life { end: at, ..life }.replay(&PRIORS, &mut ());
    let predicted = f64::from(model.predict(&PRIORS, at).leaves());
    let risk = told(8, 12).risk.unwrap();
    assert!((risk.p - predicted).abs() < 1e-5, "{} {predicted}", risk.p);
}

#[test]
fn nothing_is_claimed_at_the_first_session() {
    let told = told(8, 1);
    assert!(told.topics.iter().all(|topic| topic.beliefs.is_empty() && topic.silence.is_some()));
    assert_eq!((told.seen.sessions, told.timeline.entries.len()), (1, 1));
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (one, two) = (told(8, 20), told(8, 20));
    assert_eq!(one, two);
    let value = one.value.expected;
    assert!(value.lo <= Some(value.mean) && Some(value.mean) <= value.hi && value.mean > 0.0, "{value:?}");
}

#[test]
fn what_comes_later_changes_nothing_that_was_told() {
    let (early, late) = (told(8, 12), told(8, 20));
    assert_eq!(early.timeline.entries[..], late.timeline.entries[..12]);
}

#[test]
fn a_forecast_is_in_order() {
    let next = told(8, 20).next.unwrap();
    assert!(next.days[0] <= next.days[1] && next.days[1] <= next.days[2] && next.date_lo <= next.date);
    assert!(next.amount_lo < next.amount && next.amount < next.amount_hi);
    assert!(next.weekday.p >= 1.0 / 7.0 && next.contents.len() == 3);
    assert!(next.contents.windows(2).all(|pair| pair[0].p >= pair[1].p));
}
