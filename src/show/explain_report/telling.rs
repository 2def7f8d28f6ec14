//! One user in sentences.

use super::{KeyFigure, ReportError, Risk, Table, Unit, count, percent, tables};
use crate::{
    study::{
        estimate::Estimate,
        explanation::{
            Explanation,
            forecast::{Chance, Forecast},
        },
    },
    user::{
        explain::{
            Direction, Topic,
            wording::{ago, capitalised, duration, listed, probability},
        },
        facet::FacetKind,
    },
};

/// An explanation being told.
pub(super) struct Telling<'a> {
    pub explanation: &'a Explanation,
    pub money: Unit,
}

/// Claims of one topic that are told one by one; the rest is counted.
const TOLD: usize = 5;
/// Sessions that a terminal shows.
const SHOWN: usize = 10;

impl Telling<'_> {
    pub fn title(&self) -> String {
        let user = &self.explanation.user;
        let mut said: Vec<&str> = self.statements().take(3).collect();
        let last = said.pop();
        match (said.is_empty(), last) {
            (_, None) => format!("User {user}: too little is known to claim anything"),
            (true, Some(last)) => format!("User {user} {last}"),
            (false, Some(last)) => format!("User {user} {} and {last}", said.join(", ")),
        }
    }

    /// Statements to remember: the surest of each topic, what the user does before what they do not.
    fn statements(&self) -> impl Iterator<Item = &str> {
        let firsts = self.explanation.topics.iter().filter_map(|topic| topic.beliefs.first());
        let (more, less): (Vec<_>, Vec<_>) = firsts.partition(|belief| belief.direction == Direction::More);
        more.into_iter().chain(less).map(|belief| belief.statement.as_str())
    }

    pub fn answer(&self) -> String {
        let known = format!("Known from {}.", self.seen());
        let said: Vec<&str> = self.statements().collect();
        let believed = match said.len() {
            0 => "Nothing is claimed of their habits yet.".to_owned(),
            _ => format!("What is sure enough to be said: the user {}.", listed(&said)),
        };
        let coming = self.explanation.next.as_ref().map(coming).unwrap_or_default();
        let risk = self.explanation.risk.as_ref().map(|risk| self.risk(risk)).unwrap_or_default();
        [known, believed, coming, risk, self.worth()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    /// "52 sessions (51 paid) in 340 days, last seen 3 days ago".
    fn seen(&self) -> String {
        let seen = &self.explanation.seen;
        let sessions = if seen.sessions == 1 { "session" } else { "sessions" };
        let farewell = if seen.left { "; they have said goodbye" } else { "" };
        format!(
            "{} {sessions} ({} paid) since {}, last seen {} ({}){farewell}",
            count(seen.sessions.into()),
            count(seen.paid_sessions.into()),
            &seen.first[..seen.first.len().min(10)],
            ago(seen.silent_days),
            seen.last
        )
    }

    pub fn key_figures(&self) -> Vec<KeyFigure> {
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let (seen, value) = (&self.explanation.seen, &self.explanation.value);
        let mut figures =
            vec![figure("Sessions seen", count(seen.sessions.into()), format!("last {}", ago(seen.silent_days)))];
        if let Some(next) = &self.explanation.next {
            let note = format!("{}; 80%: {} to {}", next.date, next.date_lo, next.date_hi);
            figures.push(figure("Next session in", duration(next.days[1]), note));
        }
        if let Some(risk) = &self.explanation.risk {
            figures.push(figure(
                "Risk of leaving",
                percent(risk.p),
                format!("population at this tenure: {}", percent(risk.population_at_tenure)),
            ));
        }
        figures.push(figure("Value so far", self.money.short(value.so_far), "gross".to_owned()));
        let horizon = format!("Expected in {} days", value.horizon_days);
        figures.push(figure(&horizon, self.money.short(value.expected.mean), self.interval(&value.expected)));
        figures
    }

    fn interval(&self, estimate: &Estimate) -> String {
        let end = |end: Option<f64>| self.money.short(end.unwrap_or(f64::NAN));
        format!("80%: {} to {}", end(estimate.lo), end(estimate.hi))
    }

    /// What is claimed, with its evidence; of a long list the surest.
    pub fn claimed(&self) -> Vec<String> {
        self.explanation.topics.iter().flat_map(sentences).collect()
    }

    /// Why nothing is claimed where nothing is; last, of what the record holds nothing.
    pub fn silences(&self) -> Vec<String> {
        let silent = |topic: &Topic| topic.silence.as_ref().map(|why| format!("{}: {why}.", topic.name));
        self.explanation.topics.iter().filter_map(silent).chain(self.unheard()).collect()
    }

    fn unheard(&self) -> Option<String> {
        let names: Vec<&str> = self.explanation.unheard.iter().map(|facet| facet.name()).collect();
        (!names.is_empty()).then(|| format!("nothing in the record of: {}.", listed(&names)))
    }

    pub fn typical(&self) -> Vec<String> {
        let typical = |topic: &Topic| topic.typical.iter().map(|typical| typical.words.clone()).collect::<Vec<_>>();
        let said = |topic: &Topic| [typical(topic), topic.notes.clone()].concat();
        let line = |topic: &Topic| said(topic).into_iter().map(|said| format!("{}: {said}.", topic.name)).collect();
        self.explanation.topics.iter().flat_map::<Vec<String>, _>(line).collect()
    }

    /// What comes next, a line each.
    pub fn next(&self) -> Option<Vec<String>> {
        let next = self.explanation.next.as_ref()?;
        let money = |amount: f64| self.money.short(amount);
        let contents: Vec<String> =
            next.contents.iter().map(|chance| format!("{} {}", chance.what, chances(chance))).collect();
        let mut said = vec![
            format!(
                "When: by {} with even odds, in {}; 8 of 10 from {} to {}; within a week with {}. If they come again: \
                 whether they do is the risk of leaving.",
                next.date,
                duration(next.days[1]),
                next.date_lo,
                next.date_hi,
                percent(next.within_a_week)
            ),
            format!(
                "The likeliest weekday: {}, {} (from the gap; even odds would be 14%); the likeliest time of day: {} {}.",
                next.weekday.what,
                percent(next.weekday.p),
                next.daypart.what,
                chances(&next.daypart)
            ),
            format!("For what: {}.", contents.join(", ")),
            format!(
                "Pays: {}; if so {} with even odds, 8 of 10 from {} to {}.",
                chances(&next.pays),
                money(next.amount),
                money(next.amount_lo),
                money(next.amount_hi)
            ),
        ];
        let more = std::iter::once(&next.visits).chain(&next.others);
        said.extend(more.map(|chance| format!("{}: {}.", capitalised(&chance.what), chances(chance))));
        Some(said)
    }

    pub fn risk(&self, risk: &Risk) -> String {
        let times = (-(1.0 - risk.p).ln()) / (-(1.0 - risk.population_at_tenure).ln()).max(1e-9);
        let caution = risk.caution.as_ref().map(|caution| format!(" Mind that {caution}.")).unwrap_or_default();
        format!(
            "Risk of leaving ({}) from {} to {}: {}, against {} in the population at this tenure: {times:.2} times its \
             hazard.{caution} Also known: {}.",
            risk.means,
            risk.from,
            risk.to,
            percent(risk.p),
            percent(risk.population_at_tenure),
            risk.beside.join("; ")
        )
    }

    pub fn worth(&self) -> String {
        let value = &self.explanation.value;
        let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
        if self.explanation.seen.left {
            return format!("Paid {} so far, gross; nothing more is expected.", self.money.exact(value.so_far, 2));
        }
        format!(
            "Paid {} so far, gross. Over the next {} days {} are expected ({}), from {:.1} sessions (80%: {:.0} to \
             {:.0}); nothing at all with {}.",
            self.money.exact(value.so_far, 2),
            value.horizon_days,
            self.money.short(value.expected.mean),
            self.interval(&value.expected),
            value.sessions.mean,
            end(value.sessions.lo),
            end(value.sessions.hi),
            percent(value.p_nothing)
        )
    }

    pub fn foreseen(&self) -> String {
        let timeline = &self.explanation.timeline;
        let gained: f64 = timeline.entries.iter().map(|entry| entry.gain_nats).sum();
        let signed = |nats: f64| format!("{nats:+.1}").replace('-', "\u{2212}");
        let beside = [("visit", "coming week by week"), ("churn", "leaving")];
        let beside = beside.iter().filter_map(|(facet, what)| {
            let gain = timeline.summary.get(*facet)?.gain_nats;
            Some(format!(", on {what} {}", signed(gain)))
        });
        format!(
            "Each session was predicted from those before it. Over {} sessions the predictions gained {} nats of log \
             score over the population's{}. Of quantities, right means inside the 80% interval, so 80% is what \
             it should be; the gain tells whether that interval was worth more than the population's.",
            count(self.explanation.seen.sessions.into()),
            signed(gained),
            beside.collect::<String>()
        )
    }

    pub fn rules(&self) -> Vec<String> {
        vec![
            "\u{201c}Prefers\u{201d} means: picks it more often than the population does. P is the probability of that, \
             given the faded counts and the population's law, mixed over the segments. It is said only where P is above \
             .90 and the evidence is worth at least 5 sessions; a preference also needs two sessions that show it, and \
             an avoidance that the kind was to be expected at least once."
                .to_owned(),
            "The population\u{2019}s shares are those of all events of the others, so that frequent users weigh more in them: \
             \u{201c}than most\u{201d} is than in most sessions of others."
                .to_owned(),
            "Counts are raw, from the record up to the moment. \u{201c}Worth\u{201d} counts each session by its age: \
             half after one half-life."
                .to_owned(),
            "The priors come from other users (of a recorded history: those with ids of the other parity), from events \
             before the same moment. In a simulated world they are the population's law, as a company knows it that has \
             fitted its users before; whom this user is like is inferred from events."
                .to_owned(),
            "A feature counts as adopted where P is above .90 that they know it and two sessions used it. A state of \
             engagement is hidden: it follows from the weeks with and without a visit. The state and the renewal are \
             claimed of what comes next, all else of habits."
                .to_owned(),
            "The expected value is the mean of 200 futures in which the self-model lives on its own predictions.".to_owned(),
        ]
    }

    /// All of it as a terminal shows it.
    pub fn printed(&self) -> Result<String, ReportError> {
        let mut text =
            vec![format!("User {} as of {}", self.explanation.user, self.explanation.at), format!("{}.", self.seen())];
        let mut part = |heading: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text.push(format!("\n{heading}"));
                text.extend(lines.into_iter().map(|line| format!("  - {line}")));
            }
        };
        part("Believed", self.claimed());
        part("Not claimed", self.silences());
        part("Typical and current", self.typical());
        part("Next", self.next().unwrap_or_default());
        let risk = self.explanation.risk.as_ref();
        part("Risk", risk.map(|risk| vec![self.risk(risk)]).unwrap_or_default());
        if let Some(risk) = risk {
            text.push(indented(&tables::risk(risk)?));
        }
        text.extend([format!("\nValue\n  - {}", self.worth()), "\nSegments".to_owned()]);
        text.push(indented(&tables::segments(self.explanation)?));
        text.push(format!("\nForeseen, by facet\n  - {}", self.foreseen()));
        text.push(indented(&tables::summary(self.explanation)?));
        text.push("\nThe last sessions, newest first; a cross marks a wrong prediction".to_owned());
        text.push(indented(&tables::timeline(self.explanation, SHOWN)?));
        Ok(text.join("\n"))
    }
}

