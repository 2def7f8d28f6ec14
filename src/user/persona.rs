//! What a simulated user *is*: the traits of all facets. Hidden: only the generator draws and reads it; a company sees
//! events alone.

use super::{
    facet::{
        amount::AmountTrait, choice::Taste, churn::ChurnTrait, content::ContentTrait, daypart::DaypartTrait,
        gap::GapTrait, purchase::PurchaseTrait,
    },
    population::PopulationLaw,
};
use crate::base::{
    gamma::Gamma,
    luck::{Luck, Purpose},
    units::{Currency, UserId},
};

/// The traits of one simulated user, in at most 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Persona {
    /// How often they come.
    pub(crate) gap: GapTrait,
    /// When in the day.
    pub(crate) daypart: DaypartTrait,
    /// For what.
    pub(crate) content: ContentTrait,
    /// Whether they pay.
    pub(crate) purchase: PurchaseTrait,
    /// How much.
    pub(crate) amount: AmountTrait,
    /// How easily they leave.
    pub(crate) churn: ChurnTrait,
    /// The hidden segment.
    pub(crate) segment: u8,
}

const _: () = assert!(size_of::<Persona>() <= 128, "a persona must stay within 128 bytes");

impl Persona {
    /// Draws a user of a segment; the same luck gives the same user.
    #[must_use]
    pub fn draw(law: &Born, luck: &Luck, user: UserId, segment: u8) -> Self {
        let mut stream = luck.stream(user, Purpose::Birth, 0);
        let own = &law.segments[usize::from(segment)];
        // One generator serves all: the order of these lines is part of what a seed means.
        let amount = AmountTrait::draw(own.amount_mean, own.amount_sigma, law.price_level_sigma, &mut stream);
        let gap = GapTrait::draw(own.rate, law.rate_shape, &mut stream);
        let purchase = PurchaseTrait::draw(own.pays, law.paid_strength, &mut stream);
        let churn = ChurnTrait::draw(law.frailty_shape, &mut stream);
        let daypart = DaypartTrait::draw(&law.dayparts, &mut stream);
        let content = ContentTrait::draw(&law.contents, &mut stream);
        Self { gap, daypart, content, purchase, amount, churn, segment }
    }
}

/// A population's law made ready for drawing.
#[derive(Clone, Debug)]
pub struct Born {
    segments: Vec<BornSegment>,
    rate_shape: Gamma,
    price_level_sigma: f64,
    paid_strength: Option<f64>,
    first_session_paid_delta: f32,
    frailty_shape: Option<Gamma>,
    dayparts: [Taste; 2],
    contents: Taste,
}

#[derive(Clone, Copy, Debug)]
struct BornSegment {
    rate: f64,
    amount_mean: f64,
    amount_sigma: f64,
    pays: f64,
}

impl Born {
    /// From the law and the catalogue's shares.
    #[must_use]
    pub fn new(law: &PopulationLaw, currency: Currency, catalogue: &[f64]) -> Self {
        let segments = law.segments.iter().enumerate().map(|(c, segment)| BornSegment {
            rate: segment.sessions_per_30d.value() / 30.0,
            amount_mean: law.log_amount_mean(c, currency),
            amount_sigma: segment.amount.sigma.value(),
            pays: segment.paid_prob.value(),
        });
        let traits = &law.traits;
        Self {
            segments: segments.collect(),
            rate_shape: Gamma::of(traits.rate_shape.value()),
            price_level_sigma: traits.price_level_sigma.value(),
            paid_strength: traits.paid_strength.map(Into::into),
            first_session_paid_delta: traits.first_session_paid_delta as f32,
            frailty_shape: traits.frailty_shape.map(|shape| Gamma::of(shape.value())),
            dayparts: traits.daypart.shares().map(|shares| Taste::of(&shares, traits.daypart.strength.value())),
            contents: Taste::of(catalogue, traits.content_strength.value()),
        }
    }

    /// What the probability to pay of a first session is higher by.
    #[inline]
    pub(crate) const fn first_session_paid_delta(&self) -> f32 {
        self.first_session_paid_delta
    }
}
