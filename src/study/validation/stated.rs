//! What users say against what they do: from when on does the revealed preference predict better than the stated one?
//!
//! The stated preference gets its best chance: of those users fitted to who gave the same answer it is counted what
//! they did, so that an answer is believed as far as it deserves. With `n_ak` events of kind `k` after the answer `a`
//! and the population's share `π_k`, its prediction is `(n_ak + s·π_k)/(n_a + s)`. Both predictions are scored on
//! the same events of the same held-out users, from their answer on.

use serde::{Deserialize, Serialize};

use super::{
    Plan,
    bootstrap::{interval_of_several, times},
    report::ScoredValue,
    scoring::{BIN_STARTS, BINS, bin},
};
use crate::{
    base::{float::ln32, luck::Luck, units::UserId},
    history::{
        session::CONTENT_KINDS,
        stated::{Answer, Answers, Question, Stated},
    },
    study::life::Life,
    user::{
        priors::Priors,
        self_model::{Mark, Outcome, Witness},
    },
};

/// Events of the population that an answer is worth before anybody's were counted, `s`.
const STRENGTH: f64 = 10.0;
const QUESTIONS: usize = Question::ALL.len();

/// Stated against revealed preferences, by question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatedReport {
    /// Users who answered at least one question.
    pub users: usize,
    /// Answers to questions, or of kinds, that nobody knows.
    pub unknown: u64,
    /// Question by question; those without an answer are left out.
    pub questions: Vec<QuestionReport>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuestionReport {
    /// What was asked for.
    pub question: Question,
    /// Held-out users who answered it.
    pub users: usize,
    /// Share of their events that were of the kind they had named \[1\].
    pub kept_to: Option<f64>,
    /// Log loss saved against the population, knowing the answer alone.
    pub stated: ScoredValue,
    /// The same, knowing what they did.
    pub revealed: ScoredValue,
    /// Number of prior sessions from which on the revealed preference is ahead, in this and all later bins.
    pub overtakes_at: Option<u32>,
    /// The same, surely: the whole interval of the lead is above 0.
    pub surely_at: Option<u32>,
    /// By number of prior sessions; bins without events are left out.
    pub by_prior_sessions: Vec<Race>,
}

/// How both did with so many prior sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// First number of prior sessions.
    pub from: u32,
    /// Last number; none: open.
    pub to: Option<u32>,
    /// Events.
    pub events: u64,
    /// Log loss saved, knowing the answer alone.
    pub stated: ScoredValue,
    /// Log loss saved, knowing what they did.
    pub revealed: ScoredValue,
    /// The latter less the former.
    pub lead: ScoredValue,
}

/// Sums of log scores \[nat\].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cell {
    stated: f64,
    revealed: f64,
    population: f64,
    events: f64,
    named: f64,
}

impl Cell {
    fn add(&mut self, other: &Self, times: f64) {
        self.stated += times * other.stated;
        self.revealed += times * other.revealed;
        self.population += times * other.population;
        self.events += times * other.events;
        self.named += times * other.named;
    }

    fn skill(&self, score: f64) -> Option<f64> {
        (self.population < 0.0).then(|| 1.0 - score / self.population)
    }
}

/// By question and bin; the last column holds all bins together.
type Table = [[Cell; BINS + 1]; QUESTIONS];

/// What users did, by their answer.
#[derive(Clone, Debug)]
struct Counts([[[f64; CONTENT_KINDS]; CONTENT_KINDS]; QUESTIONS]);

/// The kind that an outcome is of, where a question asked for it.
const fn asked_for(outcome: &Outcome) -> Option<(Question, usize)> {
    match *outcome {
        Outcome::Daypart(slot) => Some((Question::Daypart, slot.daypart as usize)),
        Outcome::Content(kind) => Some((Question::Content, kind as usize)),
        _ => None,
    }
}

/// The answer of a user, the kind of the outcome and the moment, where a user had answered by then.
fn answered(answers: &Answers, mark: &Mark<'_>) -> Option<(Question, Answer, usize)> {
    let (question, kind) = asked_for(&mark.outcome)?;
    let answer = answers.to(question).filter(|answer| answer.at <= mark.prediction.at())?;
    Some((question, answer, kind))
}

struct Counting<'a> {
    answers: &'a Answers,
    counts: &'a mut Counts,
}

impl Witness for Counting<'_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        if let Some((question, answer, kind)) = answered(self.answers, mark) {
            self.counts.0[question as usize][usize::from(answer.kind)][kind] += 1.0;
        }
    }
}

impl Counts {
    fn of(lives: &[Life<'_>], priors: &Priors, stated: &Stated) -> Self {
        let mut counts = Self([[[0.0; CONTENT_KINDS]; CONTENT_KINDS]; QUESTIONS]);
        for life in lives {
            if let Some(answers) = stated.users.get(&life.user) {
                life.replay(priors, &mut Counting { answers, counts: &mut counts });
            }
        }
        counts
    }

    fn probability(&self, question: Question, answer: Answer, kind: usize, population: f64) -> f64 {
        let counts = &self.0[question as usize][usize::from(answer.kind)];
        (counts[kind] + STRENGTH * population) / (counts.iter().sum::<f64>() + STRENGTH)
    }
}

struct Racing<'a> {
    answers: &'a Answers,
    counts: &'a Counts,
    table: Table,
}

impl Witness for Racing<'_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        let Some((question, answer, kind)) = answered(self.answers, mark) else { return };
        let score = mark.odds.score();
        let stated = self.counts.probability(question, answer, kind, f64::from(mark.odds.population));
        let cell = Cell {
            stated: f64::from(ln32(stated as f32)),
            revealed: f64::from(score.log_p),
            population: f64::from(score.population_log_p),
            events: 1.0,
            named: f64::from(u8::from(usize::from(answer.kind) == kind)),
        };
        for bin in [bin(mark.prediction.model().sessions()), BINS] {
            self.table[question as usize][bin].add(&cell, 1.0);
        }
    }
}

