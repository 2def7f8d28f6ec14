//! Ways of messages in words: by which they are reached more or less often than most, and how tired they are.

use super::{
    Call, Chance, Distinction, Reading, Told, Topic, Words,
    answer::{Answer, YesOrNo, apart, asked, called, chance},
    wording::{ago, percent},
};
use crate::{
    history::session::{Fate, Message, Observation, WAYS},
    user::{
        facet::{FacetKind, channel::ChannelBelief},
        priors::Priors,
    },
};

/// By what way they are reached.
pub struct Channels;

const FACET: FacetKind = FacetKind::Channel;

impl Told for Channels {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        reading.messages().next().is_some()
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let mut topics: Vec<Topic> = used(reading).map(|way| topic(reading, way)).collect();
        if let Some(topic) = topics.first_mut() {
            topic.notes.extend(tired(reading));
        }
        topics
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let chance = |way: u8| {
            let what = format!("opens a message by {}, if one is sent now", reading.words.channel(usize::from(way)));
            chance(what, reading.prediction.opens(way), reading.priors.channel.ways[usize::from(way)].population)
        };
        used(reading).map(chance).collect()
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Message(message) = seen else { return None };
        let then = before.prediction.model();
        let worth = before.priors.channel.worth(then.channels().tired(message.sent.days_since(then.first())));
        let now = before.priors.channel.worth(then.channels().tired(before.at.days_since(then.first())));
        let population = before.priors.channel.ways[usize::from(message.channel)].population;
        // Beliefs are read when the fate is known, and tiredness as it was when the message was sent.
        let p = (before.prediction.opens(message.channel) * worth / now.max(1e-6)).min(0.999);
        let way = before.words.channel(usize::from(message.channel));
        let said = [format!("opened ({way})"), format!("not opened ({way})")];
        Some(called(FACET, (p, population), message.fate != Fate::Ignored, [&said[0], &said[1]]))
    }

    fn distinction(&self, priors: &Priors, words: &Words, segment: usize) -> Option<Distinction> {
        let ways = (0..words.channels.len().min(WAYS)).map(|way| {
            apart(FACET, &priors.channel.ways[way], segment, &format!("opens messages by {}:", words.channel(way)))
        });
        ways.max_by(|a, b| a.divergence.total_cmp(&b.divergence))
    }
}

/// Ways by which messages came.
fn used(reading: &Reading<'_>) -> impl Iterator<Item = u8> {
    (0..WAYS as u8).filter(|&way| reading.messages().any(|message| message.channel == way))
}

fn topic(reading: &Reading<'_>, way: u8) -> Topic {
    let name = reading.words.channel(usize::from(way));
    let about = YesOrNo {
        facet: FACET,
        name: format!("messages by {name}"),
        unit: "messages",
        label: format!("messages by {name} that are opened"),
        more: format!("opens messages by {name} more often than most"),
        less: format!("opens messages by {name} less often than most"),
        avoids: format!("hardly ever opens messages by {name}"),
        which: " opened",
    };
    let answers = answers(reading).into_iter().filter(|(message, _)| message.channel == way);
    let answers = answers.map(|(_, answer)| answer);
    asked(reading, about, &reading.priors.channel.ways[usize::from(way)], answers).answer(reading)
}

/// Each message counts for what it was worth after those before it.
fn answers<'a>(reading: &Reading<'a>) -> Vec<(&'a Message, Answer)> {
    let (mut before, first) = (ChannelBelief::default(), reading.prediction.model().first());
    let answer = |message: &'a Message| {
        let (sent, opened) = (message.sent.days_since(first), message.fate != Fate::Ignored);
        let worth = reading.priors.channel.worth(before.tired(sent));
        before.learn(message.channel, sent, (1.0, worth), opened);
        (message, Answer { at: message.at, yes: opened, worth: f64::from(worth) })
    };
    reading.messages().map(answer).collect()
}

/// How much less the next message is opened for those of late.
fn tired(reading: &Reading<'_>) -> Option<String> {
    let model = reading.prediction.model();
    let worth = reading.priors.channel.worth(model.channels().tired(model.tenure_days(reading.at)));
    let last = reading.messages().map(|message| message.sent).max()?;
    (worth < 0.995).then(|| {
        format!(
            "tired of messages: the next one is opened {} less often for those of late, the last of which was sent {}",
            percent(1.0 - f64::from(worth)),
            ago(reading.age(last))
        )
    })
}
