//! Users of a set who turn out to be one: joining them, parting them, and what events say of them.

use serde::Serialize;

use super::Failure;
use crate::{
    base::units::UserId,
    history::{event::EventKind, log::History, name::Name},
    study::store::StoredSet,
};

/// Pairs of names that are listed at most.
const LISTED: usize = 100;

/// Two users to be joined, as they were given: `KEPT=GIVEN`.
#[derive(Clone, Debug)]
pub(super) struct Pair(String);

/// Users who became one.
#[derive(Serialize)]
pub(super) struct Joined {
    kept: String,
    given: String,
    at: String,
}

/// Two names of one user, as an event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Identified {
    user: String,
    alias: Name,
}

/// What was done about identities.
#[derive(Default, Serialize)]
pub(super) struct Done {
    /// Users who were joined to others.
    joined: usize,
    /// Users who were parted again.
    parted: usize,
    /// Events that wait and changed hands.
    moved_events: u64,
    /// Events that name two users as one who are not.
    identify_events: u64,
    /// The first pairs of them.
    identified: Vec<Identified>,
}

/// Reads two users to be joined.
pub(super) fn pair(text: &str) -> Result<Pair, String> {
    let has_both = text.match_indices('=').any(|(place, _)| place > 0 && place + 1 < text.len());
    if has_both { Ok(Pair(text.to_owned())) } else { Err("expected KEPT=GIVEN, two users of the set".to_owned()) }
}

impl Pair {
    /// The two names. Names may hold `=` themselves: then there must be one place where it parts two users.
    fn of<'a>(&'a self, set: &StoredSet) -> Result<(&'a str, &'a str), Failure> {
        let all: Vec<_> = self.0.match_indices('=').map(|(at, _)| (&self.0[..at], &self.0[at + 1..])).collect();
        if let [only] = all[..] {
            return Ok(only);
        }
        let known: Vec<_> = all.into_iter().filter(|(kept, given)| set.knows(kept) && set.knows(given)).collect();
        let &[only] = &known[..] else {
            let (text, places) = (&self.0, known.len());
            let what = format!("`{text}`: expected one `=` between two users of the set, but there are {places}");
            return Err(Failure::input(what));
        };
        Ok(only)
    }
}

/// Joins and parts users of a set, in this order.
pub(super) fn change(set: &mut StoredSet, join: &[Pair], part: &[String]) -> Result<Done, Failure> {
    let mut done = Done { joined: join.len(), parted: part.len(), ..Done::default() };
    for pair in join {
        let (kept, given) = pair.of(set)?;
        done.moved_events += set.join(kept, given)?;
    }
    for given in part {
        done.moved_events += set.part(given)?;
    }
    Ok(done)
}

/// Users of a set who became one.
pub(super) fn joins(set: &StoredSet) -> Vec<Joined> {
    let joined = set.contents.joins.iter().map(|join| Joined {
        kept: set.name(join.kept.user()),
        given: set.name(join.given.user()),
        at: join.at.to_string(),
    });
    joined.collect()
}

/// What new events say of identities that the set does not know.
pub(super) fn identified(set: &StoredSet, history: &History) -> Done {
    let (aliases, mut done) = (set.aliases(), Done::default());
    for event in &history.events {
        let EventKind::Identify { alias } = &event.kind else { continue };
        if aliases.user(UserId::of(alias)) == aliases.user(event.user) {
            continue;
        }
        done.identify_events += 1;
        let pair = Identified { user: history.name(event.user).into_owned(), alias: alias.clone() };
        if done.identified.len() < LISTED && !done.identified.contains(&pair) {
            done.identified.push(pair);
        }
    }
    done
}

impl Done {
    pub fn print(&self) -> Result<(), Failure> {
        let (joined, parted, moved) = (self.joined, self.parted, self.moved_events);
        if joined > 0 {
            say!("{joined} users joined to others; {moved} events that wait are the others' now");
        }
        if parted > 0 {
            say!("{parted} users parted from others; {moved} events that wait are theirs again");
        }
        if let Some(Identified { user, alias }) = self.identified.first() {
            let events = self.identify_events;
            say!("{events} identify events name two users as one: join them with --join, such as '{user}={alias}'");
        }
        Ok(())
    }
}
