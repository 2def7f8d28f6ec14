//! What a simulated user *is*. Hidden: only the generator draws and reads it; a company sees events alone.

use super::{
    facet::choice::pick,
    population::PopulationLaw,
};
use crate::{
    base::{
        float::{exp, log, normal_quantile, sqrt},
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
            rate: (segment_law.rate * law.rate_shape.of_mean_one(&mut stream)) as f32,
            amount_mean: (segment_law.amount_mean + level - law.price_level_sigma.powi(2) / 2.0) as f32,
            amount_sigma: segment_law.amount_sigma as f32,
            pays: law.pays(segment_law.pays, &mut stream) as f32,
            frailty: law.frailty_shape.map_or(1.0, |shape| shape.of_mean_one(&mut stream)) as f32,
            dayparts: [0, 1].map(|day| law.dayparts[day].draw(&mut stream)),
            contents: law.contents.draw(&mut stream),
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

    /// Probability that this user's first session pays.
    #[inline]
    pub(crate) fn first_pays(&self, persona: &Persona) -> f32 {
        (persona.pays + self.first_session_paid_delta).clamp(0.0, 1.0)
    }

    /// The user's own probability to pay: Beta around the segment's, drawn as a ratio of gammas.
    fn pays(&self, mean: f64, stream: &mut Stream) -> f64 {
        let Some(strength) = self.paid_strength else { return mean };
        let yes = Gamma::of(mean * strength).draw(stream);
        let no = Gamma::of((1.0 - mean) * strength).draw(stream);
        if yes + no > 0.0 { yes / (yes + no) } else { mean }
    }
}

fn uniform_of(stream: &mut Stream) -> f64 {
    uniform(rand::Rng::next_u32(stream))
}

/// A Gamma law of scale 1, ready for drawing: the squeeze of Marsaglia & Tsang 2000, *A simple method for generating
/// gamma variables* (ACM TOMS 26, 363–372), §4; a shape below 1 is drawn as one above and multiplied by U^(1/shape).
#[derive(Clone, Copy, Debug)]
struct Gamma {
    shape: f64,
    /// Shape less a third, of the law that is drawn from.
    d: f64,
    /// 1/√(9d).
    c: f64,
}

impl Gamma {
    fn of(shape: f64) -> Self {
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        Self { shape, d, c: 1.0 / sqrt(9.0 * d) }
    }

    fn of_mean_one(self, stream: &mut Stream) -> f64 {
        self.draw(stream) / self.shape
    }

    #[inline]
    fn draw(self, stream: &mut Stream) -> f64 {
        let drawn = self.d * self.cube(stream);
        if self.shape < 1.0 { drawn * exp(log(uniform_of(stream)) / self.shape) } else { drawn }
    }

    /// v of the paper: accepted nearly always by the squeeze, else by the law itself.
    #[inline]
    fn cube(self, stream: &mut Stream) -> f64 {
        loop {
            let x = normal_quantile(uniform_of(stream));
            let root = 1.0 + self.c * x;
            let v = root * root * root;
            let u = uniform_of(stream);
            let squeezed = u < 1.0 - 0.0331 * (x * x) * (x * x);
            if root > 0.0 && (squeezed || log(u) < 0.5 * x * x + self.d * (1.0 - v + log(v))) {
                return v;
            }
        }
    }
}

/// A Dirichlet law over kinds, ready for drawing: gammas over their sum.
#[derive(Clone, Debug)]
struct Taste {
    /// Kinds that have a share, and their laws.
    kinds: Vec<(usize, Gamma)>,
    /// Shares of the kinds, for laws so wide that every gamma may vanish.
    shares: Vec<f64>,
}

impl Taste {
    fn of(shares: &[f64], strength: f64) -> Self {
        let kinds = shares.iter().enumerate().filter(|&(_, &share)| share > 0.0);
        Self { kinds: kinds.map(|(kind, share)| (kind, Gamma::of(share * strength))).collect(), shares: shares.to_vec() }
    }

    /// A user's own shares around the population's, cumulated for [`pick`]; kinds without a share stay without.
    fn draw<const K: usize>(&self, stream: &mut Stream) -> [u16; K] {
        let mut drawn = [0.0f64; K];
        let mut total = 0.0;
        for &(kind, law) in &self.kinds {
            drawn[kind] = law.draw(stream);
            total += drawn[kind];
        }
        if total > 1e-200 { self.cumulated(&drawn, 65_536.0 / total) } else { self.one_kind(stream) }
    }

    #[inline]
    fn cumulated<const K: usize>(&self, drawn: &[f64; K], scale: f64) -> [u16; K] {
        let mut bounds = [u16::MAX; K];
        let last = self.kinds.last().map_or(0, |&(kind, _)| kind);
        let mut sum = 0.0;
        for (bound, share) in bounds.iter_mut().zip(drawn).take(last) {
            sum += share;
            *bound = (sum * scale + 0.5).min(65_534.0) as u16;
        }
        bounds
    }

    /// What the law tends to as its strength vanishes: a taste for one kind, chosen by share.
    fn one_kind<const K: usize>(&self, stream: &mut Stream) -> [u16; K] {
        let (uniform, mut sum) = (uniform_of(stream), 0.0);
        let below = |share: &&f64| {
            sum += **share;
            sum <= uniform
        };
        let chosen = self.shares.iter().take_while(below).count();
        let mut drawn = [0.0; K];
        let chosen = chosen.min(self.kinds.last().map_or(0, |&(kind, _)| kind));
        drawn[chosen] = 1.0;
        self.cumulated(&drawn, 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means and variances of 20,000 draws within 5 standard errors; one seed, so it fails always or never.
    #[test]
    fn gammas_have_the_mean_and_the_variance_of_their_law() {
        for shape in [0.3, 0.9, 1.0, 2.0, 8.4] {
            let draw = |i| Gamma::of(shape).draw(&mut Luck::new(3, i).stream(UserId(1), Purpose::Birth, 0));
            let draws: Vec<f64> = (0..20_000).map(draw).collect();
            let mean = draws.iter().sum::<f64>() / 2e4;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 2e4;
            assert!((mean - shape).abs() < 5.0 * (shape / 2e4).sqrt(), "{shape}: mean {mean}");
            // The fourth central moment is 3a² + 6a.
            let error = ((2.0 * shape * shape + 6.0 * shape) / 2e4).sqrt();
            assert!((variance - shape).abs() < 5.0 * error, "{shape}: variance {variance}");
        }
    }

    /// Shares of 5,000 users: mean within 5 standard errors, and never a kind without a share.
    #[test]
    fn tastes_have_the_mean_of_their_law_however_wide() {
        for strength in [1e-4, 0.5, 22.0] {
            let taste = Taste::of(&[0.5, 0.0, 0.3, 0.2], strength);
            let mut sums = [0.0; 4];
            for i in 0..5_000 {
                let bounds: [u16; 6] = taste.draw(&mut Luck::new(4, i).stream(UserId(1), Purpose::Birth, 0));
                let mut before = 0.0;
                for (sum, bound) in sums.iter_mut().zip([bounds[0], bounds[1], bounds[2], u16::MAX]) {
                    *sum += (f64::from(bound) - before) / 65_535.0 / 5e3;
                    before = f64::from(bound);
                }
            }
            for (mean, share) in sums.into_iter().zip([0.5f64, 0.0, 0.3, 0.2]) {
                let error = (share * (1.0 - share) / (strength + 1.0) / 5e3).sqrt();
                assert!((mean - share).abs() <= 5.0 * error + 1e-4, "{strength}: {mean} against {share}");
            }
        }
    }
}
