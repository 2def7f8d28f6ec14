//! The proposal: what a run suggests to do, on one page that people can sign.
//!
//! It shows only what would be known outside of a simulation: hidden segments, and what perfect knowledge of them would
//! bring, are left out of it.

use super::{
    super::{
        chart::{
            Chart, ChartError, Headline,
            bars::{Bar, Bars},
        },
        document::{Block, Document, Figure, KeyFigure, Section},
        number::{Unit, count},
        table::{Cell, Column, Table, TableError},
    },
    Origin, Report, ReportError, Telling, assumptions, beyond, figures, probability, shown, version,
};
use crate::{
    study::{
        plan::{ExperimentPlan, InterventionPlan},
        projection::{ArmEffects, ArmResult, LEVEL, MetricEffect, Projection},
    },
    world::{
        intervention::Intervention,
        scenario::{Arm, Scenario},
    },
};

/// Days of a year, over which a fixed cost is spread.
const YEAR: f64 = 365.0;
/// Days between two rows of the table behind the chart.
const WEEKLY: i64 = 7;

/// What a proposal is made from.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// The scenario that was run.
    pub scenario: &'a Scenario,
    /// The question in its first comment line, or else its own.
    pub question: &'a str,
    /// What the run found.
    pub projection: &'a Projection,
    /// How experiments would go, if they were planned.
    pub plan: Option<&'a ExperimentPlan>,
}

/// Leaves out what only a simulation knows.
#[must_use]
pub fn observable(mut projection: Projection) -> Projection {
    projection.baseline.segments.clear();
    projection.baseline.churn_by_month.clear();
    projection.arms.iter_mut().for_each(|arm| (arm.oracle_uplift, arm.reach) = (None, None));
    projection.effects.iter_mut().for_each(|arm| arm.segments.clear());
    projection
}

/// Makes the proposal; the projection must be [`observable`].
///
/// # Errors
/// [`ReportError`] if a chart or table does not fit together, which would be a fault of this program.
pub fn of(basis: &Basis<'_>, origin: &Origin) -> Result<Report, ReportError> {
    let Basis { scenario, projection, .. } = *basis;
    let telling = Telling { scenario, projection, money: Unit::money(scenario.currency) };
    let pitch = Pitch { basis, telling: &telling };
    let answer = pitch.answer();
    let sections = vec![
        Section::new("What is proposed", pitch.proposed()),
        Section::new("What it would bring", pitch.evidence()?),
        Section::new("Arm by arm", vec![Block::Alternatives(pitch.arms()?)]),
        Section::new("Risks and guardrails", pitch.risks()?),
        Section::new("How to test it, and for how long", pitch.test()?),
        Section::new("What it rests on", vec![Block::List(assumptions::of(&telling))]),
        Section::new("How to reproduce it", vec![Block::Code(telling.reproduction(origin))]),
        Section::new("Decision", pitch.decision()?),
    ];
    let document = Document {
        title: pitch.title(),
        question: basis.question.to_owned(),
        answer: answer.clone(),
        key_figures: pitch.key_figures(),
        sections,
        colophon: format!(
            "Drawn by cwm {}. Every figure comes from simulated worlds with the assumptions above; nothing that only a \
             simulation can know is used.",
            version()
        ),
    };
    let printed = format!("{}\n\n{answer}\n\n{}", document.title, pitch.compared()?.to_text());
    Ok(Report { document, printed })
}

/// A proposal being told.
struct Pitch<'a> {
    basis: &'a Basis<'a>,
    telling: &'a Telling<'a>,
}

