//! Numbers as a reader wants them: `$12.3K`, `31%`, `1,204`, with a true minus sign and no noise digits.

use crate::base::units::Currency;

/// A value with the interval it is believed to lie in. Which level the interval has is said beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The middle.
    pub mean: f64,
    /// The lower end of the interval.
    pub lo: f64,
    /// The upper end of the interval.
    pub hi: f64,
}

impl Estimate {
    /// A value with its interval.
    #[must_use]
    pub const fn new(mean: f64, lo: f64, hi: f64) -> Self {
        Self { mean, lo, hi }
    }

    /// A value known without doubt, or whose interval is not known.
    #[must_use]
    pub const fn bare(mean: f64) -> Self {
        Self::new(mean, mean, mean)
    }

    /// Whether the interval says anything beyond the value.
    #[must_use]
    pub fn has_interval(&self) -> bool {
        self.lo.is_finite() && self.hi.is_finite() && self.hi > self.lo
    }

    /// All of its numbers that are numbers.
    pub(super) fn finite(self) -> impl Iterator<Item = f64> {
        [self.mean, self.lo, self.hi].into_iter().filter(|v| v.is_finite())
    }
}

/// What a number counts, and so how it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Unit {
    /// Money in major units, with the sign written before it (`$`, `CHF `).
    Money(String),
    /// A fraction, written in percent.
    Share,
    /// Anything else.
    Plain,
}

impl Unit {
    /// Money of a currency, with the sign its readers know.
    ///
    /// ```
    /// use cwm::{base::units::Currency, show::number::Unit};
    /// assert_eq!(Unit::money(Currency::new("USD").unwrap()).short(12_345.0), "$12.3K");
    /// assert_eq!(Unit::Share.short(0.314), "31%");
    /// ```
    #[must_use]
    pub fn money(currency: Currency) -> Self {
        let sign = match currency.code() {
            "USD" => "$",
            "EUR" => "€",
            "GBP" => "£",
            "JPY" | "CNY" => "¥",
            "INR" => "₹",
            "KRW" => "₩",
            "BRL" => "R$",
            "RUB" => "₽",
            "UAH" => "₴",
            "TRY" => "₺",
            "ILS" => "₪",
            "VND" => "₫",
            "NGN" => "₦",
            other => return Self::Money(format!("{other}\u{a0}")),
        };
        Self::Money(sign.to_owned())
    }

    /// About three digits: for labels and headlines.
    #[must_use]
    pub fn short(&self, value: f64) -> String {
        self.dressed(value, |magnitude| match self {
            Self::Share => format!("{:.*}%", decimals_of_share(magnitude), magnitude * 100.0),
            Self::Money(_) if (0.995..99.995).contains(&magnitude) => format!("{magnitude:.2}"),
            Self::Money(_) | Self::Plain => short_magnitude(magnitude),
        })
    }

    /// As [`short`](Self::short), with a plus sign on gains.
    #[must_use]
    pub fn signed(&self, value: f64) -> String {
        let text = self.short(value);
        if value > 0.0 && text.chars().any(|c| ('1'..='9').contains(&c)) { format!("+{text}") } else { text }
    }

    /// With a fixed number of decimals and thousands separators: for tables. A share's are those of its percent.
    #[must_use]
    pub fn exact(&self, value: f64, decimals: usize) -> String {
        self.dressed(value, |magnitude| match self {
            Self::Share => format!("{}%", grouped(&format!("{:.decimals$}", magnitude * 100.0))),
            Self::Money(_) | Self::Plain => grouped(&format!("{magnitude:.decimals$}")),
        })
    }

    /// Labels of an axis: one scale and one number of decimals for all of them.
    #[must_use]
    pub fn ticks(&self, values: &[f64], step: f64) -> Vec<String> {
        let largest = values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        let (divisor, suffix) = match self {
            Self::Share => (0.01, "%"),
            Self::Money(_) | Self::Plain => scale_of_ticks(largest, step),
        };
        let decimals = decimals_of_step(step / divisor);
        let label = |magnitude: f64| format!("{}{suffix}", grouped(&format!("{:.decimals$}", magnitude / divisor)));
        let zero = |_: f64| if *self == Self::Share { "0%".to_owned() } else { "0".to_owned() };
        let tick = |&value: &f64| if value == 0.0 { self.dressed(value, zero) } else { self.dressed(value, label) };
        values.iter().map(tick).collect()
    }

    /// Sign, currency and magnitude in the order people write them.
    fn dressed(&self, value: f64, magnitude: impl Fn(f64) -> String) -> String {
        // Beyond this a percent of it overflows; it is an accident, not a number.
        if value.is_nan() || value.abs() > 1e300 {
            return "n/a".to_owned();
        }
        let text = magnitude(value.abs());
        let nothing = !text.chars().any(|c| ('1'..='9').contains(&c));
        let sign = if value < 0.0 && !nothing { "\u{2212}" } else { "" };
        let currency = if let Self::Money(currency) = self { currency } else { "" };
        format!("{sign}{currency}{text}")
    }
}

