//! What would have to be true for the goal: how large an effect must be, how plausible that is, and what moves it most.

use serde::{Deserialize, Serialize};

use super::Questions;
use crate::{
    base::units::NonNegative,
    study::{
        estimate::{Estimate, moments, probability_above_zero},
        projection::{Earnings, LEVEL},
    },
    world::{
        arm::Lot,
        scenario::{Goal, GoalMetric, Scenario},
        stage::Stage,
    },
};

/// Sizes that are tried, in multiples of what the scenario states.
const TRIED: [f64; 6] = [0.0, 0.5, 1.5, 2.0, 3.0, 4.0];
/// Worlds that the prior of a size is drawn in.
const DRAWS: u32 = 2_000;

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GoalAnswer {
    /// Uplift that is wanted, as a share.
    pub uplift: f64,
    /// What it is of.
    pub metric: GoalMetric,
    /// The arm that it is asked of: the one with most interventions.
    pub arm: String,
    /// Probability that it is reached as the scenario is.
    pub p_as_stated: f64,
    /// One for each intervention whose size was asked for; that which moves the metric most comes first.
    pub levers: Vec<Lever>,
}

/// One intervention's size, the others of the arm being as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lever {
    /// The intervention.
    pub intervention: String,
    /// Uplift at multiples of its stated size, 0 being without it.
    pub curve: Vec<(f64, Estimate)>,
    /// What one more time its stated size adds to the uplift, from none to its stated size.
    pub slope: f64,
    /// The multiple that reaches the goal; without ends where not all worlds reach it, none where fewer than half do.
    pub needed: Option<Estimate>,
    /// Its numbers: name, stated mean, and what they must be.
    pub sizes: Vec<(String, f64, Option<f64>)>,
    /// Probability, by what is known of its size, that it is as large as needed.
    pub plausible: Option<f64>,
}

/// Arms asked about each intervention.
pub(super) struct Asked {
    goal: Goal,
    arm: String,
    whole: usize,
    levers: Vec<(String, Vec<(f64, usize)>)>,
}

/// The question of a scenario with a goal, about its largest arm.
pub(super) fn question(questions: &mut Questions<'_>) -> Option<Asked> {
    let goal = questions.scenario.metrics.as_ref()?.goal.clone()?;
    let solve_for = goal.solve_for.clone();
    let arms = questions.scenario.experiment.iter().flat_map(|experiment| &experiment.arms);
    let with =
        |id: &String| arms.clone().filter(|arm| arm.interventions.contains(id)).max_by_key(|a| a.interventions.len());
    let arm = solve_for.as_ref().map_or_else(|| questions.largest(1), with)?;
    let ids: Vec<String> = solve_for.map_or_else(|| arm.interventions.clone(), |id| vec![id]);
    let whole = questions.arm(arm.interventions.clone());
    let mut levers = Vec::new();
    for id in ids {
        // Without it and at its stated size every lever is asked; at other sizes as long as there is room.
        let tried: &[f64] = if questions.has_room_for(TRIED.len()) { &TRIED } else { &TRIED[..1] };
        let mut arms: Vec<(f64, usize)> =
            tried.iter().filter_map(|&times| Some((times, at(questions, arm, &id, times)?))).collect();
        arms.push((1.0, whole));
        arms.sort_by(|a, b| a.0.total_cmp(&b.0));
        levers.push((id, arms));
    }
    Some(Asked { goal, arm: arm.id.clone(), whole, levers })
}

/// The arm with one intervention so many times as strong.
fn at(questions: &mut Questions<'_>, arm: &crate::world::scenario::Arm, id: &str, times: f64) -> Option<usize> {
    let changed = if times == 0.0 {
        arm.interventions.iter().filter(|own| *own != id).cloned().collect()
    } else {
        let stated = questions.scenario.interventions.iter().find(|own| own.id == id)?.force.value();
        let force = NonNegative::new(stated * times).ok()?;
        let copy = questions.changed(id, &format!("× {times}"), |copy| copy.force = force);
        arm.interventions.iter().map(|own| if own == id { copy.clone() } else { own.clone() }).collect()
    };
    Some(questions.arm(changed))
}

impl Asked {
    pub fn answer(self, earnings: &Earnings<'_>, scenario: &Scenario, stage: &Stage) -> GoalAnswer {
        let days = self.goal.by_day.map(|day| earnings.days_until(day));
        let of = |arm: usize| earnings.uplifts_of(arm, self.goal.metric, days);
        let missing: Vec<f64> = of(self.whole).iter().map(|uplift| uplift - self.goal.uplift).collect();
        let lever = |(id, arms): &(String, Vec<(f64, usize)>)| {
            let curves: Vec<(f64, Vec<f64>)> = arms.iter().map(|&(times, arm)| (times, of(arm))).collect();
            lever(id, &curves, self.goal.uplift, scenario, stage)
        };
        let mut levers: Vec<Lever> = self.levers.iter().map(lever).collect();
        levers.sort_by(|a, b| b.slope.total_cmp(&a.slope));
        GoalAnswer {
            uplift: self.goal.uplift,
            metric: self.goal.metric,
            arm: self.arm,
            p_as_stated: probability_above_zero(&missing),
            levers,
        }
    }
}

