//! Power by duration: simulated, and in closed form.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{
    ALPHA, POWER, Settings,
    outcome::{Enrolled, Measure},
};
use crate::{
    base::luck::{Luck, Purpose},
    study::estimate::numbers_or_none,
};

/// What experiments of each duration would find with one measure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MeasurePower {
    /// The measure.
    pub measure: Measure,
    /// By week: share of simulated experiments that find a difference \[1\].
    #[serde(deserialize_with = "numbers_or_none")]
    pub simulated: Vec<f64>,
    /// The same if the intervention did nothing: the level that the test really has.
    #[serde(deserialize_with = "numbers_or_none")]
    pub under_null: Vec<f64>,
    /// The closed form for large samples.
    #[serde(deserialize_with = "numbers_or_none")]
    pub closed_form: Vec<f64>,
    /// By week: the effect, as a share of the control's value.
    #[serde(deserialize_with = "numbers_or_none")]
    pub effect: Vec<f64>,
    /// By week: the smallest effect found with the power asked for, as a share of the control's value.
    #[serde(deserialize_with = "numbers_or_none")]
    pub detectable: Vec<f64>,
    /// Weeks after which the simulated power is reached and kept; none within those considered.
    pub weeks: Option<u32>,
}

/// Sums of one arm of one experiment.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    n: f64,
    y: f64,
    x: f64,
    yy: f64,
    xx: f64,
    xy: f64,
}

impl Sums {
    fn add(&mut self, (y, x): (f64, f64)) {
        self.n += 1.0;
        self.y += y;
        self.x += x;
        self.yy += y * y;
        self.xx += x * x;
        self.xy += x * y;
    }

    fn ratio(&self) -> f64 {
        if self.x > 0.0 { self.y / self.x } else { 0.0 }
    }

    /// Variance of the ratio of the means by the delta method (Deng, Knoblich & Lu 2018, KDD, eq. 4); where the
    /// denominator is 1 for all it is that of a mean.
    fn variance(&self) -> f64 {
        if self.n < 2.0 || self.x <= 0.0 {
            return 0.0;
        }
        let (mean, ratio) = (self.x / self.n, self.ratio());
        let residuals = self.yy - 2.0 * ratio * self.xy + ratio * ratio * self.xx;
        residuals.max(0.0) / (self.n - 1.0) / (mean * mean) / self.n
    }
}

/// Whether a two-sided test of level [`ALPHA`] finds a difference.
fn finds([control, treated]: &[Sums; 2], quantile: f64) -> bool {
    let variance = control.variance() + treated.variance();
    variance > 0.0 && (treated.ratio() - control.ratio()).abs() > quantile * variance.sqrt()
}

/// Simulates experiments with one measure on the users of all worlds.
pub(super) fn of(measure: Measure, worlds: &[Vec<Enrolled>], seed: u64, settings: Settings) -> MeasurePower {
    let normal = Normal::standard();
    let quantile = normal.inverse_cdf(1.0 - ALPHA / 2.0);
    let weeks: Vec<Week> = (1..=settings.weeks)
        .map(|week| Week::of(measure, worlds, seed, (week, settings.assignments), &normal, quantile))
        .collect();
    let reached = weeks.iter().rposition(|week| week.simulated < POWER).map_or(0, |last| last + 1);
    let all = |of: fn(&Week) -> f64| weeks.iter().map(of).collect();
    MeasurePower {
        measure,
        simulated: all(|week| week.simulated),
        under_null: all(|week| week.under_null),
        closed_form: all(|week| week.closed_form),
        effect: all(|week| week.effect),
        detectable: all(|week| week.detectable),
        weeks: (reached < weeks.len()).then_some(reached as u32 + 1),
    }
}

struct Week {
    simulated: f64,
    under_null: f64,
    closed_form: f64,
    effect: f64,
    detectable: f64,
}

