//! Two identities that turn out to be one user: their self-models become one, and can be parted again.
//!
//! What is counted adds up, once both are faded to the later last session. Memberships multiply relative to what the
//! user was born with, `log w = log w₁ + log w₂ − log born`, and the odds of the experts relative to those they started
//! with: both hold the evidence of a record of its own. What is a state rather than a sum (engagement, features, what was
//! picked last, the running term, having said goodbye) is that of the user with the later last session, or the earlier
//! one's where the later never had any.
//!
//! One of whom nothing was learned yet adds nothing: the other is what both are.
//!
//! *What was counted twice stays so.* A week in which both came is two weeks with a visit; the same session under both
//! names is two sessions.
//!
//! Parting takes a record of both, a [`Joint`], because states cannot be subtracted. As long as nothing was learned since,
//! it gives back the very model that there was. Later it gives that model plus what was learned since:
//!
//! | what | how well |
//! |---|---|
//! | counts | to two and a half steps of the coarsest unit among them |
//! | sums | to a thousandth of the joined sum |
//! | sessions, money | exactly |
//! | membership, experts | as well as their steps of 1/65,535 tell, less what has leaked since |
//! | states | as they are, if they have changed since; as they were, if not |
//! | churn's periods | as far as they fade with time alone |
//!
//! What was learned since is the kept user's, whoever of the two it was.

use super::{FACETS, Keep, LastPicks, SelfModel, flag, gap_days, kept};
use crate::{
    base::{
        float::decay,
        time::{DAY, SimTime},
        units::Money,
    },
    history::session::NO_KIND,
    user::{
        expert::Expert,
        facet::{FacetKind, visit::STATES},
        priors::Priors,
        segment::{self, PerSegment, SEGMENTS},
    },
};

/// Two self-models as they were before they became one: what parting them needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// Whose identity was kept.
    pub mine: SelfModel,
    /// Whose was given up.
    pub theirs: SelfModel,
}

/// The most that evidence is made younger by: beyond it there was as good as none.
const MOST: f32 = 1e12;
/// A week \[s\].
const WEEK: i64 = 7 * DAY;

impl Joint {
    /// The model that they became.
    #[must_use]
    pub fn model(&self, priors: &Priors) -> SelfModel {
        self.mine.joined(&self.theirs, priors)
    }
}

impl SelfModel {
    /// Both as one user, who keeps this one's name.
    #[must_use]
    pub fn joined(&self, other: &Self, priors: &Priors) -> Self {
        if other.is_newborn(priors) {
            return *self;
        }
        if self.is_newborn(priors) {
            return Self { user: self.user, ..*other };
        }
        let (later, earlier) = if other.last > self.last { (other, self) } else { (self, other) };
        let older = if other.first < self.first { other } else { self };
        let end = self.decided().max(other.decided());
        let mut joined = later.with_states_of(earlier);
        (joined.user, joined.first, joined.channel) = (self.user, older.first, older.channel);
        joined.weeks = weeks_to(joined.first, end);
        let [mine, theirs] = [self, other].map(|one| one.aged(priors, later.last, gap_days(one.decided(), end)));
        joined.set_sums(&mine, &theirs, 1.0);
        joined.join_fatigue(self, other);
        joined.join_trust(self, other, priors);
        joined
    }

    /// This model without the identity that was joined to it: the one there was before, plus what was learned since.
    #[must_use]
    pub fn parted(&self, joint: &Joint, priors: &Priors) -> Self {
        let (mine, before) = (&joint.mine, joint.model(priors));
        if *self == before {
            return *mine;
        }
        if joint.theirs.is_newborn(priors) {
            return *self;
        }
        let mut parted = mine.with_changes(&before, self);
        // Without a session since, sums are as of this user's own last one.
        parted.last = if self.last > before.last { self.last } else { mine.last };
        parted.first = mine.first.min(parted.last);
        let (mut own, mut since) = (0.0, 0.0);
        if self.weeks > before.weeks {
            (own, since) = (gap_days(mine.decided(), self.decided()), gap_days(before.decided(), self.decided()));
            parted.weeks = weeks_to(parted.first, self.decided());
        }
        let [own, then] = [(mine, own), (&before, since)].map(|(one, days)| one.aged(priors, parted.last, days));
        parted.set_sums(&own, &self.aged(priors, parted.last, 0.0), 1.0);
        let both = parted;
        parted.set_sums(&both, &then, -1.0);
        parted.part_fatigue(self, &before, joint);
        parted.part_trust(self, &before);
        parted
    }

