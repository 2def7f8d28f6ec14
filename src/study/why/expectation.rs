//! What a day would be, from the days before it alone: levels that follow the business, times the week's rhythm.
//!
//! Each level is an exponentially weighted mean of what past days showed, their weekday taken off: the steady state of
//! Kalman's filter for a local level (Muth 1960, *Journal of the American Statistical Association* 55; Harvey 1989,
//! *Forecasting, Structural Time Series Models and the Kalman Filter*, § 4.3). How fast the number of users is followed is
//! what would have predicted it best so far; shares and amounts, which say little a day, are followed slowly, and those of
//! a channel lean on those of all. A weekday's factor is as far from 1 as its scatter allows (positive-part shrinkage;
//! Efron & Morris 1973, *Journal of the American Statistical Association* 68).

use super::facts::{Cell, Facts};
use crate::base::float::{exp, log};

/// How fast shares, amounts and large payers are followed \[1/day\].
const SLOW: f64 = 0.03;
/// How fast the rare is followed: refunds, the tops of payments \[1/day\].
const RARE: f64 = 0.015;
/// Speeds at which users may be followed \[1/day\].
const SPEEDS: [f64; 6] = [0.02, 0.04, 0.07, 0.12, 0.2, 0.35];
/// Days after which a weekday's evidence counts half.
const HALF_LIFE: f64 = 182.0;
/// Evidence of all channels that a channel's own is mixed with \[session\].
const LEANS: f64 = 20.0;
/// A single day says at most this of its weekday, relative to other days.
const MOST: f64 = 5.0;

/// What a group of users does, factor by factor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Manner {
    /// Share of the channel's users \[1\].
    pub share: f64,
    /// Sessions a user.
    pub sessions: f64,
    /// Share of sessions that pay \[1\].
    pub pays: f64,
    /// Money a paying session [minor unit].
    pub amount: f64,
}

/// A channel's users, and what those who return and those who are new do.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Users.
    pub users: f64,
    /// Those who return, those who are new.
    pub manners: [Manner; 2],
}

/// What revenue is the product and the sum of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Factors {
    /// By channel.
    pub channels: Vec<Traffic>,
    /// Money beyond the limit [minor unit].
    pub beyond: f64,
    /// Money of each large payer [minor unit].
    pub few: Vec<f64>,
    /// Refunds and disputes [minor unit].
    pub back: f64,
}

impl Traffic {
    /// Money [minor unit].
    #[must_use]
    pub fn gross(&self) -> f64 {
        self.manners.iter().map(|m| self.users * m.share * m.sessions * m.pays * m.amount).sum()
    }
}

impl Factors {
    /// What a day was. What it does not tell (who never came cannot pay) is as in another.
    #[must_use]
    pub fn of(facts: &Facts, otherwise: Option<&Self>) -> Self {
        let channels = facts.channels.iter().enumerate().map(|(c, cells)| {
            let other = otherwise.and_then(|other| other.channels.get(c)).copied().unwrap_or_default();
            traffic(cells, &other)
        });
        Self { channels: channels.collect(), beyond: facts.beyond, few: facts.few.clone(), back: facts.back }
    }

    /// Revenue less what goes back [minor unit].
    #[must_use]
    pub fn revenue(&self) -> f64 {
        self.gross() - self.back
    }

    /// Money that comes in [minor unit].
    #[must_use]
    pub fn gross(&self) -> f64 {
        self.channels.iter().map(Traffic::gross).sum::<f64>() + self.beyond + self.few.iter().sum::<f64>()
    }
}

fn traffic(cells: &[Cell; 2], other: &Traffic) -> Traffic {
    let users = cells[0].users + cells[1].users;
    let ratio = |over: f64, under: f64, other: f64| if under > 0.0 { over / under } else { other };
    let manners = [0, 1].map(|t| {
        let (cell, other) = (&cells[t], &other.manners[t]);
        Manner {
            share: ratio(cell.users, users, other.share),
            sessions: ratio(cell.sessions, cell.users, other.sessions),
            pays: ratio(cell.paid, cell.sessions, other.pays),
            amount: ratio(cell.gross, cell.paid, other.amount),
        }
    });
    Traffic { users, manners }
}

/// An exponentially weighted ratio of two sums; a mean where the second counts days.
#[derive(Clone, Copy, Debug, Default)]
struct Ratio {
    over: f64,
    under: f64,
}

impl Ratio {
    fn see(&mut self, over: f64, under: f64, speed: f64) {
        self.over = (1.0 - speed) * self.over + over;
        self.under = (1.0 - speed) * self.under + under;
    }

    fn mean(&self) -> f64 {
        if self.under > 0.0 { self.over / self.under } else { 0.0 }
    }

    /// Mixed with another one's mean, as if there were so much more evidence that says the same.
    fn leaning(&self, on: f64, evidence: f64) -> f64 {
        (self.over + evidence * on) / (self.under + evidence)
    }
}

/// How weekdays differ in one factor.
#[derive(Clone, Copy, Debug, Default)]
struct Rhythm {
    n: [f64; 7],
    sum: [f64; 7],
    squares: [f64; 7],
}

