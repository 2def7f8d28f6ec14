//! How well renewals and purchases would have been foretold.

use super::{Done, colophon, figure, figures, reproduction};
use crate::{
    show::{
        document::{Block, Document, Section},
        number::count,
        run_report::{Origin, Report, shown},
        table::{Column, Table, TableError},
    },
    study::accounts::foresight::{Foresight, Scores},
};

/// Makes the report.
///
/// # Errors
/// [`ReportError`](crate::show::run_report::ReportError) if a chart or table does not fit together, which would be a
/// fault of this program.
pub fn of(foresight: &Foresight, accounts: usize, rejected: usize, origin: &Origin) -> Done {
    let answer = answer(foresight);
    let table = table(foresight)?;
    let printed = format!("{answer}\n\n{}", table.to_text());
    let said = "Every prediction was made so many days before, by a law that had seen only outcomes known by then. It is held \
                against the tier's own rate so far and against a weighted health score (use .4, tickets .2, recommendation \
                .2, sponsor .2) that was itself calibrated on the same past. Gains above 0 are better.";
    let mut blocks = vec![Block::Paragraph(said.to_owned()), Block::Table(table)];
    blocks.extend(figures::calibration(foresight)?.map(Block::Figure));
    let predictions: usize = foresight.renewal.iter().map(|scores| scores.predictions).sum();
    let document = Document {
        title: "Were renewals foretold?".to_owned(),
        question: "Would the predictions have been right, from what could be seen at the time?".to_owned(),
        answer,
        key_figures: vec![
            figure("Accounts", count(accounts as i64), format!("{} rows rejected", count(rejected as i64))),
            figure("Predictions of renewals", count(predictions as i64), "30, 90 and 180 days ahead"),
        ],
        sections: vec![Section::new("Scores", blocks), reproduction(origin)],
        colophon: colophon(),
    };
    Ok(Report { document, printed })
}

fn answer(foresight: &Foresight) -> String {
    let Some(scores) = foresight.renewal.iter().find(|scores| scores.days_ahead == 90 && scores.predictions > 0) else {
        return "Too few decisions are over to learn from and to judge by.".to_owned();
    };
    let sure = |gain: &crate::study::estimate::Estimate| gain.lo.is_some_and(|lo| lo > 0.0);
    let (tier, health) = (&scores.against_tier.log_gain, &scores.against_health.log_gain);
    let verdict = |gain| if sure(gain) { "better than" } else { "not surely better than" };
    format!(
        "90 days ahead, {} renewals would have been foretold {} by the tier's rate and {} by a weighted health score: log loss \
         {:.4}, {:.4} and {:.4} less. The slope is {:.2}; 1 is right.",
        count(scores.predictions as i64),
        verdict(tier),
        verdict(health),
        scores.log_loss,
        tier.mean,
        health.mean,
        scores.slope.mean
    )
}

/// The scores of all that was foretold.
///
/// # Errors
/// [`TableError`], which would be a fault of this program.
pub fn table(foresight: &Foresight) -> Result<Table, TableError> {
    let gain = |name: &str| Column::float(name, "", 4).with_interval(0.95);
    let columns = vec![
        Column::text("Foretold"),
        Column::integer("Days ahead", ""),
        Column::integer("Predictions", ""),
        Column::float("Log loss", "nats", 4),
        gain("Saved against the tier's rate"),
        gain("Against the health score"),
        gain("Brier saved against the rate"),
        gain("Brier against the health score"),
        Column::float("Slope", "1 is right", 2).with_interval(0.95),
    ];
    let title = "Predictions scored before the outcome was known; intervals by account";
    let mut table = Table::new("foresight", title, columns);
    foresight.renewal.iter().chain(&foresight.expansion).try_for_each(|scores| push(&mut table, scores))?;
    Ok(table)
}

fn push(table: &mut Table, scores: &Scores) -> Result<(), TableError> {
    table.push(vec![
        scores.subject.as_str().into(),
        i64::from(scores.days_ahead).into(),
        (scores.predictions as i64).into(),
        scores.log_loss.into(),
        shown(&scores.against_tier.log_gain).into(),
        shown(&scores.against_health.log_gain).into(),
        shown(&scores.against_tier.brier_gain).into(),
        shown(&scores.against_health.brier_gain).into(),
        shown(&scores.slope).into(),
    ])
}
