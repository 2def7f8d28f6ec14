//! What predictions are held against, and who may look on.

use super::{Prediction, Scores};
use crate::{
    history::session::Slot,
    user::{
        expert::{Expert, Odds},
        facet::FacetKind,
        segment::PerSegment,
    },
};

/// What a facet's prediction is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Logarithm of the days since the last session.
    Gap(f32),
    /// Weekday or weekend, and the part of the day.
    Daypart(Slot),
    /// The kind met first.
    Content(u8),
    /// Whether a first or later session paid.
    Purchase {
        /// Not the first session.
        later: bool,
        /// It paid.
        paid: bool,
    },
    /// Logarithm of what was paid, on the amount's scale.
    Amount(f32),
    /// Whether the user left in a period of tenure.
    Churn {
        /// Which.
        period: u32,
        /// They left.
        left: bool,
    },
}

impl Outcome {
    /// Whose outcome it is.
    #[inline]
    #[must_use]
    pub const fn facet(&self) -> FacetKind {
        match self {
            Self::Gap(_) => FacetKind::Gap,
            Self::Daypart(_) => FacetKind::Daypart,
            Self::Content(_) => FacetKind::Content,
            Self::Purchase { .. } => FacetKind::Purchase,
            Self::Amount(_) => FacetKind::Amount,
            Self::Churn { .. } => FacetKind::Churn,
        }
    }
}

/// One outcome, as it was predicted and scored.
#[derive(Debug)]
pub struct Mark<'a> {
    /// What happened.
    pub outcome: Outcome,
    /// The beliefs as they were read.
    pub prediction: &'a Prediction<'a>,
    /// Membership just before \[1\].
    pub weights: &'a PerSegment,
    /// Density of the outcome under each segment.
    pub densities: &'a PerSegment,
    /// How much the personal prediction was believed.
    pub expert: Expert,
    /// The densities it was given.
    pub odds: Odds,
}

/// Looks on while outcomes are marked; changes nothing.
pub trait Witness {
    /// Sees one outcome.
    #[inline]
    fn marked(&mut self, _: &Mark<'_>) {}

    /// Sees the scores of a whole observation.
    #[inline]
    fn scored(&mut self, _: &Scores) {}
}

impl Witness for () {}
