//! How a log is loaded: rejections with their place, duplicates, and any order of rows.

use std::{fmt::Write, fs};

use proptest::prelude::*;

use super::*;
use crate::{
    base::{codec, time::Zone, units::Money},
    history::{
        event::EventKind,
        session::DaypartCuts,
        sessions::{Sessionisation, timelines},
        source::write,
    },
};

const BASKETS: &str = r#"Recorded(files: [File(path: "b.csv", rows: Rows(
    user: "who", at: Time(column: "when"), ordinal: "id",
    events: [SessionStart, Content(item: "what"), Charge(amount: "paid"), Response(taken: "coupon")],
))])"#;
const HEADER: &str = "who,when,id,what,paid,coupon";

fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

fn recorded(ron: &str) -> Recorded {
    codec::from_str("test.ron".as_ref(), ron).unwrap()
}

fn load_as(ron: &str, file: &str, content: impl AsRef<[u8]>) -> Result<Loaded, HistoryError> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), content).unwrap();
    load(&recorded(ron), folder.path(), usd())
}

fn baskets(rows: &str) -> Result<Loaded, HistoryError> {
    load_as(BASKETS, "b.csv", format!("{HEADER}\n{rows}"))
}

fn good(rows: u32) -> Vec<String> {
    (0..rows).map(|i| format!("u{},2026-01-01T00:{:02}:{:02}Z,{i},soup,1.5,0", i % 7, i / 60 % 60, i % 60)).collect()
}

#[test]
fn a_row_becomes_its_events_and_zero_or_blank_is_none() {
    let loaded = baskets("ann,2026-01-01T00:00:00Z,7,soup,0.00,0.5\n12,2026-01-01T00:00:01Z,8, ,9.99,\n").unwrap();
    let kinds: Vec<&EventKind> = loaded.history.events.iter().map(|event| &event.kind).collect();
    let soup = EventKind::Content { item: "soup".into() };
    let charge = EventKind::Charge { amount: Money::from_minor(999) };
    let taken = EventKind::Response { taken: true };
    assert_eq!(kinds, [&EventKind::SessionStart, &soup, &taken, &EventKind::SessionStart, &charge]);
    assert_eq!(loaded.history.name(loaded.history.events[0].user), "ann");
    assert_eq!(loaded.history.name(UserId(12)), "12");
    assert_eq!((loaded.report.rows, loaded.report.events), (2, 5));
}

#[test]
fn a_bad_time_in_row_1000_is_rejected_at_row_1000_and_line_1001() {
    let mut rows = good(2_000);
    rows[999] = "u1,2026-02-30T00:00:00Z,x,soup,1,0".into();
    let loaded = baskets(&rows.join("\n")).unwrap();
    let [rejection] = &loaded.report.rejected[..] else { panic!("{:?}", loaded.report.rejected) };
    assert_eq!((rejection.row, rejection.line), (1_000, Some(1_001)));
    let expected = "b.csv, row 1000 (line 1001): when must be a time in ISO 8601 (2026-03-01T12:00:00Z), \
                    but is \"2026-02-30T00:00:00Z\"";
    assert_eq!(rejection.to_string(), expected);
}

#[test]
fn more_rejections_than_allowed_are_an_error_that_shows_the_first() {
    let mut rows = good(100);
    rows[10] = "u1,2026-01-01T00:00:00Z,x,soup,12.345,0".into();
    rows[20] = "u1,2026-01-01T00:00:00Z,x".into();
    let error = baskets(&rows.join("\n")).unwrap_err();
    assert!(!error.is_io());
    let text = error.to_string();
    assert!(text.starts_with("2 of 100 rows were rejected, more than the share of 0.01 that is allowed"), "{text}");
    assert!(text.contains("row 11 (line 12): paid must be a decimal amount with at most 2 decimals"), "{text}");
}

