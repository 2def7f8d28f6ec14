//! What each intervention adds to all together: Shapley's division of the whole, and what is lost or gained by meeting.
//!
//! An intervention's share is what it adds, averaged over all orders in which the interventions could be introduced
//! (Shapley 1953, *A value for n-person games*, eq. 13). Shares add up to the whole in every world.

use serde::{Deserialize, Serialize};

use super::Questions;
use crate::study::{
    estimate::Estimate,
    projection::{Earnings, LEVEL},
};

/// Interventions of one arm, at most: all their combinations are lived.
const MOST: usize = 4;

/// What each intervention adds to the largest arm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Combination {
    /// The arm's name.
    pub arm: String,
    /// Its interventions.
    pub parts: Vec<Part>,
    /// Uplift of all together, as a share.
    pub whole: Estimate,
    /// Sum of the uplifts of each alone.
    pub sum_of_parts: Estimate,
    /// Whole less sum.
    pub interaction: Estimate,
}

/// One intervention.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// Its name.
    pub intervention: String,
    /// Uplift alone, as a share.
    pub alone: Estimate,
    /// What it adds to all the others.
    pub last: Estimate,
    /// Its share of the whole by Shapley.
    pub shapley: Estimate,
}

/// Arms of all combinations, by the bits of what is in them.
pub(super) struct Asked {
    arm: String,
    interventions: Vec<String>,
    arms: Vec<usize>,
}

/// The question about the largest arm of two to four interventions.
pub(super) fn question(questions: &mut Questions<'_>) -> Option<Asked> {
    let arms = questions.scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
    let fits = arms.filter(|arm| (2..=MOST).contains(&arm.interventions.len()));
    let largest = fits.max_by_key(|arm| arm.interventions.len())?;
    let ids = largest.interventions.clone();
    if !questions.has_room_for(1 << ids.len()) {
        return None;
    }
    let chosen =
        |bits: usize| (0..ids.len()).filter(|i| bits >> i & 1 == 1).map(|i| ids[i].clone()).collect::<Vec<_>>();
    let arms = (0..1 << ids.len()).map(|bits| questions.arm(chosen(bits))).collect();
    Some(Asked { arm: largest.id.clone(), interventions: ids, arms })
}

impl Asked {
    pub fn answer(self, earnings: &Earnings<'_>) -> Combination {
        let uplifts: Vec<Vec<f64>> = self.arms.iter().map(|&arm| earnings.uplifts(arm)).collect();
        let worlds = uplifts[0].len();
        let each = |of: &dyn Fn(usize) -> f64| Estimate::of_one_more(&(0..worlds).map(of).collect::<Vec<f64>>(), LEVEL);
        let (all, count) = (self.arms.len() - 1, self.interventions.len());
        let sum = |world: usize| (0..count).map(|i| uplifts[1 << i][world]).sum::<f64>();
        let part = |(i, id): (usize, &String)| Part {
            intervention: id.clone(),
            alone: each(&|world| uplifts[1 << i][world]),
            last: each(&|world| uplifts[all][world] - uplifts[all & !(1 << i)][world]),
            shapley: each(&|world| shapley(count, i, |bits| uplifts[bits][world])),
        };
        Combination {
            parts: self.interventions.iter().enumerate().map(part).collect(),
            whole: each(&|world| uplifts[all][world]),
            sum_of_parts: each(&sum),
            interaction: each(&|world| uplifts[all][world] - sum(world)),
            arm: self.arm,
        }
    }
}

/// One player's share of a game of `count` players, whose coalitions, as bits, have a worth.
fn shapley(count: usize, player: usize, worth: impl Fn(usize) -> f64) -> f64 {
    let factorial = |n: usize| (1..=n).map(|i| i as f64).product::<f64>();
    let without = (0..1 << count).filter(|bits| bits >> player & 1 == 0);
    let term = |bits: usize| {
        let size = bits.count_ones() as usize;
        factorial(size) * factorial(count - size - 1) / factorial(count) * (worth(bits | 1 << player) - worth(bits))
    };
    without.map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two gloves on the left and one on the right: a pair is worth 1 (Shapley's shares: 1/6, 1/6, 2/3).
    #[test]
    fn three_owners_of_gloves_get_what_shapley_gives_them() {
        let worth = |bits: usize| f64::from(u8::from(bits & 0b011 != 0 && bits & 0b100 != 0));
        let shares: Vec<f64> = (0..3).map(|player| shapley(3, player, worth)).collect();
        for (share, expected) in shares.iter().zip([1.0 / 6.0, 1.0 / 6.0, 2.0 / 3.0]) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn shares_add_up_to_the_whole(worths in proptest::collection::vec(-1.0f64..1.0, 16)) {
            let worth = |bits: usize| if bits == 0 { 0.0 } else { worths[bits] };
            let sum: f64 = (0..4).map(|player| shapley(4, player, worth)).sum();
            proptest::prop_assert!((sum - worth(15)).abs() < 1e-9);
        }
    }
}
