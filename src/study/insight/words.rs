//! Numbers in the sentences of findings.

use super::facts::Facts;
use crate::{base::time::Date, study::estimate::Estimate};

/// `31%`, or `3.1%` below ten.
#[must_use]
pub fn percent(share: f64) -> String {
    let value = 100.0 * share;
    if value.abs() >= 9.95 || value == 0.0 { format!("{value:.0}%") } else { format!("{value:.1}%") }
}

/// `31.0% (29.4% to 32.7%)`.
#[must_use]
pub fn percent_of(share: &Estimate) -> String {
    match (share.lo, share.hi) {
        (Some(lo), Some(hi)) => {
            let one = |share: f64| format!("{:.1}%", 100.0 * share);
            format!("{} ({} to {})", one(share.mean), one(lo), one(hi))
        }
        _ => percent(share.mean),
    }
}

/// `55,000 USD`, or with cents below a hundred.
#[must_use]
pub fn money(facts: &Facts, major: f64) -> String {
    let code = facts.currency.code();
    if major.abs() < 100.0 {
        return format!("{major:.2} {code}");
    }
    // Three digits are as much as such numbers bear.
    let size = 10f64.powi((major.abs().log10().floor() as i32 - 2).max(0));
    format!("{} {code}", grouped((major / size).round() * size))
}

/// `1,234`.
#[must_use]
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if value < -0.5 { format!("\u{2212}{text}") } else { text }
}

/// A local day.
#[must_use]
pub fn date(day: i64) -> String {
    Date::from_number(day).map_or_else(|| format!("day {day}"), |date| date.to_string())
}

/// A p-value that never rounds to nothing.
#[must_use]
pub fn chance(p: f64) -> String {
    if p < 0.000_1 { "p < 0.0001".to_owned() } else { format!("p = {p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_readers() {
        assert_eq!((percent(0.309), percent(0.031)), ("31%".to_owned(), "3.1%".to_owned()));
        assert_eq!((grouped(1_234_567.0), grouped(-999.6)), ("1,234,567".to_owned(), "\u{2212}1,000".to_owned()));
        assert_eq!(chance(1e-9), "p < 0.0001");
    }
}
