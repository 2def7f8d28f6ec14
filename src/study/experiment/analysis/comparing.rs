//! One arm against control, in every way that applies.

use super::{
    AdjustedResult, Arms, Comparison, GuardedArm, Interval, Question, Ranks, Relative, Segment, Wearing,
    values::{Levels, MOST_LEVELS, Values},
};
use crate::{
    history::source::table::Table,
    study::experiment::{
        bayesian::posterior,
        cluster, cuped,
        difference::{Asked, Effect, Form, Tail, compare},
        error::ExperimentError,
        heterogeneity,
        identification::Reading,
        metric::MetricKind,
        multiple::{Method, adjust},
        nonparametric::mann_whitney,
        novelty, outliers, post_stratified,
        power::Test,
        regression,
        sequential::always_valid::always_valid,
        summary::Summary,
    },
};

impl Question {
    pub(super) fn comparisons(
        &self,
        table: &Table,
        arms: &Arms,
        reading: Reading,
    ) -> Result<Vec<Comparison>, ExperimentError> {
        let mut found = Vec::new();
        for metric in &self.metrics {
            let values = Values::of(table, metric)?;
            for arm in 1..arms.names.len() {
                found.push(self.comparison(table, arms, arm, &values, reading)?);
            }
        }
        Ok(found)
    }

    fn comparison(
        &self,
        table: &Table,
        arms: &Arms,
        arm: usize,
        values: &Values<'_>,
        reading: Reading,
    ) -> Result<Comparison, ExperimentError> {
        let (control, treated) = (values.known(&arms.rows[0]), values.known(&arms.rows[arm]));
        let sides = (values.metric.side(&values.pick(&control)), values.metric.side(&values.pick(&treated)));
        let effect = self.effect(table, values, (&control, &treated), Form::Absolute)?;
        let users = (control.len() + treated.len()) as f64;
        let by_user = values.metric.is_mean() && self.unit.is_none();
        Ok(Comparison {
            arm: arms.names[arm].clone(),
            control: arms.names[0].clone(),
            metric: values.metric.name.clone(),
            reading,
            estimate: sides.1.value - sides.0.value,
            lo: effect.map(|effect| effect.lo),
            hi: effect.map(|effect| effect.hi),
            p_value: effect.map_or(1.0, |effect| effect.p_value),
            p_adjusted: 1.0,
            q_value: 1.0,
            se: effect.map(|effect| effect.se),
            users: [treated.len() as u64, control.len() as u64],
            values: [sides.1.value, sides.0.value],
            relative: self.relative(table, values, (&control, &treated))?,
            adjusted: self.adjusted(table, values, (&control, &treated))?,
            post_stratified: self.stratified(table, values, (&control, &treated))?,
            always_valid: effect
                .map(|effect| always_valid(effect, users, self.alpha, self.tightest_at, Tail::Both).into()),
            bayesian: effect.map(|effect| {
                let prior = self.prior.map(|prior| prior.times(sides.0.value));
                posterior(effect.estimate, effect.se, prior, false, self.alpha)
            }),
            detectable: effect.map(|effect| {
                let test = Test { alpha: self.alpha, ratio: 1.0, tail: Tail::Both };
                test.detectable_difference(((0.0, 1.0), (effect.se * effect.se, 1.0)), 0.8)
            }),
            ranks: by_user.then(|| ranks(&values.first(&control), &values.first(&treated))).flatten(),
            outliers: if by_user && !is_binary(&values.rows) {
                outliers::sensitivity(&values.first(&control), &values.first(&treated), self.alpha)
            } else {
                None
            },
        })
    }

    /// By unit if rows are finer than what was randomised, else by Welch.
    fn effect(
        &self,
        table: &Table,
        values: &Values<'_>,
        rows: (&[usize], &[usize]),
        form: Form,
    ) -> Result<Option<Effect>, ExperimentError> {
        let asked = Asked::two_sided(form, self.alpha);
        let side = |rows: &[usize]| values.metric.side(&values.pick(rows));
        let (Some(unit), true) = (&self.unit, values.metric.is_mean()) else {
            return Ok(compare(&side(rows.0), &side(rows.1), asked));
        };
        let (codes, _) = table.labels(unit)?;
        let row = |treated: bool| move |&row: &usize| (row, treated);
        let all = rows.0.iter().map(row(false)).chain(rows.1.iter().map(row(true)));
        let all: Vec<cluster::Row> = all
            .map(|(row, treated)| cluster::Row { unit: codes[row].into(), treated, outcome: values.rows[row][0] })
            .collect();
        let found = cluster::compare(&all);
        let scale = if form == Form::Relative { side(rows.0).value.abs() } else { 1.0 };
        Ok(found.and_then(|found| Effect::student(found.effect / scale, found.se / scale, found.units - 2.0, asked)))
    }

