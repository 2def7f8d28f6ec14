//! The report of a change in revenue: how much, why, and whether chance alone explains it.

use super::{
    chart::{
        Chart, ChartError, Headline,
        change_waterfall::{ChangeWaterfall, Step},
    },
    document::{Block, Document, Figure, KeyFigure, Section},
    number::Unit,
    run_report::{Origin, Report, ReportError},
    table::{Cell, Column, Table, TableError},
};
use crate::{
    base::units::Currency,
    study::why::{Numbers, Part, Why, period::Period},
};

/// Parts that are drawn, beside what was to be expected.
const DRAWN: usize = 7;

/// Makes the report.
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(why: &Why, currency: Currency, origin: &Origin) -> Result<Report, ReportError> {
    let telling = Telling { why, money: Unit::money(currency) };
    let (question, answer, parts) = (telling.question(), telling.answer(), telling.parts()?);
    let printed = format!("{question}\n\n{answer}\n\n{}", parts.to_text());
    let again = format!("{}\n\n# cwm {}\n{}", origin.command, env!("CARGO_PKG_VERSION"), origin.hashes());
    let mut sections = vec![Section::new(
        "Where the change comes from",
        vec![Block::Figure(telling.waterfall()?), Block::Table(parts)],
    )];
    sections.push(Section::new("In numbers", vec![Block::Table(telling.figures()?)]));
    if !why.payers.is_empty() {
        sections.push(Section::new("Who paid most", vec![Block::Table(telling.payers()?)]));
    }
    sections.push(Section::new("How to read this", vec![Block::List(telling.method())]));
    sections.push(Section::new("How to reproduce it", vec![Block::Code(again)]));
    let document = Document {
        title: telling.title(),
        question,
        answer,
        key_figures: telling.key_figures(),
        sections,
        colophon: format!("Drawn by cwm {} from recorded events alone.", env!("CARGO_PKG_VERSION")),
    };
    Ok(Report { document, printed })
}

/// A change in a few sentences: how much, what was to be expected, whether the rest is noise, and what is beyond it.
#[must_use]
pub fn answer(why: &Why, currency: Currency) -> String {
    Telling { why, money: Unit::money(currency) }.answer()
}

/// The chart of a change.
///
/// # Errors
/// [`ChartError`] if it cannot be drawn.
pub fn waterfall(why: &Why, currency: Currency) -> Result<Figure, ChartError> {
    Telling { why, money: Unit::money(currency) }.waterfall()
}

/// The parts of a change.
///
/// # Errors
/// [`TableError`] if the table does not fit together.
pub fn parts(why: &Why, currency: Currency) -> Result<Table, TableError> {
    Telling { why, money: Unit::money(currency) }.parts()
}

/// How a number of a period is written.
type Written<'a> = dyn Fn(&Numbers) -> String + 'a;

struct Telling<'a> {
    why: &'a Why,
    money: Unit,
}

fn in_words(period: &str) -> String {
    Period::parse(period).map_or_else(|_| "what was expected".to_owned(), Period::in_words)
}

