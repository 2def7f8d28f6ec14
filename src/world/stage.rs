//! A scenario made ready to be lived: names are numbers, shares are bounds, days are indices.

use super::{
    busy::{self, Busy},
    hazard::Hazard,
    scenario::{Recommendations, Rhythm, Scenario, World},
};
use crate::{
    base::{
        luck::Luck,
        time::{DAY, LocalClock, SimTime, WallTime},
        units::{Currency, Money},
    },
    history::session::{DAYPARTS, DaypartCuts, Slot},
    user::{
        persona::{Born, Persona},
        priors::Priors,
        segment::{PerSegment, SEGMENTS},
    },
};

/// What is the same in every replication and arm.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Days from the world's beginning to its end.
    pub days: u32,
    /// The day of the launch.
    pub launch: u32,
    /// First day of the baseline.
    pub baseline: u32,
    /// First day of the primary window, and the first after it.
    pub window: (u32, u32),
    /// Local day number of day 0.
    pub first_day: i64,
    /// What users are drawn from.
    pub born: Born,
    /// What is known of them beforehand.
    pub priors: Priors,
    /// When they leave.
    pub hazard: Hazard,
    /// Who brings them.
    pub channels: Vec<ChannelRule>,
    /// Who brings them back.
    pub recommendations: Option<Recommendations>,
    /// Probabilities of refund and dispute, and the fee of a dispute.
    pub settlement: (f64, f64, Money),
    /// Currency of all money.
    pub currency: Currency,
    /// Names of the hidden segments.
    pub segments: Vec<String>,
    timeout: u32,
    clock: LocalClock,
    /// Cumulated activity of a week from day 0's weekday on; the last is 7.
    week: [f64; 8],
    /// Activity by day, where it is not the same every week; drawn for each world.
    busy: Option<Busy>,
    /// What amounts are multiplied by on each day, where days differ; drawn for each world.
    spending: Option<Vec<f32>>,
    rhythm: Rhythm,
    /// Part of the day, and whether its second half, by half hour.
    halves: [(u8, bool); 48],
    /// First second and length of each part.
    spans: [(f64, f64); DAYPARTS],
    /// Whether a day of the week (from day 0's) is at the weekend.
    weekend: [bool; 7],
}

/// A channel made ready.
#[derive(Clone, Debug)]
pub struct ChannelRule {
    /// Mean number of users a day.
    pub users_per_day: f64,
    /// Standard deviation of the logarithm of a day's yield.
    pub noise: f64,
    /// By day of the week, Monday first; mean 1.
    pub weekday: [f64; 7],
    /// Cumulated shares of the segments.
    pub segments: Vec<f64>,
}

impl Stage {
    /// Prepares a scenario that has a world; `None` if it has none.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let world = scenario.world.as_ref()?;
        let clock = &scenario.clock;
        let launch_day = clock.start?.number();
        let first_day = launch_day - i64::from(clock.warmup_days);
        let days = clock.warmup_days + clock.horizon_days;
        let catalogue: Vec<f64> = world.catalogue.iter().map(|content| content.share.value()).collect();
        let total: f64 = catalogue.iter().sum();
        let catalogue: Vec<f64> = catalogue.iter().map(|share| share / total).collect();
        let segments: Vec<String> = world.population.segments.iter().map(|segment| segment.id.clone()).collect();
        let hazard = Hazard::of(&world.churn, &segments);
        let mixes = mixes(world);
        let priors = world.population.priors(
            scenario.currency,
            &catalogue,
            &mixes,
            &|segment, day| hazard.survival(segment, day),
            scenario.self_model.half_lives,
        );
        let window = scenario.metrics.as_ref().map_or((1, clock.horizon_days.max(1)), |m| m.primary.window());
        let span = |day: i64| SimTime(day * DAY);
        Some(Self {
            days,
            launch: clock.warmup_days,
            baseline: clock.warmup_days - clock.baseline_days,
            window: (clock.warmup_days + window.0.saturating_sub(1), clock.warmup_days + window.1),
            first_day,
            born: Born::new(&world.population, scenario.currency, &catalogue),
            priors,
            hazard,
            channels: channels(world, &mixes),
            recommendations: world.recommendations,
            settlement: (
                world.settlement.refund.value(),
                world.settlement.dispute.value(),
                Money::from_major(world.settlement.dispute_fee.value(), scenario.currency),
            ),
            currency: scenario.currency,
            segments,
            timeout: (scenario.sessions.timeout_minutes.value() * 60.0) as u32,
            clock: LocalClock::new(&clock.timezone, span(first_day - 2), span(first_day + i64::from(days) + 2)),
            week: week(world, first_day),
            busy: None,
            spending: None,
            rhythm: world.rhythm.clone(),
            halves: halves(&scenario.sessions.dayparts),
            spans: spans(scenario.sessions.dayparts.hours()),
            weekend: std::array::from_fn(|day| crate::base::time::weekday(first_day + day as i64) >= 5),
        })
    }

    /// The same with the days of one world, if they differ from week to week.
    #[must_use]
    pub fn with_days(&self, luck: &Luck) -> Option<Self> {
        let busy = Busy::drawn(&self.rhythm, self.first_day, self.launch, self.days, luck);
        let spending = busy::spending(&self.rhythm.spending, self.first_day, self.launch, self.days, luck);
        (busy.is_some() || spending.is_some()).then(|| Self { busy, spending, ..self.clone() })
    }

    /// What amounts are multiplied by on the day of a second.
    #[inline]
    #[must_use]
    pub fn spending(&self, second: u32) -> f64 {
        let day = self.spending.as_ref().and_then(|days| days.get((second / SECONDS) as usize));
        day.copied().map_or(1.0, f64::from)
    }

    /// The rhythm of its days.
    #[must_use]
    pub const fn rhythm(&self) -> &Rhythm {
        &self.rhythm
    }

    /// The moment of a second of this world.
    #[inline]
    #[must_use]
    pub fn moment(&self, second: u32) -> SimTime {
        self.clock.moment(WallTime(self.first_day * DAY + i64::from(second)))
    }

    /// The slot of a second of this world.
    #[inline]
    #[must_use]
    pub fn slot(&self, second: u32) -> Slot {
        let (day, rest) = (second / SECONDS, second % SECONDS);
        let (daypart, late) = self.halves[(rest / 1_800) as usize];
        Slot { weekend: self.weekend[(day % 7) as usize], daypart, late }
    }

    /// Operational time at which a share of a day's activity is over.
    #[inline]
    #[must_use]
    pub fn activity(&self, day: u32, share: f64) -> f64 {
        if let Some(busy) = &self.busy {
            return busy.activity(day, share);
        }
        let (weeks, day) = (day / 7, (day % 7) as usize);
        f64::from(weeks) * 7.0 + self.week[day] + share * (self.week[day + 1] - self.week[day])
    }

    /// The second at which this user reaches an operational time.
    #[inline]
    #[must_use]
    pub fn second(&self, persona: &Persona, activity: f64) -> u32 {
        if let Some(busy) = &self.busy {
            let (day, share) = busy.day(activity);
            return self.within(persona, f64::from(day), share);
        }
        let weeks = (activity * (1.0 / 7.0)) as u32;
        let weeks = f64::from(weeks);
        let rest = activity - weeks * 7.0;
        let day = self.week[1..7].iter().filter(|&&bound| bound <= rest).count();
        let share = (rest - self.week[day]) / (self.week[day + 1] - self.week[day]);
        self.in_day(persona, weeks * 7.0 + day as f64, day, share)
    }

    /// The second of a day at which this user has spent a share of its activity.
    fn within(&self, persona: &Persona, day: f64, share: f64) -> u32 {
        self.in_day(persona, day, (day % 7.0) as usize, share)
    }

    #[inline]
    fn in_day(&self, persona: &Persona, day: f64, of_week: usize, share: f64) -> u32 {
        let (part, within) = persona.daypart.generate(self.weekend[of_week], share);
        let (start, length) = self.spans[usize::from(part)];
        let in_day = start + within * length;
        // A time past the end of days (136 years) stays there.
        (day * f64::from(SECONDS) + in_day) as u32
    }

    /// A session cannot begin before the last one has timed out.
    #[inline]
    #[must_use]
    pub fn not_before(&self, second: u32, last: Option<u32>) -> u32 {
        last.map_or(second, |last| second.max(last.saturating_add(self.timeout)))
    }
}

