//! What treating the best-ranked users brings, by how many are treated: a learner or rule with its band, beside others
//! and the straight line of chance.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, tint},
    style::{GREY, Type, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// One way to rank users.
#[derive(Clone, Debug, PartialEq)]
pub struct QiniLine {
    /// Its name.
    pub label: String,
    /// Said behind the name.
    pub note: String,
    /// Share of users treated, and the gain with its interval.
    pub points: Vec<(f64, Estimate)>,
}

/// Gain by share treated.
#[derive(Clone, Debug, PartialEq)]
pub struct QiniCurve {
    /// What stands above.
    pub headline: Headline,
    /// What the gain is in.
    pub unit: Unit,
    /// What the gain measures.
    pub axis: String,
    /// The best first; only its band is drawn.
    pub lines: Vec<QiniLine>,
}

const LABELS: f64 = 300.0;

impl Chart for QiniCurve {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said = self.lines.iter().map(|line| format!("{} ({})", line.label, line.note));
        format!("{} Gain by share of users treated: {}.", self.headline.sentence(), said.collect::<Vec<_>>().join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let values = self.lines.iter().flat_map(|line| line.points.iter().map(|(_, point)| point.mean));
            let band = self.lines.first().into_iter().flat_map(|line| line.points.iter().flat_map(|(_, p)| p.finite()));
            let Some(y) = Scale::of(values.chain(band).chain([0.0]), 6.0).filter(|_| !self.lines.is_empty()) else {
                return canvas.no_data(body, "nothing to rank by");
            };
            let plot = body.inset(gutter(&y, &self.unit), 34.0, LABELS, 62.0);
            let panel = Panel { plot, x: Scale { lo: 0.0, hi: 1.0, step: 0.25 }, y };
            self.draw(canvas, &panel)
        })
    }
}

impl QiniCurve {
    fn draw(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        panel.draw_y(canvas, &self.unit, &self.axis)?;
        let ticks = panel.x.ticks();
        let labels: Vec<_> = ticks.iter().copied().zip(Unit::Share.ticks(&ticks, panel.x.step)).collect();
        panel.draw_x(canvas, &labels, "share of users treated, best-ranked first")?;
        panel.draw_zero(canvas)?;
        self.draw_band(canvas, panel)?;
        self.draw_chance(canvas, panel)?;
        for (place, line) in self.lines.iter().enumerate().rev() {
            let points = line.points.iter().map(|(share, point)| panel.at(*share, point.mean)).collect();
            canvas.line(points, series(place), if place == 0 { 3.2 } else { 2.0 })?;
        }
        self.draw_labels(canvas, panel)
    }

    fn draw_band(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let Some(line) = self.lines.first() else { return Ok(()) };
        let known = || line.points.iter().filter(|(_, point)| point.has_interval());
        let upper = known().map(|(share, point)| panel.at(*share, point.hi));
        let lower: Vec<_> = known().map(|(share, point)| panel.at(*share, point.lo)).collect();
        let outline: Vec<_> = upper.chain(lower.into_iter().rev()).collect();
        if outline.len() > 3 { canvas.area(outline, tint(series(0), 0.14)) } else { Ok(()) }
    }

    fn draw_chance(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let end = self.lines.first().and_then(|line| line.points.last());
        end.map_or(Ok(()), |(share, point)| canvas.dashed(panel.at(0.0, 0.0), panel.at(*share, point.mean), GREY, 1.8))
    }

    /// All lines end at about the same point, so their names stand in order of their rank.
    fn draw_labels(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let middle = |line: &QiniLine| line.points.get(line.points.len() / 2).map(|(_, point)| point.mean);
        let label = |(place, line): (usize, &QiniLine)| {
            let name = Type::LABEL.sized(16.0).bold().coloured(for_text(series(place)));
            let note = Type::NOTE.sized(15.0);
            let y = panel.y_at(line.points.last()?.1.mean) + place as f64;
            middle(line)?;
            let lines = vec![(name.cut(&line.label, LABELS - 40.0), name), (note.cut(&line.note, LABELS - 40.0), note)];
            Some(EndLabel { y, lines })
        };
        let labels = self.lines.iter().enumerate().filter_map(label).collect();
        let Frame { top, bottom, right, .. } = panel.plot;
        draw_end_labels(canvas, right, (top - 20.0, bottom + 14.0), labels)
    }
}
