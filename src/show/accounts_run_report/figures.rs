//! The charts of a run with accounts.

use super::{
    super::{
        chart::{
            Bars, Chart, ChartError, Curves, Headline,
            arr_bridge::{ArrBridge, BridgeArm},
            bars::Bar,
            curves::Curve,
        },
        document::Figure,
        number::{Estimate, Unit},
        run_report::shown,
    },
    Telling,
};
use crate::study::{accounts::projection::AccountArm, estimate, projection::LEVEL};

fn interval() -> String {
    format!("whiskers are {:.0}% intervals", LEVEL * 100.0)
}

/// What each arm gains beyond its cost.
pub(super) fn gains(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let arms = &telling.projection.arms[1..];
    let bar = |arm: &AccountArm| Bar {
        label: arm.id.clone(),
        value: shown(&arm.net_gain),
        note: format!("{} less {}", telling.money.short(arm.recurring_gain.mean), telling.money.short(arm.cost.mean)),
    };
    let title = telling.best().map_or_else(String::new, |best| {
        format!("“{}” leaves {} a year after its cost", best.id, telling.money.short(best.net_gain.mean))
    });
    let chart = Bars {
        headline: Headline::new(
            title,
            format!("A year of recurring revenue gained less the cost of the plays; {}", interval()),
        ),
        unit: telling.money.clone(),
        axis: "Gained a year, less cost".to_owned(),
        bars: arms.iter().map(bar).collect(),
    };
    Ok(Figure { name: "gains".to_owned(), picture: chart.picture()?, caption: String::new() })
}

/// From opening to closing revenue, the best arm beside the control.
pub(super) fn bridge(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let arms = [Some(telling.control()), telling.best()];
    let best = telling.best().unwrap_or_else(|| telling.control());
    let net = Unit::Share.exact(best.net_retention.mean, 1);
    let chart = ArrBridge {
        headline: Headline::new(
            format!("With “{}” {net} of the recurring revenue is there at the end", best.id),
            format!("Accounts of the launch, a year; {}", interval()),
        ),
        unit: telling.money.clone(),
        axis: "Recurring revenue a year".to_owned(),
        parts: ["Lost with who left", "Given up at renewal", "Products on top", "More seats", "Higher prices"]
            .map(str::to_owned)
            .to_vec(),
        arms: arms.into_iter().flatten().map(bridge_arm).collect(),
    };
    Ok(Figure { name: "bridge".to_owned(), picture: chart.picture()?, caption: String::new() })
}

fn bridge_arm(arm: &AccountArm) -> BridgeArm {
    let parts = &arm.bridge;
    let lost = |of: &estimate::Estimate| {
        let own = shown(of);
        Estimate::new(-own.mean, -own.hi, -own.lo)
    };
    BridgeArm {
        label: arm.id.clone(),
        opening: shown(&parts.opening),
        parts: vec![
            lost(&parts.churn),
            lost(&parts.contraction),
            shown(&parts.expansion),
            shown(&parts.seats),
            shown(&parts.uplift),
        ],
        closing: shown(&parts.closing),
    }
}

/// Recurring revenue by week, newcomers included.
pub(super) fn weeks(telling: &Telling<'_>) -> Result<Figure, ChartError> {
    let curve = |arm: &AccountArm| Curve {
        label: arm.id.clone(),
        points: arm
            .recurring_by_week
            .iter()
            .enumerate()
            .map(|(week, value)| ((week + 1) as f64, Estimate::bare(*value)))
            .collect(),
    };
    let last = |arm: &AccountArm| arm.recurring_by_week.last().copied().unwrap_or(f64::NAN);
    let title = format!("It would end at {} if nothing is done", telling.money.short(last(telling.control())));
    let chart = Curves {
        headline: Headline::new(
            title,
            "Recurring revenue, accounts that come after the launch included; means over worlds",
        ),
        across: ("Weeks after the launch".to_owned(), Unit::Plain),
        up: ("Recurring revenue a year".to_owned(), telling.money.clone()),
        wanted: None,
        mark: None,
        curves: telling.projection.arms.iter().map(curve).collect(),
    };
    Ok(Figure { name: "weeks".to_owned(), picture: chart.picture()?, caption: String::new() })
}
