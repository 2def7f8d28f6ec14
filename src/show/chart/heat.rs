//! How something spread over time: a row a thing, a column a week, the darker the more.

use super::{
    Chart, ChartError, Headline, Picture,
    canvas::{Canvas, Frame, tint},
    style::{Anchor, BLUE, GRID, Type},
};
use crate::show::number::Unit;

/// Cells by row and column.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// What stands above.
    pub headline: Headline,
    /// What the cells are.
    pub unit: Unit,
    /// What stands below the columns.
    pub axis: String,
    /// Labels of some columns, by their places.
    pub ticks: Vec<(usize, String)>,
    /// The rows, in their order: a label and the cells, no number where nothing was seen.
    pub rows: Vec<(String, Vec<f64>)>,
}

/// Width of the labels at the left, and of the last values at the right.
const LABELS: (f64, f64) = (150.0, 70.0);

impl Chart for Heat {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let last = |(label, cells): &(String, Vec<f64>)| match cells.iter().rev().find(|cell| cell.is_finite()) {
            Some(cell) => format!("{label} ends at {}", self.unit.short(*cell)),
            None => format!("{label} has no data"),
        };
        let said: Vec<String> = self.rows.iter().map(last).collect();
        format!("{} {}.", self.headline.sentence(), said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let columns = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
            let most = self
                .rows
                .iter()
                .flat_map(|(_, cells)| cells)
                .copied()
                .filter(|cell| cell.is_finite())
                .fold(0.0, f64::max);
            if columns == 0 || most <= 0.0 {
                return canvas.no_data(body, "nothing was seen");
            }
            let plot = body.inset(LABELS.0, 8.0, LABELS.1, 56.0);
            let row = plot.height() / self.rows.len() as f64;
            for (place, (label, cells)) in self.rows.iter().enumerate() {
                let top = plot.top + row * place as f64;
                let band = Frame { top, bottom: top + row, ..plot };
                self.draw_row(canvas, band, label, cells, (columns, most))?;
            }
            self.draw_ticks(canvas, plot, columns)
        })
    }
}

impl Heat {
    fn draw_row(
        &self,
        canvas: &Canvas<'_>,
        band: Frame,
        label: &str,
        cells: &[f64],
        (columns, most): (usize, f64),
    ) -> Result<(), ChartError> {
        let middle = f64::midpoint(band.top, band.bottom);
        let text = Type::NOTE.cut(label, LABELS.0 - 16.0);
        canvas.text((band.left - 10.0, middle), &text, Type::NOTE.anchored(Anchor::End))?;
        let wide = band.width() / columns as f64;
        for (place, cell) in cells.iter().enumerate() {
            let left = band.left + wide * place as f64;
            let frame = Frame { left, right: left + wide, top: band.top + 1.0, bottom: band.bottom - 1.0 };
            let colour = if cell.is_finite() { tint(BLUE, (cell / most).clamp(0.0, 1.0)) } else { tint(GRID, 1.0) };
            canvas.rect(frame, colour)?;
        }
        match cells.iter().rev().find(|cell| cell.is_finite()) {
            Some(last) => canvas.text((band.right + 8.0, middle), &self.unit.short(*last), Type::NOTE),
            None => Ok(()),
        }
    }

    fn draw_ticks(&self, canvas: &Canvas<'_>, plot: Frame, columns: usize) -> Result<(), ChartError> {
        let wide = plot.width() / columns as f64;
        for (place, label) in &self.ticks {
            let x = plot.left + wide * (*place as f64 + 0.5);
            canvas.text((x, plot.bottom + 14.0), label, Type::NOTE.anchored(Anchor::Middle))?;
        }
        let middle = f64::midpoint(plot.left, plot.right);
        canvas.text((middle, plot.bottom + 36.0), &self.axis, Type::NOTE.anchored(Anchor::Middle))
    }
}
