//! Scales, ticks, grids, and labels that keep out of each other's way.

use std::ops::RangeInclusive;

use plotters::coord::ranged1d::Ranged;
use plotters::coord::types::RangedCoordf64;

use super::{
    ChartError,
    canvas::{Canvas, Frame, block_height},
    style::{AXIS, Anchor, GRID, Type},
};
use crate::show::number::Unit;

/// A range of values with round ends and round steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    pub lo: f64,
    pub hi: f64,
    pub step: f64,
}

impl Scale {
    /// The narrowest round range that holds all values, with about `steps` steps. What is no number, or so large
    /// that differences overflow, does not count.
    pub fn of(values: impl Iterator<Item = f64>, steps: f64) -> Option<Self> {
        let (lo, hi) = values
            .filter(|v| v.abs() < 1e100)
            .fold(None, |range: Option<(f64, f64)>, v| Some(range.map_or((v, v), |(lo, hi)| (lo.min(v), hi.max(v)))))?;
        Some(Self::round(lo, hi, steps))
    }

    /// A round range around two ends; a single value gets some room.
    pub fn round(lo: f64, hi: f64, steps: f64) -> Self {
        let room = if hi - lo <= 1e-9 * hi.abs().max(lo.abs()) { (hi.abs() * 0.1).max(1e-6) } else { 0.0 };
        let (lo, hi) = (lo - room, hi + room);
        let step = round_step((hi - lo) / steps);
        Self { lo: (lo / step + 1e-9).floor() * step, hi: (hi / step - 1e-9).ceil() * step, step }
    }

    /// The range as it is, with round ticks inside.
    pub fn exactly(lo: f64, hi: f64, steps: f64) -> Self {
        Self { lo, hi, step: round_step((hi - lo) / steps) }
    }

    pub fn ticks(&self) -> Vec<f64> {
        let first = (self.lo / self.step - 1e-9).ceil();
        let last = (self.hi / self.step + 1e-9).floor();
        // Adding zero turns a minus zero into zero.
        (0..=40)
            .map(|k| (first + f64::from(k)) * self.step + 0.0)
            .take_while(|v| *v <= last * self.step + 1e-9 * self.step)
            .collect()
    }

    fn range(&self) -> RangeInclusive<f64> {
        self.lo..=self.hi
    }
}

fn round_step(step: f64) -> f64 {
    let size = 10f64.powf(step.log10().floor());
    let lead = step / size;
    let round = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|r| lead <= r + 1e-9).unwrap_or(10.0);
    round * size
}

/// A box on the page with a scale along each side.
pub(super) struct Panel {
    pub plot: Frame,
    pub x: Scale,
    pub y: Scale,
}

impl Panel {
    /// Where a pair of values lies on the page; outside values lie on the edge.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x_at(x), self.y_at(y))
    }

    pub fn x_at(&self, x: f64) -> f64 {
        along(&self.x, x, self.plot.left, self.plot.right)
    }

    pub fn y_at(&self, y: f64) -> f64 {
        along(&self.y, y, self.plot.bottom, self.plot.top)
    }

    /// Horizontal grid lines with their values at the left, and above them what they measure.
    pub fn draw_y(&self, canvas: &Canvas<'_>, unit: &Unit, title: &str) -> Result<(), ChartError> {
        let kind = Type::NOTE.anchored(Anchor::End);
        let ticks = self.y.ticks();
        for (tick, label) in ticks.iter().zip(unit.ticks(&ticks, self.y.step)) {
            let y = self.y_at(*tick);
            canvas.line(vec![(self.plot.left, y), (self.plot.right, y)], GRID, 1.0)?;
            canvas.text((self.plot.left - 10.0, y), &label, kind)?;
        }
        canvas.text((super::canvas::MARGIN, self.plot.top - 20.0), title, Type::NOTE)
    }

    /// The base line with labels below it, as many as fit, and what they measure.
    pub fn draw_x(&self, canvas: &Canvas<'_>, ticks: &[(f64, String)], title: &str) -> Result<(), ChartError> {
        let base = self.plot.bottom;
        canvas.line(vec![(self.plot.left, base), (self.plot.right, base)], AXIS, 1.2)?;
        let kind = Type::NOTE.anchored(Anchor::Middle);
        let mut free_from = f64::NEG_INFINITY;
        for (value, label) in ticks {
            let (x, half) = (self.x_at(*value), kind.width(label) / 2.0);
            if x - half < free_from {
                continue;
            }
            canvas.line(vec![(x, base), (x, base + 5.0)], AXIS, 1.2)?;
            canvas.text((x, base + 18.0), label, kind)?;
            free_from = x + half + 12.0;
        }
        let middle = (f64::midpoint(self.plot.left, self.plot.right), base + 44.0);
        canvas.text(middle, title, kind)
    }

    /// The line where a quantity is nothing, if it is within the range.
    pub fn draw_zero(&self, canvas: &Canvas<'_>) -> Result<(), ChartError> {
        if !self.y.range().contains(&0.0) {
            return Ok(());
        }
        let y = self.y_at(0.0);
        canvas.line(vec![(self.plot.left, y), (self.plot.right, y)], super::style::INK, 1.6)
    }
}

