//! Who is who: identities of one person, found from evidence and never from a name.
//!
//! A user id is a person, and only an alias makes two user ids one. A customer or an e-mail address is the user's with
//! whom alone it was seen. A device is whoever signed in on it last; before the first sign-in, whoever signed in
//! first. So two people on one device stay two, and several devices of one person are one. All of it is computed
//! anew from the evidence each time, in an order of the identities' own, so that leaving evidence out undoes a merge.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexSet;

use super::{
    held::{Held, Names, Number, Numbers, place},
    privacy::{Id, IdKind},
    record::{Body, Ids},
};

/// What is known of who is who. Identities go by their numbers among those that are held.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    /// By number: of a user id the one that it was replaced by, directly or not; of others themselves.
    roots: Vec<Number>,
    /// By number of a device: sign-ins in order of time, each of another person than the one before.
    devices: Vec<Box<[(i64, Number)]>>,
    /// By number of a customer or an address: whose it is.
    owners: Vec<Option<Number>>,
    /// Whether a number is a user's.
    is_user: Vec<bool>,
    /// Pairs that were seen together.
    pub evidence: u64,
    /// Devices on which more than one person signed in.
    pub shared_devices: u64,
}

impl Identities {
    /// Works out who is who; pairs in `apart` are no evidence.
    #[must_use]
    pub fn of(held: &Held, apart: &BTreeSet<(Id, Id)>) -> Self {
        let names = &held.names;
        let links = Links::of(held, apart);
        let mut found = Self {
            roots: (1..=names.ids.len() as u32).filter_map(Number::new).collect(),
            devices: vec![Box::default(); names.ids.len()],
            owners: vec![None; names.ids.len()],
            is_user: names.ids.iter().map(|id| id.kind == IdKind::User).collect(),
            ..Self::default()
        };
        for (id, root) in roots(&links.aliases) {
            found.set_root(names, id, root);
        }
        let devices = found.settle_devices(held, apart);
        found.evidence = (links.aliases.len() + links.pairs.len()) as u64 + devices;
        found.settle_owners(names, &links.pairs);
        found
    }

    /// The person that a row is about at a moment; none if it names nobody.
    #[must_use]
    pub fn person(&self, ids: &Numbers, at: i64) -> Option<Number> {
        if let Some(user) = ids.user {
            return Some(self.roots[place(user)]);
        }
        let owned = |id: Option<Number>| id.and_then(|id| self.owners[place(id)]);
        let user_of = |id: Option<Number>| owned(id).filter(|owner| self.is_user[place(*owner)]);
        user_of(ids.customer)
            .or_else(|| ids.device.and_then(|device| self.signed_in(device, at)))
            .or_else(|| user_of(ids.email))
            .or_else(|| owned(ids.customer))
            .or_else(|| owned(ids.email))
            .or(ids.customer)
            .or_else(|| owned(ids.device))
            .or(ids.device)
            .or(ids.email)
    }

    /// All identities that lead to a person at some time.
    #[must_use]
    pub fn identities_of(&self, person: Number, names: &Names) -> BTreeSet<Id> {
        let leads = |number: &usize| {
            self.roots[*number] == person
                || self.owners[*number] == Some(person)
                || self.devices[*number].iter().any(|(_, user)| *user == person)
        };
        names.ids.iter().enumerate().filter(|(number, _)| leads(number)).map(|(_, id)| *id).collect()
    }

    fn signed_in(&self, device: Number, at: i64) -> Option<Number> {
        let times = &self.devices[place(device)];
        let after = times.partition_point(|(time, _)| *time <= at);
        times.get(after.saturating_sub(1)).map(|(_, user)| *user)
    }

    fn set_root(&mut self, names: &Names, id: Id, root: Id) {
        if let (Some(id), Some(root)) = (names.ids.find(&id), names.ids.find(&root)) {
            self.roots[place(id)] = root;
        }
    }

    /// With the number of devices that somebody signed in on.
    fn settle_devices(&mut self, held: &Held, apart: &BTreeSet<(Id, Id)>) -> u64 {
        let names = &held.names;
        let sign_ins = SignIns::of(held, apart);
        let mut devices = 0;
        for device in 0..names.ids.len() {
            let mut times = sign_ins.on(device, held);
            // Who signed in at one moment, in an order of their own.
            times.sort_unstable_by_key(|(at, user)| (*at, *names.ids.get(*user)));
            times.iter_mut().for_each(|(_, user)| *user = self.roots[place(*user)]);
            times.dedup_by_key(|(_, user)| *user);
            self.shared_devices += u64::from(times.iter().any(|(_, user)| *user != times[0].1));
            devices += u64::from(!times.is_empty());
            self.devices[device] = times.into();
        }
        devices
    }

