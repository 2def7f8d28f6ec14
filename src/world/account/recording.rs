//! What others saw of a simulated world's accounts: nothing of what they are.

use super::cohort::{Cohort, World};
use crate::{
    base::units::UserId,
    history::account::{AccountEvent, AccountHistory, AccountRecord, Enrolment, Member},
};

/// The history of a world as its blocks end.
#[must_use]
pub fn history(world: &World, cohorts: &[Cohort]) -> AccountHistory {
    let ground = &world.ground;
    let accounts = world.population.accounts.iter().map(|newcomer| AccountRecord {
        id: format!("A{:05}", newcomer.account).as_str().into(),
        tier: newcomer.tier,
        parent: newcomer.parent,
        enrolled: None,
        members: Vec::new(),
        events: Vec::new(),
    });
    let mut history = AccountHistory {
        currency: ground.currency,
        tiers: ground.law.tiers.iter().map(|tier| tier.id.as_str().into()).collect(),
        roles: ground.law.roles.iter().map(|role| role.id.as_str().into()).collect(),
        modules: ground.modules(),
        skus: ground.law.expansion.iter().map(|sku| sku.id.as_str().into()).collect(),
        days: (ground.calendar(0), ground.calendar(ground.days)),
        accounts: accounts.collect(),
    };
    for cohort in cohorts {
        for company in cohort.companies() {
            let events: &[AccountEvent] = &company.events;
            let record = &mut history.accounts[company.account as usize];
            record.events = events.to_vec();
            record.enrolled = company.enrolled.map(|(day, treated)| Enrolment {
                arm: if treated { "treated" } else { "control" }.into(),
                day: ground.calendar(day),
            });
        }
        for (account, member) in cohort.members() {
            let record = &mut history.accounts[account as usize];
            record.members.push(seen(world, account, member));
        }
    }
    for account in &mut history.accounts {
        account.members.sort_unstable_by_key(|member| member.user);
        // Letters of members arrive in the epoch after; a history tells things in the order in which they happened.
        account.events.sort_by_key(|event| (event.day, event.what.rank()));
        keep_seated(account);
    }
    history.accounts.retain(|account| !account.events.is_empty());
    history
}

fn seen(world: &World, account: u32, member: &super::member::Member) -> Member {
    Member {
        user: user(world, account, member.place),
        role: member.role,
        modules: member.seen.modules,
        active_weeks: member.seen.active_weeks,
        sessions: member.seen.sessions,
        last_active: (member.seen.last > 0).then(|| world.ground.calendar(member.seen.last.into())),
    }
}

/// Members are numbered through all accounts.
fn user(world: &World, account: u32, place: u32) -> UserId {
    UserId(u64::from(world.population.first[account as usize] + place))
}

/// Places that nobody has taken yet are no members.
fn keep_seated(account: &mut AccountRecord) {
    use crate::history::account::Happening;
    let seats = account.events.iter().filter_map(|event| match &event.what {
        Happening::Started(terms) | Happening::Renewed(terms) => Some(terms.seats as usize),
        _ => None,
    });
    account.members.truncate(seats.max().unwrap_or(0));
}