fn along(scale: &Scale, value: f64, from: f64, to: f64) -> f64 {
    // The coordinate of plotters is whole; a thousandth of a pixel is fine enough.
    let (value, limit) = (value.clamp(scale.lo, scale.hi), 1_000_000);
    let place = RangedCoordf64::from(scale.lo..scale.hi).map(&value, (0, limit));
    from + (to - from) * f64::from(place) / f64::from(limit)
}

/// Width that the labels of a vertical axis take.
pub(super) fn gutter(scale: &Scale, unit: &Unit) -> f64 {
    let labels = unit.ticks(&scale.ticks(), scale.step);
    labels.iter().map(|label| Type::NOTE.width(label)).fold(0.0, f64::max) + 14.0
}

/// A label at the right end of a line.
pub(super) struct EndLabel {
    /// Height of the line's end.
    pub y: f64,
    pub lines: Vec<(String, Type)>,
}

/// Writes labels beside the ends of their lines, moved apart where they would overlap.
pub(super) fn draw_end_labels(
    canvas: &Canvas<'_>,
    x: f64,
    within: (f64, f64),
    mut labels: Vec<EndLabel>,
) -> Result<(), ChartError> {
    labels.sort_by(|a, b| a.y.total_cmp(&b.y));
    let wanted: Vec<(f64, f64)> = labels.iter().map(|label| (label.y, block_height(&label.lines) + 4.0)).collect();
    for (label, y) in labels.iter().zip(spread(&wanted, within)) {
        let colour = label.lines.first().map_or(AXIS, |(_, kind)| kind.colour);
        canvas.line(vec![(x + 3.0, label.y), (x + 9.0, label.y), (x + 17.0, y), (x + 21.0, y)], colour, 1.0)?;
        canvas.block((x + 26.0, y), &label.lines)?;
    }
    Ok(())
}

/// Centres nearest to the wanted ones, in their order, so that no two overlap and all stay within, if there
/// is room for them at all. Each entry is (wanted centre, height), sorted by centre.
pub(super) fn spread(wanted: &[(f64, f64)], (top, bottom): (f64, f64)) -> Vec<f64> {
    // Neighbours that would overlap become one cluster around the mean of what its members want.
    let mut clusters: Vec<Vec<(f64, f64)>> = Vec::new();
    for &label in wanted {
        clusters.push(vec![label]);
        while let [.., above, below] = clusters.as_slice() {
            if cluster_top(above, top, bottom) + height(above) <= cluster_top(below, top, bottom) + 1e-9 {
                break;
            }
            let below = clusters.pop().unwrap_or_default();
            if let Some(above) = clusters.last_mut() {
                above.extend(below);
            }
        }
    }
    clusters.iter().flat_map(|cluster| centres(cluster, cluster_top(cluster, top, bottom))).collect()
}

fn height(cluster: &[(f64, f64)]) -> f64 {
    cluster.iter().map(|(_, height)| height).sum()
}

fn cluster_top(cluster: &[(f64, f64)], top: f64, bottom: f64) -> f64 {
    let mut above = 0.0;
    let mut sum = 0.0;
    for (centre, height) in cluster {
        sum += centre - (above + height / 2.0);
        above += height;
    }
    (sum / cluster.len() as f64).min(bottom - above).max(top)
}

fn centres(cluster: &[(f64, f64)], mut y: f64) -> Vec<f64> {
    let centre = |(_, height): &(f64, f64)| {
        y += height;
        y - height / 2.0
    };
    cluster.iter().map(centre).collect()
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn a_scale_has_round_ends() {
        assert_eq!(Scale::round(3.0, 97.0, 5.0), Scale { lo: 0.0, hi: 100.0, step: 20.0 });
        assert_eq!(Scale::round(-0.03, 0.11, 5.0).ticks().len(), 5);
        assert_eq!(Scale::of([f64::NAN].into_iter(), 5.0), None);
    }

    proptest! {
        #[test]
        fn a_scale_holds_its_values_and_few_ticks(a in -1e12f64..1e12, width in 1e-9f64..1e12) {
            let scale = Scale::round(a, a + width, 5.0);
            prop_assert!(scale.lo <= a + 1e-6 * scale.step && scale.hi >= a + width - 1e-6 * scale.step);
            prop_assert!((2..=9).contains(&scale.ticks().len()), "{:?}", scale);
        }

        #[test]
        fn labels_that_have_room_do_not_overlap(mut wanted in vec(0f64..400.0, 0..12)) {
            wanted.sort_by(f64::total_cmp);
            let labels: Vec<_> = wanted.iter().map(|&y| (y, 30.0)).collect();
            let placed = spread(&labels, (0.0, 400.0));
            prop_assert!(placed.windows(2).all(|pair| pair[1] - pair[0] >= 30.0 - 1e-6));
            prop_assert!(placed.iter().all(|y| (15.0 - 1e-6..=385.0 + 1e-6).contains(y)));
        }
    }
}
