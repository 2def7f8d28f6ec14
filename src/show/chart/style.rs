//! How every chart looks: the fonts, the palette, the sizes.
//!
//! The palette is Okabe & Ito's (*Color Universal Design*, 2008), told apart by readers with any common
//! colour vision. Yellow is left out: no text in it can be read on white.

use std::sync::{Arc, LazyLock};

use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor, register_font};
use resvg::usvg::fontdb;

/// The regular cut of the embedded font.
pub const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/Inter-Regular.ttf");
/// The bold cut of the embedded font.
pub const SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf");

pub(super) const FAMILY: &str = "Inter";
/// What a viewer without the embedded font falls back to.
pub(super) const FAMILIES: &str = "Inter, Helvetica, Arial, sans-serif";

pub(super) const INK: RGBColor = RGBColor(0x1F, 0x24, 0x2B);
pub(super) const GREY: RGBColor = RGBColor(0x5B, 0x64, 0x70);
pub(super) const AXIS: RGBColor = RGBColor(0x9A, 0xA3, 0xAE);
pub(super) const GRID: RGBColor = RGBColor(0xE6, 0xE9, 0xED);
pub(super) const SHADE: RGBColor = RGBColor(0xFB, 0xE9, 0xDD);
pub(super) const CONTROL: RGBColor = RGBColor(0x55, 0x5B, 0x63);
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const VERMILION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

const SERIES: [RGBColor; 6] = [
    BLUE,
    VERMILION,
    RGBColor(0x00, 0x9E, 0x73),
    RGBColor(0xCC, 0x79, 0xA7),
    RGBColor(0xE6, 0x9F, 0x00),
    RGBColor(0x56, 0xB4, 0xE9),
];

/// The colour of the series at a place in its list; they repeat after six.
pub(super) fn series(place: usize) -> RGBColor {
    SERIES[place % SERIES.len()]
}

/// The same hue, dark enough to be read as text on white.
pub(super) fn for_text(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let luminance = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    let keep = (105.0 / luminance).min(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a byte is a byte")]
    let darker = |channel: u8| (f64::from(channel) * keep) as u8;
    RGBColor(darker(r), darker(g), darker(b))
}

/// Size, weight and colour of a text, and which point of it is given.
#[derive(Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: RGBColor,
    pub anchor: Anchor,
}

/// The point of a text that its position names.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Type {
    /// Small grey text: axes, notes.
    pub const NOTE: Self = Self { size: 16.0, bold: false, colour: GREY, anchor: Anchor::Start };
    /// Text of a label.
    pub const LABEL: Self = Self { size: 17.0, bold: false, colour: INK, anchor: Anchor::Start };

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn sized(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub const fn coloured(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }

    pub const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub const fn font_style(self) -> FontStyle {
        if self.bold { FontStyle::Bold } else { FontStyle::Normal }
    }

    /// Length of a text.
    pub fn width(self, text: &str) -> f64 {
        // The measurer takes the height of a line, from ascent to descent, and answers in whole pixels: at
        // this size the em is 1,000 of them.
        const LINE_PER_EM: f64 = 3408.0 / 2816.0;
        register();
        let font = FontDesc::new(FontFamily::Name(FAMILY), 1000.0 * LINE_PER_EM, self.font_style());
        let thousandths = font.layout_box(text).map_or(600.0 * text.chars().count() as f64, |(_, (x, _))| f64::from(x));
        thousandths / 1000.0 * self.size
    }

    /// Breaks a text into lines no longer than `width`; what does not fit into `lines` of them ends in "…".
    pub fn wrap(self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let mut wrapped: Vec<String> = Vec::new();
        let mut rest = text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        while !rest.is_empty() && wrapped.len() + 1 < lines {
            wrapped.push(self.take_line(&mut rest, width));
        }
        if !rest.is_empty() {
            wrapped.push(self.cut(&rest.join(" "), width));
        }
        wrapped
    }

    /// As [`wrap`](Self::wrap), with lines of about equal length: no last word stands alone.
    pub fn wrap_evenly(self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let wrapped = self.wrap(text, width, lines);
        let whole = |lines: &[String]| !lines.last().is_some_and(|line| line.ends_with('…'));
        let narrower = (10..=20).map(|twentieths| width * f64::from(twentieths) / 20.0);
        let even = narrower.map(|width| self.wrap(text, width, lines));
        if !whole(&wrapped) {
            return wrapped;
        }
        even.into_iter().find(|even| even.len() == wrapped.len() && whole(even)).unwrap_or(wrapped)
    }

    fn take_line(self, words: &mut Vec<String>, width: f64) -> String {
        let mut line = words.remove(0);
        if self.width(&line) > width {
            let kept = self.fitting(&line, width);
            words.insert(0, line.split_off(kept));
            return line;
        }
        while let Some(word) = words.first() {
            let longer = format!("{line} {word}");
            if self.width(&longer) > width {
                break;
            }
            line = longer;
            words.remove(0);
        }
        line
    }

    /// The text, or its beginning and "…".
    pub fn cut(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let kept = self.fitting(text, width - self.width("…"));
        format!("{}…", text[..kept].trim_end())
    }

    /// How many bytes of a text, at least its first letter, fit.
    fn fitting(self, text: &str, width: f64) -> usize {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        let first = text.chars().next().map_or(0, char::len_utf8);
        ends.take_while(|&end| self.width(&text[..end]) <= width).last().unwrap_or(first)
    }
}

/// Makes the embedded font known to the measurer, once.
fn register() {
    static DONE: LazyLock<()> = LazyLock::new(|| {
        for (style, bytes) in [(FontStyle::Normal, REGULAR), (FontStyle::Bold, SEMI_BOLD)] {
            // The bytes are part of the program and a test measures with them, so this cannot fail unseen.
            let _ = register_font(FAMILY, style, bytes);
        }
    });
    LazyLock::force(&DONE);
}

/// The embedded font, and no other: a picture must not depend on what a machine has installed.
pub(super) fn fonts() -> Arc<fontdb::Database> {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(SEMI_BOLD.to_vec());
        fonts.set_sans_serif_family(FAMILY);
        Arc::new(fonts)
    });
    FONTS.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_measured_with_the_embedded_font() {
        // Advance widths of the font: "1" is not as wide as "0", and bold is wider.
        let (one, nil) = (Type::LABEL.width("1"), Type::LABEL.width("0"));
        assert!(one > 3.0 && one < nil, "{one} {nil}");
        assert!(Type::LABEL.bold().width("revenue") > Type::LABEL.width("revenue"));
    }

    #[test]
    fn a_long_text_wraps_and_ends_in_an_ellipsis() {
        let lines = Type::LABEL.wrap("one arm with a name that goes on and on and on and on", 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(lines.iter().all(|line| Type::LABEL.width(line) <= 120.0));
    }

    #[test]
    fn a_word_without_spaces_is_broken() {
        let lines = Type::LABEL.wrap(&"W".repeat(40), 100.0, 3);
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| Type::LABEL.width(line) <= 100.0));
    }
}
