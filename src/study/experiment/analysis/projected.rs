//! Had half of the treated been projected from the rest of a real experiment, would the projection have been right?
//!
//! Of an arm, a random half teaches, with the whole control; what the other half will measure against the same control is
//! then projected and held against what it did. In a segment the effect is partially pooled: levels differ by a normal law
//! whose variance is found from the levels (DerSimonian & Laird 1986, *Controlled Clinical Trials* 7, eq. 8), and what a
//! level measured is shrunk towards what all did (Gelman et al., *Bayesian Data Analysis*, 3rd ed., § 5.4). The control's
//! luck is in both the lesson and the measurement, so the interval is that of the joint normal law of the two.

use serde::Serialize;

use super::{
    Arms, Question,
    values::{Levels, MOST_LEVELS, Values},
};
use crate::{
    base::{
        luck::{Luck, Purpose},
        units::UserId,
    },
    history::source::table::Table,
    study::experiment::{error::ExperimentError, law::student_quantile},
};

/// Random halves; the first is the one shown.
const SPLITS: usize = 200;
/// Fewest users on each side of a level that is projected.
const FEWEST: f64 = 30.0;

/// A half of an arm, projected and measured: all of it, or one level of a segment.
#[derive(Clone, Debug, Serialize)]
pub struct Projected {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// Column of the segment; none for all users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Treated users who taught, and who were projected.
    pub users: [u64; 2],
    /// The difference to control that the other half was projected to measure.
    pub projected: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// What it measured.
    pub measured: f64,
    /// Whether the interval holds it.
    pub held: bool,
    /// Share of 200 random halves in which it does; they overlap, so it is a description, not a test.
    pub held_share: f64,
}

/// Number, sum and sum of squares of values less an offset.
#[derive(Clone, Copy, Default)]
struct Sums {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    fn mean(&self) -> f64 {
        self.sum / self.n
    }

    fn variance(&self) -> f64 {
        ((self.squares - self.sum * self.sum / self.n) / (self.n - 1.0)).max(0.0)
    }
}

/// One level in one split.
#[derive(Clone, Copy, Default)]
struct Cell {
    control: Sums,
    taught: Sums,
    judged: Sums,
}

impl Cell {
    fn is_enough(&self) -> bool {
        [self.control, self.taught, self.judged].iter().all(|side| side.n >= FEWEST)
    }

    /// What the taught half measured.
    fn lesson(&self) -> f64 {
        self.taught.mean() - self.control.mean()
    }

    fn measured(&self) -> f64 {
        self.judged.mean() - self.control.mean()
    }

    /// Variances of the means of control, the taught and the judged half; of the last, nothing but its size is known.
    fn variances(&self) -> [f64; 3] {
        let treated = self.taught.variance();
        [self.control.variance() / self.control.n, treated / self.taught.n, treated / self.judged.n]
    }
}

/// A projection and what it is of.
#[derive(Clone, Copy)]
struct Said {
    mean: f64,
    sd: f64,
    freedom: f64,
}

impl Said {
    /// Nothing is pooled: the control's luck cancels.
    fn alone(cell: &Cell) -> Self {
        let [_, taught, judged] = cell.variances();
        Self { mean: cell.lesson(), sd: (taught + judged).sqrt(), freedom: cell.taught.n - 1.0 }
    }

    /// A level among others: `z | y` of the normal pair with variances `b + σ²` and covariance `b + σ²_control`.
    fn pooled(cell: &Cell, all: &Common) -> Self {
        let [control, taught, judged] = cell.variances();
        let (of_lesson, of_both) = (all.between + control + taught, all.between + control);
        let weight = if of_lesson > 0.0 { of_both / of_lesson } else { 1.0 };
        let mean = all.mean + weight * (cell.lesson() - all.mean);
        let left = (all.between + control + judged - weight * of_both).max(0.0);
        let sd = (left + (1.0 - weight).powi(2) * all.variance).sqrt();
        Self { mean, sd, freedom: cell.taught.n - 1.0 }
    }

    fn ends(&self, alpha: f64) -> (f64, f64) {
        let reach = student_quantile(1.0 - alpha / 2.0, self.freedom) * self.sd;
        (self.mean - reach, self.mean + reach)
    }
}

/// What levels have in common.
struct Common {
    mean: f64,
    variance: f64,
    between: f64,
}

