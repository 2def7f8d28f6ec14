//! How much better than the population the self-model predicts a user, by how many sessions it has seen.
//!
//! Facets whose score is a share of the population's error removed (skill) and facets scored in nats per
//! event have a panel each; the zero line is a model that knows no more than the population.

use super::{
    Chart, ChartError, Headline, Picture,
    axis::{EndLabel, Panel, Scale, draw_end_labels, gutter},
    canvas::{Canvas, Frame, tint},
    same_length,
    style::{Type, for_text, series},
};
use crate::show::number::{Estimate, Unit};

/// How a facet is scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Share of the population model's error that is gone.
    Skill,
    /// Log score gained over the population model [nat/event].
    Nats,
}

impl Score {
    fn unit(self) -> Unit {
        match self {
            Self::Skill => Unit::Share,
            Self::Nats => Unit::Plain,
        }
    }

    fn axis(self) -> &'static str {
        match self {
            Self::Skill => {
                "skill: share of the population model's error removed; 0 is knowing no more than the population"
            }
            Self::Nats => "nats per event gained over the population model; 0 is knowing no more than the population",
        }
    }

    fn text(self, value: f64) -> String {
        self.unit().signed(value)
    }
}

/// One facet's score.
#[derive(Clone, Debug, PartialEq)]
pub struct FacetCurve {
    /// The facet's name.
    pub label: String,
    /// How it is scored.
    pub score: Score,
    /// Score in each bin; `None` where nothing was predicted.
    pub points: Vec<Option<Estimate>>,
}

/// Score by number of earlier sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurve {
    /// What stands above.
    pub headline: Headline,
    /// Names of the bins of earlier sessions: "0", "1", "2–3" …
    pub bins: Vec<String>,
    /// The facets, in their order.
    pub facets: Vec<FacetCurve>,
}

const LABELS: f64 = 236.0;

impl Chart for LearningCurve {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let said = self.facets.iter().map(|facet| match facet.known().last() {
            Some((_, last)) => format!("{} ends at {}", facet.label, facet.score.text(last.mean)),
            None => format!("{} has no data", facet.label),
        });
        format!(
            "{} Score by number of earlier sessions: {}.",
            self.headline.sentence(),
            said.collect::<Vec<_>>().join("; ")
        )
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        self.facets.iter().try_for_each(|facet| {
            same_length("learning_curve", format!("{:?}", facet.label), self.bins.len(), facet.points.len())
        })?;
        let groups: Vec<_> = [Score::Skill, Score::Nats]
            .into_iter()
            .map(|score| self.group(score))
            .filter(|group| !group.is_empty())
            .collect();
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            if groups.is_empty() {
                return canvas.no_data(body, "no facet has been scored");
            }
            let frames = split(body.inset(0.0, 0.0, 0.0, 58.0), &groups);
            groups.iter().zip(frames).enumerate().try_for_each(|(place, (group, frame))| {
                self.draw_group(canvas, frame, group, place + 1 == groups.len())
            })
        })
    }
}

impl FacetCurve {
    fn known(&self) -> impl Iterator<Item = (usize, Estimate)> + '_ {
        let points = self.points.iter().enumerate();
        points.filter_map(|(bin, point)| Some((bin, (*point)?))).filter(|(_, point)| point.mean.is_finite())
    }
}

/// A facet and its colour.
type Coloured<'a> = (&'a FacetCurve, usize);

