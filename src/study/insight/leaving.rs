//! When users leave, by tenure: how many did in each bin, of how many who were there, with all that is uncertain in it.
//!
//! Where departures are said aloud both are counted. Where they are silent the last session is earlier than the departure:
//! a user who came x times after the first until day r, and was watched until day T, has left by day t with odds
//! ((b+r)/(b+t))^(a+x) against having stayed so long (sessions are Poisson at a rate that is Gamma(a, b) over users). The
//! time of leaving is then missing data: expectation–maximisation over bins (Dempster, Laird & Rubin 1977, *JRSS B* 39), and
//! users' scores tell how much is known (Louis 1982, *JRSS B* 44).

use rayon::prelude::*;

use super::facts::{Facts, Person};
use crate::{
    base::float::{exp, expm1, log, log1p},
    study::{calibrate::evidence::Seen, reference::special::ln_rising},
};

/// Width of a bin of tenure \[day\].
pub const BIN: f64 = 5.0;
/// Bins at most: a year and a half.
const MOST_BINS: usize = 110;
/// Users that a bin needs.
const FEWEST_USERS: usize = 40;
/// Users that are read at most where departures are silent.
const MOST_USERS: usize = 8_000;
/// Times that the law of sessions and the hazards are fitted in turn, and the step at which a search for the law ends.
const TURNS: usize = 3;
const LAST_STEP: f64 = 0.02;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 40;
/// Users that one task adds up.
const CHUNK: usize = 512;

/// What one user says of leaving.
#[derive(Clone, Debug, PartialEq)]
pub struct Stay {
    /// Place in [`Facts::people`].
    pub person: usize,
    /// Tenure until which they were surely there \[day\].
    pub seen: f64,
    /// Tenure until which they were watched \[day\].
    pub watched: f64,
    /// Whether they were seen to leave at the end of that.
    pub left: bool,
    /// Sessions after the first, where departures are silent.
    repeats: f64,
    /// Of silence: logarithm of how much likelier silence is for who left, by bin from the last session on, and at the end.
    silence: Vec<f64>,
}

/// Users by tenure.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaving {
    /// One a user.
    pub stays: Vec<Stay>,
    /// Bins of [`BIN`] days.
    pub bins: usize,
    /// Whether departures are said aloud.
    pub announced: bool,
}

/// Expected departures and days lived, by bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// Departures.
    pub left: Vec<f64>,
    /// Days lived \[day\].
    pub days: Vec<f64>,
}

impl Leaving {
    /// Reads it from a history; none if tenure is not known or hardly anybody was there.
    #[must_use]
    pub fn of(facts: &Facts) -> Option<Self> {
        if facts.truncated || facts.people.len() < 2 * FEWEST_USERS {
            return None;
        }
        let mut watched: Vec<f64> = facts.people.iter().map(|person| person.left.unwrap_or(person.watched)).collect();
        watched.sort_by(|a, b| b.total_cmp(a));
        let bins = ((watched[FEWEST_USERS - 1] / BIN) as usize).min(MOST_BINS);
        if bins < 12 {
            return None;
        }
        let step = if facts.announced { 1 } else { facts.people.len().div_ceil(MOST_USERS) };
        let places: Vec<usize> = (0..facts.people.len()).step_by(step).collect();
        let of_law = |law| places.par_iter().map(|&place| Stay::of(facts, place, bins, law)).collect();
        let mut leaving = Self { stays: of_law(first_law(facts)), bins, announced: facts.announced };
        if let (false, Some(mut law)) = (facts.announced, first_law(facts)) {
            for _ in 0..TURNS {
                let hazard = leaving.fit(never_rising).0;
                law = leaving.law(&hazard, law);
                leaving.stays = of_law(Some(law));
            }
        }
        Some(leaving)
    }

