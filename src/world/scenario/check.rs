//! What must hold between the parts of a scenario: names exist, shares add up, windows lie inside the horizon.

use std::fmt::Display;

use super::{Experiment, SCHEMA, Scenario, World};
use crate::{
    base::codec::Fault,
    history::session::{CONTENT_KINDS, WAYS},
    user::segment::SEGMENTS,
    world::{
        account::{self, Accounts},
        intervention::{Effect, Eligibility, Intervention, Reference},
    },
};

/// All faults of a scenario, each at the place that names it.
#[must_use]
pub fn check(scenario: &Scenario, file: &str, source: &str) -> Vec<Fault> {
    let mut faults = Faults { file, source, found: Vec::new() };
    faults.head(scenario);
    faults.ids("intervention", scenario.interventions.iter().map(|i| i.id.as_str()));
    if let Some(world) = &scenario.world {
        faults.clock(scenario);
        faults.world(world);
        faults.survey(world, scenario.sessions.dayparts.hours());
        for intervention in &scenario.interventions {
            faults.intervention(intervention, world);
        }
    }
    if let Some(accounts) = &scenario.accounts {
        faults.accounts(scenario, accounts);
    }
    if let Some(experiment) = &scenario.experiment {
        faults.experiment(experiment, scenario);
    }
    faults.goal(scenario);
    faults.found
}

struct Faults<'a> {
    file: &'a str,
    source: &'a str,
    found: Vec<Fault>,
}

