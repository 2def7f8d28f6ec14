//! The same input gives the same output, byte for byte, however it is delivered and however many threads work.

use std::collections::BTreeMap;

use cwm::{
    base::units::Currency,
    history::{log, source},
};

use crate::support::{Desk, SMALL, csv, files, replay_of, rows};

type Files = BTreeMap<String, Vec<u8>>;

/// Names of the files that differ or are not in both.
fn differing<'a>(a: &'a Files, b: &'a Files) -> Vec<&'a str> {
    let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
    names.filter(|name| a.get(*name) != b.get(*name)).map(String::as_str).collect()
}

fn run(threads: &str, more: &[&str]) -> Files {
    let desk = Desk::with("small.ron", SMALL);
    let arguments = [&["run", "small.ron", "--out", "out", "--threads", threads], more].concat();
    desk.cwm(&arguments).well();
    files(&desk.path("out"))
}

#[test]
fn a_run_does_not_depend_on_threads() {
    let one = run("1", &[]);
    assert!(one.contains_key("summary.json") && one.len() > 10, "{:?}", one.keys());
    for threads in ["1", "2", "7"] {
        assert_eq!(differing(&one, &run(threads, &[])), [""; 0], "{threads} threads");
    }
}

#[test]
fn another_seed_is_another_run() {
    let (one, same, other) = (run("2", &[]), run("2", &["--seed", "7"]), run("2", &["--seed", "8"]));
    assert_eq!(one["summary.json"], same["summary.json"], "7 is the scenario's own seed");
    for name in ["summary.json", "scenario.ron", "manifest.json", "report.html"] {
        assert_ne!(one[name], other[name], "{name}");
    }
}

#[test]
fn a_seed_in_the_scenario_is_the_seed_on_the_command_line() {
    let desk = Desk::with("small.ron", crate::support::with(SMALL, "seed: 7,", "seed: 8,"));
    desk.cwm(&["run", "small.ron", "--out", "out"]).well();
    assert_eq!(files(&desk.path("out"))["summary.json"], run("1", &["--seed", "8"])["summary.json"]);
}

fn history() -> Vec<String> {
    rows(60, 10)
}

/// Replays a history that a file of this name holds; what is written, but for what names or hashes the input.
fn replay(desk: &Desk, history: &str, threads: &str) -> Files {
    desk.put("old.ron", replay_of(history));
    desk.cwm(&["replay", "old.ron", "--out", "out", "--threads", threads]).well();
    let mut written = files(&desk.path("out"));
    for name in ["manifest.json", "scenario.ron", "report.html", "report.md"] {
        assert!(written.remove(name).is_some(), "{name}");
    }
    written
}

#[test]
fn a_replay_does_not_depend_on_threads() {
    let desk = Desk::with("old.csv", csv(&history()));
    desk.put("old.ron", replay_of("old.csv"));
    let written = ["1", "2", "7"].map(|threads| {
        desk.cwm(&["replay", "old.ron", "--out", "out", "--threads", threads]).well();
        files(&desk.path("out"))
    });
    assert!(written[0].contains_key("summary.json") && written[0].len() > 10);
    assert_eq!(differing(&written[0], &written[1]), [""; 0]);
    assert_eq!(differing(&written[0], &written[2]), [""; 0]);
}

#[test]
fn a_replay_does_not_depend_on_the_order_of_rows() {
    let mut shuffled = history();
    // 1,001 is prime to the number of rows, so every row gets a place of its own.
    let len = shuffled.len();
    assert!((2..=1_001).all(|d| 1_001 % d != 0 || !len.is_multiple_of(d)), "{len}");
    shuffled = (0..len).map(|i| shuffled[i * 1_001 % len].clone()).collect();
    assert_ne!(shuffled, history());
    let desk = Desk::with("old.csv", csv(&history()));
    let ordered = replay(&desk, "old.csv", "2");
    desk.put("old.csv", csv(&shuffled));
    assert_eq!(differing(&ordered, &replay(&desk, "old.csv", "2")), [""; 0]);
}

#[test]
fn a_replay_does_not_depend_on_the_format() {
    let desk = Desk::with("old.csv", csv(&history()));
    let loaded = log::load_canonical(&desk.path("old.csv"), Currency::try_from("USD".to_owned()).unwrap()).unwrap();
    assert_eq!(loaded.report.rows as usize, history().len());
    let from_csv = replay(&desk, "old.csv", "2");
    for name in ["old.jsonl", "old.parquet"] {
        source::write(&loaded.history, &desk.path(name)).unwrap();
        assert_eq!(differing(&from_csv, &replay(&desk, name, "2")), [""; 0], "{name}");
    }
}

#[test]
fn another_row_is_another_replay() {
    let desk = Desk::with("old.csv", csv(&history()));
    let whole = replay(&desk, "old.csv", "2");
    let mut fewer = history();
    let last = fewer.iter().rposition(|row| row.contains("session_start")).unwrap();
    fewer.truncate(last);
    desk.put("old.csv", csv(&fewer));
    assert_ne!(whole["summary.json"], replay(&desk, "old.csv", "2")["summary.json"]);
}
