//! Chance, asked for by name: a pure function of (seed, replication, user, purpose, ordinal).
//!
//! The generator is Philox4x32-10, a counter-based bijection (Salmon, Moraes, Dror & Shaw 2011, *Parallel
//! random numbers: as easy as 1, 2, 3*, SC'11, §4): no state, so nothing to hand round, to store or to
//! resume, and two arms of an experiment that ask the same question get the same answer. One block holds
//! four words of 32 bits, enough for all draws of one session.

use std::convert::Infallible;

use rand::TryRng;

use super::{
    float::{exp, log, normal_quantile},
    units::UserId,
};

/// What chance is asked for. The numbers are stable: changing one changes every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Purpose {
    /// The persona a user is born with.
    Birth = 1,
    /// One organic session: gap, amount, purchase, content.
    Session = 2,
    /// One candidate of a session that a treatment may add.
    Added = 3,
    /// How long a user can stand before leaving.
    Leaving = 4,
    /// How many users a channel brings on a day; the "user" is the channel, the ordinal the day.
    Arrivals = 5,
    /// The size of an uncertain effect; the "user" is the intervention.
    Effect = 6,
    /// Charges that fail, refunds and disputes of one session.
    Settlement = 7,
    /// Whether a session that would have earned nothing is recovered.
    Recovery = 8,
    /// Whom a user recommends the product to, and whether that friend answers.
    Recommendation = 9,
    /// A session in answer to a recommendation; the ordinal names the letter.
    Answer = 12,
    /// Weights of a user bootstrap; the ordinal is the draw.
    Bootstrap = 10,
    /// Random starting points of a fit.
    Fit = 11,
    /// One imagined future of a user, for what they are worth; the ordinal is the future.
    Future = 40,
    /// What a user says in the onboarding survey; the ordinal is the question.
    Survey = 41,
    /// Who a recorded user may be, given their record.
    Twin = 42,
    /// What a world's law may be, given a record; the "user" is the part of the law.
    Law = 43,
    /// How busy one day is for everybody; the "user" is the kind of noise, the ordinal the day.
    Day = 44,
    /// Whether a user is in an intervention's random share; the ordinal is the intervention.
    Enrolment = 60,
    /// A user's hidden tastes for ways of being written to.
    Ways = 61,
    /// The way of a message, and whether it is answered; the ordinal is the day.
    Contact = 62,
    /// The session that a message brings; the ordinal is the day.
    Contacted = 63,
    /// How long a user who came back can stand; the ordinal is the day.
    Return = 64,
    /// The arm of a simulated experiment that a user is in; the ordinal holds 128 experiments.
    Assignment = 66,
    /// Whether a paying session makes a friend come, and who; the ordinal is the session.
    Referral = 65,
    /// What an account is as it comes; the "user" is the account, here and below.
    Account = 120,
    /// How many accounts of a tier come on a day; the "user" is the tier, the ordinal the day.
    NewAccounts = 121,
    /// Whether an account renews, shrinks or grows; the ordinal counts its contracts.
    Renewal = 122,
    /// Whether an account buys a product on top; the ordinal is the day, times four, and the product.
    Expansion = 123,
    /// What an account says in a review or a survey; the ordinal is the day.
    Voice = 124,
    /// Whether an account goes along with a play; the ordinal is the play.
    Uptake = 125,
    /// What a member is as they come.
    MemberBirth = 126,
    /// What a member does in an epoch; the ordinal is its first day.
    MemberWeek = 127,
    /// Which modules a member touches in an epoch; likewise.
    MemberModules = 128,
    /// Which modules a champion sets up or drops in an epoch; likewise.
    Modules = 129,
    /// Whether a sponsor leaves the company in an epoch; likewise.
    Sponsor = 130,
}

/// The luck of one replication of one seed.
///
/// ```
/// use cwm::base::{luck::{Luck, Purpose}, units::UserId};
/// let luck = Luck::new(7, 0);
/// let first = luck.block(UserId(1), Purpose::Session, 0);
/// assert_eq!(first, luck.block(UserId(1), Purpose::Session, 0));
/// assert_ne!(first, luck.block(UserId(1), Purpose::Session, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Luck {
    key: [u32; 2],
}

impl Luck {
    /// The luck of a seed and a replication.
    #[must_use]
    pub const fn new(seed: u64, replication: u32) -> Self {
        let mixed = split_mix(seed ^ split_mix(replication as u64));
        Self { key: [mixed as u32, (mixed >> 32) as u32] }
    }

    /// Four independent uniform words.
    #[inline]
    #[must_use]
    pub const fn block(&self, user: UserId, purpose: Purpose, ordinal: u32) -> [u32; 4] {
        self.sub_block(user, purpose, ordinal, 0)
    }

    #[inline]
    const fn sub_block(&self, user: UserId, purpose: Purpose, ordinal: u32, sub: u16) -> [u32; 4] {
        let kind = (purpose as u32) << 16 | sub as u32;
        philox([ordinal, kind, user.0 as u32, (user.0 >> 32) as u32], self.key)
    }

