//! Exports of three tools become one history, whose figures are known beforehand.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::package;

fn data(name: &str) -> PathBuf {
    package().join("tests/data").join(name)
}

fn import(out: &Path, arguments: &[&str]) -> (Value, String, i32) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_cwm"))
        .arg("import")
        .args(arguments)
        .args(["--format", "json", "--quiet", "-o"])
        .arg(out)
        .env("CWM_PSEUDONYM_KEY", "a key for tests")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (serde_json::from_slice(&output.stdout).unwrap_or_default(), stderr, output.status.code().unwrap_or(-1))
}

fn trilayer(folder: &Path) -> Vec<String> {
    let path = |name: &str| folder.join(name).display().to_string();
    [
        "--segment",
        &path("segment.jsonl"),
        "--stripe",
        &path("stripe_events.jsonl"),
        "--meta",
        &path("meta_insights.json"),
    ]
    .map(str::to_owned)
    .into_iter()
    .chain(["--rate".to_owned(), "EUR/USD=1.0898".to_owned(), "--currency".to_owned(), "USD".to_owned()])
    .collect()
}

fn run(out: &Path, arguments: &[String]) -> Value {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (json, stderr, code) = import(out, &arguments);
    assert_eq!(code, 0, "{stderr}");
    json
}

#[test]
fn three_layers_give_the_figures_worked_by_hand() {
    let folder = TempDir::new().unwrap();
    let json = run(&folder.path().join("history"), &trilayer(&data("trilayer")));
    let expected: Value = serde_json::from_slice(&std::fs::read(data("trilayer/expected.json")).unwrap()).unwrap();
    assert_eq!((&json["events"], &json["raw_events"]), (&expected["unique_events"], &expected["raw_events"]));
    assert_eq!((&json["persons"], &json["sessions"]), (&expected["n_persons"], &expected["n_sessions"]));
    assert_eq!(json["zero_revenue_sessions"], expected["zero_revenue_sessions"]);
    assert_eq!(json["zero_revenue_share"], expected["zero_revenue_share"]);
    let cents = |name: &str| (expected[name].as_f64().unwrap() * 100.0).round() as i64;
    for (ours, theirs) in
        [("gross", "gross_usd"), ("refunds", "refunds_usd"), ("disputes", "disputes_usd"), ("spend", "spend_usd")]
    {
        assert_eq!(json[ours], serde_json::json!({ "minor": cents(theirs), "currency": "USD" }), "{ours}");
    }
    for campaign in json["campaigns"].as_array().unwrap() {
        let id = campaign["id"].as_str().unwrap();
        assert_eq!(campaign["new_persons"], expected["new_persons_by_campaign"][id]);
        let cents = |name: &str| (expected[name][id].as_f64().unwrap() * 100.0).round() as i64;
        assert_eq!(campaign["cac"]["minor"], cents("CAC_by_campaign"));
        assert_eq!(campaign["revenue"]["minor"], cents("revenue_gross_by_campaign"));
    }
    assert_eq!(json["campaigns"].as_array().unwrap().len(), 2);
    assert_eq!(json["reconciliation"]["balances"], true);
}

#[test]
fn the_same_rows_give_the_same_bytes_however_they_come() {
    let folder = TempDir::new().unwrap();
    let [once, twice, cut] = ["once", "twice", "cut"].map(|name| folder.path().join(name));
    run(&once, &trilayer(&data("trilayer")));
    run(&twice, &trilayer(&data("trilayer")));
    run(&twice, &trilayer(&data("trilayer")));
    // Shuffled and cut in two, and the parts imported one after the other.
    let parts = folder.path().join("parts");
    std::fs::create_dir(&parts).unwrap();
    for name in ["segment.jsonl", "stripe_events.jsonl"] {
        let text = std::fs::read_to_string(data("trilayer").join(name)).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.reverse();
        let (first, second) = lines.split_at(lines.len() / 2);
        std::fs::write(parts.join(format!("1-{name}")), first.join("\n")).unwrap();
        std::fs::write(parts.join(format!("2-{name}")), second.join("\n")).unwrap();
    }
    let rest = ["--rate".to_owned(), "EUR/USD=1.0898".to_owned(), "--currency".to_owned(), "USD".to_owned()];
    let part = |number: u8| [parts.join(format!("{number}-*")).display().to_string()].into_iter().chain(rest.clone());
    run(&cut, &part(2).collect::<Vec<_>>());
    run(&cut, &part(1).chain([data("trilayer/meta_insights.json").display().to_string()]).collect::<Vec<_>>());
    for file in ["events.parquet", "persons.parquet", "spend.parquet", "scenario.ron"] {
        let bytes = |folder: &Path| std::fs::read(folder.join(file)).unwrap();
        assert!(bytes(&once) == bytes(&twice), "{file} after two imports");
        assert!(bytes(&once) == bytes(&cut), "{file} in parts");
    }
}

