//! The reference family: the customer-base models of the marketing-science literature, as baselines.
//!
//! | kind | purchases | leaving |
//! |---|---|---|
//! | [`bg_nbd`] | Poisson | a coin after every repeat purchase |
//! | [`mbg_nbd`] | Poisson | a coin after every purchase |
//! | [`mbg_cnbd`] | Erlang-k gaps, so regular | a coin after every purchase |
//! | [`pareto`] | Poisson | at any time |
//!
//! Beside them [`gamma_gamma`], what a purchase is worth, and [`retention`] (sBG and BdW), who renews a contract.
//! A customer is a [`Purchases`] summary; models are asked for by name with [`kind()`].
//!
//! ```
//! use cwm::study::reference::{Purchases, kind};
//!
//! let customers = [(0, 0.0, 38.0), (2, 30.4, 38.9), (1, 5.0, 30.0), (6, 21.0, 27.0), (0, 0.0, 35.0)];
//! let customers = customers.map(|(x, t_x, age)| Purchases::new(x, t_x, age)).into_iter().collect::<Result<Vec<_>, _>>()?;
//! let fitted = kind("mbg_nbd")?.fit(&customers)?;
//! assert!(fitted.model.expected(&customers[3], 39.0) > fitted.model.expected(&customers[0], 39.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod bg_nbd;
pub mod gamma_gamma;
pub mod mbg_cnbd;
pub mod mbg_nbd;
pub mod pareto;
pub mod retention;

mod cnbd;
mod count;
mod discount;
mod draw;
mod error;
mod fit;
mod kind;
mod latent;
mod negative_binomial;
mod optimise;
mod purchases;
pub(super) mod quadrature;
mod rows;
pub(super) mod special;
#[cfg(test)]
mod tests;

pub use count::{CountKind, CountModel};
pub use error::{ReferenceError, SummaryError};
pub use fit::{Caution, Estimate, Fit};
pub use kind::{Fitted, Kind};
pub use latent::{Latent, Leaving, Uniform};
pub use purchases::Purchases;

/// Every kind of purchase-count model.
pub static KINDS: [&CountKind; 4] = [&bg_nbd::KIND, &mbg_nbd::KIND, &mbg_cnbd::KIND, &pareto::KIND];

/// The kind of that name.
///
/// # Errors
/// If there is none; the error lists those there are.
pub fn kind(name: &str) -> Result<&'static CountKind, ReferenceError> {
    kind::named(&KINDS, name)
}
