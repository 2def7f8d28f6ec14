//! The ways in which a customer may come back: renewal processes on a grid of whole days.
//!
//! While engaged, a customer buys at rate `λ`. Before the next purchase they fall dormant with probability `q` (at rate
//! `μ = λq/(1−q)`), and wake up at rate `ν`, never if it is 0. As nobody buys while dormant, the gaps between purchases are
//! independent, and last longer than `t` with probability `S(t) = A·e^(−r₁t) + (1−A)·e^(−r₂t)`, where `r₁ ≥ r₂` are the roots
//! of `r² − (λ+μ+ν)·r + λν` and `A = (λ−r₂)/(r₁−r₂)` (a hyperexponential law; Cox 1962, *Renewal Theory*, §1.5). Regular
//! customers have Erlang gaps of `k` stages in place of the first term:
//! `S(t) = (1−q)·e^(−kλt)·Σ_(j<k) (kλt)^j/j! + q·e^(−νt)`.

use crate::base::float::{exp, log, sqrt};

/// One way of coming back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Class {
    /// λ: purchases while engaged [1/day].
    pub rate: f64,
    /// q: probability of falling dormant before the next purchase.
    pub quits: f64,
    /// ν: how fast a dormant customer wakes up [1/day].
    pub returns: f64,
    /// k: stages of a gap; 1 is no regularity.
    pub stages: u32,
}

impl Class {
    /// P(gap > t), t in \[day\].
    #[must_use]
    pub fn survival(&self, t: f64) -> f64 {
        if self.stages > 1 { self.regular(t) } else { self.irregular(t) }
    }

    fn irregular(&self, t: f64) -> f64 {
        let (rate, returns) = (self.rate, self.returns);
        let half = 0.5 * (rate / (1.0 - self.quits) + returns);
        let apart = sqrt((half * half - rate * returns).max(0.0));
        let (fast, slow) = (half + apart, half - apart);
        if apart < 1e-12 * half {
            return exp(-fast * t) * (1.0 + (fast - rate) * t);
        }
        let share = (rate - slow) / (fast - slow);
        share * exp(-fast * t) + (1.0 - share) * exp(-slow * t)
    }

    fn regular(&self, t: f64) -> f64 {
        let reach = f64::from(self.stages) * self.rate * t;
        let (mut term, mut sum) = (1.0, 1.0);
        for stage in 1..self.stages {
            term *= reach / f64::from(stage);
            sum += term;
        }
        (1.0 - self.quits) * exp(-reach) * sum + self.quits * exp(-self.returns * t)
    }
}

/// Rates are so far apart.
const STEP: f64 = 1.45;
/// Waking up: rates are so far apart.
const WAKING: f64 = 2.5;
/// The fastest rate [1/day].
const FASTEST: f64 = 3.0;
/// The fastest waking up [1/day].
const SOONEST: f64 = 1.0 / 14.0;
/// Least probability that is told apart from 0.
const LEAST: f64 = 1e-13;

/// All classes for records of a length.
#[must_use]
pub fn grid(span_days: usize) -> Vec<Class> {
    let span = span_days.max(14) as f64;
    let rates = steps(0.25 / span, FASTEST, STEP);
    let returns: Vec<f64> = std::iter::once(0.0).chain(steps(0.15 / span, SOONEST, WAKING)).collect();
    let mut classes = Vec::new();
    for &rate in &rates {
        classes.push(Class { rate, quits: 0.0, returns: 0.0, stages: 1 });
        for quits in [0.02, 0.1, 0.3, 0.6, 0.9] {
            let slower = returns.iter().filter(|&&returns| returns < rate);
            classes.extend(slower.map(|&returns| Class { rate, quits, returns, stages: 1 }));
        }
        // Whether a gap is regular shows only in those who have had several.
        if rate * span > 4.0 {
            classes.extend(regular(rate, span));
        }
    }
    classes
}

fn regular(rate: f64, span: f64) -> impl Iterator<Item = Class> {
    let class = move |stages: u32, quits: f64, returns: f64| Class { rate, quits, returns, stages };
    let of = move |stages: u32| {
        let quits = [0.03, 0.1, 0.3, 0.6].into_iter();
        let more =
            quits.flat_map(move |quits| [0.0, 1.0 / span, 5.0 / span].map(|returns| class(stages, quits, returns)));
        std::iter::once(class(stages, 0.0, 0.0)).chain(more)
    };
    [2, 4].into_iter().flat_map(of)
}

fn steps(from: f64, to: f64, by: f64) -> Vec<f64> {
    let count = (log(to / from) / log(by)).max(0.0) as usize + 1;
    std::iter::successors(Some(from), |last| Some(last * by)).take(count).collect()
}

/// The classes' laws by day, days outside and classes inside, so that one day's row is read at once.
#[derive(Clone, Debug)]
pub struct Tables {
    /// The classes.
    pub classes: Vec<Class>,
    /// Days from 0 to the last, both included.
    pub days: usize,
    survival: Vec<f64>,
    ln_gap: Vec<f32>,
    ln_open: Vec<f32>,
}

impl Tables {
    /// Laws up to a day.
    #[must_use]
    pub fn new(classes: Vec<Class>, days: usize) -> Self {
        let survival: Vec<f64> = (0..=days)
            .flat_map(|day| classes.iter().map(move |class| class.survival(day as f64).clamp(LEAST, 1.0)))
            .collect();
        let width = classes.len();
        let gap =
            |index: usize| if index < width { LEAST } else { (survival[index - width] - survival[index]).max(LEAST) };
        let ln_gap = (0..survival.len()).map(|index| log(gap(index)) as f32).collect();
        let ln_open = survival.iter().map(|&survives| log(survives) as f32).collect();
        Self { classes, days, survival, ln_gap, ln_open }
    }

    fn row<'a, T>(&self, table: &'a [T], day: usize) -> &'a [T] {
        let (day, width) = (day.min(self.days), self.classes.len());
        &table[day * width..(day + 1) * width]
    }

    /// P(gap > days) of each class.
    #[must_use]
    pub fn survival(&self, day: usize) -> &[f64] {
        self.row(&self.survival, day)
    }

    /// ln P(gap = days) of each class.
    #[must_use]
    pub fn ln_gap(&self, day: usize) -> &[f32] {
        self.row(&self.ln_gap, day)
    }

    /// ln P(gap > days) of each class.
    #[must_use]
    pub fn ln_open(&self, day: usize) -> &[f32] {
        self.row(&self.ln_open, day)
    }
}
