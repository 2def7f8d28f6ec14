use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::{
    base::time::DAY,
    history::{
        event::EventKind,
        session::{CONTENT_KINDS, Fate, Message},
    },
};

const MINUTE: i64 = 60;

fn settings() -> Sessionisation {
    Sessionisation {
        timeout_minutes: 30,
        at_midnight: false,
        dayparts: DaypartCuts::new(vec![0, 6, 12, 18]).unwrap(),
        zone: Zone::new("America/Chicago").unwrap(),
        catalogues: None,
        answer_days: 7,
    }
}

fn event(at: i64, kind: EventKind) -> Event {
    Event { at: SimTime(at), user: UserId(1), ordinal: 0, kind }
}

fn content(item: &str) -> EventKind {
    EventKind::Content { item: item.into() }
}

fn charge(minor: i64) -> EventKind {
    EventKind::Charge { amount: Money::from_minor(minor) }
}

fn cut(events: Vec<Event>) -> Timelines {
    timelines(&History::new(events, BTreeMap::new()), &settings()).unwrap()
}

fn contents(names: &[&str]) -> Catalogues {
    Catalogues { contents: names.iter().map(|&name| name.into()).collect(), ..Catalogues::default() }
}

fn offer(lines: &Timelines, index: usize) -> Option<bool> {
    let Observation::Session(session) = lines.observations[index] else { panic!() };
    session.offer()
}

fn starts(lines: &Timelines) -> Vec<i64> {
    lines.observations.iter().map(|observation| observation.at().0).collect()
}

#[test]
fn a_session_start_parts_at_the_timeout_and_other_acts_just_after_it() {
    let end = 30 * MINUTE;
    let second = |at, kind| starts(&cut(vec![event(0, EventKind::SessionStart), event(at, kind)])).len();
    assert_eq!(second(end - 1, EventKind::SessionStart), 1);
    assert_eq!(second(end, EventKind::SessionStart), 2);
    assert_eq!(second(end, charge(1)), 1);
    assert_eq!(second(end + 1, charge(1)), 2);
}

#[test]
fn midnight_on_the_users_clock_parts_where_that_is_asked_for() {
    // 06:00 UTC is midnight in Chicago in winter.
    let midnight = 6 * 3_600;
    let acts = [midnight - 600, midnight - 1, midnight, midnight + 600].map(|at| event(at, content("a")));
    let history = History::new(acts.to_vec(), BTreeMap::new());
    let at_midnight = timelines(&history, &Sessionisation { at_midnight: true, ..settings() }).unwrap();
    assert_eq!(starts(&at_midnight), [midnight - 600, midnight]);
    assert_eq!(starts(&cut(acts.to_vec())), [midnight - 600]);
}

#[test]
fn the_pause_counts_from_the_last_act_not_from_the_start() {
    let acts = (0..4).map(|i| event(i * 29 * MINUTE, content("a"))).collect();
    assert_eq!(starts(&cut(acts)), [0]);
}

#[test]
fn charges_add_up_and_refunds_never_take_away() {
    let refund = EventKind::Refund { amount: Money::from_minor(700) };
    let late = event(9 * DAY, refund);
    let lines = cut(vec![event(0, charge(500)), event(60, charge(250)), late, event(10 * DAY, content("a"))]);
    let Observation::Session(session) = lines.observations[0] else { panic!() };
    assert_eq!(session.paid, Some(Money::from_minor(750)));
    assert_eq!(lines.outcomes[0].returned, Money::from_minor(700));
    assert_eq!(starts(&lines), [0, 10 * DAY], "a refund is no session");
}

#[test]
fn contents_are_a_set_and_the_first_is_known() {
    let lines = cut(vec![event(0, content("b")), event(1, content("a")), event(2, content("b"))]);
    let Observation::Session(session) = lines.observations[0] else { panic!() };
    assert_eq!((session.contents, session.content()), (0b11, Some(1)));
    assert_eq!(lines.catalogues.contents, ["a", "b"].map(Name::from));
}

#[test]
fn leaving_is_an_observation_and_ends_the_session() {
    let lines = cut(vec![event(0, content("a")), event(60, EventKind::Cancel), event(120, content("a"))]);
    assert_eq!(lines.observations[1], Observation::Left(SimTime(60)));
    assert_eq!(lines.observations.len(), 3);
}

#[test]
fn a_response_that_was_taken_stays_taken() {
    let response = |at, taken| event(at, EventKind::Response { taken });
    let lines = cut(vec![response(0, false), response(1, true), response(2, false), event(DAY, charge(1))]);
    assert_eq!(offer(&lines, 0), Some(true));
    assert_eq!(offer(&lines, 1), None);
}

#[test]
fn a_message_is_decided_by_its_answer_or_by_the_time_to_answer() {
    let message = |at| event(at, EventKind::Message { channel: "mail".into(), style: "direct".into() });
    let response = |at, taken| event(at, EventKind::Response { taken });
    let lines = cut(vec![message(0), message(DAY), response(2 * DAY, true), message(3 * DAY), message(9 * DAY)]);
    let decided = |at, sent, fate| {
        Observation::Message(Message { at: SimTime(at), sent: SimTime(sent), channel: 0, style: 0, fate })
    };
    assert_eq!(lines.observations, [decided(2 * DAY, DAY, Fate::Taken), decided(7 * DAY, 0, Fate::Ignored)]);
}