impl Week {
    fn of(
        measure: Measure,
        worlds: &[Vec<Enrolled>],
        seed: u64,
        (week, assignments): (u32, u32),
        normal: &Normal,
        quantile: f64,
    ) -> Self {
        let (mut found, mut found_nothing, mut experiments) = (0, 0, 0u32);
        let (mut effect, mut detectable, mut closed_form) = (0.0, 0.0, 0.0);
        for (world, users) in worlds.iter().enumerate() {
            let luck = Luck::new(seed, world as u32);
            let users: Vec<&Enrolled> = users.iter().filter(|user| user.week < week).collect();
            let pairs: Vec<[(f64, f64); 2]> =
                users.iter().map(|user| user.outcomes[week as usize - 1].map(|outcome| measure.of(&outcome))).collect();
            for assignment in 0..assignments {
                let [arms, null] = assigned(&users, &pairs, &luck, assignment);
                found += u32::from(finds(&arms, quantile));
                found_nothing += u32::from(finds(&null, quantile));
                experiments += 1;
            }
            let large = Large::of(&pairs);
            effect += large.effect / worlds.len() as f64;
            let reach = (quantile + normal.inverse_cdf(POWER)) * large.error;
            detectable += reach / worlds.len() as f64;
            let z = if large.error > 0.0 { large.effect.abs() / large.error } else { 0.0 };
            closed_form += (normal.cdf(z - quantile) + normal.cdf(-z - quantile)) / worlds.len() as f64;
        }
        let share = |found: u32| f64::from(found) / f64::from(experiments.max(1));
        Self { simulated: share(found), under_null: share(found_nothing), closed_form, effect, detectable }
    }
}

/// One experiment: everybody in an arm by their own luck; and the same where the intervention does nothing.
fn assigned(users: &[&Enrolled], pairs: &[[(f64, f64); 2]], luck: &Luck, assignment: u32) -> [[Sums; 2]; 2] {
    let mut arms = [[Sums::default(); 2]; 2];
    for (user, pair) in users.iter().zip(pairs) {
        let words = luck.block(user.user, Purpose::Assignment, assignment / 128);
        let bit = assignment % 128;
        let treated = (words[bit as usize / 32] >> (bit % 32) & 1) as usize;
        arms[0][treated].add(pair[treated]);
        arms[1][treated].add(pair[0]);
    }
    arms
}

/// What large samples would give: effect and its standard error as shares of the control's value, halves being treated.
struct Large {
    effect: f64,
    error: f64,
}

impl Large {
    fn of(pairs: &[[(f64, f64); 2]]) -> Self {
        let mut arms = [Sums::default(); 2];
        for pair in pairs {
            arms.iter_mut().zip(pair).for_each(|(arm, outcome)| arm.add(*outcome));
        }
        let control = arms[0].ratio();
        if control <= 0.0 {
            return Self { effect: 0.0, error: f64::INFINITY };
        }
        // Half of the users in each arm: twice the variance of all.
        let error = (2.0 * (arms[0].variance() + arms[1].variance())).sqrt();
        Self { effect: (arms[1].ratio() - control) / control, error: error / control }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{float::normal_quantile, luck::uniform, units::UserId},
        study::plan::outcome::Outcome,
    };

    /// 600 users of normal revenue, 10,000 ± 3,000, to which the intervention adds a constant.
    fn worlds(added: i64) -> Vec<Vec<Enrolled>> {
        let one = |id: u64| {
            let noise = normal_quantile(uniform(Luck::new(9, 0).block(UserId(id), Purpose::Fit, 0)[0]));
            let revenue = 10_000 + (3_000.0 * noise) as i64;
            let outcome = |revenue| Outcome { sessions: 1, revenue, there: true };
            Enrolled { user: UserId(id), week: 0, outcomes: vec![[outcome(revenue), outcome(revenue + added)]] }
        };
        vec![(0..600).map(one).collect()]
    }

    const SETTINGS: Settings = Settings { weeks: 1, worlds: 1, assignments: 4_000 };

    /// Difference 700, standard error 3,000·√(2/300) = 245: power Φ(2.858 − 1.960) = 0.815; 4,000 experiments.
    #[test]
    fn simulated_power_is_that_of_the_closed_form_where_it_applies() {
        let power = of(Measure::Revenue, &worlds(700), 1, SETTINGS);
        assert!((power.closed_form[0] - 0.815).abs() < 0.03, "{}", power.closed_form[0]);
        assert!((power.simulated[0] - power.closed_form[0]).abs() < 0.03, "{power:?}");
    }

    /// Rejections at level 0.05: 4,000 experiments, four standard errors are 1.4 points.
    #[test]
    fn an_intervention_that_does_nothing_is_found_as_often_as_the_level_says() {
        let power = of(Measure::Revenue, &worlds(0), 1, SETTINGS);
        assert!((power.under_null[0] - ALPHA).abs() < 0.014, "{}", power.under_null[0]);
        assert_eq!(power.simulated, power.under_null);
    }
}