#[test]
fn addresses_reach_no_file_and_who_is_erased_stays_erased() {
    let folder = TempDir::new().unwrap();
    let history = folder.path().join("history");
    run(&history, &trilayer(&data("trilayer")));
    for entry in std::fs::read_dir(&history).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(12).any(|window| window.eq_ignore_ascii_case(b"@example.com")), "{}", path.display());
    }
    let erased = std::process::Command::new(env!("CARGO_BIN_EXE_cwm"))
        .args(["erase", history.to_str().unwrap(), "--user", "u4@example.com"])
        .env("CWM_PSEUDONYM_KEY", "a key for tests")
        .output()
        .unwrap();
    assert!(erased.status.success(), "{}", String::from_utf8_lossy(&erased.stderr));
    let json = run(&history, &trilayer(&data("trilayer")));
    assert_eq!((&json["persons"], &json["gross"]["minor"]), (&5.into(), &12_340.into()));
}

#[test]
fn every_export_is_understood_or_refused_with_what_to_export_instead() {
    let folder = TempDir::new().unwrap();
    let one = |name: &str| import(&folder.path().join(name), &[data("exports").join(name).to_str().unwrap()]);
    let (daily, _, _) = one("ads_manager_daily_en.csv");
    assert_eq!(daily["spend"], serde_json::json!({ "minor": 201_075, "currency": "USD" }));
    let (french, _, _) = one("ads_manager_daily_fr.csv");
    assert_eq!(french["spend"], serde_json::json!({ "minor": 223_656, "currency": "EUR" }));
    let (total, _, _) = one("ads_manager_period_total_en.csv");
    assert_eq!((&total["spend"]["minor"], &total["rejected"][0]["rows"]), (&0.into(), &2.into()));
    assert!(total["rejected"][0]["reason"].as_str().unwrap().contains("breakdown By time > Day"));
    let (balance, _, _) = one("itemized_balance_change_from_activity.csv");
    assert_eq!(balance["gross"], serde_json::json!({ "minor": 7_840, "currency": "USD" }));
    assert_eq!((&balance["refunds"]["minor"], &balance["disputes"]["minor"]), (&1_500.into(), &3_000.into()));
    assert_eq!(balance["reconciliation"]["unconverted"][0], serde_json::json!({ "minor": 5_150, "currency": "JPY" }));
    let (amplitude, _, _) = one("export_api.jsonl");
    assert_eq!((&amplitude["duplicates"], &amplitude["persons"]), (&1.into(), &1.into()));
    let (mixpanel, _, _) = one("raw_export.jsonl");
    assert_eq!((&mixpanel["events"], &mixpanel["persons"]), (&3.into(), &1.into()));
    let (posthog, _, _) = one("batch_export_events.jsonl");
    assert_eq!((&posthog["events"], &posthog["persons"]), (&3.into(), &1.into()));
}

