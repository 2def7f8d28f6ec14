//! Are the predictions right for users the priors have never seen? Prequential replay of held-out users.
//!
//! Every session of a held-out user is predicted from the sessions before it, scored, and only then learned. Scores
//! are log scores (Gneiting & Raftery 2007) against two baselines of the fitting users: the static population, and
//! the population of the same number of prior sessions, which removes what surviving long says by itself.

pub mod ahead;
pub(crate) mod bootstrap;
pub mod calibration;
mod example;
pub mod report;
pub mod scoring;
pub mod split;
pub mod stated;

use rayon::prelude::*;

pub use self::example::Example;
use self::{
    ahead::Forecasts,
    bootstrap::{draws, interval_of_several},
    calibration::Counts,
    report::{BinReport, FacetReport, FoldReport, Validation, Value},
    scoring::{ALL, BIN_STARTS, BINS, BinTallies, ByBin, Cell, Scorer, Table},
    split::{Fold, Split},
    stated::Raced,
};
use super::{
    fit::{self, strength},
    life::Life,
};
use crate::{
    base::{luck::Luck, units::UserId},
    history::{session::Observation, stated::Stated},
    user::{
        facet::FacetKind,
        priors::Priors,
        self_model::{Mark, Witness},
    },
};

/// How to validate.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Who is fitted to and who is predicted.
    pub split: Split,
    /// How to fit.
    pub fit: fit::Settings,
    /// Bootstrap draws behind the intervals.
    pub draws: u32,
    /// Their level.
    pub level: f64,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Predict only users with at least so many sessions: a fixed cohort, so that bins differ by evidence and not
    /// by who survives.
    pub at_least_sessions: usize,
}

impl Default for Plan {
    fn default() -> Self {
        let fit = fit::Settings::default();
        Self { split: Split::TwoFold, fit, draws: 200, level: 0.95, seed: 1, at_least_sessions: 0 }
    }
}

