//! The report of a replay: would the predictions have been right, and does knowing a user longer help?

mod ahead;
mod learning;
mod stated;

use super::{
    chart::{
        Chart, ChartError, Headline,
        calibration::{Calibration, CalibrationPoint, FacetCalibration},
        learning_curve::{FacetCurve, LearningCurve, Score},
    },
    document::{Block, Document, Figure, KeyFigure, Section},
    number::{Estimate, Unit, count},
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    history::log::LoadReport,
    study::{
        explanation::learned::Learned,
        validation::{
            calibration::ReliabilityBin,
            report::{BinReport, FacetReport, Validation, Value},
            scoring::{BIN_STARTS, BINS},
        },
    },
    user::facet::ScoreUnit,
    world::scenario::Scenario,
};

/// Makes the report of a replay.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(scenario: &Scenario, found: &Found<'_>, origin: &Origin) -> Result<Report, ReportError> {
    let Found { validation, learned, load } = *found;
    let telling = Telling { scenario, validation, load };
    let scores = telling.scores()?;
    let answer = telling.answer();
    let example = learned.map(learning::printed).unwrap_or_default();
    let printed = format!(
        "{}\n\n{answer}\n\n{}{}{}\n{example}",
        scenario.question,
        telling.scores_in_short()?.to_text(),
        telling.ahead_in_short(),
        telling.stated_in_short()
    );
    let document = Document {
        title: telling.title(),
        question: scenario.question.clone(),
        answer,
        key_figures: telling.key_figures(),
        sections: telling.sections(scores, learned, origin)?,
        colophon: format!("Drawn by cwm {}. Every prediction was made before its event.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

/// What a replay found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// How the users were predicted.
    pub validation: &'a Validation,
    /// What was learned of one of them.
    pub learned: Option<&'a Learned>,
    /// What was read.
    pub load: &'a LoadReport,
}

struct Telling<'a> {
    scenario: &'a Scenario,
    validation: &'a Validation,
    load: &'a LoadReport,
}

