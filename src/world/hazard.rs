//! When users leave: a hazard that is constant within each window of tenure, higher inside a cliff.
//!
//! A share `l` lost inside a window of `d` days is a hazard of `-ln(1-l)/d` [1/day]. A user leaves when the hazard
//! accumulated over tenure, times their frailty, exceeds an exponential budget drawn once: the same luck under
//! every condition, so that less hazard never makes anybody leave earlier.

use super::scenario::Churn;
use crate::user::segment::SEGMENTS;

/// Hazards by segment and tenure.
#[derive(Clone, Debug, PartialEq)]
pub struct Hazard {
    /// Ends of the windows \[day\].
    ends: Vec<f64>,
    /// By segment, by window, and last after them [1/day].
    rates: Vec<Vec<f64>>,
    /// By segment: hazard accumulated up to each end.
    cumulated: Vec<Vec<f64>>,
    /// The window that stands out.
    pub cliff: Option<CliffRule>,
}

/// The window in which a defect adds to the hazard.
#[derive(Clone, Debug, PartialEq)]
pub struct CliffRule {
    /// Its start and end \[day\].
    pub from: f64,
    /// Its end \[day\].
    pub to: f64,
    /// By segment: what the defect adds [1/day].
    pub excess: [f64; SEGMENTS],
}

impl Hazard {
    /// From a scenario's windows and losses; a segment without losses never leaves.
    #[must_use]
    pub fn of(churn: &Churn, segments: &[String]) -> Self {
        let ends: Vec<f64> = churn.windows.iter().map(|end| end.value()).collect();
        let rates: Vec<Vec<f64>> = segments.iter().map(|id| rates(churn, id, &ends)).collect();
        let cumulated = rates.iter().map(|rates| cumulate(rates, &ends)).collect();
        let cliff = churn.cliff.as_ref().map(|cliff| {
            let from = cliff.window.checked_sub(1).map_or(0.0, |before| ends[before]);
            let mut excess = [0.0; SEGMENTS];
            for (excess, rates) in excess.iter_mut().zip(&rates) {
                *excess = (rates[cliff.window] - rates[ends.len()]).max(0.0);
            }
            CliffRule { from, to: ends[cliff.window], excess }
        });
        Self { ends, rates, cumulated, cliff }
    }

    /// Hazard accumulated from the first session to a tenure \[day\], for a frailty of 1 and the defect unfixed.
    #[inline]
    #[must_use]
    pub fn accumulated(&self, segment: usize, tenure: f64) -> f64 {
        let window = self.ends.iter().filter(|&&end| end <= tenure).count();
        let (start, before) = match window.checked_sub(1) {
            Some(last) => (self.ends[last], self.cumulated[segment][last]),
            None => (0.0, 0.0),
        };
        before + (tenure - start) * self.rates[segment][window]
    }

    /// The tenure \[day\] at which so much hazard has accumulated; infinite where it never does.
    #[inline]
    #[must_use]
    pub fn tenure(&self, segment: usize, accumulated: f64) -> f64 {
        let cumulated = &self.cumulated[segment];
        let window = cumulated.iter().filter(|&&sum| sum <= accumulated).count();
        let (start, before) = match window.checked_sub(1) {
            Some(last) => (self.ends[last], cumulated[last]),
            None => (0.0, 0.0),
        };
        let rate = self.rates[segment][window];
        if rate > 0.0 { start + (accumulated - before) / rate } else { f64::INFINITY }
    }

    /// Hazard between two tenures \[day\], each window's weighed by a function of its part: from, to and rate.
    #[must_use]
    pub fn weighed(&self, segment: usize, (from, to): (f64, f64), mut weigh: impl FnMut(f64, f64) -> f64) -> f64 {
        let starts = [0.0].into_iter().chain(self.ends.iter().copied());
        let ends = self.ends.iter().copied().chain([f64::INFINITY]);
        let parts = starts.zip(ends).zip(&self.rates[segment]);
        let part = |((start, end), rate): ((f64, f64), &f64)| {
            let (start, end) = (from.max(start), to.min(end));
            if start < end { rate * weigh(start, end) } else { 0.0 }
        };
        parts.map(part).sum()
    }

    /// The rate of a segment at a tenure [1/day].
    #[must_use]
    pub fn rate(&self, segment: usize, tenure: f64) -> f64 {
        self.rates[segment][self.ends.iter().filter(|&&end| end <= tenure).count()]
    }

    /// Share of a segment that is still there at a tenure \[day\].
    #[must_use]
    pub fn survival(&self, segment: usize, tenure: f64) -> f64 {
        (-self.accumulated(segment, tenure)).exp()
    }
}

fn rates(churn: &Churn, segment: &str, ends: &[f64]) -> Vec<f64> {
    let Some(losses) = churn.loss.get(segment) else { return vec![0.0; ends.len() + 1] };
    let mut start = 0.0;
    let mut rates = Vec::with_capacity(losses.len());
    for (loss, end) in losses.iter().zip(ends.iter().copied().map(Some).chain([None])) {
        let days = end.map_or(30.0, |end| end - start);
        // A loss of everything is a hazard that nobody outlasts.
        rates.push(-(1.0 - loss.value()).max(1e-9).ln() / days);
        start = end.unwrap_or(start);
    }
    rates
}

fn cumulate(rates: &[f64], ends: &[f64]) -> Vec<f64> {
    let (mut sum, mut start) = (0.0, 0.0);
    let window = |(&end, &rate): (&f64, &f64)| {
        sum += (end - start) * rate;
        start = end;
        sum
    };
    ends.iter().zip(rates).map(window).collect()
}
