//! What a history reveals, held against what was planted in it: the looking sees events alone.

use cwm::{
    base::{
        time::{DAY, Date, LocalClock, SimTime, WallTime},
        units::Money,
    },
    history::{
        event::{Event, EventKind},
        log::History,
        sessions::{Sessionisation, timelines},
    },
    study::{
        estimate::Estimate,
        insight::{
            Insight, Looked, breaks, cliff,
            dimension::Dimension,
            facts::{Facts, Reading},
            finding::{Finding, Kind},
            spend::Spend,
            zero_revenue,
        },
        recording,
    },
    world::scenario::{Scenario, ScenarioFile},
};

use crate::support::{Desk, SMALL, csv, files, package, replay_of, rows, with};

fn readings() -> Scenario {
    ScenarioFile::read(&package().join("scenarios/b2c_readings.ron")).unwrap().scenario
}

/// The scenario with other numbers in its text, and another seed.
fn variant(changes: &[(&str, &str)], seed: u64) -> Scenario {
    let path = package().join("scenarios/b2c_readings.ron");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = changes.iter().fold(text, |text, (part, other)| with(&text, part, other));
    let mut scenario = ScenarioFile::parse(&path, text).unwrap_or_else(|error| panic!("{error}")).scenario;
    scenario.seed = seed;
    scenario
}

/// Reads a history the way the command does, and hands over what it holds.
fn reading<T>(history: &History, scenario: &Scenario, of: impl FnOnce(&Reading<'_>) -> T) -> T {
    let settings = Sessionisation {
        timeout_minutes: 30,
        at_midnight: false,
        dayparts: scenario.sessions.dayparts.clone(),
        zone: scenario.clock.timezone.clone(),
        catalogues: None,
        answer_days: 7,
    };
    let timelines = timelines(history, &settings).unwrap();
    let (zone, currency) = (&scenario.clock.timezone, scenario.currency);
    of(&Reading { history, timelines: &timelines, zone, currency, hours: scenario.sessions.dayparts.hours() })
}

fn insight(history: &History, scenario: &Scenario) -> Insight {
    reading(history, scenario, |reading| Insight::of(reading, Spend::default(), 1))
}

fn facts(history: &History, scenario: &Scenario) -> Facts {
    reading(history, scenario, |reading| Facts::of(reading, Spend::default()))
}

fn of(found: &Insight, kind: Kind) -> Vec<&Finding> {
    found.findings.iter().filter(|finding| finding.kind == kind).collect()
}

/// Breaks alone, without what takes longer.
fn breaks_of(facts: &Facts) -> Vec<Finding> {
    breaks::look(&looked_at(facts))
}

fn looked_at(facts: &Facts) -> Looked<'_> {
    Looked {
        facts,
        dimensions: Dimension::all(facts),
        leaving: None,
        classes: None,
        members: Vec::new(),
        segments: Vec::new(),
        sources: Vec::new(),
        associations: Vec::new(),
        seed: 1,
    }
}

#[track_caller]
fn holds(lo: Option<f64>, hi: Option<f64>, truth: f64) {
    assert!(lo.unwrap() <= truth && truth <= hi.unwrap(), "{lo:?} to {hi:?} must hold {truth}");
}

/// No goodbyes: who left must be inferred from silence.
fn silent(history: &History) -> History {
    let events = history.events.iter().filter(|event| event.kind != EventKind::Cancel).cloned().collect();
    History::new(events, history.names.clone())
}

/// Most payments of a channel's users fail from a day on, counted from the first of the record.
fn broken(history: &History, scenario: &Scenario, channel: &str, day: i64) -> History {
    let first = history.events[0].at;
    let clock = LocalClock::new(&scenario.clock.timezone, first, history.events.last().unwrap().at);
    let from = SimTime(clock.moment(WallTime((clock.wall(first).day() + day) * DAY)).0);
    let brought =
        |event: &Event| matches!(&event.kind, EventKind::Acquired { channel: by, .. } if by.as_str() == channel);
    let users: std::collections::BTreeSet<_> =
        history.events.iter().filter(|event| brought(event)).map(|event| event.user).collect();
    let fails = |event: &&Event| {
        let late = event.at >= from && users.contains(&event.user);
        // Four in ten, by the cents of the amount, which are as good as chance.
        late && matches!(event.kind, EventKind::Charge { amount } if amount.minor() % 10 < 4)
    };
    let events = history.events.iter().filter(|event| !fails(event)).cloned().collect();
    History::new(events, history.names.clone())
}

