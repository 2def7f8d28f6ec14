//! Records as they are held while they are joined: ten million activities in 400 MB.
//!
//! Activities are by far the most, and each is 40 bytes: its identities, its deed and where it came from are numbers,
//! given as they are first met. Numbers differ with the order of the files, so nothing that is written depends on them.

use std::{collections::BTreeSet, hash::Hash, num::NonZeroU32};

use indexmap::IndexSet;

use super::{
    privacy::Id,
    record::{Activity, Body, Deed, Ids, Record, Touch},
};

/// Place of a thing among the different ones there are, from 1.
pub type Number = NonZeroU32;

/// Different things, numbered as they are first met.
#[derive(Clone, Debug)]
pub struct Numbered<T>(IndexSet<T>);

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self(IndexSet::default())
    }
}

impl<T: Hash + Eq> Numbered<T> {
    /// The number of a thing; a new one if it was never met.
    ///
    /// # Panics
    /// Beyond four thousand million different things.
    #[expect(clippy::expect_used, reason = "a history of that many names would have filled the memory long before")]
    pub fn number(&mut self, thing: T) -> Number {
        let (place, _) = self.0.insert_full(thing);
        u32::try_from(place + 1).ok().and_then(Number::new).expect("fewer than 2^32 different names")
    }

    /// The number of a thing that was met.
    #[must_use]
    pub fn find(&self, thing: &T) -> Option<Number> {
        self.0.get_index_of(thing).and_then(|place| Number::new(place as u32 + 1))
    }

    /// The thing of a number.
    #[must_use]
    pub fn get(&self, number: Number) -> &T {
        &self.0[place(number)]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

/// A number as an index.
#[must_use]
pub const fn place(number: Number) -> usize {
    number.get() as usize - 1
}

/// The identities a row names, by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The signed-in user.
    pub user: Option<Number>,
    /// The device or browser.
    pub device: Option<Number>,
    /// The processor's customer.
    pub customer: Option<Number>,
    /// The normalised e-mail address.
    pub email: Option<Number>,
}

/// An activity as it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// Stays the same when the row is exported again.
    pub key: u64,
    /// Thousandths of a second since 1970.
    pub at: i64,
    /// Who.
    pub ids: Numbers,
    /// What for.
    pub deed: Number,
    /// Where they came from, if the row says.
    pub touch: Option<Number>,
}

const _: () = assert!(size_of::<Act>() == 40);

/// What an act's numbers mean.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// All identities that any record names.
    pub ids: Numbered<Id>,
    /// What activities were.
    pub deeds: Numbered<Deed>,
    /// Where visits came from.
    pub touches: Numbered<Touch>,
}

impl Names {
    /// The identities of a row by their numbers, as far as they were met.
    #[must_use]
    pub fn known(&self, ids: &Ids) -> Numbers {
        let number = |id: Option<Id>| id.and_then(|id| self.ids.find(&id));
        Numbers {
            user: number(ids.user),
            device: number(ids.device),
            customer: number(ids.customer),
            email: number(ids.email),
        }
    }

    fn number(&mut self, ids: &Ids) -> Numbers {
        let mut number = |id: Option<Id>| id.map(|id| self.ids.number(id));
        Numbers {
            user: number(ids.user),
            device: number(ids.device),
            customer: number(ids.customer),
            email: number(ids.email),
        }
    }

    /// The activity in full.
    #[must_use]
    pub fn spelled(&self, act: &Act) -> Record {
        let id = |number: Option<Number>| number.map(|number| *self.ids.get(number));
        let Numbers { user, device, customer, email } = act.ids;
        let ids = Ids { user: id(user), device: id(device), customer: id(customer), email: id(email) };
        let touch = act.touch.map(|touch| self.touches.get(touch).clone());
        let deed = self.deeds.get(act.deed).clone();
        Record { key: act.key, body: Body::Activity(Activity { at: act.at, ids, deed, touch }) }
    }
}

/// Records, each once after [`settle`](Self::settle).
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// What the numbers in acts mean.
    pub names: Names,
    acts: Vec<Act>,
    others: Vec<Record>,
    /// How many of each are of earlier imports.
    earlier: (usize, usize),
}

