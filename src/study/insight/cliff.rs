//! Churn cliffs: windows of tenure in which more users leave than sorting alone explains.
//!
//! If everybody had a hazard of their own that never changed, those with a high one would leave first, and the hazard of those
//! who are left could only fall (Proschan 1963, *Technometrics* 5, 375–383; of such laws sBG and BdW with c ≤ 1 are two:
//! Fader, Hardie, Liu, Davin & Steenburgh 2018, *Journal of Interactive Marketing* 43). So the null is *any hazard that never
//! rises*, and a cliff is a rise. Two scans share the error α:
//!
//! - *rises*: every window of 10 to 60 days against the time before it; the largest standardised excess is held against its
//!   law where the hazard is level, which has the most false rises of all that never rise, simulated with the covariance of
//!   departures from the users' scores, so that the search is paid for;
//! - *shoulders*: a month from the second on whose log hazard lies above the mean of its neighbours', where a first month
//!   full of leavers hides the rise; corrected for the months (Bonferroni).

use super::{
    Looked,
    facts::Facts,
    finding::{Finding, Kind, Measure, Trial, Window},
    interval::{Measured, above, known},
    leaving::{BIN, Counts, Leaving, level_between, log_likelihood, never_rising},
    precede,
    words::{chance, grouped, money, percent_of},
};
use crate::{
    base::{
        float::{exp, log, normal_quantile, sqrt},
        luck::{Luck, Purpose, Stream},
        matrix::{factor, inverse},
        units::UserId,
    },
    study::estimate::Estimate,
};

/// Nominal chance of a claim where there is no cliff. Of 210 simulated worlds without one 16 (8%) were claimed at 0.05 and 8 (4%)
/// at 0.02, so the 5% that are stated are kept with room.
pub const ALPHA: f64 = 0.02;
/// Part of it that rises may spend.
const FOR_RISES: f64 = 0.6;
/// Simulated largest excesses.
const SIMULATIONS: u32 = 999;
/// Bins of a month.
const MONTH: usize = 6;
/// Departures that a comparison needs.
const FEWEST_LEFT: f64 = 30.0;
/// Widths of windows, and of the time before them that they are held against \[bins\].
const WIDTHS: [usize; 6] = [2, 3, 5, 6, 9, 12];
const BEFORE: [usize; 2] = [3, 6];
/// Bins that a window's ends may move when it is placed.
const MOVES: usize = 6;

/// A window that stands out, and how far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cliff {
    /// Bins of the window.
    pub bins: (usize, usize),
    /// Days within which its ends lie, start and end \[day\].
    pub ends: [(f64, f64); 2],
    /// Logarithms of the hazard before, in and after [ln 1/day], with the covariance of in and of the baseline.
    inside: f64,
    baseline: f64,
    after: f64,
    variances: (f64, f64, f64),
}

/// What was found of leaving.
#[derive(Clone, Debug)]
pub struct Found {
    /// How users leave.
    pub leaving: Leaving,
    /// Hazards that never rise [1/day].
    pub null: Vec<f64>,
    /// Departures and days lived at them.
    pub counts: Counts,
    /// Probability of such a cliff by chance, after correction for all windows.
    pub p_value: f64,
    /// The cliff, if the evidence carries one.
    pub cliff: Option<Cliff>,
}

/// Looks for a cliff; none if tenure cannot be told.
#[must_use]
pub fn find(facts: &Facts, seed: u64) -> Option<Found> {
    let leaving = Leaving::of(facts)?;
    let (null, counts) = leaving.fit(never_rising);
    let noise = leaving.information(&null);
    let rise = rises(&leaving, &counts, &noise, seed);
    let shoulder = shoulders(&leaving);
    let [p_rise, p_shoulder] = [(rise, FOR_RISES), (shoulder, 1.0 - FOR_RISES)]
        .map(|(scan, part)| scan.map_or(1.0, |(p, _)| (p / part).min(1.0)));
    let p_value = p_rise.min(p_shoulder);
    // A rise is placed to five days, a shoulder to a month.
    let window = if p_rise <= ALPHA { rise } else { shoulder };
    let cliff = window.filter(|_| p_value <= ALPHA).and_then(|(_, window)| Cliff::at(&leaving, &counts, window));
    Some(Found { leaving, null, counts, p_value, cliff })
}

/// A window held against the time before it: bins before, of it, and of its end.
type Pair = (usize, usize, usize);