#[test]
fn each_kind_of_malformed_row_is_rejected_and_the_rest_is_loaded() {
    let bad: [&[u8]; 10] = [
        b"u1,2026-01-01T00:00:00Z,x,soup,1",         // too few cells
        b"u1,2026-01-01T00:00:00Z,x,soup,1,0,9",     // too many
        b"u1,2026-01-01T00:00:00Z,x,so\"up,1,0",     // a stray quote
        b"u1,2026-01-01T00:00:00Z,x,\"soup,1,0",     // a quote that is never closed
        b"u1,2026-01-01T00:00:00Z,x,so\xFFup,1,0",   // no UTF-8
        b"u1,2026-01-01T00:00:00Z,x,so\0up,1,0",     // NUL
        b"u1,2026-01-01T00:00:00Z,x,soup,1e300,0",   // a huge amount
        b"u1,2026-01-01T00:00:00Z,x,soup,-3,0",      // a negative charge
        b",2026-01-01T00:00:00Z,x,soup,1,0",         // nobody
        b"u1,2026-01-01T00:00:00Z,x,soup,1,perhaps", // neither yes nor no
    ];
    let mut text = format!("\u{feff}{HEADER}\r\n").into_bytes();
    for (row, bad) in good(10).iter().zip(bad) {
        text.extend([row.as_bytes(), b"\r\n\r\n", bad, b"\r\n"].concat());
    }
    let ron = BASKETS.replace(")])", ")], max_rejected_share: 0.5)");
    let loaded = load_as(&ron, "b.csv", text).unwrap();
    let rows: Vec<u64> = loaded.report.rejected.iter().map(|rejection| rejection.row).collect();
    assert_eq!(rows, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
    assert_eq!(loaded.report.rejected[3].line, Some(13));
    assert_eq!((loaded.report.rows, loaded.report.events), (20, 40));
}

#[test]
fn a_column_that_is_not_there_is_named_with_the_nearest_and_all_there_are() {
    for (file, content) in
        [("b.csv", "who,when,id,what,payd,coupon\n"), ("b.jsonl", "{\"who\":1,\"payd\":2,\"when\":1}\n")]
    {
        let error = load_as(&BASKETS.replace("b.csv", file), file, content).unwrap_err().to_string();
        if file == "b.csv" {
            let want =
                "b.csv: no column `paid` (did you mean `payd`?); the columns are: who, when, id, what, payd, coupon";
            assert_eq!(error, want);
        } else {
            assert!(error.starts_with("b.jsonl: no column `id`; the columns are: payd, when, who"), "{error}");
        }
    }
}

#[test]
fn the_same_row_twice_is_one_row_with_or_without_an_ordinal() {
    let row = "ann,2026-01-01T00:00:00Z,7,soup,2.5,1\n";
    let twice = baskets(&[row, row].concat()).unwrap();
    assert_eq!((twice.report.events, twice.report.duplicate_events, twice.report.duplicates), (4, 4, 1));
    let other = "ann,2026-01-01T00:00:00Z,8,soup,2.5,1\n";
    let bare = BASKETS.replace("ordinal: \"id\",", "");
    let loaded = |ron: &str| load_as(ron, "b.csv", format!("{HEADER}\n{row}{other}{row}")).unwrap().report;
    assert_eq!((loaded(&bare).events, loaded(&bare).duplicates), (8, 1), "a column nobody reads tells rows apart");
    let kept = loaded(&bare.replace("events:", "repeats: Keep, events:"));
    assert_eq!((kept.events, kept.duplicates), (12, 0));
}

#[test]
fn a_history_without_events_is_refused() {
    let error = baskets("").unwrap_err();
    assert_eq!(error.to_string(), "no events in b.csv: expected at least one, but 0 rows gave none");
    assert!(
        load_as(BASKETS, "b.csv", "").unwrap_err().to_string().contains("expected a header row, but the file is empty")
    );
    let utf_16 = load_as(BASKETS, "b.csv", b"\xFF\xFEw\0h\0o\0").unwrap_err().to_string();
    assert!(utf_16.contains("UTF-16"), "{utf_16}");
}

#[test]
fn every_event_can_be_mapped_from_a_table_of_typed_events() {
    let ron = r#"Recorded(files: [File(path: "e.jsonl", rows: Rows(
        user: "user.id", at: Time(column: "ts", format: EpochMillis), events: [
            When(column: "type", is: ["signup"], then: [Acquired(channel: "source", campaign: "utm"), Subscribe(plan: "=basic")]),
            When(column: "type", is: ["view"], then: [SessionStart, Content(item: "page"), Feature(name: "feature")]),
            When(column: "type", is: ["mail"], then: [Message(channel: "=mail", style: "tone"), Identify(alias: "alias")]),
            When(column: "type", is: ["pay"], then: [Payment(amount: "cents", unit: Minor), Renew, Expand(sku: "sku")]),
            When(column: "type", is: ["bank"], then: [Refund(amount: "cents", unit: Minor), Dispute(amount: "fee")]),
            When(column: "type", is: ["care"], then: [Ticket(severity: "=2"), Review(score: "nps"), Cancel]),
        ],
    ))])"#;
    let lines = r#"
        {"user":{"id":"a"},"ts":1000,"type":"signup","source":"ads","utm":null}
        {"user":{"id":"a"},"ts":2000,"type":"view","page":"home","feature":"search"}
        {"user":{"id":"a"},"ts":3000,"type":"mail","tone":"warm","alias":"b"}
        {"user":{"id":"a"},"ts":4000,"type":"pay","cents":-250,"sku":"pro"}
        {"user":{"id":"a"},"ts":5000,"type":"bank","cents":"-250","fee":15.0}
        {"user":{"id":"a"},"ts":6000,"type":"care","nps":"9.5"}
        {"user":{"id":"a"},"ts":7000,"type":"unknown"}"#;
    let loaded = load_as(ron, "e.jsonl", lines).unwrap();
    let names: Vec<&str> = loaded.history.events.iter().map(|event| event.kind.name()).collect();
    let want = "acquired subscribe session_start content feature message identify refund renew expand refund dispute \
                cancel ticket review";
    assert_eq!(names.join(" "), want);
    assert_eq!(loaded.report.rejected, []);
}

