//! What a world earned: whole numbers that add up to the same in any order, on any number of threads.
//!
//! Money is in minor units, scores in fixed point (2⁻²⁰ nat, rounded once an event); squares are summed in 128 bits.
//! A ledger knows its run and which virtual partitions it covers, so that a part that is counted twice, is missing
//! or belongs to another run is an error, never a wrong total. Floating point comes after the last merge.

use serde::{Deserialize, Serialize};

use crate::{
    base::{partition::PARTITIONS, units::Money},
    history::session::WAYS,
    user::{expert::Score, facet::FACETS},
};

/// Names a run: a hash of everything its results depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunId(pub [u8; 16]);

impl RunId {
    /// The id of the run that these bytes define: version, scenario, seed, replication, inputs.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(id)
    }
}

/// Which virtual partitions a ledger has counted: one bit each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage(Vec<u64>);

impl Coverage {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self(vec![0; PARTITIONS as usize / 64])
    }

    /// Adds one partition.
    pub fn cover(&mut self, partition: u32) {
        self.0[partition as usize / 64] |= 1 << (partition % 64);
    }

    pub(super) fn overlap(&self, other: &Self) -> u32 {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones()).sum()
    }

    pub(super) fn unite(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// How many partitions are not covered.
    #[must_use]
    pub fn missing(&self) -> u32 {
        PARTITIONS - self.0.iter().map(|word| word.count_ones()).sum::<u32>()
    }
}

/// Why ledgers cannot be added up or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// They come from different runs.
    #[error("two ledgers of different runs cannot be added up")]
    OtherRun,
    /// They count the same partitions.
    #[error("{partitions} of {PARTITIONS} partitions would be counted twice")]
    CountedTwice {
        /// How many.
        partitions: u32,
    },
    /// Something is missing.
    #[error("{missing} of {PARTITIONS} partitions are missing")]
    Incomplete {
        /// How many.
        missing: u32,
    },
    /// The users do not add up.
    #[error("{expected} users were expected, {got} were counted")]
    Lost {
        /// How many there are.
        expected: u64,
        /// How many were counted.
        got: u64,
    },
    /// Not a ledger of this version.
    #[error("these bytes are no ledger of this version: {0}")]
    Bad(String),
}

/// One day of one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCell {
    /// Sessions.
    pub sessions: u64,
    /// Sessions that paid.
    pub paid: u64,
    /// Money charged [minor units].
    pub gross: i64,
    /// Money refunded and lost in disputes, fees of disputes included [minor units].
    pub returned: i64,
    /// Users who came for the first time.
    pub born: u64,
    /// Users who left.
    pub left: u64,
}

/// One hidden segment in a window of days: the generator's own books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentCell {
    /// Users who came for the first time.
    pub born: u64,
    /// Sessions.
    pub sessions: u64,
    /// Money charged [minor units].
    pub gross: i64,
    /// Money charged to users who were treated [minor units].
    pub gross_treated: i64,
    /// Users there at the end.
    pub active: u64,
    /// Users who were treated at some time.
    pub treated: u64,
}

/// One step of tenure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenureCell {
    /// Time lived in it by all users \[s\].
    pub exposure: u64,
    /// Users who left in it.
    pub left: u64,
}

/// One month of tenure: users whose month is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthCell {
    /// There at its start.
    pub there: u64,
    /// Left in it.
    pub left: u64,
}

/// Messages sent by one way, and what an off-policy evaluation of their log needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayCell {
    /// Sent.
    pub sent: u64,
    /// That brought a session.
    pub answered: u64,
    /// Σ 1/p over those sent, p being the probability with which the way was taken \[2⁻²⁰\].
    pub weights: i64,
    /// Σ answered/p \[2⁻²⁰\].
    pub answers: i64,
}

impl WayCell {
    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Adds a message that was sent with a probability.
    pub fn message(&mut self, propensity: f64, answered: bool) {
        let weight = (1_048_576.0 / propensity.max(1e-6)).round() as i64;
        self.sent += 1;
        self.weights += weight;
        if answered {
            self.answered += 1;
            self.answers += weight;
        }
    }
}

/// Differences between two arms, user by user, of money in the primary window [minor units].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Users.
    pub users: u64,
    /// Σd.
    pub sum: i128,
    /// Σd².
    pub squares: i128,
    /// Σ of the arm's own money.
    pub money: i128,
    /// Σ of its squares: what the variance would be without shared luck.
    pub alone: i128,
}

/// Prequential scores of one facet, in fixed point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreCell {
    /// Predictions.
    pub events: u64,
    /// Σ log score of the self-models [2⁻²⁰ nat].
    pub log_p: i64,
    /// Σ log score of the population [2⁻²⁰ nat].
    pub population_log_p: i64,
}

impl ScoreCell {
    /// Adds another part.
    pub(super) fn merge(&mut self, other: &Self) {
        self.add(other);
    }

    /// Adds what some predictions scored.
    #[inline]
    pub fn add_score(&mut self, score: Score, events: u16) {
        self.events += u64::from(events);
        self.log_p += fixed(score.log_p);
        self.population_log_p += fixed(score.population_log_p);
    }
}