impl Common {
    /// DerSimonian and Laird's moments.
    fn of(cells: &[Cell]) -> Self {
        let own: Vec<(f64, f64)> = cells
            .iter()
            .filter(|cell| cell.is_enough())
            .map(|cell| (cell.lesson(), (cell.variances()[0] + cell.variances()[1]).max(1e-300)))
            .collect();
        let weighted = |between: f64| {
            let sum: f64 = own.iter().map(|(_, v)| 1.0 / (v + between)).sum();
            (own.iter().map(|(y, v)| y / (v + between)).sum::<f64>() / sum, sum)
        };
        let (mean, sum) = weighted(0.0);
        let off: f64 = own.iter().map(|(y, v)| (y - mean).powi(2) / v).sum();
        let squares: f64 = own.iter().map(|(_, v)| 1.0 / (v * v)).sum();
        let spare = sum - squares / sum;
        let between = if spare > 0.0 { ((off - (own.len() as f64 - 1.0)) / spare).max(0.0) } else { 0.0 };
        let (mean, sum) = weighted(between);
        Self { mean, variance: 1.0 / sum, between }
    }
}

/// Rows of one arm and its control: level and value, and of the treated in which halves they teach.
struct Rows {
    control: Vec<(usize, f64)>,
    treated: Vec<(usize, f64, Halves)>,
    levels: Vec<String>,
}

/// One bit a split.
type Halves = [u32; SPLITS.div_ceil(32)];

impl Question {
    /// Projects halves of every arm, for every metric that is a mean, in all and in the levels of each segment.
    ///
    /// # Errors
    /// [`ExperimentError`] if a column cannot be read.
    pub fn projected(&self, table: &Table, seed: u64) -> Result<Vec<Projected>, ExperimentError> {
        let arms = Arms::of(table, &self.arm, self.control.as_deref())?;
        let mut found = Vec::new();
        for metric in self.metrics.iter().filter(|metric| metric.is_mean()) {
            let values = Values::of(table, metric)?;
            for arm in 1..arms.names.len() {
                let named = |(segment, level): (Option<&String>, String), said: Judged| Projected {
                    arm: arms.names[arm].clone(),
                    metric: metric.name.clone(),
                    level: segment.is_some().then_some(level),
                    segment: segment.cloned(),
                    ..said.result()
                };
                let everybody = Rows::of(&values, None, &arms, arm, seed);
                found.extend(everybody.judged(self.alpha).into_iter().map(|(level, said)| named((None, level), said)));
                for segment in &self.segments {
                    let levels = Levels::of(table, segment)?;
                    let rows = Rows::of(&values, Some(&levels), &arms, arm, seed);
                    let judged = rows.judged(self.alpha).into_iter();
                    found.extend(judged.map(|(level, said)| named((Some(segment), level), said)));
                }
            }
        }
        Ok(found)
    }
}

/// A level over all splits.
struct Judged {
    first: (Said, (f64, f64), f64, [u64; 2]),
    held: usize,
    splits: usize,
}

impl Judged {
    fn result(&self) -> Projected {
        let (said, (lo, hi), measured, users) = self.first;
        Projected {
            arm: String::new(),
            metric: String::new(),
            segment: None,
            level: None,
            users,
            projected: said.mean,
            lo,
            hi,
            measured,
            held: (lo..=hi).contains(&measured),
            held_share: self.held as f64 / self.splits.max(1) as f64,
        }
    }
}

impl Rows {
    fn of(values: &Values<'_>, levels: Option<&Levels>, arms: &Arms, arm: usize, seed: u64) -> Self {
        let named: Vec<(u32, String)> = levels.map_or_else(
            || vec![(0, String::new())],
            |levels| levels.names.iter().take(MOST_LEVELS).cloned().collect(),
        );
        let level = |row: usize| levels.map_or(Some(0), |of| named.iter().position(|(code, _)| *code == of.codes[row]));
        let known = |arm: usize| values.known(&arms.rows[arm]).into_iter();
        let place = |row: usize| level(row).map(|level| (level, values.rows[row][0]));
        let control: Vec<(usize, f64)> = known(0).filter_map(place).collect();
        // Squares are summed around control's mean, so that large values do not drown small differences.
        let centre = control.iter().map(|(_, value)| value).sum::<f64>() / control.len().max(1) as f64;
        let luck = Luck::new(seed, 0);
        let one = |row: usize| place(row).map(|(level, value)| (level, value - centre, halves(&luck, row)));
        Self {
            treated: known(arm).filter_map(one).collect(),
            control: control.into_iter().map(|(level, value)| (level, value - centre)).collect(),
            levels: named.into_iter().map(|(_, name)| name).collect(),
        }
    }