impl Pitch<'_> {
    /// The arm that leaves most profit, unless none leaves more than the control.
    fn proposed_arm(&self) -> Option<&ArmResult> {
        self.telling.best().filter(|best| best.profit_uplift_per_day.mean > 0.0)
    }

    fn title(&self) -> String {
        match self.proposed_arm() {
            Some(arm) => {
                let gain = self.telling.money.short(arm.profit_uplift_per_day.mean);
                format!("Proposal: “{}”, for {gain} more profit a day", arm.id)
            }
            None => "Proposal: change nothing".to_owned(),
        }
    }

    fn answer(&self) -> String {
        match self.proposed_arm() {
            Some(_) => self.telling.answer(),
            None => format!(
                "None of the arms is expected to leave more profit than doing nothing. {}",
                self.telling.answer()
            ),
        }
    }

    fn key_figures(&self) -> Vec<KeyFigure> {
        let Some(arm) = self.proposed_arm() else { return self.telling.key_figures() };
        let figure = |label: &str, value: String, note: String| KeyFigure { label: label.to_owned(), value, note };
        let range = |unit: &Unit, of| Telling::range(unit, of);
        let level = format!("{:.0}% interval", LEVEL * 100.0);
        let weeks = self.plans(arm).filter_map(|plan| plan.soonest.map(|(_, weeks)| weeks)).max();
        let test =
            weeks.map(|weeks| figure("Test first", format!("{weeks} weeks"), "until all of it is seen".to_owned()));
        let mut figures = vec![
            figure("Revenue", range(&Unit::Share, &arm.uplift), level.clone()),
            figure("Profit gained a day", range(&self.telling.money, &arm.profit_uplift_per_day), level),
            figure("Chance of more profit", probability(arm.p_more_profit), "than doing nothing".to_owned()),
        ];
        figures.extend(test);
        figures
    }

    fn interventions(&self, arm: &ArmResult) -> impl Iterator<Item = &Intervention> {
        let ids = arm.interventions.clone();
        self.basis.scenario.interventions.iter().filter(move |own| ids.contains(&own.id))
    }

    fn plans(&self, arm: &ArmResult) -> impl Iterator<Item = &InterventionPlan> {
        let ids = arm.interventions.clone();
        self.basis.plan.iter().flat_map(|plan| &plan.interventions).filter(move |plan| ids.contains(&plan.id))
    }

    fn effects(&self, arm: &ArmResult) -> Option<&ArmEffects> {
        self.basis.projection.effects.iter().find(|effects| effects.id == arm.id)
    }

    fn proposed(&self) -> Vec<Block> {
        let Some(arm) = self.proposed_arm() else {
            return vec![Block::Paragraph("Nothing: no arm is expected to pay for itself.".to_owned())];
        };
        let treated = format!(
            "“{}” treats {} users in all by the end of the horizon, chosen by what is believed of each from their own events.",
            arm.id,
            count(arm.treated_users.round() as i64)
        );
        vec![Block::List(self.interventions(arm).map(|own| self.step(own)).collect()), Block::Paragraph(treated)]
    }

    /// What is done, to whom and why them.
    fn step(&self, own: &Intervention) -> String {
        let starts = if own.day == 0 { "from the launch on".to_owned() } else { format!("from day {} on", own.day) };
        let ends = own.days.map_or(String::new(), |days| format!(", for {days} days"));
        let why = own.effect.in_words();
        format!("“{}”, {starts}{ends}: for {}. {}.", own.id, own.eligible.in_words(), capital(&why))
    }

    fn evidence(&self) -> Result<Vec<Block>, ReportError> {
        let note = "Intervals hold what one more world would show: the luck of its users and the uncertainty of the effects. \
                    All arms live through the same worlds with the same luck, so a difference compares like with like, which \
                    before and after would not.";
        let mut blocks = vec![Block::Figure(figures::fan(self.telling)?)];
        blocks.push(Block::Details("The same in numbers, week by week".to_owned(), self.weekly()?));
        if self.basis.projection.arms.len() > 1 {
            blocks.push(Block::Figure(self.profit()?));
        }
        blocks.push(Block::Table(self.compared()?));
        blocks.push(Block::Paragraph(note.to_owned()));
        Ok(blocks)
    }

    fn compared(&self) -> Result<Table, TableError> {
        let money = |name: &str| Column::money(name, "a day", &self.telling.money, 0).with_interval(LEVEL);
        let columns = vec![
            Column::text("Arm"),
            money("Revenue"),
            Column::share("Uplift", "", 1).with_interval(LEVEL),
            Column::text("P(better)"),
            money("Profit gained"),
            Column::integer("Treated", "users"),
        ];
        let title = format!("The arms in {}, {} worlds", self.telling.window(), self.basis.projection.replications);
        let mut table = Table::new("arms", title, columns);
        for (i, arm) in self.basis.projection.arms.iter().enumerate() {
            let against = |cell: Cell| if i == 0 { Cell::Empty } else { cell };
            table.push(vec![
                arm.id.as_str().into(),
                shown(&arm.revenue_per_day).into(),
                against(shown(&arm.uplift).into()),
                against(probability(arm.p_better).into()),
                against(shown(&arm.profit_uplift_per_day).into()),
                against((arm.treated_users.round() as i64).into()),
            ])?;
        }
        Ok(table)
    }

    fn weekly(&self) -> Result<Table, TableError> {
        let projection = self.basis.projection;
        let mut columns = vec![Column::integer("Day", "after the launch")];
        columns.extend(projection.arms.iter().map(|arm| Column::money(arm.id.clone(), "", &self.telling.money, 0)));
        let title = "Revenue a day, mean of the seven days up to each";
        let mut table = Table::new("weekly", title, columns);
        for day in projection.days.iter().filter(|day| day.day > 0 && day.day % WEEKLY == 0) {
            let mut row: Vec<Cell> = vec![day.day.into()];
            row.extend(
                projection
                    .arms
                    .iter()
                    .enumerate()
                    .map(|(i, _)| Cell::from(day.weekly.get(i).map(|estimate| estimate.mean))),
            );
            table.push(row)?;
        }
        Ok(table)
    }

    fn profit(&self) -> Result<Figure, ChartError> {
        let bars = self.basis.projection.arms.iter().skip(1).map(|arm| Bar {
            label: arm.id.clone(),
            value: shown(&arm.profit_uplift_per_day),
            note: String::new(),
        });
        let title = match self.proposed_arm() {
            Some(arm) => format!("“{}” leaves most profit", arm.id),
            None => "No arm pays for itself".to_owned(),
        };
        let subtitle = format!("Profit gained a day in {}; {:.0}% intervals", self.telling.window(), LEVEL * 100.0);
        let chart = Bars {
            headline: Headline::new(title, subtitle),
            unit: self.telling.money.clone(),
            axis: "profit gained a day, after all costs".to_owned(),
            bars: bars.collect(),
        };
        Ok(Figure { name: "profit_gained".to_owned(), picture: chart.picture()?, caption: String::new() })
    }

    /// Each arm but the control: whom it treats, what it changes, what it costs. The proposed one comes first.
    fn arms(&self) -> Result<Vec<(String, Vec<Block>)>, ReportError> {
        let mut arms: Vec<&ArmResult> = self.basis.projection.arms.iter().skip(1).collect();
        arms.sort_by_key(|arm| self.proposed_arm().is_none_or(|best| best.id != arm.id));
        arms.into_iter().map(|arm| Ok((arm.id.clone(), self.arm(arm)?))).collect()
    }

    fn arm(&self, arm: &ArmResult) -> Result<Vec<Block>, ReportError> {
        let mut blocks = vec![
            Block::List(self.interventions(arm).map(|own| self.step(own)).collect()),
            Block::Paragraph(self.cost(arm)),
        ];
        if let Some(effects) = self.effects(arm) {
            blocks.push(Block::Table(metrics(effects, &self.telling.money)?));
        }
        Ok(blocks)
    }

    fn cost(&self, arm: &ArmResult) -> String {
        let money = &self.telling.money;
        let fixed: f64 = self.interventions(arm).map(|own| own.cost.fixed.value()).sum();
        let gain = arm.profit_uplift_per_day.mean;
        let running = gain + fixed / YEAR;
        let payback = if fixed <= 0.0 {
            "Nothing is spent up front.".to_owned()
        } else if running > 0.0 {
            format!(
                "{} are spent up front and earned back after {:.0} days at full force.",
                money.short(fixed),
                fixed / running
            )
        } else {
            format!("{} are spent up front and never earned back.", money.short(fixed))
        };
        format!(
            "Treats {} users. After all costs it gains {} a day. {payback}",
            count(arm.treated_users.round() as i64),
            Telling::range(money, &arm.profit_uplift_per_day)
        )
    }

    fn risks(&self) -> Result<Vec<Block>, ReportError> {
        let Some(arm) = self.proposed_arm() else {
            return Ok(vec![Block::Paragraph("Nothing is changed, so nothing is risked.".to_owned())]);
        };
        let mut said = vec![format!(
            "“{}” leaves less profit than doing nothing with probability {}, and less revenue with {}.",
            arm.id,
            probability(1.0 - arm.p_more_profit),
            probability(1.0 - arm.p_better)
        )];
        let effects = self.effects(arm);
        said.extend(effects.and_then(|effects| effects.spread).map(|spread| {
            let share = |part: f64| Unit::Share.short(part);
            format!(
                "Of what is uncertain about its uplift, {} is the size of the effects, {} the world's own parameters, {} the \
                 luck of its users. Only the first is learned by an experiment.",
                share(spread.effects),
                share(spread.parameters),
                share(spread.luck)
            )
        }));
        let mut blocks = vec![Block::List(said)];
        if let Some(effects) = effects {
            blocks.push(Block::Table(guardrails(effects, &self.telling.money)?));
            let rule = "A guardrail is broken, and the change taken back, if the whole interval of its change is on the wrong \
                        side of the last column during the test.";
            blocks.push(Block::Paragraph(rule.to_owned()));
        }
        Ok(blocks)
    }

    fn test(&self) -> Result<Vec<Block>, ReportError> {
        let Some(plan) = self.basis.plan else {
            let said = "No experiment was planned yet. This command says how long each must run, and whether testing pays; \
                        this page then holds the answer:";
            let command = format!("cwm experiment plan {}.ron", self.basis.scenario.name);
            return Ok(vec![Block::Paragraph(said.to_owned()), Block::Code(command)]);
        };
        let ids = self.proposed_arm().map_or_else(Vec::new, |arm| arm.interventions.clone());
        let is_proposed = |own: &&InterventionPlan| ids.is_empty() || ids.contains(&own.id);
        let plans: Vec<&InterventionPlan> = plan.interventions.iter().filter(is_proposed).collect();
        let mut said: Vec<String> = plans.iter().map(|own| self.test_of(own, plan)).collect();
        said.extend(plan.not_by_user.iter().map(|id| {
            format!("“{id}” cannot be tested by splitting users, since the arms would mix: randomise by time or place.")
        }));
        let note = format!(
            "Half of those who are eligible are treated at random, from the moment they are. Durations are the first after \
             which a two-sided test at level {} finds the effect with probability {} in simulated experiments.",
            plan.alpha, plan.power
        );
        Ok(vec![Block::Table(self.plan_table(&plans)?), Block::List(said), Block::Paragraph(note)])
    }

    fn test_of(&self, own: &InterventionPlan, plan: &ExperimentPlan) -> String {
        let advice = match own.worth.advice.as_str() {
            "test" => "test it first, then decide",
            "ship" => "what a test would tell is not worth waiting for: ship it, and keep a control",
            _ => "drop it",
        };
        let seen = match own.soonest {
            Some((measure, weeks)) => format!("seen soonest in {}, after {weeks} weeks", measure.in_words()),
            None => format!("not seen with power {} within {} weeks", plan.power, own.enrolled.len()),
        };
        format!("“{}”: {seen}; {advice}.", own.id)
    }

    fn plan_table(&self, plans: &[&InterventionPlan]) -> Result<Table, TableError> {
        let money = |name: &str| Column::money(name, "a year", &self.telling.money, 0);
        let columns = vec![
            Column::text("Intervention"),
            Column::text("Measure"),
            Column::integer("Weeks", ""),
            Column::integer("Users", "enrolled"),
            money("Deciding now"),
            money("Testing first"),
        ];
        let mut table = Table::new("test", "The experiments", columns);
        for own in plans {
            let weeks = own.soonest.map(|(_, weeks)| weeks);
            let enrolled =
                weeks.and_then(|weeks| own.enrolled.get(weeks as usize - 1)).map(|users| users.round() as i64);
            table.push(vec![
                own.id.as_str().into(),
                own.soonest.map(|(measure, _)| measure.in_words()).into(),
                weeks.map(i64::from).into(),
                enrolled.into(),
                own.worth.deciding_now.into(),
                own.worth.testing_first.into(),
            ])?;
        }
        Ok(table)
    }

    fn decision(&self) -> Result<Vec<Block>, ReportError> {
        let arms: Vec<&Arm> = self.basis.scenario.experiment.iter().flat_map(|experiment| &experiment.arms).collect();
        let mut table =
            Table::new("decision", "To be filled in", ["Decision", "Name", "Date"].map(Column::text).into());
        let choices = self.proposed_arm().map(|arm| format!("Do “{}” as proposed", arm.id));
        let test = Some("Test it first, as above".to_owned());
        let other = (arms.len() > 2).then(|| "Do another arm: ________".to_owned());
        for choice in choices.into_iter().chain(test).chain(other).chain(["Change nothing".to_owned()]) {
            table.push(vec![format!("☐ {choice}").into(), "______________".into(), "__________".into()])?;
        }
        Ok(vec![Block::Table(table)])
    }
}

