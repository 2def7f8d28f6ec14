//! What of a self-model is kept on disk, column by column: one list, for writing and for reading.
//!
//! The order is that of the columns. A column's name is part of the stored format; sums are decayed to the last
//! session.

use super::{
    super::{
        expert::Expert,
        facet::{
            binned::{packed, unpacked},
            level::LevelBelief,
        },
    },
    SelfModel,
};
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::session::DAYPARTS,
};

/// Meets the stored fields of a self-model one after the other, to take them or to set them.
pub trait FieldVisitor {
    /// Yes or no.
    fn truth(&mut self, name: &'static str, value: &mut bool);
    /// A small number.
    fn u8(&mut self, name: &'static str, value: &mut u8);
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
    /// Several numbers of one sort.
    fn f32s(&mut self, name: &'static str, values: &mut [f32]);
    /// Several counts, as they are kept.
    fn u16s(&mut self, name: &'static str, values: &mut [u16]);
}

/// How one stored belief differs from another in its names only.
macro_rules! level {
    ($visitor:ident, $level:expr, $n:literal, $sum:literal, $squares:literal) => {
        let level: &mut LevelBelief = $level;
        $visitor.f32($n, &mut level.n);
        $visitor.f32($sum, &mut level.sum);
        $visitor.f32($squares, &mut level.squares);
    };
}

impl SelfModel {
    /// Shows every stored field to a visitor, always in the same order.
    pub fn fields(&mut self, visitor: &mut impl FieldVisitor) {
        self.known(visitor);
        self.membership(visitor);
        self.habits(visitor);
        self.money(visitor);
        self.leaving(visitor);
    }

    /// Who it is, and since when.
    fn known(&mut self, visitor: &mut impl FieldVisitor) {
        let UserId(user) = &mut self.user;
        visitor.u64("user", user);
        visitor.u8("channel", &mut self.channel);
        visitor.time("first", &mut self.first);
        visitor.time("last", &mut self.last);
        visitor.u32("sessions", &mut self.sessions);
        visitor.money("gross_minor", &mut self.gross);
    }

    fn membership(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.f32s("segment_weights", &mut self.weights);
        let mut trust = self.experts.map(|expert| expert.weight);
        visitor.f32s("trust", &mut trust);
        self.experts = trust.map(Expert::trusted);
    }

    /// When they come, and for what.
    fn habits(&mut self, visitor: &mut impl FieldVisitor) {
        let mut gap = self.gap();
        level!(visitor, &mut gap.log, "gap_n", "gap_log_sum", "gap_log_squares");
        visitor.f32("gap_days", &mut gap.days);
        let mut counts = packed(&gap.counts);
        visitor.u16s("gap_bins", &mut counts);
        gap.counts = unpacked(&counts, 1.0);
        visitor.u8("gap_last", &mut gap.last);
        self.gap = gap.into();
        let [weekday, weekend]: &mut [[f32; DAYPARTS]; 2] = &mut self.daypart.counts;
        visitor.f32s("dayparts_weekday", weekday);
        visitor.f32s("dayparts_weekend", weekend);
        visitor.u8("daypart_last", &mut self.daypart.last);
        visitor.f32s("contents", &mut self.content.counts);
        visitor.u8("content_last", &mut self.content.last);
    }

    /// Whether they pay, and how much.
    fn money(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.f32("paid", &mut self.purchase.paid);
        visitor.f32("unpaid", &mut self.purchase.unpaid);
        let mut amount = self.amount();
        level!(visitor, &mut amount.level, "amount_n", "amount_log_sum", "amount_log_squares");
        let mut counts = packed(&amount.counts);
        visitor.u16s("amount_bins", &mut counts);
        amount.counts = unpacked(&counts, 1.0);
        visitor.u8("amount_last", &mut amount.last);
        self.amount = amount.into();
    }

    fn leaving(&mut self, visitor: &mut impl FieldVisitor) {
        visitor.f32("churn_periods", &mut self.churn.periods);
        visitor.f32("churn_lapses", &mut self.churn.lapses);
        visitor.f32("churn_pending", &mut self.pending);
        visitor.truth("left", &mut self.left);
    }
}
