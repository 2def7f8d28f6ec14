//! MBG/NBD: BG/NBD with a coin after the first purchase too, so that who never came back may have left (Batislam,
//! Denizel & Filiztekin 2007, *IJRM* 24, 201–209; corrected by Wagner & Hoppe 2008, *IJRM* 25, 225–226).
//!
//! Parameters `r` \[1\], `alpha` \[time\], `a` \[1\], `b` \[1\].

use super::{
    cnbd::{Member, fitted},
    count::CountKind,
    kind::checked,
};

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];
const MEMBER: Member = Member { name: "mbg_nbd", first_coin: true };

/// The kind.
pub static KIND: CountKind = CountKind {
    name: MEMBER.name,
    title: "MBG/NBD",
    parameters: &NAMES,
    fit: |customers| fitted(MEMBER, 1..=1, customers),
    at: |parameters| Ok(Box::new(MEMBER.at(1, checked(MEMBER.name, NAMES, parameters)?))),
};
