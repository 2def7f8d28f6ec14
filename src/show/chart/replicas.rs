//! A record among its replicas: small panels, each a measure of the record as dots over what nine of ten replicas show.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{Panel, Scale},
    canvas::{Canvas, Frame, tint},
    style::{AXIS, Anchor, BLUE, GREY, GRID, Type, VERMILION, for_text},
};
use crate::show::number::{Estimate, Unit};

/// One measure.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaPanel {
    /// What is measured.
    pub title: String,
    /// What there is to say of its fit.
    pub verdict: String,
    /// Whether the record stands out.
    pub stands_out: bool,
    /// By number: its label, the record, and the replicas' mean with their bounds.
    pub points: Vec<(String, f64, Estimate)>,
}

/// A record among its replicas.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicas {
    /// What stands above.
    pub headline: Headline,
    /// The measures, in their order.
    pub panels: Vec<ReplicaPanel>,
}

const COLUMNS: usize = 4;
const ABOVE: f64 = 44.0;
const BELOW: f64 = 30.0;

impl Chart for Replicas {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said: Vec<_> = self.panels.iter().map(|panel| format!("{}: {}", panel.title, panel.verdict)).collect();
        format!("{} The record among its replicas. {}.", self.headline.sentence(), said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            if self.panels.is_empty() {
                return canvas.no_data(body, "nothing could be measured");
            }
            let rows = self.panels.len().div_ceil(COLUMNS).max(1);
            let columns = self.panels.len().min(COLUMNS);
            let (width, height) = (body.width() / columns as f64, body.height() / rows as f64);
            self.panels.iter().enumerate().try_for_each(|(place, panel)| {
                let left = body.left + width * (place % COLUMNS) as f64;
                let top = body.top + height * (place / COLUMNS) as f64;
                panel.draw(canvas, Frame { left, top, right: left + width, bottom: top + height })
            })
        })
    }
}

impl ReplicaPanel {
    fn drawable(&self) -> impl Iterator<Item = (usize, &(String, f64, Estimate))> {
        self.points.iter().enumerate().filter(|(_, (_, recorded, _))| recorded.is_finite() && *recorded < 1e12)
    }

    fn draw(&self, canvas: &Canvas<'_>, frame: Frame) -> Result<(), ChartError> {
        let plot = frame.inset(44.0, ABOVE, 18.0, BELOW);
        let title = Type::LABEL.bold().sized(15.0);
        canvas.text((frame.left + 6.0, frame.top + 10.0), &title.cut(&self.title, frame.width() - 20.0), title)?;
        let colour = if self.stands_out { for_text(VERMILION) } else { GREY };
        let note = Type::NOTE.sized(13.0).coloured(colour);
        canvas.text((frame.left + 6.0, frame.top + 28.0), &note.cut(&self.verdict, frame.width() - 20.0), note)?;
        let ends = self.drawable().flat_map(|(_, (_, recorded, told))| [*recorded, told.hi]);
        let reach = ends.filter(|value| value.is_finite() && *value < 1e12);
        let y = Scale::round(0.0, reach.fold(1e-4, f64::max), 2.0);
        let panel = Panel { plot, x: Scale { lo: -0.5, hi: self.points.len() as f64 - 0.5, step: 1.0 }, y };
        self.draw_axes(canvas, &panel)?;
        self.draw_points(canvas, &panel)
    }

    fn draw_axes(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let kind = Type::NOTE.sized(12.0);
        let ticks = panel.y.ticks();
        for (&tick, label) in ticks.iter().zip(Unit::Share.ticks(&ticks, panel.y.step)) {
            let y = panel.y_at(tick);
            canvas.line(vec![(panel.plot.left, y), (panel.plot.right, y)], GRID, 1.0)?;
            canvas.text((panel.plot.left - 5.0, y), &label, kind.anchored(Anchor::End))?;
        }
        let base = panel.plot.bottom;
        canvas.line(vec![(panel.plot.left, base), (panel.plot.right, base)], AXIS, 1.2)?;
        let mut free_from = f64::NEG_INFINITY;
        for (place, (label, _, _)) in self.points.iter().enumerate() {
            let (x, half) = (panel.x_at(place as f64), kind.width(label) / 2.0);
            if x - half >= free_from {
                canvas.text((x, base + 13.0), label, kind.anchored(Anchor::Middle))?;
                free_from = x + half + 5.0;
            }
        }
        Ok(())
    }

    fn draw_points(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let half = (panel.plot.width() / self.points.len().max(1) as f64 * 0.36).min(14.0);
        for (place, (_, recorded, told)) in self.drawable() {
            let x = panel.x_at(place as f64);
            if told.has_interval() {
                let (top, bottom) = (panel.y_at(told.hi), panel.y_at(told.lo).max(panel.y_at(told.hi) + 2.0));
                canvas.rect(Frame { left: x - half, right: x + half, top, bottom }, tint(GREY, 0.28))?;
            }
            let inside = (told.lo..=told.hi).contains(recorded);
            canvas.dot((x, panel.y_at(*recorded)), 3.6, if inside { BLUE } else { VERMILION })?;
        }
        Ok(())
    }
}
