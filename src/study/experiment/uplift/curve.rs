//! Gain curves by a score: Radcliffe's Qini and cumulative uplift.
//!
//! Two traditions differ. The *share of perfect* curve (Radcliffe 2007, as in scikit-uplift) has a point for each
//! distinct score and its area is measured between random and the best ranking there can be; that is defined for
//! yes-or-no outcomes only. The *mean gap* (as in causalml) takes every user as a point and the mean distance to the
//! diagonal over the final gain; it holds for revenue too, but ties then depend on the order of the rows.

/// A user of the experiment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subject {
    /// By which users are ranked, largest first.
    pub score: f64,
    /// Whether treated.
    pub treated: bool,
    /// What came of it.
    pub outcome: f64,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Users up to here.
    pub users: f64,
    /// What treating them brought.
    pub gain: f64,
}

/// Sums among the best-ranked users: sizes and outcomes, control and treated.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    n: [f64; 2],
    y: [f64; 2],
}

impl Sums {
    fn add(&mut self, one: &Subject) {
        self.n[usize::from(one.treated)] += 1.0;
        self.y[usize::from(one.treated)] += one.outcome;
    }

    fn users(&self) -> f64 {
        self.n[0] + self.n[1]
    }

    /// Treated outcomes less control's, scaled to as many users.
    fn qini(&self) -> f64 {
        self.y[1] - if self.n[0] > 0.0 { self.y[0] * self.n[1] / self.n[0] } else { 0.0 }
    }

    /// Difference of means times all users.
    fn uplift(&self) -> f64 {
        let mean = |arm: usize| if self.n[arm] > 0.0 { self.y[arm] / self.n[arm] } else { 0.0 };
        (mean(1) - mean(0)) * self.users()
    }
}

/// Best first; among equal scores the later row first.
fn ranked(subjects: &[Subject]) -> Vec<Subject> {
    let mut order: Vec<(usize, Subject)> = subjects.iter().copied().enumerate().collect();
    // Adding 0 makes −0 and 0 one score.
    order.sort_by(|a, b| (b.1.score + 0.0).total_cmp(&(a.1.score + 0.0)).then(b.0.cmp(&a.0)));
    order.into_iter().map(|(_, subject)| subject).collect()
}

/// A curve with a point for each distinct score.
fn merged(subjects: &[Subject], gain: fn(&Sums) -> f64) -> Vec<Point> {
    let ranked = ranked(subjects);
    let mut sums = Sums::default();
    let mut points = vec![Point { users: 0.0, gain: 0.0 }];
    for equal in ranked.chunk_by(|a, b| a.score == b.score) {
        equal.iter().for_each(|one| sums.add(one));
        points.push(Point { users: sums.users(), gain: gain(&sums) });
    }
    points
}

/// Radcliffe's Qini curve: extra outcomes among the treated, by users from the best score on.
#[must_use]
pub fn qini(subjects: &[Subject]) -> Vec<Point> {
    merged(subjects, Sums::qini)
}

/// The cumulative uplift curve: difference of means times users.
#[must_use]
pub fn uplift(subjects: &[Subject]) -> Vec<Point> {
    merged(subjects, Sums::uplift)
}

/// Area by trapezoids.
fn area(points: &[Point]) -> f64 {
    points.windows(2).map(|two| (two[1].users - two[0].users) * 0.5 * (two[0].gain + two[1].gain)).sum()
}

/// Area between a curve and the straight line to its end.
fn area_above_line(points: &[Point]) -> f64 {
    points.last().map_or(0.0, |end| area(points) - 0.5 * end.users * end.gain)
}

/// Area of the Qini curve above random, as a share of the best ranking's. For outcomes of 0 and 1.
#[must_use]
pub fn qini_share_of_perfect(subjects: &[Subject]) -> f64 {
    // Treated who answered come first, controls who would have answered anyway last.
    let sign = |one: &Subject| if one.treated { one.outcome } else { -one.outcome };
    let perfect: Vec<Subject> = subjects.iter().map(|one| Subject { score: sign(one), ..*one }).collect();
    area_above_line(&qini(subjects)) / area_above_line(&qini(&perfect))
}

/// The same, with a best ranking in which the treatment harms nobody.
#[must_use]
pub fn qini_share_without_harm(subjects: &[Subject]) -> f64 {
    let mut sums = Sums::default();
    subjects.iter().for_each(|one| sums.add(one));
    let (gain, users) = (sums.qini(), sums.users());
    let perfect = [(0.0, 0.0), (gain, gain), (users, gain)].map(|(users, gain)| Point { users, gain });
    area_above_line(&qini(subjects)) / area_above_line(&perfect)
}

/// Area of the uplift curve above random, as a share of the best ranking's. For outcomes of 0 and 1.
#[must_use]
pub fn uplift_share_of_perfect(subjects: &[Subject]) -> f64 {
    let count = |treated: bool, answered: bool| {
        subjects.iter().filter(|one| one.treated == treated && (one.outcome != 0.0) == answered).count()
    };
    let by_outcome = count(false, true) > count(true, false);
    let best = |one: &Subject| {
        let treated = f64::from(u8::from(one.treated));
        2.0 * f64::from(u8::from(one.outcome == treated)) + if by_outcome { one.outcome } else { treated }
    };
    let perfect: Vec<Subject> = subjects.iter().map(|one| Subject { score: best(one), ..*one }).collect();
    area_above_line(&uplift(subjects)) / area_above_line(&uplift(&perfect))
}

