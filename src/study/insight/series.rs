//! Daily figures of a population, with the noise of each day: what sudden breaks are looked for in.

use super::{comparable::STRATA, dimension::Dimension, facts::Facts, interval::quantile};
use crate::base::{float::sqrt, time::weekday};

/// What is followed from day to day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Share of sessions that pay, against comparable sessions of the whole record.
    Paying,
    /// Sessions.
    Coming,
    /// New users.
    Arriving,
}

impl Step {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paying => "share of sessions that pay",
            Self::Coming => "sessions",
            Self::Arriving => "new users",
        }
    }
}

/// A population: everybody, or a group of a dimension.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Population {
    /// Places of the dimension and of its group; none: everybody.
    pub group: Option<(usize, usize)>,
}

/// One figure, day by day.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What.
    pub step: Step,
    /// Of whom.
    pub population: Population,
    /// Sum on each day: payments above those expected, sessions, new users.
    pub sums: Vec<f64>,
    /// What the sum is over: sessions; or, of counts, how busy the weekday is.
    pub over: Vec<f64>,
    /// Variance of each sum.
    pub variances: Vec<f64>,
    /// Sessions on each day, or new users.
    pub counts: Vec<f64>,
    /// Sessions that paid on each day.
    pub paid: Vec<f64>,
}

/// Mean count a day that a series needs.
const FEWEST_A_DAY: f64 = 3.0;

/// Mean variance of paying that a series needs: of a share of 1% or 99%.
const LEAST_VARIANCE: f64 = 0.01;

/// All series that a history has enough of.
#[must_use]
pub fn all(facts: &Facts, dimensions: &[Dimension], strata: &[u8]) -> Vec<Series> {
    let (first, days) = facts.followed();
    let expected = expected(facts, strata);
    let mut series = vec![
        Series::new(Step::Paying, None, days),
        Series::new(Step::Coming, None, days),
        Series::new(Step::Arriving, None, days),
    ];
    let mut places: Vec<Vec<usize>> = Vec::new();
    for (place, dimension) in dimensions.iter().enumerate() {
        let some = !dimension.is_calendar && !dimension.is_stage();
        places.push(if some { vec![series.len(); dimension.groups.len()] } else { Vec::new() });
        if some {
            for group in 0..dimension.groups.len() {
                places[place][group] = series.len();
                series.push(Series::new(Step::Paying, Some((place, group)), days));
                series.push(Series::new(Step::Coming, Some((place, group)), days));
            }
        }
    }
    for (visit, stratum) in facts.visits.iter().zip(strata) {
        let Some(day) = usize::try_from(visit.day - first).ok().filter(|&day| day < days) else { continue };
        let (paid, share) = (f64::from(visit.paid > 0), expected[usize::from(*stratum)]);
        let mut at = vec![0];
        for (dimension, places) in dimensions.iter().zip(&places).filter(|(_, places)| !places.is_empty()) {
            at.extend(dimension.group(facts, visit).map(|group| places[group]));
        }
        for place in at {
            series[place].meet(day, paid, share);
            series[place + 1].come(day, paid);
        }
        if visit.number == 0 {
            series[2].come(day, paid);
        }
    }
    series.retain_mut(|series| series.settle(first));
    series
}

/// Share that pays in each stratum over the whole record.
fn expected(facts: &Facts, strata: &[u8]) -> [f64; STRATA] {
    let mut sums = [(0.5, 1.0); STRATA];
    for (visit, stratum) in facts.visits.iter().zip(strata) {
        let sum = &mut sums[usize::from(*stratum)];
        *sum = (sum.0 + f64::from(visit.paid > 0), sum.1 + 1.0);
    }
    sums.map(|(paid, all)| paid / all)
}

impl Series {
    fn new(step: Step, group: Option<(usize, usize)>, days: usize) -> Self {
        let none = || vec![0.0; days];
        Self {
            step,
            population: Population { group },
            sums: none(),
            over: none(),
            variances: none(),
            counts: none(),
            paid: none(),
        }
    }

    fn meet(&mut self, day: usize, paid: f64, share: f64) {
        self.sums[day] += paid - share;
        self.over[day] += 1.0;
        self.variances[day] += share * (1.0 - share);
        self.counts[day] += 1.0;
        self.paid[day] += paid;
    }

    fn come(&mut self, day: usize, paid: f64) {
        self.sums[day] += 1.0;
        self.counts[day] += 1.0;
        self.paid[day] += paid;
    }

    /// Weekdays are evened out, and noise is made as large as it is; false if there is too little to follow.
    fn settle(&mut self, first: i64) -> bool {
        let days = self.counts.len() as f64;
        let all: f64 = self.counts.iter().sum();
        if days < 28.0 || all < FEWEST_A_DAY * days {
            return false;
        }
        // Where nearly all sessions pay, or none, there is no share to follow.
        if self.step == Step::Paying && self.variances.iter().sum::<f64>() < LEAST_VARIANCE * all {
            return false;
        }
        if self.step != Step::Paying {
            let rhythm = self.rhythm(first);
            for day in 0..self.counts.len() {
                let busy = rhythm[usize::from(weekday(first + day as i64))];
                (self.over[day], self.variances[day]) = (busy, self.level(day) * busy);
            }
        }
        let noisier = self.dispersion();
        self.variances.iter_mut().for_each(|variance| *variance *= noisier);
        true
    }

    /// How busy each weekday is; mean 1.
    fn rhythm(&self, first: i64) -> [f64; 7] {
        let mut sums = [(1.0, 1.0); 7];
        for (day, count) in self.counts.iter().enumerate() {
            let sum = &mut sums[usize::from(weekday(first + day as i64))];
            *sum = (sum.0 + count, sum.1 + 1.0);
        }
        let means = sums.map(|(count, days)| count / days);
        let mean = means.iter().sum::<f64>() / 7.0;
        means.map(|one| (one / mean).max(1e-3))
    }

    /// Counts around a day: a mean over four weeks.
    fn level(&self, day: usize) -> f64 {
        let around = day.saturating_sub(14)..(day + 14).min(self.counts.len());
        let n = around.len().max(1) as f64;
        (self.counts[around].iter().sum::<f64>() / n).max(0.5)
    }

    /// By what real days vary more than sessions by themselves would: from differences between days a week apart, of which
    /// the middle is taken, so that a break itself makes no noise.
    fn dispersion(&self) -> f64 {
        let rate = |day: usize| self.sums[day] / self.over[day].max(1e-9);
        let mut ratios: Vec<f64> = (7..self.sums.len())
            .filter(|&day| self.over[day] > 0.0 && self.over[day - 7] > 0.0)
            .map(|day| {
                let variance =
                    [day, day - 7].map(|day| self.variances[day] / self.over[day].powi(2)).iter().sum::<f64>();
                (rate(day) - rate(day - 7)).powi(2) / variance.max(1e-12)
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        // The median of a squared standard normal number is 0.4549.
        (quantile(&ratios, 0.5) / 0.454_9).clamp(1.0, 25.0)
    }

    /// Mean rate over some days with its standard error; none if there was nothing.
    #[must_use]
    pub fn rate(&self, days: std::ops::Range<usize>) -> Option<(f64, f64)> {
        let over: f64 = self.over[days.clone()].iter().sum();
        let variance: f64 = self.variances[days.clone()].iter().sum();
        (over > 0.0).then(|| (self.sums[days].iter().sum::<f64>() / over, sqrt(variance) / over))
    }
}
