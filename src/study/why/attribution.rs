//! The difference between two days, factor by factor, in an order that does not matter.
//!
//! A channel's money is users × share × sessions × paid share × amount, summed over those who return and those who are
//! new. Replacing one side's factors by the other's one after the other gives each a part that depends on the order; the mean
//! over all orders is Shapley's value (Shapley 1953, *A value for n-person games*; for indices de Boer & Rodrigues 2020,
//! *Energy Policy* 137), which adds up whatever the factors are, zeros included. What is a sum already (large payers, the
//! tops of payments, money back) needs no such rule.

use super::expectation::{Factors, Traffic};

/// Factors of a channel.
const FACTORS: usize = 5;
/// n! of them.
const ORDERS: f64 = 120.0;

/// A difference in parts; amounts in minor units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// More or fewer users, by channel.
    pub traffic: Vec<f64>,
    /// New against returning.
    pub mix: f64,
    /// Sessions a user.
    pub sessions: f64,
    /// Paid share.
    pub pays: f64,
    /// Amounts.
    pub amounts: f64,
    /// Tops of payments.
    pub beyond: f64,
    /// By large payer.
    pub few: Vec<f64>,
    /// Money back.
    pub back: f64,
}

impl Parts {
    /// What takes one day's factors to another's.
    #[must_use]
    pub fn between(from: &Factors, to: &Factors) -> Self {
        let mut parts = Self {
            beyond: to.beyond - from.beyond,
            few: to.few.iter().zip(&from.few).map(|(to, from)| to - from).collect(),
            back: from.back - to.back,
            ..Self::default()
        };
        for (from, to) in from.channels.iter().zip(&to.channels) {
            let [users, mix, sessions, pays, amounts] = shapley(from, to);
            parts.traffic.push(users);
            parts.mix += mix;
            parts.sessions += sessions;
            parts.pays += pays;
            parts.amounts += amounts;
        }
        parts
    }

    /// Adds others so many times.
    pub fn add(&mut self, other: &Self, times: f64) {
        let lists = [(&mut self.traffic, &other.traffic), (&mut self.few, &other.few)];
        for (sum, other) in lists {
            sum.resize(other.len(), 0.0);
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += times * other);
        }
        self.mix += times * other.mix;
        self.sessions += times * other.sessions;
        self.pays += times * other.pays;
        self.amounts += times * other.amounts;
        self.beyond += times * other.beyond;
        self.back += times * other.back;
    }

    /// In one row: traffic by channel, then mix, sessions, paid share, amounts, tops, large payers, money back.
    #[must_use]
    pub fn row(&self) -> Vec<f64> {
        let rest = [self.mix, self.sessions, self.pays, self.amounts, self.beyond];
        self.traffic.iter().copied().chain(rest).chain(self.few.iter().copied()).chain([self.back]).collect()
    }
}

/// The parts of users, mix, sessions, paid share and amounts in a channel's difference.
fn shapley(from: &Traffic, to: &Traffic) -> [f64; FACTORS] {
    let values: Vec<f64> = (0..1u32 << FACTORS).map(|taken| mixed(from, to, taken).gross()).collect();
    let mut parts = [0.0; FACTORS];
    for (factor, part) in parts.iter_mut().enumerate() {
        let own = 1u32 << factor;
        for taken in (0..1u32 << FACTORS).filter(|taken| taken & own == 0) {
            let before = taken.count_ones() as usize;
            let orders = factorial(before) * factorial(FACTORS - 1 - before);
            *part += orders / ORDERS * (values[(taken | own) as usize] - values[taken as usize]);
        }
    }
    parts
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|k| k as f64).product()
}

/// Some factors of one side and the rest of the other; a bit each.
fn mixed(from: &Traffic, to: &Traffic, taken: u32) -> Traffic {
    let has = |factor: u32| taken & 1 << factor != 0;
    let side = |factor: u32| if has(factor) { to } else { from };
    let mut traffic = Traffic { users: side(0).users, ..*from };
    for t in 0..2 {
        let manner = &mut traffic.manners[t];
        manner.share = side(1).manners[t].share;
        manner.sessions = side(2).manners[t].sessions;
        manner.pays = side(3).manners[t].pays;
        manner.amount = side(4).manners[t].amount;
    }
    traffic
}

/// Whole numbers that add up to `total`, each within one of its real number: the largest remainders are rounded up
/// (Hamilton's rule). What numbers are too large for goes to the largest.
#[must_use]
pub fn whole(parts: &[f64], total: i128) -> Vec<i128> {
    let mut rounded: Vec<i128> = parts.iter().map(|part| part.floor() as i128).collect();
    let Some(largest) = (0..parts.len()).max_by(|&a, &b| parts[a].abs().total_cmp(&parts[b].abs())) else {
        return rounded;
    };
    let missing = total - rounded.iter().sum::<i128>();
    if missing < 0 || missing > parts.len() as i128 {
        rounded[largest] += missing;
        return rounded;
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let left = |place: usize| parts[place] - parts[place].floor();
    order.sort_by(|&a, &b| left(b).total_cmp(&left(a)).then(a.cmp(&b)));
    order.into_iter().take(missing as usize).for_each(|place| rounded[place] += 1);
    rounded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::expectation::Manner, *};

    fn traffic(numbers: &[f64]) -> Traffic {
        let manner = |at: usize| Manner {
            share: numbers[at],
            sessions: numbers[at + 1],
            pays: numbers[at + 2],
            amount: numbers[at + 3],
        };
        Traffic { users: numbers[0], manners: [manner(1), manner(5)] }
    }

    proptest! {
        #[test]
        fn parts_add_up_and_turn_round(a in prop::collection::vec(0.0..50.0f64, 9), b in prop::collection::vec(0.0..50.0f64, 9)) {
            let (from, to) = (traffic(&a), traffic(&b));
            let (there, back) = (shapley(&from, &to), shapley(&to, &from));
            let change = to.gross() - from.gross();
            let size = to.gross().abs() + from.gross().abs() + 1.0;
            prop_assert!((there.iter().sum::<f64>() - change).abs() < 1e-9 * size);
            prop_assert!(there.iter().zip(back).all(|(x, y)| (x + y).abs() < 1e-9 * size));
        }

        #[test]
        fn whole_numbers_add_up_whatever_they_round(parts in prop::collection::vec(-1e6..1e6f64, 1..20), off in -3i128..3) {
            let total = parts.iter().sum::<f64>().round() as i128 + off;
            let rounded = whole(&parts, total);
            prop_assert_eq!(rounded.iter().sum::<i128>(), total);
        }
    }

    /// Two factors that both double: 1 → 4 is shared evenly, 3/2 each.
    #[test]
    fn factors_that_change_alike_share_alike() {
        let one = traffic(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
        let two = Traffic { users: 2.0, manners: [Manner { pays: 2.0, ..one.manners[0] }, one.manners[1]] };
        assert_eq!(shapley(&one, &two), [1.5, 0.0, 0.0, 1.5, 0.0]);
    }

    #[test]
    fn money_beyond_what_a_float_holds_still_adds_up() {
        let total = i128::from(i64::MAX) * 3 + 1;
        assert_eq!(whole(&[i64::MAX as f64 * 3.0, -0.5, 12.25], total).iter().sum::<i128>(), total);
        assert!(whole(&[], 5).is_empty());
    }
}