impl LearningCurve {
    fn group(&self, score: Score) -> Vec<Coloured<'_>> {
        let scored = self.facets.iter().filter(|facet| facet.score == score && facet.known().next().is_some());
        scored.enumerate().map(|(place, facet)| (facet, place)).collect()
    }

    fn draw_group(
        &self,
        canvas: &Canvas<'_>,
        frame: Frame,
        group: &[Coloured<'_>],
        lowest: bool,
    ) -> Result<(), ChartError> {
        let Some((score, panel)) = self.panel(frame, group) else {
            return Ok(());
        };
        panel.draw_y(canvas, &score.unit(), score.axis())?;
        let names = |(bin, name): (usize, &String)| (bin as f64, if lowest { name.clone() } else { String::new() });
        let ticks: Vec<_> = self.bins.iter().enumerate().map(names).collect();
        panel.draw_x(canvas, &ticks, if lowest { "earlier sessions of the user" } else { "" })?;
        panel.draw_zero(canvas)?;
        for &(facet, place) in group {
            draw_facet(canvas, &panel, facet, place, group.len())?;
        }
        draw_labels(canvas, &panel, group)
    }

    fn panel(&self, frame: Frame, group: &[Coloured<'_>]) -> Option<(Score, Panel)> {
        let score = group.first()?.0.score;
        let values = group.iter().flat_map(|(facet, _)| facet.known().flat_map(|(_, point)| point.finite()));
        let (lo, hi) = values.fold((0.0_f64, 0.0_f64), |(lo, hi), v| (lo.min(v), hi.max(v)));
        // Little below zero must not cost a whole step of height.
        let room = ((hi - lo) * 0.05).max(1e-6);
        let y = Scale::exactly(lo - room, hi + room, (frame.height() / 60.0).max(3.0));
        let x = Scale { lo: -0.5, hi: self.bins.len() as f64 - 0.5, step: 1.0 };
        Some((score, Panel { plot: frame.inset(gutter(&y, &score.unit()), 34.0, LABELS, 0.0), x, y }))
    }
}

/// Boxes below each other, higher for a group with more lines.
fn split(body: Frame, groups: &[Vec<Coloured<'_>>]) -> Vec<Frame> {
    const GAP: f64 = 22.0;
    let weight = |group: &Vec<Coloured<'_>>| group.len() as f64 + 3.0;
    let all: f64 = groups.iter().map(weight).sum();
    let room = body.height() - GAP * (groups.len() as f64 - 1.0);
    let mut top = body.top;
    let mut place = |group| {
        let frame = Frame { top, bottom: top + room * weight(group) / all, ..body };
        top = frame.bottom + GAP;
        frame
    };
    groups.iter().map(&mut place).collect()
}

fn draw_facet(
    canvas: &Canvas<'_>,
    panel: &Panel,
    facet: &FacetCurve,
    place: usize,
    of: usize,
) -> Result<(), ChartError> {
    // Whiskers of neighbours stand beside each other, not on top of each other.
    let aside = (place as f64 - (of as f64 - 1.0) / 2.0) * 6.0;
    let points: Vec<_> = facet.known().map(|(bin, point)| (panel.x_at(bin as f64) + aside, point)).collect();
    let line: Vec<_> = points.iter().map(|(x, point)| (*x, panel.y_at(point.mean))).collect();
    if line.len() > 1 {
        canvas.line(line.clone(), series(place), 2.4)?;
    }
    for ((x, point), at) in points.iter().zip(line) {
        if point.has_interval() {
            canvas.line(vec![(*x, panel.y_at(point.lo)), (*x, panel.y_at(point.hi))], tint(series(place), 0.6), 2.0)?;
        }
        canvas.dot(at, 4.0, series(place))?;
    }
    Ok(())
}

fn draw_labels(canvas: &Canvas<'_>, panel: &Panel, group: &[Coloured<'_>]) -> Result<(), ChartError> {
    let size = if group.len() > 6 { 14.0 } else { 16.0 };
    let labels = group.iter().filter_map(|&(facet, place)| {
        let (_, last) = facet.known().last()?;
        let kind = Type::LABEL.sized(size).bold().coloured(for_text(series(place)));
        let value = facet.score.text(last.mean);
        let name = kind.cut(&facet.label, LABELS - 40.0 - kind.width(&value));
        Some(EndLabel { y: panel.y_at(last.mean), lines: vec![(format!("{name} {value}"), kind)] })
    });
    draw_end_labels(canvas, panel.plot.right, (panel.plot.top - 26.0, panel.plot.bottom + 14.0), labels.collect())
}
