//! Whether a few extreme users decide the result.

use serde::Serialize;

use super::{
    difference::{Asked, Effect, Form, compare},
    summary::{Side, Summary},
};

/// Share of users whose values are pulled in at each end.
const WINSORISED: f64 = 0.001;
/// Shift by one user, in standard errors, that is told.
const TOLD: f64 = 0.5;

/// The effect without the most extreme user, and with extreme values pulled in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sensitivity {
    /// The most extreme value.
    pub value: f64,
    /// Whether it is in the treated arm.
    pub treated: bool,
    /// The effect with it.
    pub with: f64,
    /// The effect without it.
    pub without: Effect,
    /// The effect with values beyond the 0.1% and 99.9% quantiles of both arms pulled in to these.
    pub winsorised: Effect,
}

impl Sensitivity {
    /// Whether one user moves the effect by more than half a standard error, or turns what is significant.
    #[must_use]
    pub fn is_large(&self, effect: &Effect) -> bool {
        (self.with - self.without.estimate).abs() > TOLD * self.without.se
            || effect.excludes_zero() != self.without.excludes_zero()
    }
}

/// Leaves the most extreme user out; none with too few values.
#[must_use]
pub fn sensitivity(control: &[f64], treated: &[f64], alpha: f64) -> Option<Sensitivity> {
    let asked = Asked::two_sided(Form::Absolute, alpha);
    let effect =
        |c: &[f64], t: &[f64]| compare(&Side::mean(&Summary::of_values(c)), &Side::mean(&Summary::of_values(t)), asked);
    let all: Vec<f64> = control.iter().chain(treated).copied().collect();
    let middle = all.iter().sum::<f64>() / all.len() as f64;
    let far = |value: f64| (value - middle).abs();
    let place = (0..all.len()).reduce(|best, i| if far(all[i]) > far(all[best]) { i } else { best })?;
    let is_treated = place >= control.len();
    let dropped = |values: &[f64], place: usize| [&values[..place], &values[place + 1..]].concat();
    let without = if is_treated {
        effect(control, &dropped(treated, place - control.len()))
    } else {
        effect(&dropped(control, place), treated)
    };
    let (lo, hi) = ends(all.clone());
    let pulled = |values: &[f64]| values.iter().map(|value| value.clamp(lo, hi)).collect::<Vec<f64>>();
    Some(Sensitivity {
        value: all[place],
        treated: is_treated,
        with: effect(control, treated)?.estimate,
        without: without?,
        winsorised: effect(&pulled(control), &pulled(treated))?,
    })
}

fn ends(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    let place = (WINSORISED * last as f64).ceil() as usize;
    (values[place.min(last)], values[last - place.min(last)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_extreme_user_is_found_and_told() {
        let control: Vec<f64> = (0..500).map(|i| f64::from(i % 7)).chain([5_000.0]).collect();
        let treated: Vec<f64> = (0..501).map(|i| f64::from(i % 7)).collect();
        let found = sensitivity(&control, &treated, 0.05).unwrap();
        assert_eq!((found.value, found.treated), (5_000.0, false));
        assert!(found.with < -9.0 && found.without.estimate.abs() < 0.1, "{found:?}");
        let effect = Effect { estimate: found.with, se: 10.0, lo: -30.0, hi: 10.0, p_value: 0.3, freedom: 500.0 };
        assert!(found.is_large(&effect));
    }
}
