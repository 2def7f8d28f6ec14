//! What an intervention costs, and how far it may go.

use serde::{Deserialize, Serialize};

use crate::base::units::NonNegative;

/// What an intervention costs [major units].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cost {
    /// Once; spread over the first year after the launch.
    pub fixed: NonNegative,
    /// For each user who is treated, once.
    pub per_user: NonNegative,
    /// For each use: a session, a paying session, a message or a friend who came, as the effect's nature is.
    pub per_use: NonNegative,
    /// For each treated user a day.
    pub per_user_day: NonNegative,
}

impl Default for Cost {
    fn default() -> Self {
        let nothing = NonNegative::new(0.0).unwrap_or_else(|_| unreachable!("0 is at least 0"));
        Self { fixed: nothing, per_user: nothing, per_use: nothing, per_user_day: nothing }
    }
}

impl Cost {
    /// What so many newly treated users, uses and user-days cost [major units]; the fixed part is not in it.
    #[must_use]
    pub fn of(&self, entered: i64, uses: i64, user_days: i64) -> f64 {
        entered as f64 * self.per_user.value()
            + uses as f64 * self.per_use.value()
            + user_days as f64 * self.per_user_day.value()
    }
}

/// How far an intervention may go; each limit takes effect the day after it is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cap {
    /// Users it has room for: first come, first served, and who is in stays in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u32>,
    /// What may be spent on users, uses and user-days [major units]; when it is spent the intervention ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<NonNegative>,
}

impl Cap {
    /// In the words of an assumption.
    #[must_use]
    pub fn in_words(&self) -> String {
        let users = self.users.map(|users| format!("it has room for {users} users"));
        let budget = self.budget.map(|budget| format!("it ends when {} is spent", budget.value()));
        users.into_iter().chain(budget).collect::<Vec<_>>().join("; ")
    }
}
