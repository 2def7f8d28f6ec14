//! Whom an intervention is for, judged by what is seen and believed.

use serde::{Deserialize, Serialize};

use super::{Names, Reference, Sight};
use crate::base::units::{Money, NonNegative, Positive, Probability};

/// Whom an intervention is for, judged by what is seen and believed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Eligibility {
    /// Everybody.
    All,
    /// Users of this tenure: from and to \[day\], both included, the first day being day 1.
    TenureDays(u32, u32),
    /// Users with at least so many sessions.
    SessionsAtLeast(u32),
    /// Users believed to belong to a segment.
    Predicted {
        /// The segment.
        segment: String,
        /// Least membership.
        p_at_least: Probability,
    },
    /// Users believed to pay much: the probability that a paying session pays more than an amount.
    PredictedAmount {
        /// The amount [major units].
        above: Positive,
        /// Least probability.
        p_at_least: Probability,
    },
    /// Users believed to be about to leave: the predicted chance of leaving in the running period.
    AtRisk {
        /// Least chance.
        p_at_least: Probability,
    },
    /// Users who have spent at least so much so far [major units].
    SpentAtLeast(NonNegative),
    /// Users who have not come for so many days.
    SilentDays(NonNegative),
    /// Users whom this channel brought.
    Channel(String),
    /// A random share of users, always the same ones \[1\].
    RandomShare(Probability),
    /// Users for whom all of these hold.
    AllOf(Vec<Self>),
    /// Users for whom one of these does not hold.
    Not(Box<Self>),
}

/// [`Eligibility`] with its names resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Eligible {
    /// Everybody.
    All,
    /// From and to [day of tenure].
    Tenure(f32, f32),
    /// Least number of sessions.
    Sessions(u32),
    /// Segment and least membership.
    Member(u8, f32),
    /// Amount, and least probability of paying more.
    Amount(Money, f64),
    /// Least chance of leaving.
    Risk(f32),
    /// Least amount spent.
    Spent(Money),
    /// Least silence \[day\].
    Silent(f64),
    /// The channel.
    Channel(u8),
    /// The intervention whose draw it is, and the share.
    Share(u32, f64),
    /// Users who came first at this second of the world or later.
    BornSince(u32),
    /// All of these.
    AllOf(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
}

impl Eligibility {
    /// Resolves the names, for the intervention with this place among the scenario's.
    #[must_use]
    pub fn resolve(&self, names: &Names<'_>, intervention: u32) -> Eligible {
        match self {
            Self::All => Eligible::All,
            // Day 66 is the time from 65 to 66 days after the first session.
            Self::TenureDays(from, to) => Eligible::Tenure(from.saturating_sub(1) as f32, *to as f32),
            Self::SessionsAtLeast(sessions) => Eligible::Sessions(*sessions),
            Self::Predicted { segment, p_at_least } => {
                Eligible::Member(names.segment(segment), p_at_least.value() as f32)
            }
            Self::PredictedAmount { above, p_at_least } => {
                Eligible::Amount(Money::from_major(above.value(), names.currency), p_at_least.value())
            }
            Self::AtRisk { p_at_least } => Eligible::Risk(p_at_least.value() as f32),
            Self::SpentAtLeast(amount) => Eligible::Spent(Money::from_major(amount.value(), names.currency)),
            Self::SilentDays(days) => Eligible::Silent(days.value()),
            Self::Channel(id) => Eligible::Channel(names.channel(id)),
            Self::RandomShare(share) => Eligible::Share(intervention, share.value()),
            Self::AllOf(all) => Eligible::AllOf(all.iter().map(|one| one.resolve(names, intervention)).collect()),
            Self::Not(one) => Eligible::Not(Box::new(one.resolve(names, intervention))),
        }
    }

