//! One question about a user: which kinds they pick more or less often than the population, and what may be claimed.

use super::{
    Belief, Counted, Direction, ENOUGH, Evidence, Habit, LEVEL, Reading, SURE, Topic, Typical,
    posterior::Posterior,
    wording::{ago, half_life, percent, probability},
};
use crate::user::{facet::FacetKind, segment::PerSegment};

/// One answer that the question may have.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Its name.
    pub label: String,
    /// What is said of who picks it more often than the population.
    pub more: String,
    /// And less often.
    pub less: String,
    /// And hardly at all.
    pub avoids: String,
    /// Which of what is counted is of this kind, as it follows the number; may be empty.
    pub which: String,
    /// How often it was seen.
    pub seen: Counted,
    /// Its pseudo-counts `s·π_ck`.
    pub alpha: PerSegment,
    /// The population's share \[1\].
    pub population: f64,
}

/// A question with all that was seen.
#[derive(Clone, Debug)]
pub struct Question {
    /// Of which facet.
    pub facet: FacetKind,
    /// Its name.
    pub name: String,
    /// What is counted: "sessions".
    pub unit: &'static str,
    /// Everything that speaks on it.
    pub seen: Counted,
    /// Faded picks of all kinds; more than sessions where one session may pick several.
    pub picks: f64,
    /// Its kinds.
    pub kinds: Vec<Kind>,
    /// `s`.
    pub strength: f64,
    /// The typical value, of a quantity.
    pub typical: Option<Typical>,
}

/// A preference that rests on one session alone is a coincidence among many kinds.
pub(super) const AT_LEAST_TWICE: u32 = 2;
/// That something was never seen says nothing before it was to be expected once.
const EXPECTED_ONCE: f64 = 1.0;
/// Who picks a kind less than half as often as the population avoids it; others do so less often \[1\].
const HARDLY: f64 = 0.5;

impl Question {
    /// What there is to say.
    #[must_use]
    pub fn answer(self, reading: &Reading<'_>) -> Topic {
        let evidence = self.seen.evidence(reading, self.facet);
        let habits: Vec<Habit> = self.kinds.iter().map(|kind| self.habit(kind, reading)).collect();
        let enough = evidence.n_eff >= ENOUGH;
        let claims = habits.iter().enumerate().filter_map(|(place, habit)| self.belief(place, habit, &evidence));
        let mut beliefs: Vec<Belief> = if enough { claims.collect() } else { Vec::new() };
        // What the user does comes before what they do not.
        beliefs.sort_by(|a, b| {
            let rank = |belief: &Belief| belief.direction == Direction::Less;
            rank(a).cmp(&rank(b)).then(b.probability.total_cmp(&a.probability))
        });
        let silence = beliefs.is_empty().then(|| self.silence(&evidence, &habits));
        Topic { beliefs, silence, typical: self.typical, habits, ..Topic::new(self.facet, &self.name, evidence) }
    }

    fn habit(&self, kind: &Kind, reading: &Reading<'_>) -> Habit {
        let counts = (kind.seen.weight, self.picks);
        let posterior = Posterior::new(counts, &kind.alpha, self.strength, &reading.prediction.model().weights());
        Habit {
            label: kind.label.clone(),
            count: kind.seen.count,
            last_seen_days: kind.seen.days_ago(reading),
            share: posterior.quantile(0.5),
            lo: posterior.quantile(0.5 - LEVEL / 2.0),
            hi: posterior.quantile(0.5 + LEVEL / 2.0),
            population: kind.population,
            p_more: 1.0 - posterior.at_most(kind.population),
        }
    }

    fn belief(&self, place: usize, habit: &Habit, evidence: &Evidence) -> Option<Belief> {
        let kind = &self.kinds[place];
        let expected = evidence.n_eff * habit.population;
        let (direction, statement, probability) = if habit.p_more > SURE && habit.count >= AT_LEAST_TWICE {
            (Direction::More, &kind.more, habit.p_more)
        } else if 1.0 - habit.p_more > SURE && expected >= EXPECTED_ONCE {
            let hardly = habit.share < HARDLY * habit.population;
            (Direction::Less, if hardly { &kind.avoids } else { &kind.less }, 1.0 - habit.p_more)
        } else {
            return None;
        };
        let sentence = self.sentence((statement, &kind.which), probability, habit, evidence);
        let (statement, label) = (statement.clone(), habit.label.clone());
        Some(Belief { statement, direction, probability, sentence, label, habit: Some(place) })
    }

    /// "prefers evenings: P = .95, 6 of 10 sessions, last seen 3 days ago, half-life 60 days; …"
    fn sentence(&self, (statement, which): (&str, &str), p: f64, habit: &Habit, evidence: &Evidence) -> String {
        let last = habit.last_seen_days.map_or("never seen".to_owned(), |days| format!("last seen {}", ago(days)));
        format!(
            "{statement}: P {}, {} of {} {}{which}, {last}, {}; a share of {} (80% interval {} to {}) \
             against the population's {}, on {:.1} {}' worth of evidence",
            probability(p),
            habit.count,
            evidence.count,
            self.unit,
            half_life(evidence.half_life_days),
            percent(habit.share),
            percent(habit.lo),
            percent(habit.hi),
            percent(habit.population),
            evidence.n_eff,
            self.unit
        )
    }

    /// Why nothing is claimed.
    fn silence(&self, evidence: &Evidence, habits: &[Habit]) -> String {
        if evidence.n_eff < ENOUGH {
            return format!(
                "nothing is claimed: {:.1} {}' worth of evidence ({} seen, {}), {ENOUGH:.0} are needed",
                evidence.n_eff,
                self.unit,
                evidence.count,
                half_life(evidence.half_life_days)
            );
        }
        let sureness = |habit: &&Habit| habit.p_more.max(1.0 - habit.p_more);
        let seen = habits.iter().filter(|habit| habit.count >= AT_LEAST_TWICE);
        let closest = seen.max_by(|a, b| sureness(a).total_cmp(&sureness(b)));
        let closest = closest.filter(|habit| sureness(habit) <= SURE).map_or(String::new(), |habit| {
            let way = if habit.p_more >= 0.5 { "more" } else { "less" };
            format!("; the closest is {}, {way} than most, with P {}", habit.label, probability(sureness(&habit)))
        });
        format!(
            "nothing is claimed: in {:.1} {}' worth of evidence nothing differs from the population with P above \
             {}{closest}",
            evidence.n_eff,
            self.unit,
            &format!("{SURE:.2}")[1..]
        )
    }
}
