//! What part of the month it is: paydays and bills move everybody alike.
//!
//! Each week of a month is held against the 31 days around each of its days, so that growth is not taken for it; the mean ratio
//! over the months is drawn towards 1 as far as the months differ among themselves (James & Stein 1961).

use super::world::Number;
use crate::{
    base::{float::sqrt, time::Date},
    world::busy::{MONTH_PARTS, part_of_month},
};

/// Days around a day that it is held against, on each side.
const AROUND: usize = 15;
/// Months that an effect needs.
const MONTHS: usize = 5;

/// By part of the month, relative to the mean; from what was seen on each local day, and what is usual on it but for the
/// month. None where the record has too few months.
pub(super) fn parts(days: &[(f64, f64)], first_day: i64) -> Option<[Number; MONTH_PARTS]> {
    let ratios = ratios(days, first_day);
    if ratios.iter().any(|own| own.len() < MONTHS) {
        return None;
    }
    let told = ratios.map(|own| {
        let n = own.len() as f64;
        let mean = own.iter().sum::<f64>() / n;
        (mean, own.iter().map(|ratio| (ratio - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
    });
    let count = MONTH_PARTS as f64;
    let overall = told.iter().map(|(mean, _)| mean).sum::<f64>() / count;
    let scatter = told.iter().map(|(mean, _)| (mean / overall - 1.0).powi(2)).sum::<f64>() / count;
    let real = (scatter - told.iter().map(|(_, noise)| noise).sum::<f64>() / count).max(0.0);
    Some(told.map(|(mean, noise)| {
        let kept = real / (real + noise).max(1e-12);
        Number::new((1.0 + kept * (mean / overall - 1.0)).clamp(0.1, 10.0), sqrt(kept * noise))
    }))
}

/// By part of the month, one ratio a month that has it whole.
fn ratios(days: &[(f64, f64)], first_day: i64) -> [Vec<f64>; MONTH_PARTS] {
    let mut ratios: [Vec<f64>; MONTH_PARTS] = std::array::from_fn(|_| Vec::new());
    let mut own: Option<(usize, f64, f64, u32)> = None;
    let mut close = |own: Option<(usize, f64, f64, u32)>| {
        if let Some((part, seen, usual, n)) = own
            && n >= 6
            && usual > 0.0
        {
            ratios[part].push(seen / usual);
        }
    };
    for at in AROUND..days.len().saturating_sub(AROUND) {
        let part = part_of_month(Date::from_number(first_day + at as i64));
        let around = &days[at - AROUND..=at + AROUND];
        let (seen, usual) = around.iter().fold((0.0, 0.0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        let usual = if usual > 0.0 { days[at].1 * seen / usual } else { 0.0 };
        own = match own {
            Some((before, seen, sum, n)) if before == part => Some((part, seen + days[at].0, sum + usual, n + 1)),
            before => {
                close(before);
                Some((part, days[at].0, usual, 1))
            }
        };
    }
    close(own);
    ratios
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        float::{exp, normal_quantile},
        luck::{Luck, Purpose, uniform},
        units::UserId,
    };

    fn year(times: [f64; MONTH_PARTS], growth: f64) -> Vec<(f64, f64)> {
        let luck = Luck::new(9, 0);
        let normal = |i: u32| normal_quantile(uniform(luck.block(UserId(1), Purpose::Fit, i)[0]));
        let day = |i: u32| {
            let own = times[part_of_month(Date::from_number(17_167 + i64::from(i)))];
            (100.0 * own * exp(growth * f64::from(i) + 0.05 * normal(i)), 100.0)
        };
        (0..365).map(day).collect()
    }

    #[test]
    fn a_month_that_starts_well_is_found_and_growth_is_none() {
        let found = parts(&year([1.1, 1.0, 0.98, 0.92], 0.0), 17_167).unwrap();
        for (own, planted) in found.iter().zip([1.1, 1.0, 0.98, 0.92]) {
            assert!((own.value - planted).abs() < 0.025, "{found:?}");
        }
        let grown = parts(&year([1.0; 4], 0.004), 17_167).unwrap();
        assert!(grown.iter().all(|own| (own.value - 1.0).abs() < 0.015), "{grown:?}");
        assert_eq!(parts(&year([1.0; 4], 0.0)[..120], 17_167), None);
    }
}