    /// In the words of an assumption.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::All => "everybody".to_owned(),
            Self::TenureDays(from, to) => format!("users from day {from} to day {to} of their tenure"),
            Self::SessionsAtLeast(sessions) => format!("users with at least {sessions} sessions"),
            Self::Predicted { segment, p_at_least } => {
                format!("users believed to be “{segment}” with probability {} or more", p_at_least.value())
            }
            Self::PredictedAmount { above, p_at_least } => {
                let (above, p) = (above.value(), p_at_least.value());
                format!("users believed to pay more than {above} with probability {p} or more")
            }
            Self::AtRisk { p_at_least } => {
                format!("users believed to leave soon with probability {} or more", p_at_least.value())
            }
            Self::SpentAtLeast(amount) => format!("users who have spent {} or more", amount.value()),
            Self::SilentDays(days) => format!("users who have not come for {} days", days.value()),
            Self::Channel(id) => format!("users whom “{id}” brought"),
            Self::RandomShare(share) => format!("a random share of {} of users", share.value()),
            Self::AllOf(all) => all.iter().map(Self::in_words).collect::<Vec<_>>().join(", of them "),
            Self::Not(one) => format!("everybody but {}", one.in_words()),
        }
    }

    /// Itself and all that it is made of.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        let inner: Vec<&Self> = match self {
            Self::AllOf(all) => all.iter().flat_map(Self::parts).collect(),
            Self::Not(one) => one.parts(),
            _ => Vec::new(),
        };
        [self].into_iter().chain(inner).collect()
    }

    /// The names it refers to.
    #[must_use]
    pub fn refers_to(&self) -> Vec<Reference<'_>> {
        match self {
            Self::Predicted { segment, .. } => vec![Reference::Segment(segment)],
            Self::Channel(id) => vec![Reference::Channel(id)],
            Self::AllOf(all) => all.iter().flat_map(Self::refers_to).collect(),
            Self::Not(one) => one.refers_to(),
            _ => Vec::new(),
        }
    }

    /// The predicted segment and its least membership, if it is for one.
    #[must_use]
    pub fn predicted(&self) -> Option<(&str, f64)> {
        match self {
            Self::Predicted { segment, p_at_least } => Some((segment.as_str(), p_at_least.value())),
            Self::AllOf(all) => all.iter().find_map(Self::predicted),
            _ => None,
        }
    }

    /// The same with another least membership in the predicted segment.
    #[must_use]
    pub fn with_threshold(&self, p: Probability) -> Self {
        match self {
            Self::Predicted { segment, .. } => Self::Predicted { segment: segment.clone(), p_at_least: p },
            Self::AllOf(all) => Self::AllOf(all.iter().map(|one| one.with_threshold(p)).collect()),
            other => other.clone(),
        }
    }
}

impl Eligible {
    /// Whether a user is meant, as far as can be seen.
    #[inline]
    #[must_use]
    pub fn admits(&self, sight: &Sight<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Tenure(from, to) => *from <= sight.tenure_days && sight.tenure_days < *to,
            Self::AllOf(all) => all.iter().all(|one| one.admits(sight)),
            Self::Not(one) => !one.admits(sight),
            other => other.admits_at_any_tenure(sight),
        }
    }

    /// The same if tenure does not matter.
    #[inline]
    #[must_use]
    pub fn admits_at_any_tenure(&self, sight: &Sight<'_>) -> bool {
        match self {
            Self::All | Self::Tenure(..) => true,
            Self::Sessions(least) => sight.model.sessions() >= *least,
            Self::Member(segment, least) => {
                sight.membership.get(usize::from(*segment)).is_some_and(|weight| weight >= least)
            }
            other => other.admits_by_more(sight),
        }
    }

    /// What takes longer to see.
    #[inline(never)]
    fn admits_by_more(&self, sight: &Sight<'_>) -> bool {
        match self {
            Self::Amount(amount, least) => sight.pays_more_than(*amount) >= *least,
            Self::Risk(least) => sight.risk() >= *least,
            Self::Spent(least) => sight.model.gross() >= *least,
            Self::Silent(days) => sight.silent_days() >= *days,
            Self::Channel(channel) => sight.model.channel() == *channel,
            Self::Share(intervention, share) => sight.ticket(*intervention) < *share,
            Self::BornSince(second) => sight.born >= *second,
            Self::AllOf(all) => all.iter().all(|one| one.admits_at_any_tenure(sight)),
            Self::Not(one) => !one.admits_at_any_tenure(sight),
            Self::All | Self::Tenure(..) | Self::Sessions(_) | Self::Member(..) => true,
        }
    }

    /// The tenure outside of which nobody is meant \[day\]; none if it decides in another way, too.
    #[must_use]
    pub fn tenure(&self) -> Option<(f64, f64)> {
        match self {
            Self::Tenure(from, to) => Some((f64::from(*from), f64::from(*to))),
            Self::AllOf(all) => all.iter().try_fold((0.0, f64::INFINITY), |(from, to), one| {
                let own = one.tenure()?;
                Some((own.0.max(from), own.1.min(to)))
            }),
            Self::Not(one) if one.tenure() != Some((0.0, f64::INFINITY)) => None,
            _ => Some((0.0, f64::INFINITY)),
        }
    }

    /// The segment whose predicted members it is for, if it is for one.
    #[must_use]
    pub fn segment(&self) -> Option<u8> {
        match self {
            Self::Member(segment, _) => Some(*segment),
            Self::AllOf(all) => all.iter().find_map(Self::segment),
            _ => None,
        }
    }
}
