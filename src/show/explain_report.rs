//! The report of one user: what is believed and how sure, what comes next, what they are worth, and how well they were
//! foreseen.

mod figures;
mod tables;
mod telling;

use self::telling::Telling;
pub(super) use self::telling::{coming, sentences};
use super::{
    document::{Block, Document, KeyFigure, Section},
    number::{Unit, count},
    run_report::{Origin, Report, ReportError},
    table::Table,
};
use crate::{
    study::explanation::{Explanation, candidates::Candidate, risk::Risk},
    user::explain::wording::percent,
    world::scenario::Scenario,
};

/// Makes the report of one user.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(scenario: &Scenario, explanation: &Explanation, origin: &Origin) -> Result<Report, ReportError> {
    let telling = Telling { explanation, money: Unit::money(scenario.currency) };
    let document = Document {
        title: telling.title(),
        question: format!("Who is user {}, as far as it was known just before {}?", explanation.user, explanation.at),
        answer: telling.answer(),
        key_figures: telling.key_figures(),
        sections: sections(&telling, scenario, origin)?,
        colophon: format!("Drawn by cwm {}. Everything is from events before {}.", version(), explanation.at),
    };
    Ok(Report { document, printed: telling.printed()? })
}

/// Users worth looking at, as a terminal shows them.
///
/// # Errors
/// [`ReportError`] if the table does not fit together, which would be a fault of this program.
pub fn candidates(scenario: &Scenario, users: usize, candidates: &[Candidate]) -> Result<String, ReportError> {
    let table = tables::candidates(candidates, &Unit::money(scenario.currency))?;
    Ok(format!(
        "There are {} users. Name one with --user; worth looking at are:\n\n{}",
        count(users as i64),
        table.to_text()
    ))
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn sections(telling: &Telling<'_>, scenario: &Scenario, origin: &Origin) -> Result<Vec<Section>, ReportError> {
    let mut sections = vec![Section::new("What is believed", beliefs(telling)?)];
    if let Some(next) = telling.next() {
        sections.push(Section::new("What comes next", vec![Block::List(next)]));
    }
    if let Some(risk) = &telling.explanation.risk {
        sections.push(Section::new("The risk of leaving, and what moved it", leaving(telling, risk)?));
    }
    sections.push(Section::new("What the user is worth", vec![Block::Paragraph(telling.worth())]));
    let whom = vec![Block::Paragraph(SEGMENTS.to_owned()), Block::Table(tables::segments(telling.explanation)?)];
    sections.push(Section::new("Whom the user is like", whom));
    sections.push(Section::new("Was it right?", foreseen(telling)?));
    sections.push(Section::new("All the evidence", vec![Block::Table(tables::habits(telling.explanation)?)]));
    sections.push(Section::new("How to read it", vec![Block::List(telling.rules())]));
    sections.push(Section::new("How to reproduce it", vec![Block::Code(reproduction(scenario, origin))]));
    Ok(sections)
}

const SEGMENTS: &str = "Segments are latent: nobody sees them. Membership follows from everything the user did; what sets \
                        a segment apart is its typical member against the population.";

fn beliefs(telling: &Telling<'_>) -> Result<Vec<Block>, ReportError> {
    let mut blocks = Vec::new();
    for (heading, items) in [("Claimed", telling.claimed()), ("Not claimed, and why", telling.silences())] {
        if !items.is_empty() {
            blocks.extend([Block::Heading(heading.to_owned()), Block::List(items)]);
        }
    }
    let typical = telling.typical();
    if !typical.is_empty() {
        blocks.extend([Block::Heading("Typical and current".to_owned()), Block::List(typical)]);
    }
    blocks.extend(figures::beliefs(telling.explanation)?.into_iter().map(Block::Figure));
    Ok(blocks)
}

fn leaving(telling: &Telling<'_>, risk: &Risk) -> Result<Vec<Block>, ReportError> {
    let note = "Evidence is let in one piece after the other, on the scale of the logarithm of the hazard; +0.69 doubles \
                the hazard. The contributions add up to the difference between the user's hazard and the population's mean.";
    Ok(vec![
        Block::Paragraph(telling.risk(risk)),
        Block::Figure(figures::risk(risk)?),
        Block::Table(tables::risk(risk)?),
        Block::Paragraph(note.to_owned()),
    ])
}

fn foreseen(telling: &Telling<'_>) -> Result<Vec<Block>, ReportError> {
    Ok(vec![
        Block::Paragraph(telling.foreseen()),
        Block::Figure(figures::foresight(&telling.explanation.timeline)?),
        Block::Table(tables::summary(telling.explanation)?),
        Block::Table(tables::timeline(telling.explanation, usize::MAX)?),
    ])
}

fn reproduction(scenario: &Scenario, origin: &Origin) -> String {
    format!("{}\n\n# seed {}, cwm {}\n{}", origin.command, scenario.seed, version(), origin.hashes())
}
