//! Where the uplift comes from: each intervention alone, what they lose or gain by meeting, and all together.
//!
//! With a combined arm: a waterfall from the control's value to the combined arm's. Without one: a bar of
//! uplift for each arm. A hollow marker shows what an arm would bring if it knew its users perfectly.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::Scale,
    canvas::{Canvas, Frame},
    rows::{self, Row, interval_text},
    style::{Anchor, CONTROL, GREY, INK, Type, VERMILION, series},
};
use crate::show::number::{Estimate, Unit};

/// What one arm adds to the control.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// The arm's name.
    pub label: String,
    /// Its uplift over control, with its interval.
    pub uplift: Estimate,
    /// Its uplift if it knew each user's true persona.
    pub perfect: Option<f64>,
}

/// Control, and the arm with all interventions together.
#[derive(Clone, Debug, PartialEq)]
pub struct Ends {
    /// The control's value.
    pub control: f64,
    /// Name of the combined arm.
    pub combined_label: String,
    /// The combined arm's uplift over control, with its interval.
    pub combined: Estimate,
    /// The combined arm's uplift if it knew each user's true persona.
    pub perfect: Option<f64>,
}

/// Where the uplift comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct UpliftWaterfall {
    /// What stands above.
    pub headline: Headline,
    /// What the values are.
    pub unit: Unit,
    /// What the values measure, with their unit.
    pub axis: String,
    /// Single arms, in their order.
    pub arms: Vec<Contribution>,
    /// Given, if there is a combined arm.
    pub ends: Option<Ends>,
}

impl Chart for UpliftWaterfall {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let mut said: Vec<_> = self.rows().into_iter().map(|row| format!("{}: {}", row.label, row.value)).collect();
        if said.is_empty() {
            said.push("no data".to_owned());
        }
        format!("{} {}.", self.headline.sentence(), said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        let rows = self.rows();
        let key = rows.iter().any(|row| row.ring.is_some());
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let frame = body.inset(0.0, if key { 34.0 } else { 0.0 }, 0.0, 0.0);
            let Some(panel) = rows::draw(canvas, frame, &rows, &self.unit, &self.axis_title())? else {
                return Ok(());
            };
            if key {
                draw_key(canvas, panel.plot)?;
            }
            if self.ends.is_none() {
                return Ok(());
            }
            draw_steps(canvas, &panel, &rows)?;
            if self.is_cut() { draw_cuts(canvas, &panel, rows.len()) } else { Ok(()) }
        })
    }
}

impl UpliftWaterfall {
    fn rows(&self) -> Vec<Row> {
        let Some(ends) = &self.ends else {
            return self.arms.iter().enumerate().map(|(place, arm)| self.row(arm, 0.0, series(place))).collect();
        };
        let origin = self.origin(ends);
        let total = |label: &str, value: f64, colour| Row {
            label: label.to_owned(),
            bar: (origin, value),
            whisker: None,
            ring: None,
            colour,
            value: self.unit.short(value),
            note: String::new(),
        };
        let mut rows = vec![total("Control", ends.control, CONTROL)];
        let mut reached = ends.control;
        for arm in &self.arms {
            rows.push(self.row(arm, reached, gain_colour(arm.uplift.mean)));
            reached += if arm.uplift.mean.is_finite() { arm.uplift.mean } else { 0.0 };
        }
        let combined = ends.control + ends.combined.mean;
        if self.arms.len() > 1 {
            let meeting = Estimate::bare(combined - reached);
            let label = if meeting.mean < 0.0 { "Overlap between them" } else { "Gain from combining" };
            let arm = Contribution { label: label.to_owned(), uplift: meeting, perfect: None };
            rows.push(self.row(&arm, reached, GREY));
        }
        rows.push(Row {
            whisker: ends.combined.has_interval().then(|| shifted(ends.combined, ends.control)),
            ring: ends.perfect.map(|uplift| ends.control + uplift),
            note: self.change(ends),
            ..total(&ends.combined_label, combined, series(0))
        });
        rows
    }