#[test]
fn a_setting_nobody_knows_is_refused() {
    for wrong in ["Rows(user: \"u\", at: Time(column: \"t\"), events: [Charge(price: \"x\")])", "Rows(usr: \"u\")"] {
        let ron = format!("Recorded(files: [File(path: \"a.csv\", rows: {wrong})])");
        assert!(codec::from_str::<Recorded>("a.ron".as_ref(), &ron).is_err());
    }
    let dates = BASKETS.replace("column: \"when\"", "column: \"when\", format: Date");
    assert!(load_as(&dates, "b.csv", HEADER).unwrap_err().to_string().contains("need a timezone"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_order_of_rows_never_matters(order in Just((0..60usize).collect::<Vec<_>>()).prop_shuffle()) {
        // Few users and seconds, so that almost everything ties; no ordinal, so that content must tell.
        let rows: Vec<String> = (0..60).map(|i| format!("u{},2026-01-01T00:00:0{}Z,{},k{},{},", i % 3, i % 2, i / 2, i % 5, i % 4)).collect();
        let bare = BASKETS.replace("ordinal: \"id\",", "repeats: Keep,");
        let in_order = |order: &[usize]| {
            let mut text = HEADER.to_owned();
            order.iter().for_each(|&row| write!(text, "\n{}", rows[row]).unwrap());
            load_as(&bare, "b.csv", text).unwrap()
        };
        let sorted: Vec<usize> = (0..60).collect();
        let (one, other) = (in_order(&sorted), in_order(&order));
        prop_assert_eq!(one.history, other.history);
        prop_assert_eq!(one.report.duplicates, other.report.duplicates);
    }
}

const JOURNEY: &str = r#"Recorded(files: [File(path: "complete_journey.parquet", rows: Rows(
    user: "household_id", at: Time(column: "timestamp_utc"), ordinal: "basket_id",
    events: [SessionStart, Content(item: "category"), Charge(amount: "amount_usd"), Response(taken: "coupon_discount_usd")],
))])"#;

fn journey() -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/data");
    load(&recorded(JOURNEY), &folder, usd()).unwrap()
}

/// Rows, households and sales as `make_complete_journey.py` prints them.
#[test]
fn the_complete_journey_loads_whole() {
    let loaded = journey();
    let settings = Sessionisation {
        timeout_minutes: 30,
        at_midnight: false,
        dayparts: DaypartCuts::new(vec![0, 6, 10, 14, 18, 22]).unwrap(),
        zone: Zone::new("America/New_York").unwrap(),
        catalogues: None,
        answer_days: 7,
    };
    let lines = timelines(&loaded.history, &settings).unwrap();
    let charge = |event: &Event| match event.kind {
        EventKind::Charge { amount } => amount,
        _ => Money::ZERO,
    };
    let sales: Money = loaded.history.events.iter().map(charge).sum();
    assert_eq!((loaded.report.rows, loaded.report.events), (155_370, 4 * 155_370));
    assert_eq!((loaded.report.rejected.len(), loaded.report.duplicates), (0, 0));
    assert_eq!((sales.minor(), lines.users.len()), (459_603_958, 2_469));
    assert_eq!(lines.catalogues.contents.len(), 32);
}

#[test]
fn a_loaded_history_is_the_same_after_a_round_through_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let whole = journey().history;
    let history = History::new(whole.events.into_iter().take(5_000).collect(), whole.names);
    for ending in ["csv", "jsonl", "parquet"] {
        let path = folder.path().join(format!("events.{ending}"));
        write(&history, &path).unwrap();
        assert_eq!(load_canonical(&path, usd()).unwrap().history, history);
    }
}