    fn relative(
        &self,
        table: &Table,
        values: &Values<'_>,
        rows: (&[usize], &[usize]),
    ) -> Result<Option<Relative>, ExperimentError> {
        let side = |rows: &[usize]| values.metric.side(&values.pick(rows));
        if side(rows.0).value == 0.0 {
            return Ok(None);
        }
        let log_ratio = if self.unit.is_some() {
            None
        } else {
            compare(&side(rows.0), &side(rows.1), Asked::two_sided(Form::LogRatio, self.alpha)).map(Interval::from)
        };
        let linear = self.effect(table, values, rows, Form::Relative)?;
        Ok(linear.map(|Effect { estimate, lo, hi, p_value, .. }| Relative { estimate, lo, hi, p_value, log_ratio }))
    }

    fn adjusted(
        &self,
        table: &Table,
        values: &Values<'_>,
        rows: (&[usize], &[usize]),
    ) -> Result<Option<AdjustedResult>, ExperimentError> {
        let asked = Asked::two_sided(Form::Absolute, self.alpha);
        let is_ratio = matches!(values.metric.kind, MetricKind::Ratio(_));
        let matching: Vec<&String> = self.covariates.iter().filter(|name| name.contains('/') == is_ratio).collect();
        let (method, found) = match (&values.metric.kind, matching.as_slice()) {
            (MetricKind::Quantile(_), _) | (_, []) => return Ok(None),
            (MetricKind::Ratio(_), [pair, ..]) => ("ratio_cuped", ratio_cuped(table, values, pair, rows)?),
            (_, [one]) => ("cuped", mean_cuped(table, values, one, rows)?),
            (_, several) => return self.regressed(table, values, several, rows),
        };
        let effect = compare(&found.control, &found.treated, asked);
        let variance_reduction = found.variance_reduction();
        Ok(effect.map(|effect| AdjustedResult { method, effect: effect.into(), variance_reduction }))
    }

    fn regressed(
        &self,
        table: &Table,
        values: &Values<'_>,
        names: &[&String],
        (control, treated): (&[usize], &[usize]),
    ) -> Result<Option<AdjustedResult>, ExperimentError> {
        let columns = names.iter().map(|name| table.numbers(name)).collect::<Result<Vec<_>, _>>()?;
        let is_known = |row: &usize| columns.iter().all(|column| !column[*row].is_nan());
        let rows: Vec<usize> = control.iter().chain(treated).copied().filter(is_known).collect();
        let controls = control.iter().filter(|row| is_known(row)).count();
        let outcomes = values.first(&rows);
        let is_treated: Vec<bool> = (0..rows.len()).map(|place| place >= controls).collect();
        let picked: Vec<Vec<f64>> =
            columns.iter().map(|column| rows.iter().map(|&row| column[row]).collect()).collect();
        let slices: Vec<&[f64]> = picked.iter().map(Vec::as_slice).collect();
        let (Some(found), Some(plain)) = (
            regression::interacted(&outcomes, &is_treated, &slices),
            regression::interacted(&outcomes, &is_treated, &[]),
        ) else {
            return Ok(None);
        };
        let effect = Effect::normal(found.effect, found.se, Asked::two_sided(Form::Absolute, self.alpha));
        let variance_reduction = 1.0 - (found.se / plain.se).powi(2);
        Ok(effect.map(|effect| AdjustedResult { method: "regression", effect: effect.into(), variance_reduction }))
    }

    fn stratified(
        &self,
        table: &Table,
        values: &Values<'_>,
        rows: (&[usize], &[usize]),
    ) -> Result<Option<Interval>, ExperimentError> {
        let Some(strata) = self.strata.as_ref().filter(|_| values.metric.is_mean()) else { return Ok(None) };
        let levels = Levels::of(table, strata)?;
        let side = |code: u32, rows: &[usize]| values.metric.side(&values.pick(&levels.rows(code, rows)));
        let sides: Vec<_> =
            levels.names.iter().take(MOST_LEVELS).map(|(code, _)| (side(*code, rows.0), side(*code, rows.1))).collect();
        Ok(post_stratified::compare(&sides, Asked::two_sided(Form::Absolute, self.alpha)).map(Interval::from))
    }

    pub(super) fn in_segments(&self, table: &Table, arms: &Arms) -> Result<Vec<Segment>, ExperimentError> {
        let mut found = Vec::new();
        for segment in &self.segments {
            let levels = Levels::of(table, segment)?;
            for metric in &self.metrics {
                let values = Values::of(table, metric)?;
                let side = |code: u32, arm: usize| {
                    metric.side(&values.pick(&values.known(&levels.rows(code, &arms.rows[arm]))))
                };
                for arm in 1..arms.names.len() {
                    let named = levels.names.iter().take(MOST_LEVELS);
                    let sides = named.map(|(code, name)| (name.clone(), side(*code, 0), side(*code, arm))).collect();
                    let found_here = heterogeneity::by_level(sides, self.alpha);
                    let (segment, arm, metric) = (segment.clone(), arms.names[arm].clone(), metric.name.clone());
                    found.push(Segment { segment, arm, metric, found: found_here });
                }
            }
        }
        Ok(found)
    }

