//! One account over time: its use by week, the foretold renewal with its band, what happened, and how its contracts
//! ended.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, MARGIN, tint},
    style::{Anchor, BLUE, CONTROL, GREY, GRID, INK, Type, VERMILION, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// What happened of one kind: tickets, reviews, changes of the sponsor.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The kind's name.
    pub label: String,
    /// The days \[day\], and whether it is bad news.
    pub marks: Vec<(f64, bool)>,
}

/// The end of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct ContractEnd {
    /// When \[day\].
    pub day: f64,
    /// What is said of it.
    pub label: String,
    /// Whether the account stayed; none if that is to come.
    pub stayed: Option<bool>,
}

/// One account's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountTimeline {
    /// What stands above.
    pub headline: Headline,
    /// Labels of some days.
    pub ticks: Vec<(f64, String)>,
    /// Share of seats that came in the week that ends on a day, in order.
    pub used: Vec<(f64, f64)>,
    /// Foretold probability that the next renewal happens, as seen on a day, in order.
    pub foretold: Vec<(f64, Estimate)>,
    /// What happened, a strip a kind.
    pub strips: Vec<Strip>,
    /// How contracts ended or will end.
    pub ends: Vec<ContractEnd>,
}

/// Height of a strip.
const STRIP: f64 = 26.0;
/// Strips that have room.
const MOST: usize = 8;
/// Width at the right for the ends of the lines.
const LABELS: f64 = 170.0;
/// Width at the left for the names of the strips.
const NAMES: f64 = 150.0;

impl Chart for AccountTimeline {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let last = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |share| Unit::Share.short(share));
        let used = last(self.used.iter().rev().map(|(_, share)| *share).find(|share| share.is_finite()));
        let foretold = last(self.foretold.iter().rev().map(|(_, told)| told.mean).find(|mean| mean.is_finite()));
        let strips = self.strips.iter().map(|strip| format!("; {}: {}", strip.label, strip.marks.len()));
        let said: String = strips.collect();
        format!("{} Seats used at last: {used}; foretold renewal: {foretold}{said}.", self.headline.sentence())
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            match self.range() {
                None => canvas.no_data(body, "nothing is known of the account"),
                Some(x) => self.draw(canvas, body, x),
            }
        })
    }
}

impl AccountTimeline {
    fn range(&self) -> Option<Scale> {
        let used = self.used.iter().map(|(day, _)| *day);
        let foretold = self.foretold.iter().map(|(day, _)| *day);
        let marks = self.strips.iter().flat_map(|strip| strip.marks.iter().map(|(day, _)| *day));
        let ends = self.ends.iter().map(|end| end.day);
        let days: Vec<f64> = used.chain(foretold).chain(marks).chain(ends).filter(|day| day.abs() < 1e9).collect();
        let round = Scale::of(days.iter().copied(), 6.0)?;
        let (lo, hi) = days.iter().fold((f64::MAX, f64::MIN), |(lo, hi), day| (lo.min(*day), hi.max(*day)));
        // No empty months at either end, unless there is one day only.
        Some(if hi - lo >= 1.0 { Scale::exactly(lo, hi, 6.0) } else { round })
    }

    fn draw(&self, canvas: &Canvas<'_>, body: Frame, x: Scale) -> Result<(), ChartError> {
        let strips = &self.strips[..self.strips.len().min(MOST)];
        let y = Scale { lo: 0.0, hi: 1.0, step: 0.25 };
        let left = NAMES.max(gutter(&y, &Unit::Share));
        let plot = body.inset(left, 64.0, LABELS, 56.0 + STRIP * strips.len() as f64);
        let panel = Panel { plot, x, y };
        panel.draw_y(canvas, &Unit::Share, "")?;
        // Higher than other charts have it: between it and the plot stands how contracts ended.
        canvas.text((MARGIN, plot.top - 44.0), "share of seats used, probability of renewal", Type::NOTE)?;
        for (place, strip) in strips.iter().enumerate() {
            strip.draw(canvas, &panel, plot.bottom + STRIP * (place as f64 + 0.7))?;
        }
        self.draw_ends(canvas, &panel, strips.len())?;
        self.draw_lines(canvas, &panel)?;
        let bottom = plot.bottom + STRIP * strips.len() as f64 + 10.0;
        let base = Panel { plot: Frame { bottom, ..plot }, x: panel.x, y: panel.y };
        base.draw_x(canvas, &self.ticks_within(&base.x), "")
    }

