//! Quantities on a logarithmic scale: the typical value, and how often the user is below what is usual.
//!
//! Whether a user's values are low or high is a question with two answers, below the population's median or above, so
//! it is put like any other choice: it holds for every law that a quantity may follow.

use serde::Serialize;

use super::LEVEL;

/// A typical value with the interval that holds eight of ten, and the population's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Typical {
    /// The user's median.
    pub median: f64,
    /// Lower end of the 80% interval.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// The population's median.
    pub population_median: f64,
    /// Lower end of the population's 80% interval.
    pub population_lo: f64,
    /// Upper end.
    pub population_hi: f64,
    /// All of it in words.
    pub words: String,
}

/// Where quantiles are looked for, on the logarithmic scale.
const RANGE: (f64, f64) = (-8.0, 18.0);

/// The value below which a law has a mass; bisected.
#[must_use]
pub fn quantile(at_most: impl Fn(f64) -> f64, mass: f64) -> f64 {
    within(at_most, mass, 26)
}

/// The same in so many halvings: each adds a binary digit.
#[must_use]
pub fn within(at_most: impl Fn(f64) -> f64, mass: f64, halvings: u32) -> f64 {
    let (mut low, mut high) = RANGE;
    for _ in 0..halvings {
        let middle = f64::midpoint(low, high);
        *(if at_most(middle) < mass { &mut low } else { &mut high }) = middle;
    }
    f64::midpoint(low, high)
}

/// Median and 80% interval: lower end, median, upper end.
#[must_use]
pub fn central(at_most: impl Fn(f64) -> f64) -> [f64; 3] {
    [0.5 - LEVEL / 2.0, 0.5, 0.5 + LEVEL / 2.0].map(|mass| quantile(&at_most, mass))
}

/// The user's typical value beside the population's, where `value` undoes the logarithm and `say` puts it into words.
#[must_use]
pub fn typical(
    own: impl Fn(f64) -> f64,
    population: impl Fn(f64) -> f64,
    value: impl Fn(f64) -> f64,
    say: impl Fn(f64) -> String,
) -> Typical {
    let ([lo, median, hi], [low, usual, high]) = (central(own), central(population));
    let words = format!(
        "typically {} (8 of 10 from {} to {}); the population's: {} ({} to {})",
        say(median),
        say(lo),
        say(hi),
        say(usual),
        say(low),
        say(high)
    );
    Typical {
        median: value(median),
        lo: value(lo),
        hi: value(hi),
        population_median: value(usual),
        population_lo: value(low),
        population_hi: value(high),
        words,
    }
}

/// Divergence of a law from the population's over its fifths \[nat\].
#[must_use]
pub fn divergence(own: impl Fn(f64) -> f64, population: impl Fn(f64) -> f64) -> f64 {
    let ends = [0.2, 0.4, 0.6, 0.8].map(|mass| quantile(&population, mass));
    let masses = |law: &dyn Fn(f64) -> f64| {
        let below = ends.map(law);
        [below[0], below[1] - below[0], below[2] - below[1], below[3] - below[2], 1.0 - below[3]]
    };
    relative_entropy(&masses(&own), &masses(&population))
}

/// `Σ p·ln(p/q)` \[nat\].
#[must_use]
pub fn relative_entropy(p: &[f64], q: &[f64]) -> f64 {
    let term = |(&p, &q): (&f64, &f64)| if p > 1e-9 { p * crate::base::float::log(p / q.max(1e-9)) } else { 0.0 };
    p.iter().zip(q).map(term).sum()
}
