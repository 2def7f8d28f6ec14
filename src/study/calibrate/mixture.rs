//! Latent segments of users, by penalised maximum likelihood of everything that a user did.
//!
//! Each user's likelihood is a mixture over segments of the three [`laws`](super::laws). All parameters are found together
//! by the method of Berndt, Hall, Hall & Hausman (1974, *Annals of Economic and Social Measurement* 3, 653–665) with the
//! damping of Marquardt (1963): the sum of the squared scores of users stands for the curvature, and its inverse gives
//! the standard errors. Wide normal priors around the whole population keep what the history does not tell finite.

use rayon::prelude::*;

use super::{
    evidence::Seen,
    laws::{Visits, amounts, level, paying},
};
use crate::{
    base::{
        float::{exp, log, sqrt},
        matrix::{inverse, solve},
    },
    study::reference::special::logistic_of_minus,
};

/// Parameters that all segments share: shape of rates, strength of paying, spread of price levels; as logarithms.
pub const SHARED: usize = 3;
/// A segment's own, before its hazards: ln rate, logit of paying, ln mean amount, ln spread of amounts.
pub const OWN: usize = 4;
/// How wide the prior of each shared parameter is.
const SHARED_WIDTH: [f64; SHARED] = [1.5; SHARED];
/// How wide the prior of each of a segment's own parameters is, and of its hazards and the log odds of its share.
const OWN_WIDTH: [f64; OWN + 2] = [2.5, 2.5, 2.0, 1.0, 1.5, 2.0];
/// Smallest and largest logarithm of a spread or hazard: none is known better, or larger.
const BOUNDS: (f64, f64) = (-14.0, 8.0);
const ROUNDS: usize = 150;
/// Rounds in which shares are learned, all else known.
const SHARE_ROUNDS: usize = 100;
/// A step of the central difference.
const STEP: f64 = 1e-4;
/// Users that one task adds up.
const CHUNK: usize = 128;

/// What is known beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Ends of the windows of tenure \[day\].
    pub windows: Vec<f64>,
    /// Whether a departure is said aloud.
    pub announced: bool,
    /// Centres of the priors: shared, then a segment's own, with one hazard.
    pub centre: Vec<f64>,
}

/// Fitted segments.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// The parameters on their unbounded scales: shared, then by segment, then log odds of segments against the first.
    pub at: Vec<f64>,
    /// Their covariance.
    pub covariance: Vec<Vec<f64>>,
    /// How many segments there are.
    pub segments: usize,
    /// \[nat\], without the priors.
    pub log_likelihood: f64,
}

impl Form {
    /// From simple means over all users.
    #[must_use]
    pub fn of(users: &[Seen], windows: Vec<f64>, announced: bool) -> Self {
        let sum = |of: fn(&Seen) -> f64| users.iter().map(of).sum::<f64>();
        let (repeats, days) = (sum(|it| it.repeats), sum(|it| it.watched));
        let rate = (repeats + 0.5) / (days + 1.0);
        let pays = (sum(|it| it.paid) + 0.5) / (repeats + 1.0);
        let (paid, logs) = (sum(|it| it.amounts.0), sum(|it| it.amounts.0 * it.amounts.1));
        // Who has not been seen for long is taken to have left, for a start.
        let silent = sum(|it| f64::from(it.watched - it.recency > 30.0));
        let left = if announced { sum(|it| f64::from(it.left)) } else { silent };
        let hazard = (left + 0.5) / (days + 1.0);
        let level = if paid > 0.0 { logs / paid } else { 0.0 };
        let own = [log(rate), log(pays / (1.0 - pays)), level + 0.15, log(0.5), log(hazard)];
        let centre = [log(1.5), log(10.0), log(0.3)].into_iter().chain(own).collect();
        Self { windows, announced, centre }
    }

    fn block(&self) -> usize {
        OWN + self.windows.len() + 1
    }

    /// Prior mean and width of each parameter.
    fn priors(&self, segments: usize) -> Vec<(f64, f64)> {
        let own = (0..self.block()).map(|j| (self.centre[SHARED + j.min(OWN)], OWN_WIDTH[j.min(OWN)]));
        let own: Vec<(f64, f64)> = own.collect();
        let shared = (0..SHARED).map(|j| (self.centre[j], SHARED_WIDTH[j]));
        let odds = std::iter::repeat_n((0.0, OWN_WIDTH[OWN + 1]), segments - 1);
        shared.chain((0..segments).flat_map(|_| own.clone())).chain(odds).collect()
    }

