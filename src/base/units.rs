//! Quantities with their unit in the type, checked on the way in.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh64::xxh64;

/// Why a number is not the quantity it was meant to be.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UnitError {
    /// Outside the quantity's range.
    #[error("{what} must be {range}, but is {found}")]
    OutOfRange {
        /// The quantity, with its article.
        what: &'static str,
        /// The range in words.
        range: &'static str,
        /// What was given.
        found: f64,
    },
    /// Not a currency code.
    #[error("a currency must be three capital letters (ISO 4217), but is {found:?}")]
    Currency {
        /// What was given.
        found: String,
    },
    /// Not an amount of money.
    #[error("an amount must be a decimal number with at most {digits} decimals, but is {found:?}")]
    Amount {
        /// What was given.
        found: String,
        /// Decimals of the currency.
        digits: u32,
    },
}

macro_rules! checked_float {
    ($(#[$doc:meta])* $name:ident, $what:literal, $range:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            #[doc = concat!("Checks that the value is ", $range, ".")]
            ///
            /// # Errors
            /// [`UnitError::OutOfRange`] outside that range, or for NaN.
            pub fn new(value: f64) -> Result<Self, UnitError> {
                let valid: fn(f64) -> bool = $valid;
                if valid(value) {
                    Ok(Self(value))
                } else {
                    Err(UnitError::OutOfRange { what: $what, range: $range, found: value })
                }
            }

            /// The bare number.
            #[must_use]
            pub const fn value(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = UnitError;
            fn try_from(value: f64) -> Result<Self, UnitError> {
                Self::new(value)
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> f64 {
                value.0
            }
        }
    };
}

checked_float!(
    /// A chance or a share \[1\], from 0 to 1.
    Probability, "a probability", "from 0 to 1", |v| (0.0..=1.0).contains(&v)
);
checked_float!(
    /// A length of time \[day\], above 0.
    Days, "a length in days", "above 0", |v| v > 0.0 && v.is_finite()
);
checked_float!(
    /// A number above 0: a scale, a strength, a multiple.
    Positive, "this number", "above 0", |v| v > 0.0 && v.is_finite()
);
checked_float!(
    /// A number of at least 0: a spend, a cost, a spread.
    NonNegative, "this number", "at least 0", |v| v >= 0.0 && v.is_finite()
);

/// A currency by its ISO 4217 code; it knows how many decimals its minor unit has.
///
/// ```
/// use cwm::base::units::Currency;
/// assert_eq!(Currency::new("JPY").unwrap().digits(), 0);
/// assert_eq!(Currency::new("USD").unwrap().digits(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code of three capital letters.
    ///
    /// # Errors
    /// [`UnitError::Currency`] for anything else.
    pub fn new(code: &str) -> Result<Self, UnitError> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(UnitError::Currency { found: code.to_owned() }),
        }
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Decimals of the minor unit (ISO 4217: 0 for JPY and KRW, 3 for KWD, 2 for most).
    #[must_use]
    pub const fn digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// Minor units in one major unit: 100 for USD.
    #[must_use]
    pub const fn minor_per_major(self) -> i64 {
        10i64.pow(self.digits())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnitError;
    fn try_from(code: String) -> Result<Self, UnitError> {
        Self::new(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money in whole minor units, so that a ledger adds up the same in any order.
///
/// ```
/// use cwm::base::units::{Currency, Money};
/// let usd = Currency::new("USD").unwrap();
/// let basket: Money = [Money::from_minor(499), Money::from_minor(1250)].into_iter().sum();
/// assert_eq!(basket.major(usd), 17.49);
/// assert_eq!(Money::parse("17.49", usd).unwrap(), basket);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money(i64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// From minor units (cents for USD).
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// Minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// From major units (dollars), rounded to the nearest minor unit, halves away from zero.
    #[must_use]
    pub fn from_major(major: f64, currency: Currency) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "an `as` cast saturates, which is the wanted limit")]
        Self((major * currency.minor_per_major() as f64).round() as i64)
    }

    /// Major units, for showing.
    #[must_use]
    pub fn major(self, currency: Currency) -> f64 {
        self.0 as f64 / currency.minor_per_major() as f64
    }

    /// Reads a plain decimal (`-12.5`, `1250`) exactly, without passing through floating point.
    ///
    /// # Errors
    /// [`UnitError::Amount`] if it is no decimal number, has more decimals than the currency (other than
    /// zeros), or is too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, UnitError> {
        let wrong = || UnitError::Amount { found: text.to_owned(), digits: currency.digits() };
        let trimmed = text.trim();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let decimals = decimals.trim_end_matches('0');
        let places = currency.digits() as usize;
        let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() && decimals.is_empty() || !numeric(whole) || !numeric(decimals) || decimals.len() > places {
            return Err(wrong());
        }
        let minor: i64 = format!("{whole}{decimals:0<places$}").parse().map_err(|_| wrong())?;
        Ok(Self(if negative { -minor } else { minor }))
    }
}

impl std::ops::Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::ops::Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

/// A customer, by a number that never changes with the order of the input.
///
/// A plain decimal id keeps its number; any other text is its 63-bit hash with the top bit set, so the two
/// kinds cannot meet.
///
/// ```
/// use cwm::base::units::UserId;
/// assert_eq!(UserId::of("2469"), UserId(2469));
/// assert_ne!(UserId::of("02469"), UserId(2469));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub u64);

impl UserId {
    const HASHED: u64 = 1 << 63;

    /// The id of an external name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.parse::<u64>() {
            Ok(number) if number < Self::HASHED && number.to_string() == name => Self(number),
            _ => Self(xxh64(name.as_bytes(), 42) | Self::HASHED),
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Self::HASHED { write!(f, "{}", self.0) } else { write!(f, "#{:015x}", self.0 & !Self::HASHED) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn usd() -> Currency {
        Currency::new("USD").unwrap()
    }

    #[test]
    fn a_probability_of_one_point_three_is_refused_in_words() {
        let error = Probability::new(1.3).unwrap_err();
        assert_eq!(error.to_string(), "a probability must be from 0 to 1, but is 1.3");
        assert!(Probability::new(f64::NAN).is_err());
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        assert_eq!(Money::parse("0.1", usd()), Ok(Money::from_minor(10)));
        assert_eq!(Money::parse("-3.07", usd()), Ok(Money::from_minor(-307)));
        assert_eq!(Money::parse("5.000", usd()), Ok(Money::from_minor(500)));
        for bad in ["", ".", "1.234", "1,5", "1e3", "99999999999999999999", "--1", "=1"] {
            assert!(Money::parse(bad, usd()).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_total_does_not_depend_on_the_order(mut cents in vec(-9_999i64..9_999, 0..50)) {
            let total: Money = cents.iter().copied().map(Money::from_minor).sum();
            cents.reverse();
            prop_assert_eq!(total, cents.into_iter().map(Money::from_minor).sum());
        }

        #[test]
        fn money_reads_back_what_it_writes(minor in -1_000_000_000i64..1_000_000_000) {
            let money = Money::from_minor(minor);
            let text = format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100);
            prop_assert_eq!(Money::parse(&text, usd()), Ok(money));
        }
    }
}
