//! The Gamma law, drawn from a user's own luck. `libm`'s functions give the same bits on every machine.

use super::{
    float::{exp, log, normal_quantile, sqrt},
    luck::Stream,
};

/// A Gamma law of scale 1, ready for drawing: the squeeze of Marsaglia & Tsang 2000, *A simple method for generating
/// gamma variables* (ACM TOMS 26, 363–372), §4; a shape below 1 is drawn as one above and multiplied by U^(1/shape).
#[derive(Clone, Copy, Debug)]
pub struct Gamma {
    shape: f64,
    /// Shape less a third, of the law that is drawn from.
    d: f64,
    /// 1/√(9d).
    c: f64,
}

impl Gamma {
    /// Of a shape above 0.
    #[must_use]
    pub fn of(shape: f64) -> Self {
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        Self { shape, d, c: 1.0 / sqrt(9.0 * d) }
    }

    /// A variate divided by the shape.
    #[must_use]
    pub fn of_mean_one(self, stream: &mut Stream) -> f64 {
        self.draw(stream) / self.shape
    }

    /// A variate.
    #[inline]
    #[must_use]
    pub fn draw(self, stream: &mut Stream) -> f64 {
        let drawn = self.d * self.cube(stream);
        if self.shape < 1.0 { drawn * exp(log(stream.uniform()) / self.shape) } else { drawn }
    }

    /// v of the paper: accepted nearly always by the squeeze, else by the law itself.
    #[inline]
    fn cube(self, stream: &mut Stream) -> f64 {
        loop {
            let x = normal_quantile(stream.uniform());
            let root = 1.0 + self.c * x;
            let v = root * root * root;
            let u = stream.uniform();
            let squeezed = u < 1.0 - 0.0331 * (x * x) * (x * x);
            if root > 0.0 && (squeezed || log(u) < 0.5 * x * x + self.d * (1.0 - v + log(v))) {
                return v;
            }
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
}
