//! Maximum likelihood, with the gradient as means over the unseen time of leaving.

use libm::{exp, log, log1p};

use super::super::{
    count::CountModel,
    error::ReferenceError,
    fit::Fit,
    kind::Fitted,
    optimise::{Objective, Slope, WIDE, maximise},
    purchases::Purchases,
    rows::{Row, Rows},
    special::{harmonic, ln_rising},
};
use super::{
    NAME, NAMES, Pareto,
    leaving::{History, Leave},
};

pub(super) struct Problem<'a> {
    pub rows: &'a Rows,
}

impl Objective<4> for Problem<'_> {
    fn at(&self, logs: &[f64; 4]) -> Slope<4> {
        let model = Pareto::of(logs.map(exp));
        self.rows.sum(|rows, sums| {
            for same in rows.chunk_by(|a, b| a.repeats == b.repeats) {
                let x = same[0].repeats;
                let shared = (ln_rising(model.r, x), harmonic(model.r, x));
                same.iter().for_each(|row| sums.add(row.weight, &slope(&model, row, shared)));
            }
        })
    }

    fn size(&self) -> f64 {
        self.rows.customers()
    }
}

/// Sums over the times of leaving, weighted: in all, if before the end, and of four slopes.
#[derive(Default)]
struct Means {
    total: f64,
    dead: f64,
    slopes: [f64; 4],
}

impl Means {
    fn add(&mut self, model: &Pareto, x: f64, leave: &Leave, dead: f64) {
        let (alpha, beta) = (model.alpha + leave.at, model.beta + leave.at);
        let by_alpha = (model.r * leave.at - x * model.alpha) / alpha;
        let by_beta = (model.s * leave.at - dead * model.beta) / beta;
        self.total += leave.weight;
        self.dead += leave.weight * dead;
        let slopes = [leave.ln_alpha, by_alpha, leave.ln_beta, by_beta];
        self.slopes.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += leave.weight * slope);
    }
}

/// One customer's log-likelihood and its gradient by the logarithms of r, α, s, β; `shared` is the logarithm of the
/// rising factorial of r and its derivative.
fn slope(model: &Pareto, row: &Row, shared: (f64, f64)) -> Slope<4> {
    let Pareto { r, alpha, s, beta } = *model;
    let history = History { shape: r + row.repeats, alpha, s, beta, from: row.recency, to: row.age };
    let mut means = Means::default();
    means.add(model, row.repeats, &history.alive(), 0.0);
    history.dead(|leave| means.add(model, row.repeats, leave, 1.0));
    let mean = |sum: f64| sum / means.total;
    let [ln_alpha, by_alpha, ln_beta, by_beta] = means.slopes.map(mean);
    let gradient = [
        r * (shared.1 - log1p(row.recency / alpha) - ln_alpha),
        by_alpha,
        mean(means.dead) - s * (log1p(row.recency / beta) + ln_beta),
        by_beta,
    ];
    let start = shared.0 - row.repeats * log(alpha + row.recency) + history.ln_start(r);
    Slope { value: start + log(means.total), gradient }
}

/// # Errors
/// Without customers.
pub(super) fn fitted(customers: &[Purchases]) -> Result<Fitted<dyn CountModel>, ReferenceError> {
    if customers.is_empty() {
        return Err(ReferenceError::Empty("customer"));
    }
    let rows = Rows::of(customers);
    let coarse = rows.coarse();
    let (full, few) = (Problem { rows: &rows }, Problem { rows: &coarse });
    let peak = maximise(&full, &few, &starts(&rows)).ok_or(ReferenceError::NoOptimum(NAME))?;
    let fit = Fit::of(NAME, NAMES, (&peak, [WIDE; 4]), [1.0, rows.scale, 1.0, rows.scale]);
    let model = Pareto::of(std::array::from_fn(|i| fit.parameters[i].value));
    let log_likelihood = fit.log_likelihood + rows.unit_term();
    Ok(Fitted { fit: Fit { log_likelihood, customers: customers.len(), ..fit }, model: Box::new(model) })
}

/// Places to start from: who leaves, leaves within about an age, or soon, or hardly ever.
fn starts(rows: &Rows) -> Vec<[f64; 4]> {
    let rate = 1.5 * rows.rate();
    let start = |r: f64, s: f64, beta: f64| [r, r / rate, s, beta].map(log);
    vec![start(0.6, 0.6, 0.5), start(2.0, 1.0, 3.0), start(0.3, 0.5, 0.05), start(20.0, 2.0, 20.0)]
}
