//! `cwm update`: stored self-models that are the same however the events came, and whole at any moment.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Desk, Said, csv, files, replay_of, rows, with};

/// The moment of a row.
fn at(row: &str) -> &str {
    row.split(',').next().unwrap()
}

/// The rows of a history in time order: the first of them to begin with, the others to come.
fn early_and_late() -> (Vec<String>, Vec<String>) {
    let mut rows = rows(12, 14);
    rows.sort_by(|a, b| at(a).cmp(at(b)));
    let late = rows.split_off(rows.len() * 2 / 3);
    (rows, late)
}

/// A desk with a set `models` that was made from the early rows; `all.csv` has all rows, `late.csv` the late ones.
fn made() -> Desk {
    let (early, late) = early_and_late();
    let desk = Desk::with("old.ron", replay_of("early.csv"));
    desk.put("early.csv", csv(&early));
    desk.put("late.csv", csv(&late));
    desk.put("all.csv", csv(&[early, late].concat()));
    desk.cwm(&["update", "models", "--from", "old.ron", "--format", "json"]).well();
    desk
}

fn told(desk: &Desk, set: &str) -> Value {
    desk.cwm(&["update", set, "--format", "json"]).well().json()
}

/// The files of a set that do not depend on how the events came, by their sort.
fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let sort = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let all = files(folder).into_iter().map(|(name, bytes)| (sort(&name), bytes));
    all.filter(|(sort, _)| sort == "models" || sort == "tail").collect()
}

#[test]
fn events_that_come_bit_by_bit_give_the_set_of_all_at_once() {
    let desk = made();
    let (_, late) = early_and_late();
    // In three parts, each shuffled within itself, and the second given as two files.
    let third = late.len() / 3;
    for (name, part) in [("a", &late[..third]), ("b", &late[third..2 * third]), ("d", &late[2 * third..])] {
        let mut part = part.to_vec();
        part.reverse();
        desk.put(&format!("{name}.csv"), csv(&part[..part.len() / 2]));
        desk.put(&format!("{name}2.csv"), csv(&part[part.len() / 2..]));
        let (one, two) = (format!("{name}.csv"), format!("{name}2.csv"));
        desk.cwm(&["update", "models", "--with", &one, &two, "--threads", "1"]).well();
    }
    desk.put("whole.ron", replay_of("all.csv"));
    desk.cwm(&["update", "whole", "--from", "whole.ron", "--priors-of", "models"]).well();
    assert_eq!(kept(&desk.path("models")), kept(&desk.path("whole")));
    let (bit_by_bit, whole) = (told(&desk, "models"), told(&desk, "whole"));
    for field in ["users", "models", "watermark", "tail_events", "priors_blake3"] {
        assert_eq!(bit_by_bit[field], whole[field], "{field}");
    }
}

#[test]
fn what_an_update_did_is_told() {
    let desk = made();
    let before = told(&desk, "models");
    let said = desk.cwm(&["update", "models", "--with", "late.csv", "--format", "json"]).well();
    let done = said.json();
    let (_, late) = early_and_late();
    assert_eq!(done["events"], late.len());
    assert_eq!((&done["duplicates"], &done["rejected"]), (&0.into(), &0.into()));
    assert!(done["watermark"].as_str() > before["watermark"].as_str());
    assert!(done["folded_sessions"].as_u64() > Some(20), "{done}");
    // The same file again, and all rows again: nothing is learned twice.
    let models = kept(&desk.path("models"));
    let again = desk.cwm(&["update", "models", "--with", "late.csv", "--format", "json"]).well();
    assert_eq!(again.err, "warning: late.csv was folded in before, as late.csv: it is left out\n");
    assert_eq!((&again.json()["events"], &again.json()["duplicates"]), (&0.into(), &late.len().into()));
    let all = desk.cwm(&["update", "models", "--with", "all.csv", "--format", "json"]).well().json();
    assert_eq!(all["events"], 0);
    assert_eq!(all["duplicates"].as_u64().unwrap() + all["rejected"].as_u64().unwrap(), rows(12, 14).len() as u64);
    assert_eq!(kept(&desk.path("models")), models);
    // What was too old is kept with the reason.
    let file = desk.path("models").join(all["rejected_file"].as_str().unwrap());
    let rejected = fs::read_to_string(file).unwrap();
    let second = rejected.lines().nth(1).unwrap();
    assert!(second.contains("from the watermark 2025-") && second.contains("older than the watermark"), "{second}");
    assert!(second.contains("window 48 h"), "{second}");
    assert!(desk.cwm(&["update", "models"]).well().out.contains("rejected by the latest update"));
}

