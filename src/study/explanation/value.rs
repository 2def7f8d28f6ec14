//! What a user is worth: what they have paid, and what they are expected to pay over the coming days.
//!
//! The self-model lives on its own predictions: each imagined session is drawn from what is predicted, then learned, so
//! that a future in which the user comes often goes on to expect that (a Pólya urn: the joint predictive law). A user
//! leaves by the hazard that is predicted, or stays away for a period where leaving is silent. All chance is keyed by
//! (seed, user, future), so the same question has the same answer.

use rayon::prelude::*;
use serde::Serialize;

use super::calendar::Calendar;
use crate::{
    base::{
        float::{exp, log1p},
        luck::{Luck, Purpose, Stream, waiting},
        time::{DAY, SimTime},
        units::Money,
    },
    history::session::{DAYPARTS, Observation, Session, Slot},
    study::estimate::Estimate,
    user::{
        explain::{LEVEL, Reading, quantity::within},
        facet::churn::Departure,
        priors::Priors,
        self_model::SelfModel,
    },
};

/// Days that are looked ahead.
pub const HORIZON: u32 = 90;
/// Futures that are imagined.
const FUTURES: u32 = 200;

/// What a user is worth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Value {
    /// Everything paid so far, gross [major units].
    pub so_far: f64,
    /// Days that are looked ahead.
    pub horizon_days: u32,
    /// What they are expected to pay in them, gross [major units].
    pub expected: Estimate,
    /// How often they are expected to come.
    pub sessions: Estimate,
    /// Probability that they pay nothing at all \[1\].
    pub p_nothing: f64,
}

/// Reads the value; `model` holds the record as it was seen.
#[must_use]
pub fn value(model: &SelfModel, reading: &Reading<'_>, calendar: &Calendar, seed: u64) -> Value {
    let luck = Luck::new(seed, 0);
    let scene = Scene { priors: reading.priors, calendar, end: SimTime(reading.at.0 + i64::from(HORIZON) * DAY) };
    let imagined = |future: u32| {
        let mut stream = luck.stream(model.user(), Purpose::Future, future);
        if model.left() { (0, 0) } else { Future::new(model, reading.at, &mut stream).live(&scene) }
    };
    let futures: Vec<(i64, u32)> = (0..FUTURES).into_par_iter().map(imagined).collect();
    let major = reading.words.currency.minor_per_major() as f64;
    Value {
        so_far: model.gross().major(reading.words.currency),
        horizon_days: HORIZON,
        expected: estimate(futures.iter().map(|&(paid, _)| paid as f64 / major).collect()),
        sessions: estimate(futures.iter().map(|&(_, sessions)| f64::from(sessions)).collect()),
        p_nothing: futures.iter().filter(|&&(paid, _)| paid == 0).count() as f64 / f64::from(FUTURES),
    }
}

/// Mean and the quantiles that hold the middle.
fn estimate(mut values: Vec<f64>) -> Estimate {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * (values.len() - 1) as f64).round() as usize).copied();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    Estimate { mean, lo: at(0.5 - LEVEL / 2.0), hi: at(0.5 + LEVEL / 2.0), level: LEVEL }
}

/// What is the same in all futures.
struct Scene<'a> {
    priors: &'a Priors,
    calendar: &'a Calendar,
    end: SimTime,
}

/// One imagined future.
struct Future<'a> {
    model: SelfModel,
    /// The next session is not before this.
    from: SimTime,
    /// Hazard that the user can stand before leaving.
    budget: f64,
    /// Silent leaving is decided up to this period of tenure.
    decided: Option<u32>,
    stream: &'a mut Stream,
}

/// Amounts and gaps beyond their outermost thousandths are not drawn: on a logarithmic scale Student's law has no mean.
const OUTERMOST: f64 = 0.001;
/// Binary digits of a drawn gap or amount: three thousandths of it.
const DIGITS: u32 = 13;

impl<'a> Future<'a> {
    fn new(model: &SelfModel, at: SimTime, stream: &'a mut Stream) -> Self {
        let budget = waiting((stream.uniform() * 4_294_967_295.0) as u32);
        Self { model: *model, from: at, budget, decided: None, stream }
    }

