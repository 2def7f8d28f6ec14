//! Exports of a CRM, of support and of the product become a history of accounts that every command takes.

use std::fmt::Write;

use serde_json::Value;

use crate::support::Desk;

/// Forty accounts over four years: a third leaves after the second year, and uses the product less before it does.
struct Company {
    accounts: u32,
}

impl Company {
    fn leaves(account: u32) -> bool {
        account.is_multiple_of(3)
    }

    fn id(account: u32) -> String {
        format!("0015500000{account:05}")
    }

    /// As the API writes ids: three letters more.
    fn long(account: u32) -> String {
        format!("{}AAB", Self::id(account))
    }

    fn years(account: u32) -> u32 {
        if Self::leaves(account) { 2 } else { 4 }
    }

    fn crm(&self, desk: &Desk) {
        let mut accounts = "Id,Name,ParentId,NumberOfEmployees,Website,Band__c\n".to_owned();
        let mut contacts = "Id,AccountId,LastName,Email\n".to_owned();
        let mut deals = "Id,AccountId,StageName,Type,CloseDate,Amount,IsWon,IsClosed,Seats__c\n".to_owned();
        for account in 0..self.accounts {
            let (id, band) = (Self::long(account), ["small", "large"][(account % 2) as usize]);
            let parent = if account == 1 { Self::long(0) } else { String::new() };
            writeln!(
                accounts,
                "{id},Secret {account},{parent},{},https://www.site{account}.example/x,{band}",
                account * 10
            )
            .unwrap();
            writeln!(contacts, "003{account},{id},Doe,u{account}-0@site{account}.example").unwrap();
            for year in 0..Self::years(account) {
                let (kind, price) = if year == 0 { ("New Business", 1_000) } else { ("Renewal", 1_100 + year) };
                // Renewals are won a month early.
                let (at, month) = (2020 + year, if year == 0 { 3 } else { 2 });
                writeln!(deals, "006{account}{year},{id},Closed Won,{kind},{at}-{month:02}-10,{price}.50,true,true,25")
                    .unwrap();
            }
            if Self::leaves(account) {
                writeln!(deals, "006{account}9,{id},Closed Lost,Renewal,2022-03-01,1200,false,true,25").unwrap();
            }
        }
        writeln!(deals, "006x,{},Closed Won,Upsell,2020-09-01,120.00,true,true,", Self::long(1)).unwrap();
        desk.put("Account.csv", accounts);
        desk.put("Contact.csv", contacts);
        desk.put("Opportunity.csv", deals);
    }

    fn support(&self, desk: &Desk) {
        let mut organisations = "id,external_id,name,shared_tickets\n".to_owned();
        let mut tickets = "id,organization_id,requester_id,priority,created_at,status,satisfaction_score\n".to_owned();
        for account in 0..self.accounts {
            writeln!(organisations, "9{account},{},x,FALSE", Self::id(account)).unwrap();
            writeln!(tickets, "{account},9{account},1,high,2020-05-05T10:00:00Z,solved,good").unwrap();
        }
        writeln!(tickets, "t,777,1,high,2020-05-05T10:00:00Z,solved,").unwrap();
        desk.put("organizations.csv", organisations);
        desk.put("tickets.csv", tickets);
    }

