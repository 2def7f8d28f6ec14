//! Who comes when: new users by channel and day, drawn from the population's own luck, so that no arm moves it.

use std::ops::Range;

use super::{
    arm::Lot,
    founder::Founder,
    stage::{SECONDS, Stage},
};
use crate::base::{
    float::{exp, normal_quantile},
    luck::{Luck, Purpose, poisson, uniform},
    partition::{Deal, partition},
    time::weekday,
    units::UserId,
};

/// A user about to come for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Newborn {
    /// Day since the world began.
    pub day: u32,
    /// Its name.
    pub user: UserId,
    /// The channel that brings it.
    pub channel: u8,
    /// Its hidden segment.
    pub segment: u8,
    /// Its place among all arrivals.
    pub index: u32,
}

/// The same, as it is kept: its place is where it lies.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    user: UserId,
    day: u32,
    channel: u8,
    segment: u8,
}

/// Everybody who will ever come, by day, and how they are dealt to cohorts.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// In the order of (day, channel, ordinal).
    everyone: Vec<Arrival>,
    /// Which cohorts there are.
    pub deal: Deal,
    /// By cohort: indices into `everyone`, ascending.
    cohorts: Vec<Vec<u32>>,
    /// By day: how many have come by its end.
    by_day: Vec<u32>,
    /// By place: in which arms of the lot each comes, one bit an arm; empty where all come in all.
    arms: Vec<u64>,
    /// Places of those who come only if a user tells them to.
    prospects: Range<u32>,
}

impl Arrivals {
    /// Draws a world's arrivals; `deal` groups them, if not by their number.
    #[must_use]
    pub fn draw(stage: &Stage, luck: &Luck, deal: Option<Deal>) -> Self {
        let mut everyone = Vec::new();
        let mut by_day = Vec::with_capacity(stage.days as usize);
        for day in 0..stage.days {
            for channel in 0..stage.channels.len() {
                arrive(stage, luck, day, channel, &mut everyone);
            }
            by_day.push(everyone.len() as u32);
        }
        Self::dealt(everyone, by_day, deal)
    }

    /// Draws a world's arrivals where arms may move spend between channels, or have users bring others.
    #[must_use]
    pub fn draw_for(stage: &Stage, lot: &Lot, deal: Option<Deal>) -> Self {
        let founders = &lot.founders.users;
        if !lot.shifts() && lot.prospects() == 0 && founders.is_empty() {
            return Self::draw(stage, &lot.luck, deal);
        }
        let mut everyone: Vec<Arrival> = founders.iter().map(|founder| there(stage, founder)).collect();
        let mut arms = vec![u64::MAX; everyone.len()];
        let mut by_day = Vec::with_capacity(stage.days as usize);
        let mut prospects = 0..0;
        for day in 0..stage.days {
            if day == stage.launch {
                let first = everyone.len() as u32;
                (0..lot.prospects()).for_each(|ordinal| everyone.push(prospect(stage, &lot.luck, ordinal)));
                prospects = first..everyone.len() as u32;
                arms.resize(everyone.len(), u64::MAX);
            }
            // Before the launch a record says who came, not chance.
            let channels = if day < stage.launch && !founders.is_empty() { 0 } else { stage.channels.len() };
            for channel in 0..channels {
                arrive_in_arms(stage, lot, day, channel, &mut everyone, &mut arms);
            }
            by_day.push(if day < stage.launch { everyone.len() - founders.len() } else { everyone.len() } as u32);
        }
        Self { arms, prospects, ..Self::dealt(everyone, by_day, deal) }
    }

    /// Places of those who come only if a user tells them to.
    #[must_use]
    pub fn prospects(&self) -> Range<u32> {
        self.prospects.clone()
    }

    /// Whether somebody comes by themselves in an arm; before the launch, in all.
    #[inline]
    #[must_use]
    pub fn comes(&self, index: u32, arm: Option<usize>) -> bool {
        let admitted = match (self.arms.get(index as usize), arm) {
            (Some(arms), Some(arm)) => arms >> arm & 1 == 1,
            _ => true,
        };
        admitted && !self.prospects.contains(&index)
    }

