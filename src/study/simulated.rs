//! Small simulated histories for tests: users whose law is known.

use rand::Rng;
use rand_distr::{Distribution, Gamma, StandardNormal};

use super::life::{Life, UNKNOWN_CHANNEL};
use crate::{
    base::{
        luck::{Luck, Purpose, Stream, uniform},
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{Observation, Session, Slot},
};

/// Law of the users.
#[derive(Clone, Copy)]
pub(crate) struct Law {
    pub users: u64,
    pub sessions: usize,
    /// Strength of the Dirichlet law of the day-part around even shares, and of the Beta law of paying around 0.7.
    pub strength: f64,
    /// Standard deviations of ln amount: between users, within one.
    pub amount: (f64, f64),
}

pub(crate) const LAW: Law = Law { users: 240, sessions: 40, strength: 6.0, amount: (0.5, 0.4) };

/// Users with their observations, on consecutive days without a memory.
pub(crate) fn users(law: &Law, seed: u64) -> Vec<(UserId, Vec<Observation>)> {
    let luck = Luck::new(seed, 0);
    (0..law.users).map(|id| (UserId(id), one(law, &mut luck.stream(UserId(id), Purpose::Birth, 0)))).collect()
}

pub(crate) fn lives(users: &[(UserId, Vec<Observation>)]) -> Vec<Life<'_>> {
    let end = users.iter().filter_map(|(_, seen)| seen.last()).map(Observation::at).max().unwrap_or_default();
    let life = |(user, seen): &'_ (UserId, Vec<Observation>)| (*user, seen.first().map_or(SimTime(0), Observation::at));
    let all = users.iter().map(|user| {
        let (id, first) = life(user);
        Life { user: id, channel: UNKNOWN_CHANNEL, first, end, observations: &user.1 }
    });
    all.collect()
}

fn one(law: &Law, stream: &mut Stream) -> Vec<Observation> {
    let taste = dirichlet(&[law.strength / 6.0; 6], stream);
    let pays = dirichlet(&[0.7 * law.strength, 0.3 * law.strength], stream)[0];
    let content = dirichlet(&[2.0, 1.0, 1.0], stream);
    let (price, gap) = (3.0 + law.amount.0 * normal(stream), 1.0 + normal(stream));
    let mut at = 0.0;
    let mut sessions = Vec::new();
    for _ in 0..law.sessions {
        at += (gap + 0.6 * normal(stream)).exp();
        let slot =
            Slot { weekend: pick(&[5.0 / 7.0, 2.0 / 7.0], stream) == 1, daypart: pick(&taste, stream), late: false };
        let mut session = Session::new(SimTime((at * DAY as f64) as i64), slot).with_content(pick(&content, stream));
        if pick(&[1.0 - pays, pays], stream) == 1 {
            let y = price + law.amount.1 * normal(stream);
            session = session.with_paid(Money::from_minor((y.exp() * 100.0) as i64 + 1));
        }
        sessions.push(Observation::Session(session));
    }
    sessions
}

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

fn dirichlet(alpha: &[f64], stream: &mut Stream) -> Vec<f64> {
    let drawn: Vec<f64> = alpha.iter().map(|&a| Gamma::new(a, 1.0).unwrap().sample(stream)).collect();
    let sum: f64 = drawn.iter().sum();
    drawn.iter().map(|x| x / sum).collect()
}

fn pick(shares: &[f64], stream: &mut Stream) -> u8 {
    let mut left = uniform(stream.next_u32());
    let last = shares.len() - 1;
    shares[..last]
        .iter()
        .take_while(|&&share| {
            left -= share;
            left >= 0.0
        })
        .count() as u8
}
