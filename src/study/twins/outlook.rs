//! What each recorded user will do: their possible selves averaged in closed form, and their luck drawn.
//!
//! A twin buys at a constant rate [1/day of operational time] until they leave, so given who they are, purchases within a
//! horizon are Poisson: P(none) = exp(−m). Averaging that over draws of the persona leaves only the draws' own scatter.

use rayon::prelude::*;
use serde::Serialize;

use super::{Cast, Twins};
use crate::{
    base::{
        float::{exp, log, normal_quantile, sqrt},
        luck::{Luck, Purpose, Stream},
        time::DAY,
        units::UserId,
    },
    world::{busy::mean_level, founder::Founder, stage::Stage},
};

/// Levels of all intervals of a forecast \[1\].
pub const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// One possible self of a user.
#[derive(Clone, Copy, Debug, Default)]
struct Draw {
    /// Purchases [1/day of operational time]; 0 if they have left.
    rate: f32,
    /// Until they leave \[operational day\].
    stays: f32,
    /// Mean of a purchase [minor unit], and spread of its logarithm.
    amount: (f32, f32),
}

/// Draws of all users, by user.
#[derive(Debug)]
pub struct Outlooks {
    draws: Vec<Draw>,
    casts: usize,
    taken: usize,
}

/// An interval at each of [`LEVELS`].
pub type Bands = [(f64, f64); 3];

/// What a user will do within the horizon.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// Who.
    #[serde(skip)]
    pub user: UserId,
    /// Probability that they are still there at the record's end \[1\].
    pub p_there: f64,
    /// Purchases expected, and intervals.
    pub purchases: (f64, Bands),
    /// Probability of at least one \[1\].
    pub p_purchase: f64,
    /// Half of the possible selves will have bought by then \[day\]; none if fewer ever do.
    pub median_days_to_next: Option<f64>,
    /// Revenue expected within the horizon, and intervals [minor unit].
    pub revenue: (f64, Bands),
    /// Revenue expected within 365 days [minor unit].
    pub revenue_year: f64,
}

/// Futures drawn of each possible self.
const FUTURES: usize = 8;
/// Longest time to the next purchase that is looked for \[operational day\].
const LONGEST: f64 = 3_650.0;

impl Outlooks {
    /// Room for the draws of so many casts.
    #[must_use]
    pub fn of(twins: &Twins, casts: usize) -> Self {
        Self { draws: vec![Draw::default(); twins.users() * casts], casts, taken: 0 }
    }

    /// Takes down who everybody is in one more cast.
    pub fn take(&mut self, cast: &Cast) {
        let (stage, spending) = (&cast.stage, &cast.stage.rhythm().spending);
        let dear = mean_level(spending.level.value(), spending.week_keep.value(), stage.days - stage.launch);
        for founder in &cast.founders.users {
            if let Some(draw) = self.draws.get_mut(founder.model as usize * self.casts + self.taken) {
                *draw = Draw::of(founder, stage, dear);
            }
        }
        self.taken += 1;
    }

    /// What everybody will do.
    #[must_use]
    pub fn told(&self, twins: &Twins) -> Vec<Outlook> {
        let luck = Luck::new(twins.scenario.seed, 0);
        let rhythm = twins.stage.rhythm();
        let ahead = |days: u32| {
            let (launch, stage) = (twins.stage.launch, &twins.stage);
            let level = mean_level(rhythm.level.value(), rhythm.week_keep.value(), days);
            (stage.activity(launch + days, 0.0) - stage.activity(launch, 0.0)) * level
        };
        let (horizon, year) = (ahead(twins.scenario.clock.horizon_days), ahead(365));
        let one = |(index, draws): (usize, &[Draw])| {
            let stream = luck.stream(super::twin(twins.user(index)), Purpose::Future, u32::MAX);
            Reader { draws: &draws[..self.taken], horizon, year }.outlook(twins.user(index), stream)
        };
        self.draws.par_chunks(self.casts.max(1)).enumerate().map(one).collect()
    }
}