impl Telling<'_> {
    fn sections(&self, scores: Table, learned: Option<&Learned>, origin: &Origin) -> Result<Vec<Section>, ReportError> {
        let mut sections = vec![Section::new("What knowing a user is worth", self.worth(scores)?)];
        sections.extend(learned.map(learning::section));
        sections.push(Section::new("Do things happen as often as predicted?", self.calibrated()?));
        sections.extend(self.ahead()?);
        sections.extend(self.stated()?);
        sections.extend([
            Section::new("What it was tried on", vec![Block::Paragraph(self.data())]),
            Section::new("How it was judged", vec![Block::List(self.rules())]),
            Section::new("How to reproduce it", vec![Block::Code(self.reproduction(origin))]),
        ]);
        Ok(sections)
    }

    /// Facets in which something was there to predict, with what they gained over all events.
    fn gains(&self) -> impl Iterator<Item = (&str, &FacetReport, f64)> {
        let facets = self.validation.facets.iter().filter(|(_, report)| !report.nothing_to_predict);
        facets.filter_map(|(name, report)| report.all.value.map(|value| (name.as_str(), report, value)))
    }

    fn title(&self) -> String {
        let (better, all) = self.gains().fold((0, 0), |(better, all), (_, report, _)| {
            (better + i32::from(report.all.lo.is_some_and(|lo| lo > 0.0)), all + 1)
        });
        match all {
            0 => "There was nothing to predict".to_owned(),
            _ if better == all => "Knowing each user beats knowing the population, in everything they do".to_owned(),
            _ => format!("Knowing each user beats knowing the population in {better} of {all} things they do"),
        }
    }

    fn answer(&self) -> String {
        let said: Vec<String> = self.gains().map(|(name, report, value)| told(name, report, value)).collect();
        let learned = self.learned().map_or(String::new(), |sentence| format!(" {sentence}"));
        format!(
            "On {} users that the priors had never seen, predicting each event before it happened: {}.{learned}{}",
            count(self.validation.users as i64),
            said.join("; "),
            self.ahead_in_a_sentence()
        )
    }

    /// For what the gain grows from the first sessions on, and for what it does not.
    fn learned(&self) -> Option<String> {
        let skills = self.gains().filter(|(_, report, _)| report.score == ScoreUnit::Skill);
        let grown = skills.filter_map(|(name, report, _)| {
            let at = |from: u32| report.by_prior_sessions.iter().find(|bin| bin.from == from)?.value.value;
            Some((name, at(1)?, at(36)?))
        });
        let (more, less): (Vec<_>, Vec<_>) = grown.partition(|(_, early, late)| late > early);
        let told = |(name, early, late): &(&str, f64, f64)| {
            format!("{name} {} to {}", Unit::Share.short(*early), Unit::Share.short(*late))
        };
        let list = |facets: &[_]| facets.iter().map(told).collect::<Vec<_>>().join(", ");
        match (more.is_empty(), less.is_empty()) {
            (true, true) => None,
            (false, true) => Some(format!("It compounds, from one session to 36 to 60: {}.", list(&more))),
            (true, false) => Some(format!("It does not grow from one session to 36 to 60: {}.", list(&less))),
            (false, false) => Some(format!(
                "It compounds, from one session to 36 to 60: {}; but not for {}.",
                list(&more),
                list(&less)
            )),
        }
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let figure = |label: &str, value: String, note: &str| KeyFigure {
            label: label.to_owned(),
            value,
            note: note.to_owned(),
        };
        let mut figures = vec![
            figure("Users predicted", count(self.validation.users as i64), "held out from the fit"),
            figure("Sessions predicted", count(self.validation.sessions as i64), "each before it happened"),
        ];
        let best = self.gains().filter(|(_, report, _)| report.score == ScoreUnit::Skill);
        figures.extend(best.take(2).map(|(name, _, value)| {
            let label = format!("Log loss saved: {name}");
            figure(&label, Unit::Share.short(value), "against the population")
        }));
        figures
    }

    fn scores(&self) -> Result<Table, TableError> {
        let level = self.validation.level;
        let columns = vec![
            Column::text("Facet"),
            Column::text("In"),
            Column::text("Prior sessions"),
            Column::float("Gain", "against the population", 4).with_interval(level),
            Column::float("Gain", "against the same number of sessions", 4).with_interval(level),
            Column::integer("Predictions", ""),
        ];
        let mut table = Table::new("scores", "Gain over the population, by number of prior sessions", columns);
        for (name, report) in &self.validation.facets {
            if report.nothing_to_predict {
                table.push(vec![
                    name.as_str().into(),
                    "nothing to predict".into(),
                    "".into(),
                    Cell::Empty,
                    Cell::Empty,
                    (report.all.events as i64).into(),
                ])?;
                continue;
            }
            table.push(row(name, report.score, "all".to_owned(), &report.all))?;
            for bin in &report.by_prior_sessions {
                table.push(row(name, report.score, bin_label(bin.from), &bin.value))?;
            }
        }
        Ok(table)
    }

    /// The scores as a terminal shows them: a row a facet, a column a bin.
    fn scores_in_short(&self) -> Result<Table, TableError> {
        let mut columns = vec![Column::text("facet"), Column::text("in"), Column::text("all")];
        columns.extend(BIN_STARTS.iter().map(|&from| Column::text(bin_label(from))));
        columns.push(Column::text("slope"));
        let title = "Gain over the population, by number of prior sessions";
        let mut table = Table::new("scores", title, columns);
        for (name, report, value) in self.gains() {
            let unit = if report.score == ScoreUnit::Skill { "skill" } else { "nats" };
            let mut row: Vec<Cell> = vec![name.into(), unit.into(), format!("{value:.3}").into()];
            row.extend(BIN_STARTS.iter().map(|&from| {
                let bin = report.by_prior_sessions.iter().find(|bin| bin.from == from);
                Cell::from(bin.and_then(|bin| bin.value.value).map_or("–".to_owned(), |value| format!("{value:.3}")))
            }));
            let slope = self.validation.calibration.get(name).and_then(|found| found.slope);
            row.push(slope.map_or("–".to_owned(), |slope| format!("{slope:.2}")).into());
            table.push(row)?;
        }
        Ok(table)
    }

    fn worth(&self, scores: Table) -> Result<Vec<Block>, ReportError> {
        let note = "Skill is the share of the population's log loss that the self-models save; nats an event are log \
                    score gained. The second gain is against a population that has had as many sessions, which takes \
                    away what staying long says by itself.";
        Ok(vec![Block::Figure(self.learning_curve()?), Block::Paragraph(note.to_owned()), Block::Table(scores)])
    }

    fn learning_curve(&self) -> Result<Figure, ChartError> {
        let facets = self.validation.facets.iter().filter(|(_, report)| !report.nothing_to_predict);
        let chart = LearningCurve {
            headline: Headline::new(
                self.title(),
                format!(
                    "Gain over the static population by number of prior sessions; {:.0}% intervals over users",
                    self.validation.level * 100.0
                ),
            ),
            bins: BIN_STARTS.iter().map(|&from| bin_label(from)).collect(),
            facets: facets.map(|(name, report)| curve(name, report)).collect(),
        };
        let caption = "Above zero the self-model knows more than the population does.".to_owned();
        Ok(Figure { name: "learning_curve".to_owned(), picture: chart.picture()?, caption })
    }

    fn calibrated(&self) -> Result<Vec<Block>, ReportError> {
        let columns = vec![
            Column::text("Facet"),
            Column::float("Slope", "1 is right", 3),
            Column::float("Calibration error", "ECE", 4),
            Column::integer("Predictions", ""),
        ];
        let mut table = Table::new("calibration", "Calibration", columns);
        for (name, found) in &self.validation.calibration {
            table.push(vec![name.as_str().into(), found.slope.into(), found.ece.into(), (found.n as i64).into()])?;
        }
        Ok(vec![Block::Figure(self.calibration()?), Block::Table(table)])
    }

    fn calibration(&self) -> Result<Figure, ChartError> {
        let known = self.validation.calibration.iter().filter(|(_, found)| found.slope.is_some());
        let facets: Vec<FacetCalibration> = known
            .map(|(name, found)| FacetCalibration {
                label: name.clone(),
                points: points(&found.reliability, &found.pit, found.n),
                ece: found.ece.unwrap_or(f64::NAN),
                slope: found.slope.unwrap_or(f64::NAN),
            })
            .collect();
        let worst = facets.iter().map(|facet| facet.ece).fold(0.0, f64::max);
        let title = format!("What is predicted happens as often as it was said, within {}", Unit::Share.short(worst));
        let subtitle =
            "Observed against predicted shares; bars: 95% intervals. Gap and amount: share at or below each quantile";
        let chart = Calibration { headline: Headline::new(title, subtitle), facets };
        Ok(Figure { name: "calibration".to_owned(), picture: chart.picture()?, caption: String::new() })
    }

    fn data(&self) -> String {
        format!(
            "{} rows gave {} events; {} duplicate rows were dropped and {} rows rejected (each with its reason in \
             rejected.csv). {} sessions of {} users were predicted.",
            count(self.load.rows as i64),
            count(self.load.events as i64),
            count(self.load.duplicates as i64),
            count(self.load.rejected.len() as i64),
            count(self.validation.sessions as i64),
            count(self.validation.users as i64)
        )
    }

    fn rules(&self) -> Vec<String> {
        let folds = self.validation.folds.iter().map(|fold| {
            format!("Priors were fitted to {} users and predicted {} others.", fold.fitted_users, fold.predicted_users)
        });
        let mut rules: Vec<String> = folds.collect();
        rules.push(
            "Each event was predicted from the events before it, then scored, then learned, in that order.".to_owned(),
        );
        rules.push(format!(
            "Local time is that of {}; a session ends after {} minutes without an event.",
            self.scenario.clock.timezone.name(),
            self.scenario.sessions.timeout_minutes.value()
        ));
        rules.push("Intervals come from drawing users with replacement (Poisson bootstrap, 200 draws).".to_owned());
        rules
    }

    fn reproduction(&self, origin: &Origin) -> String {
        format!(
            "{}\n\n# seed {} (of the bootstrap), cwm {}\n{}",
            origin.command,
            self.scenario.seed,
            env!("CARGO_PKG_VERSION"),
            origin.hashes()
        )
    }
}