/// A table as part of a text.
fn indented(table: &Table) -> String {
    table.to_text().trim_end().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The claims of one topic, with their evidence; of a long list the surest.
pub(in crate::show) fn sentences(topic: &Topic) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for direction in [Direction::More, Direction::Less] {
        let claims: Vec<_> = topic.beliefs.iter().filter(|belief| belief.direction == direction).collect();
        said.extend(claims.iter().take(TOLD).map(|belief| format!("{}.", belief.sentence)));
        if claims.len() > TOLD {
            let rest: Vec<&str> = claims[TOLD..].iter().map(|belief| belief.label.as_str()).collect();
            let least = probability(claims.last().map_or(0.0, |belief| belief.probability));
            let what = match direction {
                Direction::More if topic.facet == FacetKind::Feature => "has adopted",
                Direction::More => "prefers",
                Direction::Less => "avoids",
            };
            said.push(format!("{what} also, surest first, down to P {least}: {}.", listed(&rest)));
        }
    }
    said
}

/// "34% (population 26%)".
fn chances(chance: &Chance) -> String {
    let population = chance.population.map(|p| format!(" (population {})", percent(p))).unwrap_or_default();
    format!("{}{population}", percent(chance.p))
}

/// The next session in a sentence.
pub(in crate::show) fn coming(next: &Forecast) -> String {
    let content = next
        .contents
        .first()
        .map(|chance| format!(", for {} ({})", chance.what, percent(chance.p)))
        .unwrap_or_default();
    format!(
        "If they come again, it is by {} with even odds (8 of 10 from {} to {}), most likely on a {} and at this time of \
         day: {} ({}){content}; it pays with {}.",
        next.date,
        next.date_lo,
        next.date_hi,
        next.weekday.what,
        next.daypart.what,
        percent(next.daypart.p),
        percent(next.pays.p)
    )
}
