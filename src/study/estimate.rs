//! A number with its interval.

use serde::{Deserialize, Deserializer, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// An estimate and the interval that holds it at its level. Without enough data to say, the ends are none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// What is expected; no number where nothing was seen.
    #[serde(deserialize_with = "number_or_none")]
    pub mean: f64,
    /// Lower end.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Share of cases that the interval holds \[1\].
    pub level: f64,
}

impl Estimate {
    /// What one more world would show, given some: `mean ± t·s·√(1 + 1/n)`, with Student's t of n−1 degrees of freedom
    /// (Hahn & Meeker 1991, *Statistical Intervals*, §4.7). It carries the worlds' luck and the drawn effects.
    #[must_use]
    pub fn of_one_more(worlds: &[f64], level: f64) -> Self {
        let (mean, sd) = moments(worlds);
        let n = worlds.len() as f64;
        let reach = student(n - 1.0).map(|law| law.inverse_cdf(0.5 + level / 2.0) * sd * (1.0 + 1.0 / n).sqrt());
        Self { mean, lo: reach.map(|r| mean - r), hi: reach.map(|r| mean + r), level }
    }

    /// The same numbers times a factor above 0.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        Self { mean: self.mean * factor, lo: self.lo.map(|v| v * factor), hi: self.hi.map(|v| v * factor), ..*self }
    }
}

/// A number that JSON may hold as `null`, having no other word for what is none.
///
/// # Errors
/// Whatever is neither.
pub fn number_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

/// The same for a list.
///
/// # Errors
/// Whatever is no list of such numbers.
pub fn numbers_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let numbers: Vec<Option<f64>> = Vec::deserialize(from)?;
    Ok(numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect())
}

/// Probability that one more world would show more than 0.
#[must_use]
pub fn probability_above_zero(worlds: &[f64]) -> f64 {
    let (mean, sd) = moments(worlds);
    let n = worlds.len() as f64;
    match student(n - 1.0) {
        Some(law) if sd > 0.0 => law.cdf(mean / (sd * (1.0 + 1.0 / n).sqrt())),
        _ if mean > 0.0 => 1.0,
        _ if mean < 0.0 => 0.0,
        _ => 0.5,
    }
}

fn student(freedom: f64) -> Option<StudentsT> {
    (freedom >= 1.0).then(|| StudentsT::new(0.0, 1.0, freedom).ok()).flatten()
}

/// Mean and standard deviation (n−1); the latter is 0 for a single number.
#[must_use]
pub fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    /// Of 4,000 sets of twelve normal worlds, 80% ± 2.5% (4 standard errors) hold the thirteenth; one seed.
    #[test]
    fn an_interval_holds_the_next_world_at_its_level() {
        let luck = Luck::new(3, 0);
        let normal = |set: u64, i: u32| normal_quantile(uniform(luck.block(UserId(set), Purpose::Fit, i)[0]));
        let held = (0..4_000u64).filter(|&set| {
            let worlds: Vec<f64> = (0..12).map(|i| normal(set, i)).collect();
            let estimate = Estimate::of_one_more(&worlds, 0.8);
            let next = normal(set, 12);
            estimate.lo.is_some_and(|lo| lo <= next) && estimate.hi.is_some_and(|hi| next <= hi)
        });
        let share = held.count() as f64 / 4_000.0;
        assert!((share - 0.8).abs() < 0.025, "{share}");
    }

    #[test]
    fn what_is_no_number_comes_back_from_json_as_none() {
        let unseen = Estimate { mean: f64::NAN, lo: None, hi: None, level: 0.8 };
        let back: Estimate = serde_json::from_str(&serde_json::to_string(&unseen).unwrap()).unwrap();
        assert!(back.mean.is_nan() && back.lo.is_none());
        let seen = Estimate { mean: 0.1, lo: Some(0.0), hi: Some(0.3), level: 0.8 };
        assert_eq!(serde_json::from_str::<Estimate>(&serde_json::to_string(&seen).unwrap()).unwrap(), seen);
    }

    #[test]
    fn one_world_gives_no_interval() {
        let estimate = Estimate::of_one_more(&[3.0], 0.8);
        assert_eq!((estimate.mean, estimate.lo, estimate.hi), (3.0, None, None));
    }
}
