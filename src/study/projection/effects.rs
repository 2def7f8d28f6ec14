//! What each arm changes, beyond revenue: all metrics and guardrails, by segment, by day, and where the uncertainty is from.
//!
//! All differences are within worlds. The variance of the uplift over worlds is taken apart by least squares on what each
//! world drew: the effects' sizes, then the uncertain parameters of the world; what is left is the luck of its users (the
//! law of total variance, in its linear part).

use serde::{Deserialize, Serialize};

use super::{LEVEL, Reading};
use crate::{
    study::estimate::{Estimate, moments, probability_above_zero},
    world::{
        arm::Lot,
        ledger::{Closed, DayCell, Pair},
    },
};

/// What one arm changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArmEffects {
    /// Its name.
    pub id: String,
    /// By metric, guardrails last.
    pub metrics: Vec<MetricEffect>,
    /// By hidden segment: revenue of the primary window.
    pub segments: Vec<SegmentEffect>,
    /// By day after the launch, from 1: revenue of the seven days up to it against the control's, as a share.
    pub by_day: Vec<Estimate>,
    /// Where the uncertainty of the uplift is from; none with too few worlds to tell.
    pub spread: Option<Spread>,
    /// Messages sent, by intervention and way; empty if none were.
    pub ways: Vec<WayResult>,
    /// Variance of a user's revenue in the window against that of the same user in the control, as a share of what it would
    /// be if the arms did not share their luck; none where nobody paid.
    #[serde(default)]
    pub paired_variance: Option<f64>,
}

/// One metric.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetricEffect {
    /// Its name.
    pub metric: String,
    /// Whether it is not to get worse, rather than to get better.
    pub guardrail: bool,
    /// Whether the change is a share of the control's value; else it is a difference.
    pub relative: bool,
    /// The control's value.
    pub control: f64,
    /// The change.
    pub change: Estimate,
    /// Probability that it is for the worse.
    pub p_worse: f64,
}

/// One hidden segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentEffect {
    /// Its name.
    pub id: String,
    /// Its revenue against the control's, as a share.
    pub uplift: Estimate,
    /// What it adds a day [major units].
    pub added_per_day: Estimate,
}

/// Shares of the variance of an uplift that add up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Of what is not known of the effects.
    pub effects: f64,
    /// Of what is not known of the world.
    pub parameters: f64,
    /// Of the luck of the users.
    pub luck: f64,
}

/// Messages of one way in an average world, and what all messages would bring if this way were always taken: the
/// self-normalised inverse-propensity estimate from the log (Swaminathan & Joachims 2015, NeurIPS 28).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WayResult {
    /// The intervention.
    pub intervention: String,
    /// The way: tone and channel.
    pub way: String,
    /// Sent in an average world.
    pub sent: f64,
    /// Share that brought a session.
    pub answered: f64,
    /// Share that would bring one if this way were always taken; none if it never was.
    pub always: Option<f64>,
}

/// A metric as it is read from a world.
struct Metric {
    name: &'static str,
    guardrail: bool,
    relative: bool,
    /// Whether more is worse.
    less_is_better: bool,
    of: fn(&Reading<'_>, &Closed, usize) -> f64,
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "methods of a type with a lifetime are less general")]
const METRICS: [Metric; 8] = [
    metric("revenue a day", true, |reading, book, arm| reading.earned(book, arm).revenue),
    metric("profit a day", false, |reading, book, arm| reading.earned(book, arm).profit),
    metric("revenue a user over the horizon", true, |reading, book, arm| reading.value_of_a_user(book, arm)),
    metric("share of users still there at the end", false, |reading, book, arm| reading.retained(book, arm)),
    metric("sessions a day", true, |reading, book, arm| reading.sessions_a_day(book, arm)),
    guardrail("share of sessions that earn nothing", |reading, book, arm| {
        let sum = reading.window_of(book, arm);
        1.0 - sum.paid as f64 / sum.sessions.max(1) as f64
    }),
    guardrail("share of revenue that goes back", |reading, book, arm| {
        let sum = reading.window_of(book, arm);
        sum.returned as f64 / sum.gross.max(1) as f64
    }),
    guardrail("share of users who leave in the window", |reading, book, arm| reading.leaving(book, arm)),
];

