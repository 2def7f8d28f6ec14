//! The charts of a run: fan, waterfall, hazard.

use super::{
    super::{
        chart::{
            Chart, ChartError, Headline,
            hazard_by_tenure::{Cliff, HazardByTenure, TenureBin, TenureCurve},
            revenue_fan::{FanArm, RevenueFan},
            uplift_waterfall::{Contribution, Ends, UpliftWaterfall},
        },
        document::Figure,
        number::{Estimate, Unit},
    },
    Telling, shown,
};
use crate::study::projection::{ArmResult, LEVEL, TenureResult};

/// Days that the fan's lines are means of: a week, so that weekdays do not hide the trend.
const WEEK: usize = 7;

fn interval() -> String {
    format!("{:.0}% intervals", LEVEL * 100.0)
}

pub(super) fn fan(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let days = &telling.projection.days;
    let arm = |(i, arm): (usize, &ArmResult)| {
        let of = |pick: &dyn Fn(&crate::study::estimate::Estimate) -> f64| {
            let daily: Vec<f64> = days.iter().map(|day| pick(&day.weekly[i])).collect();
            daily
        };
        FanArm {
            label: arm.id.clone(),
            mean: of(&|estimate| estimate.mean),
            lo: of(&|estimate| estimate.lo.unwrap_or(f64::NAN)),
            hi: of(&|estimate| estimate.hi.unwrap_or(f64::NAN)),
        }
    };
    let last = days.last().map_or(0, |day| day.day);
    let title = match telling.best() {
        Some(best) => {
            let control = telling.control().revenue_per_day.mean;
            let gained = best.revenue_per_day.mean - control;
            let (amount, than) = (telling.money.short(gained.abs()), if gained < 0.0 { "less" } else { "more" });
            format!("By day {last}, “{}” earns {amount} a day {than} than the control", best.id)
        }
        None => format!("A day earns {} in the end", telling.money.short(telling.control().revenue_per_day.mean)),
    };
    let subtitle = format!("Revenue a day, mean of the {WEEK} days up to each; bands: {}", interval());
    let chart = RevenueFan {
        headline: Headline::new(title, subtitle),
        unit: telling.money.clone(),
        axis: "Revenue a day".to_owned(),
        window: WEEK,
        days: days.iter().map(|day| day.day as f64).collect(),
        arms: telling.projection.arms.iter().enumerate().map(arm).collect(),
    };
    let caption = "Before the launch all arms are the same world.".to_owned();
    Ok(Figure { name: "revenue_fan".to_owned(), picture: chart.picture()?, caption })
}

pub(super) fn waterfall(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let control = telling.control().revenue_per_day.mean;
    let arms = &telling.projection.arms[1..];
    let single: Vec<&ArmResult> = arms.iter().filter(|arm| arm.interventions.len() == 1).collect();
    let combined = arms.iter().filter(|arm| arm.interventions.len() > 1).max_by_key(|arm| arm.interventions.len());
    let single = if single.is_empty() { arms.iter().collect() } else { single };
    let in_money = |arm: &ArmResult| shown(&arm.uplift.times(control));
    let perfect = |arm: &ArmResult| arm.oracle_uplift.map(|oracle| oracle.mean * control);
    let contribution =
        |arm: &&ArmResult| Contribution { label: arm.id.clone(), uplift: in_money(arm), perfect: perfect(arm) };
    let title = match telling.best() {
        Some(best) => {
            let gained = best.uplift.mean * control;
            let does = if gained < 0.0 { "takes" } else { "adds" };
            let to = if gained < 0.0 { "from" } else { "to" };
            let (amount, day) = (telling.money.short(gained.abs()), telling.money.short(control));
            format!("“{}” {does} {amount} {to} a day of {day}", best.id)
        }
        None => "Nothing is tried".to_owned(),
    };
    let subtitle = format!("Revenue a day in {}; whiskers: {}", telling.window(), interval());
    let chart = UpliftWaterfall {
        headline: Headline::new(title, subtitle),
        unit: telling.money.clone(),
        axis: "Revenue a day".to_owned(),
        arms: single.iter().map(contribution).collect(),
        ends: combined.map(|arm| Ends {
            control,
            combined_label: arm.id.clone(),
            combined: in_money(arm),
            perfect: perfect(arm),
        }),
    };
    let caption = "Hollow marks: what perfect knowledge of every user's segment would add.".to_owned();
    let targeted = arms.iter().any(|arm| arm.oracle_uplift.is_some());
    let caption = if targeted { caption } else { String::new() };
    Ok(Figure { name: "uplift_waterfall".to_owned(), picture: chart.picture()?, caption })
}

pub(super) fn hazard(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let projection = telling.projection;
    // Only arms that change when users leave are drawn beside the control.
    let fixes = |arm: &ArmResult| {
        arm.interventions.len() == 1
            && telling.scenario.interventions.iter().any(|intervention| {
                arm.interventions.contains(&intervention.id) && intervention.effect.is_about_leaving()
            })
    };
    let arms: Vec<usize> = (0..projection.arms.len()).filter(|&arm| arm == 0 || fixes(&projection.arms[arm])).collect();
    let curve = |&arm: &usize| TenureCurve {
        label: projection.arms[arm].id.clone(),
        bins: projection.tenure.iter().filter_map(|step| bin(step, arm)).collect(),
    };
    let chart = HazardByTenure {
        headline: Headline::new(
            hazard_title(telling),
            format!("Share of users who leave within 30 days, by tenure, after the launch; bands: {}", interval()),
        ),
        axis: "Leave within 30 days".to_owned(),
        curves: arms.iter().map(curve).collect(),
        cliff: cliff(telling),
    };
    Ok(Figure { name: "hazard_by_tenure".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn bin(step: &TenureResult, arm: usize) -> Option<TenureBin> {
    let share: Estimate = shown(&step.leave_per_30_days[arm]);
    Some(TenureBin { from: f64::from(step.from), to: f64::from(step.to?), share })
}

fn cliff(telling: &Telling<'_>) -> Option<Cliff> {
    let churn = &telling.scenario.world.as_ref()?.churn;
    let cliff = churn.cliff.as_ref()?;
    let from = cliff.window.checked_sub(1).map_or(0.0, |before| churn.windows[before].value());
    let to = churn.windows[cliff.window].value();
    Some(Cliff { from, to, label: format!("days {:.0}–{to:.0}: {}", from + 1.0, cliff.cause) })
}

/// Compares the cliff's steps with those after it.
fn hazard_title(telling: &Telling<'_>) -> String {
    let Some(cliff) = cliff(telling) else { return "How many users leave, by tenure".to_owned() };
    let mean = |inside: bool| {
        let steps = telling.projection.tenure.iter().filter(|step| {
            let from = f64::from(step.from);
            step.to.is_some() && if inside { cliff.from <= from && from < cliff.to } else { from >= cliff.to }
        });
        let shares: Vec<f64> = steps.map(|step| step.leave_per_30_days[0].mean).filter(|s| s.is_finite()).collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    };
    let (inside, after) = (mean(true), mean(false));
    if !(inside.is_finite() && after.is_finite()) {
        return "How many users leave, by tenure".to_owned();
    }
    format!(
        "In days {:.0}–{:.0} users leave at {} a month, against {} afterwards",
        cliff.from + 1.0,
        cliff.to,
        Unit::Share.short(inside),
        Unit::Share.short(after)
    )
}
