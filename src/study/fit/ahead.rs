//! Who leaves within the coming days: the hazard at landmarks, by penalised maximum likelihood.
//!
//! The base by week of tenure, the weights of the covariates and what each channel adds are found together by Fisher
//! scoring (IRLS; McCullagh & Nelder 1989, §2.5) on all landmarks of the fitting users. Neighbouring weeks are held
//! together (a penalty on squared differences), weights and channels are held to 0 (ridge). How firmly is what predicts
//! best when half of the fitting users, by a hash, are predicted from the other half, and the reverse: landmarks of one
//! user overlap, so only other users can tell.

use rayon::prelude::*;
use xxhash_rust::xxh64::xxh64;

use super::newton::{Problem, Row};
use crate::{
    base::float::{log, log1p, sqrt},
    study::{landmark::Landmark, life::Life},
    user::{
        facet::churn::ahead::{AheadPrior, Peer, Peers, SIGNS, Signs, late, signs, within},
        priors::Priors,
    },
};

/// Longest tenure whose weeks are told apart \[week\].
const WEEKS: usize = 104;
/// Departures that a fit needs.
const LEAST: usize = 20;
/// Landmarks on which penalties are chosen at most, about.
const SEARCHED: usize = 40_000;
/// Users' worth of everybody's means in those of a channel.
const SHRINK: f64 = 10.0;
/// How firmly neighbouring weeks may be held together.
const SMOOTH: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];
/// How firmly weights may be held to 0.
const RIDGE: [f64; 6] = [1.0, 3.0, 10.0, 30.0, 100.0, 300.0];

