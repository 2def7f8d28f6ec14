//! From a finding to a scenario that `cwm run` takes as it is: the world fitted to the history, with the trial as an arm.

use super::finding::{Finding, Trial, Window};
use crate::{
    base::{
        codec,
        float::{exp, log},
        units::{Days, Probability},
    },
    study::calibrate::{
        script::{self, Head},
        world::FittedWorld,
    },
    world::scenario::{Churn, Scenario, ScenarioFile},
};

/// A scenario and where it goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Name of its file, in the folder of results.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// The name of a defect of a cliff that was found.
const CAUSE: &str = "cliff";

/// Writes a scenario for every finding that says what to try, and tells the findings where.
///
/// A trial that the world cannot hold (a channel without spend, say) is left out.
pub fn written(findings: &mut [Finding], head: &Head<'_>, world: &FittedWorld) -> Vec<Proposal> {
    let text = script::written(head, world);
    let Ok(base) = ScenarioFile::parse("fitted.ron".as_ref(), text) else { return Vec::new() };
    let mut proposals: Vec<Proposal> = Vec::new();
    for finding in findings.iter_mut() {
        let Some(text) = finding.trial.as_ref().and_then(|trial| tried(&base.scenario, trial)) else { continue };
        let name = finding.trial.as_ref().map_or("trial", |trial| trial.name.as_str());
        let mut file = format!("scenarios/{name}.ron");
        if proposals.iter().any(|one| one.file == file) {
            file = format!("scenarios/{name}_{}.ron", proposals.len() + 1);
        }
        finding.scenario = Some(file.clone());
        proposals.push(Proposal { file, text });
    }
    proposals
}

/// The world with the trial as its only other arm; none if they do not fit together.
fn tried(base: &Scenario, trial: &Trial) -> Option<String> {
    let mut scenario = base.clone();
    scenario.name.clone_from(&trial.name);
    scenario.question.clone_from(&trial.question);
    let intervention =
        format!("Intervention(id: {:?}, day: 0, eligible: {}, effect: {})", trial.name, trial.eligible, trial.effect);
    scenario.interventions = vec![codec::from_str("trial".as_ref(), &intervention).ok()?];
    let arms = format!(
        "Experiment(arms: [Arm(id: \"control\", interventions: []), Arm(id: \"tried\", interventions: [{:?}])], replications: 40)",
        trial.name
    );
    scenario.experiment = Some(codec::from_str("arms".as_ref(), &arms).ok()?);
    if let (Some(window), Some(world)) = (trial.cliff, scenario.world.as_mut()) {
        world.churn = with_cliff(&world.churn, window)?;
    }
    let text = format!(
        "// {}\n//\n// Written by `cwm insight`: the world fitted to the history, and one arm that tests a finding.\n{}",
        scenario.question,
        codec::to_string(&scenario)
    );
    ScenarioFile::parse("trial.ron".as_ref(), text).ok().map(|file| file.source)
}

/// The same hazards cut at the window, which stands out against the time after it as a cliff of a world does.
fn with_cliff(churn: &Churn, window: Window) -> Option<Churn> {
    let old: Vec<f64> = churn.windows.iter().map(|end| end.value()).collect();
    let mut ends: Vec<f64> = old.iter().copied().chain([window.from, window.to]).filter(|end| *end > 0.0).collect();
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    // What comes after the last window is also what a cliff is measured against.
    ends.retain(|&end| end <= window.from || end == window.to);
    let losses = churn.loss.iter().map(|(name, losses)| {
        let losses: Vec<f64> = losses.iter().map(|loss| loss.value()).collect();
        Some((name.clone(), recut(&old, &losses, &ends)?))
    });
    let place = ends.iter().position(|&end| end == window.to)?;
    let cliff = format!("Cliff(window: {place}, cause: {CAUSE:?}, share_fixable: Beta(mean: 0.5, n: 8.0))");
    Some(Churn {
        windows: ends.iter().map(|&end| Days::new(end)).collect::<Result<_, _>>().ok()?,
        loss: losses.collect::<Option<_>>()?,
        cliff: Some(codec::from_str("cliff".as_ref(), &cliff).ok()?),
    })
}

/// Losses in other windows, and per 30 days after the last.
fn recut(old: &[f64], losses: &[f64], ends: &[f64]) -> Option<Vec<Probability>> {
    let start = |ends: &[f64], window: usize| window.checked_sub(1).map_or(0.0, |before| ends[before]);
    let rate = |window: usize| {
        let days = old.get(window).map_or(30.0, |end| end - start(old, window));
        -log((1.0 - losses[window]).max(1e-9)) / days
    };
    let hazard = |from: f64, to: f64| -> f64 {
        let parts = (0..=old.len()).map(|window| {
            let end = old.get(window).copied().unwrap_or(f64::INFINITY);
            rate(window) * (to.min(end) - from.max(start(old, window))).max(0.0)
        });
        parts.sum()
    };
    let windows = (0..ends.len()).map(|window| hazard(start(ends, window), ends[window]));
    let sums = windows.chain([rate(old.len()) * 30.0]);
    sums.map(|sum| Probability::new(1.0 - exp(-sum)).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hazards_are_the_same_however_they_are_cut() {
        let losses = recut(&[30.0, 60.0], &[0.5, 0.2, 0.1], &[30.0, 45.0, 60.0]).unwrap();
        let kept = (1.0 - losses[1].value()) * (1.0 - losses[2].value());
        assert!((kept - 0.8).abs() < 1e-12 && (losses[0].value() - 0.5).abs() < 1e-12);
        assert!((losses[3].value() - 0.1).abs() < 1e-12);
    }
}
