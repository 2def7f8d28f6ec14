//! Which accounts there are, as a company's records have it: tier, parent, members and contracts, checked before
//! anything is learned from them. Days are counted from any fixed day.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use crate::base::units::{Money, UserId};

/// One account as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub id: String,
    /// The name of its tier.
    pub tier: String,
    /// The account it belongs to.
    pub parent: Option<String>,
    /// Who works with the product there.
    pub members: Vec<UserId>,
    /// Its contracts, in any order.
    pub contracts: Vec<Contract>,
}

/// One contract: from its first day until the day on which it is renewed or ends, which is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contract {
    /// Its first day \[day\].
    pub start: i32,
    /// The day of the renewal \[day\].
    pub renewal: i32,
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RegisterError {
    /// An account twice.
    #[error("the account `{0}` must be there once, but is there twice")]
    AccountTwice(String),
    /// A tier that is not there.
    #[error("account `{account}`: there is no tier `{found}`, expected one of {known}")]
    UnknownTier {
        /// The account.
        account: String,
        /// Its tier.
        found: String,
        /// The tiers there are.
        known: String,
    },
    /// Nobody there.
    #[error("account `{0}`: it must have at least 1 member, but has none")]
    NoMember(String),
    /// A member of two accounts, or twice of one.
    #[error("member {member}: must be in one account once, but is in `{first}` and in `{second}`")]
    MemberTwice {
        /// The member.
        member: u64,
        /// Where the member was found first.
        first: String,
        /// Where again.
        second: String,
    },
    /// A contract that ends before it begins.
    #[error("account `{account}`: a renewal must come after the start (day {start}), but is on day {renewal}")]
    RenewalBeforeStart {
        /// The account.
        account: String,
        /// The first day.
        start: i32,
        /// The day of the renewal.
        renewal: i32,
    },
    /// Two contracts at once.
    #[error(
        "account `{account}`: a contract must start when the one before is over (day {over}), but starts on day {start}"
    )]
    Overlap {
        /// The account.
        account: String,
        /// The day on which the earlier one is over.
        over: i32,
        /// The first day of the later one.
        start: i32,
    },
    /// A parent that is not there.
    #[error("account `{account}`: its parent `{parent}` is not among the accounts")]
    UnknownParent {
        /// The account.
        account: String,
        /// The parent.
        parent: String,
    },
    /// An account above itself.
    #[error("account `{0}`: it is above itself among its own parents")]
    CyclicParent(String),
}

impl RegisterError {
    /// The account it is about.
    #[must_use]
    pub fn account(&self) -> &str {
        match self {
            Self::AccountTwice(account)
            | Self::NoMember(account)
            | Self::CyclicParent(account)
            | Self::UnknownTier { account, .. }
            | Self::RenewalBeforeStart { account, .. }
            | Self::Overlap { account, .. }
            | Self::UnknownParent { account, .. } => account,
            Self::MemberTwice { second, .. } => second,
        }
    }
}

/// Accounts that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    entries: BTreeMap<String, Entry>,
}

impl Register {
    /// Checks the entries against each other and against the names of the tiers.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of the entries; what is wrong with parents comes last.
    pub fn new(entries: Vec<Entry>, tiers: &[&str]) -> Result<Self, RegisterError> {
        let mut homes = BTreeMap::new();
        let mut known = BTreeMap::new();
        for mut entry in entries {
            check_tier(&entry, tiers)?;
            settle(&entry, &mut homes)?;
            entry.contracts.sort_unstable();
            check_contracts(&entry)?;
            let id = entry.id.clone();
            if known.insert(id.clone(), entry).is_some() {
                return Err(RegisterError::AccountTwice(id));
            }
        }
        let register = Self { entries: known };
        register.entries.keys().try_for_each(|id| register.top_of(id).map(drop))?;
        Ok(register)
    }

    /// Adds up what belongs to each account under the account at the top of its parents; names that are not in the
    /// register are left out.
    #[must_use]
    pub fn roll_up(&self, amounts: &BTreeMap<String, Money>) -> BTreeMap<&str, Money> {
        let mut sums = BTreeMap::new();
        for (id, amount) in amounts {
            let known = self.entries.get_key_value(id);
            if let Some(Ok(top)) = known.map(|(id, _)| self.top_of(id)) {
                *sums.entry(top).or_insert(Money::ZERO) += *amount;
            }
        }
        sums
    }