    /// A population of exactly so many users, all there on the first day: for measuring.
    #[must_use]
    pub fn founders(stage: &Stage, luck: &Luck, users: u32, deal: Option<Deal>) -> Self {
        let channels = stage.channels.len().max(1);
        let mut everyone = Vec::with_capacity(users as usize);
        for index in 0..users as usize {
            newborn(stage, luck, 0, index % channels, (index / channels) as u64, &mut everyone);
        }
        Self::dealt(everyone, vec![users; stage.days as usize], deal)
    }

    /// A population of which is given how many come on each day by each channel.
    #[must_use]
    pub fn scheduled(stage: &Stage, luck: &Luck, coming: &[Vec<u32>]) -> Self {
        let mut everyone = Vec::new();
        let mut by_day = Vec::with_capacity(stage.days as usize);
        for day in 0..stage.days {
            let counts = coming.get(day as usize).into_iter().flatten().take(stage.channels.len());
            for (channel, &count) in counts.enumerate() {
                (0..u64::from(count)).for_each(|one| newborn(stage, luck, day, channel, one, &mut everyone));
            }
            by_day.push(everyone.len() as u32);
        }
        Self::dealt(everyone, by_day, None)
    }

    fn dealt(mut everyone: Vec<Arrival>, by_day: Vec<u32>, deal: Option<Deal>) -> Self {
        everyone.shrink_to_fit();
        let deal = deal.unwrap_or_else(|| Deal::for_population(everyone.len() as u64));
        let homes: Vec<u16> = everyone.iter().map(|user| deal.cohort_of(partition(user.user)) as u16).collect();
        let mut sizes = vec![0; deal.cohorts() as usize];
        homes.iter().for_each(|&home| sizes[usize::from(home)] += 1);
        let mut cohorts: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
        homes.iter().enumerate().for_each(|(index, &home)| cohorts[usize::from(home)].push(index as u32));
        Self { everyone, deal, cohorts, by_day, arms: Vec::new(), prospects: 0..0 }
    }

    /// Memory it takes \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let lists: usize = self.cohorts.iter().map(|list| size_of_val(list) + list.capacity() * size_of::<u32>()).sum();
        let arms = self.arms.capacity() * size_of::<u64>();
        self.everyone.capacity() * size_of::<Arrival>() + lists + arms + size_of_val(self.by_day.as_slice())
    }

    /// How many users one cohort will have.
    #[must_use]
    pub fn in_cohort(&self, cohort: u32) -> usize {
        self.cohorts[cohort as usize].len()
    }

    /// The user who comes to a cohort as the `order`-th, by day.
    #[must_use]
    pub fn in_order(&self, cohort: u32, order: usize) -> Newborn {
        self.at(self.cohorts[cohort as usize][order])
    }

    /// The same, if they come before a second.
    #[must_use]
    pub fn next_of(&self, cohort: u32, order: usize, until: u32) -> Option<Newborn> {
        let newborn = (order < self.in_cohort(cohort)).then(|| self.in_order(cohort, order))?;
        (newborn.day * SECONDS < until).then_some(newborn)
    }

    /// How many will ever come.
    #[must_use]
    pub fn users(&self) -> usize {
        self.everyone.len()
    }

    /// Everybody, in the order in which they come.
    pub fn all(&self) -> impl Iterator<Item = Newborn> {
        (0..self.everyone.len() as u32).map(|index| self.at(index))
    }

    /// The user at a place among all arrivals.
    #[must_use]
    pub fn at(&self, index: u32) -> Newborn {
        let Arrival { user, day, channel, segment } = self.everyone[index as usize];
        Newborn { day, user, channel, segment, index }
    }

    /// The cohort that a user lives in.
    #[must_use]
    pub fn home(&self, newborn: &Newborn) -> u32 {
        self.deal.cohort_of(partition(newborn.user))
    }

    /// How many have come before a day: the first so many.
    #[must_use]
    pub fn before(&self, day: u32) -> u32 {
        day.checked_sub(1).map_or(0, |last| self.by_day[(last as usize).min(self.by_day.len() - 1)])
    }
}

