//! What a customer may be in truth, drawn from a belief, and the purchases they then make.

use libm::log;
use serde::Serialize;

/// A source of uniform numbers in (0, 1).
pub type Uniform<'a> = &'a mut dyn FnMut() -> f64;

/// The hidden traits of one customer at the end of observation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latent {
    /// Rate at which the stages of a gap are passed [1/time]; purchases come at `rate/stages`.
    pub rate: f64,
    /// How the customer leaves.
    pub leaving: Leaving,
    /// Whether they are still a customer.
    pub alive: bool,
    /// Stages of a gap \[1\]; 1 for Poisson purchases.
    pub stages: u32,
    /// Stages already passed since the last purchase \[1\].
    pub phase: u32,
}

/// How a customer leaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// After each purchase, with this probability \[1\].
    AfterPurchase(f64),
    /// At any time, at this rate [1/time].
    AtRate(f64),
}

impl Latent {
    /// Times \[time\] of the purchases within `horizon` \[time\], ascending; about `rate/stages·horizon` at most.
    pub fn purchases(&self, horizon: f64, uniform: Uniform<'_>) -> Vec<f64> {
        let (mut times, mut missing) = (Vec::new(), self.stages - self.phase);
        if !self.alive {
            return times;
        }
        let (end, p) = match self.leaving {
            Leaving::AfterPurchase(p) => (horizon, p),
            Leaving::AtRate(rate) => (horizon.min(-log(uniform()) / rate), 0.0),
        };
        let mut now = 0.0;
        loop {
            now += (0..missing).map(|_| -log(uniform()) / self.rate).sum::<f64>();
            if now.is_nan() || now > end {
                return times;
            }
            times.push(now);
            if p > 0.0 && uniform() < p {
                return times;
            }
            missing = self.stages;
        }
    }
}
