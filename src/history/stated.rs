//! What users said they prefer, as against what they reveal by what they do.
//!
//! A self-model learns from what users do alone. What they said is kept apart, so that the two can be compared.

use std::collections::BTreeMap;

use super::{
    event::{Event, EventKind},
    log::History,
    name::Name,
    session::DaypartCuts,
};
use crate::base::{time::SimTime, units::UserId};

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Question {
    /// The time of day: an answer is an hour of the local day, 0 to 23.
    Daypart,
    /// What users come for: an answer is a kind in the catalogue.
    Content,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Daypart, Self::Content];

    /// The name that events have for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daypart => "daypart",
            Self::Content => "content",
        }
    }
}

/// A user's answers, in the order of [`Question::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers([Option<Answer>; Question::ALL.len()]);

/// An answer, as a number among those there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When it was given.
    pub at: SimTime,
    /// Part of the day or kind of content.
    pub kind: u8,
}

impl Answers {
    /// What was said first to a question.
    #[must_use]
    pub const fn to(&self, question: Question) -> Option<Answer> {
        self.0[question as usize]
    }
}

/// What everybody said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Users who gave at least one answer that is understood.
    pub users: BTreeMap<UserId, Answers>,
    /// Answers that are none: to an unknown question, or of an unknown kind.
    pub unknown: u64,
}

impl Stated {
    /// Reads what was said in a history; the first answer to a question counts.
    #[must_use]
    pub fn of(history: &History, cuts: &DaypartCuts, contents: &[Name]) -> Self {
        let mut stated = Self::default();
        for Event { at, user, kind, .. } in &history.events {
            let EventKind::Stated { question, answer } = kind else { continue };
            let Some((question, kind)) = understood(question, answer, cuts, contents) else {
                stated.unknown += 1;
                continue;
            };
            let slot = &mut stated.users.entry(*user).or_default().0[question as usize];
            *slot = slot.or(Some(Answer { at: *at, kind }));
        }
        stated
    }
}

fn understood(question: &Name, answer: &Name, cuts: &DaypartCuts, contents: &[Name]) -> Option<(Question, u8)> {
    let question = Question::ALL.into_iter().find(|known| known.name() == question.as_str())?;
    let kind = match question {
        Question::Daypart => part_of(answer.parse().ok()?, cuts)?,
        Question::Content => contents.iter().position(|kind| kind == answer)?,
    };
    Some((question, kind as u8))
}

fn part_of(hour: u8, cuts: &DaypartCuts) -> Option<usize> {
    (hour < 24).then(|| cuts.hours().iter().filter(|&&first| first <= hour).count() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_that_is_understood_counts() {
        let said = |at, question: &str, answer: &str| Event {
            at: SimTime(at),
            user: UserId(1),
            ordinal: 0,
            kind: EventKind::Stated { question: question.into(), answer: answer.into() },
        };
        let events = vec![
            said(0, "daypart", "24"),
            said(1, "daypart", "19"),
            said(2, "daypart", "3"),
            said(3, "content", "tea"),
            said(4, "colour", "red"),
            said(5, "content", "milk"),
        ];
        let history = History { events, ..History::default() };
        let cuts = DaypartCuts::new(vec![0, 6, 12, 18]).unwrap();
        let stated = Stated::of(&history, &cuts, &["bread".into(), "milk".into()]);
        let answers = stated.users[&UserId(1)];
        assert_eq!(answers.to(Question::Daypart), Some(Answer { at: SimTime(1), kind: 3 }));
        assert_eq!(answers.to(Question::Content), Some(Answer { at: SimTime(5), kind: 1 }));
        assert_eq!(stated.unknown, 3);
    }
}
