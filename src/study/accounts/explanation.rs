//! One account explained: its terms, whether it will renew and buy more and what speaks for it, which modules it has
//! adopted, what its members do, what was foretold before and what came of it, and what to do next.

use serde::{Deserialize, Serialize};

use super::{
    foresight::HORIZONS,
    insight::because,
    outlook::{Laws, Standing},
};
use crate::{
    base::time::Date,
    history::account::{AccountEvent, AccountHistory, AccountRecord, Happening, Member},
    study::estimate::Estimate,
    user::account::AccountModel,
};

/// Below this, and with fewer weeks, nothing is claimed.
const CLAIM: (f32, u16) = (0.9, 5);
/// A member who has not been seen for so long has fallen silent \[day\].
const SILENT: i32 = 60;

/// One account explained.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountExplanation {
    /// Its name, tier, and the company it belongs to.
    pub account: String,
    /// Its tier.
    pub tier: String,
    /// The company it belongs to.
    pub parent: Option<String>,
    /// Companies that belong to it, and what all of them pay with it \[major units a year\].
    pub group: (usize, f64),
    /// The day as of which it is explained.
    pub at: String,
    /// What it pays \[major units a year\].
    pub recurring: f64,
    /// People with access.
    pub seats: u32,
    /// The day on which its contract ends.
    pub renewal: String,
    /// Days until then.
    pub days_to_renewal: i32,
    /// Renewals behind it, as far as known.
    pub renewals: u16,
    /// How probable it is to renew, and what speaks for and against it most.
    pub renews: Estimate,
    /// What speaks for and against it.
    pub because: Vec<String>,
    /// What of its revenue is expected to be lost \[major units a year\].
    pub expected_loss: f64,
    /// Products on top: how probable buying each within 90 days is, and what speaks for it.
    pub buys: Vec<(String, Estimate, Vec<String>)>,
    /// What is believed of its use of each module.
    pub modules: Vec<ModuleBelief>,
    /// What its members do.
    pub members: Members,
    /// Weeks of use: the day they ended on, the share of seats that came.
    pub weeks: Vec<(i32, f64)>,
    /// What happened beyond use, the latest last.
    pub timeline: Vec<(String, String)>,
    /// The same as marks on a line of days.
    pub marks: Vec<Mark>,
    /// How contracts ended \[day\]; none for the one that runs.
    pub ends: Vec<(i32, Option<bool>)>,
    /// What was foretold of earlier decisions, and what came of them.
    pub foretold: Vec<Told>,
    /// What to do next.
    pub next: Vec<String>,
}

/// What is believed of a module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModuleBelief {
    /// The module.
    pub module: String,
    /// P(adopted).
    pub adopted: f64,
    /// Share of seats that use it in a week.
    pub share: f64,
    /// What is claimed, if anything.
    pub claim: Option<String>,
}

/// What the members of an account do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Members {
    /// People with access who were ever there.
    pub members: usize,
    /// Seen in the last 28 days of the history.
    pub active: usize,
    /// Seen before, but not for 60 days.
    pub silent: usize,
    /// Never seen.
    pub never: usize,
    /// By role: members, and those seen in the last 28 days.
    pub roles: Vec<(String, usize, usize)>,
    /// Those who use it most: role, modules used, active weeks, sessions.
    pub most: Vec<(u64, String, u32, u16, u32)>,
}

/// Something that happened, as a mark on a line of days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Its kind.
    pub kind: String,
    /// When \[day\].
    pub day: i32,
    /// Whether it is bad news.
    pub bad: bool,
}

/// Something that was foretold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// When it was said \[day\].
    pub day: i32,
    /// The day of the decision.
    pub decision: String,
    /// How long before \[day\].
    pub days_ahead: i32,
    /// How probable renewing was said to be.
    pub probability: f64,
    /// Whether it renewed.
    pub renewed: bool,
}

/// Explains an account as of a day; none if it had no contract then.
#[must_use]
pub fn explain(history: &AccountHistory, place: usize, day: i32) -> Option<AccountExplanation> {
    let laws = Laws::learned(history, day);
    let account = history.accounts.get(place)?;
    let one = laws.standing(place as u32, account, day)?;
    let recurring = one.terms.recurring.major(history.currency);
    let modules = modules(history, &one.model);
    let renews =
        Estimate { mean: one.renews.probability, lo: Some(one.renews.lo), hi: Some(one.renews.hi), level: 0.8 };
    let mut told = AccountExplanation {
        account: account.id.to_string(),
        tier: history.tiers[usize::from(account.tier)].to_string(),
        parent: account.parent.map(|parent| history.accounts[parent as usize].id.to_string()),
        group: group(history, &laws, place as u32, day),
        at: date(day),
        recurring,
        seats: one.terms.seats,
        renewal: date(one.terms.renewal),
        days_to_renewal: one.terms.renewal - day,
        renewals: one.terms.renewals,
        renews,
        because: because(&laws.renewal.contributions(&one.signals), &one.signals, history),
        expected_loss: recurring * (1.0 - one.renews.probability),
        buys: buys(history, &laws, &one),
        modules,
        members: members(history, account, day),
        weeks: weeks(account, day),
        timeline: timeline(history, account, day),
        marks: account.events.iter().filter(|event| event.day <= day).filter_map(mark).collect(),
        ends: ends(account, day, one.terms.renewal),
        foretold: foretold(history, account, day),
        next: Vec::new(),
    };
    told.next = next(&told, &one);
    Some(told)
}

