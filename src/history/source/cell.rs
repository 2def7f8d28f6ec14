//! One value of a row, whatever its file's format, and what it can be read as.

use std::borrow::Cow;

use crate::base::units::{Currency, Money};

/// Largest amount of one event [minor units]: nine million of them still add up in 64 bits.
const LARGEST_MINOR: i128 = 1_000_000_000_000;
/// How far from a whole minor unit a binary float may be, relative to its size \[1\]: the noise of a sum.
const FLOAT_NOISE: f64 = 1e-7;

/// A value as its file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Blank,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Whole(i128),
    /// A binary float.
    Real(f64),
    /// A decimal: digits · 10^−scale.
    Decimal(i128, i8),
    /// Yes or no.
    Truth(bool),
    /// UTC seconds since 1970.
    Moment(i64),
    /// Seconds since 1970 on a wall clock of no known zone.
    Wall(i64),
    /// Days since 1970 on such a clock's calendar.
    Day(i64),
    /// A list or a structure.
    Nested,
}

/// Why a cell cannot be read as asked: what must be there.
pub type Expected = Cow<'static, str>;

impl<'a> Cell<'a> {
    /// This cell, or nothing if it is empty text.
    #[must_use]
    pub fn trimmed(self) -> Self {
        match self {
            Self::Text(text) if text.trim().is_empty() => Self::Blank,
            Self::Text(text) => Self::Text(text.trim()),
            Self::Real(value) if value.is_nan() => Self::Blank,
            other => other,
        }
    }