/// Length of a step of tenure \[day\].
pub const TENURE_STEP_DAYS: u32 = 5;
/// Steps that are told apart; the last is open.
pub const TENURE_STEPS: usize = 37;
/// Months of tenure that are told apart.
pub const MONTHS: usize = 13;

/// The books of one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmBook {
    /// By day since the world began.
    pub days: Vec<DayCell>,
    /// By intervention: change of the number of treated users, by day.
    pub treated: Vec<Vec<i64>>,
    /// By intervention: users treated for the first time, by day.
    pub entered: Vec<Vec<i64>>,
    /// By intervention: uses, by day.
    pub uses: Vec<Vec<i64>>,
    /// By intervention and way of writing: the log of messages.
    pub ways: Vec<Vec<WayCell>>,
    /// By hidden segment, in the window of the book.
    pub segments: Vec<SegmentCell>,
    /// By step of tenure.
    pub tenure: Vec<TenureCell>,
    /// By hidden segment and month of tenure.
    pub months: Vec<Vec<MonthCell>>,
}

impl ArmBook {
    /// Memory its tables take \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(self.days.as_slice())
            + 3 * self.treated.iter().map(|days| size_of_val(days.as_slice())).sum::<usize>()
            + size_of_val(self.segments.as_slice())
            + size_of_val(self.tenure.as_slice())
            + self.months.iter().map(|months| size_of_val(months.as_slice())).sum::<usize>()
    }

    /// Empty books.
    #[must_use]
    pub fn new(days: usize, interventions: usize, segments: usize) -> Self {
        Self {
            days: vec![DayCell::default(); days],
            treated: vec![vec![0; days]; interventions],
            entered: vec![vec![0; days]; interventions],
            uses: vec![vec![0; days]; interventions],
            ways: vec![vec![WayCell::default(); WAYS]; interventions],
            segments: vec![SegmentCell::default(); segments],
            tenure: vec![TenureCell::default(); TENURE_STEPS],
            months: vec![vec![MonthCell::default(); MONTHS]; segments],
        }
    }
}

/// The books of one world: all its arms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    run: RunId,
    cover: Coverage,
    /// Users counted.
    pub users: u64,
    /// Observations lived, over all arms.
    pub events: u64,
    /// The time before the launch.
    pub before: ArmBook,
    /// The arms, from the launch on.
    pub arms: Vec<ArmBook>,
    /// Each arm against the control.
    pub pairs: Vec<Pair>,
    /// How the self-models predicted, before the launch and in the control.
    pub scores: [ScoreCell; FACETS],
}

/// The shape of a world's books.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Days from the first to the last.
    pub days: usize,
    /// Number of interventions of each arm.
    pub interventions: Vec<usize>,
    /// Number of hidden segments.
    pub segments: usize,
}

impl Ledger {
    /// Empty books of a run.
    #[must_use]
    pub fn new(run: RunId, shape: &Shape) -> Self {
        let book = |&interventions: &usize| ArmBook::new(shape.days, interventions, shape.segments);
        Self {
            run,
            cover: Coverage::none(),
            users: 0,
            events: 0,
            before: book(&0),
            arms: shape.interventions.iter().map(book).collect(),
            pairs: vec![Pair::default(); shape.interventions.len()],
            scores: [ScoreCell::default(); FACETS],
        }
    }

    /// Takes responsibility for a partition, even if nobody lives there.
    pub fn cover(&mut self, partition: u32) {
        self.cover.cover(partition);
    }

    /// Adds another part of the same run.
    ///
    /// # Errors
    /// [`LedgerError::OtherRun`] or [`LedgerError::CountedTwice`]; the ledger is then unchanged.
    pub fn merge(&mut self, other: &Self) -> Result<(), LedgerError> {
        if self.run != other.run {
            return Err(LedgerError::OtherRun);
        }
        match self.cover.overlap(&other.cover) {
            0 => self.cover.unite(&other.cover),
            partitions => return Err(LedgerError::CountedTwice { partitions }),
        }
        self.users += other.users;
        self.events += other.events;
        self.before.add(&other.before);
        self.arms.add(&other.arms);
        self.pairs.add(&other.pairs);
        self.scores.add(&other.scores);
        Ok(())
    }

    /// The only way from a ledger to results.
    ///
    /// # Errors
    /// [`LedgerError::Incomplete`] or [`LedgerError::Lost`] unless every partition and every user is in.
    pub fn finish(self, expected_users: u64) -> Result<Closed, LedgerError> {
        match self.cover.missing() {
            0 if self.users == expected_users => Ok(Closed(self)),
            0 => Err(LedgerError::Lost { expected: expected_users, got: self.users }),
            missing => Err(LedgerError::Incomplete { missing }),
        }
    }

    /// As bytes, for another process.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).unwrap_or_else(|error| unreachable!("a ledger is plain data: {error}"))
    }

    /// From bytes.
    ///
    /// # Errors
    /// [`LedgerError::Bad`] if they are no ledger.
    pub fn decode(bytes: &[u8]) -> Result<Self, LedgerError> {
        postcard::from_bytes(bytes).map_err(|error| LedgerError::Bad(error.to_string()))
    }
}