impl Faults<'_> {
    fn unless(&mut self, holds: bool, place: &str, what: impl Display) {
        if !holds {
            self.found.push(Fault::locate(self.file, self.source, place, what));
        }
    }

    /// A name must be one of the known ones.
    fn known<'k>(&mut self, what: &str, name: &str, known: impl Iterator<Item = &'k str> + Clone) {
        if known.clone().any(|k| k == name) {
            return;
        }
        let list: Vec<&str> = known.clone().collect();
        let list = if list.is_empty() { "there are none".to_owned() } else { format!("there are {}", list.join(", ")) };
        let place = format!("\"{name}\"");
        let fault = Fault::locate(self.file, self.source, &place, format!("no {what} is named \"{name}\"; {list}"));
        self.found.push(fault.with_nearest(name, known));
    }

    fn ids<'k>(&mut self, what: &str, ids: impl Iterator<Item = &'k str>) {
        let mut seen = std::collections::BTreeSet::new();
        for id in ids {
            let again = !seen.insert(id);
            self.unless(!again, &format!("\"{id}\""), format!("two {what}s are named \"{id}\""));
        }
    }

    fn head(&mut self, scenario: &Scenario) {
        let (schema, name) = (scenario.schema, scenario.name.as_str());
        self.unless(
            schema == SCHEMA,
            "schema",
            format!("this program reads schema {SCHEMA}, but the file has {schema}"),
        );
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let fits = !name.is_empty() && name.chars().all(plain);
        self.unless(fits, "name", format!("a name must be letters, digits, `_` and `-`, but is {name:?}"));
        let source = scenario.world.is_some() || scenario.accounts.is_some() || scenario.recorded.is_some();
        self.unless(
            source,
            "",
            "a scenario needs a `world` or `accounts` (to run) or a `recorded` history (to replay)",
        );
        let both = scenario.accounts.is_some() && (scenario.world.is_some() || scenario.recorded.is_some());
        self.unless(!both, "accounts", "a scenario with `accounts` has neither a `world` nor a `recorded` history");
    }

    fn accounts(&mut self, scenario: &Scenario, accounts: &Accounts) {
        self.clock(scenario);
        let none = scenario.interventions.is_empty();
        self.unless(
            none,
            "interventions",
            "what is done with accounts is listed in their `plays`, not in `interventions`",
        );
        for wrong in account::check::check(accounts) {
            let fault = Fault::locate(self.file, self.source, &wrong.place, wrong.what);
            let unknown = wrong.place.trim_matches('"').to_owned();
            self.found.push(fault.with_nearest(&unknown, wrong.known.iter().map(String::as_str)));
        }
    }

    fn clock(&mut self, scenario: &Scenario) {
        let clock = &scenario.clock;
        self.unless(clock.start.is_some(), "clock", "a world needs `start`, the day of the launch, in its clock");
        self.unless(clock.horizon_days > 0, "clock", "a world needs `horizon_days` above 0");
        let days = u64::from(clock.warmup_days) + u64::from(clock.horizon_days);
        self.unless(days <= 20_000, "clock", format!("a world lasts at most 20,000 days, but this one lasts {days}"));
        let (baseline, warmup) = (clock.baseline_days, clock.warmup_days);
        let what = format!("baseline_days must be at most warmup_days ({warmup}), but is {baseline}");
        self.unless(baseline <= warmup, "baseline_days", what);
        if let Some(metrics) = &scenario.metrics {
            let (from, to) = metrics.primary.window();
            let horizon = clock.horizon_days;
            let what = format!("a window must lie in days 1 to {horizon} after the launch, but is {from} to {to}");
            self.unless(1 <= from && from <= to && to <= horizon, "RevenuePerDay", what);
        }
    }

    fn world(&mut self, world: &World) {
        let segments = &world.population.segments;
        let count = segments.len();
        let what = format!("a population has 1 to {SEGMENTS} segments, but this one has {count}");
        self.unless((1..=SEGMENTS).contains(&count), "segments", what);
        self.ids("segment", segments.iter().map(|s| s.id.as_str()));
        self.sum_to_one("segments", "the segments' shares", segments.iter().map(|s| s.share.value()));
        self.ids("channel", world.acquisition.iter().map(|c| c.id.as_str()));
        let channels = world.acquisition.len();
        let what = format!("a world has 1 to 16 channels, but this one has {channels}");
        self.unless((1..=16).contains(&channels), "acquisition", what);
        self.catalogue(world);
        self.mixes(world);
        self.churn(world);
    }

    fn catalogue(&mut self, world: &World) {
        let kinds = world.catalogue.len();
        let what = format!("a catalogue has 1 to {CONTENT_KINDS} kinds, but this one has {kinds}");
        self.unless((1..=CONTENT_KINDS).contains(&kinds), "catalogue", what);
        self.ids("kind of content", world.catalogue.iter().map(|c| c.id.as_str()));
        let some = world.catalogue.iter().any(|c| c.share.value() > 0.0);
        self.unless(some, "catalogue", "at least one kind of content needs a share above 0");
        for taste in [Some(&world.population.traits.daypart.weekday), world.population.traits.daypart.weekend.as_ref()]
        {
            let Some(shares) = taste else { continue };
            let what = format!("day-part shares must be at most 6 and not all 0, but are {}", shares.len());
            self.unless(shares.len() <= 6 && shares.iter().any(|s| s.value() > 0.0), "daypart", what);
        }
    }

    fn sum_to_one(&mut self, place: &str, what: &str, shares: impl Iterator<Item = f64>) {
        let sum: f64 = shares.sum();
        self.unless((sum - 1.0).abs() < 1e-6, place, format!("{what} must add up to 1, but add up to {sum}"));
    }

    fn mixes(&mut self, world: &World) {
        let segments = world.population.segments.iter().map(|s| s.id.as_str());
        for channel in &world.acquisition {
            let Some(mix) = &channel.segment_mix else { continue };
            mix.keys().for_each(|id| self.known("segment", id, segments.clone()));
            let place = format!("\"{}\"", channel.id);
            self.sum_to_one(&place, &format!("the segment_mix of \"{}\"", channel.id), mix.values().map(|s| s.value()));
        }
    }

    fn churn(&mut self, world: &World) {
        let churn = &world.churn;
        let segments = world.population.segments.iter().map(|s| s.id.as_str());
        churn.loss.keys().for_each(|id| self.known("segment", id, segments.clone()));
        for id in segments {
            self.unless(churn.loss.contains_key(id), "loss", format!("the loss of segment \"{id}\" is missing"));
        }
        let wanted = churn.windows.len() + 1;
        for (id, losses) in &churn.loss {
            let found = losses.len();
            let what = format!("\"{id}\" needs {wanted} losses (one a window and one after them), but has {found}");
            self.unless(found == wanted, &format!("\"{id}\": ["), what);
        }
        let ascending = churn.windows.windows(2).all(|pair| pair[0] < pair[1]);
        self.unless(ascending, "windows", "the ends of the windows must ascend");
        if let Some(cliff) = &churn.cliff {
            let (window, last) = (cliff.window, churn.windows.len());
            let what = format!("the cliff's window must be below {last}, the number of windows, but is {window}");
            self.unless(window < last, "cliff", what);
        }
    }

    fn survey(&mut self, world: &World, hours: &[u8]) {
        let Some(survey) = &world.survey else { return };
        self.unless(!survey.asks.is_empty(), "survey", "a survey needs at least one question in `asks`");
        let hours: Vec<String> = hours.iter().map(ToString::to_string).collect();
        let contents = world.catalogue.iter().map(|content| content.id.as_str());
        let answers = contents.chain(hours.iter().map(String::as_str));
        survey.bias.keys().for_each(|answer| self.known("answer", answer, answers.clone()));
    }

    fn intervention(&mut self, intervention: &Intervention, world: &World) {
        let segments = world.population.segments.iter().map(|s| s.id.as_str());
        for part in intervention.eligible.parts() {
            if let Eligibility::TenureDays(from, to) = part {
                let what =
                    format!("TenureDays must go from a first to a later day, both from 1, but are ({from}, {to})");
                self.unless(1 <= *from && from <= to, "TenureDays", what);
            }
        }
        self.effect(intervention);
        for reference in intervention.eligible.refers_to().into_iter().chain(intervention.effect.refers_to()) {
            match reference {
                Reference::Segment(name) => self.known("segment", name, segments.clone()),
                Reference::Channel(name) => {
                    self.known("channel", name, world.acquisition.iter().map(|channel| channel.id.as_str()));
                }
                Reference::Cause(name) => {
                    let causes = world.churn.cliff.iter().map(|cliff| cliff.cause.as_str());
                    self.known("defect", name, causes);
                }
            }
        }
    }

    fn goal(&mut self, scenario: &Scenario) {
        let Some(goal) = scenario.metrics.as_ref().and_then(|metrics| metrics.goal.as_ref()) else { return };
        let arms = scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
        if let Some(id) = &goal.solve_for {
            self.known("intervention of an arm", id, arms.flat_map(|arm| &arm.interventions).map(String::as_str));
        }
        let horizon = scenario.clock.horizon_days;
        let within = goal.by_day.is_none_or(|day| (1..=horizon).contains(&day));
        self.unless(within, "by_day", format!("by_day must lie in days 1 to {horizon} after the launch"));
    }

    fn effect(&mut self, intervention: &Intervention) {
        let id = format!("\"{}\"", intervention.id);
        match &intervention.effect {
            Effect::Messages(messages) => {
                let ways = messages.ways.len();
                let what = format!("there must be 1 to {WAYS} ways to write, but there are {ways}");
                self.unless((1..=WAYS).contains(&ways), &id, what);
                let day = messages.after_days.value() >= 1.0;
                self.unless(day, &id, "messages may be at least a day apart: `after_days` must be 1.0 or more");
                let what =
                    format!("a message may be sent 1 to 15 times in one silence, but `times` is {}", messages.times);
                self.unless((1..=15).contains(&messages.times), &id, what);
                let hours = messages.ways.iter().filter_map(|way| way.hour).all(|hour| hour < 24);
                self.unless(hours, &id, "an hour of the day must be from 0 to 23");
            }
            Effect::MoveBudget(moved) => {
                let some = moved.from.is_some() || moved.to.is_some();
                self.unless(some, &id, "spend is moved `from` a channel, `to` a channel, or both; neither is given");
            }
            Effect::Refer(refer) => {
                let what = format!("`prospects` must be from 1 to 1,000,000, but are {}", refer.prospects);
                self.unless((1..=1_000_000).contains(&refer.prospects), &id, what);
            }
            _ => {}
        }
    }

    fn experiment(&mut self, experiment: &Experiment, scenario: &Scenario) {
        let interventions = &scenario.interventions;
        let plays = scenario.accounts.iter().flat_map(|accounts| &accounts.plays).map(|play| play.id.as_str());
        let arms = experiment.arms.len();
        self.unless(
            (1..=16).contains(&arms),
            "arms",
            format!("an experiment has 1 to 16 arms, but this one has {arms}"),
        );
        self.ids("arm", experiment.arms.iter().map(|arm| arm.id.as_str()));
        let control = experiment.arms.first().is_none_or(|arm| arm.interventions.is_empty());
        self.unless(control, "arms", "the first arm is the control: it must have no interventions");
        let replications = experiment.replications;
        let what = format!("replications must be from 1 to 100,000, but are {replications}");
        self.unless((1..=100_000).contains(&replications), "replications", what);
        for arm in &experiment.arms {
            let count = arm.interventions.len();
            let what = format!("an arm has at most 8 interventions, but \"{}\" has {count}", arm.id);
            self.unless(count <= 8, &format!("\"{}\"", arm.id), what);
            let writes = |id: &&String| interventions.iter().any(|own| own.id == **id && own.effect.is_written());
            let writers = arm.interventions.iter().filter(writes).count();
            let what =
                format!("an arm has at most 2 interventions that write to users, but \"{}\" has {writers}", arm.id);
            self.unless(writers <= 2, &format!("\"{}\"", arm.id), what);
            for id in &arm.interventions {
                let known = interventions.iter().map(|own| own.id.as_str()).chain(plays.clone());
                self.known("intervention", id, known);
            }
        }
    }
}