/// What is planted in `b2c_readings.ron`: 31% of sessions earn nothing, 8% of users are worth 4 times the average, days 66 to 90
/// are a cliff, and one in five unpaid sessions at $15 are $55,000 a year.
#[test]
fn what_is_planted_in_the_readings_is_found_from_events_alone() {
    let scenario = readings();
    let found = insight(&recording::history(&scenario).unwrap(), &scenario);
    let unpaid = of(&found, Kind::ZeroRevenue)[0];
    holds(unpaid.lo, unpaid.hi, 0.31);
    let money = unpaid.money_per_year.unwrap();
    holds(money.lo, money.hi, 55_000.0);
    let cliff = of(&found, Kind::Cliff)[0];
    assert!(cliff.stands && cliff.place == "days 66–90 of tenure", "{cliff:?}");
    // Of those who reach day 65 38.7% leave by day 90; at the geometric mean of the hazards of the 30 days before and after,
    // 12.3% would (from the scenario's losses and channels, in closed form).
    holds(cliff.lo, cliff.hi, 0.2635);
    let segment = of(&found, Kind::Segment)[0];
    assert!(segment.stands, "{segment:?}");
    let best = &found.segments[0];
    holds(best.share.lo, best.share.hi, 0.08);
    holds(best.multiple.lo, best.multiple.hi, 4.0);
    let broken: Vec<_> = of(&found, Kind::Break).into_iter().filter(|finding| finding.stands).collect();
    assert!(broken.is_empty(), "nothing was broken: {broken:?}");
}

const CLIFF: &str = r#"                "core":    [0.52, 0.20, 0.39, 0.10],
                "curious": [0.72, 0.33, 0.43, 0.16],
                "devoted": [0.28, 0.13, 0.312, 0.075],"#;
/// The same without what stands out: 25 days at the loss of the time after.
const NO_CLIFF: &str = r#"                "core":    [0.52, 0.20, 0.084, 0.10],
                "curious": [0.72, 0.33, 0.135, 0.16],
                "devoted": [0.28, 0.13, 0.063, 0.075],"#;

#[test]
fn a_cliff_is_found_where_goodbyes_are_silent_and_none_where_there_is_none() {
    let scenario = readings();
    let history = silent(&recording::history(&scenario).unwrap());
    let found = cliff::find(&facts(&history, &scenario), 1).unwrap();
    let (from, to) = found.cliff.unwrap().days();
    assert!(found.p_value <= 0.05 && from < 85.0 && to > 70.0, "{from} to {to}, p {}", found.p_value);
    let scenario = variant(&[(CLIFF, NO_CLIFF)], 20_260_301);
    let history = recording::history(&scenario).unwrap();
    for history in [silent(&history), history] {
        let found = cliff::find(&facts(&history, &scenario), 1).unwrap();
        assert!(found.cliff.is_none(), "p {}", found.p_value);
    }
}

#[test]
fn a_checkout_that_breaks_on_one_channel_is_found_with_its_day() {
    let scenario = readings();
    let history = broken(&recording::history(&scenario).unwrap(), &scenario, "meta_retargeting", 480);
    let facts = facts(&history, &scenario);
    let first = &breaks_of(&facts)[0];
    assert!(first.stands && first.place.contains("meta_retargeting"), "{first:?}");
    let told = Date::parse(first.place.rsplit(", ").next().unwrap()).unwrap().number();
    assert!((told - facts.days.0 - 480).abs() <= 3, "{}", first.place);
    assert!(first.money_per_year.unwrap().lo.unwrap() > 0.0);
}

#[test]
fn findings_are_printed_as_text_and_json_and_each_scenario_is_in_order() {
    let desk = Desk::with("small.ron", SMALL);
    let said = desk.cwm(&["insight", "small.ron", "--quiet", "--format", "json", "--out", "out"]).well();
    assert_eq!(said.err, "");
    let json = said.json();
    let findings = json["findings"].as_array().unwrap();
    assert!(findings.len() >= 6, "{json}");
    for finding in findings {
        for field in ["kind", "where", "value", "lo", "hi", "money_per_year", "p_value", "evidence", "scenario"] {
            assert!(finding.get(field).is_some(), "{field} in {finding}");
        }
    }
    let written = files(&desk.path("out"));
    for name in ["report.html", "report.md", "summary.json", "charts/findings.svg", "tables/findings.csv"] {
        assert!(written.contains_key(name), "{name} in {:?}", written.keys());
    }
    let scenarios: Vec<&str> = findings.iter().filter_map(|finding| finding["scenario"].as_str()).collect();
    assert!(!scenarios.is_empty());
    for scenario in scenarios {
        desk.cwm(&["check", &format!("out/{scenario}")]).well();
    }
    let text = desk.cwm(&["insight", "small.ron", "--quiet", "--out", "out"]).well();
    assert!(text.out.contains("a year") && !text.out.contains("NaN"), "{text}");
}

