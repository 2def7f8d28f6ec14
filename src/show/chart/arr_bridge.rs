//! Recurring revenue from opening to closing, part by part, an arm beside another.
//!
//! Each part's bar begins where the arm's part before ends; its whisker is the interval of where it ends, with what
//! came before held at its mean.

use super::{
    Chart, ChartError, Headline, Picture,
    rows::{self, Row},
    same_length,
    style::{CONTROL, series},
};
use crate::show::number::{Estimate, Unit};

/// One arm's way from opening to closing.
#[derive(Clone, Debug, PartialEq)]
pub struct BridgeArm {
    /// Its name.
    pub label: String,
    /// Recurring revenue at the beginning \[a year\].
    pub opening: Estimate,
    /// What each part adds, in the order of the chart's parts; below 0 for what is lost.
    pub parts: Vec<Estimate>,
    /// Recurring revenue at the end \[a year\].
    pub closing: Estimate,
}

/// Bridges of one or a few arms.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrBridge {
    /// What stands above.
    pub headline: Headline,
    /// What the values are.
    pub unit: Unit,
    /// What the values measure, with their unit.
    pub axis: String,
    /// Names of the parts, in their order.
    pub parts: Vec<String>,
    /// The arms, in their order.
    pub arms: Vec<BridgeArm>,
}

impl Chart for ArrBridge {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said: Vec<_> = self.rows().into_iter().map(|row| format!("{}: {}", row.label, row.value)).collect();
        format!("{} {}.", self.headline.sentence(), said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        for arm in &self.arms {
            same_length("arr_bridge", format!("the parts of {}", arm.label), self.parts.len(), arm.parts.len())?;
        }
        let rows = self.rows();
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            if rows.is_empty() {
                return canvas.no_data(body, "there is no arm");
            }
            rows::draw(canvas, body, &rows, &self.unit, &self.axis).map(drop)
        })
    }
}

impl ArrBridge {
    /// All arms' openings, then their first parts, and so on: what is to be compared lies side by side.
    fn rows(&self) -> Vec<Row> {
        let mut reached: Vec<f64> = self.arms.iter().map(|arm| arm.opening.mean).collect();
        let mut rows = self.ends("Opening", |arm| arm.opening);
        for (place, part) in self.parts.iter().enumerate() {
            for (arm, (own, reached)) in self.arms.iter().zip(&mut reached).enumerate() {
                let Some(amount) = own.parts.get(place) else { continue };
                rows.push(self.row(arm, part, *reached, amount, self.unit.signed(amount.mean)));
                *reached += if amount.mean.is_finite() { amount.mean } else { 0.0 };
            }
        }
        rows.extend(self.ends("Closing", |arm| arm.closing));
        rows
    }

    fn ends(&self, name: &str, of: impl Fn(&BridgeArm) -> Estimate) -> Vec<Row> {
        let end = |(place, arm): (usize, &BridgeArm)| {
            let value = of(arm);
            self.row(place, name, 0.0, &value, self.unit.short(value.mean))
        };
        self.arms.iter().enumerate().map(end).collect()
    }

    fn row(&self, arm: usize, name: &str, from: f64, amount: &Estimate, value: String) -> Row {
        let ends = (from + amount.lo, from + amount.hi);
        let label = if self.arms.len() == 1 { name.to_owned() } else { format!("{name} · {}", self.arms[arm].label) };
        Row {
            label,
            bar: (from, from + amount.mean),
            whisker: Some(ends).filter(|(lo, hi)| amount.has_interval() && lo.is_finite() && hi.is_finite()),
            ring: None,
            colour: if arm == 0 { CONTROL } else { series(arm - 1) },
            value,
            note: rows::interval_text(amount, |value| self.unit.short(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(label: &str, parts: &[f64]) -> BridgeArm {
        let around = |mean: f64| Estimate::new(mean, mean - 4.0, mean + 4.0);
        BridgeArm {
            label: label.to_owned(),
            opening: Estimate::bare(100.0),
            parts: parts.iter().map(|part| around(*part)).collect(),
            closing: around(100.0 + parts.iter().sum::<f64>()),
        }
    }

    fn bridge(arms: Vec<BridgeArm>) -> ArrBridge {
        ArrBridge {
            headline: Headline::new("More is kept", "Whiskers are 80% intervals"),
            unit: Unit::Money("$".to_owned()),
            axis: "recurring revenue a year".to_owned(),
            parts: ["Churn", "Expansion"].map(str::to_owned).to_vec(),
            arms,
        }
    }

    #[test]
    fn arms_lie_side_by_side_and_each_part_begins_where_the_arms_own_one_before_ends() {
        let rows = bridge(vec![arm("as it is", &[-20.0, 5.0]), arm("play", &[-10.0, 6.0])]).rows();
        let bars: Vec<_> = rows.iter().map(|row| row.bar).collect();
        let ends = [(0.0, 85.0), (0.0, 96.0)];
        let parts = [(100.0, 80.0), (100.0, 90.0), (80.0, 85.0), (90.0, 96.0)];
        assert_eq!(bars, [&[(0.0, 100.0); 2][..], &parts, &ends].concat());
        assert_eq!(rows[2].whisker, Some((76.0, 84.0)));
        assert_eq!(rows[3].label, "Churn · play");
    }

    #[test]
    fn an_arm_with_too_few_parts_is_refused() {
        let error = bridge(vec![arm("play", &[-10.0])]).picture().unwrap_err().to_string();
        assert_eq!(error, "chart arr_bridge: the parts of play must have 2 values, but has 1");
    }
}
