//! Charts, one file each: plain data in, one SVG out, and the same picture as PNG.
//!
//! A chart is drawn once, by plotters, as SVG; the PNG is that SVG rasterised with the embedded font. A new
//! chart is a file with its data and its drawing, and a line in the list below.

mod axis;
mod canvas;
mod rows;
mod style;

pub mod account_timeline;
pub mod arr_bridge;
pub mod bars;
pub mod beliefs;
pub mod calibration;
pub mod change_waterfall;
pub mod curves;
pub mod effect_forest;
pub mod forecast_fan;
pub mod foresight;
pub mod hazard_by_tenure;
pub mod heat;
pub mod learning_curve;
pub mod qini_curve;
pub mod replicas;
pub mod revenue_fan;
pub mod uplift_waterfall;

use rayon::prelude::*;
use resvg::{tiny_skia, usvg};

pub use self::{
    account_timeline::AccountTimeline,
    arr_bridge::ArrBridge,
    bars::Bars,
    beliefs::Beliefs,
    calibration::Calibration,
    canvas::{HEIGHT, WIDTH},
    change_waterfall::ChangeWaterfall,
    curves::Curves,
    effect_forest::EffectForest,
    forecast_fan::ForecastFan,
    foresight::Foresight,
    hazard_by_tenure::HazardByTenure,
    heat::Heat,
    learning_curve::LearningCurve,
    qini_curve::QiniCurve,
    revenue_fan::RevenueFan,
    style::{REGULAR, SEMI_BOLD},
    uplift_waterfall::UpliftWaterfall,
};

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// Two lists that belong together differ in length.
    #[error("chart {chart}: {what} must have {expected} values, but has {found}")]
    Lengths {
        /// The chart.
        chart: &'static str,
        /// The list that is wrong.
        what: String,
        /// Values it must have.
        expected: usize,
        /// Values it has.
        found: usize,
    },
    /// The drawing library failed.
    #[error("cannot draw: {0}")]
    Drawing(String),
    /// The SVG could not be read back.
    #[error("cannot read the drawn SVG")]
    Svg(#[from] usvg::Error),
    /// The PNG could not be written.
    #[error("cannot rasterise: {0}")]
    Raster(String),
}

impl ChartError {
    fn drawing(error: impl std::fmt::Display) -> Self {
        Self::Drawing(error.to_string())
    }
}

/// What stands above a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headline {
    /// The finding, as a sentence.
    pub title: String,
    /// Units, and the level of the intervals.
    pub subtitle: String,
}

impl Headline {
    /// A finding and the line below it.
    pub fn new(title: impl Into<String>, subtitle: impl Into<String>) -> Self {
        Self { title: title.into(), subtitle: subtitle.into() }
    }

    /// The finding with a full stop.
    fn sentence(&self) -> String {
        let title = self.title.trim_end();
        if title.is_empty() || title.ends_with(['.', '!', '?']) { title.to_owned() } else { format!("{title}.") }
    }
}

/// Data that can be drawn.
pub trait Chart: Sync {
    /// What stands above it.
    fn headline(&self) -> &Headline;

    /// What the picture shows, for who cannot see it.
    fn alt(&self) -> String;

    /// Draws the picture.
    ///
    /// # Errors
    /// [`ChartError`], if the data does not fit together. Data that is empty or no number is drawn as "no
    /// data", or as a gap.
    fn picture(&self) -> Result<Picture, ChartError>;
}

/// A drawn chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The picture as a self-contained SVG document.
    pub svg: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
}

impl Picture {
    fn paint(
        chart: &impl Chart,
        draw: impl FnOnce(&canvas::Canvas<'_>) -> Result<(), ChartError>,
    ) -> Result<Self, ChartError> {
        let alt = chart.alt();
        Ok(Self { svg: canvas::paint(&alt, draw)?, alt })
    }

    /// The picture as PNG, with two pixels for each of the SVG's.
    ///
    /// # Errors
    /// [`ChartError::Svg`] or [`ChartError::Raster`].
    pub fn png(&self) -> Result<Vec<u8>, ChartError> {
        let options =
            usvg::Options { fontdb: style::fonts(), font_family: style::FAMILY.to_owned(), ..Default::default() };
        let tree = usvg::Tree::from_str(&self.svg, &options)?;
        let size = tree.size().to_int_size();
        let mut pixels = tiny_skia::Pixmap::new(2 * size.width(), 2 * size.height())
            .ok_or_else(|| ChartError::Raster("no memory for the pixels".to_owned()))?;
        resvg::render(&tree, tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| ChartError::Raster(error.to_string()))
    }
}

/// Rasterises many pictures at once, in their order.
///
/// # Errors
/// The first error, in the order of the pictures.
pub fn pngs(pictures: &[&Picture]) -> Result<Vec<Vec<u8>>, ChartError> {
    let drawn: Vec<_> = pictures.par_iter().map(|picture| picture.png()).collect();
    drawn.into_iter().collect()
}

fn same_length(chart: &'static str, what: impl Into<String>, expected: usize, found: usize) -> Result<(), ChartError> {
    if expected == found { Ok(()) } else { Err(ChartError::Lengths { chart, what: what.into(), expected, found }) }
}

#[cfg(test)]
mod gallery;