/// Whole numbers with thousands separators.
///
/// ```
/// assert_eq!(cwm::show::number::count(1_204_000), "1,204,000");
/// ```
#[must_use]
pub fn count(value: i64) -> String {
    let sign = if value < 0 { "\u{2212}" } else { "" };
    format!("{sign}{}", grouped(&value.unsigned_abs().to_string()))
}

/// Thousands separators in an unsigned decimal.
fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::with_capacity(digits.len() + whole.len() / 3);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

const SCALES: [(f64, &str); 5] = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"), (1.0, "")];

fn scale_of(magnitude: f64) -> (f64, &'static str) {
    // The half digit keeps 999,999 from becoming "1000K".
    SCALES.into_iter().find(|&(size, _)| magnitude * 1.0005 >= size && size > 1.0).unwrap_or((1.0, ""))
}

/// "$200" and "$1,000" rather than "$0.2K" and "$1.0K".
fn scale_of_ticks(largest: f64, step: f64) -> (f64, &'static str) {
    let (size, suffix) = scale_of(largest);
    let smaller = SCALES.into_iter().find(|&(smaller, _)| smaller < size);
    if step < size && largest < 9.0 * size { smaller.unwrap_or((1.0, "")) } else { (size, suffix) }
}

fn short_magnitude(magnitude: f64) -> String {
    if magnitude >= 1e15 {
        return format!("{magnitude:.1e}");
    }
    let (divisor, suffix) = scale_of(magnitude);
    let scaled = magnitude / divisor;
    let decimals = match (scaled, divisor > 1.0) {
        (s, _) if s == 0.0 || s >= 99.95 => 0,
        (s, true) if s >= 9.995 => 1,
        (_, true) => 2,
        (s, false) if s >= 9.995 => usize::from(s.fract() >= 0.05),
        (s, false) if s >= 0.0995 => 2,
        (s, false) if s >= 0.000_995 => 4,
        _ => return format!("{magnitude:.1e}"),
    };
    format!("{scaled:.decimals$}{suffix}")
}

fn decimals_of_share(magnitude: f64) -> usize {
    match magnitude {
        m if m == 0.0 || m >= 0.0995 => 0,
        m if m >= 0.009_95 => 1,
        m if m >= 0.000_995 => 2,
        _ => 3,
    }
}

fn decimals_of_step(step: f64) -> usize {
    (0..=6)
        .find(|&d| {
            let scaled = step * 10f64.powi(d);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.abs() && scaled >= 0.5
        })
        .map_or(6, |d| d as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars() -> Unit {
        Unit::Money("$".to_owned())
    }

    #[test]
    fn money_is_short_in_labels_and_whole_in_tables() {
        let short = [0.0, 0.834, 5.2, 83.4, 999.6, 12_345.0, 999_999.0, -1.5e6, 2.5e9];
        let want = ["$0", "$0.83", "$5.20", "$83.40", "$1.00K", "$12.3K", "$1.00M", "−$1.50M", "$2.50B"];
        assert_eq!(short.map(|v| dollars().short(v)), want);
        assert_eq!(dollars().exact(-1_234_567.891, 2), "−$1,234,567.89");
        assert_eq!(dollars().short(f64::NAN), "n/a");
    }

    #[test]
    fn shares_are_percents_with_the_digits_they_deserve() {
        assert_eq!(
            [0.314, 0.0512, 0.0042, 0.0, 1.0].map(|v| Unit::Share.short(v)),
            ["31%", "5.1%", "0.42%", "0%", "100%"]
        );
        assert_eq!(Unit::Share.signed(0.08), "+8.0%");
        assert_eq!(Unit::Share.signed(-0.08), "−8.0%");
        assert_eq!(Unit::Share.signed(0.0), "0%");
    }

    #[test]
    fn an_axis_has_one_scale() {
        assert_eq!(dollars().ticks(&[0.0, 500.0, 1000.0, 1500.0], 500.0), ["$0", "$500", "$1,000", "$1,500"]);
        assert_eq!(dollars().ticks(&[11_000.0, 11_500.0], 500.0), ["$11.0K", "$11.5K"]);
        assert_eq!(dollars().ticks(&[1e6, 2e6], 1e6), ["$1M", "$2M"]);
        assert_eq!(dollars().ticks(&[5e5, 1e6], 5e5), ["$500K", "$1,000K"]);
        assert_eq!(Unit::Share.ticks(&[-0.025, 0.0, 0.025], 0.025), ["−2.5%", "0%", "2.5%"]);
        assert_eq!(Unit::Plain.ticks(&[0.0, 0.05], 0.05), ["0", "0.05"]);
    }

    #[test]
    fn minus_nothing_is_nothing() {
        assert_eq!(dollars().exact(-0.001, 2), "$0.00");
        assert_eq!(count(-1_204), "−1,204");
    }
}