/// Fits who leaves within a horizon \[day\]; none if hardly anybody left.
#[must_use]
pub fn fit(lives: &[Life<'_>], priors: &Priors, horizon_days: f64) -> Option<AheadPrior> {
    // 1. What was known of whom, when, and what came of it.
    let landmarks: Vec<Vec<Landmark>> = lives.par_iter().map(|life| life.landmarks(priors, horizon_days)).collect();
    let all = || landmarks.iter().flatten();
    if all().filter(|landmark| landmark.left).count() < LEAST {
        return None;
    }
    // 2. What is usual, and how a user differs from it.
    let mut prior = usual(&landmarks, horizon_days, channels(lives));
    let (rows, halves) = rows(lives, &landmarks, &prior);
    // 3. Tenure alone, then everything.
    let weeks = prior.base.len();
    let tenure = Problem { rows: rows.iter().map(Row::bare).collect(), weeks, signs: 0, channels: 0 };
    let smooth = best(SMOOTH.map(|smooth| (smooth, 1.0)).as_slice(), &tenure, &halves)?;
    prior.tenure_only = tenure.fit(smooth)?;
    let problem = Problem { rows, weeks, signs: SIGNS, channels: prior.channels.len() };
    let ridge = best(RIDGE.map(|ridge| (smooth.0, ridge)).as_slice(), &problem, &halves)?;
    Some(with(prior, &problem.fit(ridge)?))
}

/// The prior with what was found: weeks, covariates, channels.
fn with(mut prior: AheadPrior, found: &[f64]) -> AheadPrior {
    let (base, others) = found.split_at(prior.base.len());
    let (weights, channels) = others.split_at(SIGNS);
    prior.base.copy_from_slice(base);
    prior.weight.copy_from_slice(weights);
    prior.channels.iter_mut().zip(channels.chunks_exact(2)).for_each(|(to, of)| to.copy_from_slice(of));
    prior
}

/// How many channels users came by.
fn channels(lives: &[Life<'_>]) -> usize {
    let known = lives.iter().map(|life| life.channel).filter(|&channel| channel != crate::study::life::UNKNOWN_CHANNEL);
    known.max().map_or(0, |last| usize::from(last) + 1)
}

/// A prior that knows what is usual, and nothing of who leaves.
fn usual(landmarks: &[Vec<Landmark>], horizon_days: f64, channels: usize) -> AheadPrior {
    let all = || landmarks.iter().flatten().map(|landmark| &landmark.standing);
    let weeks = all().map(|standing| standing.weeks as usize + 1).max().unwrap_or(1).min(WEEKS);
    let (days, gaps) = all().fold((0.0, 1e-9), |(days, gaps), s| (days + s.gaps.0, gaps + s.gaps.1));
    let mut prior = AheadPrior {
        horizon_days,
        base: vec![0.0; weeks],
        tenure_only: vec![0.0; weeks],
        peers: peers(landmarks, weeks, channels),
        usual_gap: days / gaps,
        centre: [0.0; SIGNS],
        scale: [0.0; SIGNS],
        weight: [0.0; SIGNS],
        channels: vec![[0.0; 2]; channels],
    };
    let seen: Vec<Signs> = all().map(|standing| signs(standing, &prior.peers, prior.usual_gap)).collect();
    (prior.centre, prior.scale) = moments(&seen);
    prior
}

/// Means and standard deviations.
fn moments(seen: &[Signs]) -> (Signs, Signs) {
    let n = seen.len() as f64;
    let mean: Signs = std::array::from_fn(|i| seen.iter().map(|x| x[i]).sum::<f64>() / n);
    let deviation = |i: usize| sqrt(seen.iter().map(|x| (x[i] - mean[i]).powi(2)).sum::<f64>() / n);
    let scale = std::array::from_fn(|i| Some(deviation(i)).filter(|&s| s > 1e-6).unwrap_or_default());
    (mean, scale)
}

/// Sums over users by week: how many, and what they did.
type Sums = Vec<(f64, Peer)>;

/// Means by channel and week, shrunk to everybody's, who come last.
fn peers(landmarks: &[Vec<Landmark>], weeks: usize, channels: usize) -> Peers {
    let mut sums: Vec<Sums> = vec![vec![(0.0, Peer::default()); weeks]; channels + 1];
    for standing in landmarks.iter().flatten().map(|landmark| &landmark.standing) {
        let (week, channel) = ((standing.weeks as usize).min(weeks - 1), usize::from(standing.channel));
        let done = Peer { sessions: standing.sessions, recent: standing.recent, elapsed: log1p(standing.elapsed) };
        add(&mut sums[channels][week], &done, 1.0);
        if channel < channels {
            add(&mut sums[channel][week], &done, 1.0);
        }
    }
    let everybody: Vec<Peer> = sums[channels].iter().map(mean).collect();
    let of = |sums: Sums| sums.into_iter().zip(&everybody).map(|(sum, all)| shrunk(sum, all)).collect();
    Peers(sums.into_iter().map(of).collect())
}

fn add(sum: &mut (f64, Peer), done: &Peer, times: f64) {
    sum.0 += times;
    sum.1.sessions += times * done.sessions;
    sum.1.recent += times * done.recent;
    sum.1.elapsed += times * done.elapsed;
}

fn shrunk(mut sum: (f64, Peer), everybody: &Peer) -> Peer {
    add(&mut sum, everybody, SHRINK);
    mean(&sum)
}

fn mean((n, sum): &(f64, Peer)) -> Peer {
    let n = n.max(1e-9);
    Peer { sessions: sum.sessions / n, recent: sum.recent / n, elapsed: sum.elapsed / n }
}

/// Landmarks as rows, and in which half of the users each is; none for users that are not searched.
fn rows(lives: &[Life<'_>], landmarks: &[Vec<Landmark>], prior: &AheadPrior) -> (Vec<Row>, Vec<Option<bool>>) {
    let weeks = prior.base.len();
    let row = |landmark: &Landmark| {
        let standing = &landmark.standing;
        let signs = prior.standardised(&signs(standing, &prior.peers, prior.usual_gap)).map(|x| x as f32);
        let channel = Some(usize::from(standing.channel)).filter(|&channel| channel < prior.channels.len());
        let channel = channel.map(|channel| (channel, late(standing.weeks)));
        Row { week: (standing.weeks as usize).min(weeks - 1), signs: signs.to_vec(), channel, left: landmark.left }
    };
    // How firm a penalty should be does not depend on how many users there are: some of them tell.
    let every = landmarks.iter().map(Vec::len).sum::<usize>().div_ceil(SEARCHED).max(1) as u64;
    let half = |life: &Life<'_>| {
        let hash = xxh64(&life.user.0.to_le_bytes(), 30);
        (hash >> 1).is_multiple_of(every).then_some(hash & 1 == 0)
    };
    let each = lives.iter().zip(landmarks);
    each.flat_map(|(life, mine)| mine.iter().map(move |landmark| (row(landmark), half(life)))).unzip()
}

/// The penalties (smoothness, ridge) that predict the other half of the users best.
fn best(penalties: &[(f64, f64)], problem: &Problem, halves: &[Option<bool>]) -> Option<(f64, f64)> {
    let half = |chosen: bool| problem.part(halves, chosen);
    let (one, other) = (half(true), half(false));
    let score = |penalty: (f64, f64)| {
        let crossed = |fit_to: &Problem, held: &Problem| Some(held.log_likelihood(&fit_to.fit(penalty)?));
        Some(crossed(&one, &other)? + crossed(&other, &one)?)
    };
    let scored = penalties.iter().filter_map(|&penalty| Some((score(penalty)?, penalty)));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, penalty)| penalty)
}

/// Log score of a prediction \[nat\].
pub(super) fn log_score(eta: f64, left: bool) -> f64 {
    let p = within(eta);
    if left { log(p) } else { log1p(-p) }
}
