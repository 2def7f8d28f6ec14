//! Under-served segments: users of one sort who are worth several times the average, what they are given, and how early and
//! how surely they are recognised from what they do.

use rayon::prelude::*;

use super::{
    Looked,
    classes::Classes,
    facts::{Facts, Person},
    finding::{Finding, Kind, Measure, Trial},
    interval::{Measured, known},
    words::{money, percent, percent_of},
};
use crate::{
    base::float::{exp, log, normal_quantile, sqrt},
    study::{
        calibrate::{
            evidence::Seen,
            mixture::{Form, Mixture},
        },
        estimate::{Estimate, moments},
    },
};

/// Laws drawn around the fitted one, and users whose membership is worked out under each.
const DRAWS: u32 = 24;
const DRAWN_USERS: [usize; 2] = [300, 1_500];
/// Sessions after which recognition is told.
const SESSIONS: [usize; 5] = [1, 2, 3, 5, 10];
/// Users whose recognition is looked at.
const RECOGNISED_USERS: [usize; 2] = [1_000, 3_000];
/// How much more the segment pays in the what-if.
const LIFT: f64 = 0.10;
/// How far multiples scatter beyond what the likelihood says of them, in worlds whose segments are known: standard deviation of
/// the logarithm. Segments that are hardly apart lend each other members.
const BEYOND: f64 = 0.10;
/// Least multiple of the average that is told as a segment worth more.
const WORTH_TELLING: f64 = 1.5;

/// How well members are told from others after so many sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recognition {
    /// Sessions seen.
    pub sessions: usize,
    /// Probability that a member ranks above another user.
    pub auc: f64,
    /// Share of members among those ranked highest, as many as there are members.
    pub precision: f64,
}

/// A segment's figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Which.
    pub segment: usize,
    /// Its name in a fitted world.
    pub name: String,
    /// Share of new users.
    pub share: Estimate,
    /// What a user of it has paid, over what the average user has.
    pub multiple: Estimate,
    /// Its part of all that was paid.
    pub of_revenue: f64,
    /// Standard deviation of the logarithm of that part, over laws that the record bears as well.
    pub of_revenue_sd: f64,
    /// Recognition by sessions seen.
    pub recognition: Vec<Recognition>,
}

/// Figures of every segment, the most valuable first; none if there is only one.
#[must_use]
pub fn figures(looked: &Looked<'_>) -> Vec<Figures> {
    let Some(classes) = looked.classes.filter(|classes| classes.mixture.segments > 1) else { return Vec::new() };
    let members = &looked.members;
    let old = old_enough(looked.facts);
    let mut all: Vec<Figures> =
        (0..classes.mixture.segments).map(|segment| one(looked, classes, segment, members, &old)).collect();
    all.sort_by(|a, b| b.multiple.mean.total_cmp(&a.multiple.mean));
    if let Some(first) = all.first_mut() {
        first.recognition = recognition(looked.facts, classes, first.segment, members);
    }
    all
}

/// Users who have been there long enough to show what they are worth.
fn old_enough(facts: &Facts) -> Vec<bool> {
    let least = (facts.length() / 2).min(180) as f64;
    let old: Vec<bool> = facts.people.iter().map(|person| person.watched >= least).collect();
    if old.iter().any(|old| *old) { old } else { vec![true; facts.people.len()] }
}

fn one(looked: &Looked<'_>, classes: &Classes, segment: usize, members: &[Vec<f64>], old: &[bool]) -> Figures {
    let users = &classes.evidence.users;
    let of = |user: usize| if old[user] { members[user][segment] } else { 0.0 };
    let value = |weight: &dyn Fn(usize) -> f64| {
        let parts: Vec<(f64, f64)> = (0..users.len())
            .filter(|&user| old[user])
            .map(|user| (weight(user) * users[user].spent, weight(user)))
            .collect();
        Measured::ratio(&parts)
    };
    let (own, all) = (value(&of).unwrap_or_default(), value(&|_| 1.0).unwrap_or_default());
    let (fitted, known_of) = by_law(looked, classes, segment, old);
    let shift = exp(known_of.multiple.0 - fitted.multiple.0);
    let multiple = if all.value > 0.0 { own.value / all.value * shift } else { 1.0 };
    let sampling = own.se / own.value.max(1e-9);
    let error = sqrt(sampling * sampling + known_of.multiple.1.powi(2) + BEYOND * BEYOND);
    let reach = normal_quantile(0.975) * error;
    let revenue: f64 = (0..users.len()).map(|user| of(user) * users[user].spent).sum();
    let total: f64 = (0..users.len()).filter(|&user| old[user]).map(|user| users[user].spent).sum();
    Figures {
        segment,
        name: classes.name(segment),
        share: Measured::new(known_of.share.0, known_of.share.1).share(),
        multiple: known(multiple, multiple * (-reach).exp(), multiple * reach.exp()),
        of_revenue: revenue / total.max(1e-9),
        of_revenue_sd: known_of.of_revenue.1,
        recognition: Vec::new(),
    }
}