impl Telling<'_> {
    fn own(&self) -> String {
        in_words(&self.why.period)
    }

    fn against(&self) -> String {
        in_words(&self.why.against)
    }

    fn when(&self) -> &'static str {
        if matches!(Period::parse(&self.why.against), Ok(Period::Week(_))) { "in" } else { "on" }
    }

    fn question(&self) -> String {
        format!("Why did {} differ from {}?", self.own(), self.against())
    }

    fn title(&self) -> String {
        let change = match self.why.relative {
            Some(share) if share < 0.0 => format!("{} below", Unit::Share.short(-share)),
            Some(share) => format!("{} above", Unit::Share.short(share)),
            None => format!("{} from", self.money.signed(self.why.total)),
        };
        let reason = match (self.why.within_noise, self.cause()) {
            (Some(true), _) => "within noise".to_owned(),
            (Some(false), Some(cause)) => cause.label.clone(),
            (Some(false), None) => "several small things at once".to_owned(),
            (None, _) => "too little history to tell chance apart".to_owned(),
        };
        format!("{}: {change} {}: {reason}", capital(&self.own()), self.against())
    }

    /// The largest part that is beyond its noise.
    fn cause(&self) -> Option<&Part> {
        self.why.parts.iter().find(|part| part.beyond_noise && !part.expected)
    }

    fn answer(&self) -> String {
        let why = self.why;
        let share = why.relative.map(|share| format!(" ({})", Unit::Share.signed(share))).unwrap_or_default();
        if why.against == "expectation" && why.noise.is_none() {
            return format!(
                "{} brought {} after refunds. There is too little history before it to say what was to be expected.",
                capital(&self.own()),
                self.money.short(why.revenue)
            );
        }
        let change = format!(
            "{} brought {} after refunds, {} {}: {}{share}.",
            capital(&self.own()),
            self.money.short(why.revenue),
            if why.against == "expectation" { "where" } else { "against" },
            if why.against == "expectation" {
                format!("{} was expected", self.money.short(why.against_revenue))
            } else {
                format!("{} {} {}", self.money.short(why.against_revenue), self.when(), self.against())
            },
            self.money.signed(why.total),
        );
        let expected = if why.against == "expectation" {
            String::new()
        } else if why.noise.is_some() {
            format!(
                " The days before made expect {} of that; {} was not to be expected.",
                self.money.signed(why.expected),
                self.money.signed(why.surprise)
            )
        } else {
            String::new()
        };
        format!("{change}{expected}{}{}", self.verdict(), self.causes())
    }

    fn verdict(&self) -> String {
        let Some(noise) = self.why.noise else {
            return " There is too little history before to tell what chance alone does, so the two are only compared with \
                    each other."
                .to_owned();
        };
        let range = format!("±{}", self.money.short(noise.reach));
        let level = Unit::Share.short(noise.level);
        if self.why.within_noise == Some(true) {
            format!(
                " That is within noise: {level} of {} such changes in the past stayed within {range}.",
                noise.periods
            )
        } else {
            format!(
                " That is more than noise: {level} of {} such changes in the past stayed within {range}, and {} went as far.",
                noise.periods,
                Unit::Share.short(noise.p_value)
            )
        }
    }

    fn causes(&self) -> String {
        let beyond: Vec<String> = self
            .why
            .parts
            .iter()
            .filter(|part| part.beyond_noise)
            .take(3)
            .map(|part| {
                let reach =
                    part.noise_reach.map(|reach| format!(", chance ±{}", self.money.short(reach))).unwrap_or_default();
                format!("{} ({}{reach})", part.label, self.money.signed(part.amount))
            })
            .collect();
        match (beyond.is_empty(), self.why.within_noise) {
            (true, Some(false)) => " No single part is beyond its own noise.".to_owned(),
            (true, _) => String::new(),
            (false, Some(true)) => format!(" Out of its usual range all the same: {}.", beyond.join("; ")),
            (false, _) => format!(" What stands out: {}.", beyond.join("; ")),
        }
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let why = self.why;
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let share = why.relative.map(|share| Unit::Share.signed(share)).unwrap_or_default();
        let mut figures = vec![figure("Change", self.money.signed(why.total), share)];
        if why.against != "expectation" && why.noise.is_some() {
            let note = "by weekday and level".to_owned();
            figures.push(figure("Expected of it", self.money.signed(why.expected), note));
        }
        if let Some(noise) = why.noise {
            let note = format!("chance alone: ±{} ({})", self.money.short(noise.reach), Unit::Share.short(noise.level));
            figures.push(figure("Not expected", self.money.signed(why.surprise), note));
        }
        figures
    }

    fn parts(&self) -> Result<Table, TableError> {
        let columns = vec![
            Column::text("Part"),
            Column::money("Of the change", "", &self.money, 2),
            Column::money("By chance", "sd", &self.money, 2),
            Column::text("Verdict"),
        ];
        let mut table = Table::new("parts", "Parts of the change, which add up to the cent", columns);
        for part in &self.why.parts {
            let verdict = match (part.expected, part.noise_reach, part.beyond_noise) {
                (true, ..) => "expected",
                (_, None, _) => "–",
                (_, _, true) => "beyond noise",
                _ => "within noise",
            };
            let sd = if part.expected { None } else { part.noise_sd };
            table.push(vec![part.label.as_str().into(), part.amount.into(), sd.into(), verdict.into()])?;
        }
        table.push(vec![
            "All".into(),
            self.why.total.into(),
            self.why.noise.map(|noise| noise.sd).into(),
            Cell::Empty,
        ])?;
        Ok(table)
    }

    fn waterfall(&self) -> Result<Figure, ChartError> {
        let why = self.why;
        let step = |part: &Part| Step {
            label: capital(&part.label),
            amount: part.amount,
            reach: part.noise_reach,
            counts: part.beyond_noise,
        };
        let expected = why.parts.iter().filter(|part| part.expected);
        let causes: Vec<&Part> = why.parts.iter().filter(|part| !part.expected).collect();
        let (drawn, rest) = causes.split_at(causes.len().min(DRAWN));
        let mut steps: Vec<Step> = expected.chain(drawn.iter().copied()).map(step).collect();
        if !rest.is_empty() {
            let amount = rest.iter().map(|part| part.amount).sum();
            steps.push(Step { label: "Everything else".to_owned(), amount, reach: None, counts: false });
        }
        let chart = ChangeWaterfall {
            headline: Headline::new(
                self.title(),
                "Revenue after refunds; a whisker holds 95% of what chance alone makes of a part",
            ),
            unit: self.money.clone(),
            axis: "revenue".to_owned(),
            from: (capital(&self.against()), why.against_revenue),
            steps,
            to: (capital(&self.own()), why.revenue),
        };
        let caption = "Grey parts are within their noise, or were to be expected.".to_owned();
        Ok(Figure { name: "change".to_owned(), picture: chart.picture()?, caption })
    }

    fn figures(&self) -> Result<Table, TableError> {
        let mut columns = vec![Column::text("")];
        for figures in &self.why.figures {
            columns.push(Column::text(figures.period.clone()));
            columns.push(Column::text(format!("expected {}", figures.period)));
        }
        let mut table = Table::new("figures", "What happened, and what the days before made expect", columns);
        let lines: [(&str, &Written<'_>); 8] = [
            ("Users", &|n| Unit::Plain.exact(n.users, 1)),
            ("New users", &|n| Unit::Plain.exact(n.new_users, 1)),
            ("Sessions", &|n| Unit::Plain.exact(n.sessions, 1)),
            ("Sessions that paid", &|n| Unit::Plain.exact(n.paid_sessions, 1)),
            ("Paid share", &|n| ratio(n.paid_sessions, n.sessions, &Unit::Share)),
            ("Amount a paying session", &|n| ratio(n.gross, n.paid_sessions, &self.money)),
            ("Paid", &|n| self.money.exact(n.gross, 2)),
            ("Refunds and disputes", &|n| self.money.exact(n.back, 2)),
        ];
        for (name, write) in lines {
            let mut row: Vec<Cell> = vec![name.into()];
            for figures in &self.why.figures {
                row.push(write(&figures.seen).into());
                row.push(figures.expected.as_ref().map(write).into());
            }
            table.push(row)?;
        }
        Ok(table)
    }

    fn payers(&self) -> Result<Table, TableError> {
        let columns = vec![Column::text("When"), Column::text("User"), Column::money("Paid", "", &self.money, 2)];
        let mut table = Table::new("payers", "The largest payers", columns);
        for payer in &self.why.payers {
            table.push(vec![payer.period.as_str().into(), payer.user.as_str().into(), payer.paid.into()])?;
        }
        Ok(table)
    }

    fn method(&self) -> Vec<String> {
        [
            "What a day would be is foretold from the days before it alone: a level that follows the business, times the \
             day of the week. The change in that is what was to be expected.",
            "What was not expected is shared out among users, new against returning, sessions a user, paid share and \
             amounts by Shapley's value, which does not depend on the order; large payers, the tops of the largest \
             payments, and refunds are told apart.",
            "The same was done for every day of up to two years before. A part is beyond noise if it is larger than 95% of \
             what it was on pairs of those days; of ten parts without a cause, one in two changes shows one by chance.",
            "A part says where the money is missing, not why: a smaller share of paying sessions may be a broken checkout \
             or a different crowd.",
        ]
        .map(str::to_owned)
        .to_vec()
    }
}

fn ratio(over: f64, under: f64, unit: &Unit) -> String {
    if under <= 0.0 {
        return "–".to_owned();
    }
    let decimals = if *unit == Unit::Share { 1 } else { 2 };
    unit.exact(over / under, decimals)
}

/// With a capital at its beginning.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
