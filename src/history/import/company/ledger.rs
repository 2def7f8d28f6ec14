//! Which accounts the tools mean, and who and what belongs to them.
//!
//! Contracts are the CRM's, so its accounts are the accounts. Another tool's account is one of them if it bears the CRM's
//! id, keeps it as its own reference, or has the same site; never by name. A person of several tools is one by address,
//! and belongs to one account.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deal, Fact, Key, Signed, Spot, Told};
use crate::history::{
    import::privacy::Id,
    name::Name,
    rejection::{Flaw, Rejection, inert},
};

/// Tools that keep contracts.
const CRM: [&str; 2] = ["salesforce", "hubspot"];

/// An account with all that was told of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Its tier, if one was told.
    pub tier: Option<Name>,
    /// The account above it.
    pub parent: Option<Name>,
    /// Who belongs to it, and whether they are known from the product.
    pub members: BTreeMap<Id, bool>,
    /// What was to be sold to it.
    pub deals: Vec<(Spot, Deal)>,
    /// Contracts as the CRM keeps them.
    pub signed: Vec<Signed>,
    /// Who used what when \[days since 1970\].
    pub uses: BTreeSet<(i32, Id, Name)>,
    /// Tickets by id: when, how bad, how judged.
    pub tickets: BTreeMap<Name, (i32, u8, Option<u8>)>,
}

/// All accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// By name.
    pub accounts: BTreeMap<Name, Account>,
    /// What could not be joined.
    pub rejected: Vec<Rejection>,
}

impl Ledger {
    /// Joins what was told.
    #[must_use]
    pub fn of(told: &Told) -> Self {
        let (names, people) = (Names::of(told), People::of(told));
        let mut joining = Joining { names, homes: BTreeMap::new(), people, ledger: Self::default() };
        joining.all(told, Joining::account);
        told.facts.iter().for_each(|(_, fact)| joining.member(fact));
        joining.all(told, Joining::rest);
        joining.ledger
    }
}

/// What accounts are called.
#[derive(Default)]
struct Names {
    known: BTreeMap<Key, Name>,
    deals: BTreeMap<Name, Key>,
    stages: BTreeMap<Name, Option<bool>>,
    tickets: BTreeMap<Name, Key>,
}

impl Names {
    fn of(told: &Told) -> Self {
        let mut names = Self::default();
        let mut crm: BTreeSet<Key> = BTreeSet::new();
        let mut sites: BTreeMap<&Name, BTreeSet<&Key>> = BTreeMap::new();
        for (_, fact) in &told.facts {
            crm.extend(mentioned(fact).into_iter().filter(|key| CRM.contains(&key.tool)).cloned());
            match fact {
                Fact::Account { key, site: Some(site), .. } => drop(sites.entry(site).or_default().insert(key)),
                Fact::DealOf { deal, account } => drop(names.deals.insert(deal.clone(), account.clone())),
                Fact::Stage { id, won } => drop(names.stages.insert(id.clone(), *won)),
                Fact::TicketOf { ticket, account } => drop(names.tickets.insert(ticket.clone(), account.clone())),
                _ => {}
            }
        }
        let mut by_id: BTreeMap<Name, Vec<Key>> = BTreeMap::new();
        crm.iter().for_each(|key| by_id.entry(key.id.clone()).or_default().push(key.clone()));
        for key in &crm {
            // Two tools may use the same number for different companies.
            let alone = by_id[&key.id].len() == 1;
            let name = if alone { key.id.to_string() } else { format!("{} {}", key.tool, key.id) };
            names.known.insert(key.clone(), shown(&name));
        }
        for (_, fact) in &told.facts {
            if let Fact::Account { key, site, elsewhere, .. } = fact
                && !crm.contains(key)
            {
                let by_id = |id: &Name| by_id.get(short(id)).filter(|keys| keys.len() == 1).map(|keys| &keys[0]);
                let of_site = site.as_ref().and_then(|site| {
                    let mut there = sites[site].iter().filter(|key| crm.contains(**key));
                    there.next().copied().filter(|_| there.next().is_none())
                });
                let found = elsewhere.as_ref().and_then(by_id).or_else(|| by_id(&key.id)).or(of_site);
                if let Some(name) = found.and_then(|found| names.known.get(found)).cloned() {
                    names.known.insert(key.clone(), name);
                }
            }
        }
        // Whose account a tool has no table of may bear the CRM's id all the same.
        for key in told.facts.iter().filter_map(|(_, fact)| mentioned(fact)) {
            if !names.known.contains_key(key)
                && let Some([one]) = by_id.get(short(&key.id)).map(Vec::as_slice)
            {
                let name = names.known[one].clone();
                names.known.insert(key.clone(), name);
            }
        }
        names
    }
}