impl Rhythm {
    /// A day was so many times what its level says.
    fn see(&mut self, weekday: usize, ratio: f64) {
        if !ratio.is_finite() {
            return;
        }
        let (keeps, ratio) = (exp(-std::f64::consts::LN_2 / HALF_LIFE), ratio.clamp(0.0, MOST));
        for day in 0..7 {
            self.n[day] *= keeps;
            self.sum[day] *= keeps;
            self.squares[day] *= keeps;
        }
        self.n[weekday] += 1.0;
        self.sum[weekday] += ratio;
        self.squares[weekday] += ratio * ratio;
    }

    /// Factors with mean 1 by weekday.
    fn factors(&self) -> [f64; 7] {
        let (seen, total): (f64, f64) = (self.n.iter().sum(), self.sum.iter().sum());
        if seen < 14.0 || total <= 0.0 || self.n.iter().any(|&n| n < 0.5) {
            return [1.0; 7];
        }
        let means: [f64; 7] = std::array::from_fn(|day| self.sum[day] / self.n[day]);
        let mean = means.iter().sum::<f64>() / 7.0;
        let within = (0..7).map(|day| self.squares[day] - self.n[day] * means[day] * means[day]).sum::<f64>().max(0.0);
        let noise = within / (seen - 7.0);
        let between = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / 6.0;
        let signal = (between - self.n.iter().map(|n| noise / n).sum::<f64>() / 7.0).max(0.0);
        let kept = |day: usize| if signal > 0.0 { signal / (signal + noise / self.n[day]) } else { 0.0 };
        std::array::from_fn(|day| (1.0 + kept(day) * (means[day] / mean - 1.0)).max(0.0))
    }
}

/// What is followed from day to day.
#[derive(Clone, Debug)]
pub struct State {
    speed: f64,
    days: u32,
    /// By channel: users a day, and the share of those who are new.
    users: Vec<Ratio>,
    new: Vec<Ratio>,
    /// Of those who return and of those who are new, over all channels.
    sessions: [Ratio; 2],
    pays: [Ratio; 2],
    amounts: [Ratio; 2],
    /// The same by channel.
    own: Vec<[(Ratio, Ratio); 2]>,
    beyond: Ratio,
    few: Vec<Ratio>,
    back: Ratio,
    /// Of users, sessions, paying, amounts.
    rhythms: [Rhythm; 4],
}

impl State {
    /// Knows of no day yet.
    #[must_use]
    pub fn new(channels: usize, few: usize, speed: f64) -> Self {
        Self {
            speed,
            days: 0,
            users: vec![Ratio::default(); channels],
            new: vec![Ratio::default(); channels],
            sessions: Default::default(),
            pays: Default::default(),
            amounts: Default::default(),
            own: vec![Default::default(); channels],
            beyond: Ratio::default(),
            few: vec![Ratio::default(); few],
            back: Ratio::default(),
            rhythms: [Rhythm::default(); 4],
        }
    }

    /// Days that were learned.
    #[must_use]
    pub const fn days(&self) -> u32 {
        self.days
    }

    /// What a day of the week would be.
    #[must_use]
    pub fn expected(&self, weekday: u8) -> Factors {
        let [users, sessions, pays, amounts] = self.rhythms.map(|rhythm| rhythm.factors()[usize::from(weekday % 7)]);
        let manner = |c: usize, t: usize| {
            let (own_pays, own_amount) = &self.own[c][t];
            let new = self.new[c].mean();
            Manner {
                share: if t == 1 { new } else { 1.0 - new },
                sessions: (self.sessions[t].mean() * sessions).max(1.0),
                pays: (own_pays.leaning(self.pays[t].mean(), LEANS) * pays).clamp(0.0, 1.0),
                amount: own_amount.leaning(self.amounts[t].mean(), LEANS) * amounts,
            }
        };
        let channels = (0..self.users.len())
            .map(|c| Traffic { users: self.users[c].mean() * users, manners: [manner(c, 0), manner(c, 1)] });
        Factors {
            channels: channels.collect(),
            beyond: self.beyond.mean(),
            few: self.few.iter().map(Ratio::mean).collect(),
            back: self.back.mean(),
        }
    }

    /// Learns what a day was.
    pub fn learn(&mut self, facts: &Facts, weekday: u8) {
        let day = usize::from(weekday % 7);
        // 1. Levels, without what the weekday does.
        let [users, sessions, pays, amounts] = self.rhythms.map(|rhythm| rhythm.factors()[day].max(0.05));
        self.learn_rhythms(facts, day);
        for (c, cells) in facts.channels.iter().enumerate() {
            let all = cells[0].users + cells[1].users;
            self.users[c].see(all / users, 1.0, self.speed);
            self.new[c].see(cells[1].users, all, SLOW);
            for t in 0..2 {
                let cell = &cells[t];
                self.own[c][t].0.see(cell.paid / pays, cell.sessions, SLOW);
                self.own[c][t].1.see(cell.gross / amounts, cell.paid, SLOW);
            }
        }
        // 2. The same over all channels.
        for t in 0..2 {
            let sum = together(facts, t);
            self.sessions[t].see(sum.sessions / sessions, sum.users, SLOW);
            self.pays[t].see(sum.paid / pays, sum.sessions, SLOW);
            self.amounts[t].see(sum.gross / amounts, sum.paid, SLOW);
        }
        self.beyond.see(facts.beyond, 1.0, RARE);
        self.back.see(facts.back, 1.0, RARE);
        self.few.iter_mut().zip(&facts.few).for_each(|(payer, &paid)| payer.see(paid, 1.0, SLOW));
        self.days += 1;
    }

