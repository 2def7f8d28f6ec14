//! BG/NBD: Poisson purchases, and after every repeat purchase a coin that may end them (Fader, Hardie & Lee 2005,
//! *Marketing Science* 24, 275–284; likelihood eq. 6, conditional expectation eq. 10).
//!
//! Parameters `r` \[1\], `alpha` \[time\], `a` \[1\], `b` \[1\]. Who never came back is alive for certain: use
//! `p_active`, not `p_alive`, to tell who will return.

use super::{
    cnbd::{Member, fitted},
    count::CountKind,
    kind::checked,
};

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];
const MEMBER: Member = Member { name: "bg_nbd", first_coin: false };

/// The kind.
pub static KIND: CountKind = CountKind {
    name: MEMBER.name,
    title: "BG/NBD",
    parameters: &NAMES,
    fit: |customers| fitted(MEMBER, 1..=1, customers),
    at: |parameters| Ok(Box::new(MEMBER.at(1, checked(MEMBER.name, NAMES, parameters)?))),
};
