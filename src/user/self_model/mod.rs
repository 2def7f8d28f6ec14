//! What the company believes of one user, from events alone.
//!
//! 512 bytes at most, plain data: one belief a facet, the membership in latent segments, how much the personal
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

pub mod fields;
mod marking;
mod outcome;
mod prediction;

use serde::{Deserialize, Serialize};

pub use outcome::{Mark, Outcome, Witness};

use super::{
    expert::{Expert, Score},
    facet::{
        FACETS, FacetKind,
        amount::{AmountBelief, AmountRecord},
        churn::ChurnBelief,
        content::ContentBelief,
        daypart::DaypartBelief,
        gap::{GapBelief, GapRecord},
        purchase::PurchaseBelief,
    },
    priors::Priors,
    segment::{self, PerSegment},
};
use crate::{
    base::{
        float::{decay, exp32},
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{Observation, Session},
};

/// The beliefs about one user.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[repr(C)]
pub struct SelfModel {
    user: UserId,
    first: SimTime,
    last: SimTime,
    gross: Money,
    weights: PerSegment,
    daypart: DaypartBelief,
    content: ContentBelief,
    gap: GapRecord,
    amount: AmountRecord,
    purchase: PurchaseBelief,
    churn: ChurnBelief,
    /// Predicted chance of leaving in the running period, waiting for its outcome.
    pending: f32,
    experts: [Expert; FACETS],
    sessions: u32,
    channel: u8,
    left: bool,
}

const _: () = assert!(size_of::<SelfModel>() <= 512, "the self-model must stay within 512 bytes");

/// What one observation scored in each facet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    sums: [Score; FACETS],
    events: [u8; FACETS],
}

impl Scores {
    /// Sum of the log scores of a facet and how many predictions it holds; none if nothing was predicted.
    #[inline]
    #[must_use]
    pub fn of(&self, facet: FacetKind) -> Option<(Score, u8)> {
        let events = self.events[facet as usize];
        (events > 0).then(|| (self.sums[facet as usize], events))
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
    keep: Keep,
    weights: PerSegment,
    experts: [Expert; FACETS],
    churn: ChurnBelief,
    pending: f32,
}

impl SelfModel {
    /// A user of whom nothing is known but the channel.
    #[must_use]
    pub fn new(user: UserId, first: SimTime, channel: u8, priors: &Priors) -> Self {
        let weights = *priors.born(channel);
        let leaving = segment::mixed(&weights, &priors.churn.probabilities(&ChurnBelief::default(), 0, 0.0));
        Self {
            user,
            first,
            last: first,
            gross: Money::ZERO,
            weights,
            daypart: DaypartBelief::default(),
            content: ContentBelief::default(),
            gap: GapRecord::default(),
            amount: AmountRecord::default(),
            purchase: PurchaseBelief::default(),
            churn: ChurnBelief::default(),
            pending: leaving,
            experts: priors.trust.map(Expert::trusted),
            sessions: 0,
            channel,
            left: false,
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
        self.left
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
    pub const fn weights(&self) -> &PerSegment {
        &self.weights
    }

    /// The mixing weights of the personal predictions, by facet.
    #[must_use]
    pub const fn experts(&self) -> &[Expert; FACETS] {
        &self.experts
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
    pub fn amount(&self) -> AmountBelief {
        self.amount.faded(1.0)
    }

    /// The belief about gaps, as of the last session.
    #[must_use]
    pub fn gap(&self) -> GapBelief {
        self.gap.faded(1.0)
    }

    /// Reads the beliefs at a moment that is not before the last session.
    #[inline]
    #[must_use]
    pub fn predict<'a>(&'a self, priors: &'a Priors, at: SimTime) -> Prediction<'a> {
        let age = (at.0 - self.last.0) as f32 / DAY as f32;
        let mut keep = priors.half_lives.by_facet();
        for half_life in &mut keep {
            *half_life = exp32(-std::f32::consts::LN_2 * age / *half_life);
        }
        Prediction { model: self, priors, at, keep }
    }

    /// Decayed number of sessions after the first, as it will be at the start of a period of tenure.
    #[inline]
    fn recent(&self, priors: &Priors, period: u32) -> f32 {
        let age = priors.churn.days_to(self.first, period, self.last);
        self.gap.weight() * decay(age, priors.half_lives.gap)
    }

    /// Learns what was predicted and scored.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a lesson is learned once")]
    pub fn learn(&mut self, lesson: Lesson) {
        self.weights = lesson.weights;
        self.experts = lesson.experts;
        self.churn = lesson.churn;
        self.pending = lesson.pending;
        match lesson.observation {
            Some(Observation::Session(session)) => self.learn_session(&session, &lesson),
            Some(Observation::Left(_)) => self.left = true,
            _ => {}
        }
    }

    #[inline]
    fn learn_session(&mut self, session: &Session, lesson: &Lesson) {
        let keep = |facet: FacetKind| lesson.keep[facet as usize];
        let mut gap = self.gap.faded(keep(FacetKind::Gap));
        if self.sessions > 0 {
            gap.learn_log(gap_days(self.last, session.at), lesson.gap);
        }
        self.gap = gap.into();
        self.daypart.fade(keep(FacetKind::Daypart));
        self.daypart.learn(session.slot());
        self.content.fade(keep(FacetKind::Content));
        self.content.learn(session.contents, session.content());
        self.purchase = self.purchase.faded(keep(FacetKind::Purchase));
        self.purchase.learn(session.paid.is_some());
        let mut amount = self.amount.faded(keep(FacetKind::Amount));
        if let Some(paid) = session.paid {
            amount.learn(lesson.amount);
            self.gross += paid;
        }
        self.amount = amount.into();
        self.sessions += 1;
        self.last = session.at;
        self.left = false;
    }
}

fn gap_days(last: SimTime, at: SimTime) -> f32 {
    (at.0 - last.0) as f32 / DAY as f32
}
