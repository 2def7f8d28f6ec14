//! Latent segments by expectation–maximisation over users (Dempster, Laird & Rubin 1977).
//!
//! A user's evidence is multinomial in day-part, content, purchase and the bins of gap and amount, given the segment; all facets speak together. Parameters of a segment are shrunk to the population's with the weight of a
//! few users. The start is deterministic: each segment begins at one user's evidence, chosen far from those
//! chosen before (k-means++, Arthur & Vassilvitskii 2007, with the farthest instead of a random one).

use rayon::prelude::*;

use super::evidence::{Evidence, Moments};
use crate::{
    base::float::{exp, log},
    history::session::{CONTENT_KINDS, DAYPARTS},
    user::facet::{amount::AMOUNT_BINS, gap::GAP_BINS},
};

/// Pseudo-evidence of the population in every segment, in effective events of each facet.
const SHRINK: f64 = 12.0;
const ROUNDS: usize = 120;

/// One segment's laws.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentFit {
    /// Share of users \[1\].
    pub share: f64,
    /// The parts of the day, weekday and weekend.
    pub dayparts: [[f64; DAYPARTS]; 2],
    /// The kinds of content.
    pub contents: [f64; CONTENT_KINDS],
    /// Probability that first and later sessions pay.
    pub pays: [f64; 2],
    /// Probability that an offer is taken.
    pub offer: f64,
    /// Shares of the gap's bins.
    pub gaps: [f64; GAP_BINS],
    /// Shares of the amount's bins.
    pub amounts: [f64; AMOUNT_BINS],
    /// Mean of ln amount.
    pub amount: f64,
}

/// Segments and who belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// The segments, the largest first.
    pub segments: Vec<SegmentFit>,
    /// Membership of each user in each segment.
    pub membership: Vec<Vec<f64>>,
    /// Quasi log likelihood of the users \[nat\].
    pub log_likelihood: f64,
}

/// Fits `count` segments to users' tempered evidence.
#[must_use]
pub fn segment(users: &[Evidence], count: usize) -> Segmentation {
    let everyone = total(users);
    let whole = maximise(&everyone, 1.0, &everyone);
    let mut segments = start(users, &whole, &everyone, count);
    let mut best = expect(users, &segments);
    for _ in 0..ROUNDS {
        segments = maximise_all(users, &best.membership, &everyone, count);
        let next = expect(users, &segments);
        let gained = next.log_likelihood - best.log_likelihood;
        best = next;
        if gained.abs() < 1e-4 * users.len() as f64 {
            break;
        }
    }
    sorted(best)
}

fn total(users: &[Evidence]) -> Evidence {
    let mut sum = Evidence::default();
    users.iter().for_each(|user| sum.add(user, 1.0));
    sum
}

/// Each segment starts at the user who is worst explained by those before.
fn start(users: &[Evidence], whole: &SegmentFit, everyone: &Evidence, count: usize) -> Vec<SegmentFit> {
    let mut segments = vec![whole.clone()];
    let mut explained: Vec<f64> = users.iter().map(|user| log_likelihood(user, whole)).collect();
    let ideal: Vec<f64> = users.iter().map(|user| log_likelihood(user, &around(user, everyone))).collect();
    while segments.len() < count {
        let gain = |u: &usize| ideal[*u] - explained[*u];
        let Some(worst) = (0..users.len()).max_by(|a, b| gain(a).total_cmp(&gain(b))) else { break };
        let next = around(&users[worst], everyone);
        for (best, user) in explained.iter_mut().zip(users) {
            *best = best.max(log_likelihood(user, &next));
        }
        segments.push(next);
    }
    let share = 1.0 / segments.len() as f64;
    segments.iter_mut().for_each(|segment| segment.share = share);
    segments
}

fn around(user: &Evidence, everyone: &Evidence) -> SegmentFit {
    maximise(user, 1.0, everyone)
}

/// Memberships given the segments, and the likelihood.
fn expect(users: &[Evidence], segments: &[SegmentFit]) -> Segmentation {
    let logs: Vec<LogSegment> = segments.iter().map(LogSegment::new).collect();
    let each: Vec<(Vec<f64>, f64)> = users.par_iter().map(|user| belongs(user, &logs)).collect();
    let log_likelihood = each.iter().map(|(_, likelihood)| likelihood).sum();
    let membership = each.into_iter().map(|(membership, _)| membership).collect();
    Segmentation { segments: segments.to_vec(), membership, log_likelihood }
}

fn belongs(user: &Evidence, segments: &[LogSegment]) -> (Vec<f64>, f64) {
    let logs: Vec<f64> = segments.iter().map(|segment| segment.share + segment.of(user)).collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = logs.iter().map(|l| exp(l - top)).collect();
    let sum: f64 = odds.iter().sum();
    (odds.iter().map(|o| o / sum).collect(), top + log(sum))
}

