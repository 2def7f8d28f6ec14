//! The report of a recorded experiment: what differs by how much, and what warns against believing it.

mod figures;
mod logged;
mod tables;

pub use logged::of_log;

use super::{
    chart::ChartError,
    document::{Block, Document, KeyFigure, Section},
    number::Unit,
    run_report::{Origin, Report, ReportError},
    table::Table,
};
use crate::study::experiment::{
    analysis::{Analysis, Comparison, projected::Projected},
    identification::Reading,
    uplift::targeting::Targeting,
};

/// Makes the report of an analysed experiment.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(
    name: &str,
    analysis: &Analysis,
    (targeting, projected): (&[Targeting], &[Projected]),
    origin: &Origin,
) -> Result<Report, ReportError> {
    let telling = Telling { analysis };
    let compared = tables::comparisons(analysis)?;
    let mut printed = vec![telling.answer(), compared.to_text()];
    let mut sections = vec![Section::new("What differs", telling.differences(compared)?)];
    let others: [(&str, Vec<Table>); 4] = [
        ("Adjusted for what was known before, and looked at early", tables::ways(analysis)?),
        ("In segments", tables::segments(analysis)?),
        ("What must not get worse", tables::guardrails(analysis)?),
        ("Does it wear off?", tables::novelty(analysis)?),
    ];
    for (heading, tables) in others.into_iter().filter(|(_, tables)| !tables.is_empty()) {
        printed.extend(tables.iter().map(titled));
        sections.push(Section::new(heading, tables.into_iter().map(Block::Table).collect()));
    }
    if !targeting.is_empty() {
        let (text, blocks) = whom_to_treat(targeting)?;
        printed.push(text);
        sections.push(Section::new("Whom to treat", blocks));
    }
    if !projected.is_empty() {
        let (said, table) = (right(projected), tables::projected(projected)?);
        printed.extend([said.clone(), titled(&table)]);
        let blocks = vec![Block::Paragraph(said), Block::Table(table)];
        sections.push(Section::new("Would a projection have been right?", blocks));
    }
    sections.push(Section::new("Are the arms as meant?", vec![Block::Table(tables::sizes(analysis)?)]));
    sections.push(Section::new("How it is computed", vec![Block::List(METHODS.map(str::to_owned).into())]));
    sections.push(Section::new("How to reproduce it", vec![Block::Code(reproduction(origin))]));
    printed.push(warnings(&analysis.warnings));
    let document = Document {
        title: telling.title(),
        question: format!("What does the experiment “{name}” say?"),
        answer: telling.answer(),
        key_figures: telling.key_figures(),
        sections,
        colophon: format!("Drawn by cwm {}.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed: printed.join("\n\n") })
}

const METHODS: [&str; 7] = [
    "Differences: Welch\u{2019}s t. A ratio\u{2019}s variance is by the delta method, a quantile\u{2019}s from order statistics, a difference of rows finer than what was randomised by its units.",
    "Relative differences are over control\u{2019}s absolute value, with the linear delta interval; the log-ratio interval, which is asymmetric and never below \u{2212}100%, is in summary.json.",
    "p after correction: Holm\u{2019}s, over all arms and metrics. A filled point stands after it; a hollow one may be chance.",
    "The always-valid interval holds however often one looks; the fixed one only for one look at a planned size.",
    "Segments: Welch in each level, Holm over all levels, and Cochran\u{2019}s test that all levels have one effect.",
    "Whom to treat: fitted on a random half and judged on the other, ten times; the spread over the halves is the noise.",
    "Projections: levels of a segment are partially pooled by the variance between them; an interval holds the luck of the half that taught, of the half that measures, and of the control that both share.",
];

fn reproduction(origin: &Origin) -> String {
    format!("{}\n\n# cwm {}\n{}", origin.command, env!("CARGO_PKG_VERSION"), origin.hashes())
}

/// A table below its title.
fn titled(table: &Table) -> String {
    format!("{}\n\n{}", table.title, table.to_text().trim_end())
}

/// The warnings, a line each.
fn warnings(said: &[String]) -> String {
    if said.is_empty() {
        return "No warnings.".to_owned();
    }
    let lines = said.iter().map(|warning| format!("! {warning}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// How projections of halves fared.
fn right(projected: &[Projected]) -> String {
    let held = projected.iter().filter(|one| one.held).count();
    let shares: f64 = projected.iter().map(|one| one.held_share).sum();
    format!(
        "Of each arm a random half was projected from the other half and the control. {held} of {} intervals hold what the half \
         then measured; over 200 random halves {} of them do.",
        projected.len(),
        Unit::Share.short(shares / projected.len() as f64)
    )
}

fn whom_to_treat(targeting: &[Targeting]) -> Result<(String, Vec<Block>), ReportError> {
    let (mut printed, mut blocks) = (Vec::new(), Vec::new());
    for one in targeting {
        let rankings = tables::rankings(one)?;
        printed.extend([one.finding.clone(), titled(&rankings)]);
        blocks.extend([
            Block::Paragraph(one.finding.clone()),
            Block::Figure(figures::qini(one)?),
            Block::Table(rankings),
        ]);
    }
    // Choosing among all arms is the same whichever arm is looked at.
    let mut told: Vec<&str> = Vec::new();
    for one in targeting.iter().filter(|one| !one.policies.is_empty()) {
        if !told.contains(&one.metric.as_str()) {
            told.push(&one.metric);
            let policies = tables::policies(one)?;
            printed.push(titled(&policies));
            blocks.push(Block::Table(policies));
        }
    }
    Ok((printed.join("\n\n"), blocks))
}

/// An experiment being told.
struct Telling<'a> {
    analysis: &'a Analysis,
}

impl Telling<'_> {
    fn is_effect(&self) -> bool {
        self.analysis.identification.reading == Reading::Effect
    }

    /// The comparison with the smallest p-value that stands after correction.
    fn clearest(&self) -> Option<&Comparison> {
        let stands = self.analysis.comparisons.iter().filter(|one| self.stands(one));
        stands.min_by(|a, b| a.p_value.total_cmp(&b.p_value))
    }

    fn stands(&self, one: &Comparison) -> bool {
        one.p_adjusted < 1.0 - self.analysis.level
    }

    /// "lifts visit by 72%", in words that claim no more than the design allows.
    fn claim(&self, one: &Comparison) -> String {
        let verb = match (self.is_effect(), one.estimate >= 0.0) {
            (true, true) => "lifts",
            (true, false) => "lowers",
            (false, true) => "goes with more",
            (false, false) => "goes with less",
        };
        let size = one.relative.map_or_else(
            || Unit::Plain.short(one.estimate.abs()),
            |relative| {
                let sign = if one.estimate < 0.0 { -1.0 } else { 1.0 };
                let (a, b) = (sign * relative.lo, sign * relative.hi);
                let share = |value: f64| Unit::Share.short(value);
                format!("{} ({} to {})", share(relative.estimate.abs()), share(a.min(b)), share(a.max(b)))
            },
        );
        format!("{} {verb} {} by {size}", one.arm, one.metric)
    }

    fn title(&self) -> String {
        let told = self
            .clearest()
            .map_or_else(|| "No arm differs from control beyond chance".to_owned(), |clearest| self.claim(clearest));
        if self.is_effect() { told } else { format!("An association, not an effect: {told}") }
    }

    fn answer(&self) -> String {
        let stand: Vec<String> =
            self.analysis.comparisons.iter().filter(|one| self.stands(one)).map(|one| self.claim(one)).collect();
        let all = self.analysis.comparisons.len();
        let mut said = if stand.is_empty() {
            format!("None of {all} differences stands after correction for all of them.")
        } else {
            format!("{} of {all} differences stand after correction: {}.", stand.len(), stand.join("; "))
        };
        if !self.is_effect() {
            said = format!("These are associations, not effects: {}. {said}", self.analysis.identification.why);
        }
        if self.analysis.warnings.is_empty() { said } else { format!("{said} Read the warnings first.") }
    }

    fn differences(&self, compared: Table) -> Result<Vec<Block>, ChartError> {
        let mut blocks = vec![Block::Figure(figures::forest(self)?), Block::Table(compared)];
        if !self.analysis.warnings.is_empty() {
            blocks.insert(0, Block::List(self.analysis.warnings.clone()));
        }
        Ok(blocks)
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let ratio = &self.analysis.sample_ratio;
        let users: u64 = ratio.users.values().sum();
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let sizes =
            figure("Users", super::number::count(users as i64), format!("sizes as meant: p {}", p_text(ratio.p_value)));
        let found = self.analysis.comparisons.iter().take(3).map(|one| {
            let interval = match (one.lo, one.hi) {
                (Some(lo), Some(hi)) => format!("{} to {}", Unit::Plain.signed(lo), Unit::Plain.signed(hi)),
                _ => "no interval".to_owned(),
            };
            figure(&format!("{}, {}", one.metric, one.arm), Unit::Plain.signed(one.estimate), interval)
        });
        std::iter::once(sizes).chain(found).collect()
    }
}

/// A p-value that never rounds to nothing.
fn p_text(p: f64) -> String {
    if p >= 0.001 { format!("{p:.4}") } else { format!("{p:.1e}") }
}
