//! What the arms of a simulated experiment would earn: from the books of many worlds to estimates.
//!
//! All intervals are predictive: they hold what one more world would show, its luck and its draw of the uncertain
//! effects included. Arms share each world's luck, so an uplift is a difference within worlds, never between them.

mod effects;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};

pub use effects::{ArmEffects, MetricEffect, SegmentEffect, Spread, WayResult};

use super::{
    estimate::{Estimate, probability_above_zero},
    twins::forecast::Forecast,
};
use crate::{
    user::facet::{FacetKind, ScoreUnit},
    world::{
        arm::Lot,
        ledger::{Closed, DayCell, MONTHS, MonthCell, TENURE_STEP_DAYS, TENURE_STEPS, TenureCell, nats},
        scenario::{Channel, GoalMetric, Scenario},
        stage::Stage,
    },
};

/// Level of all intervals of a projection.
pub const LEVEL: f64 = 0.8;

/// What a run projects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Projection {
    /// The world as it is.
    pub baseline: Baseline,
    /// The arms, the control first.
    pub arms: Vec<ArmResult>,
    /// First and last day of the primary window, counted from the launch as day 1.
    pub window: (u32, u32),
    /// Independent worlds lived.
    pub replications: u32,
    /// Users of an average world.
    pub users: f64,
    /// Observations lived, over all worlds and arms.
    pub events: u64,
    /// Revenue by day.
    pub days: Vec<DayResult>,
    /// Share of users who leave, by step of tenure.
    pub tenure: Vec<TenureResult>,
    /// How the self-models predicted, before the launch and in the control.
    pub self_model: BTreeMap<String, SelfModelResult>,
    /// What each arm but the control changes, metric by metric, segment by segment and day by day.
    pub effects: Vec<ArmEffects>,
    /// What comes if nothing is changed, where the world goes on from a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
}

/// The last days before the launch, plain means over days and worlds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Baseline {
    /// Sessions a day.
    pub sessions_per_day: f64,
    /// Sessions a day that pay.
    pub paid_sessions_per_day: f64,
    /// Share of sessions that earn nothing.
    pub zero_revenue_share: f64,
    /// Money charged a day [major units].
    pub revenue_per_day: f64,
    /// New users a day.
    pub new_users_per_day: f64,
    /// Users who are there.
    pub active_users: f64,
    /// Spend on acquisition a day [major units].
    pub spend_per_day: f64,
    /// The hidden segments, by the generator's own books.
    pub segments: Vec<SegmentResult>,
    /// By hidden segment: share of those there at the start of each month of tenure who leave in it.
    pub churn_by_month: BTreeMap<String, Vec<f64>>,
}

/// One hidden segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentResult {
    /// Its name.
    pub id: String,
    /// Share of new users.
    pub share_of_new: f64,
    /// Share of revenue.
    pub share_of_revenue: f64,
    /// Revenue a user relative to the average user.
    pub ltv_multiple: f64,
}

/// One arm, in the primary window.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ArmResult {
    /// Its name.
    pub id: String,
    /// Its interventions.
    pub interventions: Vec<String>,
    /// Money charged a day [major units].
    pub revenue_per_day: Estimate,
    /// Revenue against the control's, as a share of it.
    pub uplift: Estimate,
    /// What is left of revenue a day after refunds, costs of serving, acquisition and intervention [major units].
    pub profit_per_day: Estimate,
    /// The same against the control's [major units].
    pub profit_uplift_per_day: Estimate,
    /// Probability that revenue is above the control's.
    pub p_better: f64,
    /// Probability that profit is above the control's.
    pub p_more_profit: f64,
    /// Probability that the goal is reached, if there is one.
    pub p_goal: Option<f64>,
    /// Users treated at some time, in an average world.
    pub treated_users: f64,
    /// Uplift if every user's segment were known; only for arms that target a predicted segment.
    pub oracle_uplift: Option<Estimate>,
    /// Share of the window's revenue of each targeted segment that came from users treated at the time.
    pub reach: Option<f64>,
}

/// One day, counted from the launch as day 1; 0 and below lie before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DayResult {
    /// The day.
    pub day: i64,
    /// Money charged in each arm [major units].
    pub revenue: Vec<Estimate>,
    /// The mean of the seven days up to this one, in each arm [major units].
    pub weekly: Vec<Estimate>,
}