    /// What is paid before the end [minor units], and in how many sessions.
    fn live(mut self, scene: &Scene<'_>) -> (i64, u32) {
        let before = (self.model.gross().minor(), self.model.sessions());
        while let Some(at) = self.next(scene).filter(|&at| at < scene.end) {
            let session = self.session(at, scene);
            let (_, lesson) = self.model.predict(scene.priors, at).score(&Observation::Session(session));
            self.model.learn(lesson);
            self.from = at;
        }
        (self.model.gross().minor() - before.0, self.model.sessions() - before.1)
    }

    /// When the next session is; none if the user leaves before.
    fn next(&mut self, scene: &Scene<'_>) -> Option<SimTime> {
        loop {
            let at = self.draw_gap(scene);
            if at >= scene.end {
                return None;
            }
            match scene.priors.churn.departure {
                Departure::Announced => return self.stays(at, scene).then_some(at),
                Departure::Silent if self.comes(at, scene) => return Some(at),
                Departure::Silent => {}
            }
        }
    }

    /// A gap that is longer than the time that has passed.
    fn draw_gap(&mut self, scene: &Scene<'_>) -> SimTime {
        let last = self.model.last();
        let prediction = self.model.predict(scene.priors, self.from);
        let passed = prediction.comes_within(self.from.days_since(last).max(0.0));
        let mass = passed + self.stream.uniform().clamp(OUTERMOST, 1.0 - OUTERMOST) * (1.0 - passed);
        let days = exp(within(|y| prediction.log_gap_at_most(y), mass, DIGITS));
        SimTime((last.0 + (days * DAY as f64) as i64).max(self.from.0 + 60))
    }

    /// Takes the hazard up to a moment off the budget.
    fn stays(&mut self, at: SimTime, scene: &Scene<'_>) -> bool {
        let length = (f64::from(scene.priors.churn.period_days) * DAY as f64) as i64;
        let mut from = self.from;
        while from < at {
            let until = SimTime(at.0.min(from.0 + length));
            let p = f64::from(self.model.predict(scene.priors, from).leaves()).min(0.999_999);
            self.budget += log1p(-p) * (until.0 - from.0) as f64 / length as f64;
            from = until;
        }
        self.budget > 0.0
    }

    /// Whether the user comes in the period of tenure that a moment lies in; if not, they come after it at the earliest.
    fn comes(&mut self, at: SimTime, scene: &Scene<'_>) -> bool {
        let (churn, first) = (&scene.priors.churn, self.model.first());
        let period = churn.period(first, at);
        if period == churn.period(first, self.model.last()) || self.decided.is_some_and(|decided| decided >= period) {
            return true;
        }
        self.decided = Some(period);
        let start = |period: u32| first.0 + (f64::from(period) * f64::from(churn.period_days) * DAY as f64) as i64;
        let eve = SimTime((start(period) - 1).max(self.model.last().0));
        if self.stream.uniform() >= f64::from(self.model.predict(scene.priors, eve).leaves()) {
            return true;
        }
        self.from = SimTime(start(period + 1));
        false
    }

    /// What the session is.
    fn session(&mut self, at: SimTime, scene: &Scene<'_>) -> Session {
        let prediction = self.model.predict(scene.priors, at);
        let weekend = scene.calendar.slot(at).weekend;
        let daypart = draw(&prediction.dayparts(weekend), self.stream.uniform()).min(DAYPARTS - 1) as u8;
        let kind = draw(&prediction.contents(), self.stream.uniform()) as u8;
        let session = Session::new(at, Slot { weekend, daypart, late: false }).with_content(kind);
        let (pays, mass) = (self.stream.uniform(), self.stream.uniform().clamp(OUTERMOST, 1.0 - OUTERMOST));
        if pays >= f64::from(prediction.pays()) {
            return session;
        }
        let y = within(|y| prediction.log_amount_at_most(y), mass, DIGITS);
        session.with_paid(Money::from_minor(((exp(y) * 100.0).round() as i64).max(1)))
    }
}

/// The kind at which the cumulated probabilities pass a uniform number.
fn draw<const K: usize>(p: &[f32; K], uniform: f64) -> usize {
    let total: f64 = p.iter().map(|&p| f64::from(p)).sum();
    let mut left = uniform * total;
    let passed = p.iter().take(K - 1).take_while(|&&p| {
        left -= f64::from(p);
        left >= 0.0
    });
    passed.count()
}
