//! Whether the record stands out among its replicas.
//!
//! If the world is right, the record is one more replica, so each of them is ranked by its distance to all others, the record
//! included: the share of those as far off is then a p-value for any measure and any number of replicas (Besag & Clifford
//! 1989, *Biometrika* 76). The world was fitted to the very record, so it is never too small by chance more often than said.

use serde::Serialize;

use super::measures::Measure;
use crate::base::float::sqrt;

/// One number of a measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// What it is of.
    pub label: String,
    /// In the record.
    pub recorded: f64,
    /// Mean of the replicas.
    pub mean: f64,
    /// Bounds that hold nine of ten replicas.
    pub lo: f64,
    /// Upper bound.
    pub hi: f64,
}

impl Bin {
    /// Whether nine of ten replicas leave the record out.
    #[must_use]
    pub fn stands_out(&self) -> bool {
        self.recorded < self.lo || self.recorded > self.hi
    }
}

/// A measure of the record, held against its replicas.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Its name.
    pub name: &'static str,
    /// The same in words.
    pub title: &'static str,
    /// Whether the numbers are shares of a whole.
    pub shares: bool,
    /// Its numbers.
    pub bins: Vec<Bin>,
    /// Share that would have to lie elsewhere (total variation), or else the mean distance of the numbers.
    pub distance: f64,
    /// The same of a replica from the others: median, and the bound that nine of ten keep.
    pub usual: (f64, f64),
    /// Of as large a misfit by chance alone.
    pub p_value: f64,
}

/// The probability below which a measure does not fit.
pub const LEVEL: f64 = 0.05;

impl Measured {
    /// Whether the record stands out.
    #[must_use]
    pub fn fits(&self) -> bool {
        self.p_value > LEVEL
    }
}

/// Holds a record's numbers against those of its replicas.
pub(super) fn held(measure: &Measure, own: Vec<f64>, replicas: Vec<Vec<f64>>) -> Measured {
    let mut all = vec![own];
    all.extend(replicas);
    let sums = Sums::of(&all);
    let misfits: Vec<f64> = all.iter().map(|one| sums.misfit(one)).collect();
    let as_far = misfits[1..].iter().filter(|misfit| **misfit >= misfits[0]).count();
    let mut distances: Vec<f64> = all[1..].iter().map(|one| sums.distance(one, measure.shares)).collect();
    distances.sort_by(f64::total_cmp);
    let usual = (quantile(&distances, 0.5), quantile(&distances, 0.9));
    let bin = |(b, label): (usize, &String)| {
        let mut values: Vec<f64> = all[1..].iter().map(|one| one[b]).collect();
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let (lo, hi) = (quantile(&values, 0.05), quantile(&values, 0.95));
        Bin { label: label.clone(), recorded: all[0][b], mean, lo, hi }
    };
    Measured {
        name: measure.name,
        title: measure.title,
        shares: measure.shares,
        bins: measure.labels.iter().enumerate().map(bin).collect(),
        distance: sums.distance(&all[0], measure.shares),
        usual,
        p_value: (as_far + 1) as f64 / all.len() as f64,
    }
}

/// The order statistic at a share of (n + 1), which so many of exchangeable values keep below.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() + 1) as f64;
    // The nearest that is no narrower.
    let place = if share < 0.5 { place.floor() } else { place.ceil() };
    sorted.get((place.max(1.0) as usize - 1).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Sums over the record and its replicas, to hold each against the others.
struct Sums {
    n: f64,
    sum: Vec<f64>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(all: &[Vec<f64>]) -> Self {
        let over =
            |f: fn(f64) -> f64| (0..all[0].len()).map(|b| all.iter().map(|one| f(one[b])).sum()).collect::<Vec<f64>>();
        Self { n: all.len() as f64, sum: over(|x| x), squares: over(|x| x * x) }
    }

    /// Means of the others.
    fn others<'a>(&'a self, one: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.sum.iter().zip(one).map(|(sum, x)| (sum - x) / (self.n - 1.0).max(1.0))
    }

    /// Squared distances from the others' means in units of their variances, which a hundredth of the mean variance steadies.
    fn misfit(&self, one: &[f64]) -> f64 {
        let means: Vec<f64> = self.others(one).collect();
        let variance = |b: usize| {
            let squares = (self.squares[b] - one[b] * one[b]) / (self.n - 1.0).max(1.0);
            (squares - means[b] * means[b]).max(0.0)
        };
        let variances: Vec<f64> = (0..one.len()).map(variance).collect();
        let steady = 0.01 * variances.iter().sum::<f64>() / variances.len().max(1) as f64 + 1e-15;
        let apart = |b: usize| (one[b] - means[b]).powi(2) / (variances[b] + steady);
        sqrt((0..one.len()).map(apart).sum::<f64>())
    }

    fn distance(&self, one: &[f64], shares: bool) -> f64 {
        let sum: f64 = self.others(one).zip(one).map(|(mean, x)| (x - mean).abs()).sum();
        sum / if shares { 2.0 } else { one.len().max(1) as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure() -> Measure {
        let labels = vec!["a".to_owned(), "b".to_owned()];
        Measure { name: "m", title: "M", shares: true, labels, of: Box::new(|_| Vec::new()) }
    }

    fn replicas() -> Vec<Vec<f64>> {
        (0..39).map(|r| f64::from(r * 7 % 39) / 390.0).map(|x| vec![0.4 + x, 0.6 - x]).collect()
    }

    #[test]
    fn a_record_like_its_replicas_does_not_stand_out() {
        let found = held(&measure(), vec![0.45, 0.55], replicas());
        assert!(found.fits() && found.p_value > 0.5, "{found:?}");
        assert!(found.bins.iter().all(|bin| !bin.stands_out()));
    }

    #[test]
    fn a_record_unlike_its_replicas_stands_out_by_as_much_as_they_allow() {
        let found = held(&measure(), vec![0.8, 0.2], replicas());
        assert_eq!(found.p_value, 1.0 / 40.0);
        assert!((found.distance - 0.351).abs() < 0.002, "{}", found.distance);
        assert!(found.bins.iter().all(Bin::stands_out));
    }

    #[test]
    fn ranks_of_exchangeable_records_are_even() {
        // Each replica in turn is the record: one of forty is the farthest off.
        let all = replicas();
        let stands_out = |r: usize| {
            let others: Vec<_> = all.iter().enumerate().filter(|(i, _)| *i != r).map(|(_, one)| one.clone()).collect();
            held(&measure(), all[r].clone(), others).p_value <= 0.1
        };
        let rejected = (0..all.len()).filter(|&r| stands_out(r)).count();
        assert!((2..=4).contains(&rejected), "{rejected}");
    }
}
