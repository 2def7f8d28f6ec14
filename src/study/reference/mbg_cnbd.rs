//! MBG/CNBD-k: MBG/NBD with regular timing, gaps being Erlang of `k` stages (Reutterer, Platzer & Schröder 2021, *IJRM*
//! 38, 194–215). With `k = 1` it is MBG/NBD.
//!
//! Parameters `k` \[1\], `r` \[1\], `alpha` \[time\], `a` \[1\], `b` \[1\], where the rate is that of the stages, so that the
//! mean rate of purchases is `r/(k·alpha)`. `k` is chosen by likelihood: by that of the gaps where a customer has them
//! ([`super::Purchases::with_log_gaps`]), else by that of their sum, which tells less.

use super::{
    cnbd::{Member, fitted},
    count::{CountKind, CountModel},
    error::ReferenceError,
    kind::checked,
};

const NAMES: [&str; 5] = ["k", "r", "alpha", "a", "b"];
const MEMBER: Member = Member { name: "mbg_cnbd", first_coin: true };
/// Most stages that are tried.
const MOST: u32 = 12;

/// The kind.
pub static KIND: CountKind = CountKind {
    name: MEMBER.name,
    title: "MBG/CNBD-k",
    parameters: &NAMES,
    fit: |customers| fitted(MEMBER, 1..=MOST, customers),
    at,
};

fn at(parameters: &[f64]) -> Result<Box<dyn CountModel>, ReferenceError> {
    let [k, rest @ ..] = checked(MEMBER.name, NAMES, parameters)?;
    if k.fract() != 0.0 || k > 1_000.0 {
        let (model, must) = (MEMBER.name, "a whole number between 1 and 1000");
        return Err(ReferenceError::Parameter { model, parameter: "k", must, value: k });
    }
    Ok(Box::new(MEMBER.at(k as u32, rest)))
}
