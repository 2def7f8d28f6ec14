use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    base::units::UserId,
    history::session::{Fate, Message, Observation, Session, Slot},
    user::facet::{
        amount::AmountBelief, chance::Answers, counts::Counts, feature::FeaturePrior, gap::GapBelief, hidden::Chain,
        level::LevelBelief,
    },
};

/// Three segments that differ in some facets, and features that are learned.
fn priors() -> Priors {
    let mut priors = Priors::ignorant();
    priors.born = vec![[0.5, 0.3, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0], [0.2, 0.2, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0]];
    priors.purchase.0[1].share[..3].copy_from_slice(&[0.4, 0.5, 0.6]);
    priors.amount.level.mean[..3].copy_from_slice(&[1.5, 2.0, 2.5]);
    let chain = Chain { start: [0.3, 0.7], step: [[0.9, 0.1], [0.2, 0.8]], yes: [0.6, 0.1] };
    priors.feature = FeaturePrior { chains: vec![chain; 2], population: vec![0.2; 2] };
    priors
}

/// What happens so many seconds after what came before.
type Deed = (i64, u8, i64);

fn deeds(most: usize) -> impl Strategy<Value = Vec<Deed>> {
    vec((prop_oneof![0..2 * DAY, 0..40 * DAY], 0u8..12, 1i64..20_000), 1..most)
}

fn observation(at: SimTime, what: u8, number: i64) -> Observation {
    let small = number as u8;
    match what {
        0 => Observation::Features { at, used: u16::from(small % 4) },
        1 => Observation::Ticket { at, severity: small % 3 },
        2 => Observation::Review { at, score: f32::from(small % 11) },
        3 => Observation::Term { at, renewal: number % 2 == 0 },
        4 | 5 => {
            let fate = [Fate::Ignored, Fate::Refused, Fate::Taken][usize::from(small % 3)];
            Observation::Message(Message { at, sent: SimTime(at.0 - DAY), channel: small % 2, style: small % 2, fate })
        }
        _ => {
            let slot = Slot { weekend: small.is_multiple_of(5), daypart: small % 6, late: small.is_multiple_of(2) };
            let session = Session::new(at, slot).with_content(small % 7);
            let session = if what.is_multiple_of(2) { session.with_paid(Money::from_minor(number)) } else { session };
            Observation::Session(if small.is_multiple_of(3) {
                session.with_offer(small.is_multiple_of(2))
            } else {
                session
            })
        }
    }
}

/// What a model is after some deeds, the first of which may not come before its own time.
fn lived(mut model: SelfModel, from: SimTime, deeds: &[Deed], priors: &Priors) -> SelfModel {
    let mut at = from;
    for &(pause, what, number) in deeds {
        at = SimTime(at.0 + pause);
        let (_, lesson) = model.predict(priors, at).score(&observation(at, what, number));
        model.learn(lesson);
    }
    model
}

fn born(user: u64, first: i64, deeds: &[Deed], priors: &Priors) -> SelfModel {
    let first = SimTime(first);
    lived(SelfModel::new(UserId(user), first, user as u8, priors), first, deeds, priors)
}

/// The same user with nothing counted: what it learns is what was learned since.
fn emptied(model: &SelfModel) -> SelfModel {
    let mut empty = *model;
    (empty.gap, empty.amount) = (GapBelief::default(), AmountBelief::default());
    (empty.daypart.0, empty.content.0, empty.style.0) = (Counts::default(), Counts::default(), Counts::default());
    (empty.support, empty.channel_belief.sums) = (Counts::default(), Counts::default());
    (empty.offer, empty.purchase, empty.visit.weeks) = (Answers::default(), Answers::default(), Answers::default());
    empty.review = LevelBelief::default();
    empty
}

fn near<const K: usize>(found: &Counts<K>, parts: [&Counts<K>; 2], whole: &Counts<K>) -> Result<(), TestCaseError> {
    let step = found.unit.max(whole.unit).max(parts[0].unit).max(parts[1].unit);
    for kind in 0..K {
        let want = parts[0].of(kind) + parts[1].of(kind);
        prop_assert!((found.of(kind) - want).abs() <= 2.5 * step, "{} for {want}, step {step}", found.of(kind));
    }
    Ok(())
}

fn close(found: f32, want: f32, whole: f32) -> Result<(), TestCaseError> {
    prop_assert!((found - want).abs() <= 1e-3 * whole.abs().max(1.0), "{found} for {want} of {whole}");
    Ok(())
}