    /// Log-likelihoods of the laws in a segment: sessions and leaving, paying, amounts.
    fn laws(&self, user: &Seen, at: &Scales) -> [f64; 3] {
        [self.visits(at).log_likelihood(user), at.pays(user), at.spends(user)]
    }

    fn visits<'a>(&'a self, at: &'a Scales) -> Visits<'a> {
        let Scales { rate, shape, hazard, .. } = at;
        Visits { rate: *rate, shape: *shape, windows: &self.windows, hazard, announced: self.announced }
    }

    /// Derivatives of a segment's log-likelihood by shared and own parameters.
    fn slopes(&self, user: &Seen, around: &Around, into: &mut [f64]) {
        for (j, (slope, sides)) in into.iter_mut().zip(&around.sides).enumerate() {
            let rise = |of: &dyn Fn(&Scales) -> f64| (of(&sides[1]) - of(&sides[0])) / (2.0 * STEP);
            *slope = match j {
                1 | 4 => rise(&|at| at.pays(user)),
                2 | 5 | 6 => rise(&|at| at.spends(user)),
                _ if self.announced && j >= SHARED + OWN => {
                    self.visits(&around.here).hazard_slope(user, j - SHARED - OWN)
                }
                _ => rise(&|at| self.visits(at).log_likelihood(user)),
            };
        }
    }

    /// Fits so many segments, from a start.
    fn climb(&self, users: &[Seen], start: Vec<f64>, segments: usize, rounds: usize) -> Climb {
        let priors = self.priors(segments);
        let (mut here, mut damping) = (Climb::at(self, users, start, segments), 0.1);
        for _ in 0..rounds {
            let (gradient, information) = here.uphill(&priors);
            let mut damped = information;
            (0..damped.len()).for_each(|j| damped[j][j] *= 1.0 + damping);
            let Some(step) = solve(damped, &gradient) else { break };
            let gain: f64 = step.iter().zip(&gradient).map(|(a, b)| a * b).sum();
            if gain < 1e-3 {
                break;
            }
            let next = here.at.iter().zip(&step).map(|(at, by)| (at + by.clamp(-1.5, 1.5)).clamp(BOUNDS.0, BOUNDS.1));
            let next = Climb::at(self, users, next.collect(), segments);
            let better = next.penalised(&priors) > here.penalised(&priors);
            damping = if better { (damping / 5.0).max(1e-6) } else { damping * 6.0 };
            if better {
                here = next;
            } else if damping > 1e8 {
                break;
            }
        }
        here
    }

    /// Probability that a user belongs to each segment, given the parameters \[1\].
    #[must_use]
    pub fn membership(&self, user: &Seen, at: &[f64], segments: usize) -> Vec<f64> {
        self.members(at, segments).of(user)
    }