#[test]
fn coming_by_itself_answers_no_message() {
    let message = event(0, EventKind::Message { channel: "mail".into(), style: "direct".into() });
    let came = |at| event(at, EventKind::SessionStart);
    let lines = cut(vec![message, came(1), came(DAY), came(8 * DAY)]);
    let fates = lines.observations.iter().filter_map(|observation| match observation {
        Observation::Message(message) => Some(message.fate),
        _ => None,
    });
    assert_eq!(fates.collect::<Vec<_>>(), [Fate::Ignored]);
}

#[test]
fn features_terms_tickets_and_reviews_are_observations() {
    let feature = |at, name: &str| event(at, EventKind::Feature { name: name.into() });
    let lines = cut(vec![
        feature(0, "b"),
        event(1, EventKind::Ticket { severity: 3 }),
        feature(2, "a"),
        event(3, EventKind::Subscribe { plan: "p".into() }),
        event(DAY, EventKind::Renew),
        event(DAY + 1, EventKind::Review { score: 9.0 }),
        event(2 * DAY, EventKind::SessionStart),
    ]);
    assert_eq!(lines.observations[1], Observation::Features { at: SimTime(0), used: 0b11 });
    assert_eq!(lines.observations[2], Observation::Ticket { at: SimTime(1), severity: 2 });
    assert_eq!(lines.observations[3], Observation::Term { at: SimTime(3), renewal: false });
    assert_eq!(lines.observations[4], Observation::Term { at: SimTime(DAY), renewal: true });
    assert_eq!(lines.observations[5], Observation::Review { at: SimTime(DAY + 1), score: 9.0 });
    assert_eq!(lines.observations[7], Observation::Features { at: SimTime(2 * DAY), used: 0 });
}

#[test]
fn the_rarest_kinds_of_a_large_catalogue_are_pooled() {
    let mut events: Vec<Event> = (0..40).map(|i| event(i, content(&format!("k{i:02}")))).collect();
    events.push(event(50, content("k39")));
    let lines = cut(events);
    assert_eq!(lines.catalogues.contents.len(), CONTENT_KINDS);
    assert_eq!(&*lines.catalogues.contents[30], "k39");
    assert_eq!(&*lines.catalogues.contents[31], POOLED);
    let all = (0..32).map(|i| event(i, content(&format!("k{i:02}")))).collect();
    assert_eq!(&*cut(all).catalogues.contents[31], "k31", "32 kinds need no pool");
}

#[test]
fn a_given_catalogue_keeps_its_order_and_pools_the_rest() {
    let settings = Sessionisation { catalogues: Some(contents(&["z", "a"])), ..settings() };
    let history = History::new(vec![event(0, content("q")), event(1, content("z"))], BTreeMap::new());
    let lines = timelines(&history, &settings).unwrap();
    assert_eq!(lines.catalogues.contents, ["z", "a", POOLED].map(Name::from));
    let Observation::Session(session) = lines.observations[0] else { panic!() };
    assert_eq!((session.contents, session.content()), (0b101, Some(2)));
    let repeated = Sessionisation { catalogues: Some(contents(&["a", "a"])), ..settings };
    assert!(timelines(&history, &repeated).is_err());
}

/// Clocks in Chicago went from 02:00 to 03:00 on 2026-03-08 and from 02:00 back to 01:00 on 2026-11-01.
#[test]
fn dayparts_follow_the_wall_clock_across_daylight_saving() {
    let at = |text| SimTime::parse(text).unwrap().0;
    let moments = ["2026-03-07T11:59:59Z", "2026-03-07T12:00:00Z", "2026-03-08T10:59:59Z", "2026-03-08T11:00:00Z"];
    let lines = cut(moments.map(|text| event(at(text), content("a"))).to_vec());
    let slots: Vec<(u8, bool)> = lines.observations.iter().filter_map(slot).collect();
    // One second parts no session, so each pair of moments is one session that keeps its first slot.
    assert_eq!(slots, [(0, true), (0, true)]);
    for (moment, daypart) in moments.into_iter().zip([0, 1, 0, 1]) {
        assert_eq!(slot(&cut(vec![event(at(moment), content("a"))]).observations[0]).unwrap().0, daypart);
    }
    let monday = cut(vec![event(at("2026-11-02T05:59:59Z"), content("a"))]);
    assert_eq!(slot(&monday.observations[0]), Some((3, true)), "still Sunday in Chicago");
}

fn slot(observation: &Observation) -> Option<(u8, bool)> {
    match observation {
        Observation::Session(session) => Some((session.slot().daypart, session.slot().weekend)),
        _ => None,
    }
}

proptest! {
    #[test]
    fn every_charge_is_in_exactly_one_session_of_its_user(
        acts in vec((0i64..400_000, 0u64..5, select(vec![0, 1, 7, 250])), 1..60)
    ) {
        let events = acts.iter().enumerate().map(|(i, &(at, user, minor))| {
            Event { at: SimTime(at), user: UserId(user), ordinal: i as u64, kind: charge(minor) }
        });
        let lines = cut(events.collect());
        let paid = |user: &UserTimeline| lines.of(user).iter().map(|observation| match observation {
            Observation::Session(session) => session.paid.unwrap_or_default(),
            _ => Money::ZERO,
        }).sum::<Money>().minor();
        for user in &lines.users {
            let want: i64 = acts.iter().filter(|act| UserId(act.1) == user.user).map(|act| act.2).sum();
            prop_assert_eq!(paid(user), want);
            prop_assert!(lines.of(user).windows(2).all(|pair| pair[1].at().0 - pair[0].at().0 > 30 * MINUTE));
        }
        prop_assert!(lines.users.is_sorted_by_key(|user| (partition(user.user), user.user)));
    }
}