    /// Whether nothing was learned of this user yet.
    fn is_newborn(&self, priors: &Priors) -> bool {
        *self == Self::new(self.user, self.first, self.channel, priors)
    }

    /// When the last week that is decided ended.
    fn decided(&self) -> SimTime {
        SimTime(self.first.0 + i64::from(self.weeks) * WEEK)
    }

    /// The sums as they are at another last session, and weeks so many days later.
    fn aged(&self, priors: &Priors, last: SimTime, week_days: f32) -> Self {
        let keep: Keep = kept(priors, gap_days(self.last, last)).map(|keep| keep.min(MOST));
        let keep = |facet: FacetKind| keep[facet as usize];
        let mut aged = *self;
        aged.gap.fade(keep(FacetKind::Gap));
        aged.daypart.0.fade(keep(FacetKind::Daypart));
        aged.content.0.fade(keep(FacetKind::Content));
        aged.offer = self.offer.faded(keep(FacetKind::Offer));
        aged.purchase = self.purchase.faded(keep(FacetKind::Purchase));
        aged.amount.fade(keep(FacetKind::Amount));
        aged.fade_others(&keep);
        aged.visit.weeks = self.visit.weeks.faded(decay(week_days, priors.half_lives.visit));
        aged.churn = self.churn.faded(keep(FacetKind::Churn));
        aged
    }

    /// Sets all that is counted to one's and the other's, or less the other's.
    fn set_sums(&mut self, one: &Self, other: &Self, sign: f32) {
        let whole =
            |one: i64, other: i64| if sign > 0.0 { one.saturating_add(other) } else { one.saturating_sub(other) };
        self.gross = Money::from_minor(whole(one.gross.minor(), other.gross.minor()));
        let sessions = whole(one.sessions.into(), other.sessions.into());
        self.sessions = u32::try_from(sessions.max(0)).unwrap_or(u32::MAX);
        self.gap = one.gap.joined(&other.gap, sign);
        self.daypart.0 = one.daypart.0.joined(&other.daypart.0, sign);
        self.content.0 = one.content.0.joined(&other.content.0, sign);
        self.offer = one.offer.joined(&other.offer, sign);
        self.purchase = one.purchase.joined(&other.purchase, sign);
        self.amount = one.amount.joined(&other.amount, sign);
        self.channel_belief.sums = one.channel_belief.sums.joined(&other.channel_belief.sums, sign);
        self.style.0 = one.style.0.joined(&other.style.0, sign);
        self.support = one.support.joined(&other.support, sign);
        self.review = one.review.joined(&other.review, sign);
        self.visit.weeks = one.visit.weeks.joined(&other.visit.weeks, sign);
        self.churn = one.churn.joined(&other.churn, sign);
    }

    /// States of the later user, and the earlier one's where the later never had any.
    fn with_states_of(&self, earlier: &Self) -> Self {
        let mut joined = *self;
        let pick = |mine: u8, theirs: u8| if mine == NO_KIND { theirs } else { mine };
        joined.picks = picked(&[self.picks, earlier.picks], |[mine, theirs]| pick(mine, theirs));
        let mut take = |bit: u8, with: u8| {
            let takes = joined.flags & bit == 0 && earlier.flags & bit != 0;
            joined.flags |= if takes { earlier.flags & (bit | with) } else { 0 };
            takes
        };
        take(flag::OFFERED, flag::TAKEN);
        if take(flag::FEATURES, 0) {
            joined.feature = earlier.feature;
        }
        if !self.left() && take(flag::TERM, 0) {
            joined.renewals = earlier.renewals;
        }
        if self.visit.state == [0; STATES] {
            joined.visit.state = earlier.visit.state;
        }
        joined
    }

