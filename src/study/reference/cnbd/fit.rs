//! Maximum likelihood, with the gradient in closed form.

use std::ops::RangeInclusive;

use libm::{exp, log, log1p};

use super::super::{
    count::CountModel,
    error::ReferenceError,
    fit::{Estimate, Fit},
    kind::Fitted,
    optimise::{Objective, Peak, Slope, WIDE, maximise},
    purchases::Purchases,
    rows::{Row, Rows},
    special::{harmonic, logistic_of_minus},
};
use super::{Cnbd, Seen};

/// So many values of `k` without a gain end the search for it.
const PATIENCE: usize = 3;

/// Which model of the family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Member {
    pub name: &'static str,
    pub first_coin: bool,
}

impl Member {
    /// At parameters `r, α, a, b`.
    pub fn at(self, k: u32, [r, alpha, a, b]: [f64; 4]) -> Cnbd {
        Cnbd { name: self.name, k, first_coin: self.first_coin, r, alpha, a, b }
    }
}

pub(super) struct Problem<'a> {
    pub member: Member,
    pub k: u32,
    pub rows: &'a Rows,
}

impl Objective<4> for Problem<'_> {
    fn at(&self, logs: &[f64; 4]) -> Slope<4> {
        let model = self.member.at(self.k, logs.map(exp));
        self.rows.sum(|rows, sums| {
            for same in rows.chunk_by(|a, b| a.repeats == b.repeats) {
                let shared = Shared::of(&model, (&same[0]).into());
                same.iter().for_each(|row| sums.add(row.weight, &shared.slope(&model, row)));
            }
        })
    }

    fn size(&self) -> f64 {
        self.rows.customers()
    }
}

/// What equal repeats share.
struct Shared {
    value: f64,
    harmonics: [f64; 3],
}

impl Shared {
    fn of(model: &Cnbd, seen: Seen) -> Self {
        let coins = model.coins(seen);
        let by_r = harmonic(model.r, model.stages(seen));
        let harmonics = [by_r, harmonic(model.b, coins), harmonic(model.a + model.b, coins)];
        Self { value: model.by_repeats(seen), harmonics }
    }

    /// One customer's log-likelihood and its gradient by the logarithms of r, α, a, b.
    fn slope(&self, model: &Cnbd, row: &Row) -> Slope<4> {
        let (seen, Cnbd { r, alpha, a, b, .. }) = (Seen::from(row), *model);
        let [by_r, by_b, by_ab] = self.harmonics;
        let (stages, coins, (odds, ln_ahead)) = (model.stages(seen), model.coins(seen), model.odds(seen));
        let dead = logistic_of_minus(-odds);
        let alive = 1.0 - dead;
        let (further, by_phase) = phase_means(model, seen);
        let (ln_age, ln_recency) = (log1p(seen.age / alpha), log1p(seen.recency / alpha));
        let value = self.value - r * ln_age - stages * log(alpha + seen.age) + ln_ahead - log1p_odds(dead, odds);
        let alive_tilt = (r * seen.age - (stages + further) * alpha) / (alpha + seen.age);
        let dead_tilt = (r * seen.recency - stages * alpha) / (alpha + seen.recency);
        let stopped = if coins < 1.0 { 0.0 } else { dead / (b + coins - 1.0) };
        let gradient = [
            r * (by_r + alive * (by_phase - ln_age) - dead * ln_recency),
            alive * alive_tilt + dead * dead_tilt,
            dead - a * by_ab,
            b * (by_b - by_ab - stopped),
        ];
        Slope { value, gradient }
    }
}

/// `−ln(1 + e^odds)`, given the share that is dead.
fn log1p_odds(dead: f64, odds: f64) -> f64 {
    if odds > 0.0 { log(dead) - odds } else { log1p(-dead) }
}

/// Means over the phases of the stage and of what it adds to the derivative by r.
fn phase_means(model: &Cnbd, seen: Seen) -> (f64, f64) {
    if model.k == 1 {
        return (0.0, 0.0);
    }
    let shape = model.r + model.stages(seen);
    let (mut sum, mut further, mut slopes, mut slope) = (0.0, 0.0, 0.0, 0.0);
    for (j, weight) in model.ahead(seen).enumerate() {
        let j = j as f64;
        sum += weight;
        further += weight * j;
        slopes += weight * slope;
        slope += 1.0 / (shape + j);
    }
    (further / sum, slopes / sum)
}

/// What one `k` comes to: with its log-likelihood in the caller's units.
struct Found {
    k: u32,
    log_likelihood: f64,
    peak: Peak<4>,
}

/// Fits the member to customers for every `k` asked for, and keeps the best.
///
/// # Errors
/// Without customers.
pub(in super::super) fn fitted(
    member: Member,
    ks: RangeInclusive<u32>,
    customers: &[Purchases],
) -> Result<Fitted<dyn CountModel>, ReferenceError> {
    if customers.is_empty() {
        return Err(ReferenceError::Empty("customer"));
    }
    let rows = Rows::of(customers);
    let coarse = rows.coarse();
    let mut found: Vec<Found> = Vec::new();
    for k in ks.clone() {
        let starts = starts(k, &rows, found.last());
        let problem = |rows| Problem { member, k, rows };
        let Some(peak) = maximise(&problem(&rows), &problem(&coarse), &starts) else { continue };
        let gaps: f64 = customers.iter().map(|customer| customer.regularity(k)).sum();
        found.push(Found { k, log_likelihood: peak.value + f64::from(k) * rows.unit_term() + gaps, peak });
        if is_past_best(&found) {
            break;
        }
    }
    let best =
        found.into_iter().reduce(|best, next| if next.log_likelihood > best.log_likelihood { next } else { best });
    let best = best.ok_or(ReferenceError::NoOptimum(member.name))?;
    Ok(told(member, ks.end() > ks.start(), (&rows, customers.len()), &best))
}

fn is_past_best(found: &[Found]) -> bool {
    let best = found.iter().map(|it| it.log_likelihood).fold(f64::NEG_INFINITY, f64::max);
    found.iter().rev().take_while(|it| it.log_likelihood < best).count() >= PATIENCE
}

/// Places to start from; the end of the search for one stage fewer is a good one.
fn starts(k: u32, rows: &Rows, before: Option<&Found>) -> Vec<[f64; 4]> {
    let rate = 1.5 * f64::from(k) * rows.rate();
    let start = |r: f64, a: f64, b: f64| [r, r / rate, a, b].map(log);
    if let Some(before) = before {
        let mut at = before.peak.at;
        at[1] -= log(f64::from(k) / f64::from(before.k));
        return vec![at, start(1.0, 0.6, 2.0)];
    }
    vec![start(0.5, 0.6, 2.0), start(2.0, 1.0, 6.0), start(0.2, 2.0, 1.0), start(20.0, 2.0, 40.0)]
}

fn told(member: Member, choose: bool, (rows, customers): (&Rows, usize), best: &Found) -> Fitted<dyn CountModel> {
    let units = [1.0, rows.scale, 1.0, 1.0];
    let mut fit = Fit::of(member.name, ["r", "alpha", "a", "b"], (&best.peak, [WIDE; 4]), units);
    let model = member.at(best.k, std::array::from_fn(|i| fit.parameters[i].value));
    if choose {
        fit.parameters.insert(0, Estimate { name: "k", value: f64::from(best.k), standard_error: None });
    }
    Fitted { fit: Fit { log_likelihood: best.log_likelihood, customers, ..fit }, model: Box::new(model) }
}
