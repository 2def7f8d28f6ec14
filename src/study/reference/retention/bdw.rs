//! BdW, the beta–discrete-Weibull: sBG with a chance to leave that grows (`c > 1`) or falls (`c < 1`) with a customer's
//! own tenure (Fader, Hardie, Liu, Davin & Steenburgh 2018, *Journal of Interactive Marketing* 43, 1–16).
//! Parameters `gamma` \[1\], `delta` \[1\], `c` \[1\]; with `c = 1` it is sBG.

use super::{super::kind::checked, RetentionKind, weibull};

const NAME: &str = "bdw";
const NAMES: [&str; 3] = ["gamma", "delta", "c"];

/// The kind.
pub static KIND: RetentionKind = RetentionKind {
    name: NAME,
    title: "BdW",
    parameters: &NAMES,
    fit: |cohorts| weibull::fitted(NAME, NAMES, cohorts),
    at: |parameters| Ok(Box::new(weibull::with(NAME, checked(NAME, NAMES, parameters)?))),
};