    /// This user's states, but for those that are no longer as they were.
    fn with_changes(&self, before: &Self, now: &Self) -> Self {
        let mut parted = *self;
        let pick = |[mine, before, now]: [u8; 3]| if now == before { mine } else { now };
        parted.picks = picked(&[self.picks, before.picks, now.picks], pick);
        parted.renewals = pick([self.renewals, before.renewals, now.renewals]);
        let changed = before.flags ^ now.flags;
        parted.flags = self.flags & !changed | now.flags & changed;
        if now.feature != before.feature {
            parted.feature = now.feature;
        }
        if now.visit.state != before.visit.state {
            parted.visit.state = now.visit.state;
        }
        if now.pending != before.pending {
            parted.pending = now.pending;
        }
        parted
    }

    /// Messages of late add up.
    fn join_fatigue(&mut self, mine: &Self, theirs: &Self) {
        let beliefs = [mine, theirs].map(|one| (one.channel_belief, one.first.days_since(self.first)));
        let sent = beliefs.iter().fold(0.0f64, |last, (belief, since)| last.max(belief.sent() + since));
        let tired = beliefs.iter().map(|(belief, since)| belief.tired(sent - since)).sum();
        self.channel_belief.tire(tired, sent);
    }

    fn part_fatigue(&mut self, now: &Self, before: &Self, joint: &Joint) {
        let told = |belief: &Self| (belief.channel_belief.sent(), belief.channel_belief.tired(0.0));
        if told(now) == told(before) {
            return;
        }
        let sent = now.channel_belief.sent();
        let theirs = joint.theirs.channel_belief.tired(sent - joint.theirs.first.days_since(before.first));
        let mine = sent - joint.mine.first.days_since(before.first);
        self.channel_belief.tire(now.channel_belief.tired(sent) - theirs, mine);
    }

    /// Membership and experts: evidence multiplies.
    fn join_trust(&mut self, mine: &Self, theirs: &Self, priors: &Priors) {
        let born = priors.born(self.channel);
        let weights = times(&mine.weights(), &theirs.weights(), born);
        self.weights = weights.map_or(self.weights, |weights| segment::packed(&weights));
        for facet in 0..FACETS {
            let start = odds(Expert::trusted(priors.trust[facet]).packed());
            self.experts[facet] = believed(odds(mine.experts[facet]) * odds(theirs.experts[facet]) / start);
        }
    }

    /// What was learned since is the quotient of what is believed now and what was believed before.
    fn part_trust(&mut self, now: &Self, before: &Self) {
        if now.weights != before.weights {
            let weights = times(&self.weights(), &now.weights(), &before.weights());
            self.weights = weights.map_or(now.weights, |weights| segment::packed(&weights));
        }
        for facet in 0..FACETS {
            if now.experts[facet] != before.experts[facet] {
                let since = odds(now.experts[facet]) / odds(before.experts[facet]);
                self.experts[facet] = believed(odds(self.experts[facet]) * since);
            }
        }
    }
}

/// The week of tenure that begins where another count of weeks ends, to the nearest.
fn weeks_to(first: SimTime, end: SimTime) -> u16 {
    ((end.0 - first.0).max(0) + WEEK / 2).div_euclid(WEEK).min(i64::from(u16::MAX) - 1) as u16
}

fn picked<const N: usize>(picks: &[LastPicks; N], pick: impl Fn([u8; N]) -> u8) -> LastPicks {
    let of = |field: fn(&LastPicks) -> u8| pick(picks.each_ref().map(field));
    LastPicks {
        cell: of(|picks| picks.cell),
        content: of(|picks| picks.content),
        gap: of(|picks| picks.gap),
        amount: of(|picks| picks.amount),
    }
}

/// `one·other/over`, to a sum of 1; none if nobody could be both.
fn times(one: &PerSegment, other: &PerSegment, over: &PerSegment) -> Option<PerSegment> {
    let mut products = [0.0f64; SEGMENTS];
    for c in 0..SEGMENTS {
        if over[c] > 0.0 {
            products[c] = f64::from(one[c]) * f64::from(other[c]) / f64::from(over[c]);
        }
    }
    let total: f64 = products.iter().sum();
    (total > 0.0).then(|| products.map(|product| (product / total) as f32))
}

/// Odds of an expert, never quite sure.
fn odds(kept: u16) -> f32 {
    let weight = f32::from(kept.max(1)) / 65_536.0;
    weight / (1.0 - weight)
}

/// The expert of some odds, as it is kept.
fn believed(odds: f32) -> u16 {
    Expert::trusted(odds / (1.0 + odds)).packed().max(1)
}

#[cfg(test)]
mod tests;
