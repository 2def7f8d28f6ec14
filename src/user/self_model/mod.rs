//! What the company believes of one user, from events alone.
//!
//! 512 bytes at most, plain data in one flat layout: one belief a facet, the membership in latent segments, how much the personal
//! prediction has earned to be believed, and the money. The order *predict, score, learn* is in the types: a
//! [`Prediction`] borrows the model, so that it cannot change meanwhile; scoring consumes the prediction and
//! gives a [`Lesson`]; only a lesson can be learned, and only once.
//!
//! ```
//! use cwm::user::self_model::SelfModel;
//! # use cwm::base::{time::SimTime, units::{Money, UserId}};
//! # use cwm::history::session::{Observation, Session, Slot};
//! # let priors = cwm::user::priors::Priors::ignorant();
//! let mut model = SelfModel::new(UserId(7), SimTime(0), 0, &priors);
//! let session = Session::new(SimTime(0), Slot { weekend: false, daypart: 4, late: false }).with_content(3).with_paid(Money::from_minor(1_900));
//! let prediction = model.predict(&priors, session.at);
//! let (scores, lesson) = prediction.score(&Observation::Session(session));
//! model.learn(lesson);
//! assert!(scores.of(cwm::user::facet::FacetKind::Daypart).is_some());
//! assert_eq!(model.sessions(), 1);
//! ```

mod ahead;
pub mod fields;
pub mod joining;
mod learning;
mod marking;
mod outcome;
mod prediction;

pub use outcome::{Mark, Outcome, Witness};

use super::{
    expert::{Expert, Score},
    facet::{
        FACETS, FacetKind, amount::AmountBelief, channel::ChannelBelief, churn::ChurnBelief, content::ContentBelief,
        context::LastSession, daypart::DaypartBelief, feature::FeatureBelief, gap::GapBelief, offer::OfferBelief,
        purchase::PurchaseBelief, review::ReviewBelief, style::StyleBelief, support::SupportBelief, visit::VisitBelief,
    },
    priors::Priors,
    segment::{self, PerSegment, SEGMENTS},
};
use crate::{
    base::{
        float::{decay, exps},
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{NO_KIND, Observation},
};

/// The beliefs about one user.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct SelfModel {
    user: UserId,
    first: SimTime,
    last: SimTime,
    gross: Money,
    weights: [u16; SEGMENTS],
    daypart: DaypartBelief,
    content: ContentBelief,
    gap: GapBelief,
    amount: AmountBelief,
    purchase: PurchaseBelief,
    offer: OfferBelief,
    visit: VisitBelief,
    churn: ChurnBelief,
    channel_belief: ChannelBelief,
    style: StyleBelief,
    feature: FeatureBelief,
    support: SupportBelief,
    review: ReviewBelief,
    experts: [u16; FACETS],
    sessions: u32,
    /// Weeks of tenure that are decided.
    weeks: u16,
    /// Predicted chance of leaving in the running period, waiting for its outcome, in steps of 1/65,535.
    pending: u16,
    picks: LastPicks,
    channel: u8,
    renewals: u8,
    flags: u8,
}

/// What was picked last; [`NO_KIND`] before the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct LastPicks {
    /// Half part of the day.
    pub cell: u8,
    /// Kind of content met first.
    pub content: u8,
    /// Bin of the gap.
    pub gap: u8,
    /// Bin of the amount.
    pub amount: u8,
}

const NO_PICKS: LastPicks = LastPicks { cell: NO_KIND, content: NO_KIND, gap: NO_KIND, amount: NO_KIND };

/// Bits of [`SelfModel::flags`].
mod flag {
    /// The user has said goodbye.
    pub const LEFT: u8 = 1;
    /// A term of a subscription runs.
    pub const TERM: u8 = 2;
    /// An offer was made before.
    pub const OFFERED: u8 = 4;
    /// The last one was taken.
    pub const TAKEN: u8 = 8;
    /// A session was seen that could have used features.
    pub const FEATURES: u8 = 16;
    /// From here on: the weekday of the last session and 1, or 0.
    pub const WEEKDAY: u8 = 5;
}

const _: () = assert!(size_of::<SelfModel>() <= 512, "the self-model must stay within 512 bytes");
const _: () = assert!(size_of::<SelfModel>() <= 448, "a simulated user, persona and all, must stay within 640 bytes");

/// What one observation scored in each facet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    sums: [Score; FACETS],
    events: [u16; FACETS],
}

