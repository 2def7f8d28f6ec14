//! A report's content, apart from how it is written: a question, its answer, and what backs it.

use super::{chart::Picture, table::Table};

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// The question it answers.
    pub question: String,
    /// The answer, in a few sentences.
    pub answer: String,
    /// The numbers to remember.
    pub key_figures: Vec<KeyFigure>,
    /// What backs the answer.
    pub sections: Vec<Section>,
    /// What made it: version, seed, data.
    pub colophon: String,
}

/// A number to remember.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFigure {
    /// What it is.
    pub label: String,
    /// The number with its unit.
    pub value: String,
    /// Its interval, or what it is compared with.
    pub note: String,
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What it says, in order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A part of a report.
    #[must_use]
    pub fn new(heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { heading: heading.into(), blocks }
    }
}

/// A paragraph, or what can stand in its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph of plain text.
    Paragraph(String),
    /// A heading within the section.
    Heading(String),
    /// A list of plain texts: assumptions, warnings.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A chart.
    Figure(Figure),
    /// Text to be typed or pasted: how to reproduce the report.
    Code(String),
    /// Numbers that back what stands above, behind a line that opens them.
    Details(String, Table),
    /// Parts of which a reader may want one at a time, by name; all stand below each other where nothing can be chosen.
    Alternatives(Vec<(String, Vec<Self>)>),
}

impl Block {
    /// Itself, or the blocks in it.
    fn flat(&self) -> Vec<&Self> {
        match self {
            Self::Alternatives(parts) => parts.iter().flat_map(|(_, blocks)| blocks).flat_map(Self::flat).collect(),
            other => vec![other],
        }
    }
}

/// A chart in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Name of its files: `revenue` becomes `charts/revenue.svg` and `.png`.
    pub name: String,
    /// The drawn chart.
    pub picture: Picture,
    /// What stands below it; may be empty.
    pub caption: String,
}

impl Document {
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().flat_map(|section| &section.blocks).flat_map(Block::flat)
    }

    /// All charts, in their order.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.blocks().filter_map(|block| if let Block::Figure(figure) = block { Some(figure) } else { None })
    }

    /// All tables, in their order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks().filter_map(|block| match block {
            Block::Table(table) | Block::Details(_, table) => Some(table),
            _ => None,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::show::{
        chart::{Bars, Chart, Headline, bars::Bar},
        number::{Estimate, Unit},
        table::tests::arms,
    };

    pub(in crate::show) fn report() -> Document {
        let bar = |label: &str, mean| Bar {
            label: label.to_owned(),
            value: Estimate::new(mean, mean - 0.01, mean + 0.01),
            note: String::new(),
        };
        let chart = Bars {
            headline: Headline::new("The UX fix brings most", "Uplift of revenue; whiskers are 80% intervals"),
            unit: Unit::Share,
            axis: "uplift of revenue".to_owned(),
            bars: vec![bar("UX fix", 0.054), bar("<script>alert(1)</script> & Söhne", 0.02)],
        };
        let figure = Figure {
            name: "uplift".to_owned(),
            picture: chart.picture().unwrap(),
            caption: "Source: 40 replications.".to_owned(),
        };
        let key = |label: &str, value: &str, note: &str| KeyFigure {
            label: label.to_owned(),
            value: value.to_owned(),
            note: note.to_owned(),
        };
        Document {
            title: "Spring launch <2026>".to_owned(),
            question: "What do content, tone and timing & a UX fix bring?".to_owned(),
            answer: "All together lift revenue by 9.4% (80% interval 8.3% to 10.5%), $1,128 a day. More than half comes from the UX fix.".to_owned(),
            key_figures: vec![key("Uplift of revenue", "+9.4%", "80% interval 8.3% to 10.5%"), key("A day", "+$1,128", "$996 to $1,260"), key("Chance of being better", "97%", "than control")],
            sections: vec![
                Section::new("What happens", vec![Block::Figure(figure), Block::Table(arms()), Block::Heading("In words".to_owned()), Block::Paragraph("1. A *star* | a [link](x) and\na line.".to_owned())]),
                Section::new("Assumptions", vec![Block::List(vec!["Users do not hear each other.".to_owned(), "Prices stay.".to_owned()])]),
                Section::new("Reproduce", vec![Block::Code("cwm run scenarios/spring.ron --seed 7 --out outputs/a_very_long_folder_name_that_does_not_wrap_by_itself_at_all # ``` fence".to_owned())]),
            ],
            colophon: "cwm 0.1.0, seed 7".to_owned(),
        }
    }
}
