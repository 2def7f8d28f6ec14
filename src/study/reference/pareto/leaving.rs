//! The unseen time of leaving, after the last purchase and before the end of observation, or later.
//!
//! Given a shape `h = r + x`, leaving at `y` has the density `s·(α+y)^(−h)·(β+y)^(−s−1)` on \[t_x, T\], staying beyond
//! `T` the probability `(α+T)^(−h)·(β+T)^(−s)`, both up to one factor. With `m = min(α, β)` and
//! `u = ln((m+y)/(m+t_x))` the integrand is analytic within π of the real line however far apart α and β are, so few
//! Gauss points do.

use libm::{exp, expm1, log1p};

use super::super::quadrature::{panel, short_panel};

/// What is known about one customer, with the parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct History {
    /// Shape of the rate after the purchases, `r + x`.
    pub shape: f64,
    pub alpha: f64,
    pub s: f64,
    pub beta: f64,
    /// Last purchase.
    pub from: f64,
    /// End of observation.
    pub to: f64,
}

/// A time of leaving that is one of many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leave {
    /// When.
    pub at: f64,
    /// `ln((α+y)/(α+t_x))`.
    pub ln_alpha: f64,
    /// `ln((β+y)/(β+t_x))`.
    pub ln_beta: f64,
    /// How likely it is, up to a factor.
    pub weight: f64,
}

/// Longest panel; the nearest singularity is π away.
const LONGEST: f64 = 4.0;
/// Most that the logarithm of the integrand may change within a panel.
const STEEPEST: f64 = 16.0;

impl History {
    /// Logarithm of the factor that [`History::alive`] and [`History::dead`] leave out.
    pub fn ln_start(&self, r: f64) -> f64 {
        -r * log1p(self.from / self.alpha) - self.s * log1p(self.from / self.beta)
    }

    /// Staying beyond the end of observation.
    pub fn alive(&self) -> Leave {
        let gap = self.to - self.from;
        let (ln_alpha, ln_beta) = (log1p(gap / (self.alpha + self.from)), log1p(gap / (self.beta + self.from)));
        Leave { at: self.to, ln_alpha, ln_beta, weight: exp(-self.shape * ln_alpha - self.s * ln_beta) }
    }

    /// Visits times of leaving before it, until what is left is negligible.
    pub fn dead(&self, mut visit: impl FnMut(&Leave)) {
        let nearest = self.alpha.min(self.beta) + self.from;
        let end = log1p((self.to - self.from) / nearest);
        let (mut u, mut fallen) = (0.0, 0.0);
        while u < end && fallen < 45.0 {
            let (length, steepness) = self.panel(nearest, u, end - u);
            let mut place = |u: f64, weight: f64| visit(&self.leave(nearest, u, weight));
            if length <= 1.5 && steepness <= 4.0 {
                short_panel(u, length, &mut place);
            } else {
                panel(u, length, &mut place);
            }
            u += length;
            let last = self.leave(nearest, u, 1.0);
            fallen = self.shape * last.ln_alpha + (self.s + 1.0) * last.ln_beta - u;
        }
    }

    /// How long the next panel may be, and how steep it is.
    fn panel(&self, nearest: f64, u: f64, left: f64) -> (f64, f64) {
        let mut length = left.min(LONGEST);
        loop {
            let y = nearest * exp(u + length);
            let off = |scale: f64| y / (y + scale + self.from - nearest);
            let steepness = length * (1.0 + self.shape * off(self.alpha) + self.s * off(self.beta));
            if steepness <= STEEPEST {
                return (length, steepness);
            }
            length *= 0.5;
        }
    }

    fn leave(&self, nearest: f64, u: f64, weight: f64) -> Leave {
        let since = nearest * expm1(u);
        let (alpha, beta) = (self.alpha + self.from, self.beta + self.from);
        let ln_alpha = if self.alpha <= self.beta { u } else { log1p(since / alpha) };
        let ln_beta = if self.beta <= self.alpha { u } else { log1p(since / beta) };
        let density = self.s * (nearest + since) / (beta + since) * exp(-self.shape * ln_alpha - self.s * ln_beta);
        Leave { at: self.from + since, ln_alpha, ln_beta, weight: weight * density }
    }

    /// Total weights.
    pub fn silence(&self) -> Silence {
        let mut dead = 0.0;
        self.dead(|leave| dead += leave.weight);
        Silence { alive: self.alive().weight, dead }
    }
}

/// How likely staying and leaving are, given no purchase after the last one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Silence {
    alive: f64,
    dead: f64,
}

impl Silence {
    /// Both.
    pub fn total(&self) -> f64 {
        self.alive + self.dead
    }

    /// Leaving alone.
    pub fn dead(&self) -> f64 {
        self.dead
    }

    /// Share of those who stayed; 0 if even that is below what a number holds.
    pub fn alive(&self) -> f64 {
        let total = self.total();
        if total > 0.0 { self.alive / total } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use libm::log;

    use super::*;

    /// With α = β the integral is `s/(h+s)` of what staying loses.
    #[test]
    fn equal_scales_have_a_closed_form() {
        for (shape, s, alpha, from, to) in [
            (0.5, 0.6, 10.0, 0.0, 39.0),
            (30.0, 1e-6, 1e-3, 5.0, 5.5),
            (5e4, 3.0, 1e-6, 1.0, 1e5),
            (1.0, 1e6, 1e6, 0.0, 1.0),
        ] {
            let history = History { shape, alpha, s, beta: alpha, from, to };
            let silence = history.silence();
            let want = s / (shape + s) * -expm1(-(shape + s) * log((alpha + to) / (alpha + from)));
            assert!((silence.dead / want - 1.0).abs() < 1e-10, "{history:?}: {} {want}", silence.dead);
        }
    }

    /// Ten thousand times finer steps of the trapezoid give the same.
    #[test]
    fn scales_far_apart_are_integrated_as_well() {
        for (shape, s, alpha, beta) in
            [(0.5, 0.6, 1e-4, 50.0), (0.5, 0.6, 50.0, 1e-4), (26.0, 0.4, 3.0, 900.0), (4.0, 9.0, 1e3, 2.0)]
        {
            let history = History { shape, alpha, s, beta, from: 2.0, to: 39.0 };
            let mut sum = 0.0;
            for i in 0..400_000 {
                let y = 2.0 + 37.0 * (f64::from(i) + 0.5) / 400_000.0;
                let ln = -shape * log((alpha + y) / (alpha + 2.0)) - s * log((beta + y) / (beta + 2.0));
                sum += 37.0 / 400_000.0 * s / (beta + y) * exp(ln);
            }
            let dead = history.silence().dead;
            assert!((dead / sum - 1.0).abs() < 1e-7, "{history:?}: {dead} {sum}");
        }
    }
}