fn pairs(bins: usize) -> impl Iterator<Item = Pair> {
    let widths = WIDTHS.into_iter().flat_map(|width| BEFORE.map(|before| (before, width)));
    widths.flat_map(move |(before, width)| {
        (before..(bins + 1).saturating_sub(width)).map(move |start| (start - before, start, start + width))
    })
}

/// Departures in a window above those of the same days at the rate before it, as weights of the departures in bins.
fn weights(counts: &Counts, (from, start, end): Pair) -> Option<(f64, f64)> {
    let (before, inside) = (counts.between(from, start), counts.between(start, end));
    let days = before.1 + inside.1;
    let told = before.0 + inside.0 >= FEWEST_LEFT && before.1 > 0.0 && inside.1 > 0.0;
    told.then(|| (before.1 / days, -inside.1 / days))
}

/// The signed root of twice the gain in log-likelihood from a rate of the window's own: nearly standard normal for small counts,
/// too, which are skewed (Barndorff-Nielsen & Cox 1994, *Inference and Asymptotics*, § 4.2).
fn root_of_deviance(counts: &Counts, (from, start, end): Pair) -> f64 {
    let (before, inside) = (counts.between(from, start), counts.between(start, end));
    let both = (before.0 + inside.0, before.1 + inside.1);
    let gain = log_likelihood(before) + log_likelihood(inside) - log_likelihood(both);
    let root = sqrt((2.0 * gain).max(0.0));
    if rate(inside) > rate(before) { root } else { -root }
}

fn contrast(of: &[f64], (from, start, end): Pair, (inside, before): (f64, f64)) -> f64 {
    inside * of[start..end].iter().sum::<f64>() + before * of[from..start].iter().sum::<f64>()
}

fn variance(noise: &[Vec<f64>], pair: Pair, weights: (f64, f64)) -> f64 {
    let weight = |bin: usize| if bin < pair.1 { weights.1 } else { weights.0 };
    (pair.0..pair.2).map(|i| (pair.0..pair.2).map(|j| weight(i) * weight(j) * noise[i][j]).sum::<f64>()).sum()
}

/// The largest rise, with its chance where the hazard is level: of all that never rise, the one with the most false rises.
fn rises(leaving: &Leaving, counts: &Counts, noise: &[Vec<f64>], seed: u64) -> Option<(f64, (usize, usize))> {
    let looked: Vec<(Pair, (f64, f64), f64)> = pairs(leaving.bins)
        .filter_map(|pair| {
            let weights = weights(counts, pair)?;
            let sd = sqrt(variance(noise, pair, weights));
            (sd > 1e-6).then_some((pair, weights, sd))
        })
        .collect();
    let seen = looked.iter().map(|(pair, weights, sd)| {
        let z = if leaving.announced {
            root_of_deviance(counts, *pair)
        } else {
            contrast(&counts.left, *pair, *weights) / sd
        };
        (z, *pair)
    });
    let (most, (_, start, end)) = seen.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let largest = |of: &[f64]| {
        looked.iter().map(|(pair, weights, sd)| contrast(of, *pair, *weights) / sd).fold(f64::NEG_INFINITY, f64::max)
    };
    let root = factor(ridged(noise))?;
    let luck = Luck::new(seed, 0);
    let above = (0..SIMULATIONS)
        .filter(|&draw| {
            let drawn = drawn(&root, &mut luck.stream(UserId(0), Purpose::Bootstrap, draw));
            largest(&drawn) >= most
        })
        .count();
    Some(((above as f64 + 1.0) / (f64::from(SIMULATIONS) + 1.0), (start, end)))
}

/// The same with a little on its diagonal, so that it has a root where bins are empty.
fn ridged(noise: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut ridged = noise.to_vec();
    let most = (0..ridged.len()).map(|j| ridged[j][j]).fold(0.0, f64::max);
    (0..ridged.len()).for_each(|j| ridged[j][j] += 1e-9 * most + 1e-12);
    ridged
}

/// Departures in bins beyond those expected, as chance alone has them.
fn drawn(root: &[Vec<f64>], stream: &mut Stream) -> Vec<f64> {
    let normals: Vec<f64> = root.iter().map(|_| normal_quantile(stream.uniform())).collect();
    root.iter().map(|line| line.iter().zip(&normals).map(|(a, b)| a * b).sum()).collect()
}