    /// Customers and addresses: first by the users they were seen with, then by each other.
    fn settle_owners(&mut self, names: &Names, pairs: &BTreeSet<(Id, Id)>) {
        let root = |id: Id| names.ids.find(&id).map_or(id, |number| *names.ids.get(self.roots[place(number)]));
        let mut users: BTreeMap<Id, BTreeSet<Id>> = BTreeMap::new();
        for &(one, other) in pairs.iter().filter(|(one, _)| one.kind == IdKind::User) {
            users.entry(other).or_default().insert(root(one));
        }
        let alone = |users: &BTreeSet<Id>| users.first().copied().filter(|_| users.len() == 1);
        let mut owners: BTreeMap<Id, Id> = users.iter().filter_map(|(id, users)| Some((*id, alone(users)?))).collect();
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
        owners.extend(by_address.iter().filter_map(|(id, users)| Some((*id, alone(users)?))));
        // What is left is one person where it hangs together: a guest by address.
        let guests = unowned.into_iter().filter(|(_, other)| !by_address.contains_key(other));
        for (id, root) in roots(&guests.map(|(one, other)| (other, one)).collect()) {
            owners.insert(id, root);
            owners.insert(root, root);
        }
        for (id, owner) in owners {
            if let (Some(id), Some(owner)) = (names.ids.find(&id), names.ids.find(&owner)) {
                self.owners[place(id)] = Some(owner);
            }
        }
    }
}

/// Evidence that needs no time.
struct Links {
    aliases: BTreeSet<(Id, Id)>,
    /// The first is a user, or else an address.
    pairs: BTreeSet<(Id, Id)>,
}

impl Links {
    fn of(held: &Held, apart: &BTreeSet<(Id, Id)>) -> Self {
        let names = &held.names;
        let mut seen: IndexSet<(Number, Number)> = IndexSet::new();
        held.acts().iter().for_each(|act| seen.extend(pairs(&act.ids)));
        let mut aliases = BTreeSet::new();
        for record in held.others() {
            match &record.body {
                Body::Payment(payment) => seen.extend(pairs(&names.known(&payment.ids))),
                Body::Link(ids) => seen.extend(pairs(&names.known(ids))),
                Body::Alias(before, user) if !is_apart(apart, *before, *user) => {
                    aliases.insert((*before, *user));
                }
                _ => {}
            }
        }
        let ids = |(one, other): (Number, Number)| (*names.ids.get(one), *names.ids.get(other));
        let pairs = seen.into_iter().map(ids).filter(|(one, other)| !is_apart(apart, *one, *other)).collect();
        Self { aliases, pairs }
    }
}

fn is_apart(apart: &BTreeSet<(Id, Id)>, one: Id, other: Id) -> bool {
    !apart.is_empty() && (apart.contains(&(one, other)) || apart.contains(&(other, one)))
}

/// What a row says of customers and addresses.
fn pairs(ids: &Numbers) -> impl Iterator<Item = (Number, Number)> {
    let guest = (ids.email, ids.device.filter(|_| ids.user.is_none()));
    let strong = [(ids.user, ids.customer), (ids.user, ids.email), (ids.email, ids.customer), guest];
    strong.into_iter().filter_map(|(one, other)| Some((one?, other?)))
}

/// Who signed in where and when: places of acts by device, so that ten million need 40 MB.
struct SignIns {
    /// By device, where its acts begin among all, and where the last one's end.
    starts: Vec<u32>,
    acts: Vec<u32>,
    /// Those that other records tell of, in order of the device.
    others: Vec<(Number, i64, Number)>,
}

impl SignIns {
    fn of(held: &Held, apart: &BTreeSet<(Id, Id)>) -> Self {
        let names = &held.names;
        let said = |ids: &Numbers| {
            let (user, device) = (ids.user?, ids.device?);
            (!is_apart(apart, *names.ids.get(user), *names.ids.get(device))).then_some((device, user))
        };
        let other = |body: &Body| {
            let (ids, at): (&Ids, i64) = match body {
                Body::Payment(payment) => (&payment.ids, payment.at),
                Body::Link(ids) => (ids, i64::MAX),
                _ => return None,
            };
            said(&names.known(ids)).map(|(device, user)| (device, at, user))
        };
        let mut others: Vec<_> = held.others().iter().filter_map(|record| other(&record.body)).collect();
        others.sort_unstable();
        let device = |ids: &Numbers| said(ids).map(|(device, _)| place(device));
        let (starts, acts) = grouped(held, names.ids.len(), device);
        Self { starts, acts, others }
    }

    fn on(&self, device: usize, held: &Held) -> Vec<(i64, Number)> {
        let acts = &self.acts[self.starts[device] as usize..self.starts[device + 1] as usize];
        let acts = acts.iter().filter_map(|&act| {
            let act = &held.acts()[act as usize];
            Some((act.at, act.ids.user?))
        });
        let from = self.others.partition_point(|(other, ..)| place(*other) < device);
        let others = self.others[from..].iter().take_while(|(other, ..)| place(*other) == device);
        acts.chain(others.map(|(_, at, user)| (*at, *user))).collect()
    }
}

/// Places of acts by group, and where each group begins: a counting sort.
fn grouped(held: &Held, groups: usize, of: impl Fn(&Numbers) -> Option<usize>) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0; groups + 1];
    for group in held.acts().iter().filter_map(|act| of(&act.ids)) {
        starts[group + 1] += 1;
    }
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut acts = vec![0; starts[groups] as usize];
    for (place, group) in held.acts().iter().enumerate().filter_map(|(place, act)| Some((place, of(&act.ids)?))) {
        acts[next[group] as usize] = place as u32;
        next[group] += 1;
    }
    (starts, acts)
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
