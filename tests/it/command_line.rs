//! What is said, and with which exit code: 2 wrong usage, 3 bad input, 4 cannot read or write.

use std::fmt::Write;

use insta::assert_snapshot;

use crate::support::{Desk, SMALL, Said, csv, replay_of, rows, with};

/// What every command that reads a scenario says of a faulty one: all must say the same.
#[track_caller]
fn refused(scenario: &str) -> String {
    let desk = Desk::with("spring.ron", scenario);
    let check = desk.cwm(&["check", "spring.ron"]);
    for command in ["run", "replay"] {
        let said = desk.cwm(&[command, "spring.ron", "--out", "out"]);
        assert_eq!(said, check, "{command}");
        assert!(!desk.path("out").exists(), "{command} left a folder");
    }
    assert_eq!(check.out, "");
    check.complaint()
}

/// What `check` and `replay` say of a history that cannot be used: both must say the same.
#[track_caller]
fn unusable(desk: &Desk) -> String {
    let check = desk.cwm(&["check", "old.ron"]);
    let replay = desk.cwm(&["replay", "old.ron", "--out", "out"]);
    assert_eq!((&check.err, check.code), (&replay.err, replay.code));
    assert!(!desk.path("out").exists(), "replay left a folder");
    replay.complaint()
}

/// A folder with a replay scenario and its history.
fn recorded(history: &str, content: impl AsRef<[u8]>) -> Desk {
    let desk = Desk::with("old.ron", replay_of(history));
    desk.put(history, content);
    desk
}

