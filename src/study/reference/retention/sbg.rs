//! sBG, the shifted beta–geometric: each customer leaves with a probability of their own at every renewal, over customers
//! `Beta(α, β)` (Fader & Hardie 2007, *Journal of Interactive Marketing* 21, 76–90). Retention rises with tenure only
//! because the unsteady leave first. Parameters `alpha` \[1\], `beta` \[1\].

use super::{super::kind::checked, RetentionKind, weibull};

const NAME: &str = "sbg";
const NAMES: [&str; 2] = ["alpha", "beta"];

/// The kind.
pub static KIND: RetentionKind = RetentionKind {
    name: NAME,
    title: "sBG",
    parameters: &NAMES,
    fit: |cohorts| weibull::fitted(NAME, NAMES, cohorts),
    at: |parameters| Ok(Box::new(weibull::with(NAME, checked(NAME, NAMES, parameters)?))),
};