impl Draw {
    fn of(founder: &Founder, stage: &Stage, dear: f64) -> Self {
        let persona = &founder.persona;
        let tenure = stage.hazard.tenure(usize::from(persona.segment), founder.stands);
        let launch = f64::from(stage.launch) - f64::from(founder.born) / DAY as f64;
        let amount = &persona.amount;
        Self {
            rate: (persona.gap.rate() * persona.purchase.pays()) as f32,
            stays: (tenure - launch).clamp(0.0, 1e9) as f32,
            amount: ((amount.mean_minor() * dear) as f32, amount.sigma() as f32),
        }
    }

    /// Purchases expected within a time.
    fn purchases(&self, within: f64) -> f64 {
        f64::from(self.rate) * f64::from(self.stays).min(within)
    }
}

struct Reader<'a> {
    draws: &'a [Draw],
    horizon: f64,
    year: f64,
}

impl Reader<'_> {
    fn outlook(&self, user: UserId, mut stream: Stream) -> Outlook {
        let (mut counts, mut sums) = (Vec::new(), Vec::new());
        for draw in self.draws {
            for _ in 0..FUTURES {
                let (count, sum) = future(draw, self.horizon, &mut stream);
                counts.push(count);
                sums.push(sum);
            }
        }
        counts.sort_by(f64::total_cmp);
        sums.sort_by(f64::total_cmp);
        let worth = |within: f64| self.mean(|draw| draw.purchases(within) * f64::from(draw.amount.0));
        Outlook {
            user,
            p_there: self.mean(|draw| f64::from(draw.rate > 0.0)),
            purchases: (self.mean(|draw| draw.purchases(self.horizon)), bands(&counts)),
            p_purchase: self.bought_by(self.horizon),
            median_days_to_next: self.median(),
            revenue: (worth(self.horizon), bands(&sums)),
            revenue_year: worth(self.year),
        }
    }

    fn mean(&self, of: impl Fn(&Draw) -> f64) -> f64 {
        self.draws.iter().map(of).sum::<f64>() / self.draws.len().max(1) as f64
    }

    /// Probability of a purchase within a time.
    fn bought_by(&self, within: f64) -> f64 {
        self.mean(|draw| 1.0 - exp(-draw.purchases(within)))
    }

    /// By bisection.
    fn median(&self) -> Option<f64> {
        if self.bought_by(LONGEST) < 0.5 {
            return None;
        }
        let (mut low, mut high) = (0.0, LONGEST);
        while high - low > 0.01 {
            let middle = f64::midpoint(low, high);
            *(if self.bought_by(middle) < 0.5 { &mut low } else { &mut high }) = middle;
        }
        Some(high)
    }
}

/// Purchases and revenue of one future.
fn future(draw: &Draw, horizon: f64, stream: &mut Stream) -> (f64, f64) {
    let mean = draw.purchases(horizon);
    if mean <= 0.0 {
        return (0.0, 0.0);
    }
    let count = crate::base::luck::poisson(mean, stream.uniform()) as f64;
    let (amount, sigma) = (f64::from(draw.amount.0), f64::from(draw.amount.1));
    if count > MANY {
        // So many purchases add up to a nearly normal sum.
        let cv = sqrt(exp(sigma * sigma) - 1.0);
        return (count, (amount * (count + sqrt(count) * cv * normal_quantile(stream.uniform()))).max(0.0));
    }
    let middle = log(amount.max(1e-9)) - sigma * sigma / 2.0;
    let sum = (0..count as u32).map(|_| exp(middle + sigma * normal_quantile(stream.uniform()))).sum();
    (count, sum)
}

/// Purchases that are drawn one by one.
const MANY: f64 = 50.0;

/// Intervals of sorted values.
fn bands(sorted: &[f64]) -> Bands {
    LEVELS.map(|level| (quantile(sorted, (1.0 - level) / 2.0), quantile(sorted, 0.5 + level / 2.0)))
}

/// Of sorted values, by interpolation (type 7 of Hyndman & Fan 1996, *The American Statistician* 50).
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * sorted.len().saturating_sub(1) as f64;
    let (low, share) = (place.floor(), place - place.floor());
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or_default();
    at(low) + share * (at((low + 1.0).min(sorted.len().saturating_sub(1) as f64)) - at(low))
}