#[test]
fn a_trial_runs_as_it_is() {
    let desk = Desk::with("small.ron", SMALL);
    desk.cwm(&["insight", "small.ron", "--quiet", "--out", "out"]).well();
    let said =
        desk.cwm(&["run", "out/scenarios/recover_unpaid.ron", "--replications", "2", "--quiet", "--format", "json"]);
    assert_eq!(said.well().json()["arms"].as_array().unwrap().len(), 2);
}

/// Every number in it is one.
fn is_sane(history: &str) {
    let desk = Desk::with("some.ron", replay_of("some.csv"));
    desk.put("some.csv", history);
    let said = desk.cwm(&["insight", "some.ron", "--quiet", "--format", "json", "--out", "out"]).well();
    assert_eq!(said.err, "", "no warning");
    let json = said.json();
    assert!(json["findings"].as_array().unwrap().iter().all(|finding| !finding["where"].as_str().unwrap().is_empty()));
    let report = String::from_utf8(files(&desk.path("out"))["report.md"].clone()).unwrap();
    for wrong in ["NaN", "inf ", "n/a"] {
        assert!(!report.contains(wrong), "{wrong} in {report}");
    }
}

#[test]
fn hardly_any_history_is_told_as_such() {
    for (users, sessions) in [(3, 20), (3, 1), (1, 12), (1, 1), (60, 30)] {
        is_sane(&csv(&rows(users, sessions)));
    }
    let start = "2025-01-01T10:00:00Z,7,0,session_start,,".to_owned();
    is_sane(&csv(&[start]));
    let desk = Desk::with("some.ron", replay_of("some.csv"));
    desk.put("some.csv", csv(&[]));
    let said = desk.cwm(&["insight", "some.ron", "--quiet"]);
    assert!(said.code == 3 && said.err.contains("event"), "{said}");
}

#[test]
fn a_file_of_events_is_enough_and_threads_change_nothing() {
    let desk = Desk::new();
    desk.put("events.csv", csv(&rows(60, 30)));
    let run = |threads: &str, out: &str| {
        desk.cwm(&["insight", "events.csv", "--quiet", "--threads", threads, "--out", out]).well();
        files(&desk.path(out))["summary.json"].clone()
    };
    assert_eq!(run("1", "one"), run("2", "two"));
}

/// Doubling all money doubles all money.
#[test]
fn money_is_told_in_its_own_measure() {
    let scenario = ScenarioFile::parse("small.ron".as_ref(), SMALL.to_owned()).unwrap().scenario;
    let history = recording::history(&scenario).unwrap();
    let double = |event: &Event| {
        let mut event = event.clone();
        if let EventKind::Charge { amount } = &mut event.kind {
            *amount = Money::from_minor(2 * amount.minor());
        }
        event
    };
    let doubled = History::new(history.events.iter().map(double).collect(), history.names.clone());
    let money = |history| of(&insight(history, &scenario), Kind::ZeroRevenue)[0].money_per_year.unwrap().mean;
    let (once, twice) = (money(&history), money(&doubled));
    assert!((twice / once - 2.0).abs() < 1e-9, "{once} {twice}");
}