    /// The law of sessions that suits the users best at given hazards: a search along both parameters with ever smaller steps
    /// (Hooke & Jeeves 1961, *Journal of the ACM* 8).
    fn law(&self, hazard: &[f64], start: Law) -> Law {
        let (mut best, mut step) = (start, 0.5);
        let mut most = self.log_likelihood(hazard, best);
        while step > LAST_STEP {
            let sides = [(step, 0.0), (-step, 0.0), (0.0, step), (0.0, -step)];
            let tried = sides.map(|(shape, rate)| best.moved(shape, rate));
            let better = tried.iter().map(|&law| (self.log_likelihood(hazard, law), law));
            match better.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(value, _)| *value > most) {
                Some((value, law)) => (most, best) = (value, law),
                None => step /= 2.0,
            }
        }
        best
    }

    /// Log-likelihood of sessions and silence, but for what does not depend on the law \[nat\].
    fn log_likelihood(&self, hazard: &[f64], law: Law) -> f64 {
        let parts: Vec<f64> = self
            .stays
            .par_chunks(CHUNK)
            .map(|stays| stays.iter().map(|stay| stay.log_likelihood(hazard, law)).sum())
            .collect();
        parts.iter().sum()
    }

    /// Departures and days lived at these hazards [1/day]; counted, where departures are said aloud.
    #[must_use]
    pub fn counts(&self, hazard: &[f64]) -> Counts {
        let parts: Vec<Counts> = self
            .stays
            .par_chunks(CHUNK)
            .map(|stays| {
                let mut sum = Counts::none(self.bins);
                stays.iter().for_each(|stay| stay.add(hazard, self.announced, &mut sum));
                sum
            })
            .collect();
        // Chunks are added up in their order, so that threads change no bit.
        let mut sum = Counts::none(self.bins);
        parts.iter().for_each(|part| sum.join(part));
        sum
    }

    /// Fits hazards under a rule that turns counts into hazards.
    #[must_use]
    pub fn fit(&self, rule: impl Fn(&Counts) -> Vec<f64>) -> (Vec<f64>, Counts) {
        let mut hazard = vec![0.01; self.bins];
        let mut counts = self.counts(&hazard);
        for _ in 0..if self.announced { 1 } else { ROUNDS } {
            hazard = rule(&counts);
            counts = self.counts(&hazard);
        }
        (rule(&counts), counts)
    }

    /// How surely departures are known to be in their bins: where they are said aloud, bins are independent with the variance
    /// that is expected of them; otherwise sums over users of the products of their scores.
    #[must_use]
    pub fn information(&self, hazard: &[f64]) -> Vec<Vec<f64>> {
        if self.announced {
            let mut diagonal = vec![vec![0.0; self.bins]; self.bins];
            let days = self.counts(hazard).days;
            (0..self.bins).for_each(|j| diagonal[j][j] = hazard[j] * days[j]);
            return diagonal;
        }
        let parts: Vec<Vec<Vec<f64>>> = self.stays.par_chunks(CHUNK).map(|stays| self.part(stays, hazard)).collect();
        let mut sum = vec![vec![0.0; self.bins]; self.bins];
        for part in &parts {
            for (line, more) in sum.iter_mut().zip(part) {
                line.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        sum
    }

    fn part(&self, stays: &[Stay], hazard: &[f64]) -> Vec<Vec<f64>> {
        let mut sum = vec![vec![0.0; self.bins]; self.bins];
        for stay in stays {
            let mut own = Counts::none(self.bins);
            stay.add(hazard, self.announced, &mut own);
            let scores: Vec<f64> = (0..self.bins).map(|j| own.left[j] - hazard[j] * own.days[j]).collect();
            let last = scores.iter().rposition(|score| *score != 0.0).map_or(0, |last| last + 1);
            for (line, score) in sum.iter_mut().zip(&scores[..last]) {
                line.iter_mut().zip(&scores[..last]).for_each(|(sum, other)| *sum += score * other);
            }
        }
        sum
    }

    /// Expected users who are still there at a tenure \[day\] and could be seen for so many days more, with each one's weight.
    #[must_use]
    pub fn there(&self, hazard: &[f64], tenure: f64) -> Vec<(usize, f64)> {
        let weight = |stay: &Stay| {
            let mut own = Counts::none(self.bins);
            stay.add(hazard, self.announced, &mut own);
            let before = (tenure / BIN) as usize;
            let gone: f64 = own.left[..before.min(self.bins)].iter().sum();
            if stay.watched < tenure { 0.0 } else { (1.0 - gone).max(0.0) }
        };
        self.stays.iter().map(|stay| (stay.person, weight(stay))).filter(|(_, weight)| *weight > 0.0).collect()
    }
}

impl Counts {
    fn none(bins: usize) -> Self {
        Self { left: vec![0.0; bins], days: vec![0.0; bins] }
    }

    fn join(&mut self, more: &Self) {
        self.left.iter_mut().zip(&more.left).for_each(|(sum, more)| *sum += more);
        self.days.iter_mut().zip(&more.days).for_each(|(sum, more)| *sum += more);
    }

    /// Departures and days between two bins.
    #[must_use]
    pub fn between(&self, from: usize, to: usize) -> (f64, f64) {
        (self.left[from..to].iter().sum(), self.days[from..to].iter().sum())
    }
}

/// Sessions come at a rate that is Gamma over users.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Law {
    /// Shape.
    shape: f64,
    /// Inverse scale \[day\].
    scale: f64,
}