    /// Every level with enough users, over all splits.
    fn judged(&self, alpha: f64) -> Vec<(String, Judged)> {
        let mut found: Vec<Option<Judged>> = self.levels.iter().map(|_| None).collect();
        for split in 0..SPLITS {
            let cells = self.cells(split);
            let common = Common::of(&cells);
            for (cell, found) in cells.iter().zip(&mut found).filter(|(cell, _)| cell.is_enough()) {
                let said = if cells.len() == 1 { Said::alone(cell) } else { Said::pooled(cell, &common) };
                let (ends, measured) = (said.ends(alpha), cell.measured());
                let users = [cell.taught.n as u64, cell.judged.n as u64];
                let judged =
                    found.get_or_insert_with(|| Judged { first: (said, ends, measured, users), held: 0, splits: 0 });
                judged.splits += 1;
                judged.held += usize::from(ends.0 <= measured && measured <= ends.1);
            }
        }
        self.levels.iter().cloned().zip(found).filter_map(|(level, judged)| Some((level, judged?))).collect()
    }

    fn cells(&self, split: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); self.levels.len()];
        for &(level, value) in &self.control {
            cells[level].control.add(value);
        }
        for (level, value, halves) in &self.treated {
            let cell = &mut cells[*level];
            let side = if halves[split / 32] >> (split % 32) & 1 == 1 { &mut cell.taught } else { &mut cell.judged };
            side.add(*value);
        }
        cells
    }
}

fn halves(luck: &Luck, row: usize) -> Halves {
    let blocks: Vec<u32> = (0..2).flat_map(|block| luck.block(UserId(row as u64), Purpose::Bootstrap, block)).collect();
    std::array::from_fn(|word| blocks[word])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::float::normal_quantile;

    fn cell(n: [f64; 3], means: [f64; 3]) -> Cell {
        let side = |n: f64, mean: f64| Sums { n, sum: n * mean, squares: n * mean * mean + (n - 1.0) };
        let [control, taught, judged] = [0, 1, 2].map(|place| side(n[place], means[place]));
        Cell { control, taught, judged }
    }

    /// 4,000 experiments of six levels whose true effects are drawn: 90% intervals of what the other half measures hold
    /// it in 90% ± 1.5%, though the control's luck is in both halves; one seed.
    #[test]
    fn intervals_hold_what_the_other_half_measures() {
        let (luck, mut ordinal) = (Luck::new(5, 0), 0);
        let mut normal = || {
            ordinal += 1;
            let word = luck.block(UserId(1), Purpose::Bootstrap, ordinal)[0];
            normal_quantile((f64::from(word) + 0.5) / 4_294_967_296.0)
        };
        let (mut held, mut all) = (0, 0);
        for _ in 0..4_000 {
            let n = [200.0f64, 100.0, 100.0];
            let cells: Vec<Cell> = (0..6)
                .map(|_| {
                    let (effect, control) = (0.3 + 0.1 * normal(), normal() / n[0].sqrt());
                    cell(n, [control, effect + normal() / n[1].sqrt(), effect + normal() / n[2].sqrt()])
                })
                .collect();
            let common = Common::of(&cells);
            let (lo, hi) = Said::pooled(&cells[0], &common).ends(0.1);
            held += usize::from((lo..=hi).contains(&cells[0].measured()));
            all += 1;
        }
        let share = held as f64 / f64::from(all);
        assert!((share - 0.9).abs() < 0.015, "{share}");
    }

    #[test]
    fn alike_levels_are_pooled_and_unlike_ones_are_not() {
        let n = [1_000.0, 500.0, 500.0];
        let alike = [cell(n, [0.0, 0.30, 0.3]), cell(n, [0.0, 0.32, 0.3]), cell(n, [0.0, 0.28, 0.3])];
        let unlike = [cell(n, [0.0, 0.9, 0.9]), cell(n, [0.0, -0.3, -0.3]), cell(n, [0.0, 0.3, 0.3])];
        let said = |cells: &[Cell]| Said::pooled(&cells[0], &Common::of(cells));
        // What is not told apart is alike but for the control's luck, which both halves share.
        assert!((said(&alike).mean - 0.30).abs() < 0.01 && said(&alike).sd < Said::alone(&alike[0]).sd);
        assert!((said(&unlike).mean - 0.9).abs() < 0.01, "{}", said(&unlike).mean);
    }
}
