//! What a record and its replicas are held against each other by.

use super::trace::{Trace, Visit};

/// Something that is measured of a trace, in a few numbers.
pub(super) struct Measure {
    /// Its name, for tables and JSON.
    pub name: &'static str,
    /// The same in words.
    pub title: &'static str,
    /// Whether the numbers are shares of a whole; else each stands for itself.
    pub shares: bool,
    /// What each number is of.
    pub labels: Vec<String>,
    /// Measures.
    pub of: Taking,
}

/// How a trace is measured.
pub(super) type Taking = Box<dyn Fn(&Trace) -> Vec<f64> + Send + Sync>;

/// Fewest users or sessions that a number is told of.
const FEWEST: f64 = 10.0;

/// The measures that a record bears; where they need bounds, these are the record's own.
pub(super) fn of(record: &Trace) -> Vec<Measure> {
    let all = [
        Some(sessions_per_user()),
        gaps(record),
        came_again(record),
        still_coming(record),
        weekdays(record),
        dayparts(record),
        paid_by_session(record),
        amounts(record),
        revenue_per_user(record),
        revenue_a_day(record),
        revenue_over_time(record),
    ];
    all.into_iter().flatten().collect()
}

fn sessions_per_user() -> Measure {
    let ends = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];
    let labels = ["1", "2", "3–4", "5–8", "9–16", "17–32", "33–64", "65–128", "more"];
    Measure {
        name: "sessions_per_user",
        title: "Sessions of a user",
        shares: true,
        labels: labels.map(str::to_owned).to_vec(),
        of: Box::new(move |trace| shares(trace.users.iter().map(|user| user.len() as f64), &ends)),
    }
}

fn gaps(record: &Trace) -> Option<Measure> {
    let ends = [0.5, 1.5, 3.5, 7.5, 14.5, 30.5, 60.5, 120.5];
    (record.users.iter().map(|user| user.len() - 1).sum::<usize>() as f64 >= FEWEST).then(|| Measure {
        name: "gaps",
        title: "Days between two sessions",
        shares: true,
        labels: ["0", "1", "2–3", "4–7", "8–14", "15–30", "31–60", "61–120", "more"].map(str::to_owned).to_vec(),
        of: Box::new(move |trace| {
            let gaps = trace.users.iter().flat_map(|user| user.windows(2)).map(|pair| pair[1].at - pair[0].at);
            shares(gaps, &ends)
        }),
    })
}

/// Who was watched long enough to come again within so many days, and did.
fn came_again(record: &Trace) -> Option<Measure> {
    let within = told(&[1.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0], record, 0.0);
    (!within.is_empty()).then(|| Measure {
        name: "came_again_within",
        title: "Came again within so many days",
        shares: false,
        labels: within.iter().map(|days| format!("{days}")).collect(),
        of: Box::new(move |trace| {
            let again = |user: &Vec<Visit>, days: f64| user.get(1).is_some_and(|visit| visit.at - user[0].at <= days);
            within.iter().map(|&days| among_watched(trace, days, again)).collect()
        }),
    })
}

/// Survival by tenure, as far as it shows: who still comes after so many days, given a month to do so.
fn still_coming(record: &Trace) -> Option<Measure> {
    const TO_SHOW: f64 = 30.0;
    let after = told(&[30.0, 60.0, 90.0, 120.0, 180.0, 270.0, 330.0], record, TO_SHOW);
    (!after.is_empty()).then(|| Measure {
        name: "still_coming_after",
        title: "Still came after so many days of tenure",
        shares: false,
        labels: after.iter().map(|days| format!("{days}")).collect(),
        of: Box::new(move |trace| {
            let still =
                |user: &Vec<Visit>, days: f64| user.last().is_some_and(|visit| visit.at - user[0].at > days - TO_SHOW);
            after.iter().map(|&days| among_watched(trace, days + TO_SHOW, |u, d| still(u, d))).collect()
        }),
    })
}

/// Those days of tenure that enough users of the record were watched for, and so much longer.
fn told(days: &[f64], record: &Trace, longer: f64) -> Vec<f64> {
    let watched = |day: f64| record.users.iter().filter(|user| record.days - user[0].at >= day + longer).count();
    days.iter().copied().filter(|&day| watched(day) as f64 >= FEWEST).collect()
}

/// The share of users who were watched for so long to whom something goes for.
fn among_watched(trace: &Trace, days: f64, goes: impl Fn(&Vec<Visit>, f64) -> bool) -> f64 {
    let watched = trace.users.iter().filter(|user| trace.days - user[0].at >= days);
    let (mut n, mut yes) = (0.0, 0.0);
    for user in watched {
        n += 1.0;
        yes += f64::from(goes(user, days));
    }
    if n > 0.0 { yes / n } else { 0.0 }
}

fn weekdays(record: &Trace) -> Option<Measure> {
    (record.days >= 14.0).then(|| Measure {
        name: "weekdays",
        title: "Day of the week",
        shares: true,
        labels: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(str::to_owned).to_vec(),
        of: Box::new(|trace| counted(trace.visits().map(|visit| usize::from(visit.weekday)), 7)),
    })
}

