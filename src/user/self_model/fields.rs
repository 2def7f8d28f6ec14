//! What of a self-model is kept on disk, column by column: one list, for writing and for reading.
//!
//! The order is that of the columns. A column's name is part of the stored format. Everything is stored as it is kept,
//! to the bit: steps and the unit of counts, packed probabilities, sums as of the last session.

use super::{super::facet::counts::Counts, SelfModel, flag};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    user::facet::{chance::Answers, level::LevelBelief},
};

/// Meets the stored fields of a self-model one after the other, to take them or to set them.
pub trait FieldVisitor {
    /// Yes or no.
    fn truth(&mut self, name: &'static str, value: &mut bool);
    /// A small number.
    fn u8(&mut self, name: &'static str, value: &mut u8);
    /// A number of steps.
    fn u16(&mut self, name: &'static str, value: &mut u16);
    /// A whole number.
    fn u32(&mut self, name: &'static str, value: &mut u32);
    /// An identity.
    fn u64(&mut self, name: &'static str, value: &mut u64);
    /// A sum, a share, a probability.
    fn f32(&mut self, name: &'static str, value: &mut f32);
    /// A moment.
    fn time(&mut self, name: &'static str, value: &mut SimTime);
    /// An amount.
    fn money(&mut self, name: &'static str, value: &mut Money);
    /// Several numbers of steps.
    fn u16s(&mut self, name: &'static str, values: &mut [u16]);
}

/// Counts: what a step is worth, and the steps.
fn counts<const K: usize>(visitor: &mut impl FieldVisitor, names: [&'static str; 2], counts: &mut Counts<K>) {
    visitor.f32(names[0], &mut counts.unit);
    visitor.u16s(names[1], &mut counts.steps);
}

fn answers(visitor: &mut impl FieldVisitor, names: [&'static str; 2], answers: &mut Answers) {
    visitor.f32(names[0], &mut answers.yes);
    visitor.f32(names[1], &mut answers.no);
}

fn level(visitor: &mut impl FieldVisitor, names: [&'static str; 3], level: &mut LevelBelief) {
    visitor.f32(names[0], &mut level.n);
    visitor.f32(names[1], &mut level.sum);
    visitor.f32(names[2], &mut level.squares);
}

impl SelfModel {
    /// Shows every stored field to a visitor, always in the same order.
    pub fn fields(&mut self, visitor: &mut impl FieldVisitor) {
        self.identity(visitor);
        self.habits(visitor);
        self.money(visitor);
        self.coming_and_leaving(visitor);
        self.messages(visitor);
        self.care(visitor);
        self.states(visitor);
    }

    /// Who it is, since when, and what kind of user.
    fn identity(&mut self, visitor: &mut impl FieldVisitor) {
        let UserId(user) = &mut self.user;
        visitor.u64("user", user);
        visitor.u8("channel", &mut self.channel);
        visitor.time("first", &mut self.first);
        visitor.time("last", &mut self.last);
        visitor.u32("sessions", &mut self.sessions);
        visitor.money("gross_minor", &mut self.gross);
        visitor.u16s("segment_weights", &mut self.weights);
        visitor.u16s("trust", &mut self.experts);
    }

    /// When they come, and for what.
    fn habits(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.f32("gap_days", &mut self.gap.days);
        counts(visitor, ["gap_unit", "gap_bins"], &mut self.gap.bins);
        visitor.u8("gap_last", &mut self.picks.gap);
        counts(visitor, ["daypart_unit", "dayparts"], &mut self.daypart.0);
        visitor.u8("daypart_last", &mut self.picks.cell);
        counts(visitor, ["content_unit", "contents"], &mut self.content.0);
        visitor.u8("content_last", &mut self.picks.content);
    }

    /// Whether they pay, and how much.
    fn money(&mut self, visitor: &mut impl FieldVisitor) {
        answers(visitor, ["paid", "unpaid"], &mut self.purchase);
        level(visitor, ["amount_n", "amount_log_sum", "amount_log_squares"], &mut self.amount.level);
        counts(visitor, ["amount_unit", "amount_bins"], &mut self.amount.bins);
        visitor.u8("amount_last", &mut self.picks.amount);
        answers(visitor, ["offers_taken", "offers_left"], &mut self.offer);
    }

    fn coming_and_leaving(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.u16("weeks", &mut self.weeks);
        answers(visitor, ["weeks_with_visit", "weeks_without"], &mut self.visit.weeks);
        visitor.u16s("engagement", &mut self.visit.state);
        visitor.f32("churn_periods", &mut self.churn.periods);
        visitor.f32("churn_lapses", &mut self.churn.lapses);
        visitor.u16("churn_pending", &mut self.pending);
        visitor.u8("renewals", &mut self.renewals);
    }

    fn messages(&mut self, visitor: &mut impl FieldVisitor) {
        counts(visitor, ["message_unit", "messages_opened_and_worth"], &mut self.channel_belief.sums);
        visitor.u16("message_fatigue", &mut self.channel_belief.fatigue);
        visitor.u16("message_last", &mut self.channel_belief.last);
        counts(visitor, ["style_unit", "styles_answered_and_not"], &mut self.style.0);
    }

    /// Features, tickets, reviews.
    fn care(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.u16s("features_known", &mut self.feature.0);
        counts(visitor, ["ticket_unit", "tickets"], &mut self.support);
        level(visitor, ["review_n", "review_sum", "review_squares"], &mut self.review);
    }

    fn states(&mut self, visitor: &mut impl FieldVisitor) {
        let states = [
            ("left", flag::LEFT),
            ("term_runs", flag::TERM),
            ("offer_made", flag::OFFERED),
            ("last_offer_taken", flag::TAKEN),
            ("features_seen", flag::FEATURES),
        ];
        for (name, bit) in states {
            let mut is_set = self.flags & bit != 0;
            visitor.truth(name, &mut is_set);
            self.flags = self.flags & !bit | if is_set { bit } else { 0 };
        }
        let mut weekday = self.flags >> flag::WEEKDAY;
        visitor.u8("last_weekday_from_1", &mut weekday);
        self.flags = self.flags & ((1 << flag::WEEKDAY) - 1) | weekday << flag::WEEKDAY;
    }
}
