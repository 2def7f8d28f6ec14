//! Who is who: identities of one person, found from evidence and never from a name.
//!
//! A user id is a person, and only an alias makes two user ids one. A customer or an e-mail address is the user's with
//! whom alone it was seen. A device is whoever signed in on it last; before the first sign-in, whoever signed in
//! first. So two people on one device stay two, and several devices of one person are one. All of it is computed
//! anew from the evidence each time, in an order of the identities' own, so that leaving evidence out undoes a merge.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    privacy::{Id, IdKind},
    record::{Body, Ids, Record},
};

/// What is known of who is who.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    /// The user id that others were replaced by, directly or not.
    roots: BTreeMap<Id, Id>,
    /// Sign-ins on devices, in order of time, each different from the one before.
    devices: BTreeMap<Id, Vec<(i64, Id)>>,
    /// Whose customers and addresses are.
    owners: BTreeMap<Id, Id>,
    /// Pairs that were seen together.
    pub evidence: u64,
    /// Devices on which more than one person signed in.
    pub shared_devices: u64,
}

impl Identities {
    /// Works out who is who; pairs in `apart` are no evidence.
    #[must_use]
    pub fn of(records: &[Record], apart: &BTreeSet<(Id, Id)>) -> Self {
        let mut links = Links { apart, aliases: BTreeSet::new(), sign_ins: BTreeMap::new(), pairs: BTreeSet::new() };
        records.iter().for_each(|record| links.note(record));
        let mut found = Self { roots: roots(&links.aliases), ..Self::default() };
        found.evidence = (links.aliases.len() + links.pairs.len() + links.sign_ins.len()) as u64;
        found.settle_devices(links.sign_ins);
        found.settle_owners(&links.pairs);
        found
    }

    /// The person that a row is about at a moment; none if it names nobody.
    #[must_use]
    pub fn person(&self, ids: &Ids, at: i64) -> Option<Id> {
        let owned = |id: Option<Id>| id.and_then(|id| self.owners.get(&id).copied());
        let by_user = ids.user.map(|user| self.root(user));
        by_user
            .or_else(|| owned(ids.customer).filter(|owner| owner.kind == IdKind::User))
            .or_else(|| ids.device.and_then(|device| self.signed_in(device, at)))
            .or_else(|| owned(ids.email).filter(|owner| owner.kind == IdKind::User))
            .or_else(|| owned(ids.customer))
            .or_else(|| owned(ids.email))
            .or(ids.customer)
            .or_else(|| owned(ids.device))
            .or(ids.device)
            .or(ids.email)
    }

    /// All identities that lead to a person at some time.
    #[must_use]
    pub fn identities_of(&self, person: Id) -> BTreeSet<Id> {
        let owned = self.owners.iter().chain(&self.roots).filter(|(_, owner)| **owner == person).map(|(id, _)| *id);
        let signed =
            self.devices.iter().filter(|(_, times)| times.iter().any(|(_, user)| *user == person)).map(|(id, _)| *id);
        owned.chain(signed).chain([person]).collect()
    }

    fn root(&self, user: Id) -> Id {
        self.roots.get(&user).copied().unwrap_or(user)
    }

    fn signed_in(&self, device: Id, at: i64) -> Option<Id> {
        let times = self.devices.get(&device)?;
        let after = times.partition_point(|(time, _)| *time <= at);
        times.get(after.saturating_sub(1)).map(|(_, user)| *user)
    }

    fn settle_devices(&mut self, sign_ins: BTreeMap<Id, BTreeSet<(i64, Id)>>) {
        for (device, times) in sign_ins {
            let mut runs: Vec<(i64, Id)> = times.into_iter().map(|(at, user)| (at, self.root(user))).collect();
            runs.dedup_by_key(|(_, user)| *user);
            self.shared_devices += u64::from(runs.iter().any(|(_, user)| *user != runs[0].1));
            self.devices.insert(device, runs);
        }
    }