fn dayparts(record: &Trace) -> Option<Measure> {
    let parts = record.visits().map(|visit| usize::from(visit.daypart)).max()? + 1;
    let label = |part: usize| format!("{} {}", if part < parts { "weekday" } else { "weekend" }, part % parts + 1);
    (parts > 1).then(|| Measure {
        name: "dayparts",
        title: "Part of the day, on weekdays and at weekends",
        shares: true,
        labels: (0..2 * parts).map(label).collect(),
        of: Box::new(move |trace| {
            let cell = |visit: &Visit| usize::from(visit.daypart).min(parts - 1) + parts * usize::from(visit.weekend);
            counted(trace.visits().map(cell), 2 * parts)
        }),
    })
}

/// First sessions of the ranges by which paying is told.
const FROM: [usize; 5] = [0, 1, 2, 5, 10];

fn paid_by_session(record: &Trace) -> Option<Measure> {
    let paid = record.visits().filter(|visit| visit.paid.is_some()).count();
    let differs = paid > 0 && paid < record.visits().count();
    let of = |trace: &Trace| {
        let among = |from: usize, to: usize| {
            let visits = trace.users.iter().flat_map(|user| user.get(from..to.min(user.len())).unwrap_or(&[]));
            let (n, yes) = visits.fold((0.0, 0.0), |(n, yes), visit| (n + 1.0, yes + f64::from(visit.paid.is_some())));
            if n > 0.0 { yes / n } else { 0.0 }
        };
        FROM.iter().zip(FROM.iter().skip(1).chain([&usize::MAX])).map(|(&from, &to)| among(from, to)).collect()
    };
    differs.then(|| Measure {
        name: "paid_by_session",
        title: "Share of sessions that pay, by their number",
        shares: false,
        labels: ["first", "2nd", "3–5", "6–10", "later"].map(str::to_owned).to_vec(),
        of: Box::new(of),
    })
}

fn amounts(record: &Trace) -> Option<Measure> {
    let paid = |trace: &Trace| trace.visits().filter_map(|visit| visit.paid).collect::<Vec<_>>();
    let ends = tenths(paid(record))?;
    Some(Measure {
        name: "amounts",
        title: "What a paying session pays",
        shares: true,
        labels: up_to(&ends),
        of: Box::new(move |trace| shares(paid(trace).into_iter(), &ends)),
    })
}

fn revenue_per_user(record: &Trace) -> Option<Measure> {
    let spent = |trace: &Trace| -> Vec<f64> {
        trace.users.iter().map(|user| user.iter().filter_map(|visit| visit.paid).sum()).collect()
    };
    let mut ends = tenths(spent(record).into_iter().filter(|&sum| sum > 0.0).collect())?;
    ends.insert(0, 0.0);
    Some(Measure {
        name: "revenue_per_user",
        title: "What a user paid in all",
        shares: true,
        labels: up_to(&ends),
        of: Box::new(move |trace| shares(spent(trace).into_iter(), &ends)),
    })
}

fn revenue_a_day(record: &Trace) -> Option<Measure> {
    let ends = tenths(record.revenue_by_day())?;
    (record.days >= 30.0 && ends[ends.len() - 1] > 0.0).then(|| Measure {
        name: "revenue_a_day",
        title: "Revenue of a day",
        shares: true,
        labels: up_to(&ends),
        of: Box::new(move |trace| shares(trace.revenue_by_day().into_iter(), &ends)),
    })
}

fn revenue_over_time(record: &Trace) -> Option<Measure> {
    const STRETCHES: usize = 10;
    let of = |trace: &Trace| {
        let mut sums = [0.0; STRETCHES];
        let days = trace.revenue_by_day();
        for (day, revenue) in days.iter().enumerate() {
            sums[day * STRETCHES / days.len()] += revenue;
        }
        let total: f64 = sums.iter().sum();
        sums.iter().map(|sum| if total > 0.0 { sum / total } else { 0.0 }).collect()
    };
    (record.days >= 30.0 && record.visits().any(|visit| visit.paid.is_some())).then(|| Measure {
        name: "revenue_over_time",
        title: "Revenue by tenth of the record",
        shares: true,
        labels: (1..=STRETCHES).map(|stretch| stretch.to_string()).collect(),
        of: Box::new(of),
    })
}

/// Ends of the tenths of some values, each once; none if there are too few.
fn tenths(mut values: Vec<f64>) -> Option<Vec<f64>> {
    values.sort_by(f64::total_cmp);
    if (values.len() as f64) < FEWEST {
        return None;
    }
    let mut ends: Vec<f64> = (1..10).map(|tenth| values[tenth * values.len() / 10]).collect();
    ends.dedup();
    Some(ends)
}

fn up_to(ends: &[f64]) -> Vec<String> {
    let ends: Vec<String> = ends.iter().map(|end| format!("to {}", round(*end))).collect();
    ends.into_iter().chain(["more".to_owned()]).collect()
}

/// Three digits, or all before the point.
fn round(value: f64) -> String {
    let decimals = if value.abs() >= 100.0 || value == 0.0 { 0 } else { 2 };
    format!("{value:.decimals$}")
}

/// Shares of values up to each end, and beyond the last.
fn shares(values: impl Iterator<Item = f64>, ends: &[f64]) -> Vec<f64> {
    counted(values.map(|value| ends.partition_point(|end| *end < value)), ends.len() + 1)
}

/// Shares of so many cells.
fn counted(cells: impl Iterator<Item = usize>, of: usize) -> Vec<f64> {
    let mut counts = vec![0.0; of];
    cells.for_each(|cell| counts[cell.min(of - 1)] += 1.0);
    let total: f64 = counts.iter().sum();
    counts.iter().map(|count| if total > 0.0 { count / total } else { 0.0 }).collect()
}