    /// The segments under given parameters, ready to be asked for many users.
    #[must_use]
    pub fn members(&self, at: &[f64], segments: usize) -> Members<'_> {
        let scales = |c: usize| Scales::of(&at[..SHARED], self.own(at, c));
        let shares = shares(at, segments).into_iter().map(log);
        Members { form: self, segments: shares.zip((0..segments).map(scales)).collect() }
    }

    /// The parameters with the log odds of the segments that suit these users best, all else as it is
    /// (expectation–maximisation; Dempster, Laird & Rubin 1977, *JRSS B* 39).
    #[must_use]
    pub fn with_shares_of(&self, users: &[Seen], at: &[f64], segments: usize) -> Vec<f64> {
        let first = at.len() + 1 - segments;
        let mut even = at.to_vec();
        even[first..].fill(0.0);
        let members = self.members(&even, segments);
        let likely: Vec<Vec<f64>> = users.par_iter().map(|user| members.of(user)).collect();
        let mut shares = shares(at, segments);
        for _ in 0..SHARE_ROUNDS {
            let mut sums = vec![0.5; segments];
            for user in &likely {
                let total: f64 = user.iter().zip(&shares).map(|(l, share)| l * share).sum();
                user.iter().zip(&shares).zip(&mut sums).for_each(|((l, share), sum)| *sum += l * share / total);
            }
            let total: f64 = sums.iter().sum();
            shares = sums.iter().map(|sum| sum / total).collect();
        }
        even[first..].iter_mut().zip(&shares[1..]).for_each(|(odds, share)| *odds = log(share / shares[0]));
        even
    }

    /// What users of each segment paid, over what log-normal amounts around their levels would come to: amounts are seldom quite
    /// log-normal, and a mean that is off by a tenth is worth more than the shape.
    #[must_use]
    pub fn paid_over_expected(&self, users: &[Seen], at: &[f64], segments: usize) -> Vec<f64> {
        let (mut paid, mut expected) = (vec![0.0; segments], vec![0.0; segments]);
        let members = self.members(at, segments);
        for user in users.iter().filter(|user| user.amounts.0 > 0.0) {
            for (c, belongs) in members.of(user).into_iter().enumerate() {
                let (own, between) = (self.own(at, c), exp(at[2]).max(1e-3));
                let within = exp(own[3]).max(0.01);
                let (level, variance) = level(user, exp(own[2]), within, between);
                paid[c] += belongs * user.spent;
                expected[c] += belongs * user.amounts.0 * exp(level + variance / 2.0 + within * within / 2.0);
            }
        }
        // A segment in which hardly anybody paid is left as it is.
        let ratio =
            |(paid, expected): (&f64, &f64)| if *expected > 0.0 { (paid / expected).clamp(0.2, 5.0) } else { 1.0 };
        paid.iter().zip(&expected).map(ratio).collect()
    }

    /// Covariance of the parameters around given ones, from the users' scores and the priors.
    #[must_use]
    pub fn covariance(&self, users: &[Seen], at: Vec<f64>, segments: usize) -> Option<Vec<Vec<f64>>> {
        let here = Climb::at(self, users, at, segments);
        inverse(here.uphill(&self.priors(segments)).1)
    }

    /// The law of sessions and leaving in a segment.
    #[must_use]
    pub fn visits_of<'a>(&'a self, at: &[f64], segment: usize, hazard: &'a mut Vec<f64>) -> Visits<'a> {
        let Scales { rate, shape, hazard: own, .. } = Scales::of(&at[..SHARED], self.own(at, segment));
        *hazard = own;
        Visits { rate, shape, windows: &self.windows, hazard, announced: self.announced }
    }

    /// Parameters of one segment, on their unbounded scales.
    #[must_use]
    pub fn own<'a>(&self, at: &'a [f64], segment: usize) -> &'a [f64] {
        &at[SHARED + segment * self.block()..][..self.block()]
    }

    /// Fits one segment, then one more as long as the users bear it (Schwarz 1978); or as many as asked for.
    #[must_use]
    pub fn fit(&self, users: &[Seen], asked: Option<usize>, most: usize) -> Mixture {
        let mut best = self.climb(users, self.start(), 1, ROUNDS);
        for segments in 2..=asked.unwrap_or(most) {
            let next = self.split(users, &best);
            let enough = asked.is_none() && next.criterion(users.len()) >= best.criterion(users.len());
            if enough {
                break;
            }
            best = next;
            debug_assert_eq!(best.segments, segments);
        }
        self.told(best)
    }

    /// Fits so many segments from a given place.
    #[must_use]
    pub fn fit_from(&self, users: &[Seen], start: Vec<f64>, segments: usize) -> Mixture {
        self.told(self.climb(users, start, segments, ROUNDS))
    }

    fn told(&self, best: Climb) -> Mixture {
        let (_, information) = best.uphill(&self.priors(best.segments));
        let covariance =
            inverse(information).unwrap_or_else(|| vec![vec![f64::INFINITY; best.at.len()]; best.at.len()]);
        Mixture { covariance, segments: best.segments, log_likelihood: best.log_likelihood, at: best.at }
    }

    fn start(&self) -> Vec<f64> {
        let own = (0..self.block()).map(|j| self.centre[SHARED + j.min(OWN)]);
        self.centre[..SHARED].iter().copied().chain(own).collect()
    }

    /// The best of splits of the largest segment: by rate, paying, amount and leaving, alone and together.
    fn split(&self, users: &[Seen], from: &Climb) -> Climb {
        let step = users.len().div_ceil(1_000).max(1);
        let some: Vec<Seen> = users.iter().step_by(step).cloned().collect();
        let ways: [[f64; 4]; 6] = [
            [0.8, 0.0, 0.0, 0.0],
            [0.0, 0.8, 0.0, 0.0],
            [0.0, 0.0, 0.5, 0.0],
            [0.8, 0.5, 0.3, -0.6],
            [0.0, 0.0, 0.0, 0.8],
            [0.8, -0.5, 0.3, -0.6],
        ];
        let tried = ways.map(|way| self.climb(&some, self.parted(from, way), from.segments + 1, 25));
        let priors = self.priors(from.segments + 1);
        let best = tried.into_iter().max_by(|a, b| a.penalised(&priors).total_cmp(&b.penalised(&priors)));
        let start = best.map_or_else(|| self.parted(from, ways[0]), |best| best.at);
        self.climb(users, start, from.segments + 1, ROUNDS)
    }

    /// The parameters with the largest segment split in two.
    fn parted(&self, from: &Climb, [rate, pays, amount, leaving]: [f64; 4]) -> Vec<f64> {
        let (shares, block) = (from.shares.clone(), self.block());
        let largest = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b])).unwrap_or(0);
        let (mut at, odds) =
            (from.at[..SHARED + from.segments * block].to_vec(), &from.at[SHARED + from.segments * block..]);
        let mut other = at[SHARED + largest * block..][..block].to_vec();
        for (j, by) in [rate, pays, amount, 0.0].into_iter().chain(std::iter::repeat(leaving)).take(block).enumerate() {
            at[SHARED + largest * block + j] += by;
            other[j] -= by;
        }
        let own = largest.checked_sub(1).map_or(0.0, |before| odds[before]);
        at.extend(other);
        at.extend(odds);
        at.push(own);
        at
    }
}

