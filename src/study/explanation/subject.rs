//! Where one user's record and everybody's priors come from: a recorded history, or a simulated world.

use crate::{
    base::{time::SimTime, units::UserId},
    history::session::Observation,
    study::{
        fit::{self, Fitted},
        life::Life,
    },
    world::engine::{cohort::World, recorded::Record},
};

/// Fits priors for the users of one parity to those of the other, as a replay does: their own data are not in it.
#[must_use]
pub fn priors_for(user: UserId, lives: &[Life<'_>], settings: &fit::Settings) -> Fitted {
    let others: Vec<Life<'_>> = lives.iter().filter(|life| life.user.0 % 2 != user.0 % 2).copied().collect();
    fit::fit(&others, settings)
}

/// What was seen in a world in which nothing was tried, by user.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    records: Vec<Record>,
    observations: Vec<Observation>,
}

/// Lives a world's control and keeps what was seen; visits in answer to a friend's letter are not in it.
#[must_use]
pub fn watch(world: &World) -> Watched {
    watch_arm(world, 0)
}

/// The same of one of its arms.
#[must_use]
pub fn watch_arm(world: &World, arm: usize) -> Watched {
    let recording = crate::study::bench::work::recording_of(world, arm);
    let mut records = recording.records.records().to_vec();
    records.sort_by_key(|record| record.user);
    let mut watched = Watched { records: Vec::with_capacity(records.len()), observations: Vec::new() };
    for record in records {
        let start = watched.observations.len() as u32;
        watched.observations.extend_from_slice(recording.records.of(&record));
        watched.records.push(Record { observations: start..watched.observations.len() as u32, ..record });
    }
    watched
}

impl Watched {
    /// When one user was first seen, and what was seen of them; none if nothing was.
    #[must_use]
    pub fn of(&self, user: UserId) -> Option<(SimTime, &[Observation])> {
        let record = &self.records[self.records.binary_search_by_key(&user, |record| record.user).ok()?];
        let all = &self.observations[record.observations.start as usize..record.observations.end as usize];
        (!all.is_empty()).then_some((record.first, all))
    }

    /// The lives of those who came before a moment, as far as they were seen by then.
    #[must_use]
    pub fn lives(&self, at: SimTime) -> Vec<Life<'_>> {
        let life = |record: &Record| {
            let all = &self.observations[record.observations.start as usize..record.observations.end as usize];
            let seen = all.partition_point(|observation| observation.at() < at);
            Life {
                user: record.user,
                channel: record.channel,
                first: record.first,
                end: at,
                observations: &all[..seen],
            }
        };
        self.records.iter().map(life).filter(|life| !life.observations.is_empty()).collect()
    }
}