    /// Customers and addresses: first by the users they were seen with, then by each other.
    fn settle_owners(&mut self, pairs: &BTreeSet<(Id, Id)>) {
        let mut users: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for &(one, other) in pairs.iter().filter(|(one, _)| one.kind == IdKind::User) {
            users.entry(other).or_default().insert(self.root(one));
        }
        let alone = |users: &BTreeSet<Id>| users.first().copied().filter(|_| users.len() == 1);
        self.owners.extend(users.iter().filter_map(|(id, users)| Some((*id, alone(users)?))));
        // A customer without a user of its own takes that of its addresses, if they agree.
        let mut by_address: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        let mut unowned: BTreeSet<(Id, Id)> = BTreeSet::new();
        for &(one, other) in pairs.iter().filter(|(one, other)| one.kind != IdKind::User && !users.contains_key(other))
        {
            match users.get(&one) {
                Some(users) => by_address.entry(other).or_default().extend(users),
                None => {
                    unowned.insert((one, other));
                }
            }
        }
        self.owners.extend(by_address.iter().filter_map(|(id, users)| Some((*id, alone(users)?))));
        // What is left is one person where it hangs together: a guest by address.
        let groups = roots(
            &unowned
                .into_iter()
                .filter(|(_, other)| !by_address.contains_key(other))
                .map(|(one, other)| (other, one))
                .collect(),
        );
        for (id, root) in groups {
            self.owners.insert(id, root);
            self.owners.insert(root, root);
        }
    }
}

/// Evidence as it is gathered.
struct Links<'a> {
    apart: &'a BTreeSet<(Id, Id)>,
    aliases: BTreeSet<(Id, Id)>,
    sign_ins: BTreeMap<Id, BTreeSet<(i64, Id)>>,
    /// The first is a user, or else an address.
    pairs: BTreeSet<(Id, Id)>,
}

impl Links<'_> {
    fn note(&mut self, record: &Record) {
        match &record.body {
            Body::Activity(activity) => self.pair(&activity.ids, Some(activity.at)),
            Body::Payment(payment) => self.pair(&payment.ids, Some(payment.at)),
            Body::Link(ids) => self.pair(ids, None),
            Body::Alias(before, user) if !self.is_apart(*before, *user) => {
                self.aliases.insert((*before, *user));
            }
            _ => {}
        }
    }

    fn is_apart(&self, one: Id, other: Id) -> bool {
        !self.apart.is_empty() && (self.apart.contains(&(one, other)) || self.apart.contains(&(other, one)))
    }

    fn pair(&mut self, ids: &Ids, at: Option<i64>) {
        if let (Some(user), Some(device)) = (ids.user, ids.device)
            && !self.is_apart(user, device)
        {
            let times = self.sign_ins.entry(device).or_default();
            let at = at.unwrap_or(i64::MAX);
            // Between two sign-ins of the same user, others of that user say nothing new.
            let before = times.range(..=(at, user)).next_back().is_some_and(|(_, last)| *last == user);
            if !before {
                times.insert((at, user));
                let next = times.range((at, user)..).nth(1).copied().filter(|(_, next)| *next == user);
                if let Some(next) = next {
                    times.remove(&next);
                }
            }
        }
        let strong = [(ids.user, ids.customer), (ids.user, ids.email), (ids.email, ids.customer)];
        let guest = (ids.email, ids.device.filter(|_| ids.user.is_none()));
        for (one, other) in strong.into_iter().chain([guest]) {
            if let (Some(one), Some(other)) = (one, other)
                && !self.is_apart(one, other)
            {
                self.pairs.insert((one, other));
            }
        }
    }
}

/// The root of every id that a pair leads from, whatever the order of the pairs; of a group, the smallest id that
/// nothing replaces, else the smallest.
fn roots(pairs: &BTreeSet<(Id, Id)>) -> BTreeMap<Id, Id> {
    let mut parent: BTreeMap<Id, Id> = pairs.iter().flat_map(|&(one, other)| [(one, one), (other, other)]).collect();
    for &(one, other) in pairs {
        let (one, other) = (find(&parent, one), find(&parent, other));
        parent.insert(one.max(other), one.min(other));
    }
    let replaced: BTreeSet<Id> = pairs.iter().map(|(one, _)| *one).collect();
    let mut heads: BTreeMap<Id, (bool, Id)> = BTreeMap::new();
    for &id in parent.keys() {
        let head = heads.entry(find(&parent, id)).or_insert((true, id));
        *head = (*head).min((replaced.contains(&id), id));
    }
    parent.keys().map(|&id| (id, heads.get(&find(&parent, id)).map_or(id, |head| head.1))).collect()
}

fn find(parent: &BTreeMap<Id, Id>, mut id: Id) -> Id {
    while let Some(&up) = parent.get(&id).filter(|up| **up != id) {
        id = up;
    }
    id
}