#[test]
fn hostile_files_end_in_a_message_and_leave_nothing() {
    let folder = TempDir::new().unwrap();
    let cases: [(&str, &[u8]); 7] = [
        ("empty.csv", b""),
        ("cut.gz", &[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 0x4C]),
        ("cut.zip", b"PK\x03\x04 and no more"),
        ("unknown.csv", b"colour,shape\nred,round\n"),
        ("bytes.jsonl", b"{\"type\":\"track\",\xFF\xFE}\n"),
        ("quotes.csv", b"user_id,timestamp,event\n\"u1,2026-03-01T00:00:00Z,a\n"),
        ("twice.csv", b"user_id,user_id,timestamp,event\nu,v,2026-03-01T00:00:00Z,a\n"),
    ];
    for (name, bytes) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let out = folder.path().join(format!("{name}-history"));
        let (_, stderr, code) = import(&out, &[path.to_str().unwrap()]);
        assert_eq!(code, 3, "{name}: {stderr}");
        assert!(stderr.contains(name) && !out.exists(), "{name}: {stderr}");
    }
}

#[test]
fn rows_that_cannot_be_are_rejected_and_counted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("rows.csv");
    let text = "user_id,timestamp,amount,currency\nu1,2026-03-01T00:00:00Z,10.00,USD\nu2,2026-02-30T00:00:00Z,1,USD\n\
                u3,2026-03-01T00:00:00Z,99999999999999999999,USD\n1.20253E+17,2026-03-01T00:00:00Z,1,USD\n\
                u4,2026-03-01T00:00:00Z,\"=HYPERLINK(\"\"http://x\"\")\",USD\nu5,1772331249000,\"1,5\",EUR\n";
    std::fs::write(&path, text).unwrap();
    let out = folder.path().join("history");
    let (json, _, code) = import(&out, &[path.to_str().unwrap(), "--currency", "USD"]);
    assert_eq!((code, &json["gross"]["minor"]), (0, &1_000.into()));
    assert_eq!(json["files"][0]["rejected"], 4);
    assert_eq!(json["reconciliation"]["unconverted"][0], serde_json::json!({ "minor": 150, "currency": "EUR" }));
    let rejected = std::fs::read_to_string(out.join("rejected.csv")).unwrap();
    assert!(rejected.contains("'=HYPERLINK"), "{rejected}");
}

#[test]
fn midnight_cuts_sessions_in_the_import_and_in_every_command_after_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("rows.csv");
    // Midnight in New York is at 05:00 UTC in winter.
    let rows =
        "user_id,timestamp,event\nu1,2026-01-10T04:50:00Z,a\nu1,2026-01-10T05:10:00Z,b\nu1,2026-01-10T05:20:00Z,c\n";
    std::fs::write(&path, rows).unwrap();
    let sessions = |name: &str, cut: &[&str]| {
        let out = folder.path().join(name);
        let arguments = [&[path.to_str().unwrap(), "--timezone", "America/New_York"], cut].concat();
        let (json, stderr, code) = import(&out, &arguments);
        assert_eq!(code, 0, "{stderr}");
        let scenario = std::fs::read_to_string(out.join("scenario.ron")).unwrap();
        (json["sessions"].as_u64().unwrap(), scenario.contains("at_midnight: true"))
    };
    assert_eq!(sessions("whole", &[]), (1, false));
    assert_eq!(sessions("cut", &["--at-midnight"]), (2, true));
}

