//! The time of day in words: weekdays and weekends are told apart, each on its own evidence.

use super::{
    Call, Counted, Distinction, Reading, Told, Topic, Words,
    quantity::relative_entropy,
    question::{Kind, Question},
    wording::percent,
};
use crate::{
    history::session::{DAYPARTS, Observation, Slot},
    user::{
        facet::{FacetKind, choice::ChoicePrior},
        priors::Priors,
    },
};

/// The time of day.
pub struct Dayparts;

const FACET: FacetKind = FacetKind::Daypart;
const DAYS: [&str; 2] = ["on weekdays", "at weekends"];

impl Told for Dayparts {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        [false, true].map(|weekend| question(reading, weekend).answer(reading)).into()
    }

    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Session(session) = seen else { return None };
        let slot = session.slot();
        let p = before.prediction.dayparts(slot.weekend);
        let part = |part: usize| Slot { daypart: part as u8, ..slot };
        let likely = likeliest(&p);
        let population: [f32; DAYPARTS] = std::array::from_fn(|k| before.priors.daypart.population(part(k)));
        let population = likeliest(&population);
        Some(Call {
            facet: FACET,
            predicted: before.words.daypart(likely).to_owned(),
            probability: f64::from(p[likely]),
            happened: before.words.daypart(usize::from(slot.daypart)).to_owned(),
            right: likely == usize::from(slot.daypart),
            population_right: population == usize::from(slot.daypart),
            gain_nats: 0.0,
        })
    }

    fn distinction(&self, priors: &Priors, words: &Words, segment: usize) -> Option<Distinction> {
        let days = [5.0 / 7.0, 2.0 / 7.0];
        let divergence = |day: usize| days[day] * of_choice(&priors.daypart.days[day], segment);
        let day = usize::from(divergence(1) > divergence(0));
        let (part, own, population) = standing_out(&priors.daypart.days[day], segment, words.dayparts.len())?;
        let way = if own > population { "more" } else { "fewer" };
        Some(Distinction {
            facet: FACET,
            divergence: divergence(0) + divergence(1),
            words: format!(
                "{way} {} {}: {} against {}",
                words.daypart(part),
                DAYS[day],
                percent(own),
                percent(population)
            ),
        })
    }
}

/// Evidence from the other kind of day is left out: a habit of weekdays is none of weekends.
fn question(reading: &Reading<'_>, weekend: bool) -> Question {
    let (mut seen, mut parts) = (Counted::default(), [Counted::default(); DAYPARTS]);
    for session in reading.sessions().filter(|session| session.slot().weekend == weekend) {
        seen.see(reading, FACET, session.at);
        parts[usize::from(session.slot().daypart)].see(reading, FACET, session.at);
    }
    let (prior, day) = (&reading.priors.daypart.days[usize::from(weekend)], DAYS[usize::from(weekend)]);
    let kind = |(part, label): (usize, &String)| Kind {
        more: format!("prefers {label} {day}"),
        less: format!("comes less often than most in {label} {day}"),
        avoids: format!("avoids {label} {day}"),
        which: String::new(),
        label: label.clone(),
        seen: parts[part],
        alpha: prior.alpha[part],
        population: f64::from(prior.population[part]),
    };
    Question {
        facet: FACET,
        name: format!("time of day {day}"),
        unit: "sessions",
        picks: seen.weight,
        seen,
        kinds: reading.words.dayparts.iter().enumerate().map(kind).collect(),
        strength: f64::from(prior.strength),
        typical: None,
    }
}

/// The kind with the highest probability.
pub(super) fn likeliest<const K: usize>(p: &[f32; K]) -> usize {
    (0..K).fold(0, |best, kind| if p[kind] > p[best] { kind } else { best })
}

/// A segment's shares and the population's.
fn shares<const K: usize, const J: usize>(prior: &ChoicePrior<K, J>, segment: usize) -> ([f64; K], [f64; K]) {
    let own = std::array::from_fn(|k| f64::from(prior.alpha[k][segment] / prior.strength));
    (own, prior.population.map(f64::from))
}

/// Divergence of a segment's choice from the population's \[nat\].
pub(super) fn of_choice<const K: usize, const J: usize>(prior: &ChoicePrior<K, J>, segment: usize) -> f64 {
    let (own, population) = shares(prior, segment);
    relative_entropy(&own, &population)
}

/// Of the first so many kinds the one in which a segment's share differs most, with both shares.
pub(super) fn standing_out<const K: usize, const J: usize>(
    prior: &ChoicePrior<K, J>,
    segment: usize,
    kinds: usize,
) -> Option<(usize, f64, f64)> {
    let (own, population) = shares(prior, segment);
    let differs = |&k: &usize| (own[k] - population[k]).abs();
    let kind = (0..kinds.min(K)).max_by(|a, b| differs(a).total_cmp(&differs(b)))?;
    Some((kind, own[kind], population[kind]))
}
