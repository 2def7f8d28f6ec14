//! A user's own shares beside the population's: what is claimed stands out, what is not stays grey.

use super::{
    Chart, ChartError, Headline, Picture,
    canvas::{Canvas, Frame},
    rows::{self, Row},
    style::{AXIS, Anchor, BLUE, GREY, INK, Type, VERMILION},
};
use crate::{
    show::number::{Estimate, Unit},
    user::explain::wording::percent,
};

/// Whether a share is claimed to differ from the population's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The user picks it more often.
    More,
    /// Less often.
    Less,
    /// Nothing is claimed.
    Nothing,
}

/// One share.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Of what.
    pub label: String,
    /// The user's own, with its interval.
    pub own: Estimate,
    /// The population's.
    pub population: f64,
    /// What is claimed of it.
    pub claim: Claim,
    /// Said beside the number: the evidence.
    pub note: String,
}

/// A user's shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Beliefs {
    /// What stands above.
    pub headline: Headline,
    /// What the shares are of: "share of weekday sessions".
    pub axis: String,
    /// From top to bottom.
    pub shares: Vec<Share>,
}

impl Chart for Beliefs {
    fn headline(&self) -> &Headline {
        &self.headline
    }

    fn alt(&self) -> String {
        let percent = |share: f64| Unit::Share.short(share);
        let said = self
            .shares
            .iter()
            .map(|share| format!("{}: {} against {}", share.label, percent(share.own.mean), percent(share.population)));
        format!("{} {}.", self.headline.sentence(), said.collect::<Vec<_>>().join("; "))
    }

    fn picture(&self) -> Result<Picture, ChartError> {
        let rows: Vec<Row> = self.shares.iter().map(row).collect();
        Picture::paint(self, |canvas| {
            let body = canvas.headline(&self.headline)?;
            let frame = body.inset(0.0, 34.0, 0.0, 0.0);
            match rows::draw(canvas, frame, &rows, &Unit::Share, &self.axis)? {
                Some(panel) => draw_key(canvas, panel.plot),
                None => Ok(()),
            }
        })
    }
}

fn row(share: &Share) -> Row {
    Row {
        label: share.label.clone(),
        bar: (0.0, share.own.mean),
        whisker: share.own.has_interval().then_some((share.own.lo, share.own.hi)),
        ring: share.population.is_finite().then_some(share.population),
        colour: match share.claim {
            Claim::More => BLUE,
            Claim::Less => VERMILION,
            Claim::Nothing => AXIS,
        },
        value: percent(share.own.mean),
        note: share.note.clone(),
    }
}

/// The keys' places, from left to right.
fn draw_key(canvas: &Canvas<'_>, plot: Frame) -> Result<(), ChartError> {
    let kind = Type::NOTE.anchored(Anchor::Start);
    let y = plot.top - 22.0;
    let mut x = super::canvas::MARGIN;
    canvas.ring((x + 8.0, y), 6.5, INK, 2.0)?;
    canvas.text((x + 22.0, y), "the population's share", kind)?;
    x += 22.0 + kind.width("the population's share") + 32.0;
    for (colour, text) in [(BLUE, "more than most"), (VERMILION, "less than most"), (AXIS, "nothing is claimed")] {
        canvas.rect(
            Frame { left: x, right: x + 20.0, top: y - 7.0, bottom: y + 7.0 },
            super::canvas::tint(colour, 0.85),
        )?;
        canvas.text((x + 28.0, y), text, kind.coloured(GREY))?;
        x += 28.0 + kind.width(text) + 32.0;
    }
    Ok(())
}
