//! What forecasts from earlier days of the same record would have been worth: the record's own backtest, before it is asked
//! about the future.
//!
//! No class of renewal process knows that a shop is in decline, or that one customer's rate drifts. So the same forecast
//! is made from earlier days, for as long as is known what came, and held against it. It teaches four things: in how
//! many rounds of EM the shares of the classes are best fitted (each sharpens them, and the last ones fit what is chance:
//! early stopping, by the log score of what came); by how much too many or too few are said to come back, and to come back more than once (the ratios, drawn half
//! way to 1: the forecasts overlap, so that together they are little more than one); how much more each customer varies than the classes say, as a share `φ`
//! of the squared mean, which grows with the days ahead, as a random walk does; and how far totals still miss, which no law of single customers holds.

use rayon::prelude::*;
use serde::Serialize;

use super::{
    Asked,
    counts::Counts,
    customers::Customers,
    mixture::{Mixture, Record},
    outlook::{Ahead, Outlook},
    own::Fitted,
};
use crate::base::float::{exp, expm1, log, sqrt};

/// What was learned.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Past {
    /// Rounds of EM.
    pub rounds: usize,
    /// ln actual over predicted purchases, forecast by forecast.
    pub misses: Vec<f64>,
    /// What P(at least one) is multiplied by, or, above 1, what P(none) is divided by \[1\].
    pub active: f64,
    /// What the mean beyond the first purchase is multiplied by \[1\].
    pub excess: f64,
    /// φ: variance of a customer's own drift within the horizon \[1\], relative to the squared mean.
    pub spread: f64,
    /// Relative standard deviation of totals that is left.
    pub drift: f64,
}

/// Where in the record forecasts are made \[1\].
const EARLIER: [f64; 3] = [0.5, 0.65, 0.8];
/// Least days of the record that a forecast needs, and least days that it is held against.
const SHORTEST: i64 = 14;
/// Customers that they are made for at most; of more, evenly spread ones.
const MOST: usize = 40_000;
/// The same, where it is only to choose the number of rounds.
const CHOOSING: usize = 4_000;
/// Numbers of rounds to choose from.
const ROUNDS: [usize; 6] = [3, 5, 10, 20, 40, 80];
/// Rounds where there is nothing to choose by.
const UNKNOWN: usize = 10;

/// How much of what earlier forecasts missed is corrected \[1\].
const DRAWN: f64 = 0.5;

/// One forecast and what came.
struct Held {
    horizon: f64,
    all: Vec<(Counts, f64)>,
}

impl Past {
    /// Learns from the record up to a day; teaches nothing if that is too short.
    #[must_use]
    pub fn of(customers: &Customers, asked: Asked) -> Self {
        let span = asked.day - customers.span.0 + 1;
        let earlier = |&part: &f64| {
            let day = customers.span.0 + (part * span as f64) as i64;
            let horizon = (asked.day - day).min(asked.horizon as i64);
            let long = day - customers.span.0 >= SHORTEST && horizon >= SHORTEST;
            long.then_some(Asked { day, horizon: horizon as usize })
        };
        let earlier: Vec<Asked> = EARLIER.iter().filter_map(earlier).collect();
        let rounds = rounds(customers, &earlier);
        let held = earlier.iter().map(|&asked| Held::of(customers, asked, rounds));
        let held: Vec<Held> = held.filter(|held| held.sum(|_, y| y) > 0.0).collect();
        let ratios =
            |part: fn(&Held) -> (f64, f64)| held.iter().map(part).map(|(actual, said)| actual / said).collect();
        let mut past = Self {
            rounds,
            misses: held.iter().map(|held| log(held.sum(|_, y| y) / held.sum(|counts, _| counts.expected))).collect(),
            active: drawn_to_one(ratios(Held::active)),
            excess: drawn_to_one(ratios(Held::excess)),
            ..Self::default()
        };
        past.spread = past.spread_of(&held) * asked.horizon as f64;
        past.drift = past.drift_of(&held);
        past
    }

    /// A forecast as it is after what was learned.
    #[must_use]
    pub fn taught(&self, outlook: &Outlook) -> Outlook {
        Outlook { counts: self.corrected(&outlook.counts, self.spread), next_days: outlook.next_days }
    }

    fn corrected(&self, counts: &Counts, spread: f64) -> Counts {
        let active =
            if self.active <= 1.0 { counts.active * self.active } else { 1.0 - (1.0 - counts.active) / self.active };
        let mean = active + (counts.expected - counts.active).max(0.0) * self.excess;
        let variance = counts.variance * mean / counts.expected.max(1e-300) + spread * mean * mean;
        Counts::of(mean, variance + mean * mean, 1.0 - active)
    }

