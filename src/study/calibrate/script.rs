//! A fitted world as a scenario that a person can read, change and run: RON, every number with its uncertainty beside it.

use std::fmt::Write;

use super::{
    spending::Spending,
    world::{FittedChannel, FittedSegment, FittedWorld, Number},
};
use crate::{
    base::{codec, time::Date},
    world::scenario::{Costs, Recorded, Scenario},
};

/// What a scenario says beside its world.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Name of the scenario, and of its folder of results.
    pub name: &'a str,
    /// The history, in words.
    pub of: &'a str,
    /// The scenario that named the history.
    pub scenario: &'a Scenario,
    /// The day after the record.
    pub start: Date,
    /// The recorded history, its files named from where the scenario will be; none if the history was simulated.
    pub recorded: Option<&'a Recorded>,
}

/// A strength that the history does not tell, so that users are nearly alike.
const UNTOLD_STRENGTH: f64 = 20.0;

/// The scenario's text.
#[must_use]
pub fn written(head: &Head<'_>, world: &FittedWorld) -> String {
    let mut script = Script::default();
    script.top(head, world);
    script.clock(head, world);
    script.recorded(head, world);
    script.line(1, "world: World(");
    script.population(world);
    script.acquisition(world);
    script.catalogue(world);
    script.rhythm(head, world);
    script.churn(world);
    script.money(head, world);
    script.line(1, "),");
    script.line(1, "experiment: Experiment(arms: [Arm(id: \"control\", interventions: [])], replications: 40),");
    script.line(1, "metrics: Metrics(primary: RevenuePerDay(window: (31, 60))),");
    script.line(0, ")");
    script.0
}

/// Names of the segments, the largest first.
#[must_use]
pub fn segment_names(world: &FittedWorld) -> Vec<String> {
    (1..=world.segments.len()).map(|number| format!("class_{number}")).collect()
}

#[derive(Default)]
struct Script(String);