/// The race of one fold: the table of each held-out user who answered.
#[derive(Default)]
pub(super) struct Raced(Vec<(UserId, Table)>);

/// Lets both predictions race on held-out users.
pub(super) fn race(fitting: &[Life<'_>], predicted: &[Life<'_>], priors: &Priors, stated: &Stated) -> Raced {
    let counts = Counts::of(fitting, priors, stated);
    let one = |life: &Life<'_>| {
        let answers = stated.users.get(&life.user)?;
        let mut racing = Racing { answers, counts: &counts, table: Table::default() };
        life.replay(priors, &mut racing);
        Some((life.user, racing.table))
    };
    Raced(predicted.iter().filter_map(one).collect())
}

/// Reports the races of all folds; none if nobody was asked.
pub(super) fn report(folds: &[Raced], stated: &Stated, plan: &Plan, luck: &Luck) -> Option<StatedReport> {
    if stated.users.is_empty() && stated.unknown == 0 {
        return None;
    }
    let draws = (0..plan.draws).map(|draw| folds.iter().map(|fold| fold.sum(|user| times(user, draw, luck))).collect());
    let races = Races {
        tables: folds.iter().map(|fold| fold.sum(|_| 1.0)).collect(),
        draws: draws.collect(),
        users: Question::ALL.map(|question| folds.iter().map(|fold| fold.users(question)).sum()),
        level: plan.level,
    };
    let questions = Question::ALL.into_iter().filter_map(|question| races.question(question)).collect();
    Some(StatedReport { users: stated.users.len(), unknown: stated.unknown, questions })
}

impl Raced {
    fn sum(&self, times: impl Fn(UserId) -> f64) -> Table {
        let mut sum = Table::default();
        for (user, table) in &self.0 {
            let times = times(*user);
            let cells = sum.as_flattened_mut().iter_mut().zip(table.as_flattened());
            cells.for_each(|(sum, more)| sum.add(more, times));
        }
        sum
    }

    fn users(&self, question: Question) -> usize {
        self.0.iter().filter(|(_, table)| table[question as usize][BINS].events > 0.0).count()
    }
}

/// Sums of each fold, and what chance could have made of them.
struct Races {
    tables: Vec<Table>,
    draws: Vec<Vec<Table>>,
    users: [usize; QUESTIONS],
    level: f64,
}

impl Races {
    fn question(&self, question: Question) -> Option<QuestionReport> {
        let bins = (0..BINS).map(|bin| self.race(question, bin)).filter(|race| race.events > 0);
        let bins: Vec<Race> = bins.collect();
        let named: f64 = self.tables.iter().map(|table| table[question as usize][BINS].named).sum();
        let all = self.race(question, BINS);
        (all.events > 0).then(|| QuestionReport {
            question,
            users: self.users[question as usize],
            kept_to: Some(named / all.events as f64),
            stated: all.stated,
            revealed: all.revealed,
            overtakes_at: from_then_on(&bins, |race| race.lead.value),
            surely_at: from_then_on(&bins, |race| race.lead.lo),
            by_prior_sessions: bins,
        })
    }

    fn race(&self, question: Question, bin: usize) -> Race {
        let value = |of: fn(&Cell) -> Option<f64>| self.value(question, bin, of);
        Race {
            from: BIN_STARTS.get(bin).copied().unwrap_or_default(),
            to: BIN_STARTS.get(bin + 1).map(|next| next - 1),
            events: self.tables.iter().map(|table| table[question as usize][bin].events as u64).sum(),
            stated: value(|cell| cell.skill(cell.stated)),
            revealed: value(|cell| cell.skill(cell.revealed)),
            lead: value(|cell| Some(cell.skill(cell.revealed)? - cell.skill(cell.stated)?)),
        }
    }

    /// Mean of the folds, and its interval over draws of users.
    fn value(&self, question: Question, bin: usize, of: fn(&Cell) -> Option<f64>) -> ScoredValue {
        let read = |tables: &Vec<Table>| super::mean(tables.iter().map(|table| of(&table[question as usize][bin])));
        let value = read(&self.tables);
        let draws: Vec<f64> = self.draws.iter().filter_map(read).collect();
        let ends = value.and_then(|_| interval_of_several(draws, self.level));
        ScoredValue { value, lo: ends.map(|ends| ends.0), hi: ends.map(|ends| ends.1) }
    }
}

/// The first bin from which on all are above 0.
fn from_then_on(bins: &[Race], of: impl Fn(&Race) -> Option<f64>) -> Option<u32> {
    let behind = bins.iter().rposition(|race| of(race).is_none_or(|lead| lead <= 0.0));
    bins.get(behind.map_or(0, |last| last + 1)).map(|race| race.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_ahead_only_now_and_then_has_not_overtaken() {
        let race = |from, lead| Race {
            from,
            to: None,
            events: 1,
            stated: ScoredValue::default(),
            revealed: ScoredValue::default(),
            lead: ScoredValue { value: Some(lead), lo: None, hi: None },
        };
        let lead = |race: &Race| race.lead.value;
        assert_eq!(from_then_on(&[race(0, -1.0), race(1, 1.0), race(2, -0.1), race(4, 0.2)], lead), Some(4));
        assert_eq!(from_then_on(&[race(0, 0.5), race(1, 1.0)], lead), Some(0));
        assert_eq!(from_then_on(&[race(0, 0.5), race(1, -1.0)], lead), None);
    }
}
