//! Whether what was said to happen with 30% did happen in 30%: a reliability diagram for each facet.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{Panel, Scale},
    canvas::{Canvas, Frame, tint},
    style::{AXIS, Anchor, BLUE, GREY, GRID, Type},
};
use crate::show::number::{Estimate, Unit};

/// Predictions of about the same probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationPoint {
    /// Mean predicted probability.
    pub predicted: f64,
    /// Share that happened, with its interval.
    pub observed: Estimate,
    /// Number of predictions.
    pub count: u64,
}

/// One facet's diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCalibration {
    /// The facet's name.
    pub label: String,
    /// In order of the predicted probability.
    pub points: Vec<CalibrationPoint>,
    /// Expected calibration error: mean distance to the diagonal.
    pub ece: f64,
    /// Slope of what happened on what was predicted, on the log-odds scale.
    pub slope: f64,
}

/// Reliability diagrams side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// What stands above.
    pub headline: Headline,
    /// The facets, in their order.
    pub facets: Vec<FacetCalibration>,
}

impl Chart for Calibration {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said = self.facets.iter().map(|facet| format!("{}: {}", facet.label, facet.summary()));
        format!(
            "{} Predicted against observed shares. {}.",
            self.headline.sentence(),
            said.collect::<Vec<_>>().join("; ")
        )
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            if self.facets.is_empty() {
                return canvas.no_data(body, "no facet predicts a probability");
            }
            draw_axis_titles(canvas, body)?;
            let frames = grid(body.inset(30.0, 0.0, 0.0, 26.0), self.facets.len());
            self.facets.iter().zip(frames).try_for_each(|(facet, frame)| facet.draw(canvas, frame))
        })
    }
}

fn draw_axis_titles(canvas: &Canvas<'_>, body: Frame) -> Result<(), ChartError> {
    let words = "across: predicted probability   ·   up: share observed   ·   dashed: perfect   ·   size: number of predictions";
    let kind = Type::NOTE.sized(15.0);
    canvas.text((body.left, body.bottom - 2.0), &kind.cut(words, body.width()), kind)
}

/// Equal boxes in rows, with the columns that make their diagrams largest.
fn grid(body: Frame, count: usize) -> Vec<Frame> {
    let side = |columns: usize| {
        let rows = count.div_ceil(columns);
        (body.width() / columns as f64 - BESIDE).min(body.height() / rows as f64 - ABOVE - BELOW)
    };
    let columns = (1..=count).max_by(|&a, &b| side(a).total_cmp(&side(b)).then(b.cmp(&a))).unwrap_or(1);
    let (width, height) = (body.width() / columns as f64, body.height() / count.div_ceil(columns) as f64);
    let frame = |place: usize| {
        let (left, top) = (body.left + width * (place % columns) as f64, body.top + height * (place / columns) as f64);
        Frame { left, top, right: left + width, bottom: top + height }
    };
    (0..count).map(frame).collect()
}

const ABOVE: f64 = 44.0;
const BELOW: f64 = 34.0;
const BESIDE: f64 = 66.0;

impl FacetCalibration {
    fn summary(&self) -> String {
        let known = |value: f64, text: String| if value.is_finite() { text } else { "n/a".to_owned() };
        format!(
            "ECE {} · slope {}",
            known(self.ece, format!("{:.3}", self.ece)),
            known(self.slope, format!("{:.2}", self.slope))
        )
    }

    fn drawable(&self) -> impl Iterator<Item = &CalibrationPoint> {
        self.points.iter().filter(|point| point.predicted.is_finite() && point.observed.mean.is_finite())
    }

    fn draw(&self, canvas: &Canvas<'_>, frame: Frame) -> Result<(), ChartError> {
        let small = frame.width() < 230.0;
        let name = Type::LABEL.bold().sized(if small { 14.0 } else { 17.0 });
        let note = Type::NOTE.sized(if small { 13.0 } else { 15.0 });
        let side = (frame.width() - BESIDE).min(frame.height() - ABOVE - BELOW);
        let left = frame.left + 40.0 + (frame.width() - BESIDE - side) / 2.0;
        canvas.text((left, frame.top + 8.0), &name.cut(&self.label, frame.right - left - 12.0), name)?;
        canvas.text((left, frame.top + 29.0), &note.cut(&self.summary(), frame.right - left - 8.0), note)?;
        let plot = Frame { left, top: frame.top + ABOVE, right: left + side, bottom: frame.top + ABOVE + side };
        if self.drawable().next().is_none() {
            return canvas.no_data(plot, "nothing predicted");
        }
        let panel = self.panel(plot);
        draw_axes(canvas, &panel, note)?;
        self.draw_points(canvas, &panel)
    }

    /// Both axes have one range: all of it, or as far as a facet of rare events goes.
    fn panel(&self, plot: Frame) -> Panel {
        let reach =
            self.drawable().flat_map(|p| [p.predicted, p.observed.mean, p.observed.hi]).filter(|v| v.is_finite());
        let reach = reach.fold(0.0, f64::max);
        let range = if reach > 0.4 { Scale { lo: 0.0, hi: 1.0, step: 0.5 } } else { half_steps(reach) };
        Panel { plot, x: range.clone(), y: range }
    }

    fn draw_points(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let most = self.points.iter().map(|point| point.count).max().unwrap_or(1).max(1) as f64;
        let largest = (panel.plot.width() / 22.0).clamp(4.5, 10.0);
        for point in self.drawable() {
            let (x, y) = panel.at(point.predicted, point.observed.mean);
            if point.observed.has_interval() {
                let whisker = vec![(x, panel.y_at(point.observed.lo)), (x, panel.y_at(point.observed.hi))];
                canvas.line(whisker, tint(BLUE, 0.55), 2.0)?;
            }
            // The area, not the radius, is proportional to the number.
            let radius = (largest * (point.count as f64 / most).sqrt()).max(2.5);
            canvas.dot((x, y), radius, tint(BLUE, 0.85))?;
        }
        Ok(())
    }
}

fn half_steps(reach: f64) -> Scale {
    let hi = Scale::round(0.0, reach.max(1e-4), 2.0).hi;
    Scale { lo: 0.0, hi, step: hi / 2.0 }
}

fn draw_axes(canvas: &Canvas<'_>, panel: &Panel, kind: Type) -> Result<(), ChartError> {
    let ticks = panel.x.ticks();
    for (&tick, label) in ticks.iter().zip(Unit::Share.ticks(&ticks, panel.x.step)) {
        let (x, y) = panel.at(tick, tick);
        canvas.line(vec![(panel.plot.left, y), (panel.plot.right, y)], GRID, 1.0)?;
        canvas.line(vec![(x, panel.plot.top), (x, panel.plot.bottom)], GRID, 1.0)?;
        canvas.text((panel.plot.left - 7.0, y), &label, kind.anchored(Anchor::End))?;
        canvas.text((x, panel.plot.bottom + 14.0), &label, kind.anchored(Anchor::Middle))?;
    }
    let Frame { left, top, right, bottom } = panel.plot;
    canvas.line(vec![(left, top), (left, bottom), (right, bottom)], AXIS, 1.2)?;
    canvas.dashed((left, bottom), (right, top), GREY, 1.3)
}