    fn row(&self, arm: &Contribution, from: f64, colour: plotters::style::RGBColor) -> Row {
        Row {
            label: arm.label.clone(),
            bar: (from, from + arm.uplift.mean),
            whisker: arm.uplift.has_interval().then(|| shifted(arm.uplift, from)),
            ring: arm.perfect.filter(|v| v.is_finite()).map(|uplift| from + uplift),
            colour,
            value: self.unit.signed(arm.uplift.mean),
            note: interval_text(&arm.uplift, |v| self.unit.signed(v)),
        }
    }

    /// Where the bars of the totals start: at nothing, or at a round value below all, if the steps would
    /// otherwise be too short to be seen.
    fn origin(&self, ends: &Ends) -> f64 {
        let reach = self.arms.iter().map(|arm| arm.uplift.mean.abs()).chain([ends.combined.mean.abs()]);
        let reach = reach.filter(|v| v.is_finite()).fold(0.0, f64::max);
        if ends.control <= 6.0 * reach || reach == 0.0 {
            return 0.0;
        }
        // The same rounding as the axis, so that the bars start at its edge.
        Scale::round(ends.control - 2.5 * reach, ends.control + reach, 6.0).lo
    }

    fn is_cut(&self) -> bool {
        self.ends.as_ref().is_some_and(|ends| self.origin(ends) > 0.0)
    }

    fn axis_title(&self) -> String {
        if self.is_cut() { format!("{} (axis does not start at zero)", self.axis) } else { self.axis.clone() }
    }

    fn change(&self, ends: &Ends) -> String {
        let share = if ends.control > 0.0 { ends.combined.mean / ends.control } else { f64::NAN };
        let change = self.unit.signed(ends.combined.mean);
        if share.is_finite() { format!("{change} ({})", Unit::Share.signed(share)) } else { change }
    }
}

fn shifted(uplift: Estimate, by: f64) -> (f64, f64) {
    (uplift.lo + by, uplift.hi + by)
}

fn gain_colour(uplift: f64) -> plotters::style::RGBColor {
    if uplift < 0.0 { VERMILION } else { series(2) }
}

/// Thin lines from the end of each bar to the start of the next.
fn draw_steps(canvas: &Canvas<'_>, panel: &super::axis::Panel, rows: &[Row]) -> Result<(), ChartError> {
    let height = panel.plot.height() / rows.len() as f64;
    let half = rows::thickness(height);
    for (place, row) in rows.iter().take(rows.len() - 1).enumerate() {
        if row.bar.1.is_finite() {
            let (x, y) = (panel.x_at(row.bar.1), panel.plot.top + height * (place as f64 + 0.5));
            canvas.line(vec![(x, y + half), (x, y + height - half)], GREY, 1.2)?;
        }
    }
    Ok(())
}

/// A slanted gap in each total's bar, where the part down to zero is left out.
fn draw_cuts(canvas: &Canvas<'_>, panel: &super::axis::Panel, rows: usize) -> Result<(), ChartError> {
    let height = panel.plot.height() / rows as f64;
    let half = rows::thickness(height) + 2.0;
    [0, rows - 1].into_iter().try_for_each(|place| {
        let (x, y) = (panel.plot.left + 26.0, panel.plot.top + height * (place as f64 + 0.5));
        let gap = [(x, y + half), (x + 10.0, y - half), (x + 17.0, y - half), (x + 7.0, y + half)];
        canvas.area(gap.to_vec(), plotters::style::WHITE)
    })
}

fn draw_key(canvas: &Canvas<'_>, plot: Frame) -> Result<(), ChartError> {
    let y = plot.top - 22.0;
    canvas.ring((plot.left + 7.0, y), 6.5, INK, 2.0)?;
    let words = "with perfect knowledge of every user";
    canvas.text((plot.left + 22.0, y), words, Type::NOTE.anchored(Anchor::Start))
}