const fn metric(name: &'static str, relative: bool, of: fn(&Reading<'_>, &Closed, usize) -> f64) -> Metric {
    Metric { name, guardrail: false, relative, less_is_better: false, of }
}

const fn guardrail(name: &'static str, of: fn(&Reading<'_>, &Closed, usize) -> f64) -> Metric {
    Metric { name, guardrail: true, relative: false, less_is_better: true, of }
}

impl Reading<'_> {
    pub(super) fn effects(&self, arm: usize) -> ArmEffects {
        ArmEffects {
            id: self.scenario.experiment.as_ref().map_or_else(String::new, |rule| rule.arms[arm].id.clone()),
            metrics: METRICS.iter().map(|metric| self.metric(metric, arm)).collect(),
            segments: (0..self.stage.segments.len()).map(|segment| self.segment(segment, arm)).collect(),
            by_day: (self.stage.launch..self.stage.days).map(|day| self.uplift_on(day, arm)).collect(),
            spread: self.spread(arm),
            ways: self.ways(arm),
            paired_variance: self.paired_variance(arm),
        }
    }

    fn paired_variance(&self, arm: usize) -> Option<f64> {
        let sum = |of: fn(&Pair) -> f64, arm: usize| self.books.iter().map(|book| of(&book.pairs[arm])).sum::<f64>();
        let alone = |arm: usize| {
            let (n, money) = (sum(|it| it.users as f64, arm), sum(|it| it.money as f64, arm));
            sum(|it| it.alone as f64, arm) / n - (money / n).powi(2)
        };
        let (n, mean) = (sum(|it| it.users as f64, arm), sum(|it| it.sum as f64, arm));
        let paired = sum(|it| it.squares as f64, arm) / n - (mean / n).powi(2);
        let unpaired = alone(0) + alone(arm);
        (unpaired > 0.0).then(|| paired / unpaired)
    }

    fn over_worlds(&self, of: impl Fn(&Closed) -> f64) -> Vec<f64> {
        self.books.iter().map(of).map(|value| if value.is_finite() { value } else { 0.0 }).collect()
    }

    fn metric(&self, metric: &Metric, arm: usize) -> MetricEffect {
        let control = self.over_worlds(|book| (metric.of)(self, book, 0));
        let own = self.over_worlds(|book| (metric.of)(self, book, arm));
        let change = |(own, control): (&f64, &f64)| match own - control {
            difference if metric.relative && *control != 0.0 => difference / control,
            difference => difference,
        };
        let changes: Vec<f64> = own.iter().zip(&control).map(change).collect();
        let better = probability_above_zero(&changes);
        MetricEffect {
            metric: metric.name.to_owned(),
            guardrail: metric.guardrail,
            relative: metric.relative,
            control: moments(&control).0,
            change: Estimate::of_one_more(&changes, LEVEL),
            p_worse: if metric.less_is_better { better } else { 1.0 - better },
        }
    }

    fn window_of(&self, book: &Closed, arm: usize) -> DayCell {
        let (from, to) = (self.stage.window.0 as usize, self.stage.window.1 as usize);
        book.arms[arm].days[from..to].iter().fold(DayCell::default(), DayCell::plus)
    }

    fn sessions_a_day(&self, book: &Closed, arm: usize) -> f64 {
        let (from, to) = self.stage.window;
        self.window_of(book, arm).sessions as f64 / f64::from(to - from)
    }

    /// Users there at the launch, and all who came since.
    fn ever_there(&self, book: &Closed, arm: usize) -> f64 {
        let before = book.before.days.iter().map(|day| day.born as f64 - day.left as f64);
        before.sum::<f64>() + book.arms[arm].days.iter().map(|day| day.born as f64).sum::<f64>()
    }

    fn value_of_a_user(&self, book: &Closed, arm: usize) -> f64 {
        let gross = book.arms[arm].days.iter().map(|day| day.gross).sum();
        self.major(gross) / self.ever_there(book, arm).max(1.0)
    }

    fn retained(&self, book: &Closed, arm: usize) -> f64 {
        let active: u64 = book.arms[arm].segments.iter().map(|cell| cell.active).sum();
        active as f64 / self.ever_there(book, arm).max(1.0)
    }

    fn leaving(&self, book: &Closed, arm: usize) -> f64 {
        self.window_of(book, arm).left as f64 / self.ever_there(book, arm).max(1.0)
    }

    fn segment(&self, segment: usize, arm: usize) -> SegmentEffect {
        let days = f64::from(self.stage.window.1 - self.stage.window.0);
        let gross = |arm: usize| self.over_worlds(|book| self.major(book.arms[arm].segments[segment].gross) / days);
        let (own, control) = (gross(arm), gross(0));
        let pairs = || own.iter().zip(&control);
        let uplifts: Vec<f64> =
            pairs().map(|(own, control)| if *control > 0.0 { own / control - 1.0 } else { 0.0 }).collect();
        let added: Vec<f64> = pairs().map(|(own, control)| own - control).collect();
        SegmentEffect {
            id: self.stage.segments[segment].clone(),
            uplift: Estimate::of_one_more(&uplifts, LEVEL),
            added_per_day: Estimate::of_one_more(&added, LEVEL),
        }
    }

    fn uplift_on(&self, day: u32, arm: usize) -> Estimate {
        let from = (day + 1).saturating_sub(7).max(self.stage.launch);
        let gross =
            |book: &Closed, arm: usize| (from..=day).map(|day| book.arms[arm].days[day as usize].gross).sum::<i64>();
        let uplifts = self.over_worlds(|book| match gross(book, 0) {
            0 => 0.0,
            control => gross(book, arm) as f64 / control as f64 - 1.0,
        });
        Estimate::of_one_more(&uplifts, LEVEL)
    }

    fn spread(&self, arm: usize) -> Option<Spread> {
        let uplifts = self.over_worlds(|book| self.earned(book, arm).revenue / self.earned(book, 0).revenue - 1.0);
        let lots = (0..self.books.len() as u32).map(|world| Lot::draw(self.scenario, self.stage, self.first + world));
        let drawn: Vec<(Vec<f64>, f64)> = lots.map(|lot| (lot.arms[arm].numbers(), lot.fixable)).collect();
        let effects: Vec<Vec<f64>> =
            (0..drawn.first()?.0.len()).map(|i| drawn.iter().map(|one| one.0[i]).collect()).collect();
        let parameters = vec![drawn.iter().map(|one| one.1).collect::<Vec<f64>>()];
        spread(&uplifts, effects, parameters)
    }

    fn ways(&self, arm: usize) -> Vec<WayResult> {
        use crate::world::{intervention::Effect, ledger::WayCell};
        let edits = self.plan.arms[arm].edits.iter().enumerate();
        let of = |(place, edit): (usize, &crate::world::arm::Edit)| {
            let own = &self.scenario.interventions[edit.intervention];
            let names: Vec<String> = match &own.effect {
                Effect::Messages(messages) => {
                    messages.ways.iter().map(|w| format!("{} {}", w.style, w.channel)).collect()
                }
                _ => Vec::new(),
            };
            let result = |(way, name): (usize, String)| {
                let cells = self.books.iter().map(|book| &book.arms[arm].ways[place][way]);
                let sum = cells.fold(WayCell::default(), WayCell::plus);
                WayResult {
                    intervention: own.id.clone(),
                    way: name,
                    sent: sum.sent as f64 / self.books.len() as f64,
                    answered: sum.answered as f64 / sum.sent.max(1) as f64,
                    always: (sum.weights > 0).then(|| sum.answers as f64 / sum.weights as f64),
                }
            };
            names.into_iter().enumerate().map(result).collect::<Vec<_>>()
        };
        edits.flat_map(of).collect()
    }
}