/// Somebody who is there when the world begins, at its launch.
fn there(stage: &Stage, founder: &Founder) -> Arrival {
    Arrival { user: founder.user, day: stage.launch, channel: 0, segment: founder.persona.segment }
}

/// Draws one channel's users of one day.
fn arrive(stage: &Stage, luck: &Luck, day: u32, channel: usize, everyone: &mut Vec<Arrival>) {
    let (mean, word) = yielded(stage, luck, day, channel);
    for ordinal in 0..poisson(mean, uniform(word)) {
        newborn(stage, luck, day, channel, ordinal, everyone);
    }
}

/// The same where arms move its yield. All arms invert the same draw, so that who comes in one comes in every one that
/// brings as many.
fn arrive_in_arms(
    stage: &Stage,
    lot: &Lot,
    day: u32,
    channel: usize,
    everyone: &mut Vec<Arrival>,
    arms: &mut Vec<u64>,
) {
    let (mean, word) = yielded(stage, &lot.luck, day, channel);
    let count = |by: f64| poisson(mean * by, uniform(word));
    let counts: Vec<u64> = if day < stage.launch {
        vec![count(1.0); lot.arms.len()]
    } else {
        lot.arms.iter().map(|arm| count(arm.yielded(channel as u8, day * SECONDS))).collect()
    };
    for ordinal in 0..counts.iter().copied().max().unwrap_or(0) {
        newborn(stage, &lot.luck, day, channel, ordinal, everyone);
        let bit = |(arm, &count): (usize, &u64)| u64::from(ordinal < count) << arm;
        arms.push(counts.iter().enumerate().map(bit).fold(0, |bits, bit| bits | bit));
    }
}

/// Mean number of users a channel brings on a day, and the word that decides how many come.
fn yielded(stage: &Stage, luck: &Luck, day: u32, channel: usize) -> (f64, u32) {
    let rule = &stage.channels[channel];
    let words = luck.block(UserId(channel as u64), Purpose::Arrivals, day);
    let noise = rule.noise * normal_quantile(uniform(words[0])) - rule.noise * rule.noise / 2.0;
    let noise = exp(noise);
    let mean = rule.users_per_day * rule.weekday[usize::from(weekday(stage.first_day + i64::from(day)))] * noise;
    (mean, words[1])
}

/// Draws somebody who comes only if a user tells them to: like anybody of the population.
fn prospect(stage: &Stage, luck: &Luck, ordinal: u32) -> Arrival {
    // Names of others begin with the number of their day and 1.
    let user = UserId(u64::from(ordinal));
    let (channel, mut left) = (stage.channels.len(), uniform(luck.block(user, Purpose::Birth, 0)[0]));
    let passed = |share: &&f32| {
        left -= f64::from(**share);
        left >= 0.0
    };
    let segment = stage.priors.born(channel as u8).iter().take_while(passed).count();
    let segment = segment.min(stage.segments.len().saturating_sub(1)) as u8;
    Arrival { user, day: stage.launch, channel: channel as u8, segment }
}

/// Draws who comes: all that can be told of them before they live is their segment.
fn newborn(stage: &Stage, luck: &Luck, day: u32, channel: usize, ordinal: u64, everyone: &mut Vec<Arrival>) {
    let user = UserId((u64::from(day) + 1) << 28 | (channel as u64) << 24 | ordinal);
    let uniform = uniform(luck.block(user, Purpose::Birth, 0)[0]);
    let bounds = stage.channels.get(channel).map_or(&[][..], |rule| &rule.segments);
    let segment = bounds.iter().filter(|&&bound| bound <= uniform).count() as u8;
    everyone.push(Arrival { user, day, channel: channel as u8, segment });
}
