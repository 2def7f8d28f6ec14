//! The report of what a history reveals: findings by money, what backs each, and what would test it.

mod figures;
mod tables;

use super::{
    document::{Block, Document, Figure, KeyFigure, Section},
    number::{Estimate, Unit, count},
    run_report::{Origin, Report, ReportError, shown},
    table::Table,
};
use crate::{
    study::insight::{
        Insight,
        finding::{Finding, Measure},
        words::{chance, date},
    },
    world::scenario::Scenario,
};

/// Makes the report.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(
    scenario: &Scenario,
    insight: &Insight,
    findings: &[Finding],
    origin: &Origin,
) -> Result<Report, ReportError> {
    let telling = Telling { scenario, insight, findings, money: Unit::money(scenario.currency) };
    let document = Document {
        title: telling.title(),
        question: format!("What does the history of “{}” reveal?", scenario.name),
        answer: telling.answer(),
        key_figures: telling.key_figures(),
        sections: telling.sections(origin)?,
        colophon: format!(
            "Drawn by cwm {}. Everything is from recorded events; nothing here was told to it.",
            env!("CARGO_PKG_VERSION")
        ),
    };
    Ok(Report { document, printed: telling.printed() })
}

/// A heading, its charts and its tables.
type Backing = (&'static str, Vec<Figure>, Vec<Table>);

/// Findings being told.
struct Telling<'a> {
    scenario: &'a Scenario,
    insight: &'a Insight,
    findings: &'a [Finding],
    money: Unit,
}

const METHODS: [&str; 7] = [
    "Intervals are at 95%. Users are the unit: what one user does is not independent, so sums and ratios are over users.",
    "Zero-revenue sessions: a group is a leak if it pays less than sessions of users as far along who paid as often so far, after Benjamini and Hochberg\u{2019}s correction for all groups. What 20% of all unpaid sessions would pay is a what-if, not an estimate of an effect.",
    "Cliff: the null is any hazard that never rises with tenure, which is what sorting alone gives (Proschan 1963; BdW with c \u{2264} 1 is one such law). The largest rise over all windows is held against its law at a level hazard, simulated; a month that stands above its neighbours is looked for besides. A cliff is meant to be claimed in at most 5% of histories without one, and so at p below 0.02. A window that stands out only because leaving falls unevenly before it is not called a cliff.",
    "Segments: latent classes by maximum likelihood of sessions, paying, amounts and leaving; a second one by Schwarz\u{2019}s criterion, a third by Akaike\u{2019}s. Their interval carries the uncertainty of the fitted law, not that of how many there are.",
    "Breaks: the largest change over all days, against its law where nothing changes, simulated with the days\u{2019} own noise; Holm\u{2019}s correction over steps and populations.",
    "Acquisition: spend joined by day and name; value by tenure from those who were watched so long, net of what went back.",
    "Predictors are associations. Which of them are causes is what their scenarios ask.",
];

