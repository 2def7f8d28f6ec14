use std::{collections::BTreeMap, fs};

use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    basis::{Reading, Rejected},
    error::StoreError,
    folder::Folder,
    *,
};
use crate::{
    base::{
        time::{DAY, Zone},
        units::{Currency, Money, Probability},
    },
    history::{
        event::EventKind,
        log::History,
        name::Name,
        session::DaypartCuts,
        sessions::{Catalogues, Cutter, Sessionisation},
    },
    study::life::Life,
    user::{
        facet::{churn::Departure, feature::FeaturePrior, hidden::Chain},
        priors::Priors,
    },
};

pub(super) const HOUR: i64 = 3_600;
pub(super) const WINDOW: i64 = 48 * HOUR;

fn named(names: &[&str]) -> Vec<Name> {
    names.iter().map(|&name| name.into()).collect()
}

fn catalogues() -> Catalogues {
    Catalogues {
        contents: named(&["bread", "milk", "(other)"]),
        features: named(&["search", "(other)"]),
        channels: named(&["mail", "push"]),
        styles: named(&["plain"]),
    }
}

/// Priors under which the membership, the channel and every way of leaving matter.
pub(super) fn basis(departure: Departure) -> Basis {
    let mut priors = Priors::ignorant();
    priors.born = vec![[0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.9, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]];
    priors.born.push([0.7, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    priors.purchase.0[1].share[1] = 0.2;
    priors.amount.level.mean[1] = 4.0;
    priors.churn.departure = departure;
    priors.churn.frailty = Some(1.0);
    priors.churn.engagement = 1.0;
    priors.feature = FeaturePrior {
        chains: vec![Chain { start: [0.3, 0.7], step: [[0.9, 0.1], [0.2, 0.8]], yes: [0.6, 0.1] }; 2],
        population: vec![0.2; 2],
    };
    Basis {
        scenario: "test".to_owned(),
        currency: Currency::new("USD").unwrap(),
        sessionisation: Sessionisation {
            timeout_minutes: 30,
            at_midnight: false,
            dayparts: DaypartCuts::new(vec![0, 6, 12, 18]).unwrap(),
            zone: Zone::new("America/Chicago").unwrap(),
            catalogues: Some(catalogues()),
            answer_days: 7,
        },
        channels: named(&["ads", "organic"]),
        window: WINDOW,
        reading: Reading { mappings: Vec::new(), max_rejected_share: Probability::new(0.01).unwrap() },
        priors,
        inputs: BTreeMap::new(),
        rejected: Rejected::default(),
    }
}

pub(super) fn kind() -> impl Strategy<Value = EventKind> {
    let name = |names: &'static [&'static str]| select(names).prop_map(Name::from);
    prop_oneof![
        3 => Just(EventKind::SessionStart),
        3 => name(&["bread", "milk", "tea"]).prop_map(|item| EventKind::Content { item }),
        2 => (1i64..9_000).prop_map(|minor| EventKind::Charge { amount: Money::from_minor(minor) }),
        2 => (name(&["mail", "push", "fax"]), name(&["plain"])).prop_map(|(channel, style)| EventKind::Message { channel, style }),
        2 => any::<bool>().prop_map(|taken| EventKind::Response { taken }),
        1 => name(&["search", "share"]).prop_map(|name| EventKind::Feature { name }),
        1 => name(&["ads", "organic", "radio"]).prop_map(|channel| EventKind::Acquired { channel, campaign: None }),
        1 => Just(EventKind::Cancel),
        1 => Just(EventKind::Subscribe { plan: "gold".into() }),
        1 => Just(EventKind::Renew),
        1 => (1u8..=3).prop_map(|severity| EventKind::Ticket { severity }),
        1 => (0i32..=10).prop_map(|score| EventKind::Review { score: score.into() }),
        1 => (1i64..900).prop_map(|minor| EventKind::Refund { amount: Money::from_minor(minor) }),
    ]
}

/// Pauses that fall on both sides of every threshold: within a session, at its end, a day, past a message's time.
fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0i64..2 * HOUR,
        1 => select(vec![0, 1_799, 1_800, 1_801, WINDOW, 7 * DAY, 7 * DAY + 1]),
        2 => 0i64..4 * DAY,
        1 => 0i64..50 * DAY,
    ]
}

/// Some events of a few users, in time order, and how much later than the ones before them they arrive.
pub(super) fn history() -> impl Strategy<Value = Vec<(Event, i64)>> {
    vec((pause(), 1u64..5, kind(), 0i64..=WINDOW, 0u64..3), 1..120).prop_map(|rows| {
        let mut at = 1_700_000_000;
        let event = |(pause, user, kind, delay, ordinal)| {
            at += pause / 3;
            (Event { at: SimTime(at), user: UserId(user), ordinal, kind }, delay)
        };
        rows.into_iter().map(event).collect()
    })
}

