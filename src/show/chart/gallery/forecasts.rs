//! Charts of fitted worlds: the forecast of a record, and the record among its replicas.

use super::*;
use crate::show::chart::{
    forecast_fan::ForecastFan,
    replicas::{ReplicaPanel, Replicas},
};

fn forecast(days: usize, size: f64, title: &str) -> ForecastFan {
    let value = |day: f64| size * (1.0 + 0.15 * (day * std::f64::consts::TAU / 7.0).sin());
    let ahead: Vec<f64> = (0..days).map(|day| day as f64).collect();
    let band = |wide: f64| ahead.iter().map(|&day| (value(day) * (1.0 - wide), value(day) * (1.0 + wide))).collect();
    let names = [("95% of worlds", 0.3), ("80% of worlds", 0.2), ("50% of worlds", 0.1)];
    ForecastFan {
        headline: Headline::new(title, "Revenue a day: recorded, and expected with what worlds show"),
        unit: dollars(),
        axis: "revenue a day".to_owned(),
        past: (0..60).map(|day| (f64::from(day) - 60.0, size * (1.0 + 0.1 * wobble(day as usize)))).collect(),
        mean: ahead.iter().map(|&day| value(day)).collect(),
        bands: names.iter().map(|&(name, wide)| (name.to_owned(), band(wide))).collect(),
        came: ahead.iter().map(|&day| (day, size)).take(20).collect(),
        beside: (days % 2 == 1).then(|| ("without the change".to_owned(), vec![size * 0.8; days])),
        days: ahead,
    }
}

fn replicas(panels: usize, bins: usize) -> Replicas {
    let panel = |place: usize| {
        let point = |bin: usize| {
            let mean = 0.1 + 0.08 * wobble(bin + place);
            (
                format!("to {}", bin * 1_000 + 250),
                mean + 0.05 * wobble(bin),
                Estimate::new(mean, mean * 0.8, mean * 1.2),
            )
        };
        ReplicaPanel {
            title: if place == 0 { LONG.to_owned() } else { "Sessions of a user".to_owned() },
            verdict: "stands out: 5.3% apart, p = 0.025".to_owned(),
            stands_out: place.is_multiple_of(2),
            points: (0..bins).map(point).collect(),
        }
    };
    let subtitle = "Dots: shares in the record; bars: nine of ten of 39 replicas";
    Replicas { headline: Headline::new(LONG, subtitle), panels: (0..panels).map(panel).collect() }
}

/// Plain ones and extreme ones.
pub(super) fn charts() -> Vec<(String, Box<dyn Chart>)> {
    vec![
        ("forecast".to_owned(), Box::new(forecast(46, 12_000.0, "The next 46 days will bring $563K"))),
        ("forecast_day".to_owned(), Box::new(forecast(1, 3e9, LONG))),
        ("forecast_none".to_owned(), Box::new(forecast(0, 1.0, "Nothing"))),
        ("replicas".to_owned(), Box::new(replicas(11, 10))),
        ("replicas_one".to_owned(), Box::new(replicas(1, 40))),
        ("replicas_none".to_owned(), Box::new(replicas(0, 0))),
    ]
}

/// The same of twelve odd numbers.
pub(super) fn odd(n: &[f64]) -> Vec<Box<dyn Chart>> {
    let mut fan = forecast(3, 1.0, "Odd");
    (fan.days, fan.mean) = (n[..3].to_vec(), n[3..6].to_vec());
    fan.bands = vec![("band".to_owned(), (0..3).map(|k| (n[k + 6], n[k + 9])).collect())];
    fan.past = (0..4).map(|k| (n[k], n[k + 1])).collect();
    let mut panels = replicas(2, 6);
    for (k, point) in panels.panels[0].points.iter_mut().enumerate() {
        (point.1, point.2) = (n[k], Estimate::new(n[k + 1], n[k + 2], n[k + 3]));
    }
    vec![Box::new(fan), Box::new(panels)]
}