impl Script {
    fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{:1$}{2}", "", 4 * depth, text.as_ref());
    }

    fn note(&mut self, depth: usize, text: &str) {
        self.line(depth, format!("// {text}"));
    }

    /// A named number with its uncertainty.
    fn number(&mut self, depth: usize, name: &str, number: Number) {
        self.line(depth, format!("{name}: {},{}", plain(number.value), beside(number)));
    }

    fn top(&mut self, head: &Head<'_>, world: &FittedWorld) {
        let question = "What would a change to the product that this history is of earn, before it is built?";
        self.note(0, question);
        self.line(0, "//");
        self.note(0, &format!("Fitted to {} by `cwm fit`: {} users over {} days.", head.of, world.users, world.days));
        self.note(
            0,
            "Method: latent segments by penalised maximum likelihood of all that each user did (sessions: Poisson at",
        );
        self.note(
            0,
            "a Gamma rate until the user leaves; paying: beta-binomial; amounts: log-normal around a personal level);",
        );
        self.note(
            0,
            "how many segments: Schwarz's criterion. Behind each number stands its standard error: `// ± 0.03`.",
        );
        self.note(0, "A segment is a summary of behaviour and not a group that the history names.");
        self.figures(world);
        self.line(0, "Scenario(");
        self.line(1, "schema: 1,");
        self.line(1, format!("name: {:?},", head.name));
        self.line(1, format!("question: {question:?},"));
        self.line(1, format!("seed: {},", head.scenario.seed));
        self.line(1, format!("currency: {:?},", head.scenario.currency.code()));
    }

    fn figures(&mut self, world: &FittedWorld) {
        let it = &world.history;
        let (sessions, paid, revenue) = (plain(it.sessions_per_day), plain(it.paid_share), plain(it.revenue_per_day));
        self.note(
            0,
            &format!("The last {} days of the record: {sessions} sessions a day, a share of {paid} paid,", it.days),
        );
        self.note(0, &format!("{revenue} charged a day; {} of all users came more than once.", plain(it.repeat_share)));
    }

    /// The users who go on as twins.
    fn recorded(&mut self, head: &Head<'_>, world: &FittedWorld) {
        let Some(recorded) = head.recorded else { return };
        self.note(
            1,
            "Every recorded user goes on as a twin, drawn from what the record tells of them. Without this block",
        );
        self.note(1, if world.truncated {
            "the world would begin with nobody, and the channels below would be too small: they bring those who are new now."
        } else {
            "the world begins with nobody and is lived for as long as the record is before anything is tried."
        });
        let text = codec::to_string(recorded);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        self.line(1, format!("recorded: {first}"));
        let rest: Vec<&str> = lines.collect();
        for (i, line) in rest.iter().enumerate() {
            self.line(1, format!("{line}{}", if i + 1 == rest.len() { "," } else { "" }));
        }
    }

    fn clock(&mut self, head: &Head<'_>, world: &FittedWorld) {
        let (zone, sessions) = (head.scenario.clock.timezone.name(), &head.scenario.sessions);
        if world.truncated {
            self.note(1, "Users were there before the record began, so the world is lived until it is settled.");
        } else {
            self.note(1, "Lived from nobody on for as long as the record is, then 60 days more.");
        }
        let (warmup, baseline) = (world.warmup_days, world.history.days.min(world.warmup_days));
        self.line(1, format!("clock: Clock(start: \"{}\", timezone: {zone:?}, warmup_days: {warmup},", head.start));
        self.line(2, format!("baseline_days: {baseline}, horizon_days: 60),"));
        let (timeout, hours) = (plain(sessions.timeout_minutes.value()), sessions.dayparts.hours());
        let midnight = if sessions.at_midnight { ", at_midnight: true" } else { "" };
        self.line(1, format!("sessions: Sessions(timeout_minutes: {timeout}{midnight}, dayparts: {hours:?}),"));
    }

    fn population(&mut self, world: &FittedWorld) {
        self.line(2, "population: PopulationLaw(");
        self.line(3, "segments: [");
        if !world.pays {
            self.note(4, "Nobody paid: amounts are a placeholder, and the chance to pay is none.");
        }
        let shares = parts(&world.segments.iter().map(|segment| segment.share.value).collect::<Vec<_>>());
        for ((segment, share), name) in world.segments.iter().zip(shares).zip(segment_names(world)) {
            self.segment(world, segment, &share, &name);
        }
        self.line(3, "],");
        self.traits(world);
        self.line(2, "),");
    }

    fn segment(&mut self, world: &FittedWorld, segment: &FittedSegment, share: &str, name: &str) {
        self.line(4, "SegmentLaw(");
        self.line(5, format!("id: {name:?},"));
        self.line(5, format!("share: {share},{}", beside(segment.share)));
        self.number(5, "sessions_per_30d", segment.sessions_per_30d);
        if world.pays {
            self.number(5, "paid_prob", segment.paid_prob);
            let (mean, sigma) = (segment.amount_mean, segment.amount_sigma);
            let told = format!("{}; {}", error(mean), error(sigma));
            let law = format!("AmountLaw(mean: {}, sigma: {})", plain(mean.value), plain(sigma.value));
            self.line(5, format!("amount: {law},    // {told}"));
        } else {
            self.line(5, "paid_prob: 0.0,");
            self.line(5, "amount: AmountLaw(mean: 1.0, sigma: 0.5),");
        }
        self.line(4, "),");
    }

    fn traits(&mut self, world: &FittedWorld) {
        self.line(3, "traits: Traits(");
        self.number(4, "rate_shape", world.rate_shape);
        self.number(4, "price_level_sigma", if world.pays { world.price_level_sigma } else { Number::given(0.3) });
        match world.paid_strength {
            Some(strength) if world.pays => self.number(4, "paid_strength", strength),
            _ => self.note(4, "paid_strength: users of a segment pay alike, as far as the history tells."),
        }
        self.line(4, "daypart: DaypartTaste(");
        self.shares(5, "weekday", &world.dayparts[0], &world.dayparts[1]);
        if told(&world.dayparts[0]) && told(&world.dayparts[1]) {
            self.shares(5, "weekend", &world.dayparts[1], &[]);
        }
        self.strength(5, "strength", world.daypart_strength);
        self.line(4, "),");
        self.strength(4, "content_strength", world.content_strength);
        self.note(4, "frailty_shape: one departure a user cannot tell frail users from a loss that falls with tenure.");
        self.first_sessions(world);
        self.line(3, "),");
    }

    fn first_sessions(&mut self, world: &FittedWorld) {
        match world.first_session_paid_delta {
            Some(delta) if world.pays && delta.se.is_some_and(|se| delta.value.abs() > 2.0 * se) => {
                self.number(4, "first_session_paid_delta", delta);
            }
            Some(delta) if world.pays && delta.se.is_some() => {
                let what = "first_session_paid_delta: first sessions pay like others, as far as the history tells";
                self.note(4, &format!("{what} ({} {}).", plain(delta.value), error(delta)));
            }
            _ => self.note(4, "first_session_paid_delta: the history does not tell how first sessions differ."),
        }
    }

    /// Shares of the parts of the day; those of the other days, or even ones, where there are none.
    fn shares(&mut self, depth: usize, name: &str, shares: &[Number], others: &[Number]) {
        let of = [shares, others].into_iter().find(|shares| told(shares));
        let Some(of) = of else {
            let even = vec!["1.0"; shares.len()].join(", ");
            return self.line(depth, format!("{name}: [{even}],    // not told"));
        };
        let values: Vec<String> = of.iter().map(|share| plain(share.value)).collect();
        let errors: Vec<String> = of.iter().map(|share| error(*share)).collect();
        self.line(depth, format!("{name}: [{}],    // {}", values.join(", "), errors.join(", ")));
    }

    fn strength(&mut self, depth: usize, name: &str, strength: Option<Number>) {
        match strength {
            Some(strength) => self.number(depth, name, strength),
            None => self
                .line(depth, format!("{name}: {},    // a guess: the history does not tell", plain(UNTOLD_STRENGTH))),
        }
    }

    fn acquisition(&mut self, world: &FittedWorld) {
        self.line(2, "acquisition: [");
        if world.truncated {
            self.note(
                3,
                "How many users are new cannot be told from a record that began with users: as many as keep up the",
            );
            self.note(3, "sessions of its last days.");
        }
        self.note(3, "Segments are taken to be as frequent in every channel. Organic: no spend is known.");
        world.channels.iter().for_each(|channel| self.channel(channel));
        self.line(2, "],");
    }

    fn channel(&mut self, channel: &FittedChannel) {
        let (id, users) = (&channel.id, channel.users_per_day.value);
        let brings = match channel.spend_per_day.filter(|_| users > 0.0) {
            Some(spend) => format!("Paid(spend_per_day: {}, cac: {})", plain(spend), plain(spend / users)),
            None => format!("Organic(users_per_day: {})", plain(users)),
        };
        let told = format!("{} a day, {}", plain(users), error(channel.users_per_day));
        self.line(3, format!("Channel(id: {id:?}, brings: {brings}),    // {told}"));
    }

    fn catalogue(&mut self, world: &FittedWorld) {
        self.line(2, "catalogue: [");
        if world.catalogue.is_empty() {
            self.line(3, "Content(id: \"visit\", share: 1.0),    // the history names no content");
        }
        for (id, share) in &world.catalogue {
            self.line(3, format!("Content(id: {id:?}, share: {}),{}", plain(share.value), beside(*share)));
        }
        self.line(2, "],");
    }

    fn rhythm(&mut self, head: &Head<'_>, world: &FittedWorld) {
        if world.weekday.iter().any(|day| day.se.is_none()) {
            return self.note(2, "rhythm: too few sessions to tell one weekday from another.");
        }
        let days: Vec<String> = world.weekday.iter().map(|day| plain(day.value)).collect();
        let errors: Vec<String> = world.weekday.iter().map(|day| error(*day)).collect();
        let weekday = format!("weekday: ({}),    // {}", days.join(", "), errors.join(", "));
        self.line(2, format!("rhythm: Rhythm({weekday}"));
        if let Some(month) = world.level.and_then(|level| level.month) {
            self.month(3, &month);
        }
        self.calendar(head, world);
        if let Some(level) = world.level.filter(|_| head.recorded.is_some()) {
            self.note(3, "Sessions at the record's end, relative to what the same users did over all of it:");
            self.number(3, "level", level.now);
            self.note(
                3,
                "How far everybody together wanders in a week (sd of the logarithm), what is left of it after another",
            );
            self.note(3, "week, and how far a single day is off (sd):");
            self.line(3, wandering(level.week_sd, level.week_keep, level.day_sd));
        }
        if let Some(spending) = &world.spending {
            self.spending(spending, head.recorded.is_some());
        }
        self.line(2, "),");
    }

    /// Holidays of the record and of the year after it.
    fn calendar(&mut self, head: &Head<'_>, world: &FittedWorld) {
        if world.holidays.is_empty() {
            return self.note(3, "calendar: no holiday of the record is unlike other days beyond chance.");
        }
        self.note(
            3,
            "Sessions on holidays, relative to the same days without them. Campaigns to come can be added alike.",
        );
        let start = head.start.number();
        self.line(3, "calendar: [");
        for holiday in &world.holidays {
            let told = format!("{}, seen {}", error(holiday.times), times(holiday.seen));
            for day in holiday.days(start - world.days, start + 365).filter_map(Date::from_number) {
                let (name, value) = (holiday.name, plain(holiday.times.value));
                self.line(4, format!("Special(name: {name:?}, from: \"{day}\", times: {value}),    // {told}"));
            }
        }
        self.line(3, "],");
    }

    fn month(&mut self, depth: usize, month: &[Number]) {
        let parts: Vec<String> = month.iter().map(|part| plain(part.value)).collect();
        let errors: Vec<String> = month.iter().map(|part| error(*part)).collect();
        self.line(
            depth,
            format!("month: ({}),    // days 1–7, 8–14, 15–21, later; {}", parts.join(", "), errors.join(", ")),
        );
    }

    fn spending(&mut self, spending: &Spending, goes_on: bool) {
        self.note(
            3,
            "What is paid, by weekday, against what the same users pay on other days; level and noise as above:",
        );
        let days: Vec<String> = spending.weekday.iter().map(|day| plain(day.value)).collect();
        let errors: Vec<String> = spending.weekday.iter().map(|day| error(*day)).collect();
        self.line(3, format!("spending: Spending(weekday: ({}),    // {}", days.join(", "), errors.join(", ")));
        if let Some(month) = spending.month {
            self.month(4, &month);
        }
        if goes_on {
            self.number(4, "level", spending.now);
            self.line(4, wandering(spending.week_sd, spending.week_keep, spending.day_sd));
        }
        self.line(3, "),");
    }

    fn churn(&mut self, world: &FittedWorld) {
        self.note(2, if world.announced {
            "Departures are said aloud in the history."
        } else {
            "Nobody says goodbye in the history: who left is inferred from silence, with all that is uncertain in it."
        });
        if world.truncated {
            self.note(
                2,
                "Users were there before the record began: tenure is not known, so the loss is that of any 30 days.",
            );
        }
        self.line(2, "churn: Churn(");
        let windows: Vec<String> = world.windows.iter().map(|end| plain(*end)).collect();
        self.line(3, format!("windows: [{}],", windows.join(", ")));
        self.line(3, "loss: {");
        for (segment, name) in world.segments.iter().zip(segment_names(world)) {
            let losses: Vec<String> = segment.loss.iter().map(|loss| plain(loss.value)).collect();
            let errors: Vec<String> = segment.loss.iter().map(|loss| error(*loss)).collect();
            self.line(4, format!("{name:?}: [{}],    // {}", losses.join(", "), errors.join(", ")));
        }
        self.line(3, "},");
        self.line(2, "),");
    }

    fn money(&mut self, head: &Head<'_>, world: &FittedWorld) {
        let known = head.scenario.world.as_ref().map(|world| world.costs).filter(|costs| *costs != Costs::default());
        match known {
            Some(costs) => {
                let Costs { processor_share, processor_fixed, payout_share, per_session } = costs;
                let kept = [processor_share, processor_fixed, payout_share, per_session].map(plain);
                let [share, fixed, payout, session] = kept;
                let names = format!("processor_share: {share}, processor_fixed: {fixed}, payout_share: {payout}");
                self.line(2, format!("costs: Costs({names}, per_session: {session}),    // as known, not fitted"));
            }
            None => self.note(2, "costs: a history does not tell them; without them profit is revenue."),
        }
        if world.refund.value + world.dispute.value > 0.0 {
            let (refund, dispute) = (world.refund, world.dispute);
            let shares = format!("refund: {}, dispute: {}", plain(refund.value), plain(dispute.value));
            self.line(2, format!("settlement: Settlement({shares}),    // {}; {}", error(refund), error(dispute)));
            self.note(2, "dispute_fee: the history does not tell what a dispute costs besides.");
        } else {
            self.note(2, "settlement: no money went back in the history.");
        }
    }
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn told(shares: &[Number]) -> bool {
    shares.iter().any(|share| share.value > 0.0)
}

