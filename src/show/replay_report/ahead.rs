//! Would we have known on any day who leaves within the coming ones? The report's section on it.

use super::{Telling, points};
use crate::{
    show::{
        chart::{
            Chart, ChartError, Headline,
            calibration::{Calibration, FacetCalibration},
        },
        document::{Block, Figure, Section},
        number::{Estimate, Unit, count},
        run_report::ReportError,
        table::{Column, Table, TableError},
    },
    study::validation::ahead::{AheadReport, Spread},
    user::facet::churn::Departure,
};

impl Telling<'_> {
    /// The section; none where hardly anybody left.
    pub(super) fn ahead(&self) -> Result<Option<Section>, ReportError> {
        let Some(found) = &self.validation.churn_ahead else { return Ok(None) };
        let blocks = vec![
            Block::Paragraph(asked(found)),
            Block::Table(scores(found, self.validation.level)?),
            Block::Figure(reliability(found)?),
            Block::Table(weights(found)?),
        ];
        let title = format!("Would we have known who leaves within {} days?", found.horizon_days);
        Ok(Some(Section::new(title, blocks)))
    }

    /// The same in the answer.
    pub(super) fn ahead_in_a_sentence(&self) -> String {
        let found = self.validation.churn_ahead.as_ref();
        let told = found.and_then(|found| Some((found, found.auc.value?, found.auc_baseline.value?)));
        told.map_or(String::new(), |(found, auc, baseline)| {
            format!(
                " Asked every week who leaves within {} days, it tells the two of a pair apart in {} of cases, tenure \
                 alone in {}.",
                found.horizon_days,
                Unit::Share.short(auc),
                Unit::Share.short(baseline)
            )
        })
    }

    /// The same as a terminal shows it.
    pub(super) fn ahead_in_short(&self) -> String {
        let Some(found) = &self.validation.churn_ahead else { return String::new() };
        let said: Vec<String> =
            measures(found).iter().map(|(name, _, spread)| format!("  {name}: {}", in_short(spread))).collect();
        format!("\n\n{}\n{}", asked(found), said.join("\n"))
    }
}

/// What was predicted, and against what.
fn asked(found: &AheadReport) -> String {
    let departure = match found.departure {
        Departure::Announced => "says goodbye",
        Departure::Silent => "does not come at all",
    };
    format!(
        "Every seven days of tenure, for each user who was still there, it was predicted from the days before whether \
         the user {departure} within the coming {} days: {} times for {} users, followed by it {} times. The baseline \
         knows the tenure only: the hazard of the users fitted to, at the same moments.",
        found.horizon_days,
        count(found.landmarks as i64),
        count(found.users as i64),
        count(found.events as i64)
    )
}

/// Name, what is right or better, and the value.
fn measures(found: &AheadReport) -> [(&'static str, &'static str, &Spread); 6] {
    [
        ("Log loss saved", "above 0 beats tenure", &found.log_skill),
        ("Brier score saved", "above 0 beats tenure", &found.brier_skill),
        ("AUC", "1 tells all apart, 0.5 none", &found.auc),
        ("AUC of tenure only", "", &found.auc_baseline),
        ("AUC gained", "above 0 beats tenure", &found.auc_gain),
        ("Calibration slope", "1 is right", &found.slope),
    ]
}

fn in_short(spread: &Spread) -> String {
    let of = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.3}"));
    format!("{} ({} to {})", of(spread.value), of(spread.lo), of(spread.hi))
}

fn scores(found: &AheadReport, level: f64) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Measure"),
        Column::text("How to read it"),
        Column::float("Value", "mean of the folds", 4).with_interval(level),
        Column::text("Fold by fold"),
    ];
    let mut table = Table::new("leaving_ahead", "Leaving within the coming days", columns);
    for (name, reading, spread) in measures(found) {
        let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
        let estimate = spread.value.map(|value| Estimate::new(value, end(spread.lo), end(spread.hi)));
        let folds: Vec<String> = spread.folds.iter().flatten().map(|value| format!("{value:.3}")).collect();
        table.push(vec![name.into(), reading.into(), estimate.into(), folds.join(", ").into()])?;
    }
    Ok(table)
}

/// Covariates by how much they say.
fn weights(found: &AheadReport) -> Result<Table, TableError> {
    let columns = vec![Column::text("Sign"), Column::float("Weight", "on the log hazard, per standard deviation", 3)];
    let mut table = Table::new("leaving_ahead_signs", "What tells who leaves", columns);
    let mut weights: Vec<(&String, f64)> = found.weights.iter().map(|(name, &weight)| (name, weight)).collect();
    weights.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    for (name, weight) in weights {
        table.push(vec![name.as_str().into(), weight.into()])?;
    }
    Ok(table)
}

fn reliability(found: &AheadReport) -> Result<Figure, ChartError> {
    let n = found.landmarks as u64;
    let facet = FacetCalibration {
        label: format!("leaves within {} days", found.horizon_days),
        points: points(&found.reliability, &[], n),
        ece: found.ece.unwrap_or(f64::NAN),
        slope: found.slope.value.unwrap_or(f64::NAN),
    };
    let off = Unit::Share.short(facet.ece);
    let title = format!("As many leave within {} days as was said, within {off}", found.horizon_days);
    let subtitle =
        "Observed against predicted shares in ten bins of equal size; bars: 95%, as if no landmarks overlapped";
    let chart = Calibration { headline: Headline::new(title, subtitle), facets: vec![facet] };
    let caption = "Each point holds a tenth of all predictions.".to_owned();
    Ok(Figure { name: "leaving_ahead".to_owned(), picture: chart.picture()?, caption })
}