/// What laws that the record bears as well say of a segment: means and standard deviations.
#[derive(Clone, Copy)]
struct ByLaw {
    /// Of the logarithms of the multiple and of the part of revenue.
    multiple: (f64, f64),
    of_revenue: (f64, f64),
    /// Of the share of new users.
    share: (f64, f64),
}

impl ByLaw {
    /// Of laws drawn around one.
    fn around(law: &Mixture, segment: usize, some: &Sample<'_>, draws: u32, seed: u64) -> Self {
        let drawn = Classes::drawn(law, draws, seed);
        let logs: Vec<(f64, f64)> = drawn.par_iter().map(|law| some.paid(law, segment)).collect();
        let spread = |of: fn(&(f64, f64)) -> f64| match &logs[..] {
            [_, _, ..] => moments(&logs.iter().map(of).collect::<Vec<_>>()),
            _ => (of(&some.paid(law, segment)), 0.0),
        };
        let share = (law.shares()[segment], law.share_error(segment));
        Self { multiple: spread(|one| one.0), of_revenue: spread(|one| one.1), share }
    }

    /// That or, with a weight, another.
    fn or(&self, other: &Self, weight: f64) -> Self {
        Self {
            multiple: mixed(self.multiple, other.multiple, weight),
            of_revenue: mixed(self.of_revenue, other.of_revenue, weight),
            share: mixed(self.share, other.share, weight),
        }
    }
}

/// Some of the users who have been there long enough.
struct Sample<'a> {
    form: &'a Form,
    users: Vec<&'a Seen>,
}

impl Sample<'_> {
    /// Logarithms of what a member of a segment has paid on average, and of what all of them have.
    fn paid(&self, law: &Mixture, segment: usize) -> (f64, f64) {
        let members = self.form.members(&law.at, law.segments);
        let parts = self.users.iter().map(|user| {
            let member = members.of(user)[segment];
            (member * user.spent, member)
        });
        let (spent, members) = parts.fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        (log((spent / members.max(1e-9)).max(1e-9)), log(spent.max(1e-9)))
    }

    /// The segment of another law whose members pay most nearly as much as those of one.
    fn like(&self, law: &Mixture, segment: usize, other: &Mixture) -> usize {
        let own = self.paid(law, segment).0;
        let off = |segment: usize| (self.paid(other, segment).0 - own).abs();
        (0..other.segments).min_by(|&a, &b| off(a).total_cmp(&off(b))).unwrap_or(0)
    }
}

/// What is known of a segment under the fitted law, and with the law of another number of segments, as far as that is as good.
fn by_law(looked: &Looked<'_>, classes: &Classes, segment: usize, old: &[bool]) -> (ByLaw, ByLaw) {
    let users = &classes.evidence.users;
    let step = users.len().div_ceil(DRAWN_USERS[usize::from(classes.form.announced)]).max(1);
    let users = (0..users.len()).step_by(step).filter(|&user| old[user]).map(|user| &users[user]).collect();
    let some = Sample { form: &classes.form, users };
    let fitted = ByLaw::around(&classes.mixture, segment, &some, DRAWS, looked.seed);
    let rival = classes.rival.as_ref().filter(|(_, weight)| *weight > 0.01);
    let known = rival.map_or(fitted, |(law, weight)| {
        let like = some.like(&classes.mixture, segment, law);
        fitted.or(&ByLaw::around(law, like, &some, DRAWS / 2, looked.seed), *weight)
    });
    (fitted, known)
}

