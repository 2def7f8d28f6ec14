//! A page of 1280 × 720 px to draw on, with a headline at its top left; what is not used of it is cut off.
//!
//! Positions are pixels as floating point. The SVG back end writes whole numbers, so it is given a page ten
//! times as large, which the `viewBox` brings back: curves stay smooth.

use std::cell::Cell;

use plotters::{
    backend::SVGBackend,
    coord::Shift,
    drawing::{DrawingArea, IntoDrawingArea},
    element::{Circle, PathElement, Polygon, Rectangle, Text},
    style::{
        Color, FontDesc, FontFamily, RGBAColor, RGBColor, ShapeStyle, TextStyle, WHITE,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{
    ChartError, Headline,
    style::{Anchor, FAMILIES, FAMILY, GREY, INK, Type},
};

/// Width of every chart.
pub const WIDTH: u32 = 1280;
/// Height of a chart; one with a few bars only is lower.
pub const HEIGHT: u32 = 720;
/// Empty space on all sides.
pub(super) const MARGIN: f64 = 48.0;
const FINE: f64 = 10.0;

/// A box on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Frame {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Frame {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Without a strip on each side.
    pub fn inset(&self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self { left: self.left + left, top: self.top + top, right: self.right - right, bottom: self.bottom - bottom }
    }
}

/// The page.
pub(super) struct Canvas<'a> {
    root: DrawingArea<SVGBackend<'a>, Shift>,
    height: Cell<u32>,
}

type Drawn = Result<(), ChartError>;
type Point = (f64, f64);

/// Draws a page and returns it as SVG that carries its own description.
pub(super) fn paint(alt: &str, draw: impl FnOnce(&Canvas<'_>) -> Drawn) -> Result<String, ChartError> {
    let mut raw = String::new();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are small whole numbers")]
    let scale = FINE as u32;
    let height = {
        let root = SVGBackend::with_string(&mut raw, (WIDTH * scale, HEIGHT * scale)).into_drawing_area();
        root.fill(&WHITE).map_err(ChartError::drawing)?;
        let canvas = Canvas { root, height: Cell::new(HEIGHT) };
        draw(&canvas)?;
        canvas.height.get()
    };
    Ok(dress(&raw, alt, height, scale))
}

/// Gives the SVG its true size, the family to fall back to, its description and rounded line joins.
fn dress(raw: &str, alt: &str, height: u32, scale: u32) -> String {
    let body = raw.split_once('>').map_or(raw, |(_, body)| body);
    let body = body
        .replace(&format!("font-family=\"{FAMILY}\""), &format!("font-family=\"{FAMILIES}\""))
        .replace("font-weight=\"bold\"", "font-weight=\"600\"")
        .replace(" opacity=\"1\"", "");
    let (w, h) = (WIDTH * scale, height * scale);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" aria-label=\"{}\" stroke-linejoin=\"round\" stroke-linecap=\"round\">{body}",
        escaped(alt)
    )
}

/// Text that may stand in an XML attribute.
fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// XML has no way to write most control characters, so they become spaces.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c }).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "an `as` cast saturates, and the page is small")]
fn fine((x, y): Point) -> (i32, i32) {
    ((x * FINE).round() as i32, (y * FINE).round() as i32)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "widths are small and positive")]
fn fine_length(length: f64) -> u32 {
    (length * FINE).round() as u32
}

fn stroke(colour: impl Into<RGBAColor>, width: f64) -> ShapeStyle {
    ShapeStyle { color: colour.into(), filled: false, stroke_width: fine_length(width) }
}

/// A colour one can see through.
pub(super) fn tint(colour: RGBColor, opacity: f64) -> RGBAColor {
    colour.mix(opacity)
}