/// A name that a spreadsheet shows and never runs.
fn shown(text: &str) -> Name {
    inert(text).as_ref().into()
}

/// An id without the letters that only guard its case.
fn short(id: &Name) -> &str {
    id.get(..15).filter(|_| id.len() == 18).unwrap_or(id)
}

fn mentioned(fact: &Fact) -> Option<&Key> {
    match fact {
        Fact::Account { key, .. } => Some(key),
        Fact::Deal(deal) => deal.account.as_ref(),
        Fact::DealOf { account, .. } | Fact::TicketOf { account, .. } => Some(account),
        Fact::Contract(signed) => Some(&signed.account),
        Fact::Member { account, .. } | Fact::Use { account, .. } | Fact::Ticket { account, .. } => account.as_ref(),
        Fact::Stage { .. } => None,
    }
}

/// Who is whom: by address.
struct People(BTreeMap<Id, Id>);

impl People {
    fn of(told: &Told) -> Self {
        let mut first: BTreeMap<Id, Id> = BTreeMap::new();
        let mut addresses: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for (_, fact) in &told.facts {
            if let Fact::Member { who, address: Some(address), .. } = fact {
                addresses.entry(*who).or_default().insert(*address);
                first.entry(*address).and_modify(|one| *one = (*one).min(*who)).or_insert(*who);
            }
        }
        // Of several addresses the first decides, so that nobody becomes two.
        let of = |(who, addresses): (Id, BTreeSet<Id>)| Some((who, first[addresses.first()?]));
        Self(addresses.into_iter().filter_map(of).collect())
    }

    fn one(&self, who: Id) -> Id {
        self.0.get(&who).copied().unwrap_or(who)
    }
}

struct Joining {
    names: Names,
    people: People,
    /// Whose member somebody is.
    homes: BTreeMap<Id, Name>,
    ledger: Ledger,
}

impl Joining {
    /// Every fact, in an order that files have no part in.
    fn all(&mut self, told: &Told, take: fn(&mut Self, &Spot, &Fact) -> Result<(), Flaw>) {
        for (spot, fact) in &told.facts {
            if let Err(flaw) = take(self, spot, fact) {
                self.ledger.rejected.push(spot.rejection(flaw));
            }
        }
    }

    fn name(&self, key: &Key) -> Result<Name, Flaw> {
        let expected = "an account of the CRM (by its id, a reference to it, or its site)";
        self.names.known.get(key).cloned().ok_or_else(|| Flaw::new("account", expected, &key.id))
    }

    fn of(&mut self, key: &Key) -> Result<&mut Account, Flaw> {
        let name = self.name(key)?;
        Ok(self.ledger.accounts.entry(name).or_default())
    }

    fn account(&mut self, _: &Spot, fact: &Fact) -> Result<(), Flaw> {
        let Fact::Account { key, tier, parent, .. } = fact else { return Ok(()) };
        let parent = parent.as_ref().and_then(|parent| self.name(parent).ok());
        let tier = tier.as_ref().map(|tier| shown(tier));
        let account = self.of(key)?;
        // Of several that tell, the least, whatever the order of the files.
        let least = |known: &Option<Name>, told: &Option<Name>| known.iter().chain(told).min().cloned();
        (account.tier, account.parent) = (least(&account.tier, &tier), least(&account.parent, &parent));
        Ok(())
    }

