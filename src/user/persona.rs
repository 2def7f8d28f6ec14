//! What a simulated user *is*. Hidden: only the generator draws and reads it; a company sees events alone.

use rand_distr::{Distribution, Gamma, multi::Dirichlet};

use super::{
    facet::choice::{cumulate, pick},
    population::PopulationLaw,
};
use crate::{
    base::{
        float::{exp, normal_quantile},
        luck::{Luck, Purpose, Stream, uniform},
        units::{Currency, Money, UserId},
    },
    history::session::{CONTENT_KINDS, DAYPARTS},
};

/// The traits of one simulated user, in at most 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Persona {
    /// Sessions [1/day of operational time].
    pub(crate) rate: f32,
    /// Mean of the logarithm of the amount.
    pub(crate) amount_mean: f32,
    /// Its standard deviation.
    pub(crate) amount_sigma: f32,
    /// Probability that a session pays.
    pub(crate) pays: f32,
    /// What multiplies the hazard of leaving.
    pub(crate) frailty: f32,
    dayparts: [[u16; DAYPARTS]; 2],
    contents: [u16; CONTENT_KINDS],
    pub(crate) segment: u8,
    pub(crate) channel: u8,
}

const _: () = assert!(size_of::<Persona>() <= 128, "a persona must stay within 128 bytes");

impl Persona {
    /// Draws a user of a segment; the same luck gives the same user.
    #[must_use]
    pub fn draw(law: &Born, luck: &Luck, user: UserId, segment: u8, channel: u8) -> Self {
        let mut stream = luck.stream(user, Purpose::Birth, 0);
        let segment_law = &law.segments[usize::from(segment)];
        let level = normal_quantile(uniform_of(&mut stream)) * law.price_level_sigma;
        Self {
            rate: (segment_law.rate * unit_gamma(law.rate_shape, &mut stream)) as f32,
            amount_mean: (segment_law.amount_mean + level - law.price_level_sigma.powi(2) / 2.0) as f32,
            amount_sigma: segment_law.amount_sigma as f32,
            pays: law.pays(segment_law.pays, &mut stream) as f32,
            frailty: law.frailty_shape.map_or(1.0, |shape| unit_gamma(shape, &mut stream)) as f32,
            dayparts: [0, 1].map(|day| cumulate(&taste(&law.dayparts[day], law.daypart_strength, &mut stream))),
            contents: cumulate(&taste(&law.contents, law.content_strength, &mut stream)),
            segment,
            channel,
        }
    }

    /// The hidden segment, for the generator's own books and for checking answers.
    #[must_use]
    pub const fn segment(&self) -> u8 {
        self.segment
    }

    /// What a user is offered interests them in this kind of content.
    #[inline]
    pub(crate) fn content(&self, uniform: u16) -> u8 {
        pick(&self.contents, uniform) as u8
    }

    /// What they pay if they pay, given a uniform word; monotone in it and in `scale`.
    #[inline]
    pub(crate) fn amount(&self, word: u32, scale: f64) -> Money {
        let y = f64::from(self.amount_mean) + f64::from(self.amount_sigma) * normal_quantile(uniform(word));
        Money::from_minor(((exp(y) * 100.0 * scale + 0.5) as i64).max(1))
    }

    /// Where in the day a share of the day's activity is reached: the part, and how far into it [1].
    #[inline]
    pub(crate) fn within_day(&self, weekend: bool, share: f64) -> (u8, f64) {
        let bounds = &self.dayparts[usize::from(weekend)];
        let position = share * 65_536.0;
        let part = pick(bounds, position.min(65_535.0) as u16);
        let start = if part == 0 { 0.0 } else { f64::from(bounds[part - 1]) };
        let end = if bounds[part] == u16::MAX { 65_536.0 } else { f64::from(bounds[part]) };
        (part as u8, ((position - start) / (end - start).max(1.0)).clamp(0.0, 0.999_999))
    }
}

/// A population's law made ready for drawing.
#[derive(Clone, Debug)]
pub struct Born {
    segments: Vec<BornSegment>,
    rate_shape: f64,
    price_level_sigma: f64,
    paid_strength: Option<f64>,
    first_session_paid_delta: f32,
    frailty_shape: Option<f64>,
    dayparts: [Vec<f64>; 2],
    daypart_strength: f64,
    contents: Vec<f64>,
    content_strength: f64,
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
            rate_shape: traits.rate_shape.value(),
            price_level_sigma: traits.price_level_sigma.value(),
            paid_strength: traits.paid_strength.map(Into::into),
            first_session_paid_delta: traits.first_session_paid_delta as f32,
            frailty_shape: traits.frailty_shape.map(Into::into),
            dayparts: traits.daypart.shares(),
            daypart_strength: traits.daypart.strength.value(),
            contents: catalogue.to_vec(),
            content_strength: traits.content_strength.value(),
        }
    }

    /// Probability that this user's first session pays.
    #[inline]
    pub(crate) fn first_pays(&self, persona: &Persona) -> f32 {
        (persona.pays + self.first_session_paid_delta).clamp(0.0, 1.0)
    }

    /// The user's own probability to pay: Beta around the segment's, drawn as a ratio of gammas.
    fn pays(&self, mean: f64, stream: &mut Stream) -> f64 {
        let Some(strength) = self.paid_strength else { return mean };
        let yes = gamma(mean * strength, stream);
        let no = gamma((1.0 - mean) * strength, stream);
        if yes + no > 0.0 { yes / (yes + no) } else { mean }
    }
}

fn uniform_of(stream: &mut Stream) -> f64 {
    uniform(rand::Rng::next_u32(stream))
}

fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    Gamma::new(shape, 1.0).map_or(0.0, |law| law.sample(stream))
}

/// A Gamma variate of mean 1.
fn unit_gamma(shape: f64, stream: &mut Stream) -> f64 {
    gamma(shape, stream) / shape
}

/// A user's own shares around the population's; kinds without a share stay without.
fn taste(shares: &[f64], strength: f64, stream: &mut Stream) -> Vec<f64> {
    let alpha: Vec<f64> = shares.iter().filter(|&&share| share > 0.0).map(|share| share * strength).collect();
    let drawn = if alpha.len() < 2 { vec![1.0; alpha.len()] } else { dirichlet(&alpha, stream) };
    let mut drawn = drawn.into_iter();
    shares.iter().map(|&share| if share > 0.0 { drawn.next().unwrap_or(0.0) } else { 0.0 }).collect()
}

fn dirichlet(alpha: &[f64], stream: &mut Stream) -> Vec<f64> {
    Dirichlet::new(alpha).map_or_else(|_| alpha.to_vec(), |law| law.sample(stream))
}
