use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use super::{
    super::{
        folder::Folder,
        models::Names,
        tests::{HOUR, WINDOW, basis, bits, event, folded, history, load, updates},
    },
    *,
};
use crate::{
    base::time::DAY,
    history::{event::EventKind, log::History},
    user::facet::churn::Departure,
};

fn fold(set: &mut StoredSet, events: Vec<Event>) {
    set.fold(History { events, names: Names::new() }).unwrap();
}

/// Events under another name for the second user.
fn under(events: &[Event], name: u64) -> Vec<Event> {
    let rename = |event: &Event| {
        if event.user == UserId(2) { Event { user: UserId(name), ..event.clone() } } else { event.clone() }
    };
    events.iter().map(rename).collect()
}

/// A set after some of the updates, and the others, if both users 1 and 2 are known by then.
fn halfway(updates: &[Vec<Event>], part: usize) -> Option<(StoredSet, &[Vec<Event>])> {
    let (early, late) = updates.split_at(part % (updates.len() + 1));
    let set = folded(&basis(Departure::Announced), early);
    (set.knows("1") && set.knows("2")).then_some((set, late))
}

fn of(events: &[Event], user: u64) -> Vec<&Event> {
    events.iter().filter(|event| event.user == UserId(user)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn once_joined_either_name_means_the_kept_user(history in history(), cuts in vec(any::<usize>(), 1..12), part: usize) {
        let updates = updates(&history, &cuts);
        let Some((mut set, late)) = halfway(&updates, part) else { return Err(TestCaseError::reject("unknown")) };
        set.join("1", "2").unwrap();
        // What can be settled now that they are one is settled by the next update, whatever is in it.
        let late = if late.is_empty() { &[Vec::new()] } else { late };
        let (mut came, mut kept, mut whole) = (set.clone(), set.clone(), set.clone());
        late.iter().for_each(|events| fold(&mut came, events.clone()));
        late.iter().for_each(|events| fold(&mut kept, under(events, 1)));
        fold(&mut whole, late.concat());
        prop_assert_eq!(&came.contents, &whole.contents);
        prop_assert_eq!(bits(&came.contents.models), bits(&kept.contents.models));
        prop_assert_eq!(bits(&came.beliefs()), bits(&kept.beliefs()));
        prop_assert_eq!((came.users(), came.watermark()), (kept.users(), kept.watermark()));
        prop_assert!(came.model(UserId(2)).is_none());
    }

    #[test]
    fn parted_at_once_all_is_as_it_was(history in history(), cuts in vec(any::<usize>(), 1..6), part: usize) {
        let updates = updates(&history, &cuts);
        let Some((mut set, _)) = halfway(&updates, part) else { return Err(TestCaseError::reject("unknown")) };
        let (before, users) = (set.clone(), set.users());
        let waiting = of(&set.contents.tail, 2).len() as u64;
        prop_assert_eq!(set.join("1", "2").unwrap(), waiting);
        prop_assert_eq!(set.users(), users - 1);
        prop_assert_eq!(set.part("2").unwrap(), waiting);
        prop_assert_eq!(bits(&set.contents.models), bits(&before.contents.models));
        prop_assert_eq!(set, before);
    }

    #[test]
    fn parted_later_both_are_there_and_the_tail_is_divided(
        history in history(), cuts in vec(any::<usize>(), 1..12), part: usize, last in 1usize..4,
    ) {
        let updates = updates(&history, &cuts);
        let Some((mut set, late)) = halfway(&updates, part) else { return Err(TestCaseError::reject("unknown")) };
        let before = set.clone();
        set.join("1", "2").unwrap();
        let joined = set.clone();
        let (late, rest) = late.split_at(late.len().min(last));
        late.iter().for_each(|events| fold(&mut set, events.clone()));
        let (now, tail) = (set.model(UserId(1)).copied(), set.contents.tail.clone());
        let waiting = of(&tail, 2).len() as u64;
        prop_assert_eq!(set.part("2").unwrap(), waiting);
        prop_assert_eq!(&set.contents.tail, &tail);
        prop_assert!(set.knows("1") && set.knows("2"));
        let [mine, theirs] = [1, 2].map(UserId);
        if let Some(model) = before.model(theirs) {
            prop_assert_eq!(set.model(theirs), Some(model));
        }
        if let (Some(own), true) = (before.model(mine), now.as_ref() == joined.model(mine)) {
            prop_assert_eq!(set.model(mine), Some(own));
        }
        if let (Some(now), Some(parted)) = (now, set.model(mine)) {
            let sessions = |set: &StoredSet| set.model(mine).map_or(0, SelfModel::sessions);
            prop_assert_eq!(parted.sessions(), sessions(&before) + now.sessions() - sessions(&joined));
        }
        // And on it goes, each for themselves.
        rest.iter().for_each(|events| fold(&mut set, events.clone()));
        prop_assert_eq!(set.beliefs().len() as u64, set.users());
    }
}

/// Three users with sessions, the last of which wait.
fn three() -> StoredSet {
    let day = |day: i64| event(day as u64 % 3 + 1, day * DAY, EventKind::SessionStart);
    folded(&basis(Departure::Silent), &[(0..40).map(day).collect()])
}

fn refusal<T: std::fmt::Debug>(done: Result<T, StoreError>) -> String {
    done.unwrap_err().to_string()
}

#[test]
fn what_cannot_be_joined_or_parted_is_told_and_nothing_changes() {
    let mut set = three();
    set.join("1", "2").unwrap();
    let before = set.clone();
    let told = [
        (refusal(set.join("1", "1")), "joining `1` to `1`: expected two users, but it is one and the same"),
        (refusal(set.join("1", "2")), "joining `2` to `1`: expected two users, but it is one and the same"),
        (refusal(set.join("2", "1")), "joining `1` to `2`: expected two users, but it is one and the same"),
        (
            refusal(set.join("3", "2")),
            "user `2`: expected a user with a name of their own, but it is one that was given up for `1`",
        ),
        (refusal(set.join("1", "4")), "user `4`: expected one of the 2 users, such as 1, 3, but it is none of them"),
        (
            refusal(set.join("eve", "1")),
            "user `eve`: expected one of the 2 users, such as 1, 3, but it is none of them",
        ),
        (refusal(set.part("3")), "user `3`: expected a name that was given up, but it is that of a user who was not"),
        (refusal(set.part("4")), "user `4`: expected a name that was given up, but it is nobody's"),
    ];
    for (found, expected) in told {
        assert_eq!(found, expected);
    }
    assert_eq!(set, before);
}

#[test]
fn of_several_joined_to_one_the_latest_is_parted_first() {
    let alone = three();
    let mut set = alone.clone();
    set.join("1", "2").unwrap();
    let two = set.clone();
    // A name that was given up stands for the user who was kept.
    set.join("2", "3").unwrap();
    assert_eq!(set.contents.joins[1].kept.user(), UserId(1));
    let late = "parting `2` from `1`: expected the latest join of `1`, but it is older than that of `3` to `1`: part `3` first";
    assert_eq!(refusal(set.part("2")), late);
    set.part("3").unwrap();
    assert_eq!(set, two);
    set.part("2").unwrap();
    assert_eq!(set, alone);
}

#[test]
fn a_name_follows_whom_it_stands_for() {
    let mut set = three();
    set.join("1", "2").unwrap();
    let two = set.clone();
    set.join("3", "1").unwrap();
    let aliases = set.aliases();
    assert_eq!([1, 2, 3].map(|user| aliases.user(UserId(user))), [UserId(3); 3]);
    assert!(refusal(set.part("2")).contains("older than that of `1` to `3`: part `1` first"));
    let sessions = set.model(UserId(3)).unwrap().sessions();
    fold(&mut set, vec![event(2, 41 * DAY, EventKind::SessionStart), event(4, 50 * DAY, EventKind::SessionStart)]);
    // The three that waited, and the one under the first name to be given up.
    assert_eq!(set.model(UserId(3)).unwrap().sessions(), sessions + 4);
    let mut back = set.clone();
    back.part("1").unwrap();
    back.part("2").unwrap();
    assert_eq!(back.model(UserId(2)), three().model(UserId(2)));
    assert_eq!(back.users(), 4);
    // Without anything learned in between it is what it was.
    let mut at_once = two.clone();
    at_once.join("3", "1").unwrap();
    at_once.part("1").unwrap();
    assert_eq!(at_once, two);
}

#[test]
fn the_same_event_under_both_names_is_one() {
    let mut set = three();
    set.join("1", "2").unwrap();
    let charge = |user| event(user, 40 * DAY, EventKind::Ticket { severity: 1 });
    let folded = set.fold(History { events: vec![charge(1), charge(2)], names: Names::new() }).unwrap();
    assert_eq!((folded.events, folded.duplicates, folded.born), (1, 1, 0));
    set.part("2").unwrap();
    let tickets = |user| of(&set.contents.tail, user).into_iter().filter(|one| one.at == SimTime(40 * DAY)).count();
    assert_eq!([tickets(1), tickets(2)], [1, 1]);
}

/// One who was only written to has no self-model; when the message is decided, it is no longer in the tail.
#[test]
fn who_was_never_met_is_there_again_when_parted() {
    let message = EventKind::Message { channel: "mail".into(), style: "plain".into() };
    let start = |user, at| event(user, at, EventKind::SessionStart);
    let mut set =
        folded(&basis(Departure::Silent), &[vec![start(1, 0), start(1, 8 * DAY), event(2, 8 * DAY, message)]]);
    assert!(set.model(UserId(1)).is_some() && set.model(UserId(2)).is_none());
    set.join("1", "2").unwrap();
    fold(&mut set, vec![start(3, 20 * DAY)]);
    let now = *set.model(UserId(1)).unwrap();
    set.part("2").unwrap();
    assert_eq!(set.model(UserId(1)), Some(&now), "all that was learned since is the kept user's");
    let back = set.model(UserId(2)).unwrap();
    assert_eq!((back.first(), back.sessions()), (SimTime(8 * DAY), 0));
}

/// The one keeps coming for hours; meanwhile the other came and went.
#[test]
fn a_session_that_began_before_one_that_is_learned_begins_with_it() {
    let minute = 60;
    let start = |user, at| event(user, at, EventKind::SessionStart);
    let mut events: Vec<Event> = (0..13).map(|i| start(1, i * 25 * minute)).collect();
    events.extend([start(2, 2 * HOUR), start(3, 5 * HOUR + WINDOW - 10 * minute)]);
    events.sort_by(Event::compare);
    let mut set = folded(&basis(Departure::Silent), &[events]);
    assert!(set.model(UserId(1)).is_none() && set.model(UserId(2)).is_some());
    set.join("1", "2").unwrap();
    fold(&mut set, vec![start(3, 30 * DAY)]);
    let both = set.model(UserId(1)).unwrap();
    assert_eq!((both.last(), both.sessions()), (SimTime(2 * HOUR), 2));
    assert!(both.gap().days >= 0.0);
}

#[test]
fn joins_come_back_from_disk_and_a_set_without_is_of_the_first_version() {
    let home = tempfile::tempdir().unwrap();
    let mut set = three();
    let names =
        [("anna", 1), ("bea", 2)].map(|(name, day)| (UserId::of(name), day, crate::history::name::Name::from(name)));
    let events = names.iter().map(|(user, day, _)| event(user.0, (40 + day) * DAY, EventKind::SessionStart)).collect();
    let names = names.iter().map(|(user, _, name)| (*user, name.clone())).collect();
    set.fold(History { events, names }).unwrap();
    let alone = set.clone();
    let folder = Folder::create(&home.path().join("set")).unwrap();
    let plain = folder.save(&set, &[]).unwrap();
    set.join("1", "2").unwrap();
    set.join("bea", "anna").unwrap();
    let joined = folder.save_changed(&set, &plain).unwrap();
    let (mut read, manifest) = folder.load().unwrap();
    assert_eq!((&read, &manifest), (&set, &joined));
    assert_eq!((plain.format, joined.format), (1, 2));
    assert_eq!(joined.joins.as_ref().unwrap().rows, 4);
    read.part("anna").unwrap();
    read.part("2").unwrap();
    assert_eq!(folder.save_changed(&read, &manifest).unwrap(), plain);
    drop(folder);
    assert_eq!(load(&home.path().join("set")).unwrap(), alone);
}

#[test]
fn a_record_that_cannot_be_is_refused() {
    let set = three();
    let side = |user: u64| set.side(UserId(user)).unwrap();
    let join = |kept, given| Join { at: SimTime(0), kept: side(kept), given: side(given) };
    let read = |joins: &[Join]| joined(&halves(joins)).map(|joins| joins.len());
    assert_eq!(read(&[join(1, 2), join(3, 1)]), Ok(2));
    assert_eq!(read(&[join(1, 2), join(2, 1)]).unwrap_err(), "user 1 is given up for 2, which cannot be");
    assert_eq!(read(&[join(1, 2), join(3, 2)]).unwrap_err(), "user 2 is given up for 3, which cannot be");
    assert!(read(&[join(1, 1)]).is_err());
    assert_eq!(joined(&halves(&[join(1, 2)])[..1]).unwrap_err(), "it has 1 rows");
    let users: BTreeSet<UserId> = halves(&[join(1, 2)]).iter().map(Row::user).collect();
    assert_eq!(users, [UserId(1), UserId(2)].into());
}
