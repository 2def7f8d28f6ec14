//! Rates of exchange: of the day, as given; never assumed.

use std::collections::BTreeMap;

use crate::base::units::Currency;

/// Rates in billionths, by pair and by the day from which they hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates(BTreeMap<(Currency, Currency), BTreeMap<i64, i128>>);

const SCALE: i128 = 1_000_000_000;

impl Rates {
    /// Adds a rate that holds from a day on: `EUR/USD` at `1.0898` turns one euro into 1.0898 dollars.
    ///
    /// # Errors
    /// In words, for what is no pair of currencies or no rate above 0.
    pub fn add(&mut self, pair: &str, rate: &str, day: i64) -> Result<(), String> {
        let sides = pair.split_once('/').map(|(from, to)| (Currency::new(from.trim()), Currency::new(to.trim())));
        let Some((Ok(from), Ok(to))) = sides else {
            return Err(format!("a pair of currencies must be like EUR/USD, but is {pair}"));
        };
        let (whole, decimals) = rate.trim().split_once('.').unwrap_or((rate.trim(), ""));
        let digits = format!("{whole}{decimals:0<9}");
        let wrong = || format!("the rate of {pair} must be a decimal above 0 with at most 9 decimals, but is {rate}");
        if decimals.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || whole.len() > 9 {
            return Err(wrong());
        }
        let billionths: i128 = digits.parse().map_err(|_| wrong())?;
        if billionths == 0 {
            return Err(wrong());
        }
        self.0.entry((from, to)).or_default().insert(day, billionths);
        Ok(())
    }

    /// Reads `date,from,to,rate` rows.
    ///
    /// # Errors
    /// In words, with the line.
    pub fn add_table(&mut self, text: &str) -> Result<(), String> {
        for (index, line) in
            text.trim_start_matches('\u{feff}').lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty())
        {
            let cells: Vec<&str> = line.split([',', ';']).map(|cell| cell.trim().trim_matches('"')).collect();
            let &[date, from, to, rate] = cells.as_slice() else {
                return Err(format!("line {}: a row must be date,from,to,rate, but is {line}", index + 1));
            };
            let day = super::number::day(date, None)
                .ok_or_else(|| format!("line {}: the date must be like 2026-03-01, but is {date}", index + 1))?;
            self.add(&format!("{from}/{to}"), rate, day).map_err(|why| format!("line {}: {why}", index + 1))?;
        }
        Ok(())
    }

    /// Minor units in another currency on a day, halves away from zero; none without a rate for it.
    #[must_use]
    pub fn convert(&self, minor: i64, from: Currency, to: Currency, day: i64) -> Option<i64> {
        if from == to {
            return Some(minor);
        }
        let of_day = |pair| Some(*self.0.get(&pair)?.range(..=day).next_back()?.1);
        let (up, down) = match of_day((from, to)) {
            Some(rate) => (rate, SCALE),
            None => (SCALE, of_day((to, from))?),
        };
        let (up, down) = (up * i128::from(to.minor_per_major()), down * i128::from(from.minor_per_major()));
        i64::try_from(share(i128::from(minor), up, down)).ok()
    }
}

/// `amount · up / down`, halves away from zero; `down` is above 0.
#[must_use]
pub const fn share(amount: i128, up: i128, down: i128) -> i128 {
    let product = amount.saturating_mul(up);
    let half = if product < 0 { -down / 2 } else { down / 2 };
    (product + half) / down
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_the_day_is_taken_and_none_is_made_up() {
        let [usd, eur, jpy] = ["USD", "EUR", "JPY"].map(|code| Currency::new(code).unwrap());
        let mut rates = Rates::default();
        rates
            .add_table(
                "date,from,to,rate\n2026-03-01,EUR,USD,1.0898\n2026-03-03,EUR,USD,1.2\n2026-03-01,JPY,USD,0.0067\n",
            )
            .unwrap();
        let day = super::super::number::day("2026-03-02", None).unwrap();
        assert_eq!(rates.convert(4900, eur, usd, day), Some(5340));
        assert_eq!(rates.convert(4900, eur, usd, day + 1), Some(5880));
        assert_eq!(rates.convert(5000, jpy, usd, day), Some(3350));
        assert_eq!(rates.convert(5340, usd, eur, day), Some(4900));
        assert_eq!(rates.convert(1, eur, jpy, day), None);
        assert_eq!(rates.convert(1, eur, usd, day - 9), None);
        assert!(
            rates.add("EURUSD", "1", 0).is_err()
                && rates.add("EUR/USD", "0", 0).is_err()
                && rates.add("EUR/USD", "-1", 0).is_err()
        );
    }
}