fn lever(id: &str, curves: &[(f64, Vec<f64>)], goal: f64, scenario: &Scenario, stage: &Stage) -> Lever {
    let curve: Vec<(f64, Estimate)> =
        curves.iter().map(|(times, uplifts)| (*times, Estimate::of_one_more(uplifts, LEVEL))).collect();
    let at = |wanted: f64| curve.iter().find(|(times, _)| *times == wanted).map_or(0.0, |(_, uplift)| uplift.mean);
    let worlds = curves.first().map_or(0, |(_, uplifts)| uplifts.len());
    let crossings: Vec<f64> = (0..worlds).filter_map(|world| crossing(curves, world, goal)).collect();
    let needed = needed(&crossings, worlds);
    let own = scenario.interventions.iter().find(|own| own.id == id);
    let sizes = own.map(|own| own.effect.sizes()).unwrap_or_default();
    let size = |size: &crate::world::intervention::Size| {
        (size.name.clone(), size.at(own.map_or(1.0, |own| own.force.value())), needed.map(|n| size.at(n.mean)))
    };
    Lever {
        intervention: id.to_owned(),
        slope: at(1.0) - at(0.0),
        sizes: sizes.iter().map(size).collect(),
        plausible: needed.and_then(|needed| plausible(id, needed.mean, scenario, stage)),
        needed,
        curve,
    }
}

/// The multiple at which one world's uplift first reaches the goal, between the sizes tried.
fn crossing(curves: &[(f64, Vec<f64>)], world: usize, goal: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> = curves.iter().map(|(times, uplifts)| (*times, uplifts[world])).collect();
    if points.first().is_some_and(|(_, uplift)| *uplift >= goal) {
        return Some(points[0].0);
    }
    let reaches = |pair: &&[(f64, f64)]| pair[0].1 < goal && goal <= pair[1].1;
    let pair = points.windows(2).find(reaches)?;
    let [(from, low), (to, high)] = [pair[0], pair[1]];
    Some(from + (to - from) * (goal - low) / (high - low))
}

fn needed(crossings: &[f64], worlds: usize) -> Option<Estimate> {
    if crossings.len() * 2 < worlds || crossings.is_empty() {
        return None;
    }
    if crossings.len() < worlds {
        let mut sorted = crossings.to_vec();
        // Worlds that never reach it lie above all that do: the median of all is still known.
        sorted.sort_by(f64::total_cmp);
        let middle = sorted[((worlds - 1) / 2).min(sorted.len() - 1)];
        return Some(Estimate { mean: middle, lo: None, hi: None, level: LEVEL });
    }
    Some(Estimate::of_one_more(crossings, LEVEL))
}

/// Probability that an intervention's first uncertain number is drawn as far from none as needed.
fn plausible(id: &str, times: f64, scenario: &Scenario, stage: &Stage) -> Option<f64> {
    let place = scenario.interventions.iter().position(|own| own.id == id)?;
    let arm = scenario
        .experiment
        .as_ref()?
        .arms
        .iter()
        .position(|arm| arm.interventions.contains(&scenario.interventions[place].id))?;
    let sizes = scenario.interventions[place].effect.sizes();
    let drawn = |world: u32| {
        let lot = Lot::draw(scenario, stage, world);
        lot.arms[arm].edits.iter().find(|edit| edit.intervention == place).map(|edit| edit.effect.numbers())
    };
    let draws: Vec<Vec<f64>> = (0..DRAWS).map_while(drawn).collect();
    let varies = |i: &usize| moments(&draws.iter().map(|one| one[*i]).collect::<Vec<f64>>()).1 > 0.0;
    let number = (0..draws.first()?.len().min(sizes.len())).find(varies)?;
    let (neutral, wanted) = (sizes[number].neutral, sizes[number].at(times));
    let far = |one: &&Vec<f64>| {
        (one[number] - neutral).abs() >= (wanted - neutral).abs() && (one[number] - neutral) * (wanted - neutral) >= 0.0
    };
    Some(draws.iter().filter(far).count() as f64 / draws.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_that_reaches_the_goal_lies_between_the_sizes_tried() {
        let curves = vec![(0.0, vec![0.1, 0.0]), (1.0, vec![0.3, 0.1]), (2.0, vec![0.5, 0.15])];
        assert_eq!(crossing(&curves, 0, 0.4), Some(1.5));
        assert_eq!(crossing(&curves, 0, 0.05), Some(0.0));
        assert_eq!(crossing(&curves, 1, 0.4), None);
    }

    #[test]
    fn a_goal_that_few_worlds_reach_needs_a_size_that_nobody_knows() {
        assert_eq!(needed(&[2.0], 3), None);
        assert_eq!(needed(&[2.0, 3.0], 3).map(|n| (n.mean, n.lo)), Some((3.0, None)));
    }
}