/// In the order of their arrival, cut into updates at some places.
pub(super) fn updates(history: &[(Event, i64)], cuts: &[usize]) -> Vec<Vec<Event>> {
    let mut arriving = history.to_vec();
    arriving.sort_by_key(|(event, delay)| event.at.0 + delay);
    let mut bounds: Vec<usize> = cuts.iter().map(|cut| cut % (arriving.len() + 1)).collect();
    bounds.extend([0, arriving.len()]);
    bounds.sort_unstable();
    let part = |pair: &[usize]| arriving[pair[0]..pair[1]].iter().map(|(event, _)| event.clone()).collect();
    bounds.windows(2).map(part).collect()
}

pub(super) fn folded(basis: &Basis, updates: &[Vec<Event>]) -> StoredSet {
    let mut set = StoredSet::new(basis.clone());
    for events in updates {
        let earliest = events.iter().map(|event| event.at).min();
        assert!(earliest >= set.watermark() || events.is_empty(), "the test's own history came too late");
        set.fold(History { events: events.clone(), names: Names::new() }).unwrap();
    }
    set
}

/// Every bit of the self-models, as their file has them.
pub(super) fn bits(models: &[SelfModel]) -> String {
    blake3::hash(&models::write(models, &Names::new(), Vec::new()).unwrap()).to_hex().to_string()
}

/// What a replay of all events leaves.
fn replayed(basis: &Basis, events: Vec<Event>) -> Vec<SelfModel> {
    let events = History::new(events, Names::new()).events;
    let span = (events[0].at, events[events.len() - 1].at);
    let catalogues = catalogues();
    let cutter = Cutter::new(&basis.sessionisation, &catalogues, span);
    let mut lives: BTreeMap<_, Vec<Event>> = BTreeMap::new();
    events.into_iter().for_each(|event| lives.entry(place(event.user)).or_default().push(event));
    let replay = |((_, user), events): (&(u32, UserId), &Vec<Event>)| {
        let cut = cutter.live(events, span.1);
        let channel = basis.channel(cut.channel.as_ref());
        let life = Life { user: *user, channel, first: events[0].at, end: span.1, observations: &cut.observations };
        life.replay(&basis.priors, &mut ())
    };
    lives.iter().map(replay).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn however_events_come_the_set_is_the_same(
        history in history(), cuts in vec(any::<usize>(), 0..12), announced: bool,
    ) {
        let basis = basis(if announced { Departure::Announced } else { Departure::Silent });
        let at_once: Vec<Event> = history.iter().map(|(event, _)| event.clone()).collect();
        let bit_by_bit = folded(&basis, &updates(&history, &cuts));
        let whole = folded(&basis, std::slice::from_ref(&at_once));
        prop_assert_eq!(&bit_by_bit.contents, &whole.contents);
        prop_assert_eq!(bits(&bit_by_bit.contents.models), bits(&whole.contents.models));
        // And what is believed now is what a replay from the start believes.
        let (now, replayed) = (bit_by_bit.beliefs(), replayed(&basis, at_once));
        prop_assert_eq!(bits(&now), bits(&replayed));
        prop_assert_eq!(bit_by_bit.users(), replayed.len() as u64);
    }

    #[test]
    fn events_that_come_twice_count_once(history in history(), cuts in vec(any::<usize>(), 0..4)) {
        let basis = basis(Departure::Silent);
        let updates = updates(&history, &cuts);
        let once = folded(&basis, &updates);
        let mut twice = StoredSet::new(basis);
        for events in &updates {
            let watermark = twice.watermark();
            let new = twice.fold(History { events: events.clone(), names: Names::new() }).unwrap();
            prop_assert_eq!(new.events + new.duplicates, events.len() as u64);
            let again = events.iter().filter(|event| Some(event.at) >= twice.watermark().max(watermark)).cloned();
            let again: Vec<Event> = again.collect();
            let count = again.len() as u64;
            let nothing = twice.fold(History { events: again, names: Names::new() }).unwrap();
            prop_assert_eq!((nothing.events, nothing.duplicates, nothing.sessions), (0, count, 0));
        }
        prop_assert_eq!(once.contents, twice.contents);
    }

    #[test]
    fn a_set_comes_back_from_disk_as_it_was(history in history(), names in vec("[a-zà-ü=,\"]{1,8}", 4)) {
        let home = tempfile::tempdir().unwrap();
        let basis = basis(Departure::Announced);
        let ids: Vec<UserId> = names.iter().map(|name| UserId::of(name)).collect();
        let mut set = StoredSet::new(basis);
        let mut events: Vec<Event> = history.into_iter().map(|(event, _)| event).collect();
        events.iter_mut().for_each(|event| event.user = ids[event.user.0 as usize - 1]);
        let known = names.iter().zip(&ids).filter(|(_, id)| events.iter().any(|event| event.user == **id));
        let names: Names = known.map(|(name, id)| (*id, name.as_str().into())).collect();
        set.fold(History { events, names }).unwrap();
        let folder = Folder::create(&home.path().join("set")).unwrap();
        let written = folder.save(&set, &[]).unwrap();
        let (read, manifest) = folder.load().unwrap();
        prop_assert_eq!(bits(&read.contents.models), bits(&set.contents.models));
        prop_assert_eq!((read, manifest), (set, written));
    }
}