/// All that is counted: what there was and what was learned since, out of what there was of both.
fn check(found: &SelfModel, own: &SelfModel, since: &SelfModel, whole: &SelfModel) -> Result<(), TestCaseError> {
    near(&found.gap.bins, [&own.gap.bins, &since.gap.bins], &whole.gap.bins)?;
    near(&found.amount.bins, [&own.amount.bins, &since.amount.bins], &whole.amount.bins)?;
    near(&found.daypart.0, [&own.daypart.0, &since.daypart.0], &whole.daypart.0)?;
    near(&found.content.0, [&own.content.0, &since.content.0], &whole.content.0)?;
    near(&found.style.0, [&own.style.0, &since.style.0], &whole.style.0)?;
    near(&found.support, [&own.support, &since.support], &whole.support)?;
    let sums: [fn(&SelfModel) -> f32; 9] = [
        |model| model.gap.days,
        |model| model.amount.level.n,
        |model| model.amount.level.sum,
        |model| model.amount.level.squares,
        |model| model.purchase.yes,
        |model| model.purchase.no,
        |model| model.offer.yes,
        |model| model.review.squares,
        |model| model.visit.weeks.yes,
    ];
    sums.into_iter().try_for_each(|sum| close(sum(found), sum(own) + sum(since), sum(whole)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn what_was_joined_is_parted_to_the_bit(a in deeds(60), b in deeds(60), begins in 0..300 * DAY) {
        let priors = priors();
        let joint = Joint { mine: born(0, 100 * DAY, &a, &priors), theirs: born(1, begins, &b, &priors) };
        prop_assert_eq!(joint.model(&priors).parted(&joint, &priors), joint.mine);
    }

    #[test]
    fn both_count(a in deeds(60), b in deeds(60), begins in 0..300 * DAY) {
        let priors = priors();
        let joint = Joint { mine: born(0, 100 * DAY, &a, &priors), theirs: born(1, begins, &b, &priors) };
        let both = joint.model(&priors);
        let ends = [joint.mine.decided(), joint.theirs.decided()];
        let end = ends[0].max(ends[1]);
        let [mine, theirs] = [joint.mine, joint.theirs].map(|one| one.aged(&priors, both.last, gap_days(one.decided(), end)));
        check(&both, &mine, &theirs, &both)?;
        prop_assert_eq!(both.user, joint.mine.user);
        prop_assert_eq!(both.sessions, mine.sessions + theirs.sessions);
        prop_assert_eq!(both.gross, mine.gross + theirs.gross);
        prop_assert_eq!((both.first, both.last), (mine.first.min(theirs.first), joint.mine.last.max(joint.theirs.last)));
        // Whose name is kept makes no difference to what is believed.
        let turned = Joint { mine: joint.theirs, theirs: joint.mine }.model(&priors);
        if joint.mine.last != joint.theirs.last && joint.mine.first != joint.theirs.first {
            prop_assert_eq!(SelfModel { user: both.user, ..turned }, both);
        }
    }

    #[test]
    fn what_was_learned_since_stays(a in deeds(60), b in deeds(60), c in deeds(30), begins in 0..300 * DAY) {
        let priors = priors();
        let joint = Joint { mine: born(0, 100 * DAY, &a, &priors), theirs: born(1, begins, &b, &priors) };
        let before = joint.model(&priors);
        // Nothing is seen twice: what comes is after all that was.
        let from = SimTime(100 * DAY + 300 * DAY + 60 * 40 * DAY);
        let (now, since) = (lived(before, from, &c, &priors), lived(emptied(&before), from, &c, &priors));
        let parted = now.parted(&joint, &priors);
        prop_assume!(now.last > before.last && !before.left());
        let own = joint.mine.aged(&priors, now.last, gap_days(joint.mine.decided(), now.decided()));
        check(&parted, &own, &since, &now)?;
        prop_assert_eq!(parted.sessions, joint.mine.sessions + now.sessions - before.sessions);
        prop_assert_eq!((parted.user, parted.first, parted.last), (joint.mine.user, joint.mine.first, now.last));
        prop_assert_eq!(parted.gross, joint.mine.gross + Money::from_minor(now.gross.minor() - before.gross.minor()));
    }

    #[test]
    fn one_of_whom_nothing_was_learned_adds_nothing(a in deeds(60), c in deeds(30), first in 0..300 * DAY) {
        let priors = priors();
        let (lived_one, newborn) = (born(1, 100 * DAY, &a, &priors), born(0, first, &[], &priors));
        let (kept, given) = (Joint { mine: lived_one, theirs: newborn }, Joint { mine: newborn, theirs: lived_one });
        prop_assert_eq!(kept.model(&priors), lived_one);
        let before = given.model(&priors);
        prop_assert_eq!(before, SelfModel { user: newborn.user, ..lived_one });
        prop_assert_eq!(before.parted(&given, &priors), newborn);
        // What was learned since is the kept user's: all of it, or as much more than before as it was.
        let from = SimTime(100 * DAY + 300 * DAY + 60 * 40 * DAY);
        let now = lived(before, from, &c, &priors);
        let mine = SelfModel { user: lived_one.user, ..now };
        prop_assert_eq!(mine.parted(&kept, &priors), mine);
        let parted = now.parted(&given, &priors);
        prop_assert_eq!((parted.user, parted.sessions), (newborn.user, now.sessions - before.sessions));
        prop_assert_eq!(parted.gross, Money::from_minor(now.gross.minor() - before.gross.minor()));
        prop_assert!(parted.first <= parted.last);
    }

    /// Where both thought a segment possible, the membership comes back but for its steps.
    #[test]
    fn memberships_multiply_and_divide(a in [0.001f32..1.0, 0.001f32..1.0, 0.001f32..1.0], b in [0.05f32..1.0, 0.05f32..1.0, 0.05f32..1.0]) {
        let full = |few: [f32; 3]| {
            let total: f32 = few.iter().sum();
            std::array::from_fn(|c| few.get(c).map_or(0.0, |weight| weight / total))
        };
        let (a, b, born): (PerSegment, PerSegment, PerSegment) = (full(a), full(b), full([0.5, 0.3, 0.2]));
        let both = times(&a, &b, &born).unwrap();
        let back = times(&segment::unpacked(&segment::packed(&both)), &born, &b).unwrap();
        for c in 0..3 {
            prop_assert!((back[c] - a[c]).abs() < 1e-3, "{back:?} {a:?}");
        }
        let (one, other) = (kept_odds(a[0]), kept_odds(b[0]));
        let joined = believed(odds(one) * odds(other) / odds(32_768));
        let parted = believed(odds(joined) / odds(other) * odds(32_768));
        prop_assert!(!(1_000..=64_000).contains(&joined) || parted.abs_diff(one) < 66, "{one} {other} {parted}");
    }
}

fn kept_odds(weight: f32) -> u16 {
    Expert::trusted(weight).packed()
}

#[test]
fn the_later_users_states_win_and_the_earlier_ones_fill_in() {
    let priors = priors();
    let session = |number| (DAY, 6, number);
    let early = born(0, 0, &[session(3), (DAY, 3, 2), (DAY, 0, 1), session(6)], &priors);
    let late = born(1, 0, &[(50 * DAY, 7, 5)], &priors);
    let both = early.joined(&late, &priors);
    assert_eq!((both.picks.content, both.picks.cell), (late.picks.content, late.picks.cell));
    assert_eq!((both.picks.amount, both.picks.gap), (early.picks.amount, early.picks.gap));
    assert_eq!((both.term(), both.last_offer(), both.feature), (early.term(), early.last_offer(), early.feature));
    assert!(both.last_offer().is_some());
    assert_eq!(both.channel, early.channel);
}

#[test]
fn what_was_learned_without_a_session_stays_too() {
    let priors = priors();
    let early = born(0, 0, &[(DAY, 6, 3), (DAY, 1, 1)], &priors);
    let late = born(1, 0, &[(80 * DAY, 6, 5), (DAY, 1, 1), (DAY, 1, 2)], &priors);
    let joint = Joint { mine: early, theirs: late };
    let before = joint.model(&priors);
    let now = lived(before, before.last, &[(5 * DAY, 1, 2)], &priors);
    let parted = now.parted(&joint, &priors);
    // A ticket 84 days after this user's own last session is worth more in the measure of then.
    let worth = 1.0 / decay(gap_days(early.last, SimTime(before.last.0 + 5 * DAY)), priors.half_lives.support);
    assert_eq!((parted.last, parted.sessions, parted.purchase), (early.last, early.sessions, early.purchase));
    assert!((parted.support.of(2) - worth).abs() < 0.03, "{} {worth}", parted.support.of(2));
    assert!((parted.support.of(1) - early.support.of(1)).abs() < 0.03);
}
