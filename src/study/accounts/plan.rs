//! How long a real trial of each play would take: accounts are enrolled as they become eligible, half of them are left
//! alone by chance, and each counts once its contract has ended.

use serde::{Deserialize, Serialize};

use super::{effect::needed, projection::project};
use crate::{
    study::estimate::Estimate,
    world::{
        account::{
            Accounts,
            direct::{self, Plan},
        },
        engine::{EngineError, Progress},
        scenario::{Arm, Experiment, Scenario},
    },
};

/// Days in an average month.
const MONTH: f64 = 365.25 / 12.0;

/// Trials of all plays of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountPlan {
    /// By play, the one that is known soonest first.
    pub trials: Vec<Trial>,
    /// Worlds lived.
    pub worlds: u32,
}

/// A trial of one play, with renewing as the metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The play.
    pub play: String,
    /// Contracts whose account becomes eligible \[a month\].
    pub eligible_per_month: f64,
    /// Share of them renewed without it.
    pub renewed_without: f64,
    /// What it changes among all that are eligible, as the team's room is.
    pub gain: Estimate,
    /// Accounts in both arms with which that is seen in 4 of 5 trials at 5%; none where nothing changes.
    pub needed: Option<f64>,
    /// Until so many are enrolled \[month\].
    pub months_to_enrol: Option<f64>,
    /// Until their contracts have ended \[month\]: a term more at most.
    pub months_to_know: Option<f64>,
}

/// Plans trials by living every play alone beside the control.
///
/// # Errors
/// [`EngineError`], as worlds are lived.
pub fn plan(
    scenario: &Scenario,
    accounts: &Accounts,
    worlds: u32,
    plan: Plan,
    progress: &mut Progress<'_>,
) -> Result<AccountPlan, EngineError> {
    let alone = |id: &String| Arm { id: id.clone(), interventions: vec![id.clone()] };
    let arms = accounts.plays.iter().map(|play| alone(&play.id));
    let control = Arm { id: "control".to_owned(), interventions: Vec::new() };
    let arms = [control].into_iter().chain(arms).collect();
    let mut alone = scenario.clone();
    alone.experiment = Some(Experiment { arms, replications: worlds, perfect_targeting: false });
    let lived = direct::direct(&alone, 0..worlds, plan, false, progress)?;
    let projection = project(&alone, accounts, &lived);
    let months = f64::from(projection.horizon_days) / MONTH;
    let term = accounts.contract.term_months.value();
    let results = projection.arms.iter().flat_map(|arm| &arm.play_results);
    let mut trials: Vec<Trial> = results
        .map(|play| {
            let eligible_per_month = play.eligible.mean / months;
            let needed = needed(play.renewed_without.mean, play.renewal_gain.mean);
            let months_to_enrol = needed.filter(|_| eligible_per_month > 0.0).map(|needed| needed / eligible_per_month);
            Trial {
                play: play.id.clone(),
                eligible_per_month,
                renewed_without: play.renewed_without.mean,
                gain: play.renewal_gain,
                needed,
                months_to_enrol,
                months_to_know: months_to_enrol.map(|months| months + term),
            }
        })
        .collect();
    let known = |trial: &Trial| trial.months_to_know.unwrap_or(f64::INFINITY);
    trials.sort_by(|a, b| known(a).total_cmp(&known(b)));
    Ok(AccountPlan { trials, worlds })
}
