//! How many customers are of each class, fitted by EM, and of which class one customer is.

use rayon::prelude::*;

use super::{classes::Tables, customers::Customer};
use crate::base::float::{exp32, log};

/// What a customer's days say: the gaps between them, and how long ago the last was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Days between purchases, ascending: their order says nothing to a renewal process.
    pub gaps: Vec<u32>,
    /// Days since the last purchase.
    pub open: u32,
}

impl Record {
    /// A customer's record at the end of a day; none before the first purchase.
    #[must_use]
    pub fn of(customer: &Customer, day: i64) -> Option<Self> {
        let known = &customer.days[..customer.by(day)];
        let last = known.last()?;
        let mut gaps: Vec<u32> = known.windows(2).map(|pair| (pair[1] - pair[0]) as u32).collect();
        gaps.sort_unstable();
        Some(Self { gaps, open: (day - last) as u32 })
    }
}

/// Different records that shares are fitted to at most; of more, evenly spread ones.
const MOST: usize = 40_000;
/// Records that one task takes; results do not depend on the number of threads.
const BLOCK: usize = 128;

/// Shares of the classes among the customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// In the order of the classes; they add up to 1.
    pub shares: Vec<f32>,
    /// Log-likelihood of the records that were fitted to \[nat\].
    pub log_likelihood: f64,
    /// How many customers they stand for.
    pub customers: f64,
}

/// Different records, how many customers have each, and the likelihood of each under every class. Where there are more
/// than can be kept, those that are stand for all.
pub(super) struct Evidence {
    open: Vec<u32>,
    weights: Vec<f64>,
    likelihoods: Vec<f32>,
    best: Vec<f64>,
    width: usize,
}

impl Evidence {
    pub fn new<'r>(tables: &Tables, records: impl Iterator<Item = &'r Record>) -> Self {
        let mut sorted: Vec<&Record> = records.collect();
        sorted.sort_unstable();
        let mut different: Vec<(&Record, f64)> =
            sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64)).collect();
        let every = different.len().div_ceil(MOST);
        different = different.into_iter().step_by(every.max(1)).collect();
        let rows: Vec<(f64, Vec<f32>)> = different.par_iter().map(|(record, _)| likelihoods(tables, record)).collect();
        Self {
            open: different.iter().map(|(record, _)| record.open).collect(),
            weights: different.iter().map(|(_, count)| *count).collect(),
            best: rows.iter().map(|(best, _)| *best).collect(),
            likelihoods: rows.into_iter().flat_map(|(_, row)| row).collect(),
            width: tables.classes.len(),
        }
    }

    fn len(&self) -> usize {
        self.weights.len()
    }

    /// The sum over customers of what each class would do, by days since the last purchase.
    pub fn mean<'a>(&self, shares: &[f32], means: impl Fn(u32) -> Option<&'a [f64]>) -> f64 {
        let one = |record: usize| {
            let means = means(self.open[record])?;
            let (mut sum, mut total) = (0.0, 0.0);
            for ((l, w), mean) in self.row(record).iter().zip(shares).zip(means) {
                let p = f64::from(l * w);
                sum += p * mean;
                total += p;
            }
            (total > 0.0).then(|| self.weights[record] * sum / total)
        };
        (0..self.len()).filter_map(one).sum()
    }

    /// Fits shares; each record counts `times` as often as it is there.
    pub fn fit(&self, start: Option<&[f32]>, rounds: usize, times: &(dyn Fn(usize) -> f64 + Sync)) -> Mixture {
        let even = vec![1.0 / self.width as f32; self.width];
        let mut shares = start.map_or(even, <[f32]>::to_vec);
        let (mut log_likelihood, mut customers) = (0.0, 0.0);
        for _ in 0..rounds {
            let sums = self.round(&shares, times);
            (log_likelihood, customers) = (sums.log_likelihood, sums.customers);
            shares = sums.members.iter().map(|members| (members / customers.max(1e-300)) as f32).collect();
        }
        Mixture { shares, log_likelihood, customers }
    }

    fn round(&self, shares: &[f32], times: &(dyn Fn(usize) -> f64 + Sync)) -> Sums<f64> {
        let blocks: Vec<usize> = (0..self.len()).step_by(BLOCK).collect();
        let block = |&from: &usize| {
            let mut sums = Sums::new(self.width);
            for record in from..(from + BLOCK).min(self.len()) {
                let weight = self.weights[record] * times(record);
                sums.add(self.row(record), shares, weight, self.best[record]);
            }
            sums
        };
        let parts: Vec<Sums<f32>> = blocks.par_iter().map(block).collect();
        parts.iter().fold(Sums::new(self.width), Sums::plus)
    }

    fn row(&self, record: usize) -> &[f32] {
        &self.likelihoods[record * self.width..(record + 1) * self.width]
    }
}

/// Expected members of the classes: of one block in 32 bits, of all blocks together in 64.
struct Sums<T> {
    members: Vec<T>,
    log_likelihood: f64,
    customers: f64,
}

impl<T: Copy + Default> Sums<T> {
    fn new(width: usize) -> Self {
        Self { members: vec![T::default(); width], log_likelihood: 0.0, customers: 0.0 }
    }
}

impl Sums<f32> {
    fn add(&mut self, likelihoods: &[f32], shares: &[f32], weight: f64, best: f64) {
        let total = f64::from(dot(likelihoods, shares));
        if weight <= 0.0 || total <= 0.0 {
            return;
        }
        let scale = (weight / total) as f32;
        for ((members, l), w) in self.members.iter_mut().zip(likelihoods).zip(shares) {
            *members += l * w * scale;
        }
        self.log_likelihood += weight * (best + log(total));
        self.customers += weight;
    }
}

impl Sums<f64> {
    fn plus(mut self, other: &Sums<f32>) -> Self {
        self.members.iter_mut().zip(&other.members).for_each(|(sum, &more)| *sum += f64::from(more));
        self.log_likelihood += other.log_likelihood;
        self.customers += other.customers;
        self
    }
}

/// Sum of products, in eight lanes and one fixed order that vector instructions can follow.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let ((a, more_a), (b, more_b)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + more_a.iter().zip(more_b).map(|(a, b)| a * b).sum::<f32>()
}

/// The logarithm of the largest likelihood, and each relative to it.
fn likelihoods(tables: &Tables, record: &Record) -> (f64, Vec<f32>) {
    let mut sums: Vec<f64> = tables.ln_open(record.open as usize).iter().map(|&ln| f64::from(ln)).collect();
    for same in record.gaps.chunk_by(|a, b| a == b) {
        let times = same.len() as f64;
        for (sum, &ln) in sums.iter_mut().zip(tables.ln_gap(same[0] as usize)) {
            *sum += times * f64::from(ln);
        }
    }
    let best = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (best, sums.iter().map(|sum| if sum - best < -80.0 { 0.0 } else { exp32((sum - best) as f32) }).collect())
}

impl Mixture {
    /// Probability of each class for one customer.
    #[must_use]
    pub fn membership(&self, tables: &Tables, record: &Record) -> Vec<f64> {
        let (_, likelihoods) = likelihoods(tables, record);
        let products = likelihoods.iter().zip(&self.shares).map(|(l, w)| f64::from(l * w));
        let mut posterior: Vec<f64> = products.collect();
        let total: f64 = posterior.iter().sum();
        posterior.iter_mut().for_each(|p| *p /= total.max(1e-300));
        posterior
    }
}
