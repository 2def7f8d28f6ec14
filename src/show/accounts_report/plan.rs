//! How long real trials of plays would take.

use super::{Done, colophon, figure, reproduction};
use crate::{
    show::{
        document::{Block, Document, Section},
        number::count,
        run_report::{Origin, Report, shown},
        table::{Cell, Column, Table, TableError},
    },
    study::{accounts::plan::AccountPlan, projection::LEVEL},
};

/// Makes the report.
///
/// # Errors
/// [`ReportError`](crate::show::run_report::ReportError) if a table does not fit together, which would be a fault of
/// this program.
pub fn of(plan: &AccountPlan, question: &str, origin: &Origin) -> Done {
    let table = table(plan)?;
    let answer = answer(plan);
    let printed = format!("{answer}\n\n{}", table.to_text());
    let said = "Accounts are enrolled as they become eligible and half of them are left alone by chance; each counts once its \
                contract has ended. Accounts needed are for a two-sided test at 5% that sees the effect in 4 of 5 trials.";
    let document = Document {
        title: "How long would real trials take?".to_owned(),
        question: question.to_owned(),
        answer,
        key_figures: vec![figure("Worlds lived", plan.worlds.to_string(), "every play alone beside the control")],
        sections: vec![
            Section::new("Trials", vec![Block::Table(table), Block::Paragraph(said.to_owned())]),
            reproduction(origin),
        ],
        colophon: colophon(),
    };
    Ok(Report { document, printed })
}

fn answer(plan: &AccountPlan) -> String {
    let soonest = plan.trials.first().and_then(|trial| Some((trial, trial.needed?, trial.months_to_know?)));
    let Some((trial, needed, months)) = soonest else {
        return "No play changes renewals enough for a trial to tell.".to_owned();
    };
    let verdict = if months > 36.0 {
        " No trial of renewals would tell within three years: watch what comes before them."
    } else {
        ""
    };
    format!(
        "“{}” would be known soonest: about {} accounts, {months:.0} months until their contracts have ended.{verdict}",
        trial.play,
        count(needed as i64)
    )
}

fn table(plan: &AccountPlan) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Play"),
        Column::float("Become eligible", "a month", 0),
        Column::share("Renewed without", "", 1),
        Column::share("Gained", "", 2).with_interval(LEVEL),
        Column::float("Accounts needed", "", 0),
        Column::float("Enrolled after", "months", 1),
        Column::float("Known after", "months", 1),
    ];
    let mut table = Table::new("trials", "Trials with renewing as the metric", columns);
    for trial in &plan.trials {
        table.push(vec![
            trial.play.as_str().into(),
            trial.eligible_per_month.into(),
            trial.renewed_without.into(),
            shown(&trial.gain).into(),
            Cell::from(trial.needed),
            Cell::from(trial.months_to_enrol),
            Cell::from(trial.months_to_know),
        ])?;
    }
    Ok(table)
}
