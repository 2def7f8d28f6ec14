//! What is compared: a mean, a share, a ratio of totals, or a quantile.

use super::{
    error::ExperimentError,
    quantile::Enclosed,
    summary::{Side, Summary},
};

/// A metric: `COLUMN`, `COLUMN:mean`, `COLUMN:proportion`, `COLUMN:ratio/COLUMN` or `COLUMN:quantile=0.9`.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// As it was asked for.
    pub name: String,
    /// The column; of a ratio, the numerator's.
    pub column: String,
    /// What is taken of it.
    pub kind: MetricKind,
}

/// What is taken of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricKind {
    /// The mean over users.
    Mean,
    /// The share of users for whom it is 1.
    Proportion,
    /// Its total over that of another column.
    Ratio(String),
    /// A quantile over users, at a probability in (0, 1).
    Quantile(f64),
}

impl Metric {
    /// Reads a metric.
    ///
    /// # Errors
    /// [`ExperimentError::Setting`] with the forms there are.
    pub fn parse(text: &str) -> Result<Self, ExperimentError> {
        let wrong = || {
            let forms = "COLUMN, COLUMN:mean, COLUMN:proportion, COLUMN:ratio/COLUMN or COLUMN:quantile=0.9";
            ExperimentError::setting("--metric", text, forms)
        };
        let (column, form) = text.rsplit_once(':').unwrap_or((text, "mean"));
        let kind = match form.split_once(['/', '=']) {
            None if form == "mean" => MetricKind::Mean,
            None if form == "proportion" => MetricKind::Proportion,
            Some(("ratio", denominator)) if !denominator.is_empty() => MetricKind::Ratio(denominator.to_owned()),
            Some(("quantile", p)) => {
                let p = p.parse().ok().filter(|p| *p > 0.0 && *p < 1.0);
                MetricKind::Quantile(p.ok_or_else(wrong)?)
            }
            _ => return Err(wrong()),
        };
        if column.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: text.to_owned(), column: column.to_owned(), kind })
    }

    /// The columns it needs.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let second = if let MetricKind::Ratio(denominator) = &self.kind { Some(denominator.as_str()) } else { None };
        std::iter::once(self.column.as_str()).chain(second)
    }

    /// The metric over some rows, given as pairs of its columns (the second is 1 where there is none).
    #[must_use]
    pub fn side(&self, rows: &[[f64; 2]]) -> Side {
        let values = || rows.iter().map(|row| row[0]);
        match self.kind {
            MetricKind::Mean => Side::mean(&Summary::of(rows.iter().map(|row| [row[0]]))),
            MetricKind::Proportion => Side::mean(&Summary::of_proportion(rows.len() as f64, values().sum())),
            MetricKind::Ratio(_) => Side::ratio(&Summary::of(rows.iter().copied())),
            MetricKind::Quantile(p) => {
                let mut ascending: Vec<f64> = values().collect();
                ascending.sort_by(f64::total_cmp);
                Enclosed::of(&ascending, p).map_or(Side::plain(0.0, f64::NAN, f64::NAN), |enclosed| enclosed.side())
            }
        }
    }

    /// Whether single users' values add up to it, so that they can be adjusted or left out.
    #[must_use]
    pub const fn is_mean(&self) -> bool {
        matches!(self.kind, MetricKind::Mean | MetricKind::Proportion)
    }
}