/// A complete ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed(Ledger);

impl std::ops::Deref for Closed {
    type Target = Ledger;
    fn deref(&self) -> &Ledger {
        &self.0
    }
}

/// Rounds to the nearest fixed-point number. Adding 1.5·2⁵² leaves the whole part in the low bits of the sum, without
/// a call; a score of 32 bits in range is far below the 2⁵¹ at which that would fail.
#[inline]
fn fixed(nats: f32) -> i64 {
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    (f64::from(nats) * 1_048_576.0 + WHOLE).to_bits() as i64 - WHOLE.to_bits() as i64
}

/// A fixed-point sum back in nats.
#[must_use]
pub fn nats(fixed: i64) -> f64 {
    fixed as f64 / 1_048_576.0
}

trait Add {
    fn add(&mut self, other: &Self);
}

impl<T: Add> Add for [T] {
    fn add(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(a, b)| a.add(b));
    }
}

impl<T: Add> Add for Vec<T> {
    fn add(&mut self, other: &Self) {
        self.as_mut_slice().add(other.as_slice());
    }
}

impl Add for i64 {
    fn add(&mut self, other: &Self) {
        *self += other;
    }
}

macro_rules! adds {
    ($($name:ident { $($field:ident),* })*) => {
        $(impl Add for $name {
            fn add(&mut self, other: &Self) {
                $(self.$field += other.$field;)*
            }
        })*
    };
}

adds! {
    DayCell { sessions, paid, gross, returned, born, left }
    SegmentCell { born, sessions, gross, gross_treated, active, treated }
    TenureCell { exposure, left }
    MonthCell { there, left }
    WayCell { sent, answered, weights, answers }
    Pair { users, sum, squares, money, alone }
    ScoreCell { events, log_p, population_log_p }
}

impl Add for ArmBook {
    fn add(&mut self, other: &Self) {
        self.days.add(&other.days);
        self.treated.add(&other.treated);
        self.entered.add(&other.entered);
        self.uses.add(&other.uses);
        self.ways.add(&other.ways);
        self.segments.add(&other.segments);
        self.tenure.add(&other.tenure);
        self.months.add(&other.months);
    }
}

impl DayCell {
    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// Adds a session.
    #[inline]
    pub fn session(&mut self, paid: Option<Money>, returned: Money) {
        self.sessions += 1;
        if let Some(paid) = paid {
            self.paid += 1;
            self.gross += paid.minor();
        }
        self.returned += returned.minor();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(partitions: std::ops::Range<u32>, gross: i64) -> Ledger {
        let mut ledger = Ledger::new(RunId([7; 16]), &Shape { days: 3, interventions: vec![0, 2], segments: 2 });
        partitions.for_each(|p| ledger.cover(p));
        ledger.users = 2;
        ledger.arms[1].days[2].gross = gross;
        ledger.pairs[1] =
            Pair { users: 2, sum: i128::from(gross), squares: i128::from(gross).pow(2), ..Pair::default() };
        ledger
    }

    #[test]
    fn a_part_is_never_counted_twice_or_missed() {
        let mut all = part(0..4000, 5);
        assert_eq!(all.merge(&part(3999..4096, 1)), Err(LedgerError::CountedTwice { partitions: 1 }));
        assert_eq!(all.clone().finish(2), Err(LedgerError::Incomplete { missing: 96 }));
        all.merge(&part(4000..4096, 1)).unwrap();
        assert_eq!(all.clone().finish(5), Err(LedgerError::Lost { expected: 5, got: 4 }));
        assert_eq!(all.finish(4).unwrap().arms[1].days[2].gross, 6);
    }

    #[test]
    fn a_ledger_of_another_run_is_refused() {
        let mut other = part(0..1, 1);
        other.run = RunId([8; 16]);
        assert_eq!(part(1..2, 1).merge(&other), Err(LedgerError::OtherRun));
    }

    proptest! {
        #[test]
        fn merging_is_associative_and_commutative(a in -99i64..99, b in -99i64..99, c in -99i64..99) {
            let parts = [part(0..10, a), part(10..20, b), part(20..30, c)];
            let sum = |order: [usize; 3]| {
                let mut total = parts[order[0]].clone();
                order[1..].iter().for_each(|&i| total.merge(&parts[i]).unwrap());
                total
            };
            let mut nested = parts[1].clone();
            nested.merge(&parts[2]).unwrap();
            let mut right = parts[0].clone();
            right.merge(&nested).unwrap();
            prop_assert_eq!(sum([0, 1, 2]), sum([2, 0, 1]));
            prop_assert_eq!(sum([0, 1, 2]), right);
        }

        #[test]
        fn bytes_are_read_back_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let ledger = part(0..7, 3);
            prop_assert_eq!(Ledger::decode(&ledger.encode()), Ok(ledger));
            let _ = Ledger::decode(&bytes);
        }
    }
}
