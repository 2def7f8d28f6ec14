//! Whether the effect differs between segments, corrected for how many were looked at.

use serde::Serialize;

use super::{
    difference::{Asked, Effect, Form, compare},
    law::chi_squared_sf,
    summary::Side,
};

/// The effect in one level of a segment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// The level.
    pub level: String,
    /// The effect among its users.
    pub effect: Effect,
    /// Users in control.
    pub control_users: f64,
    /// Users in the arm.
    pub users: f64,
    /// p-value adjusted for all levels, metrics and arms that were looked at (Holm).
    pub p_adjusted: f64,
}

/// Effects by level: are they one?
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heterogeneity {
    /// The levels.
    pub levels: Vec<Level>,
    /// p-value of the test that all levels have one effect.
    pub p_value: f64,
}

/// Effects in levels, and Cochran's test that they are one; levels without variance in an arm are left out.
#[must_use]
pub fn by_level(levels: Vec<(String, Side, Side)>, alpha: f64) -> Heterogeneity {
    let asked = Asked::two_sided(Form::Absolute, alpha);
    let one = |(level, control, treated): (String, Side, Side)| {
        let effect = compare(&control, &treated, asked)?;
        Some(Level { level, effect, control_users: control.n, users: treated.n, p_adjusted: effect.p_value })
    };
    let levels: Vec<Level> = levels.into_iter().filter_map(one).collect();
    let weight = |level: &Level| 1.0 / (level.effect.se * level.effect.se);
    let all: f64 = levels.iter().map(weight).sum();
    let mean = levels.iter().map(|level| weight(level) * level.effect.estimate).sum::<f64>() / all;
    let off = |level: &Level| weight(level) * (level.effect.estimate - mean) * (level.effect.estimate - mean);
    let freedom = levels.len() as f64 - 1.0;
    let p_value = if freedom > 0.0 { chi_squared_sf(levels.iter().map(off).sum(), freedom) } else { 1.0 };
    Heterogeneity { levels, p_value }
}
