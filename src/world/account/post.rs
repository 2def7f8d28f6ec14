//! What members, accounts and the team write to each other. What is written in one epoch arrives in the next, letters
//! in the order of (day, sender, ordinal); what is only added up arrives in no order at all.

use crate::history::account::MODULES;

/// From a member to their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Letter {
    /// The account.
    pub account: u32,
    /// When it was written \[day since the world began\].
    pub day: u32,
    /// The member, by place in the account.
    pub from: u32,
    /// What.
    pub news: News,
}

/// What a member has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Help is needed.
    Ticket {
        /// From 1 (minor) to 3 (down).
        severity: u8,
        /// How the answer was judged, in 2¹⁶ths of the law of judgements.
        judgement: u16,
    },
    /// Modules were set up or dropped, one bit each.
    Modules {
        /// Set up.
        set_up: u16,
        /// Set up, or would have been had nobody interfered.
        natural: u16,
        /// Dropped.
        dropped: u16,
    },
    /// Who bought the product has left the company.
    SponsorLeft,
}

/// What members of one account in one cohort did in a week, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tally {
    /// The account.
    pub account: u32,
    /// Members who came.
    pub active: u32,
    /// Members who would have come had nobody interfered.
    pub natural: u32,
    /// Sessions.
    pub sessions: u32,
    /// Members who used each module.
    pub users: [u32; MODULES],
}

/// From an account to its members: what they find there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Notice {
    /// The account.
    pub account: u32,
    /// Its tier.
    pub tier: u8,
    /// Members in the first places have access; none if the account is not there.
    pub seats: u32,
    /// Modules that are set up.
    pub modules: u16,
    /// Modules that would be, had nobody interfered.
    pub natural: u16,
    /// Whether somebody sponsors the product.
    pub sponsored: bool,
    /// How much of their own pace members keep.
    pub pace: f32,
    /// How much more often modules are set up.
    pub adoption: f32,
    /// The account's own drive to set modules up.
    pub drive: f32,
    /// The share of members who used each module last week.
    pub peers: [f32; MODULES],
}

impl Notice {
    /// Of an account that is not there.
    #[must_use]
    pub const fn absent(account: u32, tier: u8) -> Self {
        Self {
            account,
            tier,
            seats: 0,
            modules: 0,
            natural: 0,
            sponsored: true,
            pace: 1.0,
            adoption: 1.0,
            drive: 1.0,
            peers: [0.0; MODULES],
        }
    }
}

/// From an account to the team: it is eligible for a play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Application {
    /// The place of the play.
    pub play: u8,
    /// The account.
    pub account: u32,
    /// Who comes first: the larger.
    pub priority: f64,
}

/// From the team to an account: it is taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The account.
    pub account: u32,
    /// The place of the play.
    pub play: u8,
}

/// What a cohort has written in an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outbox {
    /// To accounts.
    pub letters: Vec<Letter>,
    /// To accounts, to be added up.
    pub tallies: Vec<Tally>,
    /// To members.
    pub notices: Vec<Notice>,
    /// To the team.
    pub applications: Vec<Application>,
}

/// What arrives at a cohort.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inbox {
    /// From members, in order.
    pub letters: Vec<Letter>,
    /// From members, in the order of accounts.
    pub tallies: Vec<Tally>,
    /// From accounts.
    pub notices: Vec<Notice>,
    /// From the team.
    pub grants: Vec<Grant>,
}
