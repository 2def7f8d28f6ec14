//! The bridge of annual recurring revenue: from what there was at the beginning of a year to what is left of the
//! same accounts at its end. Whole minor units, so parts add up the same in any order.

use std::ops::AddAssign;

use crate::base::units::Money;

/// What a year did to the recurring revenue of the accounts that were there when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// Recurring revenue at the beginning \[a year\].
    pub opening: Money,
    /// Lost with accounts that left.
    pub churn: Money,
    /// Given up by accounts that renewed for less.
    pub contraction: Money,
    /// Further products.
    pub expansion: Money,
    /// Further seats.
    pub seats: Money,
    /// Higher prices at renewal.
    pub uplift: Money,
    /// Accounts at the beginning.
    pub accounts: u64,
    /// Accounts that left.
    pub left: u64,
    /// Seats at the beginning.
    pub seats_held: u64,
}

impl Bridge {
    /// Recurring revenue of the same accounts at the end.
    #[must_use]
    pub fn closing(&self) -> Money {
        self.opening - self.churn - self.contraction + self.expansion + self.seats + self.uplift
    }

    /// Net revenue retention: closing over opening; none where nothing was there to keep.
    #[must_use]
    pub fn net_retention(&self) -> Option<f64> {
        self.share(self.closing())
    }

    /// Gross revenue retention: what was neither lost nor given up, whatever was added.
    #[must_use]
    pub fn gross_retention(&self) -> Option<f64> {
        self.share(self.opening - self.churn - self.contraction)
    }

    /// The share of accounts that stayed.
    #[must_use]
    pub fn logo_retention(&self) -> Option<f64> {
        (self.accounts > 0).then(|| 1.0 - self.left as f64 / self.accounts as f64)
    }

    /// An amount as a share of the opening revenue.
    #[must_use]
    pub fn share(&self, amount: Money) -> Option<f64> {
        (self.opening > Money::ZERO).then(|| amount.minor() as f64 / self.opening.minor() as f64)
    }
}

impl AddAssign for Bridge {
    fn add_assign(&mut self, other: Self) {
        self.opening += other.opening;
        self.churn += other.churn;
        self.contraction += other.contraction;
        self.expansion += other.expansion;
        self.seats += other.seats;
        self.uplift += other.uplift;
        self.accounts += other.accounts;
        self.left += other.left;
        self.seats_held += other.seats_held;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_there_has_no_retention_instead_of_a_wrong_one() {
        let nobody = Bridge::default();
        assert_eq!((nobody.net_retention(), nobody.gross_retention(), nobody.logo_retention()), (None, None, None));
    }

    #[test]
    fn what_is_added_raises_net_retention_and_leaves_gross_alone() {
        let cents = Money::from_minor;
        let bridge = Bridge {
            opening: cents(1_000),
            churn: cents(70),
            contraction: cents(30),
            expansion: cents(150),
            ..Bridge::default()
        };
        assert_eq!((bridge.net_retention(), bridge.gross_retention()), (Some(1.05), Some(0.9)));
    }
}