impl Law {
    /// With other logarithms of its shape and of its mean rate.
    fn moved(self, shape: f64, rate: f64) -> Self {
        let mean = self.shape / self.scale * exp(rate);
        let shape = (self.shape * exp(shape)).clamp(0.05, 200.0);
        Self { shape, scale: shape / mean }
    }
}

/// A law to start from: the mean rate while users were seen; none if nobody came twice.
fn first_law(facts: &Facts) -> Option<Law> {
    let sums = facts.people.iter().map(|person| seen(facts, person));
    let (repeats, days) = sums.fold((0.0, 0.0), |sum, user| (sum.0 + user.repeats, sum.1 + user.recency));
    (repeats > 0.0 && days > 0.0).then(|| Law { shape: 1.0, scale: days / repeats })
}

fn seen(facts: &Facts, person: &Person) -> Seen {
    let visits = facts.of_person(person);
    let start = visits.first().map_or(0.0, |visit| visit.tenure);
    let recency = visits.last().map_or(0.0, |visit| visit.tenure) - start;
    let repeats = visits.len().saturating_sub(1) as f64;
    Seen { repeats, recency, watched: (person.watched - start).max(recency).max(1e-6), ..Seen::default() }
}

impl Stay {
    fn of(facts: &Facts, place: usize, bins: usize, law: Option<Law>) -> Self {
        let person = &facts.people[place];
        let end = bins as f64 * BIN;
        if facts.announced {
            let until = person.left.unwrap_or(person.watched);
            let left = person.left.is_some_and(|left| left < end);
            return Self { left, ..Self::seen(place, until.min(end), until.min(end)) };
        }
        let user = seen(facts, person);
        let (seen, watched) = (user.recency.min(end), user.watched.min(end));
        let stay = Self { repeats: user.repeats, ..Self::seen(place, seen, watched) };
        let law = law.filter(|_| user.recency < end && seen < watched);
        law.map_or(stay.clone(), |law| Self { silence: stay.odds(law, bins), ..stay })
    }

    fn seen(person: usize, seen: f64, watched: f64) -> Self {
        Self { person, seen, watched, left: false, repeats: 0.0, silence: Vec::new() }
    }

    /// Logarithm of how much likelier silence is for who left in each bin from the last session on, and for who stayed.
    fn odds(&self, law: Law, bins: usize) -> Vec<f64> {
        let odds = |tenure: f64| -(law.shape + self.repeats) * log1p((tenure - self.seen) / (law.scale + self.seen));
        let (first, last) = ((self.seen / BIN) as usize, ((self.watched / BIN).ceil() as usize).min(bins));
        let middle =
            |bin: usize| f64::midpoint((bin as f64 * BIN).max(self.seen), ((bin + 1) as f64 * BIN).min(self.watched));
        (first..last).map(|bin| odds(middle(bin))).chain([odds(self.watched)]).collect()
    }

    /// Log-likelihood of the user's sessions and silence, but for what does not depend on the law \[nat\].
    fn log_likelihood(&self, hazard: &[f64], law: Law) -> f64 {
        let power = law.shape + self.repeats;
        let sessions =
            ln_rising(law.shape, self.repeats) + law.shape * log(law.scale) - power * log(law.scale + self.seen);
        if self.silence.is_empty() {
            return sessions;
        }
        let silence = self.odds(law, hazard.len());
        sessions + log(self.ways(hazard, &silence).1.max(f64::MIN_POSITIVE))
    }