    /// The cell as a person would write it.
    #[must_use]
    pub fn shown(self) -> Cow<'a, str> {
        match self {
            Self::Blank => "".into(),
            Self::Text(text) => text.into(),
            Self::Whole(number) => number.to_string().into(),
            Self::Real(number) => number.to_string().into(),
            Self::Decimal(digits, scale) => decimal(digits, scale).into(),
            Self::Truth(truth) => if truth { "true" } else { "false" }.into(),
            Self::Moment(second) => crate::base::time::SimTime(second).to_string().into(),
            Self::Wall(second) => {
                crate::base::time::SimTime(second).to_string().trim_end_matches('Z').to_owned().into()
            }
            Self::Day(day) => format!("day {day} of 1970").into(),
            Self::Nested => "a list or a structure".into(),
        }
    }

    /// The cell as a name; none if it is blank.
    ///
    /// # Errors
    /// For a list, a structure, or text with a NUL in it.
    pub fn name(self) -> Result<Option<Cow<'a, str>>, Expected> {
        match self {
            Self::Blank | Self::Text("") => Ok(None),
            Self::Nested => Err("a text".into()),
            Self::Text(text) if text.contains('\0') => Err("a text without NUL".into()),
            other => Ok(Some(other.shown())),
        }
    }

    /// The cell as yes or no (a number is yes above 0); none if it is blank.
    ///
    /// # Errors
    /// For anything else.
    pub fn truth(self) -> Result<Option<bool>, Expected> {
        match self {
            Self::Blank => Ok(None),
            Self::Truth(truth) => Ok(Some(truth)),
            Self::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "t" | "y" => Some(Some(true)),
                "false" | "no" | "f" | "n" => Some(Some(false)),
                _ => text.parse::<f64>().ok().filter(|number| !number.is_nan()).map(|number| Some(number > 0.0)),
            }
            .ok_or_else(|| "true, false or a number".into()),
            other => other.real().map(|number| number.map(|number| number > 0.0)),
        }
    }

    /// The cell as a number; none if it is blank.
    ///
    /// # Errors
    /// For anything else, infinity included.
    pub fn real(self) -> Result<Option<f64>, Expected> {
        let number = match self {
            Self::Blank => return Ok(None),
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
            Self::Decimal(digits, scale) => digits as f64 / 10f64.powi(scale.into()),
            Self::Text(text) => text.parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        if number.is_finite() { Ok(Some(number)) } else { Err("a number".into()) }
    }

    /// The cell as a whole number; none if it is blank.
    ///
    /// # Errors
    /// For anything else.
    pub fn whole(self) -> Result<Option<i128>, Expected> {
        match self {
            Self::Blank => Ok(None),
            Self::Whole(number) => Ok(Some(number)),
            Self::Text(text) => text.parse().map(Some).map_err(|_| "a whole number".into()),
            Self::Real(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(Some(number as i128)),
            Self::Decimal(digits, scale) => shifted(digits, -i32::from(scale)).map(Some).ok_or("a whole number".into()),
            _ => Err("a whole number".into()),
        }
    }

    /// The cell as an amount of money in units of `currency`; none if it is blank.
    ///
    /// # Errors
    /// For anything else, fractions of a minor unit and amounts beyond 10¹² minor units included.
    pub fn amount(self, currency: Currency) -> Result<Option<Money>, Expected> {
        let places = currency.digits() as i32;
        let minor = match self {
            Self::Blank => return Ok(None),
            Self::Text(text) => match Money::parse(text, currency) {
                Ok(money) => Some(money.minor().into()),
                // Numbers that other programs wrote from binary floats: 11.270000000000001, 1e3.
                Err(_) => text.parse().ok().and_then(|number| minor_of(number, places)),
            },
            Self::Whole(number) => shifted(number, places),
            Self::Real(number) => minor_of(number, places),
            Self::Decimal(digits, scale) => shifted(digits, places - i32::from(scale)),
            _ => None,
        };
        let plausible = minor.filter(|minor: &i128| minor.abs() <= LARGEST_MINOR);
        plausible.map(|minor| Some(Money::from_minor(minor as i64))).ok_or_else(|| {
            format!("a decimal amount with at most {places} decimals, below 10^12 of the smallest unit").into()
        })
    }

    /// The cell as minor units; none if it is blank.
    ///
    /// # Errors
    /// For anything but a whole number up to 10¹².
    pub fn minor(self) -> Result<Option<Money>, Expected> {
        match self.whole()? {
            None => Ok(None),
            Some(minor) if minor.abs() <= LARGEST_MINOR => Ok(Some(Money::from_minor(minor as i64))),
            Some(_) => Err("at most 10^12 of the smallest unit".into()),
        }
    }
}

fn decimal(digits: i128, scale: i8) -> String {
    let places = usize::from(scale.unsigned_abs());
    if scale <= 0 {
        return format!("{digits}{}", "0".repeat(places));
    }
    let (sign, text) =
        (if digits < 0 { "-" } else { "" }, format!("{:0>width$}", digits.unsigned_abs(), width = places + 1));
    let (whole, fraction) = text.split_at(text.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// `digits · 10^places`, if that is a whole number that fits.
fn shifted(digits: i128, places: i32) -> Option<i128> {
    let factor = 10i128.checked_pow(places.unsigned_abs())?;
    if places >= 0 { digits.checked_mul(factor) } else { (digits % factor == 0).then_some(digits / factor) }
}

/// Minor units of a binary float that is a whole number of them but for rounding noise.
fn minor_of(major: f64, places: i32) -> Option<i128> {
    let minor = major * 10f64.powi(places);
    let whole = minor.round();
    let noise = (minor - whole).abs() <= FLOAT_NOISE * whole.abs().max(1.0) && whole.abs() < 1e15;
    noise.then_some(whole as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(cell: Cell<'_>) -> Option<i64> {
        cell.amount(Currency::new("USD").unwrap()).ok().flatten().map(Money::minor)
    }

    #[test]
    fn amounts_are_exact_whatever_type_they_come_as() {
        assert_eq!(minor(Cell::Text("11.27")), Some(1127));
        assert_eq!(minor(Cell::Text("11.270000000000001")), Some(1127));
        assert_eq!(minor(Cell::Real(11.27)), Some(1127));
        assert_eq!(minor(Cell::Decimal(112_700, 4)), Some(1127));
        assert_eq!(minor(Cell::Whole(11)), Some(1100));
        for bad in
            [Cell::Text("11.275"), Cell::Text("1e300"), Cell::Real(f64::INFINITY), Cell::Text("inf"), Cell::Nested]
        {
            assert_eq!(minor(bad), None, "{bad:?}");
        }
        assert!(Cell::Decimal(1, -100).amount(Currency::new("USD").unwrap()).is_err());
    }

    #[test]
    fn a_response_is_yes_above_zero_or_in_words() {
        assert_eq!(Cell::Text("0.0").truth(), Ok(Some(false)));
        assert_eq!(Cell::Text("16.99").truth(), Ok(Some(true)));
        assert_eq!(Cell::Text("Yes").truth(), Ok(Some(true)));
        assert!(Cell::Text("perhaps").truth().is_err());
    }

    #[test]
    fn decimals_are_shown_as_written() {
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(1127, 2), "11.27");
        assert_eq!(decimal(3, -2), "300");
    }
}
