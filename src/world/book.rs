//! The page of the ledger that one arm of one cohort is written on while its users live.

use super::{
    arm::Edit,
    arrivals::{Arrivals, Newborn},
    ledger::{ArmBook, Ledger, MONTHS, ScoreCell, TENURE_STEP_DAYS, TENURE_STEPS},
    mail::Mail,
    stage::{SECONDS, Stage},
};
use crate::{
    base::{
        luck::uniform,
        units::{Money, UserId},
    },
    history::session::Observation,
    user::{
        facet::{FACETS, FacetKind},
        self_model::Scores,
    },
};

/// What an arm's page is written with.
#[derive(Debug)]
pub struct Book<'a> {
    /// The page.
    pub page: &'a mut ArmBook,
    /// Scores, where they count.
    pub scores: Option<&'a mut [ScoreCell; FACETS]>,
    /// Observations lived.
    pub events: &'a mut u64,
    /// Where what is observed is recorded, if it is.
    pub tape: Option<&'a mut Vec<Observation>>,
    /// Letters written.
    pub outbox: &'a mut Vec<Mail>,
    /// Everybody who may get one.
    pub arrivals: &'a Arrivals,
    /// First and last day of the window by segment, the last excluded.
    pub window: (u32, u32),
    /// When the page begins \[s\].
    pub since: u32,
}

