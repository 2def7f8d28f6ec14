//! What the purchase-count models know of a customer: how many repeat purchases, the last one when, watched how long.

use libm::{lgamma, log};
use serde::Serialize;

use super::error::SummaryError;

/// Longest time that is taken.
const LONGEST: f64 = 1e12;

/// Repeat purchases of one customer; the first purchase is the origin of time. The unit of time is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Purchases {
    pub(super) repeats: u32,
    pub(super) recency: f64,
    pub(super) age: f64,
    pub(super) log_gaps: Option<f64>,
}

impl Purchases {
    /// A customer who has just bought for the first time.
    pub const NEW: Self = Self { repeats: 0, recency: 0.0, age: 0.0, log_gaps: None };

    /// `x` repeat purchases, the last one `t_x` \[time\] after the first purchase (0 if none), watched for `T` \[time\].
    ///
    /// # Errors
    /// If a time is negative, not finite or above 1e12, `recency` exceeds `age` (by more than rounding), or there is a
    /// recency without repeats.
    pub fn new(repeats: u32, recency: f64, age: f64) -> Result<Self, SummaryError> {
        let recency = time("recency", recency)?;
        let age = time("age", age)?;
        if recency > age * (1.0 + 1e-9) {
            return Err(SummaryError::Order { recency, age });
        }
        if repeats == 0 && recency > 0.0 {
            return Err(SummaryError::NoRepeats(recency));
        }
        Ok(Self { repeats, recency: recency.min(age), age, log_gaps: None })
    }

    /// From the times \[time\] of all purchases, first one included, ascending, and the end of observation. Purchases at
    /// the same time count once.
    ///
    /// # Errors
    /// As [`Purchases::new`]; an empty history is one without repeats and of age 0.
    pub fn from_times(times: &[f64], until: f64) -> Result<Self, SummaryError> {
        let gaps: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).filter(|&gap| gap != 0.0).collect();
        let [Some(first), Some(last)] = [times.first(), times.last()] else { return Ok(Self::NEW) };
        let it = Self::new(gaps.len() as u32, last - first, until - first)?;
        it.with_log_gaps(gaps.iter().map(|&gap| log(gap)).sum())
    }

    /// With the sum of the natural logarithms of the gaps between purchases \[ln time\], which tell how regular a
    /// customer is. Only models of regularity look at it.
    ///
    /// # Errors
    /// If it is not finite.
    pub fn with_log_gaps(self, sum: f64) -> Result<Self, SummaryError> {
        if sum.is_finite() { Ok(Self { log_gaps: Some(sum), ..self }) } else { Err(SummaryError::LogGaps(sum)) }
    }

    /// Repeat purchases, `x` \[1\].
    #[must_use]
    pub fn repeats(&self) -> u32 {
        self.repeats
    }

    /// Time from the first purchase to the last, `t_x`.
    #[must_use]
    pub fn recency(&self) -> f64 {
        self.recency
    }

    /// Time from the first purchase to the end of observation, `T`.
    #[must_use]
    pub fn age(&self) -> f64 {
        self.age
    }

    /// By how much the gaps alone speak for Erlang gaps of shape `k`, against exponential ones \[nat\], less the terms
    /// that the purchase rate is in. Without the gaps, by how much their sum does.
    pub(super) fn regularity(&self, k: u32) -> f64 {
        let (x, more) = (f64::from(self.repeats), f64::from(k - 1));
        if self.repeats == 0 || k == 1 || self.age == 0.0 {
            return 0.0;
        }
        if let Some(sum) = self.log_gaps {
            return more * sum - x * lgamma(f64::from(k));
        }
        // Several purchases at one instant are as good as never regular, but not quite.
        let apart = self.recency.max(1e-6 * self.age);
        more * x * log(apart) - lgamma(f64::from(k) * x) + lgamma(x)
    }
}

fn time(field: &'static str, value: f64) -> Result<f64, SummaryError> {
    if (0.0..=LONGEST).contains(&value) { Ok(value) } else { Err(SummaryError::Time { field, value }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        let refusals = [
            (Purchases::new(1, 5.0, 4.0), "recency must not exceed age (4), but is 5"),
            (Purchases::new(1, -1.0, 4.0), "recency must be a time between 0 and 1e12, but is -1"),
            (Purchases::new(0, 1.0, 4.0), "recency must be 0 for a customer without repeat purchases, but is 1"),
            (Purchases::new(0, 0.0, f64::NAN), "age must be a time between 0 and 1e12, but is NaN"),
        ];
        for (refused, reason) in refusals {
            assert_eq!(refused.unwrap_err().to_string(), reason);
        }
        assert_eq!(Purchases::new(2, 4.000_000_001, 4.0).unwrap().recency(), 4.0);
    }

    #[test]
    fn a_summary_is_taken_from_the_times() {
        let it = Purchases::from_times(&[3.0, 4.0, 4.0, 6.0], 10.0).unwrap();
        assert_eq!((it.repeats(), it.recency(), it.age()), (2, 3.0, 7.0));
        assert_eq!(it.log_gaps, Some(std::f64::consts::LN_2));
        assert_eq!(Purchases::from_times(&[], 10.0).unwrap(), Purchases::NEW);
    }
}
