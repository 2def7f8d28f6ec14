//! What may be claimed, and what may not.

use super::{posterior::Posterior, *};
use crate::{
    base::{
        time::DAY,
        units::{Currency, Money, UserId},
    },
    history::session::{DAYPARTS, DaypartCuts, Slot},
    user::{
        facet::choice::ChoicePrior,
        segment::{PerSegment, SEGMENTS},
        self_model::SelfModel,
    },
};

const ONE: PerSegment = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// The population's share of evenings, and the strength of the prior.
const PI: f64 = 0.26;
const S: f64 = 9.0;

fn evenings(seen: f64, of: f64) -> Posterior {
    Posterior::new((seen, of), &[(S * PI) as f32; SEGMENTS], S, &ONE)
}

/// Probability and 80% interval, to two decimals.
#[track_caller]
fn close(posterior: &Posterior, p: f64, (lo, hi): (f64, f64)) {
    let found = [1.0 - posterior.at_most(PI), posterior.quantile(0.1), posterior.quantile(0.9)];
    for (found, want) in found.into_iter().zip([p, lo, hi]) {
        assert!((found - want).abs() < 0.011, "{found} for {want}");
    }
}

#[test]
fn six_of_ten_evenings_are_a_preference() {
    close(&evenings(6.0, 10.0), 0.95, (0.30, 0.58));
}

#[test]
fn twenty_eight_of_fifty_are_a_sure_one() {
    close(&evenings(28.0, 50.0), 1.0, (0.43, 0.60));
}

#[test]
fn segments_are_mixed_by_membership() {
    let mut alpha = [2.34; SEGMENTS];
    alpha[1] = 6.0;
    let of = |weights: &PerSegment| Posterior::new((6.0, 10.0), &alpha, S, weights).at_most(PI);
    let (mut other, mut both) = ([0.0; SEGMENTS], [0.0; SEGMENTS]);
    other[1] = 1.0;
    both[..2].copy_from_slice(&[0.25, 0.75]);
    assert!((of(&both) - (0.25 * of(&ONE) + 0.75 * of(&other))).abs() < 1e-6);
}

fn priors() -> Priors {
    let mut priors = Priors::ignorant();
    let mut shares = [(1.0 - PI as f32) / 5.0; DAYPARTS];
    shares[4] = PI as f32;
    priors.daypart.days = [0, 1].map(|_| ChoicePrior::new(&[shares; SEGMENTS], S as f32, shares));
    // Evidence as fresh as on its first day.
    priors.half_lives.daypart = 1e6;
    priors
}

fn words() -> Words {
    let cuts = DaypartCuts::new(vec![0, 6, 10, 14, 17, 20]).unwrap();
    Words::new(&cuts, vec!["love".to_owned(), "tarot".to_owned()], Currency::new("USD").unwrap())
}

/// So many weekday evenings among so many sessions, the rest in the other parts in turn.
fn record(evenings: usize, of: usize) -> Vec<Observation> {
    let session = |i: usize| {
        let daypart = if i < evenings { 4 } else { [0, 1, 2, 3, 5][i % 5] };
        let slot = Slot { weekend: false, daypart, late: false };
        Session::new(SimTime(i as i64 * DAY), slot).with_content((i % 2) as u8).with_paid(Money::from_minor(1_900))
    };
    (0..of).map(|i| Observation::Session(session(i))).collect()
}

fn topics(record: &[Observation], priors: &Priors) -> Vec<Topic> {
    let mut model = SelfModel::new(UserId(1), SimTime(0), 0, priors);
    for seen in record {
        let (_, lesson) = model.predict(priors, seen.at()).score(seen);
        model.learn(lesson);
    }
    let at = SimTime(record.last().map_or(0, |seen| seen.at().0) + 3 * DAY);
    let (prediction, words) = (model.predict(priors, at), words());
    let reading = Reading { prediction: &prediction, priors, record, at, words: &words };
    super::topics(&reading)
}

#[test]
fn a_belief_is_told_with_its_evidence() {
    let topics = topics(&record(6, 10), &priors());
    let weekdays = &topics[0];
    let belief = &weekdays.beliefs[0];
    assert_eq!(belief.statement, "prefers evenings (17–20 h) on weekdays");
    assert!(belief.sentence.contains("P = .95, 6 of 10 sessions, last seen 7 days ago"), "{}", belief.sentence);
    assert_eq!((weekdays.evidence.count, weekdays.silence.as_deref()), (10, None));
}

#[test]
fn three_of_three_are_too_few_to_claim_anything() {
    let p = 1.0 - evenings(3.0, 3.0).at_most(PI);
    assert!((p - 0.91).abs() < 0.015, "{p}");
    let topics = topics(&record(3, 3), &priors());
    assert!(topics[0].beliefs.is_empty() && topics[0].habits[4].p_more > SURE);
    let why = topics[0].silence.as_deref().unwrap();
    assert!(
        why.starts_with("nothing is claimed: 3.0 sessions' worth of evidence") && why.ends_with("5 are needed"),
        "{why}"
    );
}

#[test]
fn a_habit_of_weekdays_is_none_of_weekends() {
    let topics = topics(&record(28, 50), &priors());
    assert_eq!(topics[1].name, "time of day at weekends");
    assert_eq!((topics[1].beliefs.len(), topics[1].evidence.count), (0, 0));
    assert!(topics[0].beliefs.iter().any(|belief| belief.direction == Direction::More));
}

#[test]
fn nothing_is_claimed_at_the_first_session() {
    for topic in topics(&record(1, 1), &priors()) {
        assert!(topic.beliefs.is_empty() && topic.silence.is_some(), "{topic:?}");
    }
}

/// Two hundred sessions that follow the population: at most the share of claims that chance makes.
#[test]
fn who_is_like_everybody_is_said_to_be() {
    let shares: Vec<usize> = (0..100).map(|i| [0, 1, 2, 3, 5, 4, 4][i % 7].min(5)).collect();
    let session = |(i, &part): (usize, &usize)| {
        let slot = Slot { weekend: false, daypart: part as u8, late: false };
        Observation::Session(Session::new(SimTime(i as i64 * DAY), slot))
    };
    let record: Vec<_> = shares.iter().enumerate().map(session).collect();
    let topics = topics(&record, &priors());
    assert!(topics[0].beliefs.is_empty(), "{:?}", topics[0].beliefs);
}