/// What [`Held::settle`] found in what was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Different activities.
    pub activities: u64,
    /// Records that were there already.
    pub repeated: u64,
}

impl Held {
    /// Adds a record.
    pub fn push(&mut self, record: Record) {
        match record.body {
            Body::Activity(Activity { at, ids, deed, touch }) => {
                let ids = self.names.number(&ids);
                let deed = self.names.deeds.number(deed);
                let touch = touch.map(|touch| self.names.touches.number(touch));
                self.acts.push(Act { key: record.key, at, ids, deed, touch });
            }
            body => {
                self.meet(&body);
                self.others.push(Record { key: record.key, body });
            }
        }
    }

    /// Gives numbers to the identities that a record names.
    fn meet(&mut self, body: &Body) {
        match body {
            Body::Payment(payment) => drop(self.names.number(&payment.ids)),
            Body::Link(ids) => drop(self.names.number(ids)),
            Body::Alias(one, other) => {
                self.names.ids.number(*one);
                self.names.ids.number(*other);
            }
            Body::Activity(_) | Body::Spend(_) | Body::Title(..) | Body::Part(..) => {}
        }
    }

    /// What is held until now is of earlier imports: each once, in order of the keys.
    pub fn is_earlier(&mut self) {
        self.earlier = (self.acts.len(), self.others.len());
    }

    /// Puts new records in the place of earlier ones with the same key, each once and all in order of the keys. Of two
    /// new ones that differ the one stays whose bytes come last, so that their order makes no difference.
    pub fn settle(&mut self) -> Settled {
        let before = self.acts.len() + self.others.len();
        let names = &self.names;
        let spelled = |act: &Act| bytes(&names.spelled(act));
        self.acts[self.earlier.0..].sort_unstable_by(|a, b| {
            a.key.cmp(&b.key).then_with(|| if a == b { a.at.cmp(&b.at) } else { spelled(b).cmp(&spelled(a)) })
        });
        once(&mut self.acts, self.earlier.0, |act| act.key);
        let mut others = self.others.split_off(self.earlier.1);
        others.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| bytes(b).cmp(&bytes(a))));
        others.dedup_by_key(|record| record.key);
        // The bytes of what is no activity come last.
        let mut taken = Keys::of(others.iter().map(|record| record.key).collect());
        retain_from(&mut self.acts, self.earlier.0, |act| !taken.hold(act.key));
        let found = Settled {
            activities: (self.acts.len() - self.earlier.0) as u64,
            repeated: (before - self.earlier.0 - self.earlier.1 - (self.acts.len() - self.earlier.0) - others.len())
                as u64,
        };
        self.replace(others);
        self.earlier = (0, 0);
        found
    }

    /// Takes away earlier records that new ones replace, and sorts all.
    fn replace(&mut self, others: Vec<Record>) {
        if self.earlier != (0, 0) {
            let new = self.acts[self.earlier.0..].iter().map(|act| act.key);
            let new = Keys::of(new.chain(others.iter().map(|record| record.key)).collect());
            let mut left = self.earlier.0;
            let mut taken = new.clone();
            self.acts.retain(|act| {
                let is_new = left == 0;
                left = left.saturating_sub(1);
                is_new || !taken.hold(act.key)
            });
            let mut taken = new;
            self.others.retain(|record| !taken.hold(record.key));
            self.acts.sort_unstable_by_key(|act| act.key);
        }
        self.others.extend(others);
        self.others.sort_by_key(|record| record.key);
    }

    /// Activities, in order of their keys.
    #[must_use]
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// All other records, in order of their keys.
    #[must_use]
    pub fn others(&self) -> &[Record] {
        &self.others
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.acts.len() + self.others.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All records in full: activities, then all others, each in order of their keys.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        self.acts.iter().map(|act| self.names.spelled(act)).chain(self.others.iter().cloned())
    }

    /// The activities alone, and what their numbers mean.
    #[must_use]
    pub fn into_acts(self) -> (Vec<Act>, Names) {
        (self.acts, self.names)
    }

    /// Takes out whatever names somebody of whom nothing is to be kept.
    pub fn erase(&mut self, erased: &BTreeSet<Id>) {
        if erased.is_empty() {
            return;
        }
        let gone: Vec<bool> = self.names.ids.iter().map(|id| erased.contains(id)).collect();
        let names_one = |ids: &Numbers| {
            [ids.user, ids.device, ids.customer, ids.email].into_iter().flatten().any(|number| gone[place(number)])
        };
        self.acts.retain(|act| !names_one(&act.ids));
        let names = &self.names;
        self.others.retain(|record| match &record.body {
            Body::Payment(payment) => !names_one(&names.known(&payment.ids)),
            Body::Link(ids) => !names_one(&names.known(ids)),
            Body::Alias(one, other) => !erased.contains(one) && !erased.contains(other),
            Body::Activity(_) | Body::Spend(_) | Body::Title(..) | Body::Part(..) => true,
        });
    }
}

