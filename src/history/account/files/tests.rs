//! The folder of an account history, written and read back, and read where it is wrong.

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*};
use tempfile::TempDir;

use super::*;
use crate::{
    base::units::{Money, UserId},
    history::account::{AccountEvent, AccountRecord, Happening, Member, Terms, Usage},
};

/// Two accounts: one renewed and bought more, one left; uses by member.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    put(
        "company.ron",
        r#"(currency: "USD", tiers: ["smb", "mid"], roles: ["admin", "user"], modules: ["core", "pay"], skus: ["plus"],
            first: "2024-01-01", end: "2026-01-05")"#,
    );
    put("accounts.csv", "account,tier,parent,arm,enrolled\nberg,mid,,treated,2024-06-01\nabel,smb,berg,,\n");
    put(
        "contracts.csv",
        "account,start,renewal,recurring,seats,outcome\nberg,2024-01-01,2025-01-01,60000,3,renewed\n\
         abel,2024-02-01,2025-02-01,1200.50,2,left\nberg,2025-01-01,2026-01-01,66000,4,renewed\nberg,2026-01-01,2027-01-01,66000,4,running\n",
    );
    put("members.csv", "member,account,role\n7,berg,admin\n8,berg,user\n9,abel,user\n");
    put(
        "product.csv",
        "at,member,module\n2024-01-02,7,core\n2024-01-02T18:00:00Z,7,pay\n2024-01-04,7,core\n2024-01-09,9,core\n2024-03-01,9,core\n",
    );
    put(
        "events.csv",
        "day,account,kind,value,name,late_days\n2024-03-05,berg,ticket,3,,\n2024-05-05,berg,expand,1500,plus,\n\
         2024-05-09,abel,review,4,,\n2024-06-01,abel,sponsor_left,,,\n2024-07-01,berg,paid,60000.00,,12\n",
    );
    folder
}

fn refused(change: impl FnOnce(&Path)) -> String {
    let folder = folder();
    change(folder.path());
    let error = read(folder.path()).unwrap_err().to_string();
    error.replace(&folder.path().display().to_string(), "DIR")
}

fn add(folder: &Path, file: &str, row: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}{row}\n")).unwrap();
}

#[test]
fn uses_by_members_are_rolled_up_by_week_and_silence_is_seen() {
    let folder = folder();
    let read = read(folder.path()).unwrap();
    assert_eq!(read.rejected, []);
    let [abel, berg] = &read.history.accounts[..] else { panic!("there are two accounts") };
    assert_eq!((abel.id.as_str(), abel.parent), ("abel", Some(1)));
    let weeks: Vec<(i32, u32, u32, u32)> = berg
        .events
        .iter()
        .filter_map(|event| match event.what {
            Happening::Used(usage) => {
                Some((event.day - read.history.days.0, usage.active, usage.sessions, usage.users[1]))
            }
            _ => None,
        })
        .collect();
    assert_eq!(weeks[..2], [(7, 1, 2, 1), (14, 0, 0, 0)]);
    // As many weeks as the history has whole ones.
    assert_eq!(weeks.len(), 105);
    let member = berg.members[0];
    assert_eq!((member.sessions, member.active_weeks, member.modules), (2, 1, 0b11));
    assert_eq!(berg.decisions().map(|(_, stayed)| stayed).collect::<Vec<_>>(), [true, true]);
    assert_eq!(abel.decisions().map(|(_, stayed)| stayed).collect::<Vec<_>>(), [false]);
    assert_eq!(berg.terms_on(read.history.days.0 + 200).unwrap().recurring.minor(), 6_150_000);
}

#[test]
fn what_was_written_reads_back_the_same() {
    let folder = folder();
    let first = read(folder.path()).unwrap().history;
    let other = tempfile::tempdir().unwrap();
    write(&first, other.path()).unwrap();
    let again = read(other.path()).unwrap();
    assert_eq!(again.rejected, []);
    assert_eq!(again.history, first);
}

