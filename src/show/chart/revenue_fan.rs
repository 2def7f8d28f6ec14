//! Revenue per day in each arm, before and after the launch, with the band it lies in.

use plotters::style::RGBColor;

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, tint},
    same_length,
    style::{Anchor, CONTROL, GREY, Type, for_text, series},
};
use crate::show::number::Unit;

/// One arm's revenue.
#[derive(Clone, Debug, PartialEq)]
pub struct FanArm {
    /// The arm's name.
    pub label: String,
    /// Mean revenue on each day; a [`trailing_mean`] over a week reads better where weekdays differ.
    pub mean: Vec<f64>,
    /// Lower end of the band on each day.
    pub lo: Vec<f64>,
    /// Upper end of the band on each day.
    pub hi: Vec<f64>,
}

/// Revenue per day in each arm. The first arm is the control.
#[derive(Clone, Debug, PartialEq)]
pub struct RevenueFan {
    /// What stands above.
    pub headline: Headline,
    /// Currency.
    pub unit: Unit,
    /// What the vertical axis measures.
    pub axis: String,
    /// Days that each value is a mean of: 1, or the window of the [`trailing_mean`].
    pub window: usize,
    /// Days since the launch; before it, negative.
    pub days: Vec<f64>,
    /// Control first.
    pub arms: Vec<FanArm>,
}

/// Width of the labels at the right.
const LABELS: f64 = 190.0;
/// With more arms than this, only the control and the best one have a band.
const BANDS: usize = 3;

impl Chart for RevenueFan {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let last = |arm: &FanArm| last_finite(&arm.mean).map_or("n/a".to_owned(), |_| self.recent(arm));
        let said = self.arms.iter().map(|arm| format!("{}: {}", arm.label, last(arm)));
        format!("{} Lines over days since launch: {}.", self.headline.sentence(), said.collect::<Vec<_>>().join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        self.check()?;
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let Some(panel) = self.panel(body) else {
                return canvas.no_data(body, "no arm has a day with revenue");
            };
            panel.draw_y(canvas, &self.unit, &self.axis_title(&panel))?;
            let days: Vec<_> =
                panel.x.ticks().into_iter().map(|day| (day, Unit::Plain.ticks(&[day], 1.0).concat())).collect();
            panel.draw_x(canvas, &days, "days since launch")?;
            draw_launch(canvas, &panel)?;
            self.draw_bands(canvas, &panel)?;
            self.draw_lines(canvas, &panel)?;
            self.draw_labels(canvas, &panel)
        })
    }
}

impl RevenueFan {
    fn check(&self) -> Result<(), ChartError> {
        self.arms.iter().try_for_each(|arm| {
            [("mean", &arm.mean), ("lo", &arm.lo), ("hi", &arm.hi)].into_iter().try_for_each(|(what, values)| {
                same_length("revenue_fan", format!("{what} of {:?}", arm.label), self.days.len(), values.len())
            })
        })
    }

    fn panel(&self, body: Frame) -> Option<Panel> {
        let banded = self.banded();
        let means = self.arms.iter().flat_map(|arm| &arm.mean);
        let bands = banded.iter().flat_map(|&arm| self.arms[arm].lo.iter().chain(&self.arms[arm].hi));
        let days = self.days.iter().copied().filter(|day| day.is_finite());
        let (first, last) = days.fold((f64::MAX, f64::MIN), |(lo, hi), day| (lo.min(day), hi.max(day)));
        means.clone().any(|v| v.is_finite()).then_some(())?;
        let y = Scale::of(means.chain(bands).copied().chain(self.floor()), 5.0)?;
        let x = Scale::exactly(first, if last > first { last } else { first + 1.0 }, 8.0);
        let plot = body.inset(gutter(&y, &self.unit), 34.0, self.label_width() + 28.0, 58.0);
        Some(Panel { plot, x, y })
    }

    /// Nothing, as part of the axis, where the values are not so large that their differences would drown.
    fn floor(&self) -> Option<f64> {
        let values = || self.arms.iter().flat_map(|arm| &arm.mean).copied().filter(|v| v.is_finite());
        let (lo, hi) = values().fold((f64::MAX, f64::MIN), |(lo, hi), v| (lo.min(v), hi.max(v)));
        (lo < 0.5 * hi).then_some(0.0)
    }

    fn axis_title(&self, panel: &Panel) -> String {
        let mean = if self.window > 1 { format!(", {}-day mean", self.window) } else { String::new() };
        let cut = if panel.y.lo > 0.0 { " (axis does not start at zero)" } else { "" };
        format!("{}{mean}{cut}", self.axis)
    }

    /// The arm that earns most after the launch, if there is one besides the control.
    fn best(&self) -> Option<usize> {
        (1..self.arms.len()).max_by(|&a, &b| self.after_launch(a).total_cmp(&self.after_launch(b)))
    }

    /// The arms that have a band.
    fn banded(&self) -> Vec<usize> {
        if self.arms.len() <= BANDS {
            return (0..self.arms.len()).collect();
        }
        [Some(0), self.best()].into_iter().flatten().collect()
    }

    fn after_launch(&self, arm: usize) -> f64 {
        let days = self.days.iter().zip(&self.arms[arm].mean);
        days.filter(|(day, value)| **day >= 0.0 && value.is_finite()).map(|(_, value)| value).sum()
    }

