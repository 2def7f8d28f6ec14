//! How many users leave, by how long they have been there, with the window where they fall off a cliff.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, tint},
    style::{CONTROL, SHADE, Type, VERMILION, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// Users of a tenure, and the share of them that leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TenureBin {
    /// First day of tenure.
    pub from: f64,
    /// Day at which the bin ends.
    pub to: f64,
    /// Share that leaves per period, with its interval.
    pub share: Estimate,
}

/// One group of users.
#[derive(Clone, Debug, PartialEq)]
pub struct TenureCurve {
    /// The group's name.
    pub label: String,
    /// In order of tenure.
    pub bins: Vec<TenureBin>,
}

/// Days of tenure in which more users leave than their neighbours explain.
#[derive(Clone, Debug, PartialEq)]
pub struct Cliff {
    /// First day.
    pub from: f64,
    /// Day at which it ends.
    pub to: f64,
    /// What there is to say about it.
    pub label: String,
}

/// How many users leave, by tenure.
#[derive(Clone, Debug, PartialEq)]
pub struct HazardByTenure {
    /// What stands above.
    pub headline: Headline,
    /// What the vertical axis measures: "share leaving per 30 days".
    pub axis: String,
    /// One curve, or a few to be compared.
    pub curves: Vec<TenureCurve>,
    /// Given, if one was found.
    pub cliff: Option<Cliff>,
}

impl Chart for HazardByTenure {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let highest = |curve: &TenureCurve| {
            let bins = curve.bins.iter().filter(|bin| is_drawable(bin));
            let top = bins.max_by(|a, b| a.share.mean.total_cmp(&b.share.mean))?;
            Some(format!(
                "{}: highest {} at days {} to {}",
                curve.label,
                Unit::Share.short(top.share.mean),
                top.from,
                top.to
            ))
        };
        let said: Vec<_> = self.curves.iter().filter_map(highest).collect();
        format!("{} Steps of {} over tenure. {}.", self.headline.sentence(), self.axis, said.join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let Some(panel) = self.panel(body) else {
                return canvas.no_data(body, "no user has lived through a whole bin");
            };
            self.draw_cliff(canvas, &panel)?;
            panel.draw_y(canvas, &Unit::Share, &self.axis)?;
            let days: Vec<_> = panel
                .x
                .ticks()
                .into_iter()
                .map(|day| (day, Unit::Plain.ticks(&[day], panel.x.step).concat()))
                .collect();
            panel.draw_x(canvas, &days, "days of tenure")?;
            for (place, curve) in self.curves.iter().enumerate() {
                self.draw_curve(canvas, &panel, curve, place)?;
            }
            self.draw_labels(canvas, &panel)
        })
    }
}

impl HazardByTenure {
    fn bins(&self) -> impl Iterator<Item = &TenureBin> {
        self.curves.iter().flat_map(|curve| &curve.bins).filter(|bin| is_drawable(bin))
    }

    fn panel(&self, body: Frame) -> Option<Panel> {
        let shares = self.bins().flat_map(|bin| bin.share.finite());
        let y = Scale::of(shares.chain([0.0]), 5.0)?;
        let first = self.bins().map(|bin| bin.from).fold(f64::MAX, f64::min);
        let last = self.bins().map(|bin| bin.to).fold(f64::MIN, f64::max);
        (last > first).then_some(())?;
        let right = if self.curves.len() > 1 { 200.0 } else { 16.0 };
        let plot = body.inset(gutter(&y, &Unit::Share), 38.0, right, 58.0);
        Some(Panel { plot, x: Scale::exactly(first, last, 10.0), y })
    }

    fn colour(&self, place: usize) -> plotters::style::RGBColor {
        match (self.curves.len(), place) {
            (1, _) => series(0),
            (_, 0) => CONTROL,
            _ => series(place - 1),
        }
    }

    fn draw_curve(
        &self,
        canvas: &Canvas<'_>,
        panel: &Panel,
        curve: &TenureCurve,
        place: usize,
    ) -> Result<(), ChartError> {
        let colour = self.colour(place);
        let mut before: Option<(f64, f64)> = None;
        for bin in curve.bins.iter().filter(|bin| is_drawable(bin)) {
            let (from, to) = (panel.x_at(bin.from), panel.x_at(bin.to));
            if bin.share.has_interval() {
                let band =
                    Frame { left: from, right: to, top: panel.y_at(bin.share.hi), bottom: panel.y_at(bin.share.lo) };
                canvas.rect(band, tint(colour, 0.18))?;
            }
            let y = panel.y_at(bin.share.mean);
            // A riser joins bins that touch; a bin without users is left open.
            let riser = before.filter(|(end, _)| (end - from).abs() < 0.5);
            canvas.line(riser.into_iter().chain([(from, y), (to, y)]).collect(), colour, 2.8)?;
            before = Some((to, y));
        }
        Ok(())
    }

    fn draw_cliff(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let Some(cliff) = self.cliff.as_ref().filter(|cliff| cliff.to > cliff.from) else {
            return Ok(());
        };
        let (left, right) = (panel.x_at(cliff.from), panel.x_at(cliff.to));
        let shade = Frame { left, right: right.max(left + 2.0), top: panel.plot.top - 6.0, bottom: panel.plot.bottom };
        canvas.rect(shade, SHADE)?;
        let kind = Type::LABEL.bold().coloured(for_text(VERMILION));
        // On the line of the axis title, so it starts after that; beside its window at worst.
        let free = super::canvas::MARGIN + Type::NOTE.width(&self.axis) + 28.0;
        let text = kind.cut(&cliff.label, panel.plot.right - free);
        let width = kind.width(&text);
        let start = (f64::midpoint(left, right) - width / 2.0).min(panel.plot.right - width).max(free);
        canvas.text((start, panel.plot.top - 20.0), &text, kind)
    }

    fn draw_labels(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        if self.curves.len() < 2 {
            return Ok(());
        }
        let labels = self.curves.iter().enumerate().filter_map(|(place, curve)| {
            let last = curve.bins.iter().rfind(|bin| is_drawable(bin))?;
            let kind = Type::LABEL.bold().coloured(for_text(self.colour(place)));
            let lines = kind.wrap(&curve.label, 170.0, 2).into_iter().map(|line| (line, kind)).collect();
            Some(EndLabel { y: panel.y_at(last.share.mean), lines })
        });
        draw_end_labels(canvas, panel.plot.right, (panel.plot.top, panel.plot.bottom), labels.collect())
    }
}

fn is_drawable(bin: &TenureBin) -> bool {
    bin.share.mean.is_finite() && bin.from.is_finite() && bin.to.is_finite() && bin.to > bin.from
}
