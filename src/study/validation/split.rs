//! Who is fitted to, and who is predicted.

use xxhash_rust::xxh64::xxh64;

use crate::{base::units::UserId, study::life::Life, user::priors::Priors};

/// How users are divided: nobody is ever predicted by priors that were fitted to them.
#[derive(Clone, Debug, PartialEq)]
pub enum Split {
    /// Fitted to odd ids and predicting even ones, then the reverse; scores are the mean of both.
    TwoFold,
    /// Predicting a share of the users, chosen by a hash of the id; fitted to the others.
    Holdout {
        /// Share that is predicted \[1\].
        share: f64,
    },
    /// Predicting all users with priors from elsewhere; the by-bin baseline then comes from the very users it
    /// is held against, which is strict.
    Given(Box<Priors>),
}

/// Users by position: to fit to, to predict.
pub(super) type Fold = (Vec<usize>, Vec<usize>);

impl Split {
    pub(super) fn folds(&self, lives: &[Life<'_>]) -> Vec<Fold> {
        let divided = |predicted: &dyn Fn(UserId) -> bool| -> Fold {
            (0..lives.len()).partition(|&position| !predicted(lives[position].user))
        };
        match self {
            Self::TwoFold => vec![divided(&|user| user.0 % 2 == 0), divided(&|user| user.0 % 2 == 1)],
            Self::Holdout { share } => vec![divided(&|user| chosen(user, *share))],
            Self::Given(_) => vec![((0..lives.len()).collect(), (0..lives.len()).collect())],
        }
    }
}

/// Whether the XXH64 hash of an id (seed 77) falls into a share.
fn chosen(user: UserId, share: f64) -> bool {
    (xxh64(&user.0.to_le_bytes(), 77) as f64) < share * u64::MAX as f64
}