pub(super) fn event(user: u64, at: i64, kind: EventKind) -> Event {
    Event { at: SimTime(at), user: UserId(user), ordinal: 0, kind }
}

fn small() -> StoredSet {
    let day = |day: i64| event(day as u64 % 3, day * DAY, EventKind::Charge { amount: Money::from_minor(100 * day) });
    let mut set = folded(&basis(Departure::Silent), &[(1..40).map(day).collect()]);
    set.join("0", "1").unwrap();
    set
}

#[test]
fn a_session_waits_until_nothing_can_be_done_in_it_any_more() {
    let timeout = 30 * 60;
    let mut set = StoredSet::new(basis(Departure::Silent));
    let mut fold = |user, at| {
        let events = vec![event(user, at, EventKind::SessionStart)];
        set.fold(History { events, names: Names::new() }).unwrap().sessions
    };
    assert_eq!(fold(1, 0), 0);
    assert_eq!(fold(2, WINDOW + timeout), 0, "an act at the watermark would still belong to it");
    assert_eq!(fold(2, WINDOW + timeout + 1), 1);
    assert_eq!(set.contents.tail.len(), 2);
    assert_eq!((set.contents.models.len(), set.users()), (1, 2));
}

#[test]
fn two_names_with_one_hash_are_refused() {
    let mut set = small();
    let names = |name: &str| Names::from([(UserId(1 << 63), name.into())]);
    set.fold(History { events: Vec::new(), names: names("a") }).unwrap();
    let error = set.fold(History { events: Vec::new(), names: names("b") }).unwrap_err();
    assert!(error.to_string().contains("cannot be told apart"), "{error}");
}

/// A set on disk, and the names and contents of its files.
fn stored() -> (tempfile::TempDir, Vec<(std::path::PathBuf, Vec<u8>)>) {
    let home = tempfile::tempdir().unwrap();
    let rejection = crate::history::rejection::Rejection::new(
        &"a.csv".into(),
        crate::history::rejection::Place { row: 1, line: Some(2) },
        crate::history::rejection::Flaw::new("at", "later", "earlier"),
    );
    Folder::create(home.path()).unwrap().save(&small(), &[rejection]).unwrap();
    let paths = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| !path.ends_with(".lock"))
        .map(|path| {
            let bytes = fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect();
    files.sort();
    assert_eq!(files.len(), 6);
    (home, files)
}

pub(super) fn load(folder: &std::path::Path) -> Result<StoredSet, StoreError> {
    Ok(Folder::to_read(folder)?.load()?.0)
}

/// What happened to a file.
#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Flipped(usize, u8),
    Other(Vec<u8>),
    Gone,
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), 0u8..8).prop_map(|(place, bit)| Damage::Flipped(place, bit)),
        vec(any::<u8>(), 0..300).prop_map(Damage::Other),
        Just(Damage::Gone),
    ]
}

