//! One user as an example: neither the one that was predicted best nor the one that was predicted worst.

use std::collections::BTreeMap;

use super::{
    Scored,
    scoring::{ALL, Table},
    sessions,
};
use crate::{
    base::units::UserId,
    study::life::Life,
    user::{facet::FacetKind, priors::Priors},
};

/// A user that was predicted, and what was known of everybody then.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Who.
    pub user: UserId,
    /// The priors they were predicted with, fitted to others.
    pub priors: Priors,
}

/// Sessions that make a user long known.
const LONG: usize = 50;

/// Of the users that are long known, or else have the most sessions, the one with the median gain in log score.
pub(super) fn typical(lives: &[Life<'_>], folds: &[Scored]) -> Option<Example> {
    let counts: BTreeMap<UserId, usize> = lives.iter().map(|life| (life.user, sessions(life))).collect();
    let count = |user: &UserId| counts.get(user).copied().unwrap_or_default();
    let tables = || folds.iter().flat_map(|fold| fold.tables.iter().map(move |(user, table)| (fold, user, table)));
    let least = tables().map(|(_, user, _)| count(user)).max()?.min(LONG);
    let known = tables().filter(|(_, user, _)| count(user) >= least);
    let mut ranked: Vec<(f64, UserId, &Scored)> = known.map(|(fold, user, table)| (gain(table), *user, fold)).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (_, user, fold) = ranked.get((ranked.len() - 1) / 2)?;
    Some(Example { user: *user, priors: fold.priors.clone() })
}

/// Log score above the static population's over everything \[nat\].
fn gain(table: &Table) -> f64 {
    let cells = FacetKind::ALL.iter().map(|&facet| table.cell(facet, ALL));
    cells.map(|cell| cell.model - cell.population).sum()
}