/// Difference of means among the best share of users: of all together, or of each arm by itself.
#[must_use]
pub fn uplift_at(subjects: &[Subject], share: f64, by_arm: bool) -> f64 {
    let ranked = ranked(subjects);
    let mut sums = Sums::default();
    if by_arm {
        for treated in [false, true] {
            let arm: Vec<&Subject> = ranked.iter().filter(|one| one.treated == treated).collect();
            arm.iter().take((share * arm.len() as f64) as usize).for_each(|one| sums.add(one));
        }
    } else {
        ranked.iter().take((share * ranked.len() as f64) as usize).for_each(|one| sums.add(one));
    }
    sums.y[1] / sums.n[1] - sums.y[0] / sums.n[0]
}

/// Mean of the uplifts of equal bins by score, weighted by the treated in each.
#[must_use]
pub fn weighted_average_uplift(subjects: &[Subject], bins: usize, by_arm: bool) -> f64 {
    let ranked = ranked(subjects);
    let mut sums = vec![Sums::default(); bins];
    let mut spread = |of: &[&Subject]| {
        for (place, one) in of.iter().enumerate() {
            sums[bin(place, of.len(), bins)].add(one);
        }
    };
    if by_arm {
        for treated in [false, true] {
            spread(&ranked.iter().filter(|one| one.treated == treated).collect::<Vec<_>>());
        }
    } else {
        spread(&ranked.iter().collect::<Vec<_>>());
    }
    let treated: f64 = sums.iter().map(|one| one.n[1]).sum();
    let part = |one: &Sums| one.n[1] * (one.y[1] / one.n[1] - one.y[0] / one.n[0]);
    sums.iter().filter(|one| one.n[0] > 0.0 && one.n[1] > 0.0).map(part).sum::<f64>() / treated
}

/// The bin of a place among so many, the first bins holding one more where it does not come out even.
fn bin(place: usize, all: usize, bins: usize) -> usize {
    let (least, more) = (all / bins, all % bins);
    let bound = more * (least + 1);
    if place < bound { place / (least + 1) } else { more + (place - bound) / least.max(1) }
}

/// A curve with a point for every user, and the two areas that are taken of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PerUser {
    /// Gain after so many users, from 0 on.
    pub gain: Vec<f64>,
}

impl PerUser {
    /// Difference of means times users; while an arm is empty, interpolated from 0.
    #[must_use]
    pub fn cumulative(subjects: &[Subject]) -> Self {
        let lift =
            |sums: &Sums| (sums.n[0] > 0.0 && sums.n[1] > 0.0).then(|| sums.y[1] / sums.n[1] - sums.y[0] / sums.n[0]);
        let lifts = interpolated(subjects, lift);
        Self { gain: lifts.iter().enumerate().map(|(users, lift)| users as f64 * lift).collect() }
    }

    /// Extra outcomes among the treated.
    #[must_use]
    pub fn qini(subjects: &[Subject]) -> Self {
        Self { gain: interpolated(subjects, |sums| (sums.n[0] > 0.0).then(|| sums.qini())) }
    }

    /// Known true effects, summed from the best score on; outcomes are the effects.
    #[must_use]
    pub fn true_gain(subjects: &[Subject]) -> Self {
        let mut gain = vec![0.0];
        gain.extend(ranked(subjects).iter().scan(0.0, |sum, one| {
            *sum += one.outcome;
            Some(*sum)
        }));
        Self { gain }
    }

    /// The same as a Qini: mean true effect so far times the treated so far.
    #[must_use]
    pub fn true_qini(subjects: &[Subject]) -> Self {
        let mut gain = vec![0.0];
        gain.extend(ranked(subjects).iter().enumerate().scan((0.0, 0.0), |(sum, treated), (place, one)| {
            *sum += one.outcome;
            *treated += f64::from(u8::from(one.treated));
            Some(*sum / (place as f64 + 1.0) * *treated)
        }));
        Self { gain }
    }

    /// The gain of treating everybody.
    #[must_use]
    pub fn last(&self) -> f64 {
        self.gain.last().copied().unwrap_or(0.0)
    }

    /// Mean gain over users, from none on.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.gain.iter().sum::<f64>() / self.gain.len() as f64
    }

    /// Mean distance to the straight line to the end: 0 for a random ranking.
    #[must_use]
    pub fn mean_gap(&self) -> f64 {
        self.mean() - 0.5 * self.last()
    }
}

/// A quantity of the best-ranked users; where it is not known, on the line from the last that is.
fn interpolated(subjects: &[Subject], of: impl Fn(&Sums) -> Option<f64>) -> Vec<f64> {
    let mut sums = Sums::default();
    let mut values = vec![0.0];
    for one in ranked(subjects) {
        sums.add(&one);
        let Some(value) = of(&sums) else {
            values.push(f64::NAN);
            continue;
        };
        let known = values.iter().rposition(|value| !value.is_nan()).unwrap_or(0);
        let (from, gap) = (values[known], (values.len() - known) as f64);
        for place in known + 1..values.len() {
            values[place] = from + (value - from) * (place - known) as f64 / gap;
        }
        values.push(value);
    }
    let known = values.iter().rposition(|value| !value.is_nan()).unwrap_or(0);
    let last = values[known];
    values[known..].iter_mut().for_each(|value| *value = last);
    values
}
