//! Who sponsors the product at an account.

/// Days for which a change of sponsor counts.
pub const WINDOW: i32 = 180;

/// The sponsor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sponsor {
    left: Option<i32>,
    vacant: bool,
}

impl Sponsor {
    /// Learns that the sponsor has left.
    pub fn left(&mut self, day: i32) {
        self.left = Some(self.left.map_or(day, |before| before.max(day)));
        self.vacant = true;
    }

    /// Learns that somebody took over.
    pub const fn named(&mut self) {
        self.vacant = false;
    }

    /// Whether the sponsor left within the last 180 days.
    #[must_use]
    pub fn changed(&self, day: i32) -> bool {
        self.left.is_some_and(|left| left <= day && day - left < WINDOW)
    }

    /// Whether nobody sponsors the product.
    #[must_use]
    pub const fn is_vacant(&self) -> bool {
        self.vacant
    }
}