/// A day as people write it.
#[must_use]
pub fn date(day: i32) -> String {
    Date::from_number(day.into()).map_or_else(|| day.to_string(), |date| date.to_string())
}

fn group(history: &AccountHistory, laws: &Laws, place: u32, day: i32) -> (usize, f64) {
    let own = |(at, account): (usize, &AccountRecord)| {
        let belongs = at as u32 == place || account.parent == Some(place);
        let terms = belongs.then(|| laws.standing(at as u32, account, day)).flatten()?.terms;
        Some((usize::from(at as u32 != place), terms.recurring.major(history.currency)))
    };
    let all = history.accounts.iter().enumerate().filter_map(own);
    all.fold((0, 0.0), |(count, sum), (one, recurring)| (count + one, sum + recurring))
}

fn buys(history: &AccountHistory, laws: &Laws, one: &Standing<'_>) -> Vec<(String, Estimate, Vec<String>)> {
    let of = |(sku, told): (usize, &Option<crate::user::account::law::Forecast>)| {
        let told = told.as_ref()?;
        let estimate = Estimate { mean: told.probability, lo: Some(told.lo), hi: Some(told.hi), level: 0.8 };
        let why = because(&laws.expansion[sku].contributions(&one.signals), &one.signals, history);
        Some((history.skus[sku].to_string(), estimate, why))
    };
    one.buys.iter().enumerate().filter_map(of).collect()
}

fn modules(history: &AccountHistory, model: &AccountModel) -> Vec<ModuleBelief> {
    let (least, weeks) = CLAIM;
    let of = |(place, module): (usize, &crate::history::name::Name)| {
        let adopted = model.adoption.probability[place];
        let share = model.usage.of_module(place);
        let seen = model.adoption.weeks;
        let says = |what: &str| {
            format!(
                "{what} “{module}” (P = {:.2}, {seen} weeks, {:.0}% of seats use it in a week)",
                adopted.max(1.0 - adopted),
                share * 100.0
            )
        };
        let claim = match adopted {
            _ if seen < weeks => None,
            p if p >= least => Some(says("has adopted")),
            p if p <= 1.0 - least => Some(says("does not use")),
            _ => None,
        };
        ModuleBelief { module: module.to_string(), adopted: adopted.into(), share, claim }
    };
    history.modules.iter().enumerate().map(of).collect()
}

fn members(history: &AccountHistory, account: &AccountRecord, day: i32) -> Members {
    let seen = |member: &Member| member.last_active.map(|last| day.min(history.days.1) - last);
    let active = |member: &&Member| seen(member).is_some_and(|ago| ago < 28);
    let roles = history.roles.iter().enumerate().map(|(place, role)| {
        let own = || account.members.iter().filter(move |member| usize::from(member.role) == place);
        (role.to_string(), own().count(), own().filter(active).count())
    });
    let mut most: Vec<&Member> = account.members.iter().filter(|member| member.sessions > 0).collect();
    most.sort_by_key(|member| (std::cmp::Reverse(member.sessions), member.user));
    let told = |member: &&Member| {
        let role = history.roles.get(usize::from(member.role)).map_or_else(String::new, ToString::to_string);
        (member.user.0, role, member.modules.count_ones(), member.active_weeks, member.sessions)
    };
    Members {
        members: account.members.len(),
        active: account.members.iter().filter(active).count(),
        silent: account.members.iter().filter(|member| seen(member).is_some_and(|ago| ago >= SILENT)).count(),
        never: account.members.iter().filter(|member| member.last_active.is_none()).count(),
        roles: roles.collect(),
        most: most.iter().take(8).map(told).collect(),
    }
}

fn weeks(account: &AccountRecord, day: i32) -> Vec<(i32, f64)> {
    let of = |event: &AccountEvent| match &event.what {
        Happening::Used(usage) if event.day <= day => {
            Some((event.day, f64::from(usage.active) / f64::from(usage.seats.max(1))))
        }
        _ => None,
    };
    account.events.iter().filter_map(of).collect()
}

