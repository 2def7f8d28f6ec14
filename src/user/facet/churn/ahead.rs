//! Do they leave within the coming days, asked on any day? Landmarking with proportional hazards.
//!
//! At a landmark, a moment at tenure `t` at which the user is still there, what is known of them is put into
//! covariates `x`, and `P(leave within H | there at t, x) = 1 − exp(−ΔΛ(t, H)·exp(β·(x − x̄)/s))`: a discrete-time
//! hazard with a complementary log-log link (Prentice & Gloeckler 1978, *Regression analysis of grouped survival data*,
//! Biometrics 34) whose landmarks are stacked (van Houwelingen 2007, *Dynamic prediction by landmarking in event
//! history analysis*, Scandinavian J. Statistics 34). `ln ΔΛ` is known at every full week of tenure and linear between.
//!
//! Much of what tells who leaves is not what a user did but what the others did meanwhile: an assignment that is not
//! handed in shows only in that the others have handed in theirs. So the fitting users' means at the same tenure, by
//! channel, are part of the prior ([`Peers`]).

use serde::{Deserialize, Serialize};

use crate::{
    base::float::{exp, expm1, log, log1p},
    user::segment::{PerSegment, SEGMENTS},
};

/// Covariates that are read off a user and their peers.
pub const SIGNS: usize = BY_TENURE + TOLD_LATER.len();
/// Their names, in their order; the last ones grow with tenure: each is another one times ln(1 + weeks).
pub const SIGN_NAMES: [&str; SIGNS] = [
    "recent",
    "overdue",
    "away",
    "review",
    "unheard",
    "tickets",
    "never came",
    "behind",
    "recently behind",
    "late",
    "missed",
    "behind squared",
    "missed squared",
    "never came, and missed",
    "away and behind",
    "segment 2",
    "segment 3",
    "segment 4",
    "segment 5",
    "segment 6",
    "segment 7",
    "segment 8",
    "recent by tenure",
    "overdue by tenure",
    "away by tenure",
    "never came by tenure",
    "behind by tenure",
    "late by tenure",
    "missed by tenure",
    "review by tenure",
];
/// Where those that grow with tenure begin.
const BY_TENURE: usize = SINGLE + SEGMENTS - 1;
/// Where the segments begin.
const SINGLE: usize = 15;
/// Which ones grow with tenure.
const TOLD_LATER: [usize; 8] = [0, 1, 2, 6, 7, 9, 10, 3];

/// Values of the covariates.
pub type Signs = [f64; SIGNS];

/// What is known of a user at a landmark: nothing of it comes later.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Tenure \[week\].
    pub weeks: f64,
    /// The channel that brought the user.
    pub channel: u8,
    /// Sessions so far.
    pub sessions: f64,
    /// Decayed number of sessions after the first, faded to the day.
    pub recent: f64,
    /// Days since the last session, or since the user was first seen \[day\].
    pub elapsed: f64,
    /// Decayed sum of the gaps \[day\] and their number.
    pub gaps: (f64, f64),
    /// Probability of being lapsing or dormant \[1\].
    pub away: f64,
    /// How much better the user's reviews are than the population's, on their own scale; 0 without any.
    pub review: f64,
    /// How much larger the share of ignored messages and refused offers is than the population's \[1\].
    pub unheard: f64,
    /// Decayed number of tickets.
    pub tickets: f64,
    /// Membership in the latent segments \[1\].
    pub segments: PerSegment,
}

/// Means over the users that are still there at a tenure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// Sessions so far.
    pub sessions: f64,
    /// Decayed sessions.
    pub recent: f64,
    /// ln(1 + days since the last session).
    pub elapsed: f64,
}

/// What users usually have done, by channel and week of tenure; the last channel serves those unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Peers(pub Vec<Vec<Peer>>);

impl Peers {
    /// The means at a tenure \[week\], linear between weeks.
    #[must_use]
    pub fn at(&self, channel: u8, weeks: f64) -> Peer {
        let Some(row) = self.0.get(usize::from(channel)).or(self.0.last()) else { return Peer::default() };
        let value = |of: fn(&Peer) -> f64| between(row.len(), weeks, |week| of(&row[week]));
        Peer {
            sessions: value(|peer| peer.sessions),
            recent: value(|peer| peer.recent),
            elapsed: value(|peer| peer.elapsed),
        }
    }
}

/// Linear interpolation between so many weekly values, constant outside; 0 if there are none.
fn between(count: usize, weeks: f64, value: impl Fn(usize) -> f64) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let weeks = weeks.clamp(0.0, (count - 1) as f64);
    let (week, part) = (weeks as usize, weeks.fract());
    value(week) + part * (value((week + 1).min(count - 1)) - value(week))
}