#[test]
fn a_set_is_made_once_and_only_where_nothing_is() {
    let desk = made();
    assert_snapshot!(desk.cwm(&["update", "models", "--from", "old.ron"]).complaint(), @"
error: models is a set of self-models already: fold more events into it with `--with`, or choose another folder
exit 3
");
    fs::create_dir(desk.path("mine")).unwrap();
    desk.put("mine/thesis.txt", "x");
    assert_snapshot!(desk.cwm(&["update", "mine", "--from", "old.ron"]).complaint(), @r#"
error: mine exists and holds "thesis.txt", which is no part of a set: it will not be touched
exit 3
"#);
    assert_snapshot!(desk.cwm(&["update", "nowhere"]).complaint(), @"
error: cannot read nowhere
  because: No such file or directory (os error 2)
exit 4
");
    assert_snapshot!(desk.cwm(&["update", "mine"]).complaint(), @"
error: mine/manifest.json: expected the manifest of a set of self-models, but there is none; the set was not changed
exit 3
");
    let other = with(&replay_of("late.csv"), r#"currency: "USD""#, r#"currency: "EUR""#);
    desk.put("other.ron", other);
    let before = files(&desk.path("models"));
    assert_snapshot!(desk.cwm(&["update", "models", "--with", "other.ron"]).complaint(), @"
error: other.ron:7:5: the set's currency is USD, but this history's is EUR
exit 3
");
    assert_snapshot!(desk.cwm(&["update", "euros", "--from", "other.ron", "--priors-of", "models"]).complaint(), @"
error: currency: expected USD, but it is EUR
exit 3
");
    desk.put("odd.csv", "when,who\n2025-01-01,1\n");
    let odd = desk.cwm(&["update", "models", "--with", "odd.csv"]);
    assert!(odd.code == 3 && odd.err.starts_with("error: odd.csv: no column `at`"), "{odd}");
    assert_eq!(files(&desk.path("models")), before);
}

#[test]
fn files_in_the_columns_of_the_scenario_and_other_scenarios_are_folded_too() {
    let desk = Desk::new();
    let rows = r#"File(path: "early.csv", rows: Rows(user: "who", at: Time(column: "when"), ordinal: "no",
        events: [SessionStart, Charge(amount: "usd")]))"#;
    desk.put("shop.ron", with(&replay_of("early.csv"), r#"File(path: "early.csv")"#, rows));
    let orders = |days: std::ops::Range<u32>| {
        let order = |day: u32| format!("2025-03-{day:02}T10:00:00Z,customer {},{day},{day}.50\n", day % 4);
        format!("when,who,no,usd\n{}", days.map(order).collect::<String>())
    };
    desk.put("early.csv", orders(1..15));
    desk.put("new.csv", orders(15..20));
    desk.put("newer.csv", orders(20..25));
    desk.cwm(&["update", "models", "--from", "shop.ron"]).well();
    let new = desk.cwm(&["update", "models", "--with", "new.csv", "--format", "json"]).well().json();
    assert_eq!((&new["events"], &new["born"]), (&10.into(), &0.into()));
    let shop = fs::read_to_string(desk.path("shop.ron")).unwrap();
    desk.put("later.ron", with(&shop, r#"path: "early.csv""#, r#"path: "newer.csv""#));
    let newer = desk.cwm(&["update", "models", "--with", "later.ron", "--format", "json"]).well().json();
    assert_eq!((&newer["events"], &newer["users"]), (&10.into(), &4.into()));
    // A canonical file is known by its columns; its user is new, and its event late but not too late.
    desk.put("canonical.csv", csv(&["2025-03-23T09:00:00Z,eve,1,session_start,,".to_owned()]));
    let born = desk.cwm(&["update", "models", "--with", "canonical.csv", "--format", "json"]).well().json();
    assert_eq!((&born["born"], &born["late"], &born["users"]), (&1.into(), &1.into(), &5.into()));
}

/// Adds to a file's end, or takes from it.
fn harmed(desk: &Desk, sort: &str, harm: impl FnOnce(&mut Vec<u8>)) -> Said {
    let (name, mut bytes) = files(&desk.path("models")).into_iter().find(|(name, _)| name.starts_with(sort)).unwrap();
    let whole = bytes.clone();
    harm(&mut bytes);
    desk.put(&format!("models/{name}"), &bytes);
    let said = desk.cwm(&["update", "models", "--with", "late.csv"]);
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{said}");
    assert!(said.err.contains(&name) && said.err.contains("expected") && said.err.contains("but"), "{said}");
    desk.put(&format!("models/{name}"), whole);
    said
}

#[test]
fn a_damaged_or_newer_set_is_refused() {
    let desk = made();
    for sort in ["models", "tail", "priors", "manifest"] {
        harmed(&desk, sort, |bytes| bytes.truncate(bytes.len() / 2));
        harmed(&desk, sort, |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        });
    }
    let newer = harmed(&desk, "manifest", |bytes| {
        *bytes = String::from_utf8(bytes.clone()).unwrap().replacen(r#""format": 1"#, r#""format": 7"#, 1).into_bytes();
    });
    assert_snapshot!(newer.complaint(), @"
error: models/manifest.json: expected a set of version 2 or earlier, but it is of version 7: this program is older than the set
exit 3
");
    let (name, _) = files(&desk.path("models")).into_iter().find(|(name, _)| name.starts_with("tail")).unwrap();
    fs::remove_file(desk.path("models").join(&name)).unwrap();
    let said = desk.cwm(&["update", "models"]);
    assert!(said.code == 3 && said.err.contains("there is no such file"), "{said}");
}

#[test]
fn two_users_become_one_and_are_parted_again() {
    let desk = made();
    let (before, users) = (kept(&desk.path("models")), told(&desk, "models")["users"].as_u64().unwrap());
    let join = ["update", "models", "--join", "customer-0=1001", "customer-0=customer-3", "--format", "json"];
    let joined = desk.cwm(&join).well().json();
    assert_eq!((&joined["joined"], &joined["users"]), (&2.into(), &(users - 2).into()));
    assert_eq!((&joined["models"], &joined["format_version"]), (&(users - 2).into(), &2.into()));
    let pairs = joined["joins"].as_array().unwrap();
    assert_eq!((&pairs[0]["kept"], &pairs[1]["given"]), (&"customer-0".into(), &"customer-3".into()));
    assert!(pairs.iter().all(|pair| pair["at"].as_str() > joined["watermark"].as_str()), "{joined}");
    assert!(desk.cwm(&["update", "models"]).well().out.contains("\n  2 users were joined to others\n"));
    let part = ["update", "models", "--part", "customer-3", "1001", "--format", "json"];
    let parted = desk.cwm(&part).well().json();
    assert_eq!((&parted["parted"], &parted["users"], &parted["joined"]), (&2.into(), &users.into(), &0.into()));
    assert_eq!((&parted["joins"], &parted["format_version"]), (&Value::Array(Vec::new()), &1.into()));
    assert_eq!(parted["moved_events"], joined["moved_events"]);
    assert_eq!(kept(&desk.path("models")), before);
}

/// The models of a set to which the late rows came in a few parts, each after a change of names.
fn grown(desk: &Desk, set: &str, parts: usize, name: impl Fn(&str) -> String) -> Vec<(String, Vec<u8>)> {
    let (early, late) = early_and_late();
    desk.put("first.csv", csv(&early));
    desk.put(&format!("{set}.ron"), replay_of("first.csv"));
    desk.cwm(&["update", set, "--from", &format!("{set}.ron"), "--priors-of", "models"]).well();
    desk.cwm(&["update", set, "--join", "customer-0=1001"]).well();
    for (index, rows) in late.chunks(late.len().div_ceil(parts)).enumerate() {
        let file = format!("{set}-{index}.csv");
        desk.put(&file, csv(&rows.iter().map(|row| name(row)).collect::<Vec<_>>()));
        desk.cwm(&["update", set, "--with", &file]).well();
    }
    kept(&desk.path(set)).into_iter().filter(|(sort, _)| sort == "models").collect()
}

#[test]
fn what_comes_under_a_name_that_was_given_up_is_the_kept_users() {
    let desk = made();
    let under_both = grown(&desk, "both", 3, str::to_owned);
    assert_eq!(grown(&desk, "once", 1, str::to_owned), under_both);
    assert_eq!(grown(&desk, "kept", 2, |row| row.replace(",1001,", ",customer-0,")), under_both);
    assert_eq!(told(&desk, "both")["users"], told(&desk, "kept")["users"]);
    // Later both are there again, with what waits of each.
    let users = told(&desk, "both")["users"].as_u64().unwrap();
    let parted = desk.cwm(&["update", "both", "--part", "1001", "--format", "json"]).well().json();
    assert_eq!(parted["users"], users + 1);
}

#[test]
fn identities_that_cannot_be_are_refused() {
    let desk = made();
    desk.cwm(&["update", "models", "--join", "1001=1002"]).well();
    let before = files(&desk.path("models"));
    assert_snapshot!(desk.cwm(&["update", "models", "--join", "1001=eve"]).complaint(), @"
error: user `eve`: expected one of the 11 users, such as customer-0, 1007, 1010, but it is none of them
exit 3
");
    assert_snapshot!(desk.cwm(&["update", "models", "--join", "1001=1004", "1001=1001"]).complaint(), @"
error: joining `1001` to `1001`: expected two users, but it is one and the same
exit 3
");
    assert_snapshot!(desk.cwm(&["update", "models", "--join", "1004=1002"]).complaint(), @"
error: user `1002`: expected a user with a name of their own, but it is one that was given up for `1001`
exit 3
");
    assert_snapshot!(desk.cwm(&["update", "models", "--join", "a=b=c"]).complaint(), @"
error: `a=b=c`: expected one `=` between two users of the set, but there are 0
exit 3
");
    assert_snapshot!(desk.cwm(&["update", "models", "--part", "1001"]).complaint(), @"
error: user `1001`: expected a name that was given up, but it is that of a user who was not
exit 3
");
    assert_eq!(desk.cwm(&["update", "models", "--join", "1001"]).code, 2);
    assert_eq!(desk.cwm(&["update", "models", "--join", "1001=1004", "--with", "late.csv"]).code, 2);
    assert_eq!(files(&desk.path("models")), before);
    desk.cwm(&["update", "models", "--join", "1004=1001"]).well();
    assert_snapshot!(desk.cwm(&["update", "models", "--part", "1002"]).complaint(), @"
error: parting `1002` from `1001`: expected the latest join of `1001`, but it is older than that of `1001` to `1004`: part `1001` first
exit 3
");
    harmed(&desk, "joins", |bytes| bytes.truncate(bytes.len() / 2));
}

#[test]
fn what_events_say_of_identities_is_told_and_not_done() {
    let desk = made();
    let (_, late) = early_and_late();
    let at = at(&late[0]);
    let identify = |no: u32, user: &str, alias: &str| format!("{at},{user},{no},identify,{alias}\n");
    let rows = [identify(1, "1001", "1002"), identify(2, "1001", "1002"), identify(3, "1004", "cookie 7")].concat();
    desk.put("who.csv", format!("at,user,ordinal,kind,alias\n{rows}"));
    let users = told(&desk, "models")["users"].clone();
    let said = desk.cwm(&["update", "models", "--with", "who.csv"]).well();
    let line = "\n3 identify events name two users as one: join them with --join, such as '1001=1002'\n";
    assert!(said.out.contains(line), "{said}");
    desk.cwm(&["update", "models", "--join", "1002=1001"]).well();
    let again = [rows, identify(4, "1002", "1004")].concat();
    desk.put("who.csv", format!("at,user,ordinal,kind,alias\n{again}"));
    let told = desk.cwm(&["update", "models", "--with", "who.csv", "--format", "json"]).well().json();
    // Those who are one already are not named again.
    assert_eq!((&told["identify_events"], &told["events"]), (&2.into(), &1.into()));
    assert_eq!(told["identified"][1], serde_json::json!({ "user": "1004", "alias": "cookie 7" }));
    assert_eq!(told["identified"][0], serde_json::json!({ "user": "1002", "alias": "1004" }));
    assert_eq!(told["users"].as_u64(), users.as_u64().map(|users| users - 1));
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_the_old_set_stays() {
    let desk = made();
    let before = files(&desk.path("models"));
    let script = format!("trap '' XFSZ; ulimit -f 4; exec {} update models --with late.csv", env!("CARGO_BIN_EXE_cwm"));
    let done = Command::new("sh").args(["-c", &script]).current_dir(desk.path("")).output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(4), "{err}");
    assert!(err.starts_with("error: cannot write models/"), "{err}");
    assert!(told(&desk, "models")["tail_events"].as_u64().is_some());
    let after = files(&desk.path("models"));
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)), "the old set is not what it was");
    desk.cwm(&["update", "models", "--with", "late.csv"]).well();
}

/// Updates are killed at moments spread over their length: the set is always the one before or the one after.
#[test]
fn a_killed_update_leaves_a_whole_set() {
    let desk = made();
    let (_, late) = early_and_late();
    let mut seen = std::collections::BTreeSet::new();
    let mut events = 0;
    for (index, part) in late.chunks(late.len().div_ceil(24)).enumerate() {
        let name = format!("part-{index}.csv");
        desk.put(&name, csv(part));
        let mut update = Command::new(env!("CARGO_BIN_EXE_cwm"))
            .args(["update", "models", "--with", &name, "--quiet"])
            .current_dir(desk.path(""))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(1_500 * index as u64));
        update.kill().unwrap();
        update.wait().unwrap();
        let now = told(&desk, "models");
        seen.insert(now["watermark"].as_str().unwrap().to_owned());
        // Whether or not it was killed in time: what is missing is added, and nothing is added twice.
        let again = desk.cwm(&["update", "models", "--with", &name, "--format", "json"]).well().json();
        assert!(again["events"] == part.len() || again["events"] == 0 && again["duplicates"] == part.len(), "{again}");
        events += part.len();
    }
    assert_eq!(events, late.len());
    assert!(seen.len() > 3, "{seen:?}");
    desk.put("whole.ron", replay_of("all.csv"));
    desk.cwm(&["update", "whole", "--from", "whole.ron", "--priors-of", "models"]).well();
    assert_eq!(kept(&desk.path("models")), kept(&desk.path("whole")));
}