    fn product(&self, desk: &Desk) {
        let mut calls = String::new();
        for account in 0..self.accounts {
            for user in 0..3 {
                let email =
                    if user == 0 { format!(r#","email":"U{account}-0@site{account}.example""#) } else { String::new() };
                let who = format!(r#""userId":"p{account}-{user}""#);
                writeln!(
                    calls,
                    r#"{{"type":"group",{who},"groupId":"g{account}","traits":{{"website":"site{account}.example"}}}}"#
                )
                .unwrap();
                writeln!(calls, r#"{{"type":"identify",{who},"traits":{{"plan":"x"{email}}}}}"#).unwrap();
                for month in 1..=12 * Self::years(account) {
                    let (year, month) = (2020 + (month - 1) / 12, (month - 1) % 12 + 1);
                    let event = if Self::leaves(account) && user > 0 { "Page Opened" } else { "Payroll Run" };
                    writeln!(
                        calls,
                        r#"{{"type":"track",{who},"event":"{event}","timestamp":"{year}-{month:02}-15T09:00:00Z"}}"#
                    )
                    .unwrap();
                }
            }
        }
        desk.put("calls.jsonl", calls);
    }

    fn desk(&self) -> Desk {
        let desk = Desk::new();
        self.crm(&desk);
        self.support(&desk);
        self.product(&desk);
        desk
    }
}

const IMPORT: [&str; 12] = [
    "import",
    "Account.csv",
    "Contact.csv",
    "Opportunity.csv",
    "organizations.csv",
    "tickets.csv",
    "calls.jsonl",
    "--accounts",
    "--quiet",
    "--tier",
    "Band__c",
    "--module=Payroll Run=payroll",
];

fn imported(desk: &Desk) -> Value {
    desk.cwm(&[&IMPORT[..], &["-o", "accounts", "--format", "json"]].concat()).json()
}

#[test]
fn exports_become_a_history_of_accounts_to_the_cent() {
    let desk = Company { accounts: 40 }.desk();
    let json = imported(&desk);
    assert_eq!((&json["accounts"], &json["contracts"], &json["expansions"]), (&40.into(), &132.into(), &1.into()));
    // Of 14 that leave one renewal each, of 26 that stay three; the last contracts of these run.
    assert_eq!(json["decisions"], serde_json::json!([14 + 26 * 3, 14]));
    // A contact and the user with the same address are one.
    assert_eq!((&json["members"], &json["tickets"]), (&120.into(), &40.into()));
    assert_eq!(json["modules"], serde_json::json!(["Page Opened", "payroll"]));
    let won: i64 = 40 * (100_050 + 110_150) + 26 * (110_250 + 110_350) + 12_000;
    assert_eq!(json["reconciliation"]["won"], serde_json::json!({ "minor": won, "currency": "USD" }));
    assert_eq!(
        (&json["reconciliation"]["balances"], &json["reconciliation"]["left_out"]["minor"]),
        (&true.into(), &0.into())
    );
    assert_eq!(json["recurring"]["minor"], 26 * 110_350);
    let rejected = std::fs::read_to_string(desk.path("accounts/rejected.csv")).unwrap();
    assert!(rejected.contains("tickets.csv,41,42,account,\"an account of the CRM"), "{rejected}");
    assert_eq!(rejected.lines().count(), 2, "{rejected}");
    let all =
        ["accounts.csv", "members.csv", "product.csv", "events.csv", "contracts.csv", "import.json", "rejected.csv"];
    for file in all {
        let text = std::fs::read_to_string(desk.path("accounts").join(file)).unwrap();
        assert!(!text.contains("@site") && !text.contains("Doe") && !text.contains("Secret"), "{file}");
    }
    let contracts = std::fs::read_to_string(desk.path("accounts/contracts.csv")).unwrap();
    let own: Vec<&str> = contracts.lines().filter(|line| line.starts_with(&Company::id(3))).collect();
    assert_eq!(
        own,
        [
            "001550000000003,2020-03-10,2021-03-10,1000.50,25,renewed",
            "001550000000003,2021-03-10,2022-03-10,1101.50,25,left"
        ]
    );
}

#[test]
fn the_same_rows_in_any_order_and_cut_give_the_same_tables() {
    let desk = Company { accounts: 12 }.desk();
    imported(&desk);
    let read = |desk: &Desk, file: &str| std::fs::read(desk.path("accounts").join(file)).unwrap();
    let other = Company { accounts: 12 }.desk();
    for file in ["Account.csv", "Contact.csv", "Opportunity.csv", "tickets.csv"] {
        let text = std::fs::read_to_string(desk.path(file)).unwrap();
        let (heading, rows) = text.split_once('\n').unwrap();
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.reverse();
        other.put(file, format!("{heading}\n{}\n", rows.join("\n")));
    }
    imported(&other);
    for file in ["company.ron", "accounts.csv", "contracts.csv", "members.csv", "product.csv", "events.csv"] {
        assert!(read(&desk, file) == read(&other, file), "{file}");
    }
}

#[test]
fn every_command_on_accounts_takes_the_folder() {
    let desk = Company { accounts: 40 }.desk();
    imported(&desk);
    for command in [
        &["replay", "accounts"][..],
        &["insight", "accounts"],
        &["brief", "accounts"],
        &["explain", "accounts", "--account", "001550000000004"],
    ] {
        let said = desk.cwm(&[command, &["--quiet"]].concat());
        assert!(said.code == 0 && !said.out.is_empty(), "{command:?}: {said}");
    }
}

#[test]
fn what_no_accounts_can_be_made_of_is_told() {
    let desk = Company { accounts: 3 }.desk();
    let without =
        desk.cwm(&["import", "Account.csv", "tickets.csv", "organizations.csv", "--accounts", "-o", "x"]).complaint();
    assert!(without.contains("no account has both a contract and a member"), "{without}");
    desk.put("odd.csv", "a,b\n1,2\n");
    let odd = desk.cwm(&["import", "odd.csv", "--accounts", "-o", "x"]).complaint();
    assert!(odd.contains("no row tells of a deal that was decided, a use or a ticket of an account"), "{odd}");
    let bad = desk.cwm(&["import", "Account.csv", "--accounts", "--module", "x", "-o", "x"]).complaint();
    assert!(bad.contains("--module must be like"), "{bad}");
    assert!(!desk.path("x").exists());
}