/// Mean and standard deviation of what is one thing or, with a weight, another.
fn mixed(one: (f64, f64), other: (f64, f64), weight: f64) -> (f64, f64) {
    let mean = (1.0 - weight) * one.0 + weight * other.0;
    let square = |(m, sd): (f64, f64)| sd * sd + (m - mean).powi(2);
    (mean, sqrt((1.0 - weight) * square(one) + weight * square(other)))
}

/// A user as they were known after so many sessions.
fn after(facts: &Facts, person: &Person, whole: &Seen, sessions: usize) -> Seen {
    let visits = &facts.of_person(person)[..sessions];
    let days = visits[sessions - 1].tenure - visits[0].tenure;
    let logs: Vec<f64> =
        visits.iter().filter(|visit| visit.paid > 0).map(|visit| log(facts.major(visit.paid as f64))).collect();
    let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    let squares = logs.iter().map(|y| (y - mean).powi(2)).sum();
    Seen {
        began: whole.began,
        repeats: (sessions - 1) as f64,
        recency: days,
        watched: days.max(1e-6),
        left: false,
        first_paid: whole.first_paid,
        paid: visits[1..].iter().filter(|visit| visit.paid > 0).count() as f64,
        amounts: (logs.len() as f64, mean, squares),
        ..Seen::default()
    }
}

fn recognition(facts: &Facts, classes: &Classes, segment: usize, members: &[Vec<f64>]) -> Vec<Recognition> {
    let step = facts.people.len().div_ceil(RECOGNISED_USERS[usize::from(classes.form.announced)]).max(1);
    let some: Vec<usize> = (0..facts.people.len()).step_by(step).collect();
    let share = classes.mixture.shares()[segment];
    let at = |sessions: usize| {
        let reached: Vec<usize> =
            some.iter().copied().filter(|&user| facts.people[user].visits.len() >= sessions).collect();
        let ranked: Vec<(f64, f64)> = reached
            .par_iter()
            .map(|&user| {
                let known = after(facts, &facts.people[user], &classes.evidence.users[user], sessions);
                (classes.membership(&known)[segment], members[user][segment])
            })
            .collect();
        (ranked.len() >= 100).then(|| ranking(ranked, share, sessions))
    };
    SESSIONS.into_iter().filter_map(at).collect()
}

/// Ranks against what the whole record says of membership, which is a probability.
fn ranking(mut ranked: Vec<(f64, f64)>, share: f64, sessions: usize) -> Recognition {
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut others, mut below) = (0.0, 0.0);
    for (_, member) in &ranked {
        below += member * others;
        others += 1.0 - member;
    }
    let all: f64 = ranked.iter().map(|(_, member)| member).sum();
    let top = ((share * ranked.len() as f64) as usize).max(1);
    let precision = ranked[ranked.len() - top..].iter().map(|(_, member)| member).sum::<f64>() / top as f64;
    Recognition { sessions, auc: below / (all * others).max(1e-9), precision }
}

/// Tells of the segment that is worth most.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let none = |why: &str| vec![Finding::nothing(Kind::Segment, "all users", why)];
    let Some(classes) = looked.classes else { return none("nobody came, so there are no segments to tell") };
    if classes.evidence.users.iter().all(|user| user.amounts.0 == 0.0) {
        return none("nobody paid, so no segment can be told by what it is worth");
    }
    let Some(best) = looked.segments.first() else {
        let users = classes.evidence.users.len();
        return none(&format!("no hidden segments: {users} users look like one crowd with its usual spread"));
    };
    if best.multiple.mean < WORTH_TELLING || best.multiple.lo.is_none_or(|lo| lo <= 1.0) {
        return none("no segment is worth clearly more than the average user");
    }
    vec![told(looked, classes, best)]
}

