//! What one customer will do within a horizon: how many days of buying, whether any, when the next.
//!
//! Of each class it is known from renewal theory: with `f(g) = S(g−1) − S(g)` the mean number of purchases in `h` days after
//! a purchase is `m(h) = Σ f(g)·(1 + m(h−g))`, its mean square `Σ f(g)·(1 + 2m(h−g) + m₂(h−g))` (Cox 1962, *Renewal Theory*,
//! §4.1 and 4.5). Who bought last `a` days ago waits `g` days more with probability `f(a+g)/S(a)`. A customer's moments are those of
//! the classes, weighted by the membership.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    classes::Tables,
    counts::Counts,
    mixture::{Mixture, Record},
};

/// What is known ahead of each class, by days since the last purchase.
pub struct Ahead<'a> {
    tables: &'a Tables,
    /// Days ahead.
    pub horizon: usize,
    waits: BTreeMap<u32, Wait>,
}

/// Of each class: mean and mean square of the number of purchases, and the probability of none.
struct Wait {
    mean: Vec<f64>,
    square: Vec<f64>,
    none: Vec<f64>,
}

/// One customer's forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// Distribution of the number of purchases within the horizon.
    pub counts: Counts,
    /// Days to the next purchase with even odds; none if it is not within the horizon.
    pub next_days: Option<u32>,
}

impl<'a> Ahead<'a> {
    /// Works out what lies ahead for customers whose last purchase was so many days ago.
    #[must_use]
    pub fn new(tables: &'a Tables, horizon: usize, mut ages: Vec<u32>) -> Self {
        ages.sort_unstable();
        ages.dedup();
        let ordinary = ordinary(tables, horizon);
        let waits: Vec<Wait> = ages.par_iter().map(|&age| wait(tables, horizon, &ordinary, age as usize)).collect();
        Self { tables, horizon, waits: ages.into_iter().zip(waits).collect() }
    }

    /// The forecast of one customer; none if nobody with their age was asked for.
    #[must_use]
    pub fn outlook(&self, mixture: &Mixture, record: &Record) -> Option<Outlook> {
        let wait = self.waits.get(&record.open)?;
        let membership = mixture.membership(self.tables, record);
        let of = |values: &[f64]| membership.iter().zip(values).map(|(p, value)| p * value).sum::<f64>();
        let counts = Counts::of(of(&wait.mean), of(&wait.square), of(&wait.none));
        Some(Outlook { next_days: self.next(&membership, record.open as usize), counts })
    }

    /// Mean number of purchases of each class.
    #[must_use]
    pub fn means(&self, age: u32) -> Option<&[f64]> {
        self.waits.get(&age).map(|wait| wait.mean.as_slice())
    }

    /// By bisection: the probability to have waited longer falls.
    fn next(&self, membership: &[f64], age: usize) -> Option<u32> {
        let now = self.tables.survival(age);
        let waits = |days: usize| -> f64 {
            let then = self.tables.survival(age + days);
            membership.iter().zip(now.iter().zip(then)).map(|(p, (now, then))| p * then / now).sum()
        };
        if waits(self.horizon) > 0.5 {
            return None;
        }
        let (mut low, mut high) = (0, self.horizon);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if waits(middle) > 0.5 { low = middle } else { high = middle }
        }
        Some(high as u32)
    }
}

/// Mean and mean square of the number of purchases in 0, 1, … days after a purchase: days outside, classes inside.
fn ordinary(tables: &Tables, horizon: usize) -> (Vec<f64>, Vec<f64>) {
    let width = tables.classes.len();
    let (mut mean, mut square) = (vec![0.0; (horizon + 1) * width], vec![0.0; (horizon + 1) * width]);
    for days in 1..=horizon {
        let (done_mean, mean) = mean.split_at_mut(days * width);
        let (done_square, square) = square.split_at_mut(days * width);
        for gap in 1..=days {
            let left = (days - gap) * width..(days - gap + 1) * width;
            let (before, after) = (tables.survival(gap - 1), tables.survival(gap));
            let (later, later_square) = (&done_mean[left.clone()], &done_square[left]);
            for class in 0..width {
                let p = before[class] - after[class];
                mean[class] += p * (1.0 + later[class]);
                square[class] += p * (1.0 + 2.0 * later[class] + later_square[class]);
            }
        }
    }
    (mean, square)
}

fn wait(tables: &Tables, horizon: usize, (mean, square): &(Vec<f64>, Vec<f64>), age: usize) -> Wait {
    let width = tables.classes.len();
    let mut wait = Wait { mean: vec![0.0; width], square: vec![0.0; width], none: vec![0.0; width] };
    for gap in 1..=horizon {
        let left = (horizon - gap) * width..(horizon - gap + 1) * width;
        let (before, after) = (tables.survival(age + gap - 1), tables.survival(age + gap));
        let (later, later_square) = (&mean[left.clone()], &square[left]);
        for class in 0..width {
            let p = before[class] - after[class];
            wait.mean[class] += p * (1.0 + later[class]);
            wait.square[class] += p * (1.0 + 2.0 * later[class] + later_square[class]);
        }
    }
    let (now, then) = (tables.survival(age), tables.survival(age + horizon));
    for class in 0..width {
        wait.mean[class] /= now[class];
        wait.square[class] /= now[class];
        wait.none[class] = then[class] / now[class];
    }
    wait
}
