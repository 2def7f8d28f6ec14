//! Tones of messages in words: which they answer more or less often than most, once a message is opened.

use super::{
    Call, Chance, Distinction, Reading, Told, Topic, Words,
    answer::{Answer, YesOrNo, apart, asked, called, chance},
};
use crate::{
    history::session::{Fate, Message, Observation, WAYS},
    user::{facet::FacetKind, priors::Priors},
};

/// In what tone they answer.
pub struct Styles;

const FACET: FacetKind = FacetKind::Style;

impl Told for Styles {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        opened(reading).next().is_some()
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        used(reading).map(|style| topic(reading, style)).collect()
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let chance = |style: u8| {
            let what = format!("answers a message in the tone {}, once opened", tone(reading.words, style));
            chance(what, reading.prediction.answers(style), reading.priors.style.0[usize::from(style)].population)
        };
        used(reading).map(chance).collect()
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Message(message) = seen else { return None };
        (message.fate != Fate::Ignored).then_some(())?;
        let style = message.style;
        let p = (before.prediction.answers(style), before.priors.style.0[usize::from(style)].population);
        let tone = tone(before.words, style);
        let said = [format!("answered ({tone})"), format!("turned down ({tone})")];
        Some(called(FACET, p, message.fate == Fate::Taken, [&said[0], &said[1]]))
    }

    fn distinction(&self, priors: &Priors, words: &Words, segment: usize) -> Option<Distinction> {
        let tones = (0..words.styles.len().min(WAYS)).map(|style| {
            let what = format!("answers in the tone {}:", words.style(style));
            apart(FACET, &priors.style.0[style], segment, &what)
        });
        tones.max_by(|a, b| a.divergence.total_cmp(&b.divergence))
    }
}

fn tone(words: &Words, style: u8) -> &str {
    words.style(usize::from(style))
}

fn opened<'a>(reading: &Reading<'a>) -> impl Iterator<Item = &'a Message> + use<'a> {
    reading.messages().filter(|message| message.fate != Fate::Ignored)
}

/// Tones of the messages that were opened.
fn used(reading: &Reading<'_>) -> impl Iterator<Item = u8> {
    (0..WAYS as u8).filter(|&style| opened(reading).any(|message| message.style == style))
}

fn topic(reading: &Reading<'_>, style: u8) -> Topic {
    let name = tone(reading.words, style);
    let about = YesOrNo {
        facet: FACET,
        name: format!("messages in the tone {name}"),
        unit: "opened messages",
        label: format!("opened messages in the tone {name} that are answered"),
        more: format!("answers messages in the tone {name} more often than most"),
        less: format!("answers messages in the tone {name} less often than most"),
        avoids: format!("hardly ever answers messages in the tone {name}"),
        which: " answered",
    };
    let answers = opened(reading).filter(|message| message.style == style).map(|message| Answer {
        at: message.at,
        yes: message.fate == Fate::Taken,
        worth: 1.0,
    });
    asked(reading, about, &reading.priors.style.0[usize::from(style)], answers).answer(reading)
}
