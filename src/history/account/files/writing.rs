//! Writes a history as the folder's tables.

use std::path::Path;

use super::Company;
use crate::{
    base::{
        codec,
        time::Date,
        units::{Currency, Money},
    },
    history::{
        account::{AccountHistory, AccountRecord, Happening, Member, Terms},
        error::HistoryError,
        name::Name,
    },
};

type Row = Vec<String>;

pub(super) fn write(history: &AccountHistory, folder: &Path) -> Result<(), HistoryError> {
    std::fs::create_dir_all(folder).map_err(|why| HistoryError::writing(folder, why))?;
    let company = folder.join("company.ron");
    std::fs::write(&company, codec::to_string(&head(history))).map_err(|why| HistoryError::writing(&company, why))?;
    table(folder, "accounts.csv", &["account", "tier", "parent", "arm", "enrolled"], accounts(history))?;
    let columns = ["account", "start", "renewal", "recurring", "seats", "renewals", "outcome"];
    table(folder, "contracts.csv", &columns, each(history, |account| contracts(history, account)))?;
    table(folder, "members.csv", &["member", "account", "role"], each(history, |account| members(history, account)))?;
    let columns = ["member", "modules", "active_weeks", "sessions", "last_active"];
    table(folder, "seen.csv", &columns, each(history, |account| seen(history, account)))?;
    let modules = history.modules.iter().map(Name::as_str);
    let columns: Vec<&str> =
        ["account", "week_end", "seats", "active", "sessions"].into_iter().chain(modules).collect();
    table(folder, "usage.csv", &columns, each(history, |account| usage(history, account)))?;
    let columns = ["day", "account", "kind", "value", "name", "late_days"];
    table(folder, "events.csv", &columns, each(history, |account| events(history, account)))
}

fn head(history: &AccountHistory) -> Company {
    let date =
        |day: i32| Date::from_number(day.into()).unwrap_or_else(|| unreachable!("a day of a history has a date"));
    Company {
        currency: history.currency,
        tiers: history.tiers.clone(),
        roles: history.roles.clone(),
        modules: history.modules.clone(),
        skus: history.skus.clone(),
        first: date(history.days.0),
        end: date(history.days.1),
    }
}

fn table(folder: &Path, file: &str, columns: &[&str], rows: impl Iterator<Item = Row>) -> Result<(), HistoryError> {
    let path = folder.join(file);
    let failed = |error: csv::Error| HistoryError::writing(&path, error.into());
    let mut out = csv::Writer::from_path(&path).map_err(failed)?;
    out.write_record(columns).map_err(failed)?;
    for row in rows {
        out.write_record(&row).map_err(failed)?;
    }
    out.flush().map_err(|why| HistoryError::writing(&path, why))
}

fn each<'a>(
    history: &'a AccountHistory,
    rows: impl Fn(&'a AccountRecord) -> Vec<Row> + 'a,
) -> impl Iterator<Item = Row> + 'a {
    history.accounts.iter().flat_map(rows)
}

fn accounts(history: &AccountHistory) -> impl Iterator<Item = Row> + '_ {
    history.accounts.iter().map(|account| {
        let parent = account.parent.map(|parent| history.accounts[parent as usize].id.to_string());
        let (arm, day) =
            account.enrolled.as_ref().map_or_else(Default::default, |own| (own.arm.to_string(), date(own.day)));
        let tier = history.tiers[usize::from(account.tier)].to_string();
        vec![account.id.to_string(), tier, parent.unwrap_or_default(), arm, day]
    })
}

/// Every contract with how it ended.
fn contracts(history: &AccountHistory, account: &AccountRecord) -> Vec<Row> {
    let begun = account.events.iter().filter_map(|event| match event.what {
        Happening::Started(terms) | Happening::Renewed(terms) => Some((event.day, terms)),
        _ => None,
    });
    let left = |terms: &Terms| account.events.iter().any(|event| event.what.ends() && event.day == terms.renewal);
    let renewed = |terms: &Terms| {
        account.events.iter().any(|event| matches!(event.what, Happening::Renewed(_)) && event.day == terms.renewal)
    };
    let row = |(start, terms): (i32, Terms)| {
        let outcome = if left(&terms) {
            "left"
        } else if renewed(&terms) {
            "renewed"
        } else {
            "running"
        };
        vec![
            account.id.to_string(),
            date(start),
            date(terms.renewal),
            decimal(terms.recurring, history.currency),
            terms.seats.to_string(),
            terms.renewals.to_string(),
            outcome.to_owned(),
        ]
    };
    begun.map(row).collect()
}

