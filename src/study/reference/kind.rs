//! Kinds of models, and how one is found by its name.

use super::{error::ReferenceError, fit::Fit};

/// A kind of model: its name, its parameters, how it is fitted to data of type `D` and built from parameters.
#[derive(Debug)]
pub struct Kind<D: 'static, M: ?Sized + 'static> {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) parameters: &'static [&'static str],
    pub(super) fit: fn(&[D]) -> Result<Fitted<M>, ReferenceError>,
    pub(super) at: fn(&[f64]) -> Result<Box<M>, ReferenceError>,
}

/// A model with how it was fitted.
#[derive(Debug)]
pub struct Fitted<M: ?Sized> {
    /// Parameters, standard errors, log-likelihood.
    pub fit: Fit,
    /// The model at these parameters.
    pub model: Box<M>,
}

impl<D, M: ?Sized> Kind<D, M> {
    /// Its name in files, such as `pareto_nbd`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its name in the literature, such as `Pareto/NBD`.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// Names of its parameters in order, by the letters of its paper.
    #[must_use]
    pub fn parameters(&self) -> &'static [&'static str] {
        self.parameters
    }

    /// Fits it by maximum likelihood. Equal customers are merged; the result does not depend on the number of threads.
    /// Data that say nothing about a parameter leave it anywhere, with a [`Caution`](super::Caution).
    ///
    /// # Errors
    /// Without customers.
    pub fn fit(&self, data: &[D]) -> Result<Fitted<M>, ReferenceError> {
        (self.fit)(data)
    }

    /// The model at given parameters.
    ///
    /// # Errors
    /// If there are too few or too many, or one is out of its range.
    pub fn at(&self, parameters: &[f64]) -> Result<Box<M>, ReferenceError> {
        (self.at)(parameters)
    }
}

/// The kind of that name.
///
/// # Errors
/// If there is none; the error lists those there are.
pub(super) fn named<D, M: ?Sized>(
    kinds: &[&'static Kind<D, M>],
    name: &str,
) -> Result<&'static Kind<D, M>, ReferenceError> {
    let choices = || kinds.iter().map(|kind| format!("`{}`", kind.name)).collect::<Vec<_>>().join(", ");
    let unknown = || ReferenceError::UnknownModel { name: name.to_owned(), choices: choices() };
    kinds.iter().find(|kind| kind.name == name).copied().ok_or_else(unknown)
}

/// Checks that there are as many parameters as names, all above 0 and of a size that can be computed with.
pub(super) fn checked<const N: usize>(
    model: &'static str,
    names: [&'static str; N],
    values: &[f64],
) -> Result<[f64; N], ReferenceError> {
    let (found, must) = (values.len(), "between 1e-18 and 1e18");
    let other = |_| ReferenceError::ParameterCount { model, expected: names.join(", "), found };
    let values: [f64; N] = values.try_into().map_err(other)?;
    let wrong = (0..N).find(|&i| !(1e-18..=1e18).contains(&values[i]));
    wrong.map_or(Ok(values), |i| Err(ReferenceError::Parameter { model, parameter: names[i], must, value: values[i] }))
}
