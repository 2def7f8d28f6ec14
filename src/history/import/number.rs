//! Numbers, amounts and times as exports write them, in any of their local forms.

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::base::units::Currency;

/// Largest amount that is believed \[millionth of a major unit\].
const LARGEST_MICROS: i128 = 1_000_000_000_000_000;
/// Earliest and latest moment that is believed: 1990 to 2100 \[second since 1970\].
const SPAN: std::ops::Range<i64> = 631_152_000..4_102_444_800;

/// A decimal in millionths, exactly: `1234.5`, `1,234.50`, `1 234,50`, `1.234,50`.
///
/// With one kind of separator only, a comma before anything but three digits is a decimal comma; before three digits
/// it is one only where `decimal_comma` says so. None for anything else, and for more than 10⁹ major units.
#[must_use]
pub fn micros(text: &str, decimal_comma: bool) -> Option<i64> {
    let mut digits: String = text.trim().chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').collect();
    let negative = digits.starts_with('-');
    digits = digits.trim_start_matches(['-', '+']).to_owned();
    let plain = plain(&digits, decimal_comma)?;
    let (whole, decimals) = plain.split_once('.').unwrap_or((&plain, ""));
    let decimals = decimals.trim_end_matches('0');
    let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + decimals.len() == 0 && !plain.contains('0') || !numeric(whole) || !numeric(decimals) {
        return None;
    }
    if decimals.len() > 6 || whole.len() > 12 {
        return None;
    }
    let value: i128 = format!("0{whole}{decimals:0<6}").parse().ok()?;
    (value <= LARGEST_MICROS).then(|| if negative { -(value as i64) } else { value as i64 })
}

/// With a point for the decimals and without separators of thousands.
fn plain(digits: &str, decimal_comma: bool) -> Option<String> {
    let (comma, point) = (digits.rfind(','), digits.rfind('.'));
    let decimal = match (comma, point) {
        (Some(comma), Some(point)) => {
            if comma > point {
                Some(comma)
            } else {
                Some(point)
            }
        }
        (None, Some(point)) if decimal_comma && thousands(digits, '.') => {
            let _ = point;
            None
        }
        (None, point) => point,
        (Some(comma), None) => (decimal_comma || !thousands(digits, ',')).then_some(comma),
    };
    let (whole, rest) = decimal.map_or((digits, ""), |at| (&digits[..at], &digits[at + 1..]));
    let separator = if whole.contains(',') { ',' } else { '.' };
    if whole.contains([',', '.']) && !thousands(whole, separator) {
        return None;
    }
    Some(format!("{}.{rest}", whole.replace([',', '.'], "")))
}

/// Whether a separator stands before every group of three digits.
fn thousands(digits: &str, separator: char) -> bool {
    let mut groups = digits.split(separator);
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit()))
}

/// Minor units of a decimal amount; none if it has fractions of one.
#[must_use]
pub fn minor(text: &str, currency: Currency, decimal_comma: bool) -> Option<i64> {
    let unit = 10i64.pow(6 - currency.digits());
    micros(text, decimal_comma).filter(|micros| micros % unit == 0).map(|micros| micros / unit)
}

/// Minor units of millionths, halves away from zero.
#[must_use]
pub const fn minor_of_micros(micros: i128, currency: Currency) -> i64 {
    let unit = 10i128.pow(6 - currency.digits());
    let half = if micros < 0 { -unit / 2 } else { unit / 2 };
    ((micros + half) / unit) as i64
}

/// A moment in thousandths of a second since 1970: ISO 8601 with or without an offset (UTC then), or seconds,
/// milliseconds or microseconds since 1970, told apart by their size.
#[must_use]
pub fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if let Ok(number) = text.parse::<i64>() {
        return epoch(number);
    }
    let millis = match text.parse::<Timestamp>() {
        Ok(moment) => moment.as_millisecond(),
        Err(_) => wall(text)?,
    };
    SPAN.contains(&millis.div_euclid(1000)).then_some(millis)
}