/// The month that lies furthest above its neighbours, with its chance after correction.
fn shoulders(leaving: &Leaving) -> Option<(f64, (usize, usize))> {
    let months = (leaving.bins / MONTH).min(13);
    if months < 3 {
        return None;
    }
    let marks: Vec<usize> = (0..=months).map(|month| month * MONTH).chain([leaving.bins]).collect();
    let (hazard, counts) = leaving.fit(level_between(&marks));
    let levels: Vec<f64> = (0..months).map(|month| log(hazard[month * MONTH])).collect();
    let covariance = inverse(ridged(&summed(&leaving.information(&hazard), &marks)))?;
    let one = |month: usize| {
        let told = (month - 1..=month + 1).all(|one| counts.between(one * MONTH, (one + 1) * MONTH).0 >= FEWEST_LEFT);
        let by = [(month - 1, -0.5), (month, 1.0), (month + 1, -0.5)];
        let value: f64 = by.iter().map(|&(one, weight)| weight * levels[one]).sum();
        let variance: f64 =
            by.iter().map(|&(i, a)| by.iter().map(|&(j, b)| a * b * covariance[i][j]).sum::<f64>()).sum();
        told.then(|| (value / sqrt(variance.max(1e-12)), month))
    };
    let (z, month) = (1..months - 1).filter_map(one).max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(((above(z) * (months - 2) as f64).min(1.0), (month * MONTH, (month + 1) * MONTH)))
}

/// The information on levels of several bins each.
fn summed(information: &[Vec<f64>], marks: &[usize]) -> Vec<Vec<f64>> {
    let block = |a: &[usize], b: &[usize]| -> f64 {
        information[a[0]..a[1]].iter().map(|line| line[b[0]..b[1]].iter().sum::<f64>()).sum()
    };
    marks.windows(2).map(|a| marks.windows(2).map(|b| block(a, b)).collect()).collect()
}

impl Cliff {
    /// Places the window and measures it.
    fn at(leaving: &Leaving, counts: &Counts, scanned: (usize, usize)) -> Option<Self> {
        let (bins, ends) = placed(counts, scanned);
        let (start, end) = bins;
        let (before, after) = (start.saturating_sub(MONTH), (end + MONTH).min(leaving.bins));
        let mut marks: Vec<usize> = (0..before).step_by(MONTH).chain([before, start, end, after]).collect();
        marks.extend((after + 1..leaving.bins).filter(|bin| (bin - after) % MONTH == 0).chain([leaving.bins]));
        marks.dedup();
        let (hazard, _) = leaving.fit(level_between(&marks));
        let covariance = inverse(ridged(&summed(&leaving.information(&hazard), &marks)))?;
        let place = |bin: usize| marks.iter().position(|&mark| mark == bin);
        let inside = place(start)?;
        // With nothing after the window, or before it, the other side is the baseline.
        let sides: Vec<usize> = [inside.checked_sub(1), Some(inside + 1).filter(|&side| side + 1 < marks.len())]
            .into_iter()
            .flatten()
            .collect();
        let level = |side: usize| log(hazard[marks[side]]);
        let share = 1.0 / sides.len() as f64;
        let baseline = sides.iter().map(|&side| share * level(side)).sum::<f64>();
        let of_baseline = sides.iter().flat_map(|&i| sides.iter().map(move |&j| (i, j)));
        let of_baseline: f64 = of_baseline.map(|(i, j)| share * share * covariance[i][j]).sum();
        let both: f64 = sides.iter().map(|&side| share * covariance[side][inside]).sum();
        let variances = (covariance[inside][inside], of_baseline, both);
        let after = sides.last().map_or(baseline, |&side| level(side));
        Some(Self { bins, ends, inside: level(inside), baseline, after, variances })
    }

    /// The window \[day\].
    #[must_use]
    pub fn days(&self) -> (f64, f64) {
        (self.bins.0 as f64 * BIN, self.bins.1 as f64 * BIN)
    }

    /// Share of those who reach the window that leaves in it beyond the smooth decline.
    #[must_use]
    pub fn excess(&self) -> Measured {
        let days = self.days().1 - self.days().0;
        let kept = |level: f64| exp(-exp(level) * days);
        let slope = |level: f64| kept(level) * exp(level) * days;
        let (a, b) = (slope(self.inside), slope(self.baseline));
        let (own, base, both) = self.variances;
        let variance = a * a * own + b * b * base - 2.0 * a * b * both;
        Measured::new(kept(self.baseline) - kept(self.inside), sqrt(variance.max(0.0)))
    }