/// One step of tenure, after the launch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TenureResult {
    /// First day of tenure.
    pub from: u32,
    /// The day after the last; none: open.
    pub to: Option<u32>,
    /// Share that leaves within 30 days at this step's rate, by arm.
    pub leave_per_30_days: Vec<Estimate>,
}

/// How one facet of the self-models predicted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SelfModelResult {
    /// What the value is in.
    pub score: ScoreUnit,
    /// Skill or nats an event against the population's static law.
    pub value: f64,
    /// Predictions.
    pub events: u64,
}

/// Reads the books of all worlds.
#[must_use]
pub fn project(scenario: &Scenario, stage: &Stage, books: &[Closed]) -> Projection {
    let reading = Reading::new(scenario, stage, books);
    Projection {
        baseline: reading.baseline(),
        arms: (0..reading.arms()).map(|arm| reading.arm(arm)).collect(),
        window: (stage.window.0 - stage.launch + 1, stage.window.1 - stage.launch),
        replications: books.len() as u32,
        users: books.iter().map(|book| book.users as f64).sum::<f64>() / books.len() as f64,
        events: books.iter().map(|book| book.events).sum(),
        days: (stage.baseline..stage.days).map(|day| reading.day(day)).collect(),
        tenure: (0..TENURE_STEPS).map(|step| reading.tenure(step)).collect(),
        self_model: reading.self_model(),
        effects: (1..reading.arms()).map(|arm| reading.effects(arm)).collect(),
        forecast: None,
    }
}

#[derive(Debug)]
struct Reading<'a> {
    scenario: &'a Scenario,
    stage: &'a Stage,
    books: &'a [Closed],
    /// The arms of any world: their order is the same in all.
    plan: Lot,
    /// The first world's number.
    first: u32,
}

/// What an arm earned in one world, a day of the primary window [major units].
struct Earned {
    revenue: f64,
    profit: f64,
}

impl<'a> Reading<'a> {
    fn new(scenario: &'a Scenario, stage: &'a Stage, books: &'a [Closed]) -> Self {
        Self { scenario, stage, books, plan: Lot::draw(scenario, stage, 0), first: 0 }
    }
}

