//! What predictions are held against, and who may look on.

use super::{Prediction, Scores};
use crate::{
    history::session::Slot,
    user::{
        expert::{Expert, Odds},
        facet::FacetKind,
        segment::{Membership, PerSegment},
    },
};

/// What a facet's prediction is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Logarithm of the days since the last session.
    Gap(f32),
    /// Whether the user came in a week of tenure.
    Visit {
        /// They came.
        came: bool,
    },
    /// Weekday or weekend, and the part of the day.
    Daypart(Slot),
    /// The kind met first.
    Content(u8),
    /// Whether an offer was taken.
    Offer {
        /// It was.
        taken: bool,
    },
    /// Whether a first or later session paid.
    Purchase {
        /// Not the first session.
        later: bool,
        /// It paid.
        paid: bool,
    },
    /// Logarithm of what was paid, on the amount's scale.
    Amount(f32),
    /// Whether a message was opened.
    Channel {
        /// By what way it came.
        channel: u8,
        /// What it was worth after those before it \[1\].
        worth: f32,
        /// It was opened.
        opened: bool,
    },
    /// Whether an opened message was answered as hoped.
    Style {
        /// In what tone it was.
        style: u8,
        /// It was.
        taken: bool,
    },
    /// Whether a feature was used in a session.
    Feature {
        /// Which.
        feature: u8,
        /// It was used.
        used: bool,
    },
    /// Severity of a ticket.
    Support(u8),
    /// Score of a review.
    Review(f32),
    /// Whether a term was renewed.
    Renewal {
        /// Renewals before it.
        renewals: u8,
        /// It was renewed.
        renewed: bool,
    },
    /// Whether the user left in a period of tenure.
    Churn {
        /// Which.
        period: u32,
        /// They left.
        left: bool,
    },
}

impl Outcome {
    /// The answer, where it is yes or no.
    #[inline]
    #[must_use]
    pub const fn yes(&self) -> Option<bool> {
        match *self {
            Self::Visit { came: yes }
            | Self::Offer { taken: yes }
            | Self::Purchase { paid: yes, .. }
            | Self::Channel { opened: yes, .. }
            | Self::Style { taken: yes, .. }
            | Self::Feature { used: yes, .. }
            | Self::Renewal { renewed: yes, .. }
            | Self::Churn { left: yes, .. } => Some(yes),
            _ => None,
        }
    }

    /// Whose outcome it is.
    #[inline]
    #[must_use]
    pub const fn facet(&self) -> FacetKind {
        match self {
            Self::Gap(_) => FacetKind::Gap,
            Self::Visit { .. } => FacetKind::Visit,
            Self::Daypart(_) => FacetKind::Daypart,
            Self::Content(_) => FacetKind::Content,
            Self::Offer { .. } => FacetKind::Offer,
            Self::Purchase { .. } => FacetKind::Purchase,
            Self::Amount(_) => FacetKind::Amount,
            Self::Channel { .. } => FacetKind::Channel,
            Self::Style { .. } => FacetKind::Style,
            Self::Feature { .. } => FacetKind::Feature,
            Self::Support(_) => FacetKind::Support,
            Self::Review(_) => FacetKind::Review,
            Self::Renewal { .. } => FacetKind::Renewal,
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
    /// Membership just before.
    pub membership: &'a Membership,
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