fn maximise_all(users: &[Evidence], membership: &[Vec<f64>], everyone: &Evidence, count: usize) -> Vec<SegmentFit> {
    let segments = (0..count).into_par_iter().map(|c| {
        let (mut sum, mut members) = (Evidence::default(), 0.0);
        for (user, membership) in users.iter().zip(membership) {
            sum.add(user, membership[c]);
            members += membership[c];
        }
        maximise(&sum, (members + 1.0) / (users.len() + count) as f64, everyone)
    });
    segments.collect()
}

/// The laws that suit some evidence best, shrunk to everyone's.
fn maximise(evidence: &Evidence, share: f64, everyone: &Evidence) -> SegmentFit {
    SegmentFit {
        share,
        dayparts: [0, 1].map(|day| {
            let both = shrunk(&everyone.dayparts[day], &uniform(), 1.0);
            shrunk(&evidence.dayparts[day], &both, SHRINK)
        }),
        contents: shrunk(&evidence.contents, &shrunk(&everyone.contents, &uniform(), 1.0), SHRINK),
        pays: [0, 1].map(|later| {
            let all = shrunk(&everyone.purchases[later], &uniform(), 1.0);
            shrunk(&evidence.purchases[later], &all, SHRINK)[1]
        }),
        offer: shrunk(&evidence.offers, &shrunk(&everyone.offers, &uniform(), 1.0), SHRINK)[1],
        gaps: shrunk(&evidence.gaps, &shrunk(&everyone.gaps, &uniform(), 1.0), SHRINK),
        amounts: shrunk(&evidence.amounts, &shrunk(&everyone.amounts, &uniform(), 1.0), SHRINK),
        amount: level(&evidence.amount, &everyone.amount),
    }
}

fn uniform<const K: usize>() -> [f64; K] {
    [1.0 / K as f64; K]
}

fn shrunk<const K: usize>(counts: &[f64; K], to: &[f64; K], weight: f64) -> [f64; K] {
    let total: f64 = counts.iter().sum::<f64>() + weight;
    std::array::from_fn(|k| (counts[k] + weight * to[k]) / total)
}

/// Mean, shrunk to everyone's.
fn level(moments: &Moments, everyone: &Moments) -> f64 {
    let by = if everyone.n > 0.0 { SHRINK / everyone.n } else { 0.0 };
    moments.plus(&everyone.scaled(by)).mean()
}

fn log_likelihood(user: &Evidence, segment: &SegmentFit) -> f64 {
    LogSegment::new(segment).of(user)
}

/// A segment's laws as logarithms.
struct LogSegment {
    share: f64,
    dayparts: [[f64; DAYPARTS]; 2],
    contents: [f64; CONTENT_KINDS],
    purchases: [[f64; 2]; 2],
    offers: [f64; 2],
    gaps: [f64; GAP_BINS],
    amounts: [f64; AMOUNT_BINS],
}

impl LogSegment {
    fn new(segment: &SegmentFit) -> Self {
        Self {
            share: log(segment.share),
            dayparts: segment.dayparts.map(|day| day.map(log)),
            contents: segment.contents.map(log),
            purchases: segment.pays.map(|p| [log(1.0 - p), log(p)]),
            offers: [log(1.0 - segment.offer), log(segment.offer)],
            gaps: segment.gaps.map(log),
            amounts: segment.amounts.map(log),
        }
    }

    fn of(&self, user: &Evidence) -> f64 {
        dot(user.dayparts.as_flattened(), self.dayparts.as_flattened())
            + dot(&user.contents, &self.contents)
            + dot(user.purchases.as_flattened(), self.purchases.as_flattened())
            + dot(&user.offers, &self.offers)
            + dot(&user.gaps, &self.gaps)
            + dot(&user.amounts, &self.amounts)
    }
}

fn dot(counts: &[f64], logs: &[f64]) -> f64 {
    counts.iter().zip(logs).map(|(count, log)| count * log).sum()
}

#[expect(clippy::needless_pass_by_value, reason = "the unsorted one has no further use")]
fn sorted(fit: Segmentation) -> Segmentation {
    let mut order: Vec<usize> = (0..fit.segments.len()).collect();
    order.sort_by(|&a, &b| fit.segments[b].share.total_cmp(&fit.segments[a].share));
    let pick = |membership: &Vec<f64>| order.iter().map(|&c| membership[c]).collect();
    Segmentation {
        segments: order.iter().map(|&c| fit.segments[c].clone()).collect(),
        membership: fit.membership.iter().map(pick).collect(),
        log_likelihood: fit.log_likelihood,
    }
}