fn told(name: &str, report: &FacetReport, value: f64) -> String {
    let shown = |value: f64| match report.score {
        ScoreUnit::Skill => Unit::Share.short(value),
        ScoreUnit::Nats => format!("{value:.3}"),
    };
    let what = match report.score {
        ScoreUnit::Skill => "of the log loss saved",
        ScoreUnit::Nats => "nats an event gained",
    };
    let range = report.all.lo.zip(report.all.hi).map_or_else(
        || "of too few users for an interval".to_owned(),
        |(lo, hi)| format!("{} to {}", shown(lo), shown(hi)),
    );
    format!("{name}, {} {what} ({range})", shown(value))
}

/// "6–10" for the bin that starts at 6.
fn bin_label(from: u32) -> String {
    let next = BIN_STARTS.iter().position(|&start| start == from).and_then(|bin| BIN_STARTS.get(bin + 1));
    match next {
        None => format!(">{}", from - 1),
        Some(&next) if next == from + 1 => from.to_string(),
        Some(next) => format!("{from}–{}", next - 1),
    }
}

fn row(name: &str, score: ScoreUnit, bin: String, value: &Value) -> Vec<Cell> {
    let unit = match score {
        ScoreUnit::Skill => "skill",
        ScoreUnit::Nats => "nats",
    };
    let against_bin = Value {
        value: value.value_by_bin_baseline,
        lo: value.lo_by_bin_baseline,
        hi: value.hi_by_bin_baseline,
        ..Value::default()
    };
    vec![
        name.into(),
        unit.into(),
        bin.into(),
        estimate(value).into(),
        estimate(&against_bin).into(),
        (value.events as i64).into(),
    ]
}