    fn top_of<'a>(&'a self, id: &'a str) -> Result<&'a str, RegisterError> {
        let (mut at, mut passed) = (id, BTreeSet::from([id]));
        while let Some(parent) = self.entries.get(at).and_then(|entry| entry.parent.as_deref()) {
            if !self.entries.contains_key(parent) {
                return Err(RegisterError::UnknownParent { account: at.to_owned(), parent: parent.to_owned() });
            }
            if !passed.insert(parent) {
                return Err(RegisterError::CyclicParent(parent.to_owned()));
            }
            at = parent;
        }
        Ok(at)
    }
}

fn check_tier(entry: &Entry, tiers: &[&str]) -> Result<(), RegisterError> {
    if tiers.contains(&entry.tier.as_str()) {
        return Ok(());
    }
    let known = tiers.join(", ");
    Err(RegisterError::UnknownTier { account: entry.id.clone(), found: entry.tier.clone(), known })
}

/// Gives every member the account as their home.
fn settle(entry: &Entry, homes: &mut BTreeMap<UserId, String>) -> Result<(), RegisterError> {
    if entry.members.is_empty() {
        return Err(RegisterError::NoMember(entry.id.clone()));
    }
    for &member in &entry.members {
        if let Some(first) = homes.insert(member, entry.id.clone()) {
            return Err(RegisterError::MemberTwice { member: member.0, first, second: entry.id.clone() });
        }
    }
    Ok(())
}

/// Contracts in the order of their first days.
fn check_contracts(entry: &Entry) -> Result<(), RegisterError> {
    let account = || entry.id.clone();
    if let Some(&Contract { start, renewal }) = entry.contracts.iter().find(|one| one.renewal <= one.start) {
        return Err(RegisterError::RenewalBeforeStart { account: account(), start, renewal });
    }
    match entry.contracts.windows(2).find(|pair| pair[1].start < pair[0].renewal) {
        Some(pair) => Err(RegisterError::Overlap { account: account(), over: pair[0].renewal, start: pair[1].start }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, parent: Option<&str>, member: u64) -> Entry {
        let contracts = vec![Contract { start: 365, renewal: 730 }, Contract { start: 0, renewal: 365 }];
        let parent = parent.map(str::to_owned);
        Entry { id: id.to_owned(), tier: "smb".to_owned(), parent, members: vec![UserId(member)], contracts }
    }

    fn refused(entries: Vec<Entry>) -> String {
        Register::new(entries, &["smb", "mid"]).unwrap_err().to_string()
    }

    #[test]
    fn an_entry_that_is_wrong_by_itself_is_refused_with_what_was_found() {
        let wrong = |change: fn(&mut Entry)| {
            let mut one = entry("a", None, 1);
            change(&mut one);
            refused(vec![one])
        };
        assert_eq!(wrong(|one| one.members.clear()), "account `a`: it must have at least 1 member, but has none");
        assert_eq!(
            wrong(|one| one.tier = "big".to_owned()),
            "account `a`: there is no tier `big`, expected one of smb, mid"
        );
        assert_eq!(
            wrong(|one| one.contracts[1].renewal = -1),
            "account `a`: a renewal must come after the start (day 0), but is on day -1"
        );
        assert_eq!(
            wrong(|one| one.contracts[0].start = 300),
            "account `a`: a contract must start when the one before is over (day 365), but starts on day 300"
        );
    }

    #[test]
    fn entries_that_contradict_each_other_are_refused() {
        assert_eq!(
            refused(vec![entry("a", None, 1), entry("b", None, 1)]),
            "member 1: must be in one account once, but is in `a` and in `b`"
        );
        assert_eq!(
            refused(vec![entry("a", None, 1), entry("a", None, 2)]),
            "the account `a` must be there once, but is there twice"
        );
        assert_eq!(refused(vec![entry("a", Some("c"), 1)]), "account `a`: its parent `c` is not among the accounts");
        assert_eq!(
            refused(vec![entry("a", Some("b"), 1), entry("b", Some("a"), 2)]),
            "account `a`: it is above itself among its own parents"
        );
    }

    #[test]
    fn subsidiaries_roll_up_to_the_top_of_their_parents() {
        let entries =
            vec![entry("a", Some("b"), 1), entry("b", Some("c"), 2), entry("c", None, 3), entry("d", None, 4)];
        let register = Register::new(entries, &["smb"]).unwrap();
        let amounts = ["a", "b", "c", "d", "stranger"].map(|id| (id.to_owned(), Money::from_minor(10)));
        let sums = register.roll_up(&BTreeMap::from(amounts));
        assert_eq!(sums, BTreeMap::from([("c", Money::from_minor(30)), ("d", Money::from_minor(10))]));
    }
}