impl Canvas<'_> {
    /// Writes the finding and the line below it; returns the box that is left.
    pub fn headline(&self, headline: &Headline) -> Result<Frame, ChartError> {
        let width = f64::from(WIDTH) - 2.0 * MARGIN;
        let title = |size| Type::LABEL.bold().sized(size).coloured(INK);
        // One line if it can be, then two, and only then smaller ones.
        let fits = |&(size, lines): &(f64, usize)| title(size).wrap(&headline.title, width, 4).len() <= lines;
        let sizes = [(30.0, 1), (28.0, 1), (30.0, 2), (27.0, 2), (24.0, 2)];
        let (size, lines) = sizes.into_iter().find(fits).unwrap_or((21.0, 3));
        let mut y = MARGIN - 6.0 + size * 0.36;
        for line in title(size).wrap_evenly(&headline.title, width, lines) {
            self.text((MARGIN, y), &line, title(size))?;
            y += size * 1.28;
        }
        y += 2.0;
        let subtitle = Type::NOTE.sized(18.0).coloured(GREY);
        for line in subtitle.wrap(&headline.subtitle, width, 2) {
            self.text((MARGIN, y), &line, subtitle)?;
            y += 25.0;
        }
        Ok(Frame { left: MARGIN, top: y + 8.0, right: f64::from(WIDTH) - MARGIN, bottom: f64::from(HEIGHT) - 32.0 })
    }

    /// Cuts the page off below a height.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the page")]
    pub fn end_at(&self, y: f64) {
        self.height.set(y.clamp(1.0, f64::from(HEIGHT)).ceil() as u32);
    }

    /// Writes a text whose capitals are centred on the height of `at`.
    pub fn text(&self, at: Point, text: &str, kind: Type) -> Drawn {
        let text = clean(text);
        if text.trim().is_empty() {
            return Ok(());
        }
        let across = match kind.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        // The back end divides the size by 1.24 and puts the baseline 0.76 em below the top; capitals of
        // this font are 0.73 em high. Only this anchor is the same in all viewers.
        let font = FontDesc::new(FontFamily::Name(FAMILY), kind.size * FINE * 1.24, kind.font_style());
        let style = TextStyle::from(font).color(&kind.colour).pos(Pos::new(across, VPos::Top));
        let top = (at.0, at.1 - 0.397 * kind.size);
        self.root.draw(&Text::new(text, fine(top), style)).map_err(ChartError::drawing)
    }

    /// Writes lines below each other, centred as a block on the height of `at`.
    pub fn block(&self, at: Point, lines: &[(String, Type)]) -> Drawn {
        let mut y = at.1 - block_height(lines) / 2.0;
        for (line, kind) in lines {
            y += kind.size * LEADING / 2.0;
            self.text((at.0, y), line, *kind)?;
            y += kind.size * LEADING / 2.0;
        }
        Ok(())
    }

    pub fn line(&self, points: Vec<Point>, colour: impl Into<RGBAColor>, width: f64) -> Drawn {
        let path: Vec<_> = points.into_iter().map(fine).collect();
        self.root.draw(&PathElement::new(path, stroke(colour, width))).map_err(ChartError::drawing)
    }

    /// A straight line in dashes.
    pub fn dashed(&self, from: Point, to: Point, colour: RGBColor, width: f64) -> Drawn {
        let (dash, gap) = (7.0, 6.0);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let at = |d: f64| {
            let share = (d / length).min(1.0);
            (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
        };
        let mut start = 0.0;
        while start < length {
            self.line(vec![at(start), at(start + dash)], colour, width)?;
            start += dash + gap;
        }
        Ok(())
    }

    pub fn area(&self, points: Vec<Point>, colour: impl Into<RGBAColor>) -> Drawn {
        let points: Vec<_> = points.into_iter().map(fine).collect();
        let style = ShapeStyle { color: colour.into(), filled: true, stroke_width: 0 };
        self.root.draw(&Polygon::new(points, style)).map_err(ChartError::drawing)
    }

    pub fn rect(&self, frame: Frame, colour: impl Into<RGBAColor>) -> Drawn {
        let style = ShapeStyle { color: colour.into(), filled: true, stroke_width: 0 };
        let corners = [fine((frame.left, frame.top)), fine((frame.right, frame.bottom))];
        self.root.draw(&Rectangle::new(corners, style)).map_err(ChartError::drawing)
    }

    pub fn dot(&self, at: Point, radius: f64, colour: impl Into<RGBAColor>) -> Drawn {
        let style = ShapeStyle { color: colour.into(), filled: true, stroke_width: 0 };
        self.root.draw(&Circle::new(fine(at), fine_length(radius), style)).map_err(ChartError::drawing)
    }

    /// A hollow dot, white inside.
    pub fn ring(&self, at: Point, radius: f64, colour: RGBColor, width: f64) -> Drawn {
        self.dot(at, radius, WHITE)?;
        self.root.draw(&Circle::new(fine(at), fine_length(radius), stroke(colour, width))).map_err(ChartError::drawing)
    }

    /// Says in the middle of a box that there is nothing to draw.
    pub fn no_data(&self, frame: Frame, why: &str) -> Drawn {
        let middle = (f64::midpoint(frame.left, frame.right), f64::midpoint(frame.top, frame.bottom));
        let kind = Type::LABEL.sized(22.0).coloured(GREY).anchored(Anchor::Middle);
        self.text(middle, &kind.cut(&format!("No data: {why}"), frame.width()), kind)
    }
}

const LEADING: f64 = 1.25;

/// Height of lines below each other.
pub(super) fn block_height(lines: &[(String, Type)]) -> f64 {
    lines.iter().map(|(_, kind)| kind.size * LEADING).sum()
}
