//! Charts of accounts: how modules spread, bridges of recurring revenue, one account over time.

use super::*;
use crate::show::chart::{
    account_timeline::{AccountTimeline, ContractEnd, Strip},
    arr_bridge::{ArrBridge, BridgeArm},
    heat::Heat,
};

fn heat(rows: usize, weeks: usize, size: f64, title: &str) -> Heat {
    let row = |row: usize| {
        let cell =
            |week: usize| size * ((week as f64 / weeks as f64) * 0.6 + 0.1 * row as f64 + 0.05 * wobble(week + row));
        (if row == 0 { LONG.to_owned() } else { format!("module {row}") }, (0..weeks).map(cell).collect())
    };
    Heat {
        headline: Headline::new(title, "Share of accounts that use each module in a week"),
        unit: Unit::Share,
        axis: "weeks".to_owned(),
        ticks: (0..weeks).step_by(13).map(|week| (week, format!("2026-W{week}"))).collect(),
        rows: (0..rows).map(row).collect(),
    }
}

/// A bridge in millions, whose whiskers are wider the larger the part.
fn bridge(arms: &[&str], size: f64, title: &str) -> ArrBridge {
    let around = |mean: f64| Estimate::new(mean, mean - 0.08 * mean.abs(), mean + 0.08 * mean.abs());
    let arm = |(place, label): (usize, &&str)| {
        let parts = [-15.8 + 3.0 * place as f64, -6.1, 12.9, 4.2, 9.3].map(|part| around(size * part));
        let closing = size * 219.0 + parts.iter().map(|part| part.mean).sum::<f64>();
        let closing = Estimate::new(closing, closing - 3.0 * size, closing + 3.0 * size);
        let opening = Estimate::bare(size * 219.0);
        BridgeArm { label: (*label).to_owned(), opening, parts: parts.to_vec(), closing }
    };
    ArrBridge {
        headline: Headline::new(title, "Whiskers are 80% intervals over worlds"),
        unit: dollars(),
        axis: "recurring revenue a year".to_owned(),
        parts: ["Churn", "Contraction", "Expansion", "Seats", "Price"].map(str::to_owned).to_vec(),
        arms: arms.iter().enumerate().map(arm).collect(),
    }
}

fn timeline(weeks: usize, strips: usize, title: &str) -> AccountTimeline {
    let day = |week: usize| 19_723.0 + 7.0 * week as f64;
    let used = |week: usize| (day(week), 0.7 - 0.4 * week as f64 / weeks as f64 + 0.1 * wobble(week));
    let foretold = |week: usize| {
        let mean = 0.9 - 0.35 * (week as f64 / weeks as f64).powi(2);
        (day(week), Estimate::new(mean, mean - 0.12, (mean + 0.08).min(1.0)))
    };
    let strip = |place: usize| Strip {
        label: if place == 0 { LONG.to_owned() } else { format!("kind {place}") },
        marks: (0..weeks)
            .filter(|week| (week * 31 + place * 7).is_multiple_of(11))
            .map(|w| (day(w), w.is_multiple_of(2)))
            .collect(),
    };
    let end = |week: usize, label: &str, stayed| ContractEnd { day: day(week), label: label.to_owned(), stayed };
    AccountTimeline {
        headline: Headline::new(title, "By week; the band is an 80% interval"),
        ticks: (0..weeks).step_by(13).map(|week| (day(week), format!("week {week}"))).collect(),
        used: (0..weeks).map(used).collect(),
        foretold: (0..weeks).step_by(4).map(foretold).collect(),
        strips: (0..strips).map(strip).collect(),
        ends: match weeks {
            0 => Vec::new(),
            _ => vec![end(weeks / 2, "renewed, 84% foretold", Some(true)), end(weeks + 4, "renewal due", None)],
        },
    }
}

/// Plain ones and extreme ones.
pub(super) fn charts() -> Vec<(String, Box<dyn Chart>)> {
    vec![
        ("heat".to_owned(), Box::new(heat(12, 104, 1.0, "Time tracking spreads, surveys do not"))),
        ("heat_one".to_owned(), Box::new(heat(1, 1, 1e-9, LONG))),
        ("arr_bridge".to_owned(), Box::new(bridge(&["as it is", "playbook"], 1e6, "The playbook keeps $3M more"))),
        ("arr_bridge_one".to_owned(), Box::new(bridge(&["as it is"], 1e-3, LONG))),
        ("arr_bridge_none".to_owned(), Box::new(bridge(&[], 1.0, "Nothing"))),
        ("account_timeline".to_owned(), Box::new(timeline(104, 4, "Renewal at risk: 55%, and fewer come"))),
        ("account_timeline_many".to_owned(), Box::new(timeline(2, 20, LONG))),
        ("account_timeline_none".to_owned(), Box::new(timeline(0, 0, "Nothing"))),
        ("heat_none".to_owned(), Box::new(heat(0, 0, 1.0, "Nothing"))),
    ]
}

/// The same of twelve odd numbers.
pub(super) fn odd(n: &[f64]) -> Vec<Box<dyn Chart>> {
    let mut heat = heat(2, 6, 1.0, "Odd");
    (heat.rows[0].1, heat.rows[1].1) = (n[..6].to_vec(), n[6..12].to_vec());
    let mut bridge = bridge(&["a", "b"], 1.0, "Odd");
    for (place, part) in bridge.arms.iter_mut().flat_map(|arm| &mut arm.parts).enumerate() {
        *part = Estimate::new(n[place], n[(place + 1) % 12], n[(place + 2) % 12]);
    }
    let mut timeline = timeline(4, 1, "Odd");
    (timeline.used[0], timeline.used[1]) = ((n[0], n[1]), (n[2], n[3]));
    timeline.foretold = vec![(n[4], Estimate::new(n[5], n[6], n[7])), (n[8], Estimate::new(n[9], n[10], n[11]))];
    (timeline.strips[0].marks, timeline.ends[0].day) = (vec![(n[0], true), (n[11], false)], n[3]);
    vec![Box::new(heat), Box::new(bridge), Box::new(timeline)]
}