/// 200 planted worlds: a cliff in month 2, 3, 5 or 8, or none, with goodbyes said aloud and silent. By hand: `cargo test --release --test it -- --ignored --nocapture planted`.
#[test]
#[ignore = "takes minutes"]
fn planted_cliffs_are_found_at_their_rate() {
    let month = |window: usize| {
        let ends = ["30.0", "60.0", "90.0", "120.0", "150.0", "180.0", "210.0", "240.0"];
        let plain = [(0.30, 0.10), (0.45, 0.16), (0.16, 0.075)];
        let losses = plain.map(|(first, later)| {
            let loss = |at: usize| match at {
                0 => first,
                _ if at == window => later + 0.30,
                _ => later,
            };
            (0..=8).map(|at| format!("{:.3}", loss(at))).collect::<Vec<_>>().join(", ")
        });
        let windows = format!("windows: [{}],", ends.join(", "));
        let loss = ["core", "curious", "devoted"].iter().zip(&losses).map(|(id, loss)| format!("{id:?}: [{loss}],"));
        (windows, loss.collect::<Vec<_>>().join("\n"))
    };
    let cause = r#"            // Days 66-90 stand out: favourites expire then. A fix removes about 80% of what stands out.
            cliff: Cliff(window: 2, cause: "expired_favourites_ux", share_fixable: Beta(mean: 0.80, n: 20.0)),"#;
    let fix = r#"            effect: FixDefect(cause: "expired_favourites_ux"),"#;
    let other = "            effect: ScaleSessions(by: Exactly(1.0)),";
    for (name, window) in [("none", 99), ("month 2", 1), ("month 3", 2), ("month 5", 4), ("month 8", 7)] {
        let (windows, loss) = month(window);
        let (mut aloud, mut quiet, mut placed) = (0, 0, 0);
        let worlds = if window == 99 { 60 } else { 10 };
        for seed in 0..worlds {
            let changes =
                [("windows: [30.0, 65.0, 90.0],", windows.as_str()), (CLIFF, &loss), (cause, ""), (fix, other)];
            let scenario = variant(&changes, 1_000 + seed);
            let history = recording::history(&scenario).unwrap();
            let found = cliff::find(&facts(&history, &scenario), seed).unwrap();
            if let Some(cliff) = found.cliff {
                let (from, to) = cliff.days();
                aloud += 1;
                placed += usize::from((from - 30.0 * window as f64).abs() <= 5.0 && (to - from - 30.0).abs() <= 10.0);
            }
            let found = cliff::find(&facts(&silent(&history), &scenario), seed).unwrap();
            quiet += usize::from(found.cliff.is_some());
        }
        println!(
            "{name}: of {worlds} worlds claimed {aloud} with goodbyes ({placed} within 5 days), {quiet} in silence"
        );
        match window {
            // 5% are wrong by design; with 60 worlds up to 7 are within luck.
            99 => assert!(aloud <= 7 && quiet <= 7, "{aloud} and {quiet} of 60"),
            _ => assert!(aloud >= 9 && placed >= 9 && quiet >= 6, "{name}: {aloud}, {placed}, {quiet} of 10"),
        }
    }
    let (mut aloud, mut quiet) = (0, 0);
    for seed in 0..100 {
        let scenario = variant(&[(CLIFF, NO_CLIFF)], 2_000 + seed);
        let history = recording::history(&scenario).unwrap();
        aloud += usize::from(cliff::find(&facts(&history, &scenario), seed).unwrap().cliff.is_some());
        quiet += usize::from(cliff::find(&facts(&silent(&history), &scenario), seed).unwrap().cliff.is_some());
    }
    println!("no cliff, steps down: of 100 worlds claimed {aloud} with goodbyes, {quiet} in silence");
    assert!(aloud <= 10 && quiet <= 10);
}

const DEVOTED: &str = "sessions_per_30d: 2.26, paid_prob: 0.81,  amount: AmountLaw(mean: 36.5, sigma: 0.55)";

/// What the average user has paid who has been there for as long as values are told of.
fn worth(changes: &[(&str, &str)], seed: u64) -> f64 {
    let scenario = variant(changes, seed);
    let facts = facts(&recording::history(&scenario).unwrap(), &scenario);
    let least = (facts.length() / 2).min(180) as f64;
    let old: Vec<_> = facts.people.iter().filter(|person| person.watched >= least).collect();
    let paid = |visits: std::ops::Range<usize>| facts.visits[visits].iter().map(|visit| visit.paid as f64).sum::<f64>();
    old.iter().map(|person| paid(person.visits.clone())).sum::<f64>() / old.len() as f64
}