    fn draw_bands(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        self.banded().into_iter().try_for_each(|place| {
            let arm = &self.arms[place];
            let whole = |&day: &usize| {
                [arm.lo[day], arm.hi[day], arm.mean[day], self.days[day]].into_iter().all(f64::is_finite)
            };
            runs((0..self.days.len()).filter(whole)).into_iter().try_for_each(|run| {
                let lower = run.iter().map(|&day| panel.at(self.days[day], arm.lo[day]));
                let upper = run.iter().rev().map(|&day| panel.at(self.days[day], arm.hi[day]));
                canvas.area(lower.chain(upper).collect(), tint(colour(place), 0.17))
            })
        })
    }

    fn draw_lines(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        // Control and best arm are drawn last and strongest, so that what lies between does not hide them.
        let shown = |place: &usize| *place == 0 || Some(*place) == self.best();
        let order = (0..self.arms.len()).filter(|place| !shown(place)).chain((0..self.arms.len()).filter(shown));
        order.into_iter().try_for_each(|place| {
            let width = if shown(&place) { 3.2 } else { 2.0 };
            let mean = &self.arms[place].mean;
            let whole = |&day: &usize| mean[day].is_finite() && self.days[day].is_finite();
            runs((0..self.days.len()).filter(whole)).into_iter().try_for_each(|run| {
                let line: Vec<_> = run.iter().map(|&day| panel.at(self.days[day], mean[day])).collect();
                match line.as_slice() {
                    [alone] => canvas.dot(*alone, 4.0, colour(place)),
                    _ => canvas.line(line, colour(place), width),
                }
            })
        })
    }

    /// Mean of the last week: a single day says more about its weekday than about the arm.
    fn recent(&self, arm: &FanArm) -> String {
        if self.window >= 7 {
            return last_finite(&arm.mean).map_or("n/a".to_owned(), |(_, value)| self.unit.short(value));
        }
        let week: Vec<f64> = arm.mean.iter().rev().copied().filter(|v| v.is_finite()).take(7).collect();
        let mean = week.iter().sum::<f64>() / week.len() as f64;
        let said = if week.len() == 7 { " in the last week" } else { "" };
        format!("{}{said}", self.unit.short(mean))
    }

    fn label_size(&self) -> f64 {
        if self.arms.len() > 5 { 15.0 } else { 17.0 }
    }

    fn label_width(&self) -> f64 {
        let name = name_type(self.label_size());
        let names = self.arms.iter().flat_map(|arm| name.wrap(&arm.label, LABELS, 2));
        let values = self.arms.iter().map(|arm| self.recent(arm));
        names.chain(values).map(|line| name.width(&line)).fold(60.0, f64::max).min(LABELS)
    }

    fn draw_labels(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let size = self.label_size();
        let labels = self.arms.iter().enumerate().filter_map(|(place, arm)| {
            let (_, end) = last_finite(&arm.mean)?;
            let name = name_type(size).coloured(for_text(colour(place)));
            let mut lines: Vec<_> = name.wrap(&arm.label, LABELS, 2).into_iter().map(|line| (line, name)).collect();
            lines.push((self.recent(arm), Type::NOTE.sized(size - 1.0).coloured(GREY)));
            Some(EndLabel { y: panel.y_at(end), lines })
        });
        draw_end_labels(canvas, panel.plot.right, (panel.plot.top - 20.0, panel.plot.bottom + 50.0), labels.collect())
    }
}

fn name_type(size: f64) -> Type {
    Type::LABEL.sized(size).bold()
}

fn colour(place: usize) -> RGBColor {
    if place == 0 { CONTROL } else { series(place - 1) }
}

fn last_finite(values: &[f64]) -> Option<(usize, f64)> {
    values.iter().copied().enumerate().rfind(|(_, v)| v.is_finite())
}

/// Mean of each day and the days before it, `window` in all: takes the weekdays out of a line. Days that have
/// too few before them are NaN, which is drawn as a gap. For bands, take it of each replication before its
/// quantiles.
///
/// ```
/// use cwm::show::chart::revenue_fan::trailing_mean;
/// assert_eq!(trailing_mean(&[1.0, 3.0, 5.0], 2)[1..], [2.0, 4.0]);
/// ```
#[must_use]
pub fn trailing_mean(values: &[f64], window: usize) -> Vec<f64> {
    let mean = |day: usize| {
        let first = (day + 1).checked_sub(window.max(1));
        first.map_or(f64::NAN, |first| values[first..=day].iter().sum::<f64>() / (day + 1 - first) as f64)
    };
    (0..values.len()).map(mean).collect()
}

/// Stretches of days without a gap.
fn runs(days: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    days.fold(Vec::new(), |mut runs: Vec<Vec<usize>>, day| {
        match runs.last_mut() {
            Some(run) if run.last() == Some(&day.wrapping_sub(1)) => run.push(day),
            _ => runs.push(vec![day]),
        }
        runs
    })
}

fn draw_launch(canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
    if panel.x.lo > 0.0 || panel.x.hi < 0.0 {
        return Ok(());
    }
    let x = panel.x_at(0.0);
    canvas.dashed((x, panel.plot.top - 6.0), (x, panel.plot.bottom), GREY, 1.4)?;
    let room = panel.plot.right - x;
    let (anchor, dx) = if room > 80.0 { (Anchor::Start, 7.0) } else { (Anchor::End, -7.0) };
    canvas.text((x + dx, panel.plot.top + 3.0), "launch", Type::NOTE.bold().anchored(anchor))
}
