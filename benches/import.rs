//! Two hundred thousand calls read, joined and written, beside a plain loop that parses the same lines.
#![allow(missing_docs, clippy::expect_used, reason = "a bench that cannot start has nobody to tell but its runner")]

use std::{
    collections::BTreeSet,
    fmt::Write,
    fs::File,
    hint::black_box,
    io::{BufRead, BufReader},
    path::Path,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cwm::{
    base::time::SimTime,
    history::{
        import::{
            Books, Joined, Settings,
            columns::Columns,
            events,
            held::Held,
            intake::{self, Source},
            join::Windows,
            privacy::Pseudonyms,
            rates::Rates,
        },
        source::EventWriter,
    },
};
use serde::Deserialize;

const CALLS: u64 = 200_000;
const USERS: u64 = 10_000;

/// What the loop takes of a call: as little as any reader must.
#[derive(Deserialize)]
struct Call<'a> {
    #[serde(rename = "messageId")]
    message: &'a str,
    #[serde(rename = "userId")]
    user: &'a str,
    #[serde(rename = "anonymousId")]
    device: &'a str,
    timestamp: &'a str,
}

/// Sessions of eight calls, about 600 bytes each, as a browser's library sends them.
fn calls() -> String {
    let mut text = String::new();
    for call in 0..CALLS {
        let user = call / 8 * 7_919 % USERS;
        let at = SimTime(1_767_225_600 + (call / 8) as i64 * 311 + (call % 8) as i64 * 40).to_string();
        let (kind, name) = if call % 2 == 0 { ("page", "name") } else { ("track", "event") };
        let path = ["/", "/pricing", "/features", "/checkout"][(call % 4) as usize];
        writeln!(
            text,
            r#"{{"anonymousId":"a{user:08}-6b1f-4f","userId":"u{user}","messageId":"ajs-next-{call}-{user:08x}","type":"{kind}","{name}":"Open {path}","properties":{{"path":"{path}","title":"Shop","position":{position}}},"timestamp":"{at}","originalTimestamp":"{at}","sentAt":"{at}","receivedAt":"{at}","context":{{"library":{{"name":"analytics.js","version":"next-1.62.1"}},"ip":"10.0.0.1","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36","locale":"en-US","page":{{"path":"{path}","title":"Shop","url":"https://shop.example{path}","referrer":""}}}},"integrations":{{}}}}"#,
            position = call % 9,
        )
        .expect("a text can be written to");
    }
    text
}

fn joined_and_written(path: &Path, out: &Path) {
    let sources = [Source { path: path.to_owned(), tool: None }];
    let pseudonyms = Pseudonyms::new(Some("a key for benches"));
    let read = intake::read(&sources, &Columns::default(), &pseudonyms, Held::default(), &|_| {}, &mut |_| Ok(()));
    let held = read.expect("the calls can be read").held;
    assert_eq!(held.len() as u64, CALLS);
    let windows = Windows { timeout: 1_800_000, late: 3_600_000, midnight: None };
    let settings = Settings { windows, currency: None, rates: Rates::default(), apart: BTreeSet::new() };
    let books = Books::of(&held, &settings);
    let joined = Joined::of(held, &books, &settings);
    let users = events::users(&joined.persons);
    let mut writer = EventWriter::new(&users, File::create(out).expect("the file can be made")).expect("it starts");
    events::in_order(&joined.persons, &mut |events| writer.write(events)).expect("it can be written");
    writer.close().expect("it can be ended");
}

fn parsed(path: &Path) -> usize {
    let file = BufReader::with_capacity(1 << 16, File::open(path).expect("the calls are there"));
    let lines = file.lines().map(|line| line.expect("a line"));
    let length = |line: String| {
        let call: Call<'_> = serde_json::from_str(&line).expect("a call");
        call.message.len() + call.user.len() + call.device.len() + call.timestamp.len()
    };
    lines.map(length).sum()
}

fn import(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let (path, out) = (folder.path().join("calls.jsonl"), folder.path().join("events.parquet"));
    std::fs::write(&path, calls()).expect("the calls can be written");
    let mut group = criterion.benchmark_group("200,000 calls");
    group.sample_size(10).throughput(Throughput::Elements(CALLS));
    group.bench_function("read, joined and written", |b| b.iter(|| joined_and_written(&path, &out)));
    group.bench_function("parsed by a plain loop", |b| b.iter(|| black_box(parsed(&path))));
    group.finish();
}

criterion_group!(benches, import);
criterion_main!(benches);
