//! How long a real experiment must run: simulated on the very users it would be run on.
//!
//! Each user is lived in the control and under an intervention with the same luck, so both potential outcomes of
//! everybody are known (Rubin 1974, *Journal of Educational Psychology* 66). An experiment then is a random half of those
//! who enrol, week by week, shown one outcome and the other half the other; it is repeated with many assignments. So power
//! holds what closed forms leave out: enrolment, repeat visits, ramps, and variances that change as an experiment lasts.
//! The closed form for large samples stands beside it.

mod outcome;
mod power;
mod value;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use outcome::Measure;
pub use power::MeasurePower;
pub use value::Worth;

use super::projection;
use crate::world::{
    arm::Lot,
    engine::{self, EngineError, Epoch},
    intervention::{Effect, Intervention},
    scenario::{Arm, Experiment, Primary, Scenario},
};

/// Power that an experiment is to have \[1\].
pub const POWER: f64 = 0.8;
/// Two-sided level of its test \[1\].
pub const ALPHA: f64 = 0.05;
/// Worlds in which what an intervention is worth is judged.
const PRIOR_WORLDS: u32 = 12;

/// What is planned.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Longest duration considered \[week\].
    pub weeks: u32,
    /// Worlds whose users are enrolled.
    pub worlds: u32,
    /// Random assignments of each world's users.
    pub assignments: u32,
}

/// Why an experiment cannot be planned.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The world cannot be lived.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There is nothing to test.
    #[error("the scenario has no interventions to plan an experiment for")]
    Nothing,
}

/// A plan for every intervention of a scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExperimentPlan {
    /// One for each intervention.
    pub interventions: Vec<InterventionPlan>,
    /// Interventions of which users hear from each other, or that act before anybody is there: splitting users would mix
    /// the arms.
    pub not_by_user: Vec<String>,
    /// Power asked for \[1\].
    pub power: f64,
    /// Level of the test, two-sided \[1\].
    pub alpha: f64,
    /// Worlds whose users were enrolled.
    pub worlds: u32,
}

/// A plan for one intervention, half of those who are eligible treated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InterventionPlan {
    /// Its name.
    pub id: String,
    /// Users enrolled after so many weeks, in an average world.
    pub enrolled: Vec<f64>,
    /// By measure.
    pub measures: Vec<MeasurePower>,
    /// The measure that sees the effect soonest, and after how many weeks; none within the weeks considered.
    pub soonest: Option<(Measure, u32)>,
    /// Whether an experiment pays, compared with deciding now; judged with revenue.
    pub worth: Worth,
}

/// Plans experiments for all interventions of a scenario's arms.
///
/// # Errors
/// [`PlanError`] if there is no world or nothing to test.
pub fn plan(scenario: &Scenario, settings: Settings) -> Result<ExperimentPlan, PlanError> {
    let by_user = |own: &&Intervention| !matches!(own.effect, Effect::Refer(_) | Effect::MoveBudget(_));
    let (split, mixed): (Vec<&Intervention>, Vec<&Intervention>) = scenario.interventions.iter().partition(by_user);
    if scenario.interventions.is_empty() {
        return Err(PlanError::Nothing);
    }
    let one = |own: &&Intervention| one(scenario, own, settings);
    Ok(ExperimentPlan {
        interventions: split.par_iter().map(one).collect::<Result<_, PlanError>>()?,
        not_by_user: mixed.iter().map(|own| own.id.clone()).collect(),
        power: POWER,
        alpha: ALPHA,
        worlds: settings.worlds,
    })
}

fn one(scenario: &Scenario, own: &Intervention, settings: Settings) -> Result<InterventionPlan, PlanError> {
    let tested = tested(scenario, own, settings.weeks);
    let stage = engine::stage(&tested)?;
    // 1. Everybody's two lives, in every world.
    let lived = |world| outcome::enrolled(&engine::world(&tested, &stage, world, None), settings.weeks);
    let worlds: Vec<Vec<outcome::Enrolled>> = (0..settings.worlds).into_par_iter().map(lived).collect();
    // 2. What experiments on them would find.
    let measures: Vec<MeasurePower> =
        Measure::ALL.into_par_iter().map(|measure| power::of(measure, &worlds, scenario.seed, settings)).collect();
    let by_weeks = |power: &MeasurePower| power.weeks.map(|weeks| (weeks, power.measure));
    let soonest = measures.iter().filter_map(by_weeks).min().map(|(weeks, measure)| (measure, weeks));
    let enrolled = (1..=settings.weeks).map(|week| {
        let count = |users: &Vec<outcome::Enrolled>| users.iter().filter(|user| user.week < week).count() as f64;
        worlds.iter().map(count).sum::<f64>() / f64::from(settings.worlds.max(1))
    });
    // 3. What knowing is worth.
    let gains = gains(&tested)?;
    let worth = value::of(&gains, &measures[0], scenario);
    Ok(InterventionPlan { id: own.id.clone(), enrolled: enrolled.collect(), worth, soonest, measures })
}

/// The scenario with one intervention alone, and time enough to test it.
fn tested(scenario: &Scenario, own: &Intervention, weeks: u32) -> Scenario {
    let mut tested = scenario.clone();
    tested.clock.horizon_days = (weeks * 7).max(7);
    let drawn_as = scenario.interventions.iter().position(|other| other.id == own.id);
    // Limits belong to the roll-out, not to the test of it.
    tested.interventions = vec![Intervention { drawn_as, cap: None, ..own.clone() }];
    let arm = |id: &str, interventions| Arm { id: id.to_owned(), interventions };
    tested.experiment = Some(Experiment {
        arms: vec![arm("control", Vec::new()), arm("treated", vec![own.id.clone()])],
        replications: PRIOR_WORLDS,
        perfect_targeting: false,
    });
    if let Some(metrics) = &mut tested.metrics {
        let days = tested.clock.horizon_days;
        metrics.primary = Primary::RevenuePerDay { window: ((days * 3 / 4).max(1), days) };
    }
    tested
}

/// What the intervention gains in worlds in which everybody eligible is treated.
fn gains(tested: &Scenario) -> Result<value::Gains, PlanError> {
    let stage = engine::stage(tested)?;
    let live = |world| engine::plainly(&engine::world(tested, &stage, world, None), Epoch::Whole);
    let books = (0..PRIOR_WORLDS).into_par_iter().map(live).collect::<Result<Vec<_>, EngineError>>()?;
    let projected = projection::project(tested, &stage, &books);
    let spread = projected.effects.first().and_then(|arm| arm.spread);
    let earnings = projection::Earnings::of(tested, &stage, &books);
    let fixed = Lot::draw(tested, &stage, 0).arms[1].numbers() == Lot::draw(tested, &stage, 1).arms[1].numbers();
    Ok(value::Gains {
        profit: earnings.profit_gained(1),
        uplift: earnings.uplifts(1),
        known: if fixed { 1.0 } else { spread.map_or(0.0, |spread| spread.luck) },
    })
}
