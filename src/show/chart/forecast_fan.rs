//! What was earned, and what will be: a line into the past, nested bands into the future.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, tint},
    same_length,
    style::{Anchor, CONTROL, GREY, Type, for_text, series},
};
use crate::show::number::Unit;

/// Values by day, the forecast's with bands.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastFan {
    /// What stands above.
    pub headline: Headline,
    /// What values are in.
    pub unit: Unit,
    /// What the vertical axis measures.
    pub axis: String,
    /// What was recorded: days before the first forecast one (below 0), and values.
    pub past: Vec<(f64, f64)>,
    /// Days from the first forecast one on, from 0.
    pub days: Vec<f64>,
    /// What is expected on each.
    pub mean: Vec<f64>,
    /// What would be expected otherwise: its name, and a value a day.
    pub beside: Option<(String, Vec<f64>)>,
    /// Name and ends on each day, the widest band first.
    pub bands: Vec<(String, Vec<(f64, f64)>)>,
    /// What came, where it is known: days and values.
    pub came: Vec<(f64, f64)>,
}

const LABELS: f64 = 190.0;

impl Chart for ForecastFan {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let widest = self.bands.first().and_then(|(name, band)| Some((name, band.last()?)));
        let ends = widest.map_or(String::new(), |(name, (lo, hi))| {
            format!("; {name} from {} to {} on the last day", self.unit.short(*lo), self.unit.short(*hi))
        });
        let last = self.mean.last().map_or("n/a".to_owned(), |mean| self.unit.short(*mean));
        format!("{} A line into the past and a fan into the future: {last} expected{ends}.", self.headline.sentence())
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        self.check()?;
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let Some(panel) = self.panel(body) else { return canvas.no_data(body, "no day is forecast") };
            panel.draw_y(canvas, &self.unit, &self.axis)?;
            let days = panel.x.ticks().into_iter().map(|day| (day, Unit::Plain.ticks(&[day], 1.0).concat()));
            panel.draw_x(canvas, &days.collect::<Vec<_>>(), "days from the first that is forecast")?;
            canvas.dashed((panel.x_at(0.0), panel.plot.top), (panel.x_at(0.0), panel.plot.bottom), GREY, 1.4)?;
            let note = Type::NOTE.bold().anchored(Anchor::End);
            canvas.text((panel.x_at(0.0) - 7.0, panel.plot.top + 3.0), "recorded", note)?;
            self.draw_bands(canvas, &panel)?;
            let line = |points: &[(f64, f64)]| {
                let drawable = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
                drawable.map(|&(x, y)| panel.at(x, y)).collect::<Vec<_>>()
            };
            canvas.line(line(&self.past), CONTROL, 2.6)?;
            if let Some((_, values)) = &self.beside {
                let values: Vec<_> = self.days.iter().copied().zip(values.iter().copied()).collect();
                canvas.line(line(&values), GREY, 2.2)?;
            }
            let mean: Vec<_> = self.days.iter().copied().zip(self.mean.iter().copied()).collect();
            canvas.line(line(&mean), series(0), 3.2)?;
            if self.came.len() > 1 {
                canvas.line(line(&self.came), CONTROL, 2.6)?;
            }
            self.draw_labels(canvas, &panel)
        })
    }
}

impl ForecastFan {
    fn check(&self) -> Result<(), ChartError> {
        same_length("forecast_fan", "mean".to_owned(), self.days.len(), self.mean.len())?;
        if let Some((name, values)) = &self.beside {
            same_length("forecast_fan", name.clone(), self.days.len(), values.len())?;
        }
        self.bands
            .iter()
            .try_for_each(|(name, band)| same_length("forecast_fan", name.clone(), self.days.len(), band.len()))
    }

    fn panel(&self, body: Frame) -> Option<Panel> {
        let bands = self.bands.iter().flat_map(|(_, band)| band.iter().flat_map(|&(lo, hi)| [lo, hi]));
        let seen = self.past.iter().chain(&self.came).map(|point| point.1);
        let beside = self.beside.iter().flat_map(|(_, values)| values.iter().copied());
        let y = Scale::of(self.mean.iter().copied().chain(beside).chain(bands).chain(seen).chain([0.0]), 5.0)?;
        let days =
            || self.past.iter().map(|point| point.0).chain(self.days.iter().copied()).filter(|day| day.is_finite());
        let (first, last) = (days().fold(0.0, f64::min), days().fold(1.0, f64::max));
        (!self.days.is_empty() && last - first < 1e6).then_some(())?;
        let plot = body.inset(gutter(&y, &self.unit), 34.0, LABELS + 28.0, 58.0);
        Some(Panel { plot, x: Scale::exactly(first, last, 8.0), y })
    }

    fn draw_bands(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        self.bands.iter().try_for_each(|(_, band)| {
            let drawable =
                |(day, ends): &(&f64, &(f64, f64))| day.is_finite() && ends.0.is_finite() && ends.1.is_finite();
            let days: Vec<_> = self.days.iter().zip(band).filter(drawable).collect();
            let lower = days.iter().map(|(day, ends)| panel.at(**day, ends.0));
            let upper = days.iter().rev().map(|(day, ends)| panel.at(**day, ends.1));
            canvas.area(lower.chain(upper).collect(), tint(series(0), 0.16))
        })
    }

    fn draw_labels(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let name = Type::LABEL.sized(16.0).bold();
        let note = Type::NOTE.sized(15.0).coloured(GREY);
        let label = |value: f64, text: &str, style: Type| EndLabel {
            y: panel.y_at(value),
            lines: vec![(text.to_owned(), style), (self.unit.short(value), note)],
        };
        let mut labels = Vec::new();
        if let Some(mean) = self.mean.last().filter(|mean| mean.is_finite()) {
            labels.push(label(*mean, "expected", name.coloured(for_text(series(0)))));
        }
        if let Some((_, value)) = self.came.last().filter(|(_, value)| self.came.len() > 1 && value.is_finite()) {
            labels.push(label(*value, "came", name.coloured(CONTROL)));
        }
        if let Some((text, values)) = &self.beside {
            let last = values.last().filter(|value| value.is_finite());
            labels.extend(last.map(|value| label(*value, text, name.coloured(GREY))));
        }
        for (text, band) in &self.bands {
            let last = band.last().filter(|ends| ends.1.is_finite());
            labels.extend(last.map(|ends| label(ends.1, text, note)));
        }
        draw_end_labels(canvas, panel.plot.right, (panel.plot.top - 20.0, panel.plot.bottom + 50.0), labels)
    }
}