    pub(super) fn guarded(&self, table: &Table, arms: &Arms) -> Result<Vec<GuardedArm>, ExperimentError> {
        let mut found = Vec::new();
        for guardrail in &self.guardrails {
            let metric =
                self.metrics.iter().find(|metric| metric.name == guardrail.metric || metric.column == guardrail.metric);
            let metric = metric.ok_or_else(|| {
                let known = self.metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>().join(", ");
                ExperimentError::setting(
                    "--guardrail",
                    guardrail.metric.as_str(),
                    format!("one of the metrics: {known}"),
                )
            })?;
            let values = Values::of(table, metric)?;
            let side = |arm: usize| metric.side(&values.pick(&values.known(&arms.rows[arm])));
            for arm in 1..arms.names.len() {
                if let Some(tested) = guardrail.test(&side(0), &side(arm), self.alpha) {
                    found.push(GuardedArm { metric: metric.name.clone(), arm: arms.names[arm].clone(), found: tested });
                }
            }
        }
        Ok(found)
    }

    pub(super) fn wearing(&self, table: &Table, arms: &Arms) -> Result<Vec<Wearing>, ExperimentError> {
        let Some(day) = &self.day else { return Ok(Vec::new()) };
        let numbers = table.numbers(day)?;
        let mut days: Vec<f64> = numbers.iter().copied().filter(|day| !day.is_nan()).collect();
        days.sort_by(f64::total_cmp);
        days.dedup();
        let mut found = Vec::new();
        for metric in &self.metrics {
            let values = Values::of(table, metric)?;
            let side = |day: f64, arm: usize| {
                let rows: Vec<usize> = arms.rows[arm].iter().copied().filter(|&row| numbers[row] == day).collect();
                metric.side(&values.pick(&values.known(&rows)))
            };
            for arm in 1..arms.names.len() {
                let by_day: Vec<_> = days.iter().take(400).map(|&day| (day, side(day, 0), side(day, arm))).collect();
                if let Some(fitted) = novelty::by_day(&by_day, self.alpha) {
                    found.push(Wearing { metric: metric.name.clone(), arm: arms.names[arm].clone(), found: fitted });
                }
            }
        }
        Ok(found)
    }
}

fn mean_cuped(
    table: &Table,
    values: &Values<'_>,
    name: &str,
    (control, treated): (&[usize], &[usize]),
) -> Result<cuped::Adjusted, ExperimentError> {
    let covariate = table.numbers(name)?;
    let of = |rows: &[usize]| {
        let known: Vec<usize> = rows.iter().copied().filter(|&row| !covariate[row].is_nan()).collect();
        Summary::of(known.iter().map(|&row| [values.rows[row][0], covariate[row]]))
    };
    Ok(cuped::means(&of(control), &of(treated)))
}

fn ratio_cuped(
    table: &Table,
    values: &Values<'_>,
    pair: &str,
    (control, treated): (&[usize], &[usize]),
) -> Result<cuped::Adjusted, ExperimentError> {
    let (numerator, denominator) = pair.split_once('/').unwrap_or((pair, pair));
    let (a, b) = (table.numbers(numerator)?, table.numbers(denominator)?);
    let of = |rows: &[usize]| {
        let known: Vec<usize> = rows.iter().copied().filter(|&row| !(a[row].is_nan() || b[row].is_nan())).collect();
        Summary::of(known.iter().map(|&row| [values.rows[row][0], values.rows[row][1], a[row], b[row]]))
    };
    Ok(cuped::ratios(&of(control), &of(treated)))
}

fn ranks(control: &[f64], treated: &[f64]) -> Option<Ranks> {
    mann_whitney(control, treated).map(|found| Ranks { p_value: found.p_value, superiority: found.superiority })
}

fn is_binary(rows: &[[f64; 2]]) -> bool {
    rows.iter().all(|row| row[0].is_nan() || row[0] == 0.0 || row[0] == 1.0)
}

/// Adjusts the p-values of all comparisons for how many there are.
pub(super) fn correct(comparisons: &mut [Comparison], alpha: f64) {
    let p_values: Vec<f64> = comparisons.iter().map(|one| one.p_value).collect();
    let (holm, false_discovery) =
        (adjust(&p_values, Method::Holm, alpha), adjust(&p_values, Method::BenjaminiHochberg, alpha));
    for ((one, p), q) in comparisons.iter_mut().zip(holm).zip(false_discovery) {
        (one.p_adjusted, one.q_value) = (p, q);
    }
}

/// Adjusts the p-values of all levels of all segments.
pub(super) fn correct_segments(segments: &mut [Segment], alpha: f64) {
    let p_values: Vec<f64> =
        segments.iter().flat_map(|one| one.found.levels.iter().map(|level| level.effect.p_value)).collect();
    let mut adjusted = adjust(&p_values, Method::Holm, alpha).into_iter();
    for level in segments.iter_mut().flat_map(|one| one.found.levels.iter_mut()) {
        level.p_adjusted = adjusted.next().unwrap_or(1.0);
    }
}