impl Scores {
    /// Sum of the log scores of a facet and how many predictions it holds; none if nothing was predicted.
    #[inline]
    #[must_use]
    pub fn of(&self, facet: FacetKind) -> Option<(Score, u16)> {
        let events = self.events[facet as usize];
        (events > 0).then(|| (self.sums[facet as usize], events))
    }

    #[inline]
    fn add(&mut self, facet: FacetKind, score: Score) {
        let sum = &mut self.sums[facet as usize];
        sum.log_p += score.log_p;
        sum.population_log_p += score.population_log_p;
        let events = &mut self.events[facet as usize];
        *events = events.saturating_add(1);
    }
}

/// What is left of the evidence of each facet.
type Keep = [f32; FACETS];

/// The beliefs, read at one moment with the priors of the day. Scoring consumes it.
#[derive(Debug)]
pub struct Prediction<'a> {
    model: &'a SelfModel,
    priors: &'a Priors,
    at: SimTime,
    keep: Keep,
}

/// What an observation that was predicted and scored has to teach. Only [`Prediction::score`] makes one.
#[derive(Debug)]
pub struct Lesson {
    observation: Option<Observation>,
    gap: f32,
    amount: f32,
    /// What circumstances added to it.
    shift: f32,
    keep: Keep,
    weights: [u16; SEGMENTS],
    experts: [u16; FACETS],
    churn: ChurnBelief,
    visit: VisitBelief,
    weeks: u16,
    pending: u16,
    feature: Option<FeatureBelief>,
    /// What a message was worth after those before it.
    worth: f32,
}

impl SelfModel {
    /// A user of whom nothing is known but the channel.
    #[must_use]
    pub fn new(user: UserId, first: SimTime, channel: u8, priors: &Priors) -> Self {
        let born = *priors.born(channel);
        let leaving = segment::mixed(&born, &priors.churn.probabilities(&ChurnBelief::default(), 0, 0.0));
        Self {
            user,
            first,
            last: first,
            gross: Money::ZERO,
            weights: segment::packed(&born),
            daypart: DaypartBelief::default(),
            content: ContentBelief::default(),
            gap: GapBelief::default(),
            amount: AmountBelief::default(),
            purchase: PurchaseBelief::default(),
            offer: OfferBelief::default(),
            visit: VisitBelief::default(),
            churn: ChurnBelief::default(),
            channel_belief: ChannelBelief::default(),
            style: StyleBelief::default(),
            feature: FeatureBelief::default(),
            support: SupportBelief::default(),
            review: ReviewBelief::default(),
            experts: priors.trust.map(|trust| Expert::trusted(trust).packed()),
            sessions: 0,
            weeks: 0,
            pending: packed_chance(leaving),
            picks: NO_PICKS,
            channel,
            renewals: 0,
            flags: 0,
        }
    }

    /// Whose model it is.
    #[must_use]
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Sessions seen.
    #[must_use]
    pub const fn sessions(&self) -> u32 {
        self.sessions
    }

    /// When the user was first seen.
    #[must_use]
    pub const fn first(&self) -> SimTime {
        self.first
    }

    /// When the user was last seen.
    #[must_use]
    pub const fn last(&self) -> SimTime {
        self.last
    }

    /// Everything the user has paid.
    #[must_use]
    pub const fn gross(&self) -> Money {
        self.gross
    }

    /// Whether the user has said goodbye.
    #[must_use]
    pub const fn left(&self) -> bool {
        self.flags & flag::LEFT != 0
    }

    /// Weeks of tenure that are decided.
    #[must_use]
    pub const fn weeks(&self) -> u16 {
        self.weeks
    }

    /// Whether a term of a subscription runs, and how often it was renewed.
    #[must_use]
    pub const fn term(&self) -> Option<u8> {
        if self.flags & flag::TERM != 0 { Some(self.renewals) } else { None }
    }

    /// Whether the last offer was taken; none before the first.
    #[inline]
    #[must_use]
    pub const fn last_offer(&self) -> Option<bool> {
        if self.flags & flag::OFFERED != 0 { Some(self.flags & flag::TAKEN != 0) } else { None }
    }

    /// Days since the user was first seen.
    #[inline]
    #[must_use]
    pub fn tenure_days(&self, at: SimTime) -> f64 {
        at.days_since(self.first)
    }

    /// Membership in each latent segment \[1\].
    #[inline]
    #[must_use]
    pub fn weights(&self) -> PerSegment {
        segment::unpacked(&self.weights)
    }

    /// The mixing weight of a facet's personal prediction.
    #[inline]
    #[must_use]
    pub fn expert(&self, facet: FacetKind) -> Expert {
        Expert::unpacked(self.experts[facet as usize])
    }

