//! What may be claimed of visits, offers, messages, features, tickets, reviews and renewals.

use super::*;
use crate::{
    base::{
        time::DAY,
        units::{Currency, UserId},
    },
    history::session::{DaypartCuts, Fate, Slot},
    user::{
        facet::{
            HalfLives, chance::Chance as Share, choice::ChoicePrior, density::Density, feature::FeaturePrior,
            hidden::Chain, visit::VisitPrior,
        },
        segment::SEGMENTS,
        self_model::SelfModel,
    },
};

/// Everybody says yes in one of five; nothing fades.
fn priors() -> Priors {
    let mut priors = Priors::ignorant();
    let fifth = Share::new([0.2; SEGMENTS], 4.0, 0.2);
    priors.visit = VisitPrior::around(0.2, fifth.clone());
    priors.visit.chain.yes = [0.98, 0.3, 0.1, 0.02];
    priors.offer = fifth.clone();
    priors.channel.ways[0] = fifth.clone();
    priors.style.0[0] = fifth;
    let chain = Chain { start: [0.1, 0.9], step: [[0.98, 0.02], [0.1, 0.9]], yes: [0.8, 0.1] };
    priors.feature = FeaturePrior { chains: vec![chain; 2], population: vec![0.2; 2] };
    priors.support = ChoicePrior::new(&[[0.6, 0.3, 0.1]; SEGMENTS], 6.0, [0.6, 0.3, 0.1]);
    priors.review.population = Density::fit(&mut (0..100).map(|i| (i as f32 * 0.08, 1.0)).collect::<Vec<_>>());
    priors.review.level.mean = [4.0; SEGMENTS];
    priors.renewal.share = vec![[0.95; SEGMENTS]];
    let no = 1e6;
    priors.half_lives =
        HalfLives { visit: no, offer: no, channel: no, style: no, support: no, review: no, ..HalfLives::default() };
    priors
}

/// A week: a session that takes an offer and uses a feature, a message that is answered, a severe ticket, a good
/// review, a term.
fn week(number: i64) -> Vec<Observation> {
    let at = SimTime(number * 7 * DAY);
    let later = |hours: i64| SimTime(at.0 + hours * 3_600);
    let slot = Slot { weekend: false, daypart: 2, late: false };
    let message = Message { at: later(3), sent: later(2), channel: 0, style: 0, fate: Fate::Taken };
    vec![
        Observation::Session(Session::new(at, slot).with_offer(true)),
        Observation::Features { at, used: if number == 0 { 3 } else { 1 } },
        Observation::Term { at: later(1), renewal: number > 0 },
        Observation::Message(message),
        Observation::Ticket { at: later(4), severity: 2 },
        Observation::Review { at: later(5), score: 9.0 + 0.1 * (number % 3) as f32 },
    ]
}

fn record(weeks: i64) -> Vec<Observation> {
    (0..weeks).flat_map(week).collect()
}

/// Reads what is told three days after a record's end.
fn read<T>(record: &[Observation], tell: impl Fn(&Reading<'_>) -> T) -> T {
    let priors = priors();
    let mut model = SelfModel::new(UserId(1), SimTime(0), 0, &priors);
    for seen in record {
        let (_, lesson) = model.predict(&priors, seen.at()).score(seen);
        model.learn(lesson);
    }
    let at = SimTime(record.last().map_or(0, |seen| seen.at().0) + 3 * DAY);
    let cuts = DaypartCuts::new(vec![0, 6, 10, 14, 17, 20]).unwrap();
    let one = |name: &str| vec![name.to_owned()];
    let features = ["search", "export"].map(str::to_owned).into();
    let words = Words::new(&cuts, vec![], Currency::new("USD").unwrap()).with(features, one("e-mail"), one("playful"));
    let prediction = model.predict(&priors, at);
    tell(&Reading { prediction: &prediction, priors: &priors, record, at, words: &words })
}

#[test]
fn each_facet_claims_what_its_evidence_says() {
    let topics = read(&record(20), topics);
    let said: Vec<&str> =
        topics.iter().flat_map(|topic| &topic.beliefs).map(|belief| belief.statement.as_str()).collect();
    for claim in [
        "comes in more weeks than most",
        "is engaged",
        "takes offers more often than most",
        "opens messages by e-mail more often than most",
        "answers messages in the tone playful more often than most",
        "has adopted search",
        "asks for help in severe matters more often than most",
        "gives higher scores than most",
        "renews when a term ends",
    ] {
        assert!(said.contains(&claim), "no {claim:?} in {said:?}");
    }
    assert!(!said.contains(&"has adopted export"));
}

#[test]
fn the_last_answer_and_what_was_tried_once_are_noted() {
    let notes: Vec<String> = read(&record(20), topics).into_iter().flat_map(|topic| topic.notes).collect();
    let noted = |part: &str| notes.iter().any(|note| note.contains(part));
    assert!(
        noted("the last one was taken") && noted("tried once, which is not having adopted it: export"),
        "{notes:?}"
    );
    assert!(noted("tired of messages") && noted("term 20 runs; it is renewed with"), "{notes:?}");
}

#[test]
fn nothing_is_claimed_of_any_facet_at_the_first_session() {
    for topic in read(&record(1), topics) {
        assert!(topic.beliefs.is_empty() && topic.silence.is_some(), "{topic:?}");
    }
}

#[test]
fn what_the_record_does_not_hold_is_left_out() {
    let bare: Vec<Observation> =
        record(20).into_iter().filter(|seen| matches!(seen, Observation::Review { .. })).collect();
    let unheard = read(&bare, unheard);
    let names: Vec<&str> = unheard.iter().map(|facet| facet.name()).collect();
    assert_eq!(names, ["offer", "channel", "style", "feature", "support", "renewal"]);
    let told = read(&bare, topics);
    assert!(told.iter().all(|topic| !unheard.contains(&topic.facet)));
    assert!(read(&bare, chances).is_empty());
}

#[test]
fn a_state_that_is_not_sure_is_said_to_lie_between_two() {
    let weeks = |number: i64| if number % 3 == 0 { week(number) } else { Vec::new() };
    let record: Vec<Observation> = (0..16).flat_map(weeks).collect();
    let topics = read(&record, topics);
    let engagement = topics.iter().find(|topic| topic.name == "engagement").unwrap();
    let silence = engagement.silence.as_deref().unwrap_or_default();
    assert!(silence.starts_with("nothing is claimed: between regular ("), "{engagement:?}");
}

#[test]
fn what_comes_next_is_told_for_all_that_was_seen() {
    let chances = read(&record(20), chances);
    let of =
        |part: &str| chances.iter().find(|chance| chance.what.contains(part)).unwrap_or_else(|| panic!("no {part}")).p;
    for part in ["takes an offer", "by e-mail", "tone playful", "uses search", "severe matter", "renews"] {
        assert!((0.0..=1.0).contains(&of(part)), "{part}");
    }
    assert!(of("takes an offer") > 0.5 && of("uses search") > of("uses export") && of("renews") > 0.9);
}
