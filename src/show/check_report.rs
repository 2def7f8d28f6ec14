//! The report of a posterior predictive check: does a fitted world look like its history, and where does it not?

use super::{
    chart::{
        Chart, ChartError, Headline,
        replicas::{ReplicaPanel, Replicas},
    },
    document::{Block, Document, Figure, KeyFigure, Section},
    number::{Estimate, Unit, count},
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::study::predictive_check::{Bin, Check, Measured};

/// Makes the report of a check.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(found: &Check, name: &str, seed: u64, origin: &Origin) -> Result<Report, ReportError> {
    let question = format!("Does the world fitted to {name} look like it?");
    let (overview, answer) = (overview(found)?, answer(found));
    let printed = format!("{question}\n\n{answer}\n\n{}", overview.to_text());
    let mut sections = vec![Section::new(
        "What was held against the record",
        vec![Block::Figure(figure(found)?), Block::Table(overview), Block::Paragraph(note(found))],
    )];
    for measured in &found.measures {
        sections.push(Section::new(measured.title, vec![Block::Table(numbers(measured)?)]));
    }
    let again = format!("{}\n\n# seed {seed}, cwm {}\n{}", origin.command, env!("CARGO_PKG_VERSION"), origin.hashes());
    sections.push(Section::new("How to reproduce it", vec![Block::Code(again)]));
    let document = Document {
        title: title(found),
        question,
        answer,
        key_figures: key_figures(found),
        sections,
        colophon: format!("Drawn by cwm {}.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

fn out(found: &Check) -> Vec<&Measured> {
    found.measures.iter().filter(|measured| !measured.fits()).collect()
}

fn title(found: &Check) -> String {
    match out(found).len() {
        0 => "The fitted world looks like its history in all that was measured".to_owned(),
        some => format!("The fitted world differs from its history in {some} of {} measures", found.measures.len()),
    }
}

/// What does not fit is said first.
fn answer(found: &Check) -> String {
    let all = found.measures.len();
    let told = |measured: &&Measured| {
        format!("{} ({})", lower(measured.title), misses(measured).unwrap_or_else(|| verdict(measured)))
    };
    let out = out(found);
    if out.is_empty() {
        return format!("Nothing stands out: in all {all} measures the record lies among its replicas.");
    }
    let said: Vec<String> = out.iter().map(told).collect();
    format!(
        "It does not in {} of {all} measures: {}. In the others the record lies among its replicas.",
        out.len(),
        said.join("; ")
    )
}

/// Where a measure misses most.
fn misses(measured: &Measured) -> Option<String> {
    let off = |bin: &&Bin| (bin.recorded - bin.mean).abs();
    let worst = measured.bins.iter().filter(|bin| bin.stands_out()).max_by(|a, b| off(a).total_cmp(&off(b)))?;
    let share = |value| Unit::Share.short(value);
    Some(format!("“{}”: {} recorded, {} simulated", worst.label, share(worst.recorded), share(worst.mean)))
}

fn lower(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

fn key_figures(found: &Check) -> Vec<KeyFigure> {
    let figure =
        |label: &str, value: String, note: &str| KeyFigure { label: label.to_owned(), value, note: note.into() };
    let fitting = found.measures.iter().filter(|measured| measured.fits()).count();
    vec![
        figure("Fit", format!("{fitting} of {}", found.measures.len()), "measures"),
        figure("Users", count(found.users as i64), "of the record, and of each replica"),
        figure("Days", count(found.days), "of the record"),
        figure("Replicas", count(i64::from(found.replicas)), "lived in worlds of the fitted law"),
    ]
}

fn verdict(measured: &Measured) -> String {
    let (share, p) = (Unit::Share.short(measured.distance), measured.p_value);
    let sign = if measured.fits() { "among its replicas" } else { "stands out" };
    format!("{sign}: {share} apart, p = {p:.3}")
}

fn figure(found: &Check) -> Result<Figure, ChartError> {
    let estimate = |bin: &Bin| Estimate::new(bin.mean, bin.lo, bin.hi);
    let panel = |measured: &Measured| ReplicaPanel {
        title: measured.title.to_owned(),
        verdict: verdict(measured),
        stands_out: !measured.fits(),
        points: measured.bins.iter().map(|bin| (bin.label.clone(), bin.recorded, estimate(bin))).collect(),
    };
    let subtitle = format!(
        "Dots: shares in the record (vermilion where they lie outside); bars: nine of ten of {} replicas",
        found.replicas
    );
    let chart = Replicas {
        headline: Headline::new(title(found), subtitle),
        panels: found.measures.iter().map(panel).collect(),
    };
    let caption =
        "Each replica has as many new users on every day as the record, drawn from the fitted law.".to_owned();
    Ok(Figure { name: "resemblance".to_owned(), picture: chart.picture()?, caption })
}

fn overview(found: &Check) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Measure"),
        Column::text("Fit"),
        Column::float("p", "", 3),
        Column::share("Apart", "", 1),
        Column::share("A replica", "median", 1),
        Column::share("A replica", "nine of ten", 1),
        Column::text("Misses most"),
    ];
    let mut table = Table::new("check", "The record against its replicas, the worst fit first", columns);
    for measured in &found.measures {
        table.push(vec![
            measured.title.into(),
            if measured.fits() { "yes" } else { "no" }.into(),
            measured.p_value.into(),
            measured.distance.into(),
            measured.usual.0.into(),
            measured.usual.1.into(),
            misses(measured).map_or(Cell::Empty, Cell::from),
        ])?;
    }
    Ok(table)
}

fn numbers(measured: &Measured) -> Result<Table, TableError> {
    let columns =
        vec![Column::text("Of"), Column::share("Record", "", 1), Column::share("Replicas", "", 1).with_interval(0.9)];
    let mut table = Table::new(format!("check_{}", measured.name), measured.title, columns);
    for bin in &measured.bins {
        let told = Estimate::new(bin.mean, bin.lo, bin.hi);
        table.push(vec![bin.label.clone().into(), bin.recorded.into(), told.into()])?;
    }
    Ok(table)
}

fn note(found: &Check) -> String {
    format!(
        "p: how often a replica lies as far from the others as the record does; the least there can be with {} replicas is \
         {:.3}. Apart: the share of sessions, users or days that would have to be elsewhere, or how far the shares lie apart \
         on average. A long record shows small misfits that may not matter: read the distance beside p. The world was \
         fitted to the very record, so what fits here may still not be there tomorrow: `cwm replay --as-of` asks that.",
        found.replicas,
        1.0 / f64::from(found.replicas + 1)
    )
}