impl Reading<'_> {
    /// Arms of the scenario, twins with perfect targeting left out.
    fn arms(&self) -> usize {
        self.plan.arms.iter().filter(|arm| !arm.perfect).count()
    }

    fn major(&self, minor: i64) -> f64 {
        minor as f64 / self.scenario.currency.minor_per_major() as f64
    }

    fn spend_per_day(&self) -> f64 {
        self.scenario.world.iter().flat_map(|world| &world.acquisition).map(Channel::spend_per_day).sum()
    }

    fn baseline(&self) -> Baseline {
        let (from, to) = (self.stage.baseline as usize, self.stage.launch as usize);
        let days = ((to - from) * self.books.len()).max(1) as f64;
        let mut sum = DayCell::default();
        let mut active = 0.0;
        for book in self.books {
            let mut there = 0;
            for (day, cell) in book.before.days.iter().enumerate().take(to) {
                there += cell.born as i64 - cell.left as i64;
                if day >= from {
                    active += there as f64 / days;
                    sum = sum.plus(cell);
                }
            }
        }
        Baseline {
            sessions_per_day: sum.sessions as f64 / days,
            paid_sessions_per_day: sum.paid as f64 / days,
            zero_revenue_share: 1.0 - sum.paid as f64 / sum.sessions.max(1) as f64,
            revenue_per_day: self.major(sum.gross) / days,
            new_users_per_day: sum.born as f64 / days,
            active_users: active,
            spend_per_day: self.spend_per_day(),
            segments: self.segments(),
            churn_by_month: self.churn_by_month(),
        }
    }

    fn segments(&self) -> Vec<SegmentResult> {
        let of = |segment: usize| {
            let cells = self.books.iter().map(|book| book.before.segments[segment]);
            cells.fold((0, 0), |(born, gross), cell| (born + cell.born, gross + cell.gross))
        };
        let all: Vec<(u64, i64)> = (0..self.stage.segments.len()).map(of).collect();
        let (born, gross) = all.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let result = |(id, one): (&String, &(u64, i64))| {
            let share_of_new = one.0 as f64 / born.max(1) as f64;
            let share_of_revenue = one.1 as f64 / gross.max(1) as f64;
            let ltv_multiple = share_of_revenue / share_of_new.max(1e-12);
            SegmentResult { id: id.clone(), share_of_new, share_of_revenue, ltv_multiple }
        };
        self.stage.segments.iter().zip(&all).map(result).collect()
    }

    fn churn_by_month(&self) -> BTreeMap<String, Vec<f64>> {
        let share = |segment: usize, month: usize| {
            let cells = self
                .books
                .iter()
                .flat_map(|book| [book.before.months[segment][month], book.arms[0].months[segment][month]]);
            let sum = cells.fold(MonthCell::default(), |sum, cell| MonthCell {
                there: sum.there + cell.there,
                left: sum.left + cell.left,
            });
            (sum.there > 0).then(|| sum.left as f64 / sum.there as f64)
        };
        let months = |segment: usize| (0..MONTHS).map_while(|month| share(segment, month)).collect();
        self.stage.segments.iter().enumerate().map(|(segment, id)| (id.clone(), months(segment))).collect()
    }

    fn earned(&self, book: &Closed, arm: usize) -> Earned {
        self.earned_in(book, arm, self.stage.window)
    }

    /// What an arm earned from one day of the world to another, that one excluded.
    fn earned_in(&self, book: &Closed, arm: usize, (from, to): (u32, u32)) -> Earned {
        let (from, to) = (from as usize, to as usize);
        let days = (to - from) as f64;
        let page = &book.arms[arm];
        let sum = page.days[from..to].iter().fold(DayCell::default(), DayCell::plus);
        let revenue = self.major(sum.gross);
        let costs = self.scenario.world.as_ref().map(|world| world.costs).unwrap_or_default();
        let served = revenue * (costs.processor_share + costs.payout_share)
            + sum.paid as f64 * costs.processor_fixed
            + sum.sessions as f64 * costs.per_session;
        let profit = revenue - self.major(sum.returned) - served - self.treatment_cost(book, arm, from, to);
        Earned { revenue: revenue / days, profit: profit / days - self.spend_per_day() - self.shifted(arm) }
    }

    /// What an arm spends a day on channels beyond what is spent anyway [major units]; by the window's last day.
    fn shifted(&self, arm: usize) -> f64 {
        let last = (self.stage.window.1 - 1) * crate::world::stage::SECONDS;
        let more = |edit: &crate::world::arm::Edit| {
            edit.effect.shift().map_or(0.0, |shift| shift.spend_per_day * f64::from(edit.strength(last)))
        };
        self.plan.arms[arm].edits.iter().map(more).sum()
    }

    /// What an arm's interventions cost from one day to another [major units].
    fn treatment_cost(&self, book: &Closed, arm: usize, from: usize, to: usize) -> f64 {
        let edits = self.plan.arms[arm].edits.iter().zip(&book.arms[arm].treated);
        let cost = |(place, (edit, changes)): (usize, (&crate::world::arm::Edit, &Vec<i64>))| {
            let cost = self.scenario.interventions[edit.intervention].cost;
            let mut treated: i64 = changes[..from].iter().sum();
            let user_days: i64 = changes[from..to]
                .iter()
                .map(|change| {
                    treated += change;
                    treated
                })
                .sum();
            let of = |days: &[i64]| days[from..to].iter().sum::<i64>();
            let (entered, uses) = (of(&book.arms[arm].entered[place]), of(&book.arms[arm].uses[place]));
            cost.of(entered, uses, user_days) + cost.fixed.value() * (to - from) as f64 / 365.0
        };
        edits.enumerate().map(cost).sum()
    }

    fn arm(&self, arm: usize) -> ArmResult {
        let control: Vec<Earned> = self.books.iter().map(|book| self.earned(book, 0)).collect();
        let own: Vec<Earned> = self.books.iter().map(|book| self.earned(book, arm)).collect();
        let revenue: Vec<f64> = own.iter().map(|earned| earned.revenue).collect();
        let profit: Vec<f64> = own.iter().map(|earned| earned.profit).collect();
        let gained: Vec<f64> = own.iter().zip(&control).map(|(own, control)| own.profit - control.profit).collect();
        let uplift = uplifts(&own, &control);
        let rule = self.scenario.experiment.as_ref().map(|experiment| &experiment.arms[arm]);
        ArmResult {
            id: rule.map_or_else(|| "control".to_owned(), |rule| rule.id.clone()),
            interventions: rule.map(|rule| rule.interventions.clone()).unwrap_or_default(),
            revenue_per_day: Estimate::of_one_more(&revenue, LEVEL),
            uplift: Estimate::of_one_more(&uplift, LEVEL),
            profit_per_day: Estimate::of_one_more(&profit, LEVEL),
            profit_uplift_per_day: Estimate::of_one_more(&gained, LEVEL),
            p_better: probability_above_zero(&uplift),
            p_more_profit: probability_above_zero(&gained),
            p_goal: self.goal().map(|goal| {
                let beyond: Vec<f64> = uplift.iter().map(|uplift| uplift - goal).collect();
                probability_above_zero(&beyond)
            }),
            treated_users: self.treated(arm),
            oracle_uplift: self.oracle(arm, &control),
            reach: self.reach(arm),
        }
    }

    fn goal(&self) -> Option<f64> {
        Some(self.scenario.metrics.as_ref()?.goal.as_ref()?.uplift)
    }

    fn treated(&self, arm: usize) -> f64 {
        let in_world = |book: &Closed| book.arms[arm].segments.iter().map(|cell| cell.treated).sum::<u64>() as f64;
        self.books.iter().map(in_world).sum::<f64>() / self.books.len() as f64
    }

    /// The arm's twin that knows every user's segment.
    fn oracle(&self, arm: usize, control: &[Earned]) -> Option<Estimate> {
        let twin = self.plan.arms.iter().position(|plan| plan.perfect && plan.arm == arm)?;
        let own: Vec<Earned> = self.books.iter().map(|book| self.earned(book, twin)).collect();
        Some(Estimate::of_one_more(&uplifts(&own, control), LEVEL))
    }

    /// How much of the targeted segment's revenue came from users who were treated.
    fn reach(&self, arm: usize) -> Option<f64> {
        let target = self.plan.arms[arm].edits.iter().find_map(|edit| edit.eligible.segment()).map(usize::from)?;
        let cells = self.books.iter().map(|book| book.arms[arm].segments[target]);
        let (treated, all) = cells.fold((0, 0), |sum, cell| (sum.0 + cell.gross_treated, sum.1 + cell.gross));
        (all > 0).then(|| treated as f64 / all as f64)
    }

    fn day(&self, day: u32) -> DayResult {
        // Worlds are smoothed one by one before their interval is taken.
        let over = |days: u32, arm: usize| {
            let from = (day + 1).saturating_sub(days);
            let mean = |book: &Closed| {
                (from..=day).map(|day| self.gross(book, arm, day)).sum::<f64>() / f64::from(day + 1 - from)
            };
            let worlds: Vec<f64> = self.books.iter().map(mean).collect();
            Estimate::of_one_more(&worlds, LEVEL)
        };
        DayResult {
            day: i64::from(day) - i64::from(self.stage.launch) + 1,
            revenue: (0..self.arms()).map(|arm| over(1, arm)).collect(),
            weekly: (0..self.arms()).map(|arm| over(7, arm)).collect(),
        }
    }

    /// Money charged on a day of an arm, or before the launch [major units].
    fn gross(&self, book: &Closed, arm: usize, day: u32) -> f64 {
        let page = if day < self.stage.launch { &book.before } else { &book.arms[arm] };
        self.major(page.days[day as usize].gross)
    }

    fn tenure(&self, step: usize) -> TenureResult {
        let of = |arm: usize| {
            let cells = self.books.iter().map(|book| book.arms[arm].tenure[step]);
            leaving(&cells.fold(TenureCell::default(), |sum, cell| TenureCell {
                exposure: sum.exposure + cell.exposure,
                left: sum.left + cell.left,
            }))
        };
        let from = step as u32 * TENURE_STEP_DAYS;
        TenureResult {
            from,
            to: (step + 1 < TENURE_STEPS).then_some(from + TENURE_STEP_DAYS),
            leave_per_30_days: (0..self.arms()).map(of).collect(),
        }
    }

    fn self_model(&self) -> BTreeMap<String, SelfModelResult> {
        let of = |facet: FacetKind| {
            let cells = self.books.iter().map(|book| book.scores[facet as usize]);
            let (events, own, base) = cells.fold((0, 0.0, 0.0), |(events, own, base), cell| {
                (events + cell.events, own + nats(cell.log_p), base + nats(cell.population_log_p))
            });
            let value = match facet.unit() {
                ScoreUnit::Skill => 1.0 - own / base,
                ScoreUnit::Nats => (own - base) / events as f64,
            };
            (events > 0 && value.is_finite())
                .then(|| (facet.name().to_owned(), SelfModelResult { score: facet.unit(), value, events }))
        };
        FacetKind::ALL.into_iter().filter_map(of).collect()
    }
}

