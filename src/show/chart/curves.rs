//! One quantity over another, a line a case: an uplift by day, profit by threshold, power by duration.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, tint},
    style::{Anchor, GREY, INK, Type, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What it is of.
    pub label: String,
    /// Points, ascending; a band is drawn where they have intervals.
    pub points: Vec<(f64, Estimate)>,
}

/// Lines over a common axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What stands above.
    pub headline: Headline,
    /// What the values below are, and how they are written.
    pub across: (String, Unit),
    /// The same at the left.
    pub up: (String, Unit),
    /// A value that is wanted, and its name.
    pub wanted: Option<(f64, String)>,
    /// A place to be seen, and its name.
    pub mark: Option<(f64, String)>,
    /// The lines, in their order.
    pub curves: Vec<Curve>,
}

/// Width of the labels at the right.
const LABELS: f64 = 210.0;
/// With more lines than this only the first ones have bands.
const BANDS: usize = 3;

impl Chart for Curves {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let last = |curve: &Curve| match curve.known().last() {
            Some((x, y)) => {
                format!("{} ends at {} at {}", curve.label, self.up.1.short(y.mean), self.across.1.short(*x))
            }
            None => format!("{} has no data", curve.label),
        };
        let said: Vec<_> = self.curves.iter().map(last).collect();
        format!("{} {} over {}: {}.", self.headline.sentence(), self.up.0, self.across.0, said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let Some(panel) = self.panel(body) else {
                return canvas.no_data(body, "no point is a number");
            };
            panel.draw_y(canvas, &self.up.1, &self.up.0)?;
            let ticks = panel.x.ticks();
            let ticks: Vec<_> = ticks.iter().copied().zip(self.across.1.ticks(&ticks, panel.x.step)).collect();
            panel.draw_x(canvas, &ticks, &self.across.0)?;
            panel.draw_zero(canvas)?;
            self.draw_rules(canvas, &panel)?;
            self.draw_lines(canvas, &panel)?;
            self.draw_labels(canvas, &panel)
        })
    }
}

impl Curve {
    fn known(&self) -> impl DoubleEndedIterator<Item = &(f64, Estimate)> {
        self.points.iter().filter(|(x, y)| x.is_finite() && y.mean.is_finite())
    }
}

impl Curves {
    fn panel(&self, body: super::canvas::Frame) -> Option<Panel> {
        let points = || self.curves.iter().flat_map(Curve::known);
        let banded = self.curves.iter().take(BANDS).flat_map(Curve::known);
        let ends = banded.flat_map(|(_, y)| [y.lo, y.hi]).filter(|end| end.is_finite());
        let wanted = self.wanted.iter().map(|(value, _)| *value);
        let y = Scale::of(points().map(|(_, y)| y.mean).chain(ends).chain(wanted), 5.0)?;
        let places = points().map(|(x, _)| *x).filter(|x| x.abs() < 1e100);
        let (first, last) = places.fold((f64::MAX, f64::MIN), |(lo, hi), x| (lo.min(x), hi.max(x)));
        (first <= last).then_some(())?;
        let x = Scale::exactly(first, if last > first { last } else { first + 1.0 }, 8.0);
        Some(Panel { plot: body.inset(gutter(&y, &self.up.1), 34.0, LABELS + 28.0, 58.0), x, y })
    }

    fn draw_rules(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        if let Some((value, name)) = &self.wanted {
            let y = panel.y_at(*value);
            canvas.dashed((panel.plot.left, y), (panel.plot.right, y), INK, 1.4)?;
            canvas.text((panel.plot.left + 8.0, y - 12.0), name, Type::NOTE)?;
        }
        if let Some((place, name)) = &self.mark {
            let x = panel.x_at(*place);
            canvas.dashed((x, panel.plot.top), (x, panel.plot.bottom), GREY, 1.4)?;
            let left = x > f64::midpoint(panel.plot.left, panel.plot.right);
            let (aside, anchor) = if left { (-8.0, Anchor::End) } else { (8.0, Anchor::Start) };
            canvas.text((x + aside, panel.plot.bottom - 12.0), name, Type::NOTE.anchored(anchor))?;
        }
        Ok(())
    }

    fn draw_lines(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        for (place, curve) in self.curves.iter().enumerate() {
            let whole: Vec<_> =
                curve.known().filter(|(_, y)| place < BANDS && y.lo.is_finite() && y.hi.is_finite()).collect();
            if whole.len() > 1 {
                let lower = whole.iter().map(|(x, y)| panel.at(*x, y.lo));
                let upper = whole.iter().rev().map(|(x, y)| panel.at(*x, y.hi));
                canvas.area(lower.chain(upper).collect(), tint(series(place), 0.15))?;
            }
        }
        for (place, curve) in self.curves.iter().enumerate() {
            let line: Vec<_> = curve.known().map(|(x, y)| panel.at(*x, y.mean)).collect();
            if line.len() <= 12 {
                line.iter().try_for_each(|&at| canvas.dot(at, 4.0, series(place)))?;
            }
            if line.len() > 1 {
                canvas.line(line, series(place), 2.6)?;
            }
        }
        Ok(())
    }

    fn draw_labels(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let size = if self.curves.len() > 6 { 14.0 } else { 16.0 };
        let labels = self.curves.iter().enumerate().filter_map(|(place, curve)| {
            let (_, last) = curve.known().last()?;
            let kind = Type::LABEL.sized(size).bold().coloured(for_text(series(place)));
            let mut lines: Vec<_> = kind.wrap(&curve.label, LABELS, 2).into_iter().map(|line| (line, kind)).collect();
            lines.push((self.up.1.short(last.mean), Type::NOTE.sized(size - 1.0).coloured(GREY)));
            Some(EndLabel { y: panel.y_at(last.mean), lines })
        });
        draw_end_labels(canvas, panel.plot.right, (panel.plot.top - 20.0, panel.plot.bottom + 50.0), labels.collect())
    }
}
