//! Horizontal bars in rows: a name at the left, a bar with its whisker, the numbers at the right.

use plotters::style::RGBColor;

use super::{
    ChartError,
    axis::{Panel, Scale},
    canvas::{Canvas, Frame},
    style::{Anchor, GREY, GRID, INK, Type, for_text},
};
use crate::show::number::{Estimate, Unit};

/// One bar.
pub(super) struct Row {
    pub label: String,
    /// Where the bar starts and ends, in values.
    pub bar: (f64, f64),
    /// Ends of the whisker, in values.
    pub whisker: Option<(f64, f64)>,
    /// Where the hollow marker is, in values.
    pub ring: Option<f64>,
    pub colour: RGBColor,
    /// The number, and below it what there is to say about it.
    pub value: String,
    pub note: String,
}

impl Row {
    fn values(&self) -> impl Iterator<Item = f64> {
        let whisker = self.whisker.map_or([f64::NAN; 2], |(lo, hi)| [lo, hi]);
        [self.bar.0, self.bar.1, self.ring.unwrap_or(f64::NAN)].into_iter().chain(whisker)
    }
}

/// "$1.2K to $1.6K", or nothing without an interval.
pub(super) fn interval_text(estimate: &Estimate, write: impl Fn(f64) -> String) -> String {
    if !estimate.has_interval() {
        return String::new();
    }
    format!("{} to {}", write(estimate.lo), write(estimate.hi))
}

const NAMES: f64 = 300.0;
const NUMBERS: f64 = 230.0;
const TALLEST: f64 = 100.0;
/// Lower rows than this have one line of words.
const LOW: f64 = 46.0;

/// Draws the rows into a box. Returns the panel for what else is to be drawn.
pub(super) fn draw(
    canvas: &Canvas<'_>,
    frame: Frame,
    rows: &[Row],
    unit: &Unit,
    title: &str,
) -> Result<Option<Panel>, ChartError> {
    let scale = Scale::of(rows.iter().flat_map(Row::values), 6.0);
    let Some(x) = scale.filter(|_| rows.iter().any(|row| row.bar.1.is_finite())) else {
        canvas.no_data(frame, "no value is a number")?;
        return Ok(None);
    };
    let height = ((frame.height() - 60.0) / rows.len() as f64).min(TALLEST);
    let plot = Frame { bottom: frame.top + height * rows.len() as f64, ..frame.inset(NAMES + 20.0, 0.0, NUMBERS, 0.0) };
    let panel = Panel { plot, x, y: Scale { lo: 0.0, hi: 1.0, step: 1.0 } };
    draw_axis(canvas, &panel, unit, title)?;
    for (place, row) in rows.iter().enumerate() {
        let middle = plot.top + height * (place as f64 + 0.5);
        draw_bar(canvas, &panel, row, middle, height)?;
        draw_words(canvas, &panel, row, middle, height)?;
    }
    canvas.end_at(panel.plot.bottom + 92.0);
    Ok(Some(panel))
}

fn draw_axis(canvas: &Canvas<'_>, panel: &Panel, unit: &Unit, title: &str) -> Result<(), ChartError> {
    let ticks = panel.x.ticks();
    for &tick in &ticks {
        let x = panel.x_at(tick);
        canvas.line(vec![(x, panel.plot.top), (x, panel.plot.bottom)], GRID, 1.0)?;
    }
    let labels: Vec<_> = ticks.iter().copied().zip(unit.ticks(&ticks, panel.x.step)).collect();
    panel.draw_x(canvas, &labels, title)?;
    if (panel.x.lo..=panel.x.hi).contains(&0.0) {
        let x = panel.x_at(0.0);
        canvas.line(vec![(x, panel.plot.top), (x, panel.plot.bottom)], GREY, 1.4)?;
    }
    Ok(())
}

/// Half the height of a bar in a row.
pub(super) fn thickness(height: f64) -> f64 {
    (height * 0.27).min(22.0)
}

fn draw_bar(canvas: &Canvas<'_>, panel: &Panel, row: &Row, y: f64, height: f64) -> Result<(), ChartError> {
    let half = thickness(height);
    if row.bar.0.is_finite() && row.bar.1.is_finite() {
        let (a, b) = (panel.x_at(row.bar.0), panel.x_at(row.bar.1));
        let bar = Frame { left: a.min(b), right: a.max(b).max(a.min(b) + 1.5), top: y - half, bottom: y + half };
        canvas.rect(bar, super::canvas::tint(row.colour, 0.85))?;
    }
    if let Some((lo, hi)) = row.whisker {
        let (lo, hi) = (panel.x_at(lo), panel.x_at(hi));
        canvas.line(vec![(lo, y), (hi, y)], INK, 1.8)?;
        for end in [lo, hi] {
            canvas.line(vec![(end, y - 5.0), (end, y + 5.0)], INK, 1.8)?;
        }
    }
    row.ring.map_or(Ok(()), |value| canvas.ring((panel.x_at(value), y), 6.5, INK, 2.0))
}

fn draw_words(canvas: &Canvas<'_>, panel: &Panel, row: &Row, y: f64, height: f64) -> Result<(), ChartError> {
    let size = if height < LOW { 15.0 } else { 17.0 };
    let name = Type::LABEL.sized(size).anchored(Anchor::End);
    let lines = name.wrap(&row.label, NAMES, if height < LOW { 1 } else { 2 });
    let lines: Vec<_> = lines.into_iter().map(|line| (line, name)).collect();
    canvas.block((panel.plot.left - 16.0, y), &lines)?;
    let value = Type::LABEL.sized(size).bold().coloured(for_text(row.colour));
    let note = Type::NOTE.sized(size - 2.0).coloured(GREY);
    let (left, room) = (panel.plot.right + 22.0, NUMBERS - 22.0);
    let number = value.cut(&row.value, room);
    if height >= LOW {
        let lines = [(number, value), (note.cut(&row.note, room), note)];
        return canvas.block((left, y), if row.note.is_empty() { &lines[..1] } else { &lines });
    }
    canvas.text((left, y), &number, value)?;
    let after = value.width(&number) + 12.0;
    canvas.text((left + after, y), &note.cut(&row.note, room - after), note)
}
