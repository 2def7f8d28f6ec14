//! The charts of one user.

use super::{Explanation, Risk, percent, tables};
use crate::{
    show::{
        chart::{
            Bars, Beliefs, Chart, ChartError, Foresight, Headline,
            bars::Bar,
            beliefs::{Claim, Share},
            foresight::Lane,
        },
        document::Figure,
        number::{Estimate, Unit},
    },
    study::explanation::timeline::{Entry, Timeline},
    user::explain::{
        Direction, Habit, Topic,
        wording::{capitalised, half_life},
    },
};

/// Kinds that one chart shows: those of which something is claimed, and the largest.
const SHOWN: usize = 10;

/// A chart for each topic that has several kinds and some evidence.
pub(super) fn beliefs(explanation: &Explanation) -> Result<Vec<Figure>, ChartError> {
    let several = explanation.topics.iter().filter(|topic| topic.habits.len() > 1 && topic.evidence.count > 0);
    several.map(of_topic).collect()
}

fn of_topic(topic: &Topic) -> Result<Figure, ChartError> {
    let first: Vec<&str> = topic.beliefs.iter().take(2).map(|belief| belief.statement.as_str()).collect();
    let title = match first.as_slice() {
        [] => format!("{}: nothing is claimed", capitalised(&topic.name)),
        said => capitalised(&said.join("; ")),
    };
    let subtitle = format!(
        "Own shares with 80% intervals, from {} sessions worth {:.1} by age ({})",
        topic.evidence.count,
        topic.evidence.n_eff,
        half_life(topic.evidence.half_life_days)
    );
    let chart = Beliefs {
        headline: Headline::new(title, subtitle),
        axis: format!("share of sessions: {}", topic.name),
        shares: shown(topic).into_iter().map(|(place, habit)| share(topic, place, habit)).collect(),
    };
    let name = format!("beliefs_{}", topic.name.replace(' ', "_"));
    Ok(Figure { name, picture: chart.picture()?, caption: String::new() })
}

/// The kinds to show, in the topic's order.
fn shown(topic: &Topic) -> Vec<(usize, &Habit)> {
    let mut ranked: Vec<(usize, &Habit)> = topic.habits.iter().enumerate().collect();
    let claimed =
        |place: usize| topic.beliefs.iter().position(|belief| belief.habit == Some(place)).unwrap_or(usize::MAX);
    ranked.sort_by(|a, b| {
        claimed(a.0).min(SHOWN / 2).cmp(&claimed(b.0).min(SHOWN / 2)).then(b.1.share.total_cmp(&a.1.share))
    });
    ranked.truncate(SHOWN);
    if topic.habits.len() <= SHOWN {
        ranked.sort_by_key(|&(place, _)| place);
    }
    ranked
}

fn share(topic: &Topic, place: usize, habit: &Habit) -> Share {
    let claim =
        topic.beliefs.iter().find(|belief| belief.habit == Some(place)).map_or(Claim::Nothing, |belief| {
            if belief.direction == Direction::More { Claim::More } else { Claim::Less }
        });
    Share {
        label: habit.label.clone(),
        own: Estimate::new(habit.share, habit.lo, habit.hi),
        population: habit.population,
        claim,
        note: format!("{} of {} sessions", habit.count, topic.evidence.count),
    }
}

/// What moved the risk.
pub(super) fn risk(risk: &Risk) -> Result<Figure, ChartError> {
    let total: f64 = risk.contributions.iter().map(|part| part.log_hazard).sum();
    let bar =
        |label: &str, value: f64, note: String| Bar { label: label.to_owned(), value: Estimate::bare(value), note };
    let times = |log_hazard: f64| format!("{} times the hazard", tables::times(log_hazard));
    let mut bars: Vec<Bar> =
        risk.contributions.iter().map(|part| bar(&part.evidence, part.log_hazard, times(part.log_hazard))).collect();
    bars.push(bar("together", total, times(total)));
    let most = risk.contributions.iter().max_by(|a, b| a.log_hazard.abs().total_cmp(&b.log_hazard.abs()));
    let moved = most.map_or(String::new(), |part| format!("; {} moved it most", part.evidence));
    let title = format!("The risk of leaving is {}{moved}", percent(risk.p));
    let subtitle = format!(
        "Steps from the population's mean over all tenures, {}, on the logarithm of the hazard; they add up",
        percent(risk.population)
    );
    let axis = "added to the logarithm of the hazard".to_owned();
    let chart = Bars { headline: Headline::new(title, subtitle), unit: Unit::Plain, axis, bars };
    Ok(Figure { name: "risk".to_owned(), picture: chart.picture()?, caption: String::new() })
}

/// How the sessions were foreseen.
pub(super) fn foresight(timeline: &Timeline) -> Result<Figure, ChartError> {
    let total: f64 = timeline.entries.iter().map(|entry| entry.gain_nats).sum();
    let title = if total > 0.0 {
        format!("Knowing the user gained {total:.1} nats over knowing the population")
    } else {
        format!("Knowing the user has gained nothing so far ({total:.1} nats)").replace('-', "\u{2212}")
    };
    let lanes = timeline.summary.iter().filter(|(_, summary)| summary.calls > 0);
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), percent);
    let chart = Foresight {
        headline: Headline::new(
            title,
            "Each session was predicted before it was seen; at the right, the share that was right, and the population's",
        ),
        gains: timeline.entries.iter().map(|entry| entry.gain_nats).collect(),
        lanes: lanes
            .map(|(facet, summary)| Lane {
                label: facet.clone(),
                right: timeline.entries.iter().map(|entry| right(entry, facet)).collect(),
                note: format!("{}, population {}", percent(summary.right), percent(summary.population_right)),
            })
            .collect(),
    };
    Ok(Figure { name: "foresight".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn right(entry: &Entry, facet: &str) -> Option<bool> {
    entry.calls.iter().find(|call| call.facet.name() == facet).map(|call| call.right)
}
