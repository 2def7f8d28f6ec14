//! Two users of a set who turn out to be one: by command, on record, and undone as long as one likes.
//!
//! Their self-models become one, and the name that was given up stands for the user who was kept: in the tail, and in
//! whatever comes later. The record holds both self-models as they were, so that [parting](StoredSet::part) them needs
//! nothing else. Of users who were joined one after the other the latest is parted first.
//!
//! What was learned before stays learned by each alone: it is what was predicted at the time. Joining itself learns
//! nothing; what their events say together is learned by the next update. Where both had a session at once, and only one
//! of them was settled when they were joined, the other is taken to begin when that one did.

use std::collections::{BTreeMap, BTreeSet};

use super::{StoredSet, error::StoreError, lives::lives, models::Row};
use crate::{
    base::{time::SimTime, units::UserId},
    history::{event::Event, sessions::Cutter},
    user::self_model::{SelfModel, fields::FieldVisitor, joining::Joint},
};

/// Two users who became one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Join {
    /// The latest event that was known then.
    pub at: SimTime,
    /// Who was kept.
    pub kept: Side,
    /// Whose name was given up.
    pub given: Side,
}

/// One of the two before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side {
    /// The self-model; that of a newborn, if there was none yet.
    pub model: SelfModel,
    /// Whether there was one.
    pub is_known: bool,
}

/// Whom names that were given up stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases(BTreeMap<UserId, UserId>);

impl Aliases {
    fn of(joins: &[Join]) -> Self {
        let mut aliases = Self::default();
        // From the latest on: whom the kept one stands for is known by then.
        for join in joins.iter().rev() {
            aliases.0.insert(join.given.user(), aliases.user(join.kept.user()));
        }
        aliases
    }

    /// The user that a name stands for.
    #[must_use]
    pub fn user(&self, user: UserId) -> UserId {
        self.0.get(&user).copied().unwrap_or(user)
    }

    /// Whether no name was given up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Side {
    /// Who it is.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.model.user()
    }
}

impl Join {
    fn joint(&self) -> Joint {
        Joint { mine: self.kept.model, theirs: self.given.model }
    }

    /// Whether there was anything to put together.
    fn is_known(&self) -> bool {
        self.kept.is_known || self.given.is_known
    }
}

impl StoredSet {
    /// Whom names that were given up stand for.
    #[must_use]
    pub fn aliases(&self) -> Aliases {
        Aliases::of(&self.contents.joins)
    }