    /// What the day says of its weekday, relative to the levels before it.
    fn learn_rhythms(&mut self, facts: &Facts, day: usize) {
        if self.days < 7 {
            return;
        }
        let (both, level) =
            ([together(facts, 0), together(facts, 1)], |levels: &[Ratio; 2], t: usize| levels[t].mean());
        let sum = |of: &dyn Fn(usize) -> f64| of(0) + of(1);
        let users: f64 = self.users.iter().map(Ratio::mean).sum();
        let pairs = [
            (sum(&|t| both[t].users), users),
            (sum(&|t| both[t].sessions), sum(&|t| both[t].users * level(&self.sessions, t))),
            (sum(&|t| both[t].paid), sum(&|t| both[t].sessions * level(&self.pays, t))),
            (sum(&|t| both[t].gross), sum(&|t| both[t].paid * level(&self.amounts, t))),
        ];
        for (rhythm, (seen, usual)) in self.rhythms.iter_mut().zip(pairs) {
            if usual > 0.0 {
                rhythm.see(day, seen / usual);
            }
        }
    }
}

fn together(facts: &Facts, t: usize) -> Cell {
    facts.channels.iter().fold(Cell::default(), |sum, cells| Cell {
        users: sum.users + cells[t].users,
        sessions: sum.sessions + cells[t].sessions,
        paid: sum.paid + cells[t].paid,
        gross: sum.gross + cells[t].gross,
    })
}

/// The speed at which users would have been followed best: least squares of logarithms, one day ahead.
#[must_use]
pub fn best_speed(days: &[Facts], weekdays: &[u8]) -> f64 {
    let users: Vec<f64> = days.iter().map(|day| together(day, 0).users + together(day, 1).users).collect();
    let usual: [f64; 7] = std::array::from_fn(|day| {
        let own: Vec<f64> =
            users.iter().zip(weekdays).filter(|(_, w)| usize::from(**w) == day).map(|(u, _)| *u).collect();
        own.iter().sum::<f64>() / own.len().max(1) as f64
    });
    let even: Vec<f64> = users.iter().zip(weekdays).map(|(u, w)| u / usual[usize::from(*w)].max(1e-9)).collect();
    let error = |speed: f64| {
        let mut level = Ratio::default();
        let mut squares = 0.0;
        for (day, &seen) in even.iter().enumerate() {
            if day >= 14 {
                let miss = log(seen.max(0.05)) - log(level.mean().max(0.05));
                squares += miss * miss;
            }
            level.see(seen, 1.0, speed);
        }
        squares
    };
    SPEEDS.into_iter().map(|speed| (speed, error(speed))).min_by(|a, b| a.1.total_cmp(&b.1)).map_or(SLOW, |best| best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(users: f64) -> Facts {
        let cell = Cell { users, sessions: users, paid: users / 2.0, gross: users * 500.0 };
        Facts { channels: vec![[cell, Cell::default()]], ..Facts::default() }
    }

    /// 100 users a day, 60 on Sundays: after twenty weeks Sundays are told apart and other days are alike.
    #[test]
    fn the_weeks_rhythm_is_learned() {
        let mut state = State::new(1, 0, 0.05);
        for number in 0..140u8 {
            // A wobble, so that there is noise to shrink by.
            let wobble = f64::from(u32::from(number) * 37 % 11) - 5.0;
            let weekday = number % 7;
            state.learn(&day(if weekday == 6 { 60.0 } else { 100.0 } + wobble), weekday);
        }
        let users = |weekday| state.expected(weekday).channels[0].users;
        assert!((users(6) - 60.0).abs() < 4.0 && (users(2) - 100.0).abs() < 4.0, "{} {}", users(6), users(2));
        let expected = state.expected(2);
        assert!((expected.revenue() - users(2) * 500.0).abs() < 1.0, "{}", expected.revenue());
    }

    #[test]
    fn what_never_happened_is_expected_to_bring_nothing_and_no_number_that_is_none() {
        let mut state = State::new(2, 1, 0.05);
        assert_eq!(state.expected(0).revenue(), 0.0);
        let nothing = Facts { channels: vec![Default::default(); 2], few: vec![0.0], ..Facts::default() };
        (0..30).for_each(|number| state.learn(&nothing, number % 7));
        assert_eq!(state.expected(3).revenue(), 0.0);
        assert!(best_speed(&[], &[]).is_finite() && best_speed(&[nothing], &[0]).is_finite());
    }
}