    /// Whoever some tool says to belong somewhere: the account whose name comes first, if several do.
    fn member(&mut self, fact: &Fact) {
        let (Fact::Member { who, account: Some(key), .. } | Fact::Use { who, account: Some(key), .. }) = fact else {
            return;
        };
        if let Ok(name) = self.name(key) {
            let who = self.people.one(*who);
            self.homes.entry(who).and_modify(|home| *home = name.clone().min(home.clone())).or_insert(name);
        }
    }

    fn home(&self, who: Id) -> Result<&Name, Flaw> {
        let expected = "a member of an account (by a contact, an organisation or a group)";
        self.homes.get(&who).ok_or_else(|| Flaw::new("member", expected, &who.to_string()))
    }

    fn rest(&mut self, spot: &Spot, fact: &Fact) -> Result<(), Flaw> {
        match fact {
            Fact::Deal(deal) => self.deal(spot, deal),
            Fact::Contract(signed) => {
                self.of(&signed.account)?.signed.push(signed.clone());
                Ok(())
            }
            Fact::Member { who, account, .. } => self.belongs(*who, account.as_ref(), false),
            Fact::Use { who, account, day, module } => {
                self.belongs(*who, account.as_ref(), true)?;
                let who = self.people.one(*who);
                let home = self.home(who)?.clone();
                self.ledger.accounts.entry(home).or_default().uses.insert((*day, who, shown(module)));
                Ok(())
            }
            Fact::Ticket { id, account, who, day, severity, satisfaction } => {
                let key = account.as_ref().or_else(|| self.names.tickets.get(id));
                let name = match (key, who) {
                    (Some(key), _) => self.name(key)?,
                    (None, Some(who)) => self.home(self.people.one(*who))?.clone(),
                    (None, None) => return Err(Flaw::new("account", "the account that asks", "")),
                };
                let told = (*day, *severity, *satisfaction);
                self.ledger.accounts.entry(name).or_default().tickets.insert(id.clone(), told);
                Ok(())
            }
            Fact::Account { .. } | Fact::DealOf { .. } | Fact::Stage { .. } | Fact::TicketOf { .. } => Ok(()),
        }
    }

    fn deal(&mut self, spot: &Spot, deal: &Deal) -> Result<(), Flaw> {
        let key = deal.account.clone().or_else(|| self.names.deals.get(&deal.id).cloned());
        let key = key.ok_or_else(|| Flaw::new("account", "the account that the deal is about", &deal.id))?;
        let told = deal.stage.as_ref().and_then(|stage| self.names.stages.get(stage).copied()).flatten();
        let product = deal.product.as_ref().map(|product| shown(product));
        let deal = Deal { won: deal.won.or(told), product, ..deal.clone() };
        let deals = &mut self.of(&key)?.deals;
        // The later row of a deal that is there twice is the same deal.
        match deals.iter_mut().find(|(_, known)| known.id == deal.id) {
            Some(known) if (deal.closed, deal.amount) > (known.1.closed, known.1.amount) => {
                *known = (spot.clone(), deal);
            }
            Some(_) => {}
            None => deals.push((spot.clone(), deal)),
        }
        Ok(())
    }

    fn belongs(&mut self, who: Id, key: Option<&Key>, uses: bool) -> Result<(), Flaw> {
        let who = self.people.one(who);
        let Some(home) = self.homes.get(&who).cloned() else {
            // Somebody of a tool that does not say where, and who did nothing yet.
            return key.map_or(Ok(()), |key| self.name(key).map(drop));
        };
        if let Some(key) = key {
            let name = self.name(key)?;
            if name != home {
                let expected = format!("in one account, but is in {home} already");
                return Err(Flaw::new("member", expected, &name));
            }
        }
        let known = self.ledger.accounts.entry(home).or_default().members.entry(who).or_default();
        *known |= uses || who.kind == crate::history::import::privacy::IdKind::User;
        Ok(())
    }
}