    /// A generator of its own for samplers that may reject: it runs on a sub-counter inside this one draw, so
    /// however much it uses, nobody else's luck moves. It holds 2¹⁶ blocks.
    #[must_use]
    pub const fn stream(&self, user: UserId, purpose: Purpose, ordinal: u32) -> Stream {
        Stream { luck: *self, user, purpose, ordinal, sub: 0, words: [0; 4], used: 4 }
    }
}

const fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Philox4x32 with ten rounds.
#[inline]
const fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut k0, mut k1] = key;
    let mut round = 0;
    while round < 10 {
        let p = 0xD251_1F53u64 * a as u64;
        let q = 0xCD9E_8D57u64 * c as u64;
        a = (q >> 32) as u32 ^ b ^ k0;
        b = q as u32;
        c = (p >> 32) as u32 ^ d ^ k1;
        d = p as u32;
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
        round += 1;
    }
    [a, b, c, d]
}

/// A generator inside one keyed draw, for `rand_distr`'s samplers.
#[derive(Clone, Debug)]
pub struct Stream {
    luck: Luck,
    user: UserId,
    purpose: Purpose,
    ordinal: u32,
    sub: u16,
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// A uniform number in (0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        uniform(self.word())
    }

    fn word(&mut self) -> u32 {
        if self.used == 4 {
            // Sub-block 0 belongs to `Luck::block`.
            self.sub = self.sub.wrapping_add(1);
            self.words = self.luck.sub_block(self.user, self.purpose, self.ordinal, self.sub);
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.word()) | u64::from(self.word()) << 32)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// A uniform number in (0, 1) from one word: the middle of one of 2³² equal cells, so never 0 or 1.
#[inline]
#[must_use]
pub fn uniform(word: u32) -> f64 {
    (f64::from(word) + 0.5) * (1.0 / 4_294_967_296.0)
}

/// An exponential waiting time of mean 1 from one word, by inversion.
#[inline]
#[must_use]
pub fn waiting(word: u32) -> f64 {
    -log(uniform(word))
}

/// A Poisson variate by inversion: monotone in its mean, so that more spend never brings fewer.
#[must_use]
pub fn poisson(mean: f64, uniform: f64) -> u64 {
    if mean > 500.0 {
        // Beyond this the normal law is closer than the sum's rounding.
        return (mean + mean.sqrt() * normal_quantile(uniform)).round().max(0.0) as u64;
    }
    // The sum of at most 500 + 40·√500 terms; exp(-500) is still a normal number.
    let (mut term, mut count) = (exp(-mean.max(0.0)), 0);
    let mut sum = term;
    while sum < uniform && term > 0.0 {
        count += 1;
        term *= mean / count as f64;
        sum += term;
    }
    count
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use statrs::distribution::{DiscreteCDF, Poisson};

    use super::*;

    #[test]
    fn the_sum_of_terms_is_poissons_own_quantile() {
        for mean in [0.3, 3.0, 18.0, 120.0, 499.0] {
            let law = Poisson::new(mean).unwrap();
            for i in 1..200 {
                let p = f64::from(i) / 200.0 + 1e-7;
                assert_eq!(poisson(mean, p), law.inverse_cdf(p), "{mean} {p}");
            }
        }
        assert_eq!(poisson(0.0, 0.999), 0);
    }

    /// Known-answer vectors of Random123 1.09 (`kat_vectors`, philox4x32 10).
    #[test]
    fn philox_gives_the_published_answers() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn a_stream_never_repeats_the_block_of_its_own_draw() {
        let luck = Luck::new(1, 2);
        let block = luck.block(UserId(9), Purpose::Birth, 0);
        let mut stream = luck.stream(UserId(9), Purpose::Birth, 0);
        let words: Vec<u32> = (0..400).map(|_| stream.next_u32()).collect();
        assert!(words.chunks(4).all(|four| four != block));
    }

    #[test]
    fn replications_seeds_users_purposes_and_ordinals_all_matter() {
        let base = Luck::new(1, 0).block(UserId(5), Purpose::Session, 3);
        assert_ne!(base, Luck::new(1, 1).block(UserId(5), Purpose::Session, 3));
        assert_ne!(base, Luck::new(2, 0).block(UserId(5), Purpose::Session, 3));
        assert_ne!(base, Luck::new(1, 0).block(UserId(6), Purpose::Session, 3));
        assert_ne!(base, Luck::new(1, 0).block(UserId(5), Purpose::Added, 3));
        assert_ne!(base, Luck::new(1, 0).block(UserId(5), Purpose::Session, 4));
    }

    /// Chi-squared over 256 cells of 2²⁰ words at α = 0.001: 255 degrees of freedom, 330.5; one seed.
    #[test]
    fn words_fill_their_cells_evenly() {
        let luck = Luck::new(20_260_301, 0);
        let mut cells = [0u32; 256];
        for user in 0..1u64 << 18 {
            for word in luck.block(UserId(user), Purpose::Session, 0) {
                cells[(word >> 24) as usize] += 1;
            }
        }
        let expected = f64::from(1u32 << 20) / 256.0;
        let chi: f64 = cells.iter().map(|&c| (f64::from(c) - expected).powi(2) / expected).sum();
        assert!(chi < 330.5, "{chi}");
    }
}
