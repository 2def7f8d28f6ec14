//! What users said against what they did: the report's section on it.

use super::{Telling, bin_label};
use crate::{
    history::stated::Question,
    show::{
        chart::{
            Chart, ChartError, Headline,
            learning_curve::{FacetCurve, LearningCurve, Score},
        },
        document::{Block, Figure, Section},
        number::{Estimate, Unit, count},
        run_report::ReportError,
        table::{Column, Table, TableError},
    },
    study::validation::{
        report::ScoredValue,
        scoring::BIN_STARTS,
        stated::{QuestionReport, Race, StatedReport},
    },
};

impl Telling<'_> {
    /// The section; none where nobody was asked.
    pub(super) fn stated(&self) -> Result<Option<Section>, ReportError> {
        let Some(found) = &self.validation.stated else { return Ok(None) };
        let mut blocks = vec![Block::Paragraph(asked(found))];
        for question in &found.questions {
            blocks.push(Block::Paragraph(told(question)));
            blocks.push(Block::Figure(curves(question, self.validation.level)?));
            blocks.push(Block::Table(races(question, self.validation.level)?));
        }
        Ok(Some(Section::new("What they say against what they do", blocks)))
    }

    /// The same as a terminal shows it.
    pub(super) fn stated_in_short(&self) -> String {
        let Some(found) = &self.validation.stated else { return String::new() };
        let said: Vec<String> = found.questions.iter().map(|question| format!("  {}", told(question))).collect();
        format!("\n\n{}\n{}", asked(found), said.join("\n"))
    }
}

fn asked(found: &StatedReport) -> String {
    let unknown = match found.unknown {
        0 => String::new(),
        more => format!(" {} answers are left out: nobody knows the question or the kind.", count(more as i64)),
    };
    format!(
        "{} users said what they prefer. Both predictions are of the same events of held-out users: one knows the \
         answer alone, and what users who gave it did; the other knows what this user did.{unknown}",
        count(found.users as i64)
    )
}

const fn of(question: Question) -> &'static str {
    match question {
        Question::Daypart => "the time of day",
        Question::Content => "what they come for",
    }
}

fn told(found: &QuestionReport) -> String {
    let share = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| Unit::Share.short(value));
    let when = match (found.overtakes_at, found.surely_at) {
        (Some(0), Some(0)) => "What they do is the better guide from the first session on".to_owned(),
        (Some(at), Some(surely)) => {
            format!("What they do is the better guide from session {} on, surely from session {}", at + 1, surely + 1)
        }
        (Some(at), None) => format!("What they do seems the better guide from session {} on, but not surely", at + 1),
        (None, _) => "What they do never becomes the better guide in this record".to_owned(),
    };
    format!(
        "Of {} ({} users): {when}. They did what they had said in {} of cases; the answer saves {} of the \
         population's log loss, the record {}.",
        of(found.question),
        count(found.users as i64),
        share(found.kept_to),
        share(found.stated.value),
        share(found.revealed.value)
    )
}

fn estimate(value: &ScoredValue) -> Option<Estimate> {
    let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
    value.value.map(|mean| Estimate::new(mean, end(value.lo), end(value.hi)))
}

fn curves(found: &QuestionReport, level: f64) -> Result<Figure, ChartError> {
    let curve = |label: &str, of: fn(&Race) -> &ScoredValue| {
        let at = |&from: &u32| {
            let race = found.by_prior_sessions.iter().find(|race| race.from == from)?;
            estimate(of(race))
        };
        FacetCurve { label: label.to_owned(), score: Score::Skill, points: BIN_STARTS.iter().map(at).collect() }
    };
    let title = match found.overtakes_at {
        Some(at) => format!("From session {} on, what they do says more of {}", at + 1, of(found.question)),
        None => format!("What they say says more of {} than what they do", of(found.question)),
    };
    let subtitle = format!(
        "Log loss saved against the population by number of prior sessions; {:.0}% intervals over users",
        level * 100.0
    );
    let chart = LearningCurve {
        headline: Headline::new(title, subtitle),
        bins: BIN_STARTS.iter().map(|&from| bin_label(from)).collect(),
        facets: vec![curve("stated", |race| &race.stated), curve("revealed", |race| &race.revealed)],
    };
    let caption = "Where the curves cross, the record overtakes the survey.".to_owned();
    Ok(Figure { name: format!("stated_{}", found.question.name()), picture: chart.picture()?, caption })
}

fn races(found: &QuestionReport, level: f64) -> Result<Table, TableError> {
    let gain = |name: &str, note: &str| Column::float(name, note, 4).with_interval(level);
    let columns = vec![
        Column::text("Prior sessions"),
        gain("Stated", "log loss saved"),
        gain("Revealed", "log loss saved"),
        gain("Lead", "of the revealed"),
        Column::integer("Predictions", ""),
    ];
    let name = format!("stated_{}", found.question.name());
    let mut table = Table::new(&name, "Stated against revealed preference", columns);
    for race in &found.by_prior_sessions {
        table.push(vec![
            bin_label(race.from).into(),
            estimate(&race.stated).into(),
            estimate(&race.revealed).into(),
            estimate(&race.lead).into(),
            (race.events as i64).into(),
        ])?;
    }
    Ok(table)
}
