//! Whom to treat: how well a score ranks users by what the treatment does to them.
//!
//! [`curve`] has the two quantities that are both called Qini, named apart; [`scorer`] learners and the simple rules they
//! must beat; [`policy`] what treating by a rule earns; [`targeting`] puts them together for a recorded experiment.

pub mod curve;
pub mod feature;
pub mod policy;
pub mod scorer;
pub mod targeting;
