//! Every arm against control in every metric: a point with its interval in each row, and a line at nothing.

use plotters::style::RGBColor;

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{Panel, Scale},
    canvas::{Canvas, Frame, tint},
    rows::interval_text,
    style::{Anchor, GREY, GRID, INK, Type, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// One comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestRow {
    /// What is compared.
    pub label: String,
    /// The relative difference with its interval.
    pub value: Estimate,
    /// The absolute one, said below.
    pub note: String,
    /// Place of its metric, for the colour.
    pub group: usize,
    /// Whether it stands after correction for all comparisons.
    pub stands: bool,
}

/// Comparisons below each other.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectForest {
    /// What stands above.
    pub headline: Headline,
    /// What the axis measures.
    pub axis: String,
    /// From top to bottom.
    pub rows: Vec<ForestRow>,
}

const NAMES: f64 = 330.0;
const NUMBERS: f64 = 260.0;
const TALLEST: f64 = 84.0;

impl Chart for EffectForest {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said = self.rows.iter().map(|row| format!("{}: {}", row.label, Unit::Share.signed(row.value.mean)));
        format!("{} {}.", self.headline.sentence(), said.collect::<Vec<_>>().join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let values = self.rows.iter().flat_map(|row| row.value.finite());
            let Some(x) = Scale::of(values.chain([0.0]), 6.0).filter(|_| !self.rows.is_empty()) else {
                return canvas.no_data(body, "nothing to compare");
            };
            let height = ((body.height() - 70.0) / self.rows.len() as f64).min(TALLEST);
            let bottom = body.top + height * self.rows.len() as f64;
            let plot = Frame { bottom, ..body.inset(NAMES + 20.0, 0.0, NUMBERS, 0.0) };
            let panel = Panel { plot, x, y: Scale { lo: 0.0, hi: 1.0, step: 1.0 } };
            draw_axis(canvas, &panel, &self.axis)?;
            for (place, row) in self.rows.iter().enumerate() {
                draw_row(canvas, &panel, row, plot.top + height * (place as f64 + 0.5), height)?;
            }
            canvas.end_at(plot.bottom + 92.0);
            Ok(())
        })
    }
}

fn draw_axis(canvas: &Canvas<'_>, panel: &Panel, title: &str) -> Result<(), ChartError> {
    let ticks = panel.x.ticks();
    for &tick in &ticks {
        let x = panel.x_at(tick);
        canvas.line(vec![(x, panel.plot.top), (x, panel.plot.bottom)], GRID, 1.0)?;
    }
    let labels: Vec<_> = ticks.iter().copied().zip(Unit::Share.ticks(&ticks, panel.x.step)).collect();
    panel.draw_x(canvas, &labels, title)?;
    let zero = panel.x_at(0.0);
    canvas.line(vec![(zero, panel.plot.top), (zero, panel.plot.bottom)], INK, 1.6)
}

fn draw_row(canvas: &Canvas<'_>, panel: &Panel, row: &ForestRow, y: f64, height: f64) -> Result<(), ChartError> {
    let colour: RGBColor = if row.stands { series(row.group) } else { GREY };
    if row.value.has_interval() {
        let (lo, hi) = (panel.x_at(row.value.lo), panel.x_at(row.value.hi));
        canvas.line(vec![(lo, y), (hi, y)], tint(colour, 0.8), 3.0)?;
        for end in [lo, hi] {
            canvas.line(vec![(end, y - 6.0), (end, y + 6.0)], colour, 2.0)?;
        }
    }
    if row.value.mean.is_finite() {
        let at = (panel.x_at(row.value.mean), y);
        // Filled if it stands, hollow if it may be chance.
        if row.stands { canvas.dot(at, 7.5, colour)? } else { canvas.ring(at, 6.5, colour, 2.4)? }
    }
    draw_words(canvas, panel, row, y, height, colour)
}

fn draw_words(
    canvas: &Canvas<'_>,
    panel: &Panel,
    row: &ForestRow,
    y: f64,
    height: f64,
    colour: RGBColor,
) -> Result<(), ChartError> {
    let low = height < 44.0;
    let size = if low { 14.0 } else { 16.0 };
    let name = Type::LABEL.sized(size).anchored(Anchor::End);
    let lines = name.wrap(&row.label, NAMES, if low { 1 } else { 2 });
    canvas.block((panel.plot.left - 16.0, y), &lines.into_iter().map(|line| (line, name)).collect::<Vec<_>>())?;
    let value = Type::LABEL.sized(size).bold().coloured(for_text(colour));
    let note = Type::NOTE.sized(size - 1.0).coloured(GREY);
    let (left, room) = (panel.plot.right + 20.0, NUMBERS - 24.0);
    let range = interval_text(&row.value, |v| Unit::Share.signed(v));
    let mean = Unit::Share.signed(row.value.mean);
    let number = if range.is_empty() { mean } else { value.cut(&format!("{mean}  ({range})"), room) };
    if low || row.note.is_empty() {
        return canvas.text((left, y), &number, value);
    }
    canvas.block((left, y), &[(number, value), (note.cut(&row.note, room), note)])
}