/// A segment's parameters on their own scales.
struct Scales {
    rate: f64,
    shape: f64,
    /// Mean and strength of paying.
    paying: (f64, f64),
    /// Mean of amounts, and their spread within and between users.
    amounts: (f64, f64, f64),
    hazard: Vec<f64>,
}

impl Scales {
    fn of(shared: &[f64], own: &[f64]) -> Self {
        Self {
            rate: exp(own[0]),
            shape: exp(shared[0]),
            paying: (logistic_of_minus(-own[1]).clamp(1e-9, 1.0 - 1e-9), exp(shared[1])),
            amounts: (exp(own[2]), exp(own[3]).max(0.01), exp(shared[2]).max(1e-3)),
            hazard: own[OWN..].iter().map(|h| exp(*h)).collect(),
        }
    }

    fn pays(&self, user: &Seen) -> f64 {
        paying(user, self.paying.0, self.paying.1)
    }

    fn spends(&self, user: &Seen) -> f64 {
        amounts(user, self.amounts.0, self.amounts.1, self.amounts.2)
    }
}

/// Segments that users may belong to.
pub struct Members<'a> {
    form: &'a Form,
    /// The logarithm of each one's share, and its parameters.
    segments: Vec<(f64, Scales)>,
}

impl Members<'_> {
    /// Probability that a user belongs to each segment \[1\].
    #[must_use]
    pub fn of(&self, user: &Seen) -> Vec<f64> {
        let one = |(share, at): &(f64, Scales)| share + self.form.laws(user, at).iter().sum::<f64>();
        let logs: Vec<f64> = self.segments.iter().map(one).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|l| exp(l - top)).sum();
        logs.iter().map(|l| exp(l - top) / sum).collect()
    }
}

/// A segment's parameters, and a step to either side of each.
struct Around {
    here: Scales,
    sides: Vec<[Scales; 2]>,
}

impl Around {
    fn of(shared: &[f64], own: &[f64]) -> Self {
        let all: Vec<f64> = shared.iter().chain(own).copied().collect();
        let side = |j: usize, by: f64| {
            let mut at = all.clone();
            at[j] += by;
            Scales::of(&at[..SHARED], &at[SHARED..])
        };
        let sides = (0..all.len()).map(|j| [side(j, -STEP), side(j, STEP)]).collect();
        Self { here: Scales::of(shared, own), sides }
    }
}

/// A place on the way up.
struct Climb {
    at: Vec<f64>,
    segments: usize,
    shares: Vec<f64>,
    log_likelihood: f64,
    /// Sums over users of their scores, and of the products of those.
    gradient: Vec<f64>,
    information: Vec<Vec<f64>>,
}

impl Climb {
    fn at(form: &Form, users: &[Seen], at: Vec<f64>, segments: usize) -> Self {
        let size = at.len();
        let mut here = Self {
            shares: shares(&at, segments),
            at,
            segments,
            log_likelihood: 0.0,
            gradient: vec![0.0; size],
            information: vec![vec![0.0; size]; size],
        };
        let around = |c: usize| Around::of(&here.at[..SHARED], form.own(&here.at, c));
        let around: Vec<Around> = (0..segments).map(around).collect();
        let parts: Vec<_> = users.par_chunks(CHUNK).map(|users| here.part(form, &around, users)).collect();
        // Chunks are added up in their order, so that threads change no bit.
        for (value, gradient, information) in parts {
            here.log_likelihood += value;
            add(&mut here.gradient, &gradient);
            here.information.iter_mut().zip(&information).for_each(|(sum, more)| add(sum, more));
        }
        here
    }

