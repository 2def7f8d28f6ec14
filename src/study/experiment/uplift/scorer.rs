//! Ways to rank users by what a treatment would do to them: learners, and the simple rules they must beat.

use super::feature::Feature;
use crate::{
    base::{
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    study::experiment::regression::Design,
};

/// A way to rank users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scorer {
    /// By chance.
    Random,
    /// By a number, largest first: past spend, say.
    Largest(usize),
    /// By a number, smallest first.
    Smallest(usize),
    /// By the effect measured in each bin of one feature.
    OneFeature(usize),
    /// A least-squares fit for each arm: the difference of what both expect.
    TwoModels,
    /// A least-squares fit of outcomes weighted so that their mean is the effect (the transformed outcome).
    Transformed,
}

/// A user in training.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Place in the table.
    pub row: usize,
    /// Whether treated.
    pub treated: bool,
    /// What came of it.
    pub outcome: f64,
}

impl Scorer {
    /// Every way that these features allow.
    #[must_use]
    pub fn all(features: &[Feature]) -> Vec<Self> {
        let mut all = vec![Self::Random];
        for (place, feature) in features.iter().enumerate() {
            if feature.values.is_some() && feature.count > 2 {
                all.extend([Self::Largest(place), Self::Smallest(place)]);
            }
            all.push(Self::OneFeature(place));
        }
        all.extend([Self::TwoModels, Self::Transformed]);
        all
    }

    /// Whether it learns from all features at once.
    #[must_use]
    pub const fn is_learner(&self) -> bool {
        matches!(self, Self::TwoModels | Self::Transformed)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self, features: &[Feature]) -> String {
        let feature = |place: usize| features[place].name.as_str();
        match self {
            Self::Random => "random".to_owned(),
            Self::Largest(place) => format!("largest {} first", feature(*place)),
            Self::Smallest(place) => format!("smallest {} first", feature(*place)),
            Self::OneFeature(place) => format!("one feature: {}", feature(*place)),
            Self::TwoModels => "two models, all features".to_owned(),
            Self::Transformed => "transformed outcome, all features".to_owned(),
        }
    }

    /// Learns from some rows; answers for any.
    #[must_use]
    pub fn fit<'a>(&self, features: &'a [Feature], rows: &[Row], luck: Luck) -> Box<dyn Fn(usize) -> f64 + 'a> {
        match *self {
            Self::Random => Box::new(move |row| uniform(luck.block(UserId(row as u64), Purpose::Bootstrap, 1)[0])),
            Self::Largest(place) => {
                Box::new(move |row| features[place].values.as_ref().map_or(0.0, |values| values[row]))
            }
            Self::Smallest(place) => {
                Box::new(move |row| features[place].values.as_ref().map_or(0.0, |values| -values[row]))
            }
            Self::OneFeature(place) => {
                let effects = by_bin(&features[place], rows);
                Box::new(move |row| effects[features[place].bins[row]])
            }
            Self::TwoModels => {
                let of =
                    |treated: bool| rows.iter().filter(|row| row.treated == treated).copied().collect::<Vec<Row>>();
                let arm = |treated: bool| linear(features, &of(treated));
                let (control, treated) = (arm(false), arm(true));
                Box::new(move |row| treated(row) - control(row))
            }
            Self::Transformed => {
                let share = rows.iter().filter(|row| row.treated).count() as f64 / rows.len().max(1) as f64;
                let weight = |row: &Row| if row.treated { 1.0 / share } else { -1.0 / (1.0 - share) };
                let moved = rows.iter().map(|row| Row { outcome: row.outcome * weight(row), ..*row });
                Box::new(linear(features, &moved.collect::<Vec<Row>>()))
            }
        }
    }
}

/// The effect in each bin; where an arm is missing, nothing is known: 0.
fn by_bin(feature: &Feature, rows: &[Row]) -> Vec<f64> {
    let mut sums = vec![[[0.0; 2]; 2]; feature.count];
    for row in rows {
        let sum = &mut sums[feature.bins[row.row]][usize::from(row.treated)];
        sum[0] += 1.0;
        sum[1] += row.outcome;
    }
    let effect = |[control, treated]: &[[f64; 2]; 2]| {
        if control[0] > 0.0 && treated[0] > 0.0 { treated[1] / treated[0] - control[1] / control[0] } else { 0.0 }
    };
    sums.iter().map(effect).collect()
}

/// Least squares on all features; what it expects of a row.
pub(super) fn linear<'a>(features: &'a [Feature], rows: &[Row]) -> impl Fn(usize) -> f64 + use<'a> {
    let columns: Vec<&[f64]> = features.iter().flat_map(Feature::columns).collect();
    // Scaled, so that the equations are well-conditioned.
    let scales: Vec<(f64, f64)> = columns.iter().map(|column| scale(column)).collect();
    let design = move |row: usize| {
        let scaled = columns.iter().zip(&scales).map(|(column, (mean, sd))| (column[row] - mean) / sd);
        std::iter::once(1.0).chain(scaled).collect::<Vec<f64>>()
    };
    let outcomes: Vec<f64> = rows.iter().map(|row| row.outcome).collect();
    let width = design(0).len();
    let fit = Design::new(width, rows.iter().map(|row| design(row.row))).fit(&outcomes);
    let coefficients = fit.map_or_else(|| vec![0.0; width], |fit| fit.coefficients);
    move |row| design(row).iter().zip(&coefficients).map(|(x, b)| x * b).sum()
}

fn scale(column: &[f64]) -> (f64, f64) {
    let n = column.len().max(1) as f64;
    let mean = column.iter().sum::<f64>() / n;
    let sd = (column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
    (mean, if sd > 0.0 { sd } else { 1.0 })
}