    /// Share of those who reach the window that leaves in it.
    #[must_use]
    pub fn lost(&self) -> Measured {
        let days = self.days().1 - self.days().0;
        let sum = exp(self.inside) * days;
        Measured::new(1.0 - exp(-sum), exp(-sum) * sum * sqrt(self.variances.0.max(0.0)))
    }

    /// What multiplies the hazard in the window.
    #[must_use]
    pub fn times(&self) -> f64 {
        exp(self.inside - self.baseline)
    }
}

/// Bins of a window.
type Bins = (usize, usize);

/// Departures a day lived.
fn rate((left, days): (f64, f64)) -> f64 {
    left / days.max(1e-9)
}

/// Where three levels, before, in and after, fit best around a scanned window that rises, and the ends that fit nearly as
/// well (likelihood ratio at the level of all intervals, 2 degrees of freedom: 5.99). A shoulder is a whole month as it is.
fn placed(counts: &Counts, scanned: Bins) -> (Bins, [(f64, f64); 2]) {
    let day = |bin: usize| bin as f64 * BIN;
    let before = counts.between(scanned.0.saturating_sub(MONTH), scanned.0);
    let inside = counts.between(scanned.0, scanned.1);
    let whole = (scanned, [(day(scanned.0), day(scanned.0)), (day(scanned.1), day(scanned.1))]);
    if rate(inside) <= rate(before) {
        return whole;
    }
    let all = windows_around(counts, scanned);
    let Some(best) = all.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0)) else { return whole };
    let near: Vec<Bins> = all.iter().filter(|one| 2.0 * (best.0 - one.0) <= 5.99).map(|one| one.1).collect();
    let range = |of: fn(&Bins) -> usize| {
        let days = near.iter().map(|bins| day(of(bins)));
        (days.clone().fold(f64::INFINITY, f64::min), days.fold(0.0, f64::max))
    };
    (best.1, [range(|bins| bins.0), range(|bins| bins.1)])
}

/// Windows near a scanned one that stand above both sides, with the log-likelihood of three levels.
fn windows_around(counts: &Counts, scanned: Bins) -> Vec<(f64, Bins)> {
    let last = counts.left.len();
    let (low, high) = (scanned.0.saturating_sub(MONTH), (scanned.1 + 2 * MOVES).min(last));
    let fits = |start: usize, end: usize| -> f64 {
        [(low, start), (start, end), (end, high)]
            .map(|(from, to)| log_likelihood(counts.between(from, to)))
            .iter()
            .sum()
    };
    let mut all = Vec::new();
    for start in (low + 1)..=(scanned.0 + MOVES).min(high) {
        for end in (start + 2).max(scanned.1.saturating_sub(MOVES))..=(scanned.1 + MOVES).min(high) {
            let (before, inside, after) =
                (counts.between(low, start), counts.between(start, end), counts.between(end, high));
            if rate(inside) > rate(before) && (rate(inside) > rate(after) || after.1 == 0.0) {
                all.push((fits(start, end), (start, end)));
            }
        }
    }
    all
}

/// Tells what was found.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let facts = looked.facts;
    let Some(found) = looked.leaving else {
        let why = if facts.truncated {
            "users were there before the record began: tenure is not known, so no cliff can be told from it"
        } else {
            "too few users, or too short a record, to tell one day of tenure from another"
        };
        return vec![Finding::nothing(Kind::Cliff, "tenure", why)];
    };
    let how = if facts.announced {
        "departures are said aloud"
    } else {
        "departures are silent, and inferred from how long users have not come for their own habit"
    };
    match &found.cliff {
        Some(cliff) => vec![told(looked, found, cliff, how)],
        None => vec![none(found, how)],
    }
}

fn none(found: &Found, how: &str) -> Finding {
    let last = found.leaving.bins as f64 * BIN;
    let says = format!("no cliff: leaving falls with tenure as sorting alone would have it, up to day {last:.0}");
    let mut finding = Finding::nothing(Kind::Cliff, format!("days 0–{last:.0}"), says).by_chance(found.p_value);
    finding.evidence = vec![
        how.to_owned(),
        format!(
            "the steepest rise has {}; where there is no cliff, one is claimed in at most 5% of histories",
            chance(found.p_value)
        ),
    ];
    finding
}

