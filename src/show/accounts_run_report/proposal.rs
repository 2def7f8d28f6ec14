//! The proposal that a run with accounts leads to: one page to be read, printed and signed.

use super::{
    super::{
        document::{Block, Document, Section},
        number::{Unit, count},
        run_report::{Origin, Report, ReportError},
    },
    Telling, assumptions, figures, tables,
};
use crate::{
    study::{
        accounts::{
            effect::needed,
            foresight::Foresight,
            projection::{AccountArm, AccountProjection},
        },
        projection::LEVEL,
    },
    world::{account::Accounts, scenario::Scenario},
};

/// Makes the page of the arm that leaves most.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(
    scenario: &Scenario,
    accounts: &Accounts,
    projection: &AccountProjection,
    foresight: &Foresight,
    origin: &Origin,
) -> Result<Report, ReportError> {
    let telling = Telling { scenario, accounts, projection, foresight, money: Unit::money(scenario.currency) };
    let answer = telling.answer();
    let mut sections = Vec::new();
    if let Some(best) = telling.best() {
        sections.push(Section::new("What is proposed", vec![Block::List(asked(&telling, best))]));
        let brought = vec![Block::Figure(figures::gains(&telling)?), Block::Table(tables::arms(&telling)?)];
        sections.push(Section::new("What it would bring", brought));
        sections.push(Section::new("Where it would come from", vec![Block::Figure(figures::bridge(&telling)?)]));
        sections.push(Section::new("How we would know", vec![Block::List(known(best))]));
        sections.push(Section::new("What speaks against it", vec![Block::List(against(&telling, best))]));
    }
    sections.push(Section::new("What the projection rests on", vec![Block::List(assumptions::of(&telling))]));
    sections.push(Section::new("How to reproduce it", vec![Block::Code(telling.reproduction(origin))]));
    let lines = [
        "Agreed by: ______________________    Date: ______________",
        "Agreed by: ______________________    Date: ______________",
    ];
    sections.push(Section::new("Agreed", vec![Block::List(lines.map(str::to_owned).to_vec())]));
    let document = Document {
        title: telling.title(),
        question: scenario.question.clone(),
        answer: answer.clone(),
        key_figures: telling.key_figures(),
        sections,
        colophon: format!("Drawn by cwm {}.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed: answer })
}

fn asked(telling: &Telling<'_>, best: &AccountArm) -> Vec<String> {
    let plays = telling.accounts.plays.iter().filter(|play| best.plays.contains(&play.id));
    let mut asked: Vec<String> = plays.map(|play| assumptions::play_in_words(play, &telling.money)).collect();
    let more = best.hours_per_account.mean - telling.control().hours_per_account.mean;
    let hours = more * telling.projection.baseline.accounts;
    asked.push(format!(
        "It costs {} and {} hours of the team in {} days.",
        telling.range(&best.cost),
        count(hours.round() as i64),
        telling.projection.horizon_days
    ));
    asked
}

/// What a real trial would take, play by play.
fn known(best: &AccountArm) -> Vec<String> {
    let said = best.play_results.iter().map(|play| {
        let (without, gain) = (play.renewed_without.mean, play.renewal_gain.mean);
        let eligible = count(play.eligible.mean.round() as i64);
        match needed(without, gain) {
            Some(accounts) => format!(
                "“{}”: leave a random half of the eligible alone. To see {:+.1} points of renewing in 4 of 5 trials takes about {} \
                 accounts; {eligible} become eligible within the horizon, and each counts once its contract has ended.",
                play.id,
                gain * 100.0,
                count(accounts as i64)
            ),
            None => format!("“{}”: renewals hardly change, so no trial of them would tell.", play.id),
        }
    });
    said.collect()
}

fn against(telling: &Telling<'_>, best: &AccountArm) -> Vec<String> {
    let mut said = vec![format!(
        "In {} of 100 worlds it would not earn its cost within the horizon; ranges hold {:.0} of 100.",
        ((1.0 - best.p_pays) * 100.0).round(),
        LEVEL * 100.0
    )];
    if let Some(scores) = telling.foresight.renewal.iter().find(|scores| scores.days_ahead == 90) {
        let gain = &scores.against_health.log_gain;
        let better = if gain.lo.is_some_and(|lo| lo > 0.0) { "better than" } else { "not surely better than" };
        said.push(format!(
            "Accounts are chosen by predictions; 90 days ahead these were {better} a calibrated health score in this world ({:+.4} nats).",
            gain.mean
        ));
    }
    said.push("How much of an association is effect is an assumption until a trial has been run.".to_owned());
    said
}
