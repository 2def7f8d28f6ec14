//! How far days that nothing special happened on were off what the days before them made expect.
//!
//! A day's surprise is divided by the root of the revenue expected of it (variances of counts grow with them), which makes
//! days of different weekdays and levels comparable. Surprises that follow one another hardly hang together, since the
//! expectation takes in each; so two days differ by chance as two of those do. A change is *within noise* at a level if it
//! is no larger than so many of the past ones (split-conformal bounds: Vovk, Gammerman & Shafer 2005, *Algorithmic Learning
//! in a Random World*, § 4.1), which holds at the stated rate whatever the law, as long as days are alike. With too few days
//! for that, Student's t takes their place.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::{base::float::sqrt, study::estimate::moments};

/// Share of days without anything special that are called within noise \[1\].
pub const LEVEL: f64 = 0.95;
/// Days that a noise needs.
const FEWEST: usize = 10;

/// Surprises of the past, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Noise {
    rows: Vec<Vec<f64>>,
}

/// How far off something usually is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Standard deviation.
    pub sd: f64,
    /// What [`LEVEL`] of all stay within.
    pub reach: f64,
}

impl Noise {
    /// A past period's surprise in parts, and the money that had been expected.
    pub fn see(&mut self, parts: &[f64], expected: f64) {
        let scale = sqrt(expected.abs().max(1.0));
        self.rows.push(parts.iter().map(|part| part / scale).collect());
    }

    /// Periods seen.
    #[must_use]
    pub fn periods(&self) -> usize {
        self.rows.len()
    }

    /// Whether they are enough.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.rows.len() >= FEWEST
    }

    /// How far one part (of all, if none) of a period of so much expected money is off; with another period, how far the
    /// difference of the two, `apart` periods from each other, is.
    #[must_use]
    pub fn band(&self, part: Option<usize>, expected: f64, against: Option<(f64, usize)>) -> Option<Band> {
        let chance = self.is_known().then(|| self.chance(part, expected, against))?;
        let (_, sd) = moments(&chance);
        Some(Band { sd, reach: reach(chance, sd) })
    }

    /// Share of the past that was as far off, the period itself included \[1\].
    #[must_use]
    pub fn p_value(&self, off: f64, expected: f64, against: Option<(f64, usize)>) -> Option<f64> {
        let chance = self.is_known().then(|| self.chance(None, expected, against))?;
        let as_far = chance.iter().filter(|other| other.abs() >= off.abs()).count();
        Some((as_far + 1) as f64 / (chance.len() + 1) as f64)
    }

    /// The middle of what a period may bring beyond what is expected, at a level.
    #[must_use]
    pub fn interval(&self, expected: f64, level: f64) -> Option<(f64, f64)> {
        let mut chance = self.is_known().then(|| self.chance(None, expected, None))?;
        chance.sort_by(f64::total_cmp);
        let n = chance.len();
        let low = (((n + 1) as f64 * (1.0 - level) / 2.0).floor() as usize).clamp(1, n);
        Some((chance[low - 1], chance[n - low]))
    }

    /// What chance alone makes of the period.
    fn chance(&self, part: Option<usize>, expected: f64, against: Option<(f64, usize)>) -> Vec<f64> {
        let own = |row: &Vec<f64>| part.map_or_else(|| row.iter().sum(), |part| row.get(part).copied().unwrap_or(0.0));
        let scale = |expected: f64| sqrt(expected.abs().max(1.0));
        let values: Vec<f64> = self.rows.iter().map(own).collect();
        let n = values.len();
        let other = |place: usize| {
            let Some((expected, apart)) = against else { return 0.0 };
            // The record's end is joined to its beginning, so that every day is in as many pairs.
            let apart = if apart % n == 0 { 1 } else { apart % n };
            values[(place + n - apart) % n] * scale(expected)
        };
        (0..n).map(|place| values[place] * scale(expected) - other(place)).collect()
    }
}

/// The smallest distance that so many of n + 1 exchangeable values keep within.
fn reach(chance: Vec<f64>, sd: f64) -> f64 {
    let n = chance.len();
    let rank = ((n + 1) as f64 * LEVEL).ceil() as usize;
    // With few values their largest says nothing steady.
    if rank > n || n < 40 {
        let student = StudentsT::new(0.0, 1.0, (n - 1) as f64).map_or(2.0, |law| law.inverse_cdf(0.5 + LEVEL / 2.0));
        return student * sd * sqrt(1.0 + 1.0 / n as f64);
    }
    let mut far: Vec<f64> = chance.into_iter().map(f64::abs).collect();
    far.sort_by(f64::total_cmp);
    far[rank - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    /// Of 2,000 sets of 60 days of a skew law, the 61st against the 60th stays within in 95%: 93.5% to 96.5% (three
    /// standard errors). One seed.
    #[test]
    fn chance_stays_within_at_its_rate() {
        let luck = Luck::new(8, 0);
        let draw = |set: u64, day: u32| {
            let normal = normal_quantile(uniform(luck.block(UserId(set), Purpose::Fit, day)[0]));
            crate::base::float::exp(0.8 * normal) - 1.4
        };
        let within = (0..2_000u64).filter(|&set| {
            let mut noise = Noise::default();
            (0..60).for_each(|day| noise.see(&[draw(set, day)], 1.0));
            let band = noise.band(None, 1.0, Some((1.0, 1))).unwrap();
            (draw(set, 61) - draw(set, 60)).abs() <= band.reach
        });
        let share = within.count() as f64 / 2_000.0;
        assert!((0.935..0.965).contains(&share), "{share}");
    }

    #[test]
    fn little_history_has_no_noise_to_tell() {
        let mut noise = Noise::default();
        (0..FEWEST - 1).for_each(|_| noise.see(&[1.0, 2.0], 100.0));
        assert_eq!((noise.band(None, 100.0, None), noise.interval(100.0, 0.8)), (None, None));
        noise.see(&[1.0, 2.0], 100.0);
        assert!(noise.band(Some(1), 100.0, None).is_some_and(|band| band.sd < 1e-12));
    }
}
