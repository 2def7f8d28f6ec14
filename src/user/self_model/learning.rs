//! Learning what was predicted and scored: counts and sums, nothing else.

use super::{Lesson, SelfModel, flag, gap_days};
use crate::{
    history::session::{Fate, Message, Observation, Session},
    user::facet::FacetKind,
};

impl SelfModel {
    /// Learns what was predicted and scored.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a lesson is learned once")]
    pub fn learn(&mut self, lesson: Lesson) {
        self.weights = lesson.weights;
        self.experts = lesson.experts;
        self.churn = lesson.churn;
        self.visit = lesson.visit;
        self.weeks = lesson.weeks;
        self.pending = lesson.pending;
        match &lesson.observation {
            Some(Observation::Session(session)) => self.learn_session(session, &lesson),
            Some(other) => self.learn_other(other, &lesson),
            None => {}
        }
    }

    #[inline]
    fn learn_session(&mut self, session: &Session, lesson: &Lesson) {
        let keep = |facet: FacetKind| lesson.keep[facet as usize];
        self.gap.fade(keep(FacetKind::Gap));
        if self.sessions > 0 {
            self.picks.gap = self.gap.learn(gap_days(self.last, session.at), lesson.gap);
        }
        self.daypart.0.fade(keep(FacetKind::Daypart));
        self.daypart.learn(session.slot());
        self.picks.cell = session.slot().cell() as u8;
        self.content.0.fade(keep(FacetKind::Content));
        if let Some(kind) = session.content() {
            self.content.learn(session.contents);
            self.picks.content = kind;
        }
        self.learn_payment(session, lesson);
        self.fade_others(&keep);
        self.sessions += 1;
        self.last = session.at;
        let weekday = session.weekday().map_or(0, |day| day + 1);
        self.flags = self.flags & !flag::LEFT & ((1 << flag::WEEKDAY) - 1) | weekday << flag::WEEKDAY;
    }

    #[inline]
    fn learn_payment(&mut self, session: &Session, lesson: &Lesson) {
        let keep = |facet: FacetKind| lesson.keep[facet as usize];
        self.offer = self.offer.faded(keep(FacetKind::Offer));
        if let Some(taken) = session.offer() {
            self.offer.learn(taken);
            self.flags = self.flags & !flag::TAKEN | flag::OFFERED | if taken { flag::TAKEN } else { 0 };
        }
        self.purchase = self.purchase.faded(keep(FacetKind::Purchase));
        self.purchase.learn(session.paid.is_some());
        self.amount.fade(keep(FacetKind::Amount));
        if let Some(paid) = session.paid {
            self.picks.amount = self.amount.learn(lesson.amount, lesson.shift);
            self.gross += paid;
        }
    }

    /// What is not learned from sessions is kept as of the last one, too, so that one clock serves all.
    #[inline]
    pub(super) fn fade_others(&mut self, keep: &impl Fn(FacetKind) -> f32) {
        self.channel_belief.sums.fade(keep(FacetKind::Channel));
        self.style.0.fade(keep(FacetKind::Style));
        self.support.fade(keep(FacetKind::Support));
        self.review = self.review.faded(keep(FacetKind::Review));
    }

    fn learn_other(&mut self, observation: &Observation, lesson: &Lesson) {
        // In the measure of the last session an event of today is worth more than one: it will fade from there.
        let fresh = |facet: FacetKind| (1.0 / lesson.keep[facet as usize].max(1e-12)).min(1e12);
        match *observation {
            Observation::Features { .. } => {
                self.feature = lesson.feature.unwrap_or(self.feature);
                self.flags |= flag::FEATURES;
            }
            Observation::Message(message) => {
                self.learn_message(&message, (fresh(FacetKind::Channel), lesson.worth), fresh(FacetKind::Style));
            }
            Observation::Term { renewal, .. } => {
                self.renewals = if renewal { self.renewals.saturating_add(1) } else { 0 };
                self.flags |= flag::TERM;
            }
            Observation::Ticket { severity, .. } => {
                self.support.add_part(usize::from(severity), fresh(FacetKind::Support));
            }
            Observation::Review { score, .. } => self.review.learn_part(score, fresh(FacetKind::Review)),
            Observation::Left(_) => {
                self.flags = self.flags & !flag::TERM | flag::LEFT;
                self.renewals = 0;
            }
            Observation::Session(_) => {}
        }
    }

    fn learn_message(&mut self, message: &Message, channel: (f32, f32), style: f32) {
        let sent = message.sent.days_since(self.first);
        self.channel_belief.learn(message.channel, sent, channel, message.fate != Fate::Ignored);
        if message.fate != Fate::Ignored {
            self.style.learn(message.style, style, message.fate == Fate::Taken);
        }
    }
}