/// Prior of leaving within the coming days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AheadPrior {
    /// H: how far ahead is asked \[day\].
    pub horizon_days: f64,
    /// ln ΔΛ by week of tenure, of a user with average covariates.
    pub base: Vec<f64>,
    /// ln ΔΛ by week of tenure of all users, whoever they are: the baseline that knows only tenure.
    pub tenure_only: Vec<f64>,
    /// What users usually have done.
    pub peers: Peers,
    /// Mean gap of the population \[day\].
    pub usual_gap: f64,
    /// x̄.
    pub centre: Signs,
    /// s: standard deviations; 0: the covariate is the same for everybody and left out.
    pub scale: Signs,
    /// β, per standard deviation.
    pub weight: Signs,
    /// What a channel adds to ln ΔΛ, and how that grows with tenure (times [`late`]); none for channels unknown.
    pub channels: Vec<[f64; 2]>,
}

/// Gaps that the population's mean counts for when a user's own is expected.
const GAP_STRENGTH: f64 = 2.0;

impl AheadPrior {
    /// Probability of leaving within the horizon \[1\].
    #[must_use]
    pub fn chance(&self, standing: &Standing) -> f64 {
        let channel = self.channels.get(usize::from(standing.channel)).copied().unwrap_or_default();
        let channel = channel[0] + channel[1] * late(standing.weeks);
        let base = between(self.base.len(), standing.weeks, |week| self.base[week]);
        let signs = self.standardised(&signs(standing, &self.peers, self.usual_gap));
        let tilt: f64 = signs.iter().zip(&self.weight).map(|(x, weight)| x * weight).sum();
        within(base + channel + tilt)
    }

    /// The same for somebody of whom only the tenure \[week\] is known.
    #[must_use]
    pub fn chance_by_tenure(&self, weeks: f64) -> f64 {
        within(between(self.tenure_only.len(), weeks, |week| self.tenure_only[week]))
    }

    /// (x − x̄)/s, at most five deviations away.
    #[must_use]
    pub fn standardised(&self, signs: &Signs) -> Signs {
        std::array::from_fn(|i| {
            let scale = self.scale[i];
            if scale > 0.0 { ((signs[i] - self.centre[i]) / scale).clamp(-5.0, 5.0) } else { 0.0 }
        })
    }
}

/// `1 − exp(−e^η)`, away from certainty.
#[must_use]
pub fn within(eta: f64) -> f64 {
    (-expm1(-exp(eta.clamp(-30.0, 5.0)))).clamp(1e-9, 1.0 - 1e-9)
}

/// How late a tenure \[week\] is, on a logarithmic scale: 0 after a month and a half.
#[must_use]
pub fn late(weeks: f64) -> f64 {
    log1p(weeks) - 2.0
}

/// The covariates of a user among their peers.
#[must_use]
pub fn signs(standing: &Standing, peers: &Peers, usual_gap: f64) -> Signs {
    let mut signs = [0.0; SIGNS];
    signs[..SINGLE].copy_from_slice(&single(standing, peers, usual_gap));
    for (sign, weight) in signs[SINGLE..].iter_mut().zip(&standing.segments[1..]) {
        *sign = f64::from(*weight);
    }
    let tenure = late(standing.weeks);
    for (later, &sign) in TOLD_LATER.iter().enumerate() {
        signs[BY_TENURE + later] = signs[sign] * tenure;
    }
    signs
}

fn single(standing: &Standing, peers: &Peers, usual_gap: f64) -> [f64; SINGLE] {
    let peer = peers.at(standing.channel, standing.weeks);
    let then = peers.at(standing.channel, standing.weeks - standing.elapsed / 7.0);
    let behind = log1p(standing.sessions) - log1p(peer.sessions);
    let missed = log1p((peer.sessions - then.sessions).max(0.0));
    let never = f64::from(u8::from(standing.sessions == 0.0));
    let (days, gaps) = standing.gaps;
    let gap = (days + GAP_STRENGTH * usual_gap) / (gaps + GAP_STRENGTH);
    [
        log1p(standing.recent),
        (log1p(standing.elapsed) - log(1.0 + gap)).clamp(-3.0, 3.0),
        standing.away,
        standing.review,
        standing.unheard,
        log1p(standing.tickets),
        never,
        behind,
        log1p(standing.recent) - log1p(peer.recent),
        log1p(standing.elapsed) - peer.elapsed,
        missed,
        behind * behind,
        missed * missed,
        never * missed,
        standing.away * behind,
    ]
}
