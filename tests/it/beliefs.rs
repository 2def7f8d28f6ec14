//! What a belief must not do: grow sure by repetition, flip back and forth, mix up two habits, or cost more than the
//! population's own prediction.

use cwm::{
    base::{
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{Fate, Message, Observation, Session, Slot},
    user::{
        facet::FacetKind,
        priors::Priors,
        self_model::{Prediction, SelfModel},
    },
};
use proptest::{collection::vec, prelude::*};

fn slot(weekend: bool, daypart: u8) -> Slot {
    Slot { weekend, daypart, late: false }
}

fn session(day: i64, daypart: u8) -> Session {
    Session::new(SimTime(day * DAY), slot(false, daypart))
}

/// Predicts, scores and learns; returns log scores above the population's and how many, by facet.
fn live(model: &mut SelfModel, priors: &Priors, observation: &Observation) -> Vec<(FacetKind, f32, u16)> {
    let (scores, lesson) = model.predict(priors, observation.at()).score(observation);
    model.learn(lesson);
    let of = |facet| scores.of(facet).map(|(score, n)| (facet, score.log_p - score.population_log_p, n));
    FacetKind::ALL.into_iter().filter_map(of).collect()
}

fn model(priors: &Priors) -> SelfModel {
    SelfModel::new(UserId(1), SimTime(0), 0, priors)
}

fn after(priors: &Priors, sessions: impl IntoIterator<Item = Session>) -> SelfModel {
    let mut model = model(priors);
    sessions.into_iter().for_each(|session| {
        live(&mut model, priors, &Observation::Session(session));
    });
    model
}

fn read<T>(model: &SelfModel, priors: &Priors, of: impl Fn(&Prediction<'_>) -> T) -> T {
    of(&model.predict(priors, model.last()))
}

/// Fifty identical events inside one session move a belief less than five in five sessions.
#[test]
fn repetition_inside_a_session_does_not_make_a_belief_sure() {
    let priors = Priors::ignorant();
    let fifty = (0..50).fold(session(0, 2), |session, _| session.with_content(7));
    let once = after(&priors, [fifty]);
    let five = after(&priors, (0..5).map(|day| session(day, 2).with_content(7)));
    let before = read(&model(&priors), &priors, |p| p.contents()[7]);
    let (once, five) = (read(&once, &priors, |p| p.contents()[7]), read(&five, &priors, |p| p.contents()[7]));
    assert!(once - before < five - before && once > before, "{before} {once} {five}");
}

/// Alternating evidence keeps both sides open, and no single session turns the belief round.
#[test]
fn alternating_evidence_widens_and_does_not_flip() {
    let priors = Priors::ignorant();
    let mut model = model(&priors);
    let mut favourites = vec![];
    for day in 0..60 {
        live(&mut model, &priors, &Observation::Session(session(day, if day % 2 == 0 { 1 } else { 4 })));
        let p = read(&model, &priors, |p| p.dayparts(false));
        if day >= 10 {
            assert!((p[1] - p[4]).abs() < 0.12 && p[1] > 0.25 && p[4] > 0.25, "day {day}: {p:?}");
            favourites.push(p[1] - p[4]);
        }
    }
    let moved = favourites.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
    assert!(moved < 0.12, "one session moves the belief by {moved}");
    let entropy = |p: [f32; 6]| p.iter().map(|p| -p * p.ln()).sum::<f32>();
    let steady = after(&priors, (0..60).map(|day| session(day, 1)));
    assert!(
        read(&model, &priors, |p| entropy(p.dayparts(false)))
            > 1.5 * read(&steady, &priors, |p| entropy(p.dayparts(false)))
    );
}

/// Mornings on weekdays and evenings at weekends stay what they are.
#[test]
fn weekday_and_weekend_habits_do_not_average() {
    let priors = Priors::ignorant();
    let habit = |day: i64| {
        let weekend = day % 7 >= 5;
        session(day, if weekend { 4 } else { 1 }).with_slot(slot(weekend, if weekend { 4 } else { 1 }))
    };
    let model = after(&priors, (0..70).map(habit));
    let (weekday, weekend) =
        (read(&model, &priors, |p| p.dayparts(false)), read(&model, &priors, |p| p.dayparts(true)));
    assert!(weekday[1] > 0.5 && weekday[4] < 0.25, "{weekday:?}");
    assert!(weekend[4] > 0.4 && weekend[4] > weekend[1], "{weekend:?}");
}

/// Refitted priors are read, not learned: what is stored of the events is the same under any.
#[test]
fn refitting_priors_changes_no_stored_statistic() {
    let (first, mut second) = (Priors::ignorant(), Priors::ignorant());
    second.content.0 = second.content.0.with_strength(3.0);
    second.daypart.across = 0.1;
    second.amount.level.kappa = 9.0;
    let sessions = || {
        (0..40).map(|i| {
            session(3 * i, (i % 3) as u8).with_content((i % 5) as u8).with_paid(Money::from_minor(900 + 70 * i))
        })
    };
    let (one, other) = (after(&first, sessions()), after(&second, sessions()));
    assert_eq!((one.daypart(), one.content(), one.gap()), (other.daypart(), other.content(), other.gap()));
    assert_eq!((one.amount(), one.purchase(), one.offer()), (other.amount(), other.purchase(), other.offer()));
    let kept = one;
    let (p, q) = (read(&one, &first, |p| p.contents()[3]), read(&one, &second, |p| p.contents()[3]));
    assert!(p != q && one == kept, "the same statistics, read with other priors, predict otherwise");
}

/// One thing that may happen, as adverse as it may be: when, what.
type Blow = (i64, u8, u8, i64, u8);

fn observation((_, what, kind, amount, part): Blow, at: SimTime) -> Observation {
    let slot = slot(kind % 3 == 0, part % 6);
    let session = Session::new(at, slot).with_content(kind % 32);
    match what {
        0 => Observation::Session(session),
        1 => Observation::Session(session.with_paid(Money::from_minor(amount)).with_offer(kind % 2 == 0)),
        2 => {
            let fate = [Fate::Ignored, Fate::Refused, Fate::Taken][usize::from(kind % 3)];
            Observation::Message(Message { at, sent: at, channel: part % 4, style: kind % 4, fate })
        }
        3 => Observation::Ticket { at, severity: kind % 3 },
        4 => Observation::Review { at, score: f32::from(kind) },
        5 => Observation::Term { at, renewal: kind % 4 > 0 },
        _ => Observation::Left(at),
    }
}

proptest! {
    /// Herbster & Warmuth's bound, facet by facet, whatever happens in whatever order: the log loss of the personal
    /// predictions exceeds the population's by at most ln 2 and the cost of switching.
    #[test]
    fn no_user_and_no_sequence_costs_more_than_ln_2(
        blows in vec((0i64..2_000_000, 0u8..7, 0u8..=255, 1i64..10_000_000, 0u8..6), 1..250)
    ) {
        let priors = Priors::ignorant();
        let mut model = model(&priors);
        let (mut at, mut gain, mut events) = (SimTime(0), [0.0f64; 14], [0u32; 14]);
        for blow in blows {
            at = SimTime(at.0 + blow.0);
            for (facet, more, n) in live(&mut model, &priors, &observation(blow, at)) {
                gain[facet as usize] += f64::from(more);
                events[facet as usize] += u32::from(n);
            }
        }
        for facet in FacetKind::ALL {
            let n = f64::from(events[facet as usize]);
            let bound = std::f64::consts::LN_2 + n * (1.0 / (1.0 - 1.0 / 1024.0f64)).ln();
            // 32-bit logarithms are right to about 1e-6 each.
            prop_assert!(-gain[facet as usize] <= bound + 1e-5 * n + 1e-3, "{facet:?}: {} over {n}", gain[facet as usize]);
        }
    }
}