#[test]
fn wrong_usage() {
    let desk = Desk::with("spring.ron", SMALL);
    let commands: [&[&str]; 6] = [
        &[],
        &["fly"],
        &["run"],
        &["run", "spring.ron", "--threads", "0"],
        &["run", "spring.ron", "--replications", "0"],
        &["replay", "spring.ron", "--format", "xml"],
    ];
    for command in commands {
        let said = desk.cwm(command);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{command:?}: {said}");
        assert!(said.err.contains("--help"), "{command:?}: {said}");
    }
    assert_snapshot!(desk.cwm(&["run", "spring.ron", "--sed", "3"]).complaint(), @"
error: unexpected argument '--sed' found

  tip: a similar argument exists: '--seed'

Usage: cwm run --seed <SEED> <SCENARIO>

For more information, try '--help'.
exit 2
");
}

#[test]
fn help_has_an_example_for_every_command() {
    let desk = Desk::new();
    let all = desk.cwm(&["--help"]).well();
    for command in ["new", "check", "run", "replay", "fit", "explain", "update", "bench", "import", "erase"] {
        assert!(all.out.contains(command), "{all}");
        let help = desk.cwm(&[command, "--help"]).well();
        assert!(help.out.contains(&format!("Example: cwm {command}")), "{help}");
    }
}

#[test]
fn a_file_that_is_not_there() {
    let desk = Desk::new();
    for command in ["check", "run", "replay"] {
        let said = desk.cwm(&[command, "nowhere.ron"]);
        assert_eq!((said.code, said.out.as_str()), (4, ""), "{said}");
        assert_eq!(said, desk.cwm(&["check", "nowhere.ron"]));
    }
    assert_snapshot!(desk.cwm(&["check", "nowhere.ron"]), @"
error: cannot read nowhere.ron
  because: No such file or directory (os error 2)
exit 4
");
}

#[test]
fn a_slip_in_the_syntax() {
    assert_snapshot!(refused(&with(SMALL, "seed: 7,", "seed: 7")), @"
error: spring.ron:7:5: Expected comma
exit 3
");
}

#[test]
fn an_arm_with_an_unknown_intervention() {
    let faulty = with(SMALL, r#"interventions: ["reminders", "welcome"]"#, r#"interventions: ["reminders", "welcom"]"#);
    assert_snapshot!(refused(&faulty), @r#"
error: spring.ron:48:58: no intervention is named "welcom"; there are reminders, welcome; did you mean `welcome`?
exit 3
"#);
}

#[test]
fn an_unknown_effect() {
    assert_snapshot!(refused(&with(SMALL, "effect: ScaleSessions(by:", "effect: ScaleSession(by:")), @"
error: spring.ron:33:21: Unexpected variant named `ScaleSession` in enum `Effect`, expected one of `FixDefect`, `Tailor`, `RecoverUnpaid`, `ScaleSessions`, `Scale`, `Price`, `Discount`, `Onboarding`, `Messages`, `WinBack`, `MoveBudget`, or `Refer` instead; did you mean `ScaleSessions`?
exit 3
");
}

#[test]
fn a_probability_above_1() {
    assert_snapshot!(refused(&with(SMALL, "paid_prob: 0.6", "paid_prob: 1.3")), @"
error: spring.ron:13:89: a probability must be from 0 to 1, but is 1.3
exit 3
");
}

#[test]
fn a_negative_spend() {
    assert_snapshot!(refused(&with(SMALL, "spend_per_day: 60.0", "spend_per_day: -60.0")), @"
error: spring.ron:22:63: this number must be at least 0, but is -60
exit 3
");
}

#[test]
fn an_unknown_field() {
    assert_snapshot!(refused(&with(SMALL, "ramp_days: 3", "rampdays: 3")), @"
error: spring.ron:32:38: Unexpected field named `rampdays` in `Intervention`, expected one of `id`, `day`, `ramp_days`, `days`, `novelty_half_life_days`, `long_run`, `force`, `eligible`, `effect`, `cost`, or `cap` instead; did you mean `ramp_days`?
exit 3
");
}

#[test]
fn an_unknown_currency_and_an_unknown_zone() {
    assert_snapshot!(refused(&with(SMALL, r#"currency: "USD""#, r#"currency: "US dollar""#)), @r#"
error: spring.ron:7:16: a currency must be three capital letters (ISO 4217), but is "US dollar"
exit 3
"#);
    assert_snapshot!(refused(&with(SMALL, r#"timezone: "UTC""#, r#"timezone: "Mars/Olympus""#)), @r#"
error: spring.ron:8:50: a time zone must be an IANA name (America/Chicago, UTC), but is "Mars/Olympus"
exit 3
"#);
}

#[test]
fn several_faults_are_told_at_once() {
    let faulty = with(SMALL, "share: 0.3,", "share: 0.4,");
    assert_snapshot!(refused(&with(&faulty, "window: (6, 20)", "window: (6, 200)")), @"
error: spring.ron:52:31: a window must lie in days 1 to 20 after the launch, but is 6 to 200
       spring.ron:12:13: the segments' shares must add up to 1, but add up to 1.1
exit 3
");
}

#[test]
fn an_empty_file() {
    assert_snapshot!(refused(""), @"
error: spring.ron:1:1: Expected opening `(` for struct `Scenario`
exit 3
");
}

#[test]
fn a_history_of_a_header_only() {
    assert_snapshot!(unusable(&recorded("old.csv", "at,user,ordinal,kind\n")), @"
error: no events in old.csv: expected at least one, but 0 rows gave none
exit 3
");
}

#[test]
fn a_history_that_is_not_there() {
    assert_snapshot!(unusable(&Desk::with("old.ron", replay_of("old.csv"))), @"
error: cannot read old.csv
  because: No such file or directory (os error 2)
exit 4
");
}

#[test]
fn a_history_without_a_column_that_it_needs() {
    assert_snapshot!(unusable(&recorded("old.csv", "at,usr,ordinal,kind\n2025-01-01T00:00:00Z,1,1,renew\n")), @"
error: old.csv: no column `user` (did you mean `usr`?); the columns are: at, usr, ordinal, kind
exit 3
");
}

#[test]
fn a_parquet_file_of_garbage() {
    let garbage: Vec<u8> = (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    assert_snapshot!(unusable(&recorded("old.parquet", garbage)), @"
error: old.parquet: expected a Parquet file (plain, Snappy, gzip, LZ4 or Zstandard), but it is not: Parquet error: Invalid Parquet file. Corrupt footer
exit 3
");
}

#[test]
fn a_bad_row_is_left_out_and_written_down() {
    let mut rows = rows(40, 12);
    assert!(rows.len() > 1_000);
    rows[999] = rows[999].replacen("2025-", "202S-", 1);
    let desk = recorded("old.csv", csv(&rows));
    let said = desk.cwm(&["replay", "old.ron", "--out", "out", "--format", "json"]).well();
    assert_eq!(said.json()["rejected"], 1);
    let written = std::fs::read_to_string(desk.path("out/rejected.csv")).unwrap();
    assert_snapshot!(written, @"
file,row,line,field,expected,found
old.csv,1000,1001,at,a time in ISO 8601 (2026-03-01T12:00:00Z),202S-02-06T13:37:57Z
");
    let strict = with(&replay_of("old.csv"), "max_rejected_share: 0.01", "max_rejected_share: 0.0");
    desk.put("old.ron", strict);
    std::fs::remove_dir_all(desk.path("out")).unwrap();
    assert_snapshot!(unusable(&desk), @r#"
error: 1 of 1363 rows were rejected, more than the share of 0 that is allowed; the first: old.csv, row 1000 (line 1001): at must be a time in ISO 8601 (2026-03-01T12:00:00Z), but is "202S-02-06T13:37:57Z"
exit 3
"#);
}

#[test]
fn a_recorded_history_cannot_be_run_but_a_world_can_be_replayed() {
    let desk = Desk::with("spring.ron", SMALL);
    let said = desk.cwm(&["replay", "spring.ron", "--quiet", "--format", "json"]).well().json();
    assert!(said["output"].as_str().unwrap().ends_with("outputs/small_replay"));
    assert!(said["sessions"].as_u64().unwrap() > 100 && said["stated"].is_null());
    let desk = recorded("old.csv", csv(&rows(4, 4)));
    assert_snapshot!(desk.cwm(&["run", "old.ron"]), @"
error: old.ron: there is no `world` to run; try `cwm replay old.ron`
exit 3
");
}

/// What commands say when nothing can be written where they should write.
fn refused_output(desk: &Desk, out: &str) -> [Said; 2] {
    [desk.cwm(&["run", "spring.ron", "--out", out]), desk.cwm(&["replay", "old.ron", "--out", out])]
}

fn both_kinds() -> Desk {
    let desk = recorded("old.csv", csv(&rows(4, 4)));
    desk.put("spring.ron", SMALL);
    desk
}

#[test]
fn an_output_folder_below_a_file() {
    let desk = both_kinds();
    desk.put("file", "");
    let [run, replay] = refused_output(&desk, "file/out");
    assert_eq!(run, replay);
    assert_snapshot!(run, @"
error: file exists and is not a folder
exit 4
");
}

#[cfg(unix)]
#[test]
fn an_output_folder_that_is_read_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = both_kinds();
    let locked = desk.path("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    // Permissions do not bind root.
    if std::fs::write(locked.join("probe"), "").is_ok() {
        return;
    }
    for said in refused_output(&desk, "locked/out") {
        assert_eq!(said.code, 4, "{said}");
        assert!(said.err.contains("cannot write to "), "{said}");
    }
}

#[test]
fn a_folder_of_somebody_else_is_never_replaced() {
    let desk = both_kinds();
    std::fs::create_dir(desk.path("mine")).unwrap();
    desk.put("mine/letter.txt", "dear");
    for said in refused_output(&desk, "mine") {
        assert_eq!(said.code, 4, "{said}");
        assert!(said.err.contains("will not be replaced"), "{said}");
    }
    assert_eq!(std::fs::read_to_string(desk.path("mine/letter.txt")).unwrap(), "dear");
}

/// Every one of these fields must be there, at a path of keys and indices.
#[track_caller]
fn has(said: &Said, base: &str, fields: &[&str]) {
    let json = said.json();
    let object = json.pointer(base).unwrap_or_else(|| panic!("no {base}"));
    for field in fields {
        assert!(object.get(field).is_some(), "no {field} in {base}");
    }
}

#[test]
fn a_run_as_json_is_one_object_with_the_promised_fields() {
    let desk = Desk::with("spring.ron", SMALL);
    let said = desk.cwm(&["run", "spring.ron", "--out", "out", "--format", "json"]).well();
    assert_eq!((said.out.matches('\n').count(), said.err.as_str()), (1, ""));
    has(&said, "", &["baseline", "arms", "window", "replications", "users", "events", "wall_s"]);
    let totals = ["sessions_per_day", "paid_sessions_per_day", "zero_revenue_share", "revenue_per_day"];
    has(&said, "/baseline", &totals);
    has(&said, "/baseline", &["new_users_per_day", "active_users", "segments", "churn_by_month"]);
    has(&said, "/baseline/segments/0", &["id", "share_of_new", "share_of_revenue", "ltv_multiple"]);
    has(&said, "/baseline/churn_by_month", &["regular", "visitor"]);
    for arm in ["/arms/0", "/arms/1", "/arms/2"] {
        has(&said, arm, &["id", "revenue_per_day", "uplift", "profit_per_day", "p_better", "treated_users"]);
        has(&said, arm, &["oracle_uplift"]);
        for estimate in ["revenue_per_day", "uplift", "profit_per_day"] {
            has(&said, &format!("{arm}/{estimate}"), &["mean", "lo", "hi", "level"]);
        }
    }
    assert_eq!(said.json()["window"], serde_json::json!([6, 20]));
    assert_eq!(said.json()["replications"], 3);
}

#[test]
fn a_replay_as_json_is_one_object_with_the_promised_fields() {
    let desk = recorded("old.csv", csv(&rows(30, 8)));
    let said = desk.cwm(&["replay", "old.ron", "--out", "out", "--format", "json"]).well();
    assert_eq!((said.out.matches('\n').count(), said.err.as_str()), (1, ""));
    has(&said, "", &["events", "users", "sessions", "rejected", "facets", "calibration"]);
    for facet in ["gap", "daypart", "content", "purchase", "amount", "churn"] {
        let base = format!("/facets/{facet}");
        has(&said, &base, &["score", "all", "by_prior_sessions"]);
        has(&said, &format!("{base}/all"), &["value", "lo", "hi", "events"]);
        has(&said, &format!("{base}/by_prior_sessions/0"), &["from", "to", "events", "value", "lo", "hi"]);
        let score = if ["gap", "amount"].contains(&facet) { "nats" } else { "skill" };
        assert_eq!(said.json()["facets"][facet]["score"], score);
        has(&said, &format!("/calibration/{facet}"), &["slope", "ece"]);
    }
}

#[test]
fn a_new_scenario_checks_and_runs_and_is_never_written_twice() {
    let desk = Desk::new();
    assert_snapshot!(desk.cwm(&["new", "my app.ron"]), @"
my app.ron is written; `cwm run my app.ron` runs it
exit 0
");
    assert_snapshot!(desk.cwm(&["check", "my app.ron"]), @"
my app.ron: in order: a world of 2 segments and 2 channels, 2 arms over 20 worlds
exit 0
");
    let changed = with(&std::fs::read_to_string(desk.path("my app.ron")).unwrap(), "seed: 1,", "seed: 2,");
    desk.put("my app.ron", &changed);
    assert_snapshot!(desk.cwm(&["new", "my app.ron"]), @"
error: cannot write my app.ron
  because: File exists (os error 17)
exit 4
");
    assert_eq!(std::fs::read_to_string(desk.path("my app.ron")).unwrap(), changed);
    let run = desk.cwm(&["run", "my app.ron", "--replications", "2", "--format", "json"]).well();
    assert_eq!(run.json()["replications"], 2);
    assert!(desk.path("outputs/my_app/report.html").exists());
    assert_snapshot!(desk.cwm(&["new", "nowhere/x.ron"]), @"
error: cannot write nowhere/x.ron
  because: No such file or directory (os error 2)
exit 4
");
}

/// A file of events in the canonical columns needs no scenario; what it does not say of itself is said beside it.
#[test]
fn a_bare_file_of_events_is_a_history() {
    let desk = Desk::new();
    let mut text = "at,user,ordinal,kind,amount_minor\n".to_owned();
    for day in 1..=28 {
        for user in 0..12 {
            let (hour, paid) = (8 + user, if (day + user) % 3 == 0 { "charge,900" } else { "session_start," });
            writeln!(text, "2026-02-{day:02}T{hour:02}:00:00Z,u{user},{day},{paid}").unwrap();
        }
    }
    desk.put("shop.csv", &text);
    desk.put("shop.txt", &text);
    for command in [&["brief", "shop.csv"][..], &["insight", "shop.csv"], &["replay", "shop.csv"], &["fit", "shop.csv"]]
    {
        let said = desk.cwm(&[command, &["--currency", "EUR", "--timezone", "Europe/Vienna", "--quiet"]].concat());
        assert!(said.code == 0 && !said.out.is_empty(), "{command:?}: {said}");
        assert!(!said.out.contains('$'), "{command:?}: {said}");
    }
    assert!(desk.cwm(&["explain", "shop.csv", "--user", "u3"]).well().out.contains("User u3"));
    assert!(desk.cwm(&["insight", "shop.csv", "--currency", "EURO"]).err.contains("three capital letters"));
    assert!(desk.cwm(&["insight", "shop.csv", "--timezone", "Mars/Base"]).err.contains("IANA name"));
    let said = desk.cwm(&["insight", "shop.txt"]).complaint();
    assert!(said.contains("shop.txt must be a scenario (.ron), the folder of an import or a file of events"), "{said}");
}