/// Takes a variance apart: by what the effects explain, what the parameters explain besides, and the rest. Each share is
/// adjusted for the variance that as many random numbers would explain; none with fewer than five worlds a number more.
fn spread(values: &[f64], effects: Vec<Vec<f64>>, parameters: Vec<Vec<f64>>) -> Option<Spread> {
    let (mean, sd) = moments(values);
    let mut rest: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let total: f64 = rest.iter().map(|value| value * value).sum();
    let numbers = effects.len() + parameters.len();
    if sd <= 0.0 || values.len() < numbers + 5 {
        return None;
    }
    let freedom = values.len() as f64 - 1.0;
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut explained = |columns: Vec<Vec<f64>>| {
        let before = basis.len();
        let sum: f64 = columns.into_iter().map(|column| project_out(&mut rest, column, &mut basis)).sum();
        // A random number explains one part in `freedom` of the variance.
        (sum / total - (basis.len() - before) as f64 / freedom).max(0.0)
    };
    let effects = explained(effects);
    let parameters = explained(parameters).min(1.0 - effects.min(1.0));
    Some(Spread { effects: effects.min(1.0), parameters, luck: (1.0 - effects - parameters).max(0.0) })
}

/// Takes what one more number explains out of what is left (Gram–Schmidt); returns the squares it took.
fn project_out(rest: &mut [f64], mut column: Vec<f64>, basis: &mut Vec<Vec<f64>>) -> f64 {
    let mean = moments(&column).0;
    column.iter_mut().for_each(|value| *value -= mean);
    let size = |column: &[f64]| column.iter().map(|value| value * value).sum::<f64>();
    let whole = size(&column);
    for known in basis.iter() {
        let dot: f64 = known.iter().zip(&column).map(|(a, b)| a * b).sum();
        column.iter_mut().zip(known).for_each(|(value, known)| *value -= dot * known);
    }
    let own = size(&column);
    // A number that does not vary, or only as others do, explains nothing of its own.
    if own <= 1e-9 * whole || own <= 0.0 {
        return 0.0;
    }
    column.iter_mut().for_each(|value| *value /= own.sqrt());
    let dot: f64 = rest.iter().zip(&column).map(|(a, b)| a * b).sum();
    rest.iter_mut().zip(&column).for_each(|(value, known)| *value -= dot * known);
    basis.push(column);
    dot * dot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    /// 4,000 worlds whose uplift is 3·effect + 2·parameter + 1·luck: shares 9, 4 and 1 of 14.
    #[test]
    fn a_variance_is_taken_apart_into_what_made_it() {
        let luck = Luck::new(5, 0);
        let normal = |what: u64, i: u32| normal_quantile(uniform(luck.block(UserId(what), Purpose::Fit, i)[0]));
        let column = |what: u64| (0..4_000).map(|i| normal(what, i)).collect::<Vec<f64>>();
        let (effect, parameter, noise) = (column(1), column(2), column(3));
        let uplift: Vec<f64> = (0..4_000).map(|i| 3.0 * effect[i] + 2.0 * parameter[i] + noise[i]).collect();
        let found = spread(&uplift, vec![effect], vec![parameter]).unwrap();
        let near = |share: f64, expected: f64| (share - expected).abs() < 0.02;
        assert!(near(found.effects, 9.0 / 14.0) && near(found.parameters, 4.0 / 14.0), "{found:?}");
        assert!((found.effects + found.parameters + found.luck - 1.0).abs() < 1e-9);
    }

    #[test]
    fn too_few_worlds_do_not_tell_where_the_uncertainty_is_from() {
        assert_eq!(spread(&[1.0, 2.0, 3.0], vec![vec![1.0, 2.0, 3.0]], Vec::new()), None);
    }
}