/// Revenue against the control's, world by world.
fn uplifts(own: &[Earned], control: &[Earned]) -> Vec<f64> {
    let share = |(own, control): (&Earned, &Earned)| own.revenue / control.revenue - 1.0;
    own.iter().zip(control).map(share).map(|share| if share.is_finite() { share } else { 0.0 }).collect()
}

/// Share leaving within 30 days at the rate of `left` departures over an exposure, with the exact Poisson interval
/// (Garwood 1936, *Biometrika* 28, 437–442).
fn leaving(cell: &TenureCell) -> Estimate {
    let months = cell.exposure as f64 / (30.0 * 86_400.0);
    let share = |rate: f64| 1.0 - (-rate / months).exp();
    let quantile = |freedom: f64, p: f64| ChiSquared::new(freedom).map_or(f64::NAN, |law| law.inverse_cdf(p) / 2.0);
    let tail = (1.0 - LEVEL) / 2.0;
    let left = cell.left as f64;
    if months <= 0.0 {
        return Estimate { mean: f64::NAN, lo: None, hi: None, level: LEVEL };
    }
    let lo = if cell.left == 0 { 0.0 } else { quantile(2.0 * left, tail) };
    let hi = quantile(2.0 * left + 2.0, 1.0 - tail);
    Estimate { mean: share(left), lo: Some(share(lo)), hi: Some(share(hi)), level: LEVEL }
}