fn metrics(effects: &ArmEffects, money: &Unit) -> Result<Table, TableError> {
    let columns = ["Metric", "Control", "Change", "P(worse)"];
    let title = format!("“{}” against the control, {:.0}% intervals", effects.id, LEVEL * 100.0);
    let name = format!("metrics_{}", plain(&effects.id));
    let mut table = Table::new(name, title, columns.into_iter().map(Column::text).collect());
    for metric in &effects.metrics {
        let name = if metric.guardrail { format!("guardrail: {}", metric.metric) } else { metric.metric.clone() };
        let row = [name, beyond::level(metric, money), beyond::change(metric, money), worse(metric)];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

/// Guardrails, and beyond what they are broken: the control's value.
fn guardrails(effects: &ArmEffects, money: &Unit) -> Result<Table, TableError> {
    let columns = ["Guardrail", "Expected change", "P(worse)", "Not to be above"];
    let mut table =
        Table::new("guardrails", "What must not get worse", columns.into_iter().map(Column::text).collect());
    for metric in effects.metrics.iter().filter(|metric| metric.guardrail) {
        let row = [metric.metric.clone(), beyond::change(metric, money), worse(metric), limit(metric)];
        table.push(row.into_iter().map(Cell::from).collect())?;
    }
    Ok(table)
}

fn worse(metric: &MetricEffect) -> String {
    if beyond::is_untouched(metric) { "–".to_owned() } else { probability(metric.p_worse) }
}

/// The control's value, or what is expected where that is worse already.
fn limit(metric: &MetricEffect) -> String {
    let worst = metric.change.hi.unwrap_or(metric.change.mean).max(0.0);
    let value = if metric.relative { metric.control * (1.0 + worst) } else { metric.control + worst };
    if metric.metric.starts_with("share") { Unit::Share.exact(value, 1) } else { Unit::Plain.short(value) }
}

/// A name that files can have.
fn plain(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' }).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