    fn ticks_within(&self, x: &Scale) -> Vec<(f64, String)> {
        self.ticks.iter().filter(|(day, _)| (x.lo..=x.hi).contains(day)).cloned().collect()
    }

    fn draw_lines(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let bare = |(day, share): &(f64, f64)| (*day, Estimate::bare(*share));
        let used: Vec<_> = self.used.iter().map(bare).collect();
        let mut labels = Vec::new();
        for (points, name, colour) in [(&used, "seats used", GREY), (&self.foretold, "renewal foretold", BLUE)] {
            // What is no number is a gap.
            for run in points.split(|(day, value)| !day.is_finite() || !value.mean.is_finite()) {
                draw_run(canvas, panel, run, colour)?;
            }
            if let Some((_, value)) = points.iter().rev().find(|(day, value)| day.is_finite() && value.mean.is_finite())
            {
                let kind = Type::LABEL.sized(15.0).coloured(for_text(colour));
                let lines = vec![(name.to_owned(), kind), (Unit::Share.short(value.mean), kind.bold())];
                labels.push(EndLabel { y: panel.y_at(value.mean), lines });
            }
        }
        draw_end_labels(canvas, panel.plot.right, (panel.plot.top, panel.plot.bottom), labels)
    }

    fn draw_ends(&self, canvas: &Canvas<'_>, panel: &Panel, strips: usize) -> Result<(), ChartError> {
        let bottom = panel.plot.bottom + STRIP * strips as f64 + 10.0;
        let mut free_from = f64::NEG_INFINITY;
        for end in self.ends.iter().filter(|end| end.day.is_finite()) {
            let colour = match end.stayed {
                Some(true) => series(2),
                Some(false) => VERMILION,
                None => CONTROL,
            };
            let x = panel.x_at(end.day);
            canvas.dashed((x, panel.plot.top), (x, bottom), colour, 1.4)?;
            let kind = Type::NOTE.sized(14.0).coloured(for_text(colour)).anchored(Anchor::Middle);
            let text = kind.cut(&end.label, 190.0);
            let half = kind.width(&text) / 2.0;
            if x - half >= free_from {
                canvas.text((x, panel.plot.top - 12.0), &text, kind)?;
                free_from = x + half + 8.0;
            }
        }
        Ok(())
    }
}

impl Strip {
    fn draw(&self, canvas: &Canvas<'_>, panel: &Panel, y: f64) -> Result<(), ChartError> {
        let kind = Type::NOTE.sized(15.0).coloured(INK).anchored(Anchor::End);
        canvas.text((panel.plot.left - 10.0, y), &kind.cut(&self.label, NAMES - 12.0), kind)?;
        canvas.line(vec![(panel.plot.left, y), (panel.plot.right, y)], GRID, 1.0)?;
        for (day, bad) in self.marks.iter().filter(|(day, _)| day.is_finite()) {
            canvas.dot((panel.x_at(*day), y), 5.0, tint(if *bad { VERMILION } else { BLUE }, 0.75))?;
        }
        Ok(())
    }
}

fn draw_run(
    canvas: &Canvas<'_>,
    panel: &Panel,
    run: &[(f64, Estimate)],
    colour: plotters::style::RGBColor,
) -> Result<(), ChartError> {
    let banded = || run.iter().filter(|(_, value)| value.has_interval());
    if banded().count() > 1 {
        let above = banded().map(|(day, value)| panel.at(*day, value.hi));
        let below = banded().rev().map(|(day, value)| panel.at(*day, value.lo));
        canvas.area(above.chain(below).collect(), tint(colour, 0.16))?;
    }
    match run {
        [] => Ok(()),
        [(day, value)] => canvas.dot(panel.at(*day, value.mean), 3.5, colour),
        _ => canvas.line(run.iter().map(|(day, value)| panel.at(*day, value.mean)).collect(), colour, 2.4),
    }
}