/// Who somebody is goes without a time; what somebody did does not.
#[test]
fn calls_without_a_time_link_identities_and_are_no_events() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("calls.jsonl");
    let calls = [
        r#"{"type":"identify","userId":"u1","traits":{"email":"ann@example.com"}}"#,
        r#"{"type":"identify","userId":"u2"}"#,
        r#"{"type":"track","userId":"u1","event":"Signed Up"}"#,
    ];
    std::fs::write(&path, calls.join("\n")).unwrap();
    let (json, stderr, code) = import(&folder.path().join("history"), &["--segment", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{stderr}");
    let file = &json["files"][0];
    assert_eq!((&file["understood"], &file["rejected"], &json["merged_identities"]), (&1.into(), &1.into(), &1.into()));
    assert!(json["rejected"][0]["reason"].as_str().unwrap().starts_with("timestamp must be a time"), "{json}");
}

/// Addresses inside the names of events, campaigns and pages are withheld from everything that is written.
#[test]
fn addresses_inside_names_never_reach_the_disk() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("calls.jsonl");
    let calls = [
        r#"{"type":"track","messageId":"m1","userId":"u1","event":"Invited ann@example.com","timestamp":"2026-03-01T10:00:00Z","context":{"campaign":{"source":"mail","name":"to bo%40example.org"}}}"#,
        r#"{"type":"track","messageId":"m2","userId":"u1","event":"x","timestamp":"never ann@example.com"}"#,
    ];
    std::fs::write(&path, calls.join("\n")).unwrap();
    let out = folder.path().join("history");
    let (json, stderr, code) = import(&out, &["--segment", path.to_str().unwrap()]);
    assert_eq!((code, &json["files"][0]["rejected"]), (0, &1.into()), "{stderr}");
    for file in std::fs::read_dir(&out).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("example."));
    }
    let rows = std::fs::read(out.join("rows.bin")).unwrap();
    let rows = String::from_utf8_lossy(&rows);
    assert!(rows.contains("Invited (address)") && rows.contains("to (address)"));
}

#[test]
fn other_commands_take_the_folder() {
    let folder = TempDir::new().unwrap();
    let history = folder.path().join("history");
    run(&history, &trilayer(&data("trilayer")));
    let check = std::process::Command::new(env!("CARGO_BIN_EXE_cwm"))
        .args(["check", history.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

/// A shop's own table under its own names: who, when, what and how much are said on the command line.
#[test]
fn a_table_of_ones_own_is_read_by_what_its_columns_are_said_to_be() {
    let folder = TempDir::new().unwrap();
    let table = folder.path().join("orders.csv");
    let rows = "Buyer,When,Gross\nann,2026-03-01T10:00:00Z,12.50\nbob,2026-03-02T11:00:00Z,7\nann,2026-03-03T10:00:00Z,1.00\n,2026-03-03T10:00:00Z,3\n";
    std::fs::write(&table, rows).unwrap();
    let path = table.display().to_string();
    let (_, stderr, code) = import(&folder.path().join("none"), &["--generic", &path]);
    assert!(code == 3 && stderr.contains("--column user_id="), "{stderr}");
    let named = ["--column", "user_id=Buyer", "--column", "timestamp=When", "--column", "amount=Gross"];
    let all: Vec<&str> = ["--generic", &path].into_iter().chain(named).chain(["--constant", "currency=EUR"]).collect();
    let (json, stderr, code) = import(&folder.path().join("history"), &all);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!((&json["persons"], &json["gross"]["minor"]), (&Value::from(2), &Value::from(2_050)));
    assert_eq!(json["gross"]["currency"], "EUR");
    assert_eq!(json["rejected"].as_array().map(Vec::len), Some(1), "{json}");
    let (_, stderr, code) = import(&folder.path().join("other"), &["--generic", &path, "--column", "buyer=Buyer"]);
    assert!(code == 3 && stderr.contains("must be one of user_id"), "{stderr}");
}

#[test]
fn a_table_in_parquet_is_read_like_the_same_in_text() {
    let folder = TempDir::new().unwrap();
    run(&folder.path().join("history"), &trilayer(&data("trilayer")));
    let table = folder.path().join("history/events.parquet").display().to_string();
    let arguments =
        ["--generic", &table, "--column", "user_id=user", "--column", "timestamp=at", "--column", "event=kind"];
    let (json, stderr, code) = import(&folder.path().join("again"), &arguments);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(json["persons"], 6, "{json}");
    // A damaged one is refused, not read in part.
    let bytes = std::fs::read(&table).unwrap();
    let broken = folder.path().join("broken.parquet");
    std::fs::write(&broken, &bytes[..bytes.len() - 20]).unwrap();
    let (_, stderr, code) = import(&folder.path().join("broken"), &["--generic", &broken.display().to_string()]);
    assert!(code == 3 && stderr.contains("Parquet"), "{stderr}");
}
