//! What is known before a user has done anything: the population's law of every facet, by latent segment.
//!
//! Priors are added when a belief is read, never stored in it; refitting them changes no stored statistic.

use serde::{Deserialize, Serialize};

use super::{
    expert::UNPROVEN,
    facet::{
        FACETS, HalfLives,
        amount::AmountPrior,
        chance::Chance,
        channel::ChannelPrior,
        choice::ChoicePrior,
        churn::{ChurnPrior, Departure, PERIODS, ahead::AheadPrior},
        content::ContentPrior,
        daypart::DaypartPrior,
        density::Density,
        feature::FeaturePrior,
        gap::{GapLaw, GapPrior},
        level::LevelPrior,
        offer::OfferPrior,
        purchase::PurchasePrior,
        renewal::RenewalPrior,
        review::ReviewPrior,
        style::StylePrior,
        support::SupportPrior,
        visit::VisitPrior,
    },
    segment::{PerSegment, SEGMENTS},
};
use crate::history::session::{CONTENT_KINDS, DAYPARTS, SEVERITIES, WAYS};

/// The priors of all facets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Priors {
    /// Names of the segments, at most eight.
    pub segments: Vec<String>,
    /// Membership a user is born with, by acquisition channel; the last serves channels unknown.
    pub born: Vec<PerSegment>,
    /// Of the gap.
    pub gap: GapPrior,
    /// Of the visits.
    pub visit: VisitPrior,
    /// Of the day-part.
    pub daypart: DaypartPrior,
    /// Of the content.
    pub content: ContentPrior,
    /// Of the offers.
    pub offer: OfferPrior,
    /// Of the purchase.
    pub purchase: PurchasePrior,
    /// Of the amount.
    pub amount: AmountPrior,
    /// Of the message channel.
    pub channel: ChannelPrior,
    /// Of the message style.
    pub style: StylePrior,
    /// Of the features.
    pub feature: FeaturePrior,
    /// Of the tickets.
    pub support: SupportPrior,
    /// Of the reviews.
    pub review: ReviewPrior,
    /// Of the renewal.
    pub renewal: RenewalPrior,
    /// Of leaving.
    pub churn: ChurnPrior,
    /// Of leaving within the coming days, asked on any day; none: it is not asked.
    pub ahead: Option<AheadPrior>,
    /// How old evidence fades.
    pub half_lives: HalfLives,
    /// Weight that personal predictions start with, by facet \[1\].
    pub trust: [f32; FACETS],
}

impl Priors {
    /// Membership that a user of a channel is born with.
    #[inline]
    #[must_use]
    pub fn born(&self, channel: u8) -> &PerSegment {
        &self.born[usize::from(channel).min(self.born.len() - 1)]
    }

    /// Priors of somebody who knows nothing: one segment, even shares, wide levels. A start for fits and tests.
    #[must_use]
    pub fn ignorant() -> Self {
        let mut born = [0.0; SEGMENTS];
        born[0] = 1.0;
        let level = || LevelPrior { mean: [2.0; SEGMENTS], scale: [1.0; SEGMENTS], kappa: 1.0, shape: 2.0 };
        let population = || Density::fit(&mut (0..100).map(|i| (i as f32 * 0.08 - 2.0, 1.0)).collect::<Vec<_>>());
        let day = || ChoicePrior::new(&[[1.0 / DAYPARTS as f32; DAYPARTS]], 9.0, [1.0 / DAYPARTS as f32; DAYPARTS]);
        let even = Chance::new([0.5; SEGMENTS], 4.0, 0.5);
        let ways = || [0; WAYS].map(|_| even.clone());
        let contents = [1.0 / CONTENT_KINDS as f32; CONTENT_KINDS];
        Self {
            segments: vec!["everyone".to_owned()],
            born: vec![born],
            gap: GapPrior { law: GapLaw::Exponential { shape: 2.0, rate: [14.0; SEGMENTS] }, population: population() },
            visit: VisitPrior::around(0.5, even.clone()),
            daypart: DaypartPrior { days: [day(), day()], across: 0.5 },
            content: ContentPrior(ChoicePrior::new(&[contents], 22.0, contents)),
            offer: even.clone(),
            purchase: PurchasePrior([even.clone(), even.clone()]),
            amount: AmountPrior { level: level(), binned: None, population: population(), shift: vec![] },
            channel: ChannelPrior { ways: ways(), fatigue: 0.1 },
            style: StylePrior(ways()),
            feature: FeaturePrior::default(),
            support: ChoicePrior::new(
                &[[1.0 / SEVERITIES as f32; SEVERITIES]],
                6.0,
                [1.0 / SEVERITIES as f32; SEVERITIES],
            ),
            review: ReviewPrior { level: level(), population: population() },
            renewal: RenewalPrior { share: vec![[0.8; SEGMENTS]], population: 0.8 },
            churn: ChurnPrior::new(Departure::Announced, 30.0, vec![[0.2; SEGMENTS]; PERIODS], vec![0.2; PERIODS]),
            ahead: None,
            half_lives: HalfLives::default(),
            trust: [UNPROVEN; FACETS],
        }
    }
}