fn bytes(record: &Record) -> Vec<u8> {
    postcard::to_stdvec(&record.body).unwrap_or_default()
}

/// Of neighbours with the same key from a place on, the first.
fn once<T: Copy>(all: &mut Vec<T>, from: usize, key: impl Fn(&T) -> u64) {
    let mut last = None;
    retain_from(all, from, |one| {
        let key = Some(key(one));
        std::mem::replace(&mut last, key) != key
    });
}

fn retain_from<T: Copy>(all: &mut Vec<T>, from: usize, mut keep: impl FnMut(&T) -> bool) {
    let mut kept = from;
    for index in from..all.len() {
        let one = all[index];
        if keep(&one) {
            all[kept] = one;
            kept += 1;
        }
    }
    all.truncate(kept);
}

/// Keys that are asked for in rising order.
#[derive(Clone)]
struct Keys {
    sorted: Vec<u64>,
    next: usize,
}

impl Keys {
    fn of(mut keys: Vec<u64>) -> Self {
        keys.sort_unstable();
        Self { sorted: keys, next: 0 }
    }

    fn hold(&mut self, key: u64) -> bool {
        while self.sorted.get(self.next).is_some_and(|&known| known < key) {
            self.next += 1;
        }
        self.sorted.get(self.next) == Some(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::import::privacy::IdKind;

    fn act(key: u64, at: i64) -> Record {
        let user = Some(Id { kind: IdKind::User, hash: 7 });
        let deed = Deed::Feature("export".into());
        Record { key, body: Body::Activity(Activity { at, ids: Ids { user, ..Ids::default() }, deed, touch: None }) }
    }

    fn link(key: u64) -> Record {
        Record { key, body: Body::Link(Ids::default()) }
    }

    fn held(records: &[Record]) -> Held {
        let mut held = Held::default();
        records.iter().cloned().for_each(|record| held.push(record));
        held
    }

    #[test]
    fn each_key_is_held_once_whatever_the_order() {
        let rows = [act(3, 1), act(1, 5), act(3, 2), link(1), link(9), act(3, 2)];
        let mut one = held(&rows);
        let mut other = held(&rows.iter().rev().cloned().collect::<Vec<_>>());
        assert_eq!(one.settle(), Settled { activities: 1, repeated: 3 });
        other.settle();
        assert_eq!(one.records().collect::<Vec<_>>(), other.records().collect::<Vec<_>>());
        assert_eq!(one.records().map(|record| record.key).collect::<Vec<_>>(), [3, 1, 9]);
    }

    #[test]
    fn what_is_imported_again_takes_the_place_of_what_was_there() {
        let mut all = held(&[act(1, 1), act(2, 1), link(4)]);
        all.is_earlier();
        [act(2, 8), link(1), act(4, 8), act(0, 8)].into_iter().for_each(|record| all.push(record));
        assert_eq!(all.settle(), Settled { activities: 3, repeated: 0 });
        assert_eq!(all.records().collect::<Vec<_>>(), [act(0, 8), act(2, 8), act(4, 8), link(1)]);
    }

    #[test]
    fn nothing_is_left_of_who_is_erased() {
        let mut all = held(&[act(1, 1), link(2)]);
        all.erase(&BTreeSet::from([Id { kind: IdKind::User, hash: 7 }]));
        assert_eq!(all.records().collect::<Vec<_>>(), [link(2)]);
    }
}