impl Book<'_> {
    /// An observation was scored.
    #[inline]
    pub fn score(&mut self, scores: &Scores) {
        *self.events += 1;
        if let Some(cells) = &mut self.scores {
            for facet in FacetKind::ALL {
                if let Some((score, events)) = scores.of(facet) {
                    cells[facet as usize].add_score(score, events);
                }
            }
        }
    }

    /// Something was observed.
    #[inline]
    pub fn record(&mut self, observation: &Observation) {
        if let Some(tape) = &mut self.tape {
            tape.push(*observation);
        }
    }

    /// A session was lived.
    #[inline]
    pub fn session(&mut self, at: u32, paid: Option<Money>, returned: Money, segment: u8, treated: bool) {
        let day = at / SECONDS;
        let Some(cell) = self.page.days.get_mut(day as usize) else { return };
        cell.session(paid, returned);
        if (self.window.0..self.window.1).contains(&day) {
            let cell = &mut self.page.segments[usize::from(segment)];
            cell.sessions += 1;
            let gross = paid.map_or(0, Money::minor);
            cell.gross += gross;
            cell.gross_treated += if treated { gross } else { 0 };
        }
    }

    /// A user came for the first time.
    pub fn born(&mut self, newborn: &Newborn) {
        self.page.days[newborn.day as usize].born += 1;
        if (self.window.0..self.window.1).contains(&newborn.day) {
            self.page.segments[usize::from(newborn.segment)].born += 1;
        }
    }

    /// A user left.
    pub fn left(&mut self, at: u32) {
        if let Some(cell) = self.page.days.get_mut((at / SECONDS) as usize) {
            cell.left += 1;
        }
    }

    /// A user's treatments changed: one bit an intervention. Whoever is treated is so until the intervention's end.
    pub fn treatment(&mut self, at: u32, before: u8, after: u8, edits: &[Edit]) {
        for (bit, (days, edit)) in self.page.treated.iter_mut().zip(edits).enumerate() {
            let change = i64::from(after >> bit & 1) - i64::from(before >> bit & 1);
            if at >= edit.end {
                continue;
            }
            for (second, change) in [(at, change), (edit.end, -change)] {
                if let Some(day) = days.get_mut((second / SECONDS) as usize) {
                    *day += change;
                }
            }
        }
    }

    /// Interventions treated a user for the first time: one bit each.
    pub fn entered(&mut self, at: u32, bits: u8) {
        count(&mut self.page.entered, at, bits);
    }

    /// Interventions were used: one bit each.
    pub fn used(&mut self, at: u32, bits: u8) {
        count(&mut self.page.uses, at, bits);
    }

    /// An intervention wrote to a user by a way that it took with a probability.
    pub fn message(&mut self, intervention: usize, way: u8, propensity: f64, answered: bool) {
        if let Some(cell) = self.page.ways.get_mut(intervention).and_then(|ways| ways.get_mut(usize::from(way))) {
            cell.message(propensity, answered);
        }
    }

    /// A user told somebody who may not have come yet.
    pub fn invite(&mut self, from: UserId, ordinal: u32, at: u32, word: u32, invites: u8) {
        let pool = self.arrivals.prospects();
        let place = (uniform(word) * f64::from(pool.end - pool.start)) as u32;
        if !pool.is_empty() {
            self.outbox.push(Mail { at, from, ordinal, to: self.arrivals.at(pool.start + place), invites });
        }
    }

    /// A user wrote to a friend, chosen among all who had come before that day.
    pub fn write(&mut self, from: UserId, ordinal: u32, at: u32, word: u32) {
        let friends = self.arrivals.before((at / SECONDS).saturating_sub(1));
        if friends > 0 {
            let to = self.arrivals.at((uniform(word) * f64::from(friends)) as u32);
            if to.user != from {
                self.outbox.push(Mail { at, from, ordinal, to, invites: 0 });
            }
        }
    }

    /// A life is over, or the world is.
    pub fn life(&mut self, segment: u8, born: u32, gone: Option<u32>, end: u32, treated: bool) {
        let cell = &mut self.page.segments[usize::from(segment)];
        cell.active += u64::from(gone.is_none());
        cell.treated += u64::from(treated);
        self.tenure(born, gone, end);
    }

    /// Time lived by step of tenure, from the page's beginning on.
    fn tenure(&mut self, born: u32, gone: Option<u32>, end: u32) {
        let (from, to) = (self.since.saturating_sub(born), gone.unwrap_or(end) - born);
        if from > to {
            return;
        }
        let step = TENURE_STEP_DAYS * SECONDS;
        for (i, cell) in self.page.tenure.iter_mut().enumerate().skip((from / step) as usize) {
            let start = i as u32 * step;
            let stop = if i + 1 == TENURE_STEPS { u32::MAX } else { start + step };
            cell.exposure += u64::from(to.min(stop).saturating_sub(from.max(start)));
            if to < stop {
                break;
            }
        }
        if gone.is_some() {
            self.page.tenure[((to / step) as usize).min(TENURE_STEPS - 1)].left += 1;
        }
    }

    /// Months of a life that was seen from its beginning.
    pub fn months(&mut self, segment: u8, born: u32, gone: Option<u32>, end: u32) {
        let month = 30 * SECONDS;
        let stayed = gone.map_or(u32::MAX, |gone| gone - born);
        let over = (end - born) / month;
        let months = &mut self.page.months[usize::from(segment)];
        for (i, cell) in months.iter_mut().enumerate().take((over as usize).min(MONTHS)) {
            let start = i as u32 * month;
            cell.there += u64::from(stayed >= start);
            cell.left += u64::from(stayed >= start && stayed - start < month);
        }
    }
}

/// Counts on a day, for each of the bits.
fn count(tables: &mut [Vec<i64>], at: u32, bits: u8) {
    for (bit, days) in tables.iter_mut().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1) {
        debug_assert!(bit < 8, "an arm has at most eight interventions");
        if let Some(day) = days.get_mut((at / SECONDS) as usize) {
            *day += 1;
        }
    }
}

impl Ledger {
    /// Opens the page of an arm, or of the time before the launch.
    pub fn open<'a>(
        &'a mut self,
        arm: Option<usize>,
        stage: &Stage,
        outbox: &'a mut Vec<Mail>,
        arrivals: &'a Arrivals,
    ) -> Book<'a> {
        let (page, scored, window, since) = match arm {
            None => (&mut self.before, true, (stage.baseline, stage.launch), 0),
            Some(arm) => (&mut self.arms[arm], arm == 0, stage.window, stage.launch * SECONDS),
        };
        let scores = scored.then_some(&mut self.scores);
        Book { page, scores, events: &mut self.events, tape: None, outbox, arrivals, window, since }
    }
}