/// What the arms of an experiment earn, world by world: for questions that are asked with arms of their own.
#[derive(Debug)]
pub struct Earnings<'a>(Reading<'a>);

impl<'a> Earnings<'a> {
    /// Reads the books of all worlds, the first being world 0.
    #[must_use]
    pub fn of(scenario: &'a Scenario, stage: &'a Stage, books: &'a [Closed]) -> Self {
        Self(Reading::new(scenario, stage, books))
    }

    fn all(&self, arm: usize) -> Vec<Earned> {
        self.0.books.iter().map(|book| self.0.earned(book, arm)).collect()
    }

    /// Revenue against the control's, as a share.
    #[must_use]
    pub fn uplifts(&self, arm: usize) -> Vec<f64> {
        uplifts(&self.all(arm), &self.all(0))
    }

    /// Profit above the control's [major units a day].
    #[must_use]
    pub fn profit_gained(&self, arm: usize) -> Vec<f64> {
        self.all(arm).iter().zip(&self.all(0)).map(|(own, control)| own.profit - control.profit).collect()
    }

    /// Share of the targeted segment's revenue that came from users who were treated.
    #[must_use]
    pub fn reach(&self, arm: usize) -> Option<f64> {
        self.0.reach(arm)
    }

    /// Users treated at some time in an average world.
    #[must_use]
    pub fn treated(&self, arm: usize) -> f64 {
        self.0.treated(arm)
    }

    /// As many days as the primary window has, the last being a day after the launch, from 1; days of the world.
    #[must_use]
    pub fn days_until(&self, day: u32) -> (u32, u32) {
        let stage = self.0.stage;
        let end = (stage.launch + day).min(stage.days);
        (end.saturating_sub(stage.window.1 - stage.window.0).max(stage.launch), end)
    }

    /// A metric against the control's, as a share, over days of the world; the primary window if none are given.
    #[must_use]
    pub fn uplifts_of(&self, arm: usize, metric: GoalMetric, days: Option<(u32, u32)>) -> Vec<f64> {
        let days = days.unwrap_or(self.0.stage.window);
        let of = |book: &Closed, arm: usize| match metric {
            GoalMetric::Revenue => self.0.earned_in(book, arm, days).revenue,
            GoalMetric::Profit => self.0.earned_in(book, arm, days).profit,
            GoalMetric::Sessions => {
                book.arms[arm].days[days.0 as usize..days.1 as usize].iter().map(|day| day.sessions as f64).sum()
            }
        };
        let share = |book: &Closed| match of(book, 0) {
            0.0 => 0.0,
            // A loss that halves is a gain of one half.
            control => (of(book, arm) - control) / f64::abs(control),
        };
        self.0.books.iter().map(share).collect()
    }
}
