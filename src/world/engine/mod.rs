
pub mod cohort;
