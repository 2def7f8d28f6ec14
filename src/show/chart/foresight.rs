//! How a user's sessions were foreseen: the log score gained over the population, session by session, and below it
//! which predictions were right.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{Panel, Scale, gutter},
    canvas::{Canvas, Frame, tint},
    style::{AXIS, Anchor, BLUE, GREY, INK, Type, VERMILION, for_text},
};
use crate::show::number::Unit;

/// One facet's predictions.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The facet.
    pub label: String,
    /// By session: right, wrong, or none where nothing was predicted.
    pub right: Vec<Option<bool>>,
    /// Said at the end of the lane: "31 of 50".
    pub note: String,
}

/// A user's sessions as they were foreseen.
#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// What stands above.
    pub headline: Headline,
    /// Log score gained with each session \[nat\], in time order.
    pub gains: Vec<f64>,
    /// Facets, from top to bottom.
    pub lanes: Vec<Lane>,
}

/// Height of a lane.
const LANE: f64 = 26.0;
/// Room for the notes at the right.
const NOTES: f64 = 210.0;
/// Room for the names at the left.
const NAMES: f64 = 150.0;

impl Chart for Foresight {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let lanes = self.lanes.iter().map(|lane| format!("{}: {}", lane.label, lane.note)).collect::<Vec<_>>();
        let total: f64 = self.gains.iter().filter(|gain| gain.is_finite()).sum();
        format!(
            "{} In all {total:.1} nats over {} sessions. {}.",
            self.headline.sentence(),
            self.gains.len(),
            lanes.join("; ")
        )
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let Some(panel) = self.panel(body) else {
                return canvas.no_data(body, "no session was predicted");
            };
            panel.draw_y(canvas, &Unit::Plain, "log score gained over the population so far [nat]")?;
            panel.draw_zero(canvas)?;
            self.draw_gains(canvas, &panel)?;
            self.draw_lanes(canvas, &panel)?;
            self.draw_sessions(canvas, &panel)
        })
    }
}

impl Foresight {
    /// What was gained up to each session, from nothing on.
    fn sums(&self) -> Vec<f64> {
        let mut sum = 0.0;
        let mut add = |gain: &f64| {
            sum += if gain.is_finite() { *gain } else { 0.0 };
            sum
        };
        std::iter::once(0.0).chain(self.gains.iter().map(&mut add)).collect()
    }

    fn panel(&self, body: Frame) -> Option<Panel> {
        (!self.gains.is_empty()).then_some(())?;
        let y = Scale::of(self.sums().into_iter(), 5.0)?;
        let below = LANE * self.lanes.len() as f64 + 80.0;
        let plot = body.inset(NAMES.max(gutter(&y, &Unit::Plain)), 38.0, NOTES, below);
        let x = Scale::exactly(0.0, self.gains.len() as f64 + 0.5, 10.0);
        Some(Panel { plot, x, y })
    }

    fn draw_gains(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let sums = self.sums();
        let points: Vec<_> = sums.iter().enumerate().map(|(session, &sum)| panel.at(session as f64, sum)).collect();
        let (first, last) = (panel.at(0.0, 0.0), panel.at(self.gains.len() as f64, 0.0));
        canvas.area([&[first][..], &points, &[last]].concat(), tint(BLUE, 0.12))?;
        canvas.line(points, BLUE, 2.8)?;
        let total = sums.last().copied().unwrap_or_default();
        let kind = Type::LABEL.bold().coloured(for_text(BLUE));
        canvas.text(
            (panel.plot.right + 14.0, panel.y_at(total)),
            &format!("{total:+.1} nats").replace('-', "\u{2212}"),
            kind,
        )
    }

    fn draw_lanes(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let width = panel.x_at(1.0) - panel.x_at(0.0);
        let radius = (width * 0.36).clamp(0.8, 5.0);
        for (place, lane) in self.lanes.iter().enumerate() {
            let y = panel.plot.bottom + LANE * (place as f64 + 1.1);
            let name = Type::NOTE.anchored(Anchor::End).coloured(INK);
            canvas.text((panel.plot.left - 10.0, y), &name.cut(&lane.label, NAMES - 14.0), name)?;
            for (session, right) in lane.right.iter().enumerate() {
                let at = (panel.x_at(session as f64 + 1.0), y);
                match right {
                    Some(true) => canvas.dot(at, radius, BLUE)?,
                    Some(false) => canvas
                        .line(cross(at, radius, -1.0), VERMILION, 1.4)
                        .and_then(|()| canvas.line(cross(at, radius, 1.0), VERMILION, 1.4))?,
                    None => {}
                }
            }
            let note = Type::NOTE.coloured(GREY);
            canvas.text((panel.plot.right + 14.0, y), &note.cut(&lane.note, NOTES - 14.0), note)?;
        }
        Ok(())
    }

    fn draw_sessions(&self, canvas: &Canvas<'_>, panel: &Panel) -> Result<(), ChartError> {
        let base = panel.plot.bottom + LANE * self.lanes.len() as f64 + 18.0;
        canvas.line(vec![(panel.plot.left, base), (panel.plot.right, base)], AXIS, 1.2)?;
        let kind = Type::NOTE.anchored(Anchor::Middle);
        let whole = panel.x.ticks().into_iter().filter(|tick| tick.fract() == 0.0 && *tick > 0.0);
        for tick in whole {
            canvas.line(vec![(panel.x_at(tick), base), (panel.x_at(tick), base + 5.0)], AXIS, 1.2)?;
            canvas.text((panel.x_at(tick), base + 18.0), &format!("{tick:.0}"), kind)?;
        }
        let middle = f64::midpoint(panel.plot.left, panel.plot.right);
        canvas.text((middle, base + 42.0), "session; a dot was right, a cross was wrong", kind)
    }
}

fn cross((x, y): (f64, f64), radius: f64, way: f64) -> Vec<(f64, f64)> {
    let reach = radius * 0.8;
    vec![(x - reach, y - way * reach), (x + reach, y + way * reach)]
}
