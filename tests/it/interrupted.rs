//! Whatever ends a process, the history in a folder is whole: the old one or the new one.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// Calls of some users; more of them make another history.
fn calls(folder: &Path, count: u32) -> String {
    let mut text = String::new();
    for call in 0..count {
        let (user, minute, second) = (call % 97, call / 60 % 60, call % 60);
        let hour = call / 3_600;
        writeln!(
            text,
            r#"{{"messageId":"m{call}","type":"track","userId":"u{user}","event":"open","timestamp":"2026-03-01T{hour:02}:{minute:02}:{second:02}Z"}}"#
        )
        .unwrap();
    }
    let path = folder.join(format!("{count}.jsonl"));
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn import(calls: &str, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cwm"));
    command.args(["import", "--segment", calls, "--quiet", "-o"]).arg(out).env("CWM_PSEUDONYM_KEY", "a key for tests");
    command
}

fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|file| (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap())).collect()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long an import lasts tells when to kill the next")]
fn a_killed_import_leaves_the_old_history_or_the_new_one() {
    let folder = TempDir::new().unwrap();
    let (few, many) = (calls(folder.path(), 500), calls(folder.path(), 40_000));
    let (history, whole) = (folder.path().join("history"), folder.path().join("whole"));
    succeeded(&import(&few, &history).output().unwrap());
    succeeded(&import(&few, &whole).output().unwrap());
    let old = content(&history);
    let start = Instant::now();
    succeeded(&import(&many, &whole).output().unwrap());
    let (new, lasts) = (content(&whole), start.elapsed());
    let mut left = 0;
    for part in 0..12 {
        let mut child = import(&many, &history).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(lasts.mul_f64(f64::from(part) / 11.0) + Duration::from_millis(1));
        child.kill().unwrap();
        child.wait().unwrap();
        // A folder between two renames is put back by whatever command comes next.
        if history.exists() {
            let there = content(&history);
            assert!(there == old || there == new, "after {part}/11 of the time");
            left += u32::from(there == old);
        }
    }
    assert!(left > 0, "every import was over before it was killed");
    succeeded(&import(&many, &history).output().unwrap());
    assert!(content(&history) == new);
    let litter =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(litter.filter(|name| name.starts_with('.')).collect::<Vec<_>>(), [""; 0], "what is left behind");
}

/// A limit on the size of files stands for a disk that is full.
#[test]
fn a_full_disk_is_told_and_leaves_the_old_history() {
    let folder = TempDir::new().unwrap();
    let (few, many) = (calls(folder.path(), 500), calls(folder.path(), 40_000));
    let history = folder.path().join("history");
    succeeded(&import(&few, &history).output().unwrap());
    let old = content(&history);
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" import --segment \"$1\" --quiet -o \"$2\""])
        .args([env!("CARGO_BIN_EXE_cwm"), &many])
        .arg(&history)
        .env("CWM_PSEUDONYM_KEY", "a key for tests")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("cannot write rows.bin"), "{told}");
    assert!(content(&history) == old);
    let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().starts_with('.')).count(), 0);
}

#[test]
fn the_zone_of_the_machine_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let calls = calls(folder.path(), 500);
    let histories = ["UTC", "Asia/Tokyo", "America/St_Johns"].map(|zone| {
        let history = folder.path().join(zone.replace('/', "_"));
        succeeded(&import(&calls, &history).env("TZ", zone).output().unwrap());
        content(&history)
    });
    assert!(histories[0] == histories[1] && histories[1] == histories[2]);
}