/// Replays held-out users and reports how they were predicted.
#[must_use]
pub fn validate(lives: &[Life<'_>], plan: &Plan) -> Validation {
    validated(lives, &Stated::default(), plan).0
}

/// The same, held against what users said they prefer, and with one of the users as an example; none if nobody was
/// predicted.
#[must_use]
pub fn validated(lives: &[Life<'_>], said: &Stated, plan: &Plan) -> (Validation, Option<Example>) {
    // 1. Each fold: priors from some users, scores of the others.
    let luck = Luck::new(plan.seed, 0);
    let split = plan.split.folds(lives);
    let mut folds: Vec<Scored> = split.par_iter().map(|fold| scored(lives, fold, said, plan)).collect();
    // 2. What chance could have made of the scores.
    let drawn: Vec<Vec<Table>> = folds.iter().map(|fold| draws(&fold.tables, plan.draws, &luck)).collect();
    // 3. Scores and calibration by facet.
    let mut counts = Counts::default();
    folds.iter().for_each(|fold| counts.add(&fold.counts));
    let sums: Vec<Table> = folds.iter().map(Scored::sum).collect();
    let named = |facet: FacetKind| facet.name().to_owned();
    let example = example::typical(lives, &folds);
    let races: Vec<Raced> = folds.iter_mut().map(|fold| std::mem::take(&mut fold.race)).collect();
    let validation = Validation {
        facets: FacetKind::ALL.map(|f| (named(f), facet_report(f, &sums, &drawn, plan.level))).into(),
        calibration: FacetKind::ALL.map(|f| (named(f), counts.calibration(f))).into(),
        churn_ahead: ahead::report(&aheads(&folds), plan, &luck),
        stated: stated::report(&races, said, plan, &luck),
        users: folds.iter().map(|fold| fold.tables.len()).sum(),
        sessions: folds.iter().map(|fold| fold.sessions).sum(),
        folds: folds.into_iter().map(|fold| fold.report).collect(),
        level: plan.level,
    };
    (validation, example)
}

/// One fold's scores.
struct Scored {
    tables: Vec<(UserId, Table)>,
    counts: Counts,
    priors: Priors,
    sessions: u64,
    ahead: Option<Forecasts>,
    race: Raced,
    report: FoldReport,
}

impl Scored {
    fn sum(&self) -> Table {
        let mut sum = Table::default();
        self.tables.iter().for_each(|(_, table)| sum.add(table, 1.0));
        sum
    }
}

fn aheads(folds: &[Scored]) -> Vec<&Forecasts> {
    folds.iter().filter_map(|fold| fold.ahead.as_ref()).collect()
}

fn scored(lives: &[Life<'_>], (fitting, predicted): &Fold, said: &Stated, plan: &Plan) -> Scored {
    let fitting: Vec<Life<'_>> = fitting.iter().map(|&position| lives[position]).collect();
    let long = |life: &Life<'_>| sessions(life) >= plan.at_least_sessions;
    let predicted: Vec<Life<'_>> = predicted.iter().map(|&position| lives[position]).filter(long).collect();
    let (priors, log_likelihood) = priors(&fitting, plan);
    let baseline = by_bin(&fitting, &priors);
    let (tables, counts) = replayed(&predicted, &priors, &baseline);
    let settings = strength::settings(&priors).into_iter().map(|(name, value)| (name.to_owned(), value));
    Scored {
        sessions: predicted.iter().map(|life| sessions(life) as u64).sum(),
        ahead: ahead::forecasts(&predicted, &priors),
        race: stated::race(&fitting, &predicted, &priors, said),
        report: FoldReport {
            fitted_users: fitting.len(),
            predicted_users: tables.len(),
            log_likelihood,
            settings: settings.collect(),
        },
        tables,
        counts,
        priors,
    }
}

fn sessions(life: &Life<'_>) -> usize {
    life.observations.iter().filter(|o| matches!(o, Observation::Session(_))).count()
}

fn priors(fitting: &[Life<'_>], plan: &Plan) -> (Priors, Option<f64>) {
    if let Split::Given(priors) = &plan.split {
        return (Priors::clone(priors), None);
    }
    let fitted = fit::fit(fitting, &plan.fit);
    (fitted.priors, Some(fitted.log_likelihood))
}

fn by_bin(fitting: &[Life<'_>], priors: &Priors) -> ByBin {
    let mut tallies = BinTallies::default();
    for life in fitting {
        life.replay(priors, &mut tallies);
    }
    tallies.laws()
}

/// Users that one task replays; results do not depend on it.
const BLOCK: usize = 32;

fn replayed(lives: &[Life<'_>], priors: &Priors, baseline: &ByBin) -> (Vec<(UserId, Table)>, Counts) {
    let block = |lives: &[Life<'_>]| {
        let mut counts = Counts::default();
        let one = |life: &Life<'_>| {
            let mut both = Both(Scorer { table: Table::default(), baseline }, &mut counts);
            life.replay(priors, &mut both);
            (life.user, both.0.table)
        };
        let tables: Vec<_> = lives.iter().map(one).collect();
        (tables, counts)
    };
    let blocks: Vec<_> = lives.par_chunks(BLOCK).map(block).collect();
    let (mut tables, mut counts) = (Vec::with_capacity(lives.len()), Counts::default());
    for (more, block) in blocks {
        tables.extend(more);
        counts.add(&block);
    }
    (tables, counts)
}

/// Two witnesses of the same outcomes.
struct Both<'a, 'b>(Scorer<'a>, &'b mut Counts);

impl Witness for Both<'_, '_> {
    fn marked(&mut self, mark: &Mark<'_>) {
        self.0.marked(mark);
        self.1.marked(mark);
    }
}

fn facet_report(facet: FacetKind, sums: &[Table], drawn: &[Vec<Table>], level: f64) -> FacetReport {
    let value = |bin| value(facet, bin, sums, drawn, level);
    let bins = (0..BINS).map(|bin| BinReport {
        from: BIN_STARTS[bin],
        to: BIN_STARTS.get(bin + 1).map(|next| next - 1),
        value: value(bin),
    });
    let all = value(ALL);
    FacetReport {
        score: facet.unit(),
        nothing_to_predict: all.value.is_none(),
        all,
        by_prior_sessions: bins.filter(|bin| bin.value.events > 0).collect(),
    }
}

fn value(facet: FacetKind, bin: usize, sums: &[Table], drawn: &[Vec<Table>], level: f64) -> Value {
    let unit = facet.unit();
    let read = |table: &Table, of: fn(&Cell) -> f64| {
        let cell = table.cell(facet, bin);
        cell.value(unit, of(cell))
    };
    let estimate = |of: fn(&Cell) -> f64| {
        let point = mean(sums.iter().map(|table| read(table, of)));
        let count = drawn.first().map_or(0, Vec::len);
        let draws = (0..count).filter_map(|draw| mean(drawn.iter().map(|fold| read(&fold[draw], of))));
        let draws: Vec<f64> = draws.collect();
        let ends = point.and_then(|_| interval_of_several(draws, level));
        (point, ends.map(|e| e.0), ends.map(|e| e.1))
    };
    let (value, lo, hi) = estimate(|cell| cell.population);
    let (value_by_bin_baseline, lo_by_bin_baseline, hi_by_bin_baseline) = estimate(|cell| cell.by_bin);
    Value {
        value,
        lo,
        hi,
        events: sums.iter().map(|table| table.cell(facet, bin).events as u64).sum(),
        value_by_bin_baseline,
        lo_by_bin_baseline,
        hi_by_bin_baseline,
        folds: sums.iter().map(|table| read(table, |cell| cell.population)).collect(),
    }
}

/// Mean of the folds that have a value.
fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (sum, count) = values.flatten().fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests;