fn estimate(value: &Value) -> Option<Estimate> {
    let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
    value.value.map(|mean| Estimate::new(mean, end(value.lo), end(value.hi)))
}

fn curve(name: &str, report: &FacetReport) -> FacetCurve {
    let at = |&from: &u32| {
        let bin: Option<&BinReport> = report.by_prior_sessions.iter().find(|bin| bin.from == from);
        bin.and_then(|bin| estimate(&bin.value))
    };
    let score = match report.score {
        ScoreUnit::Skill => Score::Skill,
        ScoreUnit::Nats => Score::Nats,
    };
    let points: Vec<Option<Estimate>> = BIN_STARTS.iter().map(at).collect();
    debug_assert_eq!(points.len(), BINS);
    FacetCurve { label: name.to_owned(), score, points }
}

/// Shares of bins, or, for densities, how much of the record lies at or below each tenth.
fn points(reliability: &[ReliabilityBin], pit: &[f64], n: u64) -> Vec<CalibrationPoint> {
    if pit.is_empty() {
        return reliability.iter().map(|bin| point(bin.predicted, bin.observed, bin.n)).collect();
    }
    let tenth = (pit.len() / 10).max(1);
    let below = |cells: usize| pit[..cells].iter().sum::<f64>();
    (1..10).map(|i| point(i as f64 / 10.0, below((i * tenth).min(pit.len())), n / 10)).collect()
}

/// A share with its Wilson interval (Wilson 1927) at 95%.
pub(super) fn point(predicted: f64, observed: f64, n: u64) -> CalibrationPoint {
    let (n_, z) = (n.max(1) as f64, 1.959_964);
    let centre = (observed + z * z / (2.0 * n_)) / (1.0 + z * z / n_);
    let reach = z / (1.0 + z * z / n_) * (observed * (1.0 - observed) / n_ + z * z / (4.0 * n_ * n_)).max(0.0).sqrt();
    CalibrationPoint { predicted, observed: Estimate::new(observed, centre - reach, centre + reach), count: n }
}
