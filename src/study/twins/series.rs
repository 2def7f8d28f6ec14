//! Forecasts that look at totals alone: what a forecast of users must not be worse than.
//!
//! - *last*: every week as the last one; where there is a year of weeks, as the same week a year ago (seasonal naive).
//! - *moving average*: every week as the mean of the last eight.
//! - *ets*: exponential smoothing with additive errors and no trend, a trend or a damped trend, chosen by the corrected
//!   information criterion (Hyndman, Koehler, Ord & Snyder 2008, *Forecasting with Exponential Smoothing*, §§ 2.5, 7.2).

use crate::base::float::log;

/// Goes on with totals for so many weeks.
pub type Series = fn(&[f64], usize) -> Vec<f64>;

/// Forecasts of totals, by name.
pub const KINDS: [(&str, Series); 3] = [("seasonal_naive", naive), ("moving_average", moving_average), ("ets", ets)];

/// Weeks in a year.
const YEAR: usize = 52;
/// Weeks that the moving average looks back on.
const WINDOW: usize = 8;

/// The same week a year ago, or else the last one.
#[must_use]
pub fn naive(weeks: &[f64], ahead: usize) -> Vec<f64> {
    let season = if weeks.len() >= YEAR { YEAR } else { 1 };
    (0..ahead).map(|week| weeks[weeks.len() - season + week % season]).collect()
}

/// The mean of the last weeks.
#[must_use]
pub fn moving_average(weeks: &[f64], ahead: usize) -> Vec<f64> {
    let last = &weeks[weeks.len().saturating_sub(WINDOW)..];
    vec![last.iter().sum::<f64>() / last.len().max(1) as f64; ahead]
}

/// How much of an error moves the level and the trend, and what a week keeps of the trend.
#[derive(Clone, Copy, Debug)]
struct Smoothing {
    level: f64,
    trend: f64,
    keeps: f64,
}

/// Level and trend at the end, and the sum of squared errors of one week ahead.
fn smoothed(weeks: &[f64], by: Smoothing) -> (f64, f64, f64) {
    let few = weeks.len().min(4);
    let start = weeks[..few].iter().sum::<f64>() / few as f64;
    let (mut level, mut trend, mut squares) = (start, 0.0, 0.0);
    for week in weeks {
        let error = week - level - by.keeps * trend;
        squares += error * error;
        level += by.keeps * trend + by.level * error;
        trend = by.keeps * trend + by.trend * error;
    }
    (level, trend, squares)
}

/// The best smoothing of those that a grid holds.
#[must_use]
pub fn ets(weeks: &[f64], ahead: usize) -> Vec<f64> {
    let n = weeks.len() as f64;
    let mut best: Option<(f64, Smoothing)> = None;
    for (keeps, parameters) in [(0.0, 3.0), (1.0, 5.0), (0.8, 6.0), (0.9, 6.0), (0.95, 6.0)] {
        for by in grid(keeps) {
            let squares = smoothed(weeks, by).2.max(1e-12);
            let correction = 2.0 * parameters * (parameters + 1.0) / (n - parameters - 1.0).max(0.5);
            let criterion = n * log(squares / n) + 2.0 * parameters + correction;
            if best.is_none_or(|(least, _)| criterion < least) {
                best = Some((criterion, by));
            }
        }
    }
    let Some((_, by)) = best else { return moving_average(weeks, ahead) };
    let (mut level, mut trend, _) = smoothed(weeks, by);
    let next = |_| {
        trend *= by.keeps;
        level += trend;
        level.max(0.0)
    };
    (0..ahead).map(next).collect()
}

/// Ways to smooth that forget at the same pace; without a trend there is nothing to keep.
fn grid(keeps: f64) -> Vec<Smoothing> {
    let steps = |from: u32, to: u32| (from..=to).map(|step| f64::from(step) / 20.0);
    if keeps == 0.0 {
        return steps(1, 20).map(|level| Smoothing { level, trend: 0.0, keeps }).collect();
    }
    let pairs = steps(1, 20).flat_map(|level| steps(0, 10).map(move |share| (level, share * level)));
    pairs.map(|(level, trend)| Smoothing { level, trend, keeps }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_gone_on_with_and_a_level_kept() {
        let line: Vec<f64> = (0..30).map(|week| 100.0 + 5.0 * f64::from(week)).collect();
        let ahead = ets(&line, 4);
        assert!((ahead[3] - 265.0).abs() < 12.0, "{ahead:?}");
        let noise = |week: u32| if week.is_multiple_of(2) { 9.0 } else { -9.0 };
        let level: Vec<f64> = (0..40).map(|week| 200.0 + noise(week)).collect();
        let ahead = ets(&level, 10);
        assert!(ahead.iter().all(|week| (week - 200.0).abs() < 4.0), "{ahead:?}");
        assert_eq!(moving_average(&level, 1), [200.0]);
    }

    #[test]
    fn a_year_of_weeks_is_repeated() {
        let weeks: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(naive(&weeks, 2), [8.0, 9.0]);
        assert_eq!(naive(&weeks[..10], 2), [9.0, 9.0]);
    }
}
