//! Visits in words: in how many weeks they come, and how engaged they are.
//!
//! A state of engagement is named only where it is sure and rests on enough weeks; else it is said between which two
//! they are.

use super::{
    Belief, Counted, Direction, Distinction, ENOUGH, Reading, SURE, Told, Topic, Words,
    answer::{Answer, YesOrNo, apart, asked},
    wording::{percent, probability},
};
use crate::{
    base::time::{DAY, SimTime},
    user::{
        facet::{
            FacetKind,
            visit::{STATE_NAMES, STATES},
        },
        priors::Priors,
    },
};

/// Whether they come in a week.
pub struct Visits;

const FACET: FacetKind = FacetKind::Visit;
const WEEK: i64 = 7 * DAY;

impl Told for Visits {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let about = YesOrNo {
            facet: FACET,
            name: "weekly visits".to_owned(),
            unit: "weeks",
            label: "weeks with a visit".to_owned(),
            more: "comes in more weeks than most".to_owned(),
            less: "comes in fewer weeks than most".to_owned(),
            avoids: "comes in far fewer weeks than most".to_owned(),
            which: " with a visit",
        };
        let weeks = asked(reading, about, &reading.priors.visit.week, weeks(reading).into_iter());
        vec![weeks.answer(reading), engagement(reading)]
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        Some(apart(FACET, &priors.visit.week, segment, "weeks with a visit:"))
    }
}

/// Weeks of tenure that are decided, each at its last session or else its end; the first, in which the user was first seen, is no news. Nobody
/// who has said goodbye is waited for.
fn weeks(reading: &Reading<'_>) -> Vec<Answer> {
    let model = reading.prediction.model();
    let number = |at: SimTime| ((at.0 - model.first().0).max(0) / WEEK) as usize;
    let mut came = vec![None; number(if model.left() { model.last() } else { reading.at }) + 1];
    reading.sessions().for_each(|session| came[number(session.at)] = Some(session.at));
    // The week that runs is decided once the user has come in it.
    if came.last() == Some(&None) {
        came.pop();
    }
    let end = |week: usize| SimTime((model.first().0 + (week as i64 + 1) * WEEK).min(reading.at.0));
    let weeks = came.into_iter().enumerate().skip(1);
    weeks.map(|(week, came)| Answer { at: came.unwrap_or(end(week)), yes: came.is_some(), worth: 1.0 }).collect()
}

/// States from the likeliest on, as far as they are needed to be sure, with their probabilities.
fn likely(reading: &Reading<'_>) -> Vec<(usize, f64)> {
    let p = reading.prediction.engagement();
    let mut states: Vec<(usize, f64)> = (0..STATES).map(|state| (state, f64::from(p[state]))).collect();
    states.sort_by(|a, b| b.1.total_cmp(&a.1));
    states
}

/// "regular (96%)", or "between lapsing (61%) and dormant (35%)".
#[must_use]
pub fn state(reading: &Reading<'_>) -> String {
    let [first, second] = [0, 1].map(|place| {
        let (state, p) = likely(reading)[place];
        (format!("{} ({})", STATE_NAMES[state], percent(p)), p)
    });
    if first.1 > SURE { first.0 } else { format!("between {} and {}", first.0, second.0) }
}

fn engagement(reading: &Reading<'_>) -> Topic {
    let mut seen = Counted::default();
    weeks(reading).iter().for_each(|week| seen.see(reading, FACET, week.at));
    let evidence = seen.evidence(reading, FACET);
    let beliefs: Vec<Belief> =
        (evidence.n_eff >= ENOUGH).then(|| belief(reading, evidence.n_eff)).flatten().into_iter().collect();
    let silence = beliefs.is_empty().then(|| {
        if evidence.n_eff < ENOUGH {
            let (worth, count) = (evidence.n_eff, evidence.count);
            format!("nothing is claimed: {worth:.1} weeks' worth of evidence ({count} seen), {ENOUGH:.0} are needed")
        } else {
            format!("nothing is claimed: {}", state(reading))
        }
    });
    Topic { beliefs, silence, ..Topic::new(FACET, "engagement", evidence) }
}

/// The state, if it is sure.
fn belief(reading: &Reading<'_>, worth: f64) -> Option<Belief> {
    let (state, p) = *likely(reading).first()?;
    let name = STATE_NAMES[state];
    let statement = format!("is {name}");
    let comes = percent(f64::from(reading.priors.visit.chain.yes[state]));
    let sentence = format!(
        "{statement}: P {} in the running week; who is {name} comes in {comes} of weeks; on {worth:.1} weeks' worth of \
         evidence",
        probability(p)
    );
    let direction = if state < STATES / 2 { Direction::More } else { Direction::Less };
    (p > SURE).then(|| Belief { statement, direction, probability: p, sentence, habit: None, label: name.to_owned() })
}
