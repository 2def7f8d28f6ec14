//! Users who are there when a world begins: they go on from where their record ends, and do not come anew.

use std::sync::Arc;

use crate::{
    base::units::UserId,
    user::{persona::Persona, self_model::SelfModel},
};

/// One of them, as drawn for one world.
#[derive(Clone, Copy, Debug)]
pub struct Founder {
    /// Their name in the world: the record's, marked with [`TWIN`].
    pub user: UserId,
    /// Who they may be, given their record. Hidden.
    pub persona: Persona,
    /// First session \[s\].
    pub born: u32,
    /// Last session \[s\].
    pub last: u32,
    /// Hazard that they can stand in all, what they have stood so far included.
    pub stands: f64,
    /// What is believed of them: an index into [`Founders::models`].
    pub model: u32,
}

/// Those who are there when a world begins.
#[derive(Clone, Debug, Default)]
pub struct Founders {
    /// In the order of their places among all arrivals, from 0.
    pub users: Vec<Founder>,
    /// What is believed of everybody on record, those who have left included.
    pub models: Arc<Vec<SelfModel>>,
}

/// Marks the name of a user who comes from a record, so that nobody who is born in a world bears it.
pub const TWIN: u64 = 1 << 63;

impl Founders {
    /// The founder at a place among all arrivals.
    #[inline]
    #[must_use]
    pub fn at(&self, index: u32) -> Option<&Founder> {
        self.users.get(index as usize)
    }
}
