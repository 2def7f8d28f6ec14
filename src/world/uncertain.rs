//! A number that is not known exactly: its law is drawn from once a world, so that projections carry it.

use rand_distr::{Beta, Distribution, LogNormal, Normal};
use serde::{Deserialize, Serialize};

use crate::base::{
    luck::Stream,
    units::{NonNegative, Positive, Probability},
};

/// A number, or a law that stands for what is not known about it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Uncertain {
    /// Known.
    Exactly(f64),
    /// A share, as if seen in `n` trials.
    Beta {
        /// Its mean.
        mean: Probability,
        /// Weight of the evidence \[trials\].
        n: Positive,
    },
    /// A number with an error.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        sd: NonNegative,
    },
    /// A multiple with an error.
    LogNormal {
        /// Its mean.
        mean: Positive,
        /// Standard deviation of its logarithm.
        sigma: NonNegative,
    },
}

impl Uncertain {
    /// What is expected.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        match self {
            Self::Exactly(value) | Self::Normal { mean: value, .. } => *value,
            Self::Beta { mean, .. } => mean.value(),
            Self::LogNormal { mean, .. } => mean.value(),
        }
    }

    /// One possible value.
    #[must_use]
    pub fn draw(&self, stream: &mut Stream) -> f64 {
        let drawn = match *self {
            Self::Exactly(value) => Some(value),
            Self::Beta { mean, n } => {
                let (yes, no) = (mean.value() * n.value(), (1.0 - mean.value()) * n.value());
                Beta::new(yes, no).ok().map(|law| law.sample(stream))
            }
            Self::Normal { mean, sd } => Normal::new(mean, sd.value()).ok().map(|law| law.sample(stream)),
            Self::LogNormal { mean, sigma } => {
                let centre = mean.value().ln() - sigma.value().powi(2) / 2.0;
                LogNormal::new(centre, sigma.value()).ok().map(|law| law.sample(stream))
            }
        };
        // A law of no width (a share of exactly 0 or 1) is its mean.
        drawn.unwrap_or_else(|| self.mean())
    }

    /// In the words of an assumption.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Exactly(value) => format!("exactly {value}"),
            Self::Beta { mean, n } => format!("{}, as sure as {} trials would make it", mean.value(), n.value()),
            Self::Normal { mean, sd } => format!("{mean} ± {} (sd)", sd.value()),
            Self::LogNormal { mean, sigma } => format!("{}, give or take a factor e^{}", mean.value(), sigma.value()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose},
        units::UserId,
    };

    /// Mean of 4,000 draws within 4 standard errors; one seed.
    #[test]
    fn draws_have_the_mean_they_promise() {
        let beta = Uncertain::Beta { mean: Probability::new(0.8).unwrap(), n: Positive::new(20.0).unwrap() };
        let log = Uncertain::LogNormal { mean: Positive::new(1.4).unwrap(), sigma: NonNegative::new(0.2).unwrap() };
        for law in
            [beta, log, Uncertain::Exactly(3.0), Uncertain::Normal { mean: 2.0, sd: NonNegative::new(0.5).unwrap() }]
        {
            let draws: Vec<f64> =
                (0..4_000).map(|i| law.draw(&mut Luck::new(1, i).stream(UserId(0), Purpose::Effect, 0))).collect();
            let mean = draws.iter().sum::<f64>() / 4_000.0;
            let sd = (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 4_000.0).sqrt();
            assert!((mean - law.mean()).abs() <= 4.0 * sd / 4_000f64.sqrt() + 1e-12, "{law:?}: {mean}");
        }
    }
}