    /// Whether somebody goes by this name, or did.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        let user = UserId::of(name);
        self.side(self.aliases().user(user)).is_some()
    }

    /// Makes one user of two, who keeps the first name, or the user it stands for; tells how many events that wait
    /// have become theirs.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`], if one of them is nobody, if both are one already, or if the second was given up
    /// before; the set is then as it was.
    pub fn join(&mut self, kept: &str, given: &str) -> Result<u64, StoreError> {
        // 1. Who is meant.
        let aliases = self.aliases();
        let [user, other] = [aliases.user(UserId::of(kept)), UserId::of(given)];
        if aliases.user(other) == user {
            return Err(refused(format!("joining `{given}` to `{kept}`"), "two users", "one and the same"));
        }
        if aliases.user(other) != other {
            let found = format!("one that was given up for `{}`", self.name(aliases.user(other)));
            return Err(refused(user_of(given), "a user with a name of their own", found));
        }
        // 2. What each was.
        let [kept, given] = [(kept, user), (given, other)].map(|(name, user)| self.side(user).ok_or(name));
        let (kept, given) = (kept.map_err(|name| self.nobody(name))?, given.map_err(|name| self.nobody(name))?);
        let join = Join { at: self.contents.latest.unwrap_or_default(), kept, given };
        // 3. What they are together.
        let moved = self.waiting(other).count() as u64;
        let model = join.is_known().then(|| join.joint().model(&self.basis.priors));
        self.set(user, model.as_ref());
        self.set(other, None);
        self.contents.joins.push(join);
        Ok(moved)
    }

    /// Makes two users of one again, and tells how many events that wait have gone back. If nothing was learned since,
    /// both self-models are what they were, to the bit; what was learned since is the kept user's.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`], if the name was not given up, or if others were joined to the same user later; the set
    /// is then as it was.
    pub fn part(&mut self, given: &str) -> Result<u64, StoreError> {
        let index = self.latest_join(given)?;
        let join = self.contents.joins.remove(index);
        let (user, other) = (join.kept.user(), join.given.user());
        let kept = match self.model(user) {
            Some(now) if join.is_known() && *now == join.joint().model(&self.basis.priors) => self.restored(&join.kept),
            Some(now) if join.is_known() => Some(now.parted(&join.joint(), &self.basis.priors)),
            now => now.copied(),
        };
        self.set(user, kept.as_ref());
        self.set(other, self.restored(&join.given).as_ref());
        Ok(self.waiting(other).count() as u64)
    }

    /// The join in which a name was given up, if it can be undone.
    fn latest_join(&self, given: &str) -> Result<usize, StoreError> {
        let (joins, user) = (&self.contents.joins, UserId::of(given));
        let Some(index) = joins.iter().position(|join| join.given.user() == user) else {
            let found = if self.side(user).is_some() { "that of a user who was not" } else { "nobody's" };
            return Err(refused(user_of(given), "a name that was given up", found));
        };
        let kept = joins[index].kept.user();
        let Some(later) =
            joins[index + 1..].iter().find(|join| [join.kept, join.given].map(|s| s.user()).contains(&kept))
        else {
            return Ok(index);
        };
        let [kept, last, to] = [kept, later.given.user(), later.kept.user()].map(|user| self.name(user));
        let found = format!("older than that of `{last}` to `{to}`: part `{last}` first");
        Err(refused(format!("parting `{given}` from `{kept}`"), format!("the latest join of `{kept}`"), found))
    }

    /// A user as they are now; none if there is no such user.
    fn side(&self, user: UserId) -> Option<Side> {
        if let Some(model) = self.model(user) {
            return Some(Side { model: *model, is_known: true });
        }
        let waiting: Vec<Event> = self.waiting(user).cloned().collect();
        let lives = lives(waiting, &self.aliases());
        let events = &lives.values().next()?.events;
        let first = events.first()?.at;
        let catalogues = self.basis.catalogues();
        let cutter = Cutter::new(&self.basis.sessionisation, &catalogues, (first, events.last()?.at));
        let settled = cutter.settle(events, self.watermark()?);
        let channel = self.basis.channel(settled.channel.as_ref());
        Some(Side { model: SelfModel::new(user, first, channel, &self.basis.priors), is_known: false })
    }

    /// What a user was, as far as it cannot be learned again from the events that wait: who had no self-model has none
    /// again, unless the first of their events is gone.
    fn restored(&self, side: &Side) -> Option<SelfModel> {
        let waits = || self.waiting(side.user()).any(|event| event.at <= side.model.first());
        (side.is_known || !waits()).then_some(side.model)
    }

    /// Events of a user that wait, under whatever name they came.
    fn waiting(&self, user: UserId) -> impl Iterator<Item = &Event> {
        let aliases = self.aliases();
        self.contents.tail.iter().filter(move |event| aliases.user(event.user) == user)
    }

    fn nobody(&self, name: &str) -> StoreError {
        let some: Vec<String> = self.contents.models.iter().take(3).map(|model| self.name(model.user())).collect();
        let some = if some.is_empty() { String::new() } else { format!(", such as {}", some.join(", ")) };
        refused(user_of(name), format!("one of the {} users{some}", self.users()), "none of them")
    }
}

fn user_of(name: &str) -> String {
    format!("user `{name}`")
}

fn refused(what: String, expected: impl Into<String>, found: impl Into<String>) -> StoreError {
    StoreError::Mismatch { what, expected: expected.into(), found: found.into() }
}

/// Half a join, as a row of its file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Half {
    side: Side,
    at: SimTime,
}

impl Row for Half {
    fn blank() -> Self {
        Self { side: Side { model: SelfModel::blank(), is_known: false }, at: SimTime(0) }
    }

    fn user(&self) -> UserId {
        self.side.user()
    }

    fn fields(&mut self, visitor: &mut impl FieldVisitor) {
        self.side.model.fields(visitor);
        visitor.time("joined_at", &mut self.at);
        visitor.truth("known", &mut self.side.is_known);
    }
}

/// The rows of some joins: who was kept, and who was given up, in turn.
pub(super) fn halves(joins: &[Join]) -> Vec<Half> {
    joins.iter().flat_map(|&Join { at, kept, given }| [Half { side: kept, at }, Half { side: given, at }]).collect()
}

/// The joins of some rows, or what is wrong with them.
pub(super) fn joined(halves: &[Half]) -> Result<Vec<Join>, String> {
    let (pairs, []) = halves.as_chunks::<2>() else { return Err(format!("it has {} rows", halves.len())) };
    let joins = pairs.iter().map(|[kept, given]| Join { at: kept.at, kept: kept.side, given: given.side });
    let joins: Vec<Join> = joins.collect();
    let mut given_up = BTreeSet::new();
    for (kept, given) in joins.iter().map(|join| (join.kept.user(), join.given.user())) {
        if kept == given || given_up.contains(&kept) || !given_up.insert(given) {
            return Err(format!("user {given} is given up for {kept}, which cannot be"));
        }
    }
    Ok(joins)
}

#[cfg(test)]
mod tests;