fn told(looked: &Looked<'_>, classes: &Classes, best: &Figures) -> Finding {
    let range = |it: &Estimate| match (it.lo, it.hi) {
        (Some(lo), Some(hi)) => format!("{:.1} ({lo:.1} to {hi:.1})", it.mean),
        _ => format!("{:.1}", it.mean),
    };
    let says = format!(
        "{} of new users are worth {} times the average, and bring {} of revenue",
        percent_of(&best.share),
        range(&best.multiple),
        percent(best.of_revenue)
    );
    let revenue = revenue(looked, best.segment).times(LIFT);
    let error = sqrt(revenue.se.powi(2) + (revenue.value * best.of_revenue_sd).powi(2));
    let money_per_year = Measured::new(revenue.value, error);
    let question = format!("What would it earn to serve {} what they come for?", best.name);
    let eligible = format!("Predicted(segment: {:?}, p_at_least: 0.30)", best.name);
    let multiples = |sessions: &str, amount: &str| format!("Multiples(sessions: {sessions}, amount: {amount})");
    let hit = multiples("LogNormal(mean: 1.10, sigma: 0.05)", "LogNormal(mean: 1.05, sigma: 0.05)");
    let miss = multiples("Exactly(1.0)", "Exactly(1.0)");
    let effect = format!("Tailor(segment: {:?}, hit: {hit}, miss: {miss})", best.name);
    Finding::new(Kind::Segment, best.name.clone(), says)
        .sized(Measure::Multiple, &best.multiple)
        .worth(money_per_year.positive(), format!("what the segment would bring if it paid {} more", percent(LIFT)))
        .because(evidence(looked, classes, best))
        .then(
            "Serve those who look like members what they come for, from the session at which they are recognised; hold back a random half",
            Some(Trial::new("tailor_segment", &question, &eligible, effect)),
        )
}

/// What its members paid in the recent days, a year [major units].
fn revenue(looked: &Looked<'_>, segment: usize) -> Measured {
    let facts = looked.facts;
    let recent = facts.people.iter().zip(&looked.members).map(|(person, member)| {
        let paid: i64 =
            facts.of_person(person).iter().filter(|visit| facts.is_recent(visit.day)).map(|visit| visit.paid).sum();
        if paid == 0 { 0.0 } else { member[segment] * facts.major(paid as f64) }
    });
    Measured::total(recent).times(facts.a_year())
}

fn evidence(looked: &Looked<'_>, classes: &Classes, best: &Figures) -> Vec<String> {
    let (facts, mixture) = (looked.facts, &classes.mixture);
    let own = |j: usize| mixture.own(best.segment, j).0;
    let mut said = vec![format!(
        "members come {:.1} times in 30 days, {} of their sessions pay, {} each",
        30.0 * own(0).exp(),
        percent(1.0 / (1.0 + (-own(1)).exp())),
        money(facts, own(2).exp())
    )];
    said.extend(given(classes, &looked.members, best.segment));
    let recognised = best
        .recognition
        .iter()
        .map(|one| format!("session {}: AUC {:.2}, precision {}", one.sessions, one.auc, percent(one.precision)));
    let recognised: Vec<String> = recognised.collect();
    if !recognised.is_empty() {
        said.push(format!("recognised from events alone, by {}", recognised.join("; ")));
    }
    said.push(format!("{} segments by the likelihood of users not seen; no event names them", mixture.segments));
    said
}

/// Whether what members are given differs from what others are.
fn given(classes: &Classes, members: &[Vec<f64>], segment: usize) -> Option<String> {
    let users = &classes.evidence.users;
    let mut sums = [[0.0; crate::history::session::CONTENT_KINDS]; 2];
    for (user, member) in users.iter().zip(members) {
        let member = member[segment];
        for (kind, count) in user.contents.iter().enumerate() {
            sums[0][kind] += member * count;
            sums[1][kind] += (1.0 - member) * count;
        }
    }
    let [own, rest] = sums.map(|sums| sums.iter().sum::<f64>());
    if own <= 0.0 || rest <= 0.0 {
        return None;
    }
    let apart: f64 = (0..sums[0].len()).map(|kind| (sums[0][kind] / own - sums[1][kind] / rest).abs()).sum();
    Some(if apart / 2.0 < 0.05 {
        format!(
            "they are given what everybody is given: {} of what they meet would have to differ",
            percent(apart / 2.0)
        )
    } else {
        format!("{} of what they meet differs from what others meet", percent(apart / 2.0))
    })
}