/// Shares to four decimals that add up to 1.
fn parts(shares: &[f64]) -> Vec<String> {
    let whole: Vec<i64> = shares.iter().map(|share| (share * 1e4).round() as i64).collect();
    let others: i64 = whole.iter().skip(1).sum();
    let first = (10_000 - others).max(0);
    std::iter::once(first).chain(whole.into_iter().skip(1)).map(|share| plain(share as f64 / 1e4)).collect()
}

fn wandering(week_sd: f64, week_keep: f64, day_sd: f64) -> String {
    format!("week_sd: {}, week_keep: {}, day_sd: {},", plain(week_sd), plain(week_keep), plain(day_sd))
}

/// A number to four significant digits, as RON reads it.
fn plain(value: f64) -> String {
    digits(value, 4)
}

fn digits(value: f64, significant: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0.0".to_owned();
    }
    let decimals = (significant - 1 - value.abs().log10().floor() as i32).clamp(1, 12) as usize;
    let text = format!("{value:.decimals$}");
    let trimmed = text.trim_end_matches('0');
    if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
}

/// The uncertainty alone.
fn error(number: Number) -> String {
    match number.se {
        Some(se) if se > 2.0 * number.value.abs() && se > 0.1 => "hardly told".to_owned(),
        Some(se) => format!("± {}", digits(se, 2)),
        None => "not told".to_owned(),
    }
}

/// The uncertainty as a comment behind a number.
fn beside(number: Number) -> String {
    format!("    // {}", error(number))
}