proptest! {
    #[test]
    fn a_damaged_file_is_refused_and_named(which in 0usize..6, damage in damage()) {
        let (home, files) = stored();
        let (path, bytes) = &files[which];
        let mut damaged = bytes.clone();
        match &damage {
            Damage::Cut(place) => damaged.truncate(place % bytes.len()),
            Damage::Flipped(place, bit) => damaged[place % bytes.len()] ^= 1 << bit,
            Damage::Other(other) => damaged.clone_from(other),
            Damage::Gone => {}
        }
        if matches!(damage, Damage::Gone) { fs::remove_file(path).unwrap() } else { fs::write(path, &damaged).unwrap() }
        match load(home.path()) {
            // White space in the manifest means nothing.
            Ok(set) => prop_assert!(path.ends_with("manifest.json") && set == small(), "{:?}", damage),
            Err(error) => {
                prop_assert!(error.to_string().starts_with(&path.display().to_string()), "{}", error);
                prop_assert!(!error.is_io(), "{}", error);
            }
        }
    }

    /// With hashes and seal made to fit, so that the decoders meet what was made up.
    #[test]
    fn a_made_up_file_is_refused_without_a_panic(which in 0usize..4, damage in damage()) {
        let (home, _) = stored();
        let mut manifest = manifest::Manifest::read(home.path()).unwrap();
        let stored = [&mut manifest.models, &mut manifest.tail, &mut manifest.priors, manifest.joins.as_mut().unwrap()];
        let stored = stored.into_iter().nth(which).unwrap();
        let (sort, ending) = [("models", "parquet"), ("tail", "parquet"), ("priors", "json"), ("joins", "parquet")][which];
        let mut bytes = fs::read(home.path().join(&stored.file)).unwrap();
        match damage {
            Damage::Cut(place) => bytes.truncate(place % bytes.len()),
            Damage::Flipped(place, bit) => { let n = bytes.len(); bytes[place % n] ^= 1 << bit }
            Damage::Other(other) => bytes = other,
            Damage::Gone => bytes.clear(),
        }
        stored.blake3 = blake3::hash(&bytes).to_hex().to_string();
        stored.file = manifest::Stored::name(sort, &stored.blake3, ending);
        stored.bytes = bytes.len() as u64;
        fs::write(home.path().join(&stored.file), &bytes).unwrap();
        let sealed = serde_json::to_vec(&manifest.sealed()).unwrap();
        fs::write(home.path().join(manifest::MANIFEST), sealed).unwrap();
        // A flipped bit may be one of a number; then it is a set with another number.
        if let Ok(set) = load(home.path()) {
            prop_assert_eq!(set.contents.joins.len(), 1);
            prop_assert_eq!(set.contents.models.len(), small().contents.models.len());
        }
    }
}

#[test]
fn a_later_version_is_refused_whatever_else_it_says() {
    let (home, _) = stored();
    fs::write(home.path().join(manifest::MANIFEST), r#"{"format":3,"shards":[]}"#).unwrap();
    let error = load(home.path()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "expected a set of version 2 or earlier, but it is of version 3: this program is older than the set"
        ),
        "{error}"
    );
}

#[test]
fn what_is_in_use_or_not_ours_is_left_alone() {
    let (home, _) = stored();
    let one = Folder::to_change(home.path()).unwrap();
    assert!(matches!(Folder::to_change(home.path()), Err(StoreError::InUse { .. })));
    assert!(matches!(Folder::to_read(home.path()), Err(StoreError::InUse { .. })));
    drop(one);
    let (_a, _b) = (Folder::to_read(home.path()).unwrap(), Folder::to_read(home.path()).unwrap());
    assert!(matches!(Folder::create(home.path()), Err(StoreError::Exists { .. })));
    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("thesis.txt"), "x").unwrap();
    assert!(matches!(Folder::create(foreign.path()), Err(StoreError::Foreign { .. })));
    assert_eq!(fs::read_dir(foreign.path()).unwrap().count(), 1);
}

#[test]
fn what_a_killed_update_left_is_cleared_and_what_others_put_there_is_not() {
    let (home, files) = stored();
    let (left, note) = (home.path().join("models-0123456789abcdef.parquet"), home.path().join("note.txt"));
    fs::write(&left, "half").unwrap();
    fs::write(home.path().join(".making-tail.parquet"), "half").unwrap();
    fs::write(&note, "mine").unwrap();
    let set = load(home.path()).unwrap();
    Folder::to_change(home.path()).unwrap().save(&set, &[]).unwrap();
    assert!(!left.exists() && note.exists() && !home.path().join(".making-tail.parquet").exists());
    // The same set again, without its rejected rows.
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), files.len() - 1 + 2);
    assert_eq!(load(home.path()).unwrap(), set);
}

#[test]
fn what_waits_stays_the_same_when_nothing_new_comes() {
    let message = |name: &str| EventKind::Message { channel: name.into(), style: "plain".into() };
    let (at, start) = (1_700_000_000, EventKind::SessionStart);
    let kinds = [message("mail"), EventKind::Cancel, message("push"), start.clone()];
    let mut events: Vec<Event> = kinds.into_iter().map(|kind| event(3, at, kind)).collect();
    events.iter_mut().zip(0..).for_each(|(event, ordinal)| event.ordinal = ordinal);
    events.push(event(1, at + WINDOW + 1, start));
    let mut set = folded(&basis(Departure::Silent), &[events]);
    let before = set.contents.clone();
    assert_eq!(before.tail.len(), 4, "both messages and both sessions wait: {:?}", before.tail);
    set.fold(History::default()).unwrap();
    assert_eq!(set.contents, before);
}
