//! The difference between two arms: absolute, relative, and its interval.
//!
//! Welch's t (Welch 1947, *Biometrika* 34, 28–35) with Satterthwaite's degrees of freedom. A relative effect has two
//! intervals: the *linear* one, by the delta method on `(t − c)/|c|`, and the *log-ratio* one, `exp(ln(t/c) ± …) − 1`,
//! which is asymmetric and never below −100%. The linear one is the default: it has the absolute interval's form, so
//! both agree on what is significant in nearly every case; it also holds for values of any sign, and it is what other
//! tools print, so numbers can be compared.

use libm::{exp, log, sqrt};
use serde::Serialize;

use super::{
    law::{student_critical, student_quantile, student_sf},
    summary::Side,
};

/// Which effects count as evidence against the null hypothesis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// Either sign.
    #[default]
    Both,
    /// Treated above control.
    Greater,
    /// Treated below control.
    Less,
}

/// How an effect is stated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Treated minus control, in the metric's units.
    #[default]
    Absolute,
    /// `(t − c)/|c|`, by the delta method.
    Relative,
    /// `t/c − 1`, by the delta method on its logarithm.
    LogRatio,
}

/// An effect with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Effect {
    /// Treated against control.
    pub estimate: f64,
    /// Lower end; infinite where the test has one side only.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
    /// Probability of an effect at least as far from 0 were there none.
    pub p_value: f64,
    /// Standard error; of the logarithm for [`Form::LogRatio`].
    pub se: f64,
    /// Degrees of freedom; infinite for the normal law.
    pub freedom: f64,
}

/// What is asked of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// How the effect is stated.
    pub form: Form,
    /// Which effects count.
    pub tail: Tail,
    /// One minus the interval's level \[1\].
    pub alpha: f64,
}

impl Asked {
    /// Two-sided, in this form.
    #[must_use]
    pub const fn two_sided(form: Form, alpha: f64) -> Self {
        Self { form, tail: Tail::Both, alpha }
    }
}

/// Compares two arms; none if a value has no variance, or a relative effect no baseline.
#[must_use]
pub fn compare(control: &Side, treated: &Side, asked: Asked) -> Option<Effect> {
    if asked.form == Form::LogRatio {
        return log_ratio(control, treated, asked);
    }
    let (c, t) = (control.squared_error(), treated.squared_error());
    let (estimate, variance) = match asked.form {
        Form::Relative => relative(control, treated)?,
        _ => (treated.value - control.value, c + t),
    };
    Effect::student(estimate, sqrt(variance), satterthwaite((c, control.n), (t, treated.n)), asked)
}

/// Satterthwaite's degrees of freedom of a sum of variances, each with the units it was estimated from.
pub(super) fn satterthwaite((c, controls): (f64, f64), (t, treated): (f64, f64)) -> f64 {
    (c + t) * (c + t) / (c * c / (controls - 1.0) + t * t / (treated - 1.0))
}

/// The gradient is 1/|b| in the treated value, −1/|b| in control's, and −(t − c)·sign(b)/b² in the baseline b.
fn relative(control: &Side, treated: &Side) -> Option<(f64, f64)> {
    let base = control.baseline;
    if base == 0.0 {
        return None;
    }
    let gap = treated.value - control.value;
    let off = (treated.linearised_at - control.linearised_at) / base;
    let of_control = control.variance + 2.0 * off * control.covariance + off * off * control.baseline_variance;
    Some((gap / base.abs(), (treated.squared_error() + of_control / control.n) / (base * base)))
}

fn log_ratio(control: &Side, treated: &Side, asked: Asked) -> Option<Effect> {
    let part = |side: &Side| side.squared_error() / (side.value * side.value);
    if control.value <= 0.0 || treated.value <= 0.0 {
        return None;
    }
    let (c, t) = (part(control), part(treated));
    let freedom = satterthwaite((c, control.n), (t, treated.n));
    let effect = Effect::student(log(treated.value / control.value), sqrt(c + t), freedom, asked)?;
    Some(effect.as_ratio())
}

impl Effect {
    /// By Student's law; none without a positive standard error.
    #[must_use]
    pub fn student(estimate: f64, se: f64, freedom: f64, asked: Asked) -> Option<Self> {
        if !(se > 0.0 && se.is_finite() && freedom > 0.0) {
            return None;
        }
        let t = estimate / se;
        let (p_value, reach) = match asked.tail {
            Tail::Both => (2.0 * student_sf(t.abs(), freedom), student_critical(asked.alpha, freedom)),
            Tail::Greater => (student_sf(t, freedom), -student_quantile(asked.alpha, freedom)),
            Tail::Less => (student_sf(-t, freedom), -student_quantile(asked.alpha, freedom)),
        };
        Some(Self { estimate, se, freedom, p_value, lo: f64::NAN, hi: f64::NAN }.reaching(reach * se, asked.tail))
    }

    /// By the normal law.
    #[must_use]
    pub fn normal(estimate: f64, se: f64, asked: Asked) -> Option<Self> {
        Self::student(estimate, se, f64::INFINITY, asked)
    }

    /// With an interval that reaches so far to the sides that count.
    #[must_use]
    pub fn reaching(self, half_width: f64, tail: Tail) -> Self {
        let lo = if tail == Tail::Less { f64::NEG_INFINITY } else { self.estimate - half_width };
        let hi = if tail == Tail::Greater { f64::INFINITY } else { self.estimate + half_width };
        Self { lo, hi, ..self }
    }

    /// Estimate, ends and error times a factor above 0.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let Self { estimate, lo, hi, se, .. } = self;
        Self { estimate: estimate * factor, lo: lo * factor, hi: hi * factor, se: se * factor, ..self }
    }

    /// Whether the interval leaves 0 out.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        self.lo > 0.0 || self.hi < 0.0
    }

    fn as_ratio(self) -> Self {
        Self { estimate: exp(self.estimate) - 1.0, lo: exp(self.lo) - 1.0, hi: exp(self.hi) - 1.0, ..self }
    }
}

/// An absolute effect per user as what it would bring each day if everybody were treated: times the users that came by
/// the share of traffic that was in the experiment and its days.
#[must_use]
pub fn daily_impact(effect: Effect, users: f64, traffic_share: f64, days: f64) -> Effect {
    effect.times(users / (traffic_share * days))
}

/// Events a day that a difference of means brings, and as a share of what there would be without
/// (Statsig's documentation of topline impact): `(t − c)·n_t/days`, over `topline − impact`.
#[must_use]
pub fn topline_impact(means: (f64, f64), treated: f64, days: f64, topline: f64) -> (f64, f64) {
    let absolute = (means.1 - means.0) * treated / days;
    (absolute, absolute / (topline - absolute))
}
