//! Leaving in words: how segments differ. A user's own risk has a study of its own, which says what moved it.

use super::{Distinction, Reading, Told, Topic, Words, quantity::relative_entropy, wording::percent};
use crate::user::{facet::FacetKind, priors::Priors};

/// Whether they leave.
pub struct Leaving;

impl Told for Leaving {
    fn facet(&self) -> FacetKind {
        FacetKind::Churn
    }

    fn topics(&self, _: &Reading<'_>) -> Vec<Topic> {
        Vec::new()
    }

    fn distinction(&self, priors: &Priors, _: &Words, segment: usize) -> Option<Distinction> {
        let churn = &priors.churn;
        let own = f64::from(churn.mean_hazard[segment]);
        let all = churn.population.iter().map(|&hazard| f64::from(hazard)).sum::<f64>() / churn.population.len() as f64;
        Some(Distinction {
            facet: FacetKind::Churn,
            divergence: relative_entropy(&[own, 1.0 - own], &[all, 1.0 - all]),
            words: format!(
                "leaves in {} of periods of {:.0} days against {}",
                percent(own),
                churn.period_days,
                percent(all)
            ),
        })
    }
}