    /// Adds the user's expected departures and days lived.
    fn add(&self, hazard: &[f64], announced: bool, sum: &mut Counts) {
        let first = (self.seen / BIN) as usize;
        let whole = |bin: usize, until: f64| (until - bin as f64 * BIN).clamp(0.0, BIN);
        for bin in 0..hazard.len().min(first + 1) {
            sum.days[bin] += whole(bin, self.seen);
        }
        if announced || self.silence.is_empty() {
            let bin = ((self.seen / BIN) as usize).min(hazard.len() - 1);
            sum.left[bin] += f64::from(self.left);
            return;
        }
        self.add_silence(hazard, first, sum);
    }

    /// Days of a bin in which the user may have left.
    fn days(&self, bin: usize) -> f64 {
        (((bin + 1) as f64 * BIN).min(self.watched) - (bin as f64 * BIN).max(self.seen)).max(0.0)
    }

    /// Weight of having left in each bin since the last session; and of all that may have been, staying included.
    fn ways(&self, hazard: &[f64], silence: &[f64]) -> (Vec<f64>, f64) {
        let first = (self.seen / BIN) as usize;
        let (mut stays, mut weights, mut total) = (0.0, Vec::with_capacity(silence.len()), 0.0);
        for (place, odds) in silence[..silence.len() - 1].iter().enumerate() {
            let sum = hazard[first + place] * self.days(first + place);
            let leaves = exp(stays + odds) * -expm1(-sum);
            weights.push(leaves);
            total += leaves;
            stays -= sum;
        }
        (weights, total + exp(stays + silence[silence.len() - 1]))
    }

    fn add_silence(&self, hazard: &[f64], first: usize, sum: &mut Counts) {
        let (weights, total) = self.ways(hazard, &self.silence);
        // Who left later, or stayed, lived through the whole of a bin; who left in it, half of it.
        let mut later = 1.0;
        for (place, weight) in weights.iter().enumerate() {
            let here = weight / total.max(f64::MIN_POSITIVE);
            later -= here;
            sum.left[first + place] += here;
            sum.days[first + place] += self.days(first + place) * (later.max(0.0) + here / 2.0);
        }
    }
}

/// Hazards that never rise: the pooled rates of adjacent bins (Barlow, Bartholomew, Bremner & Brunk 1972, *Statistical Inference
/// under Order Restrictions*, § 1.2; the maximum of the likelihood of piecewise exponential lives).
#[must_use]
pub fn never_rising(counts: &Counts) -> Vec<f64> {
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
    for (&left, &days) in counts.left.iter().zip(&counts.days) {
        blocks.push((left, days.max(1e-9), 1));
        while let [.., before, last] = blocks.as_slice() {
            if last.0 / last.1 <= before.0 / before.1 {
                break;
            }
            let joined = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            blocks.truncate(blocks.len() - 2);
            blocks.push(joined);
        }
    }
    blocks.iter().flat_map(|&(left, days, bins)| std::iter::repeat_n((left / days).max(1e-7), bins)).collect()
}

/// A rule by which the bins between marks have one hazard.
pub fn level_between(marks: &[usize]) -> impl Fn(&Counts) -> Vec<f64> + '_ {
    move |counts| {
        let mut hazard = vec![0.0; counts.left.len()];
        for pair in marks.windows(2) {
            let (left, days) = counts.between(pair[0], pair[1]);
            hazard[pair[0]..pair[1]].fill(((left + 1e-6) / (days + 1e-3)).max(1e-7));
        }
        hazard
    }
}

/// Log-likelihood of one hazard for departures and days \[nat\].
#[must_use]
pub fn log_likelihood((left, days): (f64, f64)) -> f64 {
    if left > 0.0 && days > 0.0 { left * (log(left / days) - 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_pooled_until_none_rises() {
        let counts = Counts { left: vec![8.0, 2.0, 6.0, 1.0], days: vec![100.0; 4] };
        assert_eq!(never_rising(&counts), [0.08, 0.04, 0.04, 0.01]);
    }

    #[test]
    fn silence_is_shared_out_between_leaving_and_staying() {
        let stay = Stay { silence: vec![0.0; 6], ..Stay::seen(0, 7.0, 30.0) };
        let mut sum = Counts::none(6);
        stay.add(&[0.01; 6], false, &mut sum);
        let left: f64 = sum.left.iter().sum();
        // Nothing is known of when, or whether: the prior's own share left.
        assert!((left - -(-0.23f64).exp_m1()).abs() < 1e-12, "{left}");
        assert!(sum.left[0] == 0.0 && sum.days[0] == 5.0 && sum.days.iter().sum::<f64>() < 30.0);
    }
}