impl Telling<'_> {
    fn standing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.stands)
    }

    fn title(&self) -> String {
        self.standing()
            .next()
            .map_or_else(|| "Nothing stands out in this history".to_owned(), |first| capital(&first.says))
    }

    fn answer(&self) -> String {
        let (stand, all) = (self.standing().count(), self.findings.len());
        let said: Vec<String> = self.standing().take(3).map(|finding| self.line(finding)).collect();
        if stand == 0 {
            return format!("None of {all} looks found anything beyond chance, or the history is too short to tell.");
        }
        format!("{stand} findings stand. By money: {}.", said.join("; "))
    }

    fn line(&self, finding: &Finding) -> String {
        match self.worth(finding) {
            Some(worth) => format!("{} \u{2014} {worth} a year", finding.says),
            None => finding.says.clone(),
        }
    }

    /// "$55.0K ($45.1K to $67.2K)".
    fn worth(&self, finding: &Finding) -> Option<String> {
        let money = finding.money_per_year?;
        Some(match (money.lo, money.hi) {
            (Some(lo), Some(hi)) => {
                format!("{} ({} to {})", self.money.short(money.mean), self.money.short(lo), self.money.short(hi))
            }
            _ => self.money.short(money.mean),
        })
    }

    fn unit(&self, finding: &Finding) -> Unit {
        match finding.measure {
            Measure::Share => Unit::Share,
            Measure::Multiple => Unit::Plain,
            Measure::Money => self.money.clone(),
        }
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let facts = &self.insight.facts;
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let days = format!("{} to {}", date(facts.days.0), date(facts.days.1));
        let found = self.standing().filter(|finding| finding.value.is_some()).take(3).map(|finding| {
            let unit = self.unit(finding);
            let interval =
                finding.lo.zip(finding.hi).map(|(lo, hi)| format!("{} to {}", unit.short(lo), unit.short(hi)));
            figure(&finding.place, unit.short(finding.value.unwrap_or(0.0)), interval.unwrap_or_default())
        });
        std::iter::once(figure("Users", count(facts.people.len() as i64), days)).chain(found).collect()
    }

    fn sections(&self, origin: &Origin) -> Result<Vec<Section>, ReportError> {
        let mut first = Vec::new();
        first.extend(figures::ranking(self)?.map(Block::Figure));
        first.push(Block::Table(tables::findings(self)?));
        let mut sections = vec![Section::new("What it is worth", first)];
        sections.push(Section::new("What was found", self.told()));
        for (heading, figures, tables) in self.backing()? {
            let blocks: Vec<Block> =
                figures.into_iter().map(Block::Figure).chain(tables.into_iter().map(Block::Table)).collect();
            if !blocks.is_empty() {
                sections.push(Section::new(heading, blocks));
            }
        }
        sections.push(Section::new("How it is computed", vec![Block::List(METHODS.map(str::to_owned).into())]));
        sections.push(Section::new("How to reproduce it", vec![Block::Code(self.reproduction(origin))]));
        Ok(sections)
    }

    /// What backs the findings, kind by kind.
    fn backing(&self) -> Result<Vec<Backing>, ReportError> {
        Ok(vec![
            (
                "Sessions that earn nothing",
                figures::unpaid(self)?.into_iter().collect(),
                tables::groups(self)?.into_iter().collect(),
            ),
            (
                "When users leave",
                figures::hazard(self)?.into_iter().collect(),
                tables::hazard(self)?.into_iter().collect(),
            ),
            (
                "Hidden segments",
                figures::segments(self)?.into_iter().chain(figures::recognition(self)?).collect(),
                tables::segments(self)?.into_iter().collect(),
            ),
            (
                "Acquisition",
                figures::sources(self)?.into_iter().collect(),
                tables::sources(self)?.into_iter().collect(),
            ),
            ("What goes with value and leaving", Vec::new(), tables::associations(self)?.into_iter().collect()),
        ])
    }

    /// Every finding with its evidence.
    fn told(&self) -> Vec<Block> {
        self.findings
            .iter()
            .flat_map(|finding| {
                let mut lines = finding.evidence.clone();
                lines.extend(self.worth(finding).map(|worth| format!("{worth} a year: {}", finding.money_is)));
                lines.extend(
                    Some(&finding.action).filter(|action| !action.is_empty()).map(|action| format!("To do: {action}.")),
                );
                lines.extend(
                    finding.scenario.as_ref().map(|scenario| format!("Test it: cwm run {scenario} (in this folder).")),
                );
                let list = (!lines.is_empty()).then_some(Block::List(lines));
                std::iter::once(Block::Heading(capital(&finding.says))).chain(list)
            })
            .collect()
    }

    fn reproduction(&self, origin: &Origin) -> String {
        let seed = self.scenario.seed;
        format!("{}\n\n# cwm {}, seed {seed}\n{}", origin.command, env!("CARGO_PKG_VERSION"), origin.hashes())
    }

    /// For a terminal: ranked by money, each with interval, evidence and action.
    fn printed(&self) -> String {
        let facts = &self.insight.facts;
        let head = format!(
            "{} users, {} sessions, {} to {}; sums a year are of the last {:.0} days\n",
            count(facts.people.len() as i64),
            count(facts.visits.len() as i64),
            date(facts.days.0),
            date(facts.days.1),
            facts.recent_days()
        );
        let found = self.standing().enumerate().map(|(place, finding)| self.printed_one(place + 1, finding));
        let absent: Vec<String> = self
            .findings
            .iter()
            .filter(|finding| !finding.stands)
            .map(|finding| {
                let p = finding.p_value.map(|p| format!(" ({})", chance(p))).unwrap_or_default();
                format!("   - {}: {}{p}", finding.place, finding.says)
            })
            .collect();
        let absent = if absent.is_empty() {
            Vec::new()
        } else {
            vec![format!("Not found, or not to be known:\n{}", absent.join("\n"))]
        };
        std::iter::once(head).chain(found).chain(absent).collect::<Vec<_>>().join("\n")
    }

    fn printed_one(&self, place: usize, finding: &Finding) -> String {
        let worth = self.worth(finding).map(|worth| format!("   {worth} a year: {}", finding.money_is));
        let action = Some(&finding.action).filter(|action| !action.is_empty());
        let lines = std::iter::once(format!("{place}. {}", capital(&finding.says)))
            .chain(worth)
            .chain(finding.evidence.iter().map(|line| format!("   - {line}")))
            .chain(action.map(|action| format!("   > {action}")))
            .chain(finding.scenario.as_ref().map(|scenario| format!("   > test it: cwm run <output>/{scenario}")));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}

/// With a capital letter.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// An estimate as charts and tables take it.
fn cell(estimate: &crate::study::estimate::Estimate) -> Estimate {
    shown(estimate)
}