#[test]
fn rows_that_are_none_are_left_out_counted_and_explained() {
    let folder = folder();
    add(
        folder.path(),
        "events.csv",
        "2024-03-05,cain,ticket,3,,\n2024-03-05,abel,ticket,9,,\n2024-03-05,abel,party,,,\n1999-03-05,abel,ticket,1,,",
    );
    add(folder.path(), "product.csv", "2024-01-02,77,core\nsoon,7,core");
    let read = read(folder.path()).unwrap();
    let told: Vec<String> =
        read.rejected.iter().map(|one| one.to_string().replace(&folder.path().display().to_string(), "DIR")).collect();
    assert_eq!(told.len(), 6, "{told:?}");
    assert_eq!(told[0], r#"DIR/product.csv, row 6 (line 7): member must be one of those in members.csv, but is "77""#);
    assert_eq!(told[3], r#"DIR/events.csv, row 7 (line 8): value must be a severity from 1 to 3, but is "9""#);
}

#[test]
fn what_contradicts_itself_is_refused_with_file_and_line() {
    let told = refused(|folder| add(folder, "accounts.csv", "cain,smb,,,"));
    assert_eq!(told, "DIR/accounts.csv: line 4: account `cain`: it must have at least 1 member, but has none");
    let told = refused(|folder| add(folder, "members.csv", "9,berg,user"));
    assert!(
        told.contains("DIR/members.csv, row 4 (line 5): member must be in one account once, but is in abel already"),
        "{told}"
    );
    let told = refused(|folder| add(folder, "contracts.csv", "abel,2025-03-01,2025-02-01,10,1,running"));
    assert!(told.contains("DIR/accounts.csv: line 3: account `abel`: a renewal must come after the start"), "{told}");
    let told = refused(|folder| add(folder, "contracts.csv", "abel,2024-05-01,2025-05-01,10,1,running"));
    assert!(told.contains("a contract must start when the one before is over"), "{told}");
    let told = refused(|folder| add(folder, "accounts.csv", "cain,big,,,"));
    assert!(told.contains("DIR/accounts.csv, row 3 (line 4): tier must be one of smb, mid, but is \"big\""), "{told}");
    let told = refused(|folder| {
        fs::write(folder.join("accounts.csv"), "account,tier,parent\nberg,mid,abel\nabel,smb,berg\n").unwrap();
    });
    assert!(told.contains("is above itself among its own parents"), "{told}");
    let told = refused(|folder| fs::remove_file(folder.join("members.csv")).unwrap());
    assert_eq!(told, "cannot read DIR/members.csv");
    let told = refused(|folder| {
        fs::remove_file(folder.join("company.ron")).unwrap();
        assert!(is_there(folder));
    });
    assert_eq!(told, "cannot read DIR/company.ron");
}

fn money() -> impl Strategy<Value = Money> {
    (0i64..9_999_999).prop_map(Money::from_minor)
}

/// All that can happen between contracts.
fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (1u8..=3).prop_map(|severity| Happening::Ticket { severity }),
        (1u8..=5).prop_map(|score| Happening::Satisfaction { score }),
        (1u8..=5).prop_map(|score| Happening::BusinessReview { score }),
        (0u8..=10).prop_map(|score| Happening::Recommendation { score }),
        Just(Happening::SponsorLeft),
        Just(Happening::SponsorNamed),
        (money(), 0u16..90).prop_map(|(amount, late_days)| Happening::Paid { amount, late_days }),
        money().prop_map(|recurring| Happening::Expanded { sku: 0, recurring }),
        "x[a-z ,\"]{0,6}x".prop_map(|play| Happening::Contacted { play: play.into() }),
        (0u32..9, 0u32..9, 0u32..99).prop_map(|(active, core, sessions)| {
            let mut users = [0; crate::history::account::MODULES];
            (users[0], users[2]) = (core, active);
            Happening::Used(Usage { seats: 9, active, sessions, users })
        }),
    ]
}

/// An account with one member, two contracts of a year and how the second ended.
fn account(first: i32) -> impl Strategy<Value = AccountRecord> {
    let terms =
        move |recurring, year| Terms { recurring, seats: 9, renewal: first + 365 * year, renewals: year as u16 };
    let happened = vec((0i32..700, happening()), 0..12);
    (money(), money(), any::<bool>(), 0u16..8, happened, 0i32..700).prop_map(
        move |(one, two, left, modules, happened, seen)| {
            let event = |(day, what): (i32, Happening)| AccountEvent { day: first + day, what };
            let begun = [(0, Happening::Started(terms(one, 1))), (365, Happening::Renewed(terms(two, 2)))];
            let gone = left.then_some((730, Happening::Left));
            let mut events: Vec<_> = begun.into_iter().chain(happened).chain(gone).map(event).collect();
            events.sort_by_key(|event| (event.day, event.what.rank()));
            let last_active = (modules > 0).then_some(first + seen);
            let member = Member { user: UserId(0), role: 1, modules, active_weeks: modules, sessions: 7, last_active };
            AccountRecord { id: "".into(), tier: 0, parent: None, enrolled: None, members: vec![member], events }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Names of modules and plays hold spaces, commas and quotes, as people's names for them do;
    /// blanks around a cell are no part of it, so no name begins or ends with one.
    #[test]
    fn whatever_happened_reads_back_as_it_was_written(accounts in vec(account(19_723), 1..4)) {
        let start = folder();
        let mut history = read(start.path()).unwrap().history;
        history.modules = ["core", "time, \"tracking\"", "time off"].map(Name::from).to_vec();
        history.accounts = accounts;
        for (place, account) in history.accounts.iter_mut().enumerate() {
            account.id = format!("account {place}").into();
            account.parent = (place > 0).then_some(0);
            account.members[0].user = UserId(place as u64);
        }
        let other = tempfile::tempdir().unwrap();
        write(&history, other.path()).unwrap();
        let again = read(other.path()).unwrap();
        prop_assert_eq!(again.rejected, vec![]);
        prop_assert_eq!(again.history, history);
    }
}
