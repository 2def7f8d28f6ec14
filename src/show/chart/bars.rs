//! Values side by side: one horizontal bar each, with its interval.

use super::{
    Chart, ChartError, Headline, Picture,
    rows::{self, Row, interval_text},
    style::series,
};
use crate::show::number::{Estimate, Unit};

/// A bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length and interval.
    pub value: Estimate,
    /// Said below the number; the interval, if empty.
    pub note: String,
}

/// Values side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What stands above.
    pub headline: Headline,
    /// What the values are.
    pub unit: Unit,
    /// What the values measure, with their unit.
    pub axis: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
}

impl Chart for Bars {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said = self.bars.iter().map(|bar| format!("{}: {}", bar.label, self.unit.short(bar.value.mean)));
        format!("{} {}.", self.headline.sentence(), said.collect::<Vec<_>>().join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        let rows: Vec<Row> = self.bars.iter().map(|bar| self.row(bar)).collect();
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            rows::draw(canvas, body, &rows, &self.unit, &self.axis).map(|_| ())
        })
    }
}

impl Bars {
    fn row(&self, bar: &Bar) -> Row {
        Row {
            label: bar.label.clone(),
            bar: (0.0, bar.value.mean),
            whisker: bar.value.has_interval().then_some((bar.value.lo, bar.value.hi)),
            ring: None,
            colour: series(0),
            value: self.unit.short(bar.value.mean),
            note: if bar.note.is_empty() {
                interval_text(&bar.value, |v| self.unit.short(v))
            } else {
                bar.note.clone()
            },
        }
    }
}
