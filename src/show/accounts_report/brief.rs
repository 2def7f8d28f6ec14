//! The morning page of a customer success team.

use super::{Done, at_risk, colophon, figure, named, or_say, range, reproduction, text_row};
use crate::{
    base::units::Currency,
    show::{
        document::{Block, Document, Section},
        number::{Unit, count},
        run_report::{Origin, Report},
        table::{Column, Table, TableError},
    },
    study::accounts::brief::AccountBrief,
};

/// Makes the page.
///
/// # Errors
/// [`ReportError`](crate::show::run_report::ReportError) if a table does not fit together, which would be a fault of
/// this program.
pub fn of(brief: &AccountBrief, currency: Currency, origin: &Origin) -> Done {
    let money = Unit::money(currency);
    let (plan, risk) = (plan(brief, &money)?, at_risk(&brief.at_risk, &money)?);
    let answer = answer(brief, &money);
    let printed = format!("{answer}\n\n{}\n{}\n{}", plan.to_text(), risk.to_text(), changed(brief, &money)?.to_text());
    let losing = named("losing", "By what is expected to be lost", "Renews", &brief.losing, &money)?;
    let ready = named("ready", "By what it would bring in expectation", "Buys within 90 days", &brief.ready, &money)?;
    let document = Document {
        title: format!("Accounts on {}", brief.day),
        question: "What should the team do today?".to_owned(),
        answer,
        key_figures: vec![
            figure("Accounts", count(brief.accounts.0 as i64), format!("{} a year", money.short(brief.accounts.1))),
            figure(
                "At risk within 90 days",
                brief.at_risk.get(1).map_or_else(String::new, |risk| range(&money, &risk.lost)),
                "80% interval",
            ),
            figure("The team's hours", format!("{:.0} of {:.0}", brief.hours.0, brief.hours.1), "in the plan below"),
        ],
        sections: vec![
            Section::new("What fits into the team's hours", vec![or_say(plan, "Nothing is worth an hour.")]),
            Section::new("What changed this week", vec![or_say(changed(brief, &money)?, "No account changed much.")]),
            Section::new("Contracts that end soon", vec![Block::Table(risk), or_say(losing, "None within 180 days.")]),
            Section::new("Who is ready for more", vec![or_say(ready, "There is nothing to buy on top.")]),
            reproduction(origin),
        ],
        colophon: colophon(),
    };
    Ok(Report { document, printed })
}

fn answer(brief: &AccountBrief, money: &Unit) -> String {
    let soon = brief.at_risk.get(1).map_or_else(String::new, |risk| {
        format!(
            "{} contracts over {} end within {} days; {} is expected to be lost.",
            risk.contracts,
            money.short(risk.recurring),
            risk.days,
            range(money, &risk.lost)
        )
    });
    let first =
        brief.plan.first().map_or_else(String::new, |action| format!(" First: {}, {}.", action.account, action.what));
    format!("{soon} {} accounts changed within the week.{first}", brief.changed.len())
}

fn plan(brief: &AccountBrief, money: &Unit) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Account"),
        Column::text("What"),
        Column::money("Open", "a year", money, 0),
        Column::float("Hours", "", 0),
    ];
    let title = "Most that is open an hour first: revenue × p (1 − p)";
    let mut table = Table::new("plan", title, columns);
    for action in &brief.plan {
        table.push(vec![
            action.account.as_str().into(),
            action.what.as_str().into(),
            action.at_stake.into(),
            action.hours.into(),
        ])?;
    }
    Ok(table)
}

fn changed(brief: &AccountBrief, money: &Unit) -> Result<Table, TableError> {
    let columns =
        ["Account", "Pays a year", "Renewed with, a week ago", "Now", "What happened"].map(Column::text).to_vec();
    let mut table = Table::new("changed", "Accounts that changed within a week", columns);
    for one in &brief.changed {
        let share = |p| Unit::Share.short(p);
        table.push(text_row([
            one.account.clone(),
            money.short(one.recurring),
            share(one.renews.0),
            share(one.renews.1),
            one.happened.join(", "),
        ]))?;
    }
    Ok(table)
}