/// A segment worth about 2, 4 or 6 times the average, or none: 20 worlds each. What its members are worth is seen in worlds of
/// them alone. By hand, as the one above.
#[test]
#[ignore = "takes minutes"]
fn planted_segments_are_recovered() {
    // From the scenario's channels: new users a day, and their share of the segment.
    let share = (620.0 / 34.5 * 0.06 + 380.0 / 54.3 * 0.14 + 3.0 * 0.08) / (620.0 / 34.5 + 380.0 / 54.3 + 3.0);
    for (name, mean) in [("2x", "18.0"), ("4x", "36.5"), ("6x", "55.0")] {
        let law = DEVOTED.replace("36.5", mean);
        let planted = [(DEVOTED, law.as_str())];
        let alone = [
            (DEVOTED, law.as_str()),
            (r#"id: "core",    share: 0.52"#, r#"id: "core", share: 0.0"#),
            (r#"id: "curious", share: 0.40"#, r#"id: "curious", share: 0.0"#),
            (r#"id: "devoted", share: 0.08"#, r#"id: "devoted", share: 1.0"#),
            (r#""core": 0.51, "curious": 0.43, "devoted": 0.06"#, r#""core": 0.0, "curious": 0.0, "devoted": 1.0"#),
            (r#""core": 0.54, "curious": 0.32, "devoted": 0.14"#, r#""core": 0.0, "curious": 0.0, "devoted": 1.0"#),
        ];
        let mean = |changes: &[(&str, &str)]| (0..8).map(|seed| worth(changes, 6_000 + seed)).sum::<f64>() / 8.0;
        let multiple = mean(&alone) / mean(&planted);
        let within = |it: &Estimate, truth: f64| it.lo.unwrap() <= truth && truth <= it.hi.unwrap();
        let (mut told, mut multiples, mut shares, mut off) = (0, 0, 0, 0.0);
        for seed in 0..20 {
            let scenario = variant(&planted, 8_000 + seed);
            let found = insight(&recording::history(&scenario).unwrap(), &scenario);
            told += usize::from(of(&found, Kind::Segment)[0].stands);
            if let Some(best) = found.segments.first() {
                multiples += usize::from(within(&best.multiple, multiple));
                shares += usize::from(within(&best.share, share));
                off += (best.multiple.mean / multiple - 1.0) / 20.0;
            }
        }
        println!(
            "{name}, really {multiple:.2}: told in {told} of 20 worlds; 95% intervals hold the multiple in {multiples}, the \
             share in {shares}; off by {:.1}% on average",
            100.0 * off
        );
        assert!(told >= 18 && multiples >= 17 && shares >= 15 && off.abs() < 0.12, "{name}");
    }
    let core = "sessions_per_30d: 1.64, paid_prob: 0.715, amount: AmountLaw(mean: 23.0, sigma: 0.55)";
    let curious = "sessions_per_30d: 1.42, paid_prob: 0.605, amount: AmountLaw(mean: 18.5, sigma: 0.55)";
    let alike = |row: &str| format!(r#""{row}": [0.52, 0.20, 0.39, 0.10],"#);
    let losses = ["core", "curious", "devoted"].map(alike).join("\n");
    let claimed = (0..20).filter(|seed| {
        let scenario = variant(&[(DEVOTED, core), (curious, core), (CLIFF, &losses)], 7_000 + seed);
        of(&insight(&recording::history(&scenario).unwrap(), &scenario), Kind::Segment)[0].stands
    });
    let claimed = claimed.count();
    println!("all alike: a segment worth more is told in {claimed} of 20 worlds");
    assert!(claimed <= 2);
}

/// Shares that earn nothing in twenty worlds of one kind: each interval against the mean of the others. By hand, as the ones
/// above.
#[test]
#[ignore = "takes minutes"]
fn planted_shares_hold_their_truth() {
    let paid = ["paid_prob: 0.715", "paid_prob: 0.605", "paid_prob: 0.81"];
    for to in [["0.90", "0.85", "0.95"], ["0.715", "0.605", "0.81"], ["0.55", "0.45", "0.62"]] {
        let told: Vec<_> = (0..20)
            .map(|seed| {
                let other = to.map(|share| format!("paid_prob: {share}"));
                let changes: Vec<(&str, &str)> = paid.into_iter().zip(other.iter().map(String::as_str)).collect();
                let scenario = variant(&changes, 3_000 + seed);
                let facts = facts(&recording::history(&scenario).unwrap(), &scenario);
                let looked = Looked { dimensions: Vec::new(), ..looked_at(&facts) };
                let finding = zero_revenue::look(&looked).remove(0);
                (finding.value.unwrap(), finding.lo.unwrap(), finding.hi.unwrap())
            })
            .collect();
        let mean = told.iter().map(|one| one.0).sum::<f64>() / 20.0;
        let held = told.iter().filter(|(_, lo, hi)| (*lo..=*hi).contains(&mean)).count();
        println!("a share of {mean:.3} earns nothing: {held} of 20 intervals at 95% hold it");
        assert!(held >= 16);
    }
}

/// Four in ten payments fail on one channel, or none do. By hand, as the ones above.
#[test]
#[ignore = "takes minutes"]
fn planted_breaks_are_found() {
    let (mut found, mut claimed) = (0, 0);
    for seed in 0..20 {
        let scenario = variant(&[], 4_000 + seed);
        let history = recording::history(&scenario).unwrap();
        claimed += usize::from(breaks_of(&facts(&history, &scenario)).iter().any(|finding| finding.stands));
        let history = broken(&history, &scenario, "meta_retargeting", 480);
        let told = breaks_of(&facts(&history, &scenario));
        found += usize::from(told[0].stands && told[0].place.contains("meta_retargeting"));
    }
    println!("a broken channel: found in {found} of 20 worlds; in the same unbroken, any break claimed in {claimed}");
    assert!(found >= 18 && claimed <= 3);
}
