//! Which users go together: 4,096 virtual partitions by a fixed hash, grouped into cohorts by population
//! size alone, never by the number of threads or machines.

use std::ops::Range;

use xxhash_rust::xxh64::xxh64;

use super::units::UserId;

/// Number of virtual partitions: part of a run's identity, never a setting.
pub const PARTITIONS: u32 = 4096;

/// The virtual partition of a user: XXH64 of the id's little-endian bytes with seed 42, modulo 4,096.
///
/// ```
/// use cwm::base::{partition::partition, units::UserId};
/// assert_eq!(partition(UserId(12345)), 3678);
/// ```
#[must_use]
pub fn partition(user: UserId) -> u32 {
    (xxh64(&user.0.to_le_bytes(), 42) % u64::from(PARTITIONS)) as u32
}

/// How the partitions are dealt to cohorts: cohort `i` of `n` owns `[i·4096/n, (i+1)·4096/n)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deal {
    cohorts: u32,
}

impl Deal {
    /// Users that keep a cohort's state inside a core's second-level cache.
    pub const USERS_PER_COHORT: u64 = 1024;

    /// As many cohorts as a population of this size wants.
    #[must_use]
    pub fn for_population(users: u64) -> Self {
        let wanted = users.div_ceil(Self::USERS_PER_COHORT).clamp(1, u64::from(PARTITIONS));
        Self { cohorts: wanted as u32 }
    }

    /// A given number of cohorts, from 1 to 4,096 (clamped): results do not depend on it.
    #[must_use]
    pub fn into_cohorts(cohorts: u32) -> Self {
        Self { cohorts: cohorts.clamp(1, PARTITIONS) }
    }

    /// Number of cohorts.
    #[must_use]
    pub const fn cohorts(self) -> u32 {
        self.cohorts
    }

    /// The partitions that a cohort owns.
    #[must_use]
    pub const fn partitions_of(self, cohort: u32) -> Range<u32> {
        cohort * PARTITIONS / self.cohorts..(cohort + 1) * PARTITIONS / self.cohorts
    }

    /// The cohort that owns a partition.
    #[must_use]
    pub const fn cohort_of(self, partition: u32) -> u32 {
        ((partition + 1) * self.cohorts - 1) / PARTITIONS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_exactly_one_cohort_whatever_their_number() {
        for cohorts in [1, 2, 3, 7, 1000, 4095, 4096] {
            let deal = Deal::into_cohorts(cohorts);
            for cohort in 0..cohorts {
                for partition in deal.partitions_of(cohort) {
                    assert_eq!(deal.cohort_of(partition), cohort, "{cohorts} cohorts, partition {partition}");
                }
            }
            assert_eq!((0..cohorts).map(|c| deal.partitions_of(c).len()).sum::<usize>(), PARTITIONS as usize);
        }
    }
}