fn timeline(history: &AccountHistory, account: &AccountRecord, day: i32) -> Vec<(String, String)> {
    let money =
        |amount: crate::base::units::Money| format!("{:.0} {}", amount.major(history.currency), history.currency);
    let said = |event: &AccountEvent| {
        let what = match &event.what {
            Happening::Used(_) | Happening::Satisfaction { .. } | Happening::Paid { late_days: 0, .. } => return None,
            Happening::Ticket { severity } if *severity < 3 => return None,
            Happening::Ticket { .. } => "ticket of the gravest kind".to_owned(),
            Happening::Started(terms) => {
                format!("contract over {} a year, {} seats", money(terms.recurring), terms.seats)
            }
            Happening::BusinessReview { score } => format!("business review: {score} of 5"),
            Happening::Recommendation { score } => format!("would recommend it: {score} of 10"),
            Happening::SponsorLeft => "sponsor left".to_owned(),
            Happening::SponsorNamed => "new sponsor".to_owned(),
            Happening::Paid { late_days, .. } => format!("paid {late_days} days late"),
            Happening::Expanded { sku, recurring } => {
                let name = history.skus.get(usize::from(*sku)).map_or("a product", |sku| sku.as_str());
                format!("bought {name}, {} a year", money(*recurring))
            }
            Happening::Contacted { play } => format!("taken up by “{play}”"),
            Happening::Renewed(terms) => format!("renewed at {} a year, {} seats", money(terms.recurring), terms.seats),
            Happening::Left => "left".to_owned(),
        };
        (event.day <= day).then(|| (date(event.day), what))
    };
    account.events.iter().filter_map(said).collect()
}

fn mark(event: &AccountEvent) -> Option<Mark> {
    let (kind, bad) = match &event.what {
        Happening::Ticket { severity: 3 } => ("gravest tickets", true),
        Happening::BusinessReview { score } => ("reviews", *score < 3),
        Happening::Recommendation { score } => ("surveys", *score < 7),
        Happening::SponsorLeft => ("sponsor", true),
        Happening::SponsorNamed => ("sponsor", false),
        Happening::Paid { late_days, .. } => ("payments", *late_days > 0),
        Happening::Expanded { .. } => ("bought more", false),
        Happening::Contacted { .. } => ("taken up", false),
        _ => return None,
    };
    Some(Mark { kind: kind.to_owned(), day: event.day, bad })
}

fn ends(account: &AccountRecord, day: i32, renewal: i32) -> Vec<(i32, Option<bool>)> {
    let over = account.decisions().filter(|(decision, _)| *decision <= day);
    over.map(|(decision, stayed)| (decision, Some(stayed))).chain([(renewal, None)]).collect()
}

/// What would have been said before each decision, by laws of that day.
fn foretold(history: &AccountHistory, account: &AccountRecord, day: i32) -> Vec<Told> {
    let mut told = Vec::new();
    for (decision, renewed) in account.decisions().filter(|(decision, _)| *decision <= day) {
        for days_ahead in HORIZONS.into_iter().rev() {
            let at = decision - days_ahead;
            let laws = Laws::renewal_alone(history, at);
            if let Some(one) = laws.and_then(|laws| laws.standing(0, account, at)) {
                told.push(Told {
                    day: at,
                    decision: date(decision),
                    days_ahead,
                    probability: one.renews.probability,
                    renewed,
                });
            }
        }
    }
    told
}

/// What to do next: only what follows from what is believed.
fn next(told: &AccountExplanation, one: &Standing<'_>) -> Vec<String> {
    let mut next = Vec::new();
    if one.model.sponsor.is_vacant() {
        next.push("Find a new sponsor: nobody sponsors the product since the last one left.".to_owned());
    }
    if told.days_to_renewal <= 120 && told.renews.mean < 0.85 {
        next.push(format!(
            "Talk about the renewal before its notice is due: {:.0}% likely, {} days left.",
            told.renews.mean * 100.0,
            told.days_to_renewal
        ));
    }
    if one.model.usage.trend().is_some_and(|trend| trend < -0.05) {
        next.push("Ask why fewer people come than usually.".to_owned());
    }
    if one.model.tickets.severe(one.model.usage.last().unwrap_or(0)) > 0 {
        next.push("Follow up on the gravest tickets of the last 90 days.".to_owned());
    }
    if let Some((sku, chance, _)) = told.buys.iter().find(|(_, chance, _)| chance.mean >= 0.1) {
        next.push(format!("Offer {sku}: {:.0}% likely to be bought within 90 days.", chance.mean * 100.0));
    }
    if next.is_empty() {
        next.push("Nothing stands out: keep the usual rhythm.".to_owned());
    }
    next
}