    /// Of a day, by the method of moments.
    fn spread_of(&self, held: &[Held]) -> f64 {
        let (mut over, mut squares) = (0.0, 0.0);
        let days = held.iter().flat_map(|held| held.all.iter().map(|one| (held.horizon, one)));
        for (horizon, (counts, y)) in days {
            let right = self.corrected(counts, 0.0);
            over += (y - right.expected) * (y - right.expected) - right.variance;
            squares += horizon * right.expected * right.expected;
        }
        if squares > 0.0 { (over / squares).max(0.0) } else { 0.0 }
    }

    fn drift_of(&self, held: &[Held]) -> f64 {
        let miss = |held: &Held| log(held.sum(|_, y| y) / held.sum(|counts, _| self.corrected(counts, 0.0).expected));
        if held.is_empty() {
            return 0.0;
        }
        let mean_square = |misses: Vec<f64>| misses.iter().map(|m| m * m).sum::<f64>() / misses.len() as f64;
        let left = mean_square(held.iter().map(miss).collect());
        // Drawn half way to nothing, a correction is as uncertain as it is large (a normal prior of its own size).
        let made = mean_square(self.misses.clone()) * DRAWN * (1.0 - DRAWN);
        expm1(sqrt(left.max(made)))
    }
}

impl Held {
    fn of(customers: &Customers, asked: Asked, rounds: usize) -> Self {
        let fitted = Fitted::new(customers, asked.day, asked.horizon, rounds);
        Self::by(customers, asked, (&fitted, &fitted.mixture), &fitted.ahead(asked.horizon), MOST)
    }

    fn by(
        customers: &Customers,
        asked: Asked,
        (fitted, mixture): (&Fitted, &Mixture),
        ahead: &Ahead<'_>,
        most: usize,
    ) -> Self {
        let every = fitted.records.len().div_ceil(most).max(1);
        let end = asked.day + asked.horizon as i64;
        let one = |(index, record): &(usize, Record)| {
            let customer = &customers.all[*index];
            let y = customer.by(end) - customer.by(asked.day);
            Some((ahead.outlook(mixture, record)?.counts, y as f64))
        };
        let all = fitted.records.par_iter().step_by(every).filter_map(one).collect();
        Self { horizon: asked.horizon as f64, all }
    }

    fn sum(&self, of: impl Fn(&Counts, f64) -> f64) -> f64 {
        self.all.iter().map(|(counts, y)| of(counts, *y)).sum()
    }

    /// Customers who came back, and who were said to; if more came than were said to, who was said to stay away, and who
    /// did.
    fn active(&self) -> (f64, f64) {
        let (came, said) = (self.sum(|_, y| y.min(1.0)), self.sum(|counts, _| counts.active));
        let all = self.all.len() as f64;
        if came <= said { (came, said) } else { (all - said, (all - came).max(0.5)) }
    }

    /// Purchases beyond the first.
    fn excess(&self) -> (f64, f64) {
        (self.sum(|_, y| (y - 1.0).max(0.0)), self.sum(|counts, _| (counts.expected - counts.active).max(0.0)))
    }
}

/// The number of rounds whose forecasts of earlier days gave most to what came: by the log score of the counts.
fn rounds(customers: &Customers, earlier: &[Asked]) -> usize {
    let mut scores = [0.0; ROUNDS.len()];
    for &asked in earlier {
        for (sum, score) in scores.iter_mut().zip(log_scores(customers, asked)) {
            *sum += score;
        }
    }
    let best = (0..ROUNDS.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)));
    best.filter(|_| scores.iter().any(|&score| score < 0.0)).map_or(UNKNOWN, |best| ROUNDS[best])
}

/// After each number of rounds.
fn log_scores(customers: &Customers, asked: Asked) -> [f64; ROUNDS.len()] {
    let fitted = Fitted::new(customers, asked.day, asked.horizon, 0);
    let (ahead, mut mixture, mut done) = (fitted.ahead(asked.horizon), fitted.mixture.clone(), 0);
    ROUNDS.map(|rounds| {
        mixture = fitted.sharpened(&mixture, rounds - done);
        done = rounds;
        let held = Held::by(customers, asked, (&fitted, &mixture), &ahead, CHOOSING);
        held.sum(|counts, y| log(counts.probability(y as usize).max(1e-12)))
    })
}

/// Geometric mean of ratios, drawn towards 1.
fn drawn_to_one(ratios: Vec<f64>) -> f64 {
    let known: Vec<f64> = ratios.into_iter().filter(|ratio| ratio.is_finite() && *ratio > 0.0).collect();
    exp(DRAWN * known.iter().map(|&ratio| log(ratio)).sum::<f64>() / known.len().max(1) as f64)
}