    /// The last session, as circumstances know it.
    #[inline]
    #[must_use]
    pub const fn last_session(&self) -> LastSession {
        let weekday = match self.flags >> flag::WEEKDAY {
            0 => None,
            day => Some(day - 1),
        };
        LastSession { cell: self.picks.cell, weekday }
    }

    /// What was picked last.
    #[must_use]
    pub const fn picks(&self) -> LastPicks {
        self.picks
    }

    /// The belief about the part of the day, as of the last session.
    #[must_use]
    pub const fn daypart(&self) -> &DaypartBelief {
        &self.daypart
    }

    /// The belief about content, as of the last session.
    #[must_use]
    pub const fn content(&self) -> &ContentBelief {
        &self.content
    }

    /// The belief about amounts, as of the last session.
    #[must_use]
    pub const fn amount(&self) -> &AmountBelief {
        &self.amount
    }

    /// The belief about gaps, as of the last session.
    #[must_use]
    pub const fn gap(&self) -> &GapBelief {
        &self.gap
    }

    /// The belief about paying, as of the last session.
    #[must_use]
    pub const fn purchase(&self) -> &PurchaseBelief {
        &self.purchase
    }

    /// The belief about offers, as of the last session.
    #[must_use]
    pub const fn offer(&self) -> &OfferBelief {
        &self.offer
    }

    /// The belief about visits, as of the last decided week.
    #[must_use]
    pub const fn visit(&self) -> &VisitBelief {
        &self.visit
    }

    /// The belief about leaving, as of the last decided period.
    #[must_use]
    pub const fn churn(&self) -> &ChurnBelief {
        &self.churn
    }

    /// The channel that brought the user.
    #[must_use]
    pub const fn channel(&self) -> u8 {
        self.channel
    }

    /// The belief about the ways of messages, as of the last session.
    #[must_use]
    pub const fn channels(&self) -> &ChannelBelief {
        &self.channel_belief
    }

    /// The belief about the tones of messages, as of the last session.
    #[must_use]
    pub const fn style(&self) -> &StyleBelief {
        &self.style
    }

    /// The belief about tickets, as of the last session.
    #[must_use]
    pub const fn support(&self) -> &SupportBelief {
        &self.support
    }

    /// The belief about reviews, as of the last session.
    #[must_use]
    pub const fn review(&self) -> &ReviewBelief {
        &self.review
    }

    /// Probability that a feature has been adopted, as of the last session; the priors must be those it was learned with.
    #[must_use]
    pub fn adopted(&self, priors: &Priors, feature: usize) -> f32 {
        self.known(priors, feature)[0]
    }

    #[inline]
    fn known(&self, priors: &Priors, feature: usize) -> [f32; 2] {
        self.feature.known(feature, &priors.feature.chains[feature], self.flags & flag::FEATURES != 0)
    }

    /// Reads the beliefs at a moment that is not before the last session.
    #[inline]
    #[must_use]
    pub fn predict<'a>(&'a self, priors: &'a Priors, at: SimTime) -> Prediction<'a> {
        Prediction { model: self, priors, at, keep: kept(priors, gap_days(self.last, at)) }
    }

    /// Decayed number of sessions after the first, as it will be at the start of a period of tenure.
    #[inline]
    #[must_use]
    pub fn recent(&self, priors: &Priors, period: u32) -> f32 {
        let age = priors.churn.days_to(self.first, period, self.last);
        self.gap.weight() * decay(age, priors.half_lives.gap)
    }
}

/// What is left of the evidence of each facet after so many days.
#[inline]
fn kept(priors: &Priors, days: f32) -> Keep {
    let faded = -std::f32::consts::LN_2 * days;
    let mut keep = [0.0; FACETS];
    for (keep, half_life) in keep.iter_mut().zip(priors.half_lives.by_facet()) {
        *keep = faded / half_life;
    }
    exps(&mut keep);
    keep
}

/// A probability as it is kept, in steps of 1/65,535.
#[inline]
fn packed_chance(p: f32) -> u16 {
    (p * 65_535.0 + 0.5) as u16
}

fn gap_days(last: SimTime, at: SimTime) -> f32 {
    (at.0 - last.0) as f32 / DAY as f32
}

/// Which week of tenure a moment lies in.
#[inline]
fn week(first: SimTime, at: SimTime) -> u16 {
    ((at.0 - first.0).max(0) / (7 * DAY)).min(i64::from(u16::MAX) - 1) as u16
}