    fn part(&self, form: &Form, around: &[Around], users: &[Seen]) -> (f64, Vec<f64>, Vec<Vec<f64>>) {
        let size = self.at.len();
        let (mut value, mut gradient, mut information) = (0.0, vec![0.0; size], vec![vec![0.0; size]; size]);
        for user in users {
            let (own, scores) = self.scores(form, around, user);
            value += own;
            add(&mut gradient, &scores);
            for (line, score) in information.iter_mut().zip(&scores).filter(|(_, score)| **score != 0.0) {
                line.iter_mut().zip(&scores).for_each(|(sum, other)| *sum += score * other);
            }
        }
        (value, gradient, information)
    }

    /// A user's log-likelihood and its derivatives.
    fn scores(&self, form: &Form, around: &[Around], user: &Seen) -> (f64, Vec<f64>) {
        let (block, shares) = (form.block(), &self.shares);
        let one = |c: usize| log(shares[c]) + form.laws(user, &around[c].here).iter().sum::<f64>();
        let logs: Vec<f64> = (0..self.segments).map(one).collect();
        let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logs.iter().map(|l| exp(l - top)).sum();
        let (mut scores, mut slopes) = (vec![0.0; self.at.len()], vec![0.0; SHARED + block]);
        for c in 0..self.segments {
            let belongs = exp(logs[c] - top) / sum;
            form.slopes(user, &around[c], &mut slopes);
            (0..SHARED).for_each(|j| scores[j] += belongs * slopes[j]);
            (0..block).for_each(|j| scores[SHARED + c * block + j] = belongs * slopes[SHARED + j]);
            if c > 0 {
                scores[SHARED + self.segments * block + c - 1] = belongs - shares[c];
            }
        }
        (top + log(sum), scores)
    }

    fn penalty(&self, priors: &[(f64, f64)]) -> f64 {
        self.at.iter().zip(priors).map(|(at, (mean, width))| 0.5 * ((at - mean) / width).powi(2)).sum()
    }

    fn penalised(&self, priors: &[(f64, f64)]) -> f64 {
        let value = self.log_likelihood - self.penalty(priors);
        if value.is_finite() { value } else { f64::NEG_INFINITY }
    }

    /// Gradient and information, the priors' included.
    fn uphill(&self, priors: &[(f64, f64)]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let (mut gradient, mut information) = (self.gradient.clone(), self.information.clone());
        for (j, (mean, width)) in priors.iter().enumerate() {
            gradient[j] -= (self.at[j] - mean) / (width * width);
            information[j][j] += 1.0 / (width * width);
        }
        (gradient, information)
    }

    /// Schwarz's criterion; less is better.
    fn criterion(&self, users: usize) -> f64 {
        self.at.len() as f64 * log(users.max(1) as f64) - 2.0 * self.log_likelihood
    }
}

fn add(sum: &mut [f64], more: &[f64]) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

/// The segments' shares from their log odds, which come last.
#[must_use]
pub fn shares(at: &[f64], segments: usize) -> Vec<f64> {
    let odds: Vec<f64> = std::iter::once(1.0).chain(at[at.len() + 1 - segments..].iter().map(|x| exp(*x))).collect();
    let sum: f64 = odds.iter().sum();
    odds.iter().map(|odd| odd / sum).collect()
}

impl Mixture {
    /// The segments' shares \[1\].
    #[must_use]
    pub fn shares(&self) -> Vec<f64> {
        shares(&self.at, self.segments)
    }

    /// A shared parameter on its own scale, with the standard error of its logarithm.
    #[must_use]
    pub fn shared(&self, j: usize) -> (f64, f64) {
        (exp(self.at[j]), self.error(j))
    }

    /// A segment's own parameter on its unbounded scale, with its standard error.
    #[must_use]
    pub fn own(&self, segment: usize, j: usize) -> (f64, f64) {
        let block = (self.at.len() + 1 - SHARED - self.segments) / self.segments;
        let j = SHARED + segment * block + j;
        (self.at[j], self.error(j))
    }

    /// Standard error of a segment's share, by the delta method.
    #[must_use]
    pub fn share_error(&self, segment: usize) -> f64 {
        let (shares, first) = (self.shares(), self.at.len() + 1 - self.segments);
        let slope = |k: usize| shares[segment] * (f64::from(k == segment) - shares[k]);
        let pairs = (1..self.segments).flat_map(|k| (1..self.segments).map(move |l| (k, l)));
        let variance: f64 =
            pairs.map(|(k, l)| slope(k) * slope(l) * self.covariance[first + k - 1][first + l - 1]).sum();
        sqrt(variance.max(0.0))
    }

    fn error(&self, j: usize) -> f64 {
        sqrt(self.covariance[j][j].max(0.0))
    }
}
