//! What must hold between the parts of a world of accounts.

use std::collections::BTreeSet;

use super::{
    Accounts,
    expansion::{Readiness, SKUS},
    play::{Eligible, PLAYS},
    renewal::Signal,
};
use crate::history::account::MODULES;

/// Something that does not hold: the text that names its place, what is wrong, and, where a name is unknown, the name
/// and those that are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Words in the file by which the place is found.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// The known names, where one is unknown.
    pub known: Vec<String>,
}

/// All that does not hold.
#[must_use]
pub fn check(accounts: &Accounts) -> Vec<Wrong> {
    let mut found = Found(Vec::new());
    found.tiers(accounts);
    found.people(accounts);
    found.modules(accounts);
    found.renewal(accounts);
    found.expansion(accounts);
    found.plays(accounts);
    found.0
}

struct Found(Vec<Wrong>);

impl Found {
    fn unless(&mut self, holds: bool, place: &str, what: String) {
        if !holds {
            self.0.push(Wrong { place: place.to_owned(), what, known: Vec::new() });
        }
    }

    fn known(&mut self, what: &str, name: &str, known: &[&str]) {
        if known.contains(&name) {
            return;
        }
        let list =
            if known.is_empty() { "there are none".to_owned() } else { format!("there are {}", known.join(", ")) };
        self.0.push(Wrong {
            place: format!("\"{name}\""),
            what: format!("no {what} is named \"{name}\"; {list}"),
            known: known.iter().map(ToString::to_string).collect(),
        });
    }

    fn once<'a>(&mut self, what: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            self.unless(seen.insert(name), &format!("\"{name}\""), format!("two {what}s are named \"{name}\""));
        }
    }

    fn tiers(&mut self, accounts: &Accounts) {
        let count = accounts.tiers.len();
        self.unless((1..=16).contains(&count), "tiers", format!("there must be 1 to 16 tiers, but there are {count}"));
        self.once("tier", accounts.tiers.iter().map(|tier| tier.id.as_str()));
        for tier in &accounts.tiers {
            let place = format!("\"{}\"", tier.id);
            self.unless(
                tier.count > 0,
                &place,
                format!("the tier \"{}\" must hold at least 1 account, but holds 0", tier.id),
            );
            let seats = tier.seats.mean.value();
            self.unless(
                seats <= 1e6,
                &place,
                format!("an account has at most a million seats on average, but \"{}\" has {seats}", tier.id),
            );
        }
        let members: f64 = accounts.tiers.iter().map(|tier| f64::from(tier.count) * tier.seats.mean.value()).sum();
        self.unless(
            members <= 1e8,
            "tiers",
            format!("there must be at most 100 million members, but there are about {members:.0}"),
        );
    }

    fn people(&mut self, accounts: &Accounts) {
        let count = accounts.roles.len();
        self.unless((1..=16).contains(&count), "roles", format!("there must be 1 to 16 roles, but there are {count}"));
        self.once("role", accounts.roles.iter().map(|role| role.id.as_str()));
        let sum: f64 = accounts.roles.iter().map(|role| role.share.value()).sum();
        self.unless(
            (sum - 1.0).abs() < 1e-6,
            "roles",
            format!("the roles' shares must add up to 1, but add up to {sum}"),
        );
        let sum: f64 = accounts.voices.severities.iter().map(|share| share.value()).sum();
        self.unless(
            (sum - 1.0).abs() < 1e-6,
            "severities",
            format!("the shares of severities must add up to 1, but add up to {sum}"),
        );
        let terms = accounts.contract.multi_year.terms;
        self.unless(terms >= 1, "multi_year", "contracts over several terms last at least 1".to_owned());
    }

    fn modules(&mut self, accounts: &Accounts) {
        let names: Vec<&str> = accounts.modules.iter().map(|module| module.id.as_str()).collect();
        let count = names.len();
        self.unless(
            (1..=MODULES).contains(&count),
            "modules",
            format!("a product has 1 to {MODULES} modules, but this one has {count}"),
        );
        self.once("module", names.iter().copied());
        for (place, module) in accounts.modules.iter().enumerate() {
            for needed in &module.requires {
                self.known("module", needed, &names);
                // So there can be no circle.
                let before = names.iter().position(|name| name == needed).is_none_or(|needed| needed < place);
                let what = format!(
                    "a module must come after those it requires, but \"{}\" comes before \"{needed}\"",
                    module.id
                );
                self.unless(before, &format!("\"{}\"", module.id), what);
            }
        }
    }

    fn renewal(&mut self, accounts: &Accounts) {
        let names: Vec<&str> = accounts.modules.iter().map(|module| module.id.as_str()).collect();
        for term in &accounts.renewal.terms {
            if let Signal::Module(id) = &term.signal {
                self.known("module", id, &names);
            }
            self.unless(
                term.weight.is_finite() && term.center.is_finite(),
                "terms",
                "a term's weight and center must be numbers".to_owned(),
            );
        }
    }

    fn expansion(&mut self, accounts: &Accounts) {
        let names: Vec<&str> = accounts.modules.iter().map(|module| module.id.as_str()).collect();
        let tiers: Vec<&str> = accounts.tiers.iter().map(|tier| tier.id.as_str()).collect();
        let count = accounts.expansion.len();
        self.unless(
            count <= SKUS,
            "expansion",
            format!("there are at most {SKUS} products on top, but here are {count}"),
        );
        self.once("product", accounts.expansion.iter().map(|sku| sku.id.as_str()));
        for sku in &accounts.expansion {
            sku.acv_share.keys().chain(sku.monthly_hazard.keys()).for_each(|tier| self.known("tier", tier, &tiers));
            for condition in &sku.ready_when {
                if let Readiness::UsedWeekly { module, .. } = condition {
                    self.known("module", module, &names);
                }
            }
        }
    }

    fn plays(&mut self, accounts: &Accounts) {
        let count = accounts.plays.len();
        self.unless(count <= PLAYS, "plays", format!("there are at most {PLAYS} plays, but here are {count}"));
        self.once("play", accounts.plays.iter().map(|play| play.id.as_str()));
        let skus: Vec<&str> = accounts.expansion.iter().map(|sku| sku.id.as_str()).collect();
        let tiers: Vec<&str> = accounts.tiers.iter().map(|tier| tier.id.as_str()).collect();
        for play in &accounts.plays {
            for condition in &play.eligible {
                match condition {
                    Eligible::ExpansionAtLeast { sku, .. } => self.known("product", sku, &skus),
                    Eligible::Tiers(ids) => ids.iter().for_each(|id| self.known("tier", id, &tiers)),
                    Eligible::ContractDays(from, to) => {
                        let what = format!("ContractDays must go from a first to a later day, but are ({from}, {to})");
                        self.unless(from <= to, "ContractDays", what);
                    }
                    _ => {}
                }
            }
        }
    }
}