fn members(history: &AccountHistory, account: &AccountRecord) -> Vec<Row> {
    let role = |member: &Member| history.roles[usize::from(member.role)].to_string();
    account.members.iter().map(|member| vec![member.user.to_string(), account.id.to_string(), role(member)]).collect()
}

fn seen(history: &AccountHistory, account: &AccountRecord) -> Vec<Row> {
    let modules = |bits: u16| {
        let used = history.modules.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
        used.map(|(_, module)| module.as_str()).collect::<Vec<_>>().join(";")
    };
    let row = |member: &Member| {
        vec![
            member.user.to_string(),
            modules(member.modules),
            member.active_weeks.to_string(),
            member.sessions.to_string(),
            member.last_active.map(date).unwrap_or_default(),
        ]
    };
    account.members.iter().map(row).collect()
}

fn usage(history: &AccountHistory, account: &AccountRecord) -> Vec<Row> {
    let weeks = account.events.iter().filter_map(|event| match &event.what {
        Happening::Used(usage) => Some((event.day, usage)),
        _ => None,
    });
    let row = |(day, usage): (i32, &crate::history::account::Usage)| {
        let counts = [usage.seats, usage.active, usage.sessions];
        let users = usage.users.iter().take(history.modules.len());
        let numbers = counts.iter().chain(users).map(ToString::to_string);
        [account.id.to_string(), date(day)].into_iter().chain(numbers).collect()
    };
    weeks.map(row).collect()
}

fn events(history: &AccountHistory, account: &AccountRecord) -> Vec<Row> {
    let row = |event: &crate::history::account::AccountEvent| {
        let (kind, value, name, late) = told(history, &event.what)?;
        Some(vec![date(event.day), account.id.to_string(), kind.to_owned(), value, name, late])
    };
    account.events.iter().filter_map(row).collect()
}

/// Kind, value, name and days late; none for what other tables hold.
fn told(history: &AccountHistory, what: &Happening) -> Option<(&'static str, String, String, String)> {
    let nothing = String::new;
    Some(match what {
        Happening::Ticket { severity } => ("ticket", severity.to_string(), nothing(), nothing()),
        Happening::Satisfaction { score } => ("satisfaction", score.to_string(), nothing(), nothing()),
        Happening::BusinessReview { score } => ("review", score.to_string(), nothing(), nothing()),
        Happening::Recommendation { score } => ("recommendation", score.to_string(), nothing(), nothing()),
        Happening::SponsorLeft => ("sponsor_left", nothing(), nothing(), nothing()),
        Happening::SponsorNamed => ("sponsor_named", nothing(), nothing(), nothing()),
        Happening::Paid { amount, late_days } => {
            ("paid", decimal(*amount, history.currency), nothing(), late_days.to_string())
        }
        Happening::Expanded { sku, recurring } => {
            ("expand", decimal(*recurring, history.currency), history.skus[usize::from(*sku)].to_string(), nothing())
        }
        Happening::Contacted { play } => ("contacted", nothing(), play.to_string(), nothing()),
        Happening::Started(_) | Happening::Renewed(_) | Happening::Left | Happening::Used(_) => return None,
    })
}

fn date(day: i32) -> String {
    Date::from_number(day.into()).map_or_else(|| day.to_string(), |date| date.to_string())
}

/// An amount as a decimal, exactly.
pub(in crate::history) fn decimal(amount: Money, currency: Currency) -> String {
    let (digits, scale) = (currency.digits() as usize, currency.minor_per_major().unsigned_abs());
    let sign = if amount.minor() < 0 { "-" } else { "" };
    let minor = amount.minor().unsigned_abs();
    if digits == 0 { format!("{sign}{minor}") } else { format!("{sign}{}.{:0digits$}", minor / scale, minor % scale) }
}
