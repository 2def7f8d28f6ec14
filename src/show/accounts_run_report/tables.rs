//! The tables of a run with accounts.

use super::{
    super::table::{Cell, Column, Table, TableError},
    Telling, probability,
};
use crate::{
    show::run_report::shown,
    study::{
        accounts::projection::{AccountArm, AccountBaseline},
        estimate::Estimate,
        projection::LEVEL,
    },
};

pub(super) fn arms(telling: &Telling<'_>) -> Result<Table, TableError> {
    let share = |name: &str| Column::share(name, "", 1).with_interval(LEVEL);
    let columns = vec![
        Column::text("Arm"),
        share("Net retention"),
        share("Gross retention"),
        share("Accounts kept"),
        Column::money("Recurring revenue gained", "a year", &telling.money, 0).with_interval(LEVEL),
        Column::money("Cost", "", &telling.money, 0),
        Column::text("P(gains)"),
        Column::text("P(pays)"),
        Column::float("Team", "hours an account a year", 1),
    ];
    let title = format!(
        "{} days after the launch, {} worlds",
        telling.projection.horizon_days, telling.projection.replications
    );
    let mut table = Table::new("arms", title, columns);
    for (i, arm) in telling.projection.arms.iter().enumerate() {
        let against = |cell: Cell| if i == 0 { Cell::Empty } else { cell };
        table.push(vec![
            arm.id.as_str().into(),
            shown(&arm.net_retention).into(),
            shown(&arm.gross_retention).into(),
            shown(&arm.logo_retention).into(),
            against(shown(&arm.recurring_gain).into()),
            against(arm.cost.mean.into()),
            against(probability(arm.p_better).into()),
            against(probability(arm.p_pays).into()),
            arm.hours_per_account.mean.into(),
        ])?;
    }
    Ok(table)
}

/// A part of the bridge.
type Part = fn(&AccountArm) -> &Estimate;

pub(super) fn bridge(telling: &Telling<'_>) -> Result<Table, TableError> {
    let money = |name: &str| Column::money(name, "a year", &telling.money, 0).with_interval(LEVEL);
    let mut columns = vec![Column::text("Recurring revenue")];
    columns.extend(telling.projection.arms.iter().map(|arm| money(&arm.id)));
    let mut table =
        Table::new("bridge", "Accounts of the launch, from their opening to their closing revenue", columns);
    let parts: [(&str, Part); 7] = [
        ("Opening", |arm| &arm.bridge.opening),
        ("Lost with who left", |arm| &arm.bridge.churn),
        ("Given up at renewal", |arm| &arm.bridge.contraction),
        ("Products on top", |arm| &arm.bridge.expansion),
        ("More seats", |arm| &arm.bridge.seats),
        ("Higher prices", |arm| &arm.bridge.uplift),
        ("Closing", |arm| &arm.bridge.closing),
    ];
    for (label, part) in parts {
        let mut row: Vec<Cell> = vec![label.into()];
        row.extend(telling.projection.arms.iter().map(|arm| Cell::from(shown(part(arm)))));
        table.push(row)?;
    }
    Ok(table)
}

pub(super) fn plays(telling: &Telling<'_>) -> Result<Table, TableError> {
    let number = |name: &str| Column::float(name, "", 0);
    let share = |name: &str| Column::share(name, "", 1).with_interval(LEVEL);
    let columns = vec![
        Column::text("Arm"),
        Column::text("Play"),
        number("Eligible"),
        number("Taken up"),
        number("Went along"),
        Column::share("Renewed without", "of eligible", 1),
        Column::share("Renewed with", "of eligible", 1),
        share("Gained"),
        share("Gained by revenue"),
    ];
    let title = "Contracts whose account was eligible, and the share renewed, with the play and without";
    let mut table = Table::new("plays", title, columns);
    for arm in &telling.projection.arms {
        for play in &arm.play_results {
            table.push(vec![
                arm.id.as_str().into(),
                play.id.as_str().into(),
                play.eligible.mean.into(),
                play.contacted.mean.into(),
                play.went_along.mean.into(),
                play.renewed_without.mean.into(),
                play.renewed_with.mean.into(),
                shown(&play.renewal_gain).into(),
                shown(&play.recurring_renewal_gain).into(),
            ])?;
        }
    }
    Ok(table)
}

pub(super) fn business(telling: &Telling<'_>) -> Result<Table, TableError> {
    let number = |name: &str, unit: &str| Column::float(name, unit, 0);
    let share = |name: &str| Column::share(name, "", 1);
    let columns = vec![
        Column::text("Tier"),
        number("Accounts", ""),
        number("Seats", ""),
        Column::money("Recurring revenue", "a year", &telling.money, 0),
        number("Sessions", "a day"),
        number("Tickets", "a year"),
        number("Reviews", "a year"),
        number("Renewals", "a month"),
        share("Accounts lost"),
        share("Revenue lost"),
        share("Expansion"),
        share("Gross retention"),
        share("Net retention"),
    ];
    let mut table = Table::new("business", "The year after the launch if nothing is done, means over worlds", columns);
    for tier in telling.projection.tiers.iter().chain([&telling.projection.baseline]) {
        table.push(row(tier))?;
    }
    Ok(table)
}

fn row(tier: &AccountBaseline) -> Vec<Cell> {
    vec![
        tier.id.as_str().into(),
        tier.accounts.into(),
        tier.seats.into(),
        tier.recurring.into(),
        tier.sessions_per_day.into(),
        tier.tickets_per_year.into(),
        tier.reviews_per_year.into(),
        tier.renewals_per_month.into(),
        tier.logo_churn.into(),
        tier.recurring_churn.into(),
        tier.expansion.into(),
        tier.gross_retention.into(),
        tier.net_retention.into(),
    ]
}
