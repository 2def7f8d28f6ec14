//! CUPED: outcomes less what was already known before the experiment (Deng, Xu, Kohavi & Walker 2013, *Improving the
//! sensitivity of online controlled experiments by utilizing pre-experiment data*, § 3).
//!
//! The covariate may be the same metric before exposure, or a model's own prediction of the user made before it. What
//! happens after exposure must not go in: it would take part of the effect away.

use super::summary::{Side, Summary, ratio_of};

/// Two arms with their covariate's share taken away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adjusted {
    /// Slope of the outcome on the covariate.
    pub theta: f64,
    /// Control.
    pub control: Side,
    /// Treated.
    pub treated: Side,
}

impl Adjusted {
    /// Moves both values by the same amount, so that they are what the arms would show at the covariate's mean. The
    /// baseline then is the adjusted value itself.
    #[must_use]
    pub fn centred(&self, mean: f64) -> Self {
        let side = |side: Side| Side::plain(side.n, side.value + self.theta * mean, side.variance);
        Self { theta: self.theta, control: side(self.control), treated: side(self.treated) }
    }

    /// Share of the variance that the adjustment takes away.
    #[must_use]
    pub fn variance_reduction(&self) -> f64 {
        let before = self.control.baseline_variance / self.control.n + self.treated.baseline_variance / self.treated.n;
        1.0 - (self.control.squared_error() + self.treated.squared_error()) / before
    }
}

/// Adjusts means; columns are outcome and covariate. The slope is that of both arms' rows together.
#[must_use]
pub fn means(control: &Summary<2>, treated: &Summary<2>) -> Adjusted {
    let joint = control.united(treated);
    let theta = slope(joint.covariance[0][1], joint.covariance[1][1]);
    let side = |of: &Summary<2>| Side {
        n: of.n,
        value: of.mean[0] - theta * of.mean[1],
        variance: of.along([1.0, -theta]),
        baseline: of.mean[0],
        baseline_variance: of.covariance[0][0],
        covariance: of.between([1.0, -theta], [1.0, 0.0]),
        linearised_at: of.mean[0],
    };
    Adjusted { theta, control: side(control), treated: side(treated) }
}

/// Adjusts ratios; columns are numerator and denominator, then both before the experiment. The slope is the ratio of
/// covariance to variance of the linearised ratios, added over the arms.
#[must_use]
pub fn ratios(control: &Summary<4>, treated: &Summary<4>) -> Adjusted {
    let parts = [control, treated].map(|of| {
        let (_, (post, before)) = linearised(of);
        (of.between(post, before), of.along(before))
    });
    let theta = slope(parts[0].0 + parts[1].0, parts[0].1 + parts[1].1);
    let side = |of: &Summary<4>| {
        let (values, (post, before)) = linearised(of);
        let weights: [f64; 4] = std::array::from_fn(|i| post[i] - theta * before[i]);
        Side {
            n: of.n,
            value: values.0 - theta * values.1,
            variance: of.along(weights),
            baseline: values.0,
            baseline_variance: of.along(post),
            covariance: of.between(weights, post),
            linearised_at: values.0 - theta * values.1,
        }
    };
    Adjusted { theta, control: side(control), treated: side(treated) }
}

/// Both ratios, and their gradients in the four means.
fn linearised(of: &Summary<4>) -> ((f64, f64), ([f64; 4], [f64; 4])) {
    let (post, [a, b]) = ratio_of(of.mean[0], of.mean[1]);
    let (before, [c, d]) = ratio_of(of.mean[2], of.mean[3]);
    ((post, before), ([a, b, 0.0, 0.0], [0.0, 0.0, c, d]))
}

fn slope(covariance: f64, variance: f64) -> f64 {
    if variance > 0.0 { covariance / variance } else { 0.0 }
}
