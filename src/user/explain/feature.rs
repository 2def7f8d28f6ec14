//! Features in words: which they have adopted. Having tried one once is not having adopted it.

use super::{
    Belief, Call, Chance, Counted, Direction, Reading, SURE, Told, Topic,
    answer::chance,
    question::AT_LEAST_TWICE,
    wording::{ago, listed, percent, probability},
};
use crate::{
    base::time::SimTime,
    history::session::{FEATURES, Observation},
    user::facet::FacetKind,
};

/// Which features they use.
pub struct Features;

const FACET: FacetKind = FacetKind::Feature;

impl Told for Features {
    fn facet(&self) -> FacetKind {
        FACET
    }

    fn heard(&self, reading: &Reading<'_>) -> bool {
        sessions(reading).next().is_some() && known(reading) > 0
    }

    fn topics(&self, reading: &Reading<'_>) -> Vec<Topic> {
        let mut seen = Counted::default();
        sessions(reading).for_each(|(at, _)| seen.see(reading, FACET, at));
        let used: Vec<Used<'_>> = (0..known(reading)).map(|feature| Used::of(reading, feature)).collect();
        let mut beliefs: Vec<Belief> = used.iter().filter_map(|used| used.belief(reading, seen.count)).collect();
        beliefs.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let silence = beliefs.is_empty().then(|| {
            let count = seen.count;
            format!(
                "no feature counts as adopted after {count} sessions; that takes two sessions with it and P above .90 \
                 that they know it"
            )
        });
        let evidence = seen.evidence(reading, FACET);
        vec![Topic { beliefs, silence, notes: notes(&used), ..Topic::new(FACET, "features", evidence) }]
    }

    fn chances(&self, reading: &Reading<'_>) -> Vec<Chance> {
        let used = (0..known(reading)).filter(|&feature| Used::of(reading, feature).seen.count > 0);
        let chance = |feature: usize| {
            let what = format!("uses {} in a session", reading.words.feature(feature));
            chance(what, reading.prediction.uses(feature), reading.priors.feature.population[feature])
        };
        let mut chances: Vec<Chance> = used.map(chance).collect();
        chances.sort_by(|a, b| b.p.total_cmp(&a.p));
        chances
    }

    /// The likeliest set of features.
    fn call(&self, before: &Reading<'_>, seen: &Observation) -> Option<Call> {
        let Observation::Features { used, .. } = *seen else { return None };
        let p: Vec<f64> = (0..known(before)).map(|feature| f64::from(before.prediction.uses(feature))).collect();
        let usual = before.priors.feature.population.iter().map(|&share| share >= 0.5);
        let [likely, usual] = [bits(p.iter().map(|&p| p >= 0.5)), bits(usual)];
        let used = used & bits(p.iter().map(|_| true));
        (!p.is_empty()).then(|| Call {
            facet: FACET,
            predicted: named(before, likely),
            probability: p.iter().map(|p| p.max(1.0 - p)).product(),
            happened: named(before, used),
            right: used == likely,
            population_right: used == usual,
            gain_nats: 0.0,
        })
    }
}

/// Features of which the population knows something.
fn known(reading: &Reading<'_>) -> usize {
    reading.priors.feature.chains.len().min(FEATURES)
}

/// Sessions that could have used features.
fn sessions<'a>(reading: &Reading<'a>) -> impl Iterator<Item = (SimTime, u16)> + use<'a> {
    reading.record.iter().filter_map(|seen| match *seen {
        Observation::Features { at, used } => Some((at, used)),
        _ => None,
    })
}

fn bits(set: impl Iterator<Item = bool>) -> u16 {
    set.take(FEATURES).enumerate().fold(0, |bits, (feature, is_in)| bits | u16::from(is_in) << feature)
}

fn named(reading: &Reading<'_>, set: u16) -> String {
    let names = (0..FEATURES).filter(|feature| set >> feature & 1 == 1).map(|feature| reading.words.feature(feature));
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "no feature".to_owned() } else { listed(&names) }
}

/// One feature, as far as it was used.
struct Used<'a> {
    name: &'a str,
    seen: Counted,
    /// Probability that they know it \[1\].
    known: f64,
    /// Share of all sessions that use it \[1\].
    population: f64,
}

impl<'a> Used<'a> {
    fn of(reading: &Reading<'a>, feature: usize) -> Self {
        let mut seen = Counted::default();
        sessions(reading).filter(|(_, used)| used >> feature & 1 == 1).for_each(|(at, _)| seen.see(reading, FACET, at));
        Used {
            name: reading.words.feature(feature),
            seen,
            known: f64::from(reading.prediction.model().adopted(reading.priors, feature)),
            population: reading.priors.feature.population.get(feature).copied().map_or(0.0, f64::from),
        }
    }

    fn is_adopted(&self) -> bool {
        self.known > SURE && self.seen.count >= AT_LEAST_TWICE
    }

    fn belief(&self, reading: &Reading<'_>, sessions: u32) -> Option<Belief> {
        let statement = format!("has adopted {}", self.name);
        let sentence = format!(
            "{statement}: P {} that they know it, used in {} of {sessions} sessions, last seen {}; the population uses \
             it in {} of sessions",
            probability(self.known),
            self.seen.count,
            ago(self.seen.days_ago(reading).unwrap_or_default()),
            percent(self.population)
        );
        let label = self.name.to_owned();
        let probability = self.known;
        self.is_adopted().then_some(Belief {
            statement,
            direction: Direction::More,
            probability,
            sentence,
            habit: None,
            label,
        })
    }
}

/// What was used and does not count as adopted.
fn notes(used: &[Used<'_>]) -> Vec<String> {
    let once: Vec<&str> = used.iter().filter(|used| used.seen.count == 1).map(|used| used.name).collect();
    let more = used.iter().filter(|used| used.seen.count > 1 && !used.is_adopted());
    let more: Vec<String> = more
        .map(|used| format!("{} ({} sessions, P {})", used.name, used.seen.count, probability(used.known)))
        .collect();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let lists = [("tried once, which is not having adopted it", once), ("used, but not sure to be adopted", more)];
    lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", listed(&names)))
        .collect()
}