/// By its size: seconds until 10¹¹, milliseconds until 10¹⁴, then microseconds.
#[must_use]
pub fn epoch(number: i64) -> Option<i64> {
    let millis = match number.unsigned_abs() {
        0..100_000_000_000 => number.checked_mul(1000)?,
        100_000_000_000..100_000_000_000_000 => number,
        _ => number / 1000,
    };
    SPAN.contains(&millis.div_euclid(1000)).then_some(millis)
}

fn wall(text: &str) -> Option<i64> {
    if text.ends_with(['Z', 'z']) {
        return None;
    }
    // Some tables write the hour with one digit: 2021-01-07 6:49:18.
    let padded = match text.split_once(' ') {
        Some((day, time)) if time.find(':') == Some(1) => format!("{day} 0{time}"),
        _ => text.to_owned(),
    };
    let wall = padded.parse::<civil::DateTime>().ok()?;
    Some(wall.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// A day since 1970: `2026-03-01`, `20260301`, `01/03/2026` (`day_first` tells which is the day where both could be).
#[must_use]
pub fn day(text: &str, day_first: Option<bool>) -> Option<i64> {
    let text = text.trim();
    let iso = text.get(..10).filter(|start| start.as_bytes()[4] == b'-').unwrap_or(text);
    let date = match iso.parse::<civil::Date>() {
        Ok(date) => date,
        Err(_) => local(text, day_first)?,
    };
    let day = (date - civil::Date::constant(1970, 1, 1)).get_days();
    SPAN.contains(&(i64::from(day) * 86_400)).then_some(day.into())
}

fn local(text: &str, day_first: Option<bool>) -> Option<civil::Date> {
    let parts: Vec<i16> = text.split(['/', '.', '-']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let &[first, second, year] = parts.as_slice() else { return None };
    let day_first = match (first > 12, second > 12) {
        (true, _) => true,
        (_, true) => false,
        _ if first == second => true,
        _ => day_first?,
    };
    let (day, month) = if day_first { (first, second) } else { (second, first) };
    civil::Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_in_any_local_form_or_not_at_all() {
        let read = |text| micros(text, false);
        for text in ["1234.5", "1,234.50", "1 234,50", "1.234,50", "1\u{202f}234,5"] {
            assert_eq!(read(text), Some(1_234_500_000), "{text}");
        }
        assert_eq!((read("2,010.75"), read("43,110")), (Some(2_010_750_000), Some(43_110_000_000)));
        assert_eq!((micros("1,234", true), micros("1.234", true)), (Some(1_234_000), Some(1_234_000_000)));
        assert_eq!((read("-0.5"), read("0"), read("0.00")), (Some(-500_000), Some(0), Some(0)));
        for bad in ["", "-", "1.2.3", "12,34,5", "1e5", "=1", "9999999999999999999", "Using campaign budget", ",", "."]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_moment_is_the_same_in_every_form() {
        let at = Some(1_772_331_249_000);
        let forms = ["1772331249", "1772331249000", "1772331249000000", "2026-03-01T02:14:09Z"];
        for text in forms.into_iter().chain(["2026-03-01 02:14:09", "2026-03-01 2:14:09", "2026-03-01T03:14:09+01:00"])
        {
            assert_eq!(moment(text), at, "{text}");
        }
        for bad in ["", "2026-02-30T00:00:00Z", "0", "-5", "9223372036854775807", "soon", "2026-03-01 25:00:00"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_that_could_be_two_needs_to_be_told() {
        assert_eq!(day("01/03/2026", None), None);
        assert_eq!(day("01/03/2026", Some(true)), day("2026-03-01", None));
        assert_eq!(day("13/03/2026", None), day("20260313", None));
        assert_eq!(day("2026-02-30", None), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in "\\PC*") {
            let _ = (micros(&text, true), micros(&text, false), moment(&text), day(&text, Some(true)));
        }
    }
}