/// The cliff's size in words, and what it costs.
fn told(looked: &Looked<'_>, found: &Found, cliff: &Cliff, how: &str) -> Finding {
    let (from, to) = cliff.days();
    let (excess, lost) = (cliff.excess(), cliff.lost().share());
    let place = format!("days {:.0}–{to:.0} of tenure", from + 1.0);
    let size = excess.estimate();
    let says = format!(
        "{} of those who reach {place} leave in it, {} more than the smooth decline around it",
        percent_of(&lost),
        percent_of(&size)
    );
    let mut evidence = vec![
        how.to_owned(),
        format!("the hazard in it is {:.1} times that around it; {}", cliff.times(), chance(found.p_value)),
        format!(
            "it begins between days {:.0} and {:.0} and ends between {:.0} and {:.0}",
            cliff.ends[0].0, cliff.ends[0].1, cliff.ends[1].0, cliff.ends[1].1
        ),
    ];
    evidence.extend(precede::who(looked, found, cliff));
    let mut finding =
        Finding::new(Kind::Cliff, place, says).sized(Measure::Share, &size).by_chance(found.p_value).then(
            "Ask those who leave in the window why, and fix what they meet then; hold back a random half",
            Some(trial(cliff)),
        );
    let saved = saved(looked.facts, found, cliff, excess);
    if let Some((money_per_year, users, each)) = saved {
        evidence.push(format!(
            "{} users a year reach it; who stays pays {} in the year after",
            grouped(users),
            money(looked.facts, each)
        ));
        finding = finding.worth(money_per_year, "what users who leave in excess would have paid in the year after the window, once the fix has worked for a year");
    }
    finding.because(evidence)
}

fn trial(cliff: &Cliff) -> Trial {
    let (from, to) = cliff.days();
    let question = "What would it earn if the cliff in tenure were fixed?";
    let eligible = format!("TenureDays({:.0}, {to:.0})", from + 1.0);
    let mut trial = Trial::new("fix_cliff", question, &eligible, "FixDefect(cause: \"cliff\")".to_owned());
    trial.cliff = Some(Window { from, to, times: cliff.times(), after: exp(cliff.after - cliff.baseline) });
    trial
}

/// What the excess is worth a year, how many reach the window, and what one who stays pays in the year after.
fn saved(facts: &Facts, found: &Found, cliff: &Cliff, excess: Measured) -> Option<(Estimate, f64, f64)> {
    let (from, to) = cliff.days();
    let hazard = &found.null;
    let reach = found.leaving.there(hazard, from);
    // Of silent departures a part of the users was read.
    let read = facts.people.len() as f64 / found.leaving.stays.len().max(1) as f64;
    let now = |place: usize| facts.is_recent(facts.people[place].first + from as i64);
    let users = Measured::total(reach.iter().filter(|(place, _)| now(*place)).map(|(_, weight)| *weight));
    let users = users.times(facts.a_year() * read);
    let stay = found.leaving.there(hazard, to);
    let each = next_year(facts, &stay, to)?;
    let money = excess.by(users).by(each);
    let told = if money.value > 0.0 { money.positive() } else { money.estimate() };
    Some((known(told.mean, told.lo.unwrap_or(f64::NAN), told.hi.unwrap_or(f64::NAN)), users.value, each.value))
}

/// What those who are there at a tenure pay in the year after, month by month of those who were watched so long.
fn next_year(facts: &Facts, stay: &[(usize, f64)], from: f64) -> Option<Measured> {
    let (mut sum, mut squares, mut told) = (0.0, 0.0, false);
    for month in 0..12 {
        let (start, end) = (from + 30.4 * f64::from(month), from + 30.4 * f64::from(month + 1));
        let watched = stay.iter().filter(|(place, _)| facts.people[*place].watched >= end);
        let paid = |place: usize| {
            let visits = facts.of_person(&facts.people[place]).iter();
            let inside = visits.filter(|visit| start <= visit.tenure && visit.tenure < end);
            facts.major(inside.map(|visit| visit.paid as f64).sum())
        };
        let parts: Vec<(f64, f64)> = watched.map(|&(place, weight)| (paid(place), weight)).collect();
        // What too few have lived through is not made up.
        let Some(mean) = Measured::ratio(&parts).filter(|_| parts.len() >= 20) else { break };
        (sum, squares, told) = (sum + mean.value, squares + mean.se * mean.se, true);
    }
    // Months of one user are alike: errors are taken to add up half-way between independent and common.
    told.then(|| Measured::new(sum, sqrt(squares) * 1.5))
}
