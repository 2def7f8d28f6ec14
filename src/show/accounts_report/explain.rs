//! One account explained; printed, it is the page for its business review.

use super::{Done, colophon, figure, figures, or_say, range, reproduction, text_row};
use crate::{
    base::units::Currency,
    show::{
        document::{Block, Document, Section},
        number::{Unit, count},
        run_report::{Origin, Report},
        table::{Column, Table, TableError},
    },
    study::accounts::explanation::{AccountExplanation, Members},
};

/// Makes the report.
///
/// # Errors
/// [`ReportError`](crate::show::run_report::ReportError) if a chart or table does not fit together, which would be a
/// fault of this program.
pub fn of(told: &AccountExplanation, currency: Currency, origin: &Origin) -> Done {
    let money = Unit::money(currency);
    let answer = answer(told, &money);
    let printed = [
        answer.clone(),
        list("What speaks for and against renewing", &told.because),
        list("What is believed of its use", &claims(told)),
        list("What to do next", &told.next),
        foretold(told)?.to_text(),
    ];
    let mut renewal = vec![Block::List(told.because.clone())];
    if told.foretold.is_empty() {
        renewal.push(Block::Paragraph("No decision of this account is over that could have been foretold.".to_owned()));
    } else {
        renewal.push(Block::Table(foretold(told)?));
    }
    let mut usage = vec![Block::Figure(figures::timeline(told)?), Block::Figure(figures::modules(told)?)];
    usage.push(Block::List(claims(told)));
    let document = Document {
        title: format!(
            "{}: {} to renew in {} days",
            told.account,
            Unit::Share.short(told.renews.mean),
            told.days_to_renewal
        ),
        question: format!("What is believed of {}, how sure is it, and what should be done next?", told.account),
        answer,
        key_figures: vec![
            figure("Renews", range(&Unit::Share, &told.renews), "80% interval of what the law does not know"),
            figure(
                "Pays a year",
                money.short(told.recurring),
                format!("{} seats, tier {}", count(told.seats.into()), told.tier),
            ),
            figure("Expected to be lost", money.short(told.expected_loss), format!("contract ends {}", told.renewal)),
        ],
        sections: vec![
            Section::new("What to do next", vec![Block::List(told.next.clone())]),
            Section::new("Will it renew?", renewal),
            Section::new("Will it buy more?", vec![or_say(buys(told)?, "It holds all there is.")]),
            Section::new("What it uses", usage),
            Section::new("What its members do", members(&told.members)?),
            Section::new("What happened", vec![or_say(timeline(told)?, "Nothing beyond use.")]),
            reproduction(origin),
        ],
        colophon: colophon(),
    };
    Ok(Report { document, printed: printed.join("\n\n") })
}

fn answer(told: &AccountExplanation, money: &Unit) -> String {
    let parent = told.parent.as_ref().map_or_else(String::new, |parent| format!(" It belongs to {parent}."));
    let group = match told.group {
        (0, _) => String::new(),
        (count, all) => format!(" With the {count} that belong to it the group pays {} a year.", money.short(all)),
    };
    format!(
        "As of {}, {} pays {} a year for {} seats; its contract ends on {}, after {} renewals. It renews with {}, so {} a year is \
         expected to be lost.{parent}{group}",
        told.at,
        told.account,
        money.short(told.recurring),
        count(told.seats.into()),
        told.renewal,
        told.renewals,
        range(&Unit::Share, &told.renews),
        money.short(told.expected_loss)
    )
}

fn list(heading: &str, said: &[String]) -> String {
    let said = if said.is_empty() {
        "  nothing is claimed".to_owned()
    } else {
        said.iter().map(|one| format!("  {one}")).collect::<Vec<_>>().join("\n")
    };
    format!("{heading}:\n{said}")
}

fn claims(told: &AccountExplanation) -> Vec<String> {
    told.modules.iter().filter_map(|module| module.claim.clone()).collect()
}

fn foretold(told: &AccountExplanation) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Decision"),
        Column::integer("Days ahead", ""),
        Column::share("Renewing was said to be", "", 0),
        Column::text("It"),
        Column::text("Was that right?"),
    ];
    let mut table = Table::new("foretold", "What was foretold, and what came of it", columns);
    for one in &told.foretold {
        let right = (one.probability >= 0.5) == one.renewed;
        table.push(vec![
            one.decision.as_str().into(),
            i64::from(one.days_ahead).into(),
            one.probability.into(),
            if one.renewed { "renewed" } else { "left" }.into(),
            if right { "yes" } else { "no" }.into(),
        ])?;
    }
    Ok(table)
}

fn buys(told: &AccountExplanation) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Product"),
        Column::share("Bought within 90 days", "", 1).with_interval(0.8),
        Column::text("Because"),
    ];
    let mut table = Table::new("buys", "Products on top", columns);
    for (sku, chance, because) in &told.buys {
        table.push(vec![sku.as_str().into(), super::shown(chance).into(), because.join("; ").into()])?;
    }
    Ok(table)
}

fn members(members: &Members) -> Result<Vec<Block>, TableError> {
    let said = format!(
        "Of {} people with access {} came within the last 28 days of the record, {} have been silent for 60 days or more, {} never \
         came.",
        count(members.members as i64),
        count(members.active as i64),
        count(members.silent as i64),
        count(members.never as i64)
    );
    let columns = ["Role", "Members", "Came within 28 days"].map(Column::text).to_vec();
    let mut roles = Table::new("roles", "By role", columns);
    for (role, all, active) in &members.roles {
        roles.push(text_row([role.clone(), count(*all as i64), count(*active as i64)]))?;
    }
    let columns = ["Member", "Role", "Modules", "Weeks", "Sessions"].map(Column::text).to_vec();
    let mut most = Table::new("members", "Who uses it most", columns);
    for (user, role, modules, weeks, sessions) in &members.most {
        most.push(text_row([
            user.to_string(),
            role.clone(),
            modules.to_string(),
            weeks.to_string(),
            count((*sessions).into()),
        ]))?;
    }
    Ok(vec![Block::Paragraph(said), Block::Table(roles), or_say(most, "Nobody has come yet.")])
}

fn timeline(told: &AccountExplanation) -> Result<Table, TableError> {
    let mut table = Table::new("timeline", "Latest first", ["Day", "What"].map(Column::text).to_vec());
    for (day, what) in told.timeline.iter().rev().take(40) {
        table.push(text_row([day.clone(), what.clone()]))?;
    }
    Ok(table)
}