/// Seconds in a day, as seconds of a world are counted.
pub const SECONDS: u32 = DAY as u32;

/// By channel, and last for all users: the shares of the segments.
fn mixes(world: &World) -> Vec<PerSegment> {
    let segments = &world.population.segments;
    let stated: Vec<f64> = segments.iter().map(|segment| segment.share.value()).collect();
    let mut everyone = [0.0f64; SEGMENTS];
    let mut mixes: Vec<PerSegment> = Vec::new();
    for channel in &world.acquisition {
        let shares = channel.segment_mix.as_ref().map_or_else(
            || stated.clone(),
            |mix| segments.iter().map(|segment| mix.get(&segment.id).map_or(0.0, |share| share.value())).collect(),
        );
        let total: f64 = shares.iter().sum();
        let mut mix = [0.0; SEGMENTS];
        for (c, share) in shares.iter().enumerate() {
            mix[c] = (share / total) as f32;
            everyone[c] += share / total * channel.users_per_day();
        }
        mixes.push(mix);
    }
    let total: f64 = everyone.iter().sum();
    mixes.push(everyone.map(|share| (share / total) as f32));
    mixes
}

fn channels(world: &World, mixes: &[PerSegment]) -> Vec<ChannelRule> {
    world
        .acquisition
        .iter()
        .zip(mixes)
        .map(|(channel, mix)| {
            let weekday = channel.weekday.map_or([1.0; 7], |days| days.map(Into::into));
            let mean: f64 = weekday.iter().sum::<f64>() / 7.0;
            let mut sum = 0.0;
            let bounds = mix.iter().take(world.population.segments.len() - 1).map(|&share| {
                sum += f64::from(share);
                sum
            });
            ChannelRule {
                users_per_day: channel.users_per_day(),
                noise: channel.noise(),
                weekday: weekday.map(|day| day / mean.max(1e-9)),
                segments: bounds.collect(),
            }
        })
        .collect()
}

fn week(world: &World, first_day: i64) -> [f64; 8] {
    let days = world.rhythm.weekday.map(f64::from);
    let mean: f64 = days.iter().sum::<f64>() / 7.0;
    let mut week = [0.0; 8];
    for day in 0..7 {
        let weekday = usize::from(crate::base::time::weekday(first_day + day as i64));
        week[day + 1] = week[day] + days[weekday] / mean;
    }
    week[7] = 7.0;
    week
}

fn halves(cuts: &DaypartCuts) -> [(u8, bool); 48] {
    std::array::from_fn(|half| {
        let slot = cuts.slot(WallTime(half as i64 * 1_800));
        (slot.daypart, slot.late)
    })
}

fn spans(hours: &[u8]) -> [(f64, f64); DAYPARTS] {
    std::array::from_fn(|part| {
        let from = hours.get(part).map_or(24.0, |&hour| f64::from(hour));
        let to = hours.get(part + 1).map_or(24.0, |&hour| f64::from(hour));
        (from * 3_600.0, (to - from) * 3_600.0)
    })
}
