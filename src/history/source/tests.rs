//! What holds for every format: events come back as they went, and no bytes make a reader panic.

use std::{collections::BTreeMap, fs, io::Write, path::PathBuf};

use proptest::{collection::vec, option, prelude::*};

use super::{Format, write};
use crate::{
    base::{
        time::SimTime,
        units::{Currency, Money, UserId},
    },
    history::{
        error::HistoryError,
        event::{Event, EventKind},
        log::{History, load_canonical},
        name::Name,
    },
};

const FORMATS: [&str; 3] = ["csv", "jsonl", "parquet"];

fn name() -> impl Strategy<Value = Name> {
    // Anything but NUL, the awkward ones on purpose: quotes, commas, line ends, formulas, spaces at the ends.
    prop_oneof!["[ -~]{1,12}", "[,\"\r\n =+é漢]{1,6}", "\\PC{1,8}"].prop_map(Name::from)
}

fn kind() -> impl Strategy<Value = EventKind> {
    let money = || (-1_000_000_000_000i64..=1_000_000_000_000).prop_map(Money::from_minor);
    prop_oneof![
        (name(), option::of(name())).prop_map(|(channel, campaign)| EventKind::Acquired { channel, campaign }),
        Just(EventKind::SessionStart),
        name().prop_map(|item| EventKind::Content { item }),
        name().prop_map(|name| EventKind::Feature { name }),
        (name(), name()).prop_map(|(channel, style)| EventKind::Message { channel, style }),
        any::<bool>().prop_map(|taken| EventKind::Response { taken }),
        money().prop_map(|amount| EventKind::Charge { amount }),
        money().prop_map(|amount| EventKind::Refund { amount }),
        money().prop_map(|amount| EventKind::Dispute { amount }),
        name().prop_map(|plan| EventKind::Subscribe { plan }),
        Just(EventKind::Renew),
        Just(EventKind::Cancel),
        (1u8..=3).prop_map(|severity| EventKind::Ticket { severity }),
        proptest::num::f64::NORMAL.prop_map(|score| EventKind::Review { score }),
        name().prop_map(|sku| EventKind::Expand { sku }),
        name().prop_map(|alias| EventKind::Identify { alias }),
        (name(), name()).prop_map(|(question, answer)| EventKind::Stated { question, answer }),
    ]
}

/// Histories of users with numbers, with names, and with hashes whose names nobody knows.
fn history() -> impl Strategy<Value = History> {
    let user = prop_oneof![
        Just(None),
        any::<u64>().prop_map(|id| Some(UserId(id))),
        (0u64..9).prop_map(|id| Some(UserId(id)))
    ];
    let event = (-60_000_000_000i64..250_000_000_000, user, name(), any::<u64>(), kind());
    vec(event, 1..20).prop_map(|drafts| {
        let mut names = BTreeMap::new();
        let events = drafts.into_iter().map(|(at, user, name, ordinal, kind)| {
            let user = user.unwrap_or_else(|| {
                let user = UserId::of(&name);
                if user.0 >> 63 == 1 {
                    names.insert(user, name);
                }
                user
            });
            Event { at: SimTime(at), user, ordinal, kind }
        });
        History::new(events.collect(), names)
    })
}

fn usd() -> Currency {
    Currency::new("USD").unwrap()
}

fn file(ending: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("events.{ending}"));
    fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    (folder, path)
}

fn canonical_bytes(ending: &str) -> Vec<u8> {
    let kinds = [EventKind::SessionStart, EventKind::Content { item: "a".into() }, EventKind::Cancel];
    let events = kinds.map(|kind| Event { at: SimTime(0), user: UserId(1), ordinal: 1, kind });
    let (_folder, path) = file(ending, b"");
    write(&History::new(events.to_vec(), BTreeMap::new()), &path).unwrap();
    fs::read(path).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_format_gives_back_the_events_it_was_given(history in history()) {
        for ending in FORMATS {
            let (_folder, path) = file(ending, b"");
            write(&history, &path).unwrap();
            let loaded = load_canonical(&path, usd());
            prop_assert!(loaded.is_ok(), "{ending}: {}", loaded.unwrap_err());
            prop_assert_eq!(&loaded.unwrap().history, &history, "{}", ending);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..400)) {
        for ending in FORMATS {
            let (_folder, path) = file(ending, &bytes);
            prop_assert!(load_canonical(&path, usd()).is_err_and(|error| !error.is_io()));
        }
    }

    #[test]
    fn no_text_that_looks_like_a_table_makes_a_reader_panic(text in "(at|user|ordinal|kind|[,\"\n\r\t;{}:\\[\\] 0-9aZ=\u{0}-]){0,120}") {
        for ending in ["csv", "jsonl"] {
            let (_folder, path) = file(ending, format!("at,user,ordinal,kind\n{text}").as_bytes());
            prop_assert!(load_canonical(&path, usd()).is_err());
        }
    }

    #[test]
    fn damage_to_a_good_file_is_an_error_or_harmless_but_never_a_panic(
        flips in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in option::of(any::<prop::sample::Index>())
    ) {
        for ending in FORMATS {
            let mut bytes = canonical_bytes(ending);
            for (index, byte) in &flips {
                let index = index.index(bytes.len());
                bytes[index] = *byte;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            let (_folder, path) = file(ending, &bytes);
            if let Err(error) = load_canonical(&path, usd()) {
                prop_assert!(!error.is_io(), "{}", error);
            }
        }
    }
}

/// What happens to a file between two programs.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    /// A part once more, in another place.
    Twice(prop::sample::Index, usize, prop::sample::Index),
    Lost(prop::sample::Index, usize),
    Put(prop::sample::Index, Vec<u8>),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let place = |index: &prop::sample::Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let part = |from: usize, length: usize, bytes: &[u8]| from..(from + length).min(bytes.len());
        match self {
            Self::Flip(index, bits) if !bytes.is_empty() => {
                let place = index.index(bytes.len());
                bytes[place] ^= bits;
            }
            Self::Flip(..) => {}
            Self::Cut(index) => bytes.truncate(place(index, bytes)),
            Self::Twice(from, length, to) => {
                let again = bytes[part(place(from, bytes), *length, bytes)].to_vec();
                let to = place(to, bytes);
                bytes.splice(to..to, again);
            }
            Self::Lost(from, length) => drop(bytes.drain(part(place(from, bytes), *length, bytes))),
            Self::Put(to, more) => {
                let to = place(to, bytes);
                bytes.splice(to..to, more.iter().copied());
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), 1u8..).prop_map(|(index, bits)| Damage::Flip(index, bits)),
        1 => index().prop_map(Damage::Cut),
        2 => (index(), 1usize..60, index()).prop_map(|(from, length, to)| Damage::Twice(from, length, to)),
        1 => (index(), 1usize..60).prop_map(|(from, length)| Damage::Lost(from, length)),
        1 => (index(), vec(any::<u8>(), 1..12)).prop_map(|(to, bytes)| Damage::Put(to, bytes)),
    ]
}

/// As other programs write it: nothing is packed, so that damage reaches what the decoders read.
fn plain_parquet(history: &History) -> Vec<u8> {
    let (_folder, path) = file("parquet", b"");
    write(history, &path).unwrap();
    let packed = fs::File::open(path).unwrap();
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(packed).unwrap();
    let (schema, mut bytes) = (reader.schema().clone(), Vec::new());
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, schema, None).unwrap();
    reader.build().unwrap().for_each(|batch| writer.write(&batch.unwrap()).unwrap());
    writer.close().unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_to_a_file_it_is_read_or_refused(history in history(), damage in vec(damage(), 1..5)) {
        for ending in ["csv", "jsonl", "parquet", "plain"] {
            let (folder, path) = file(ending, b"");
            let mut bytes = if ending == "plain" { plain_parquet(&history) } else {
                write(&history, &path).unwrap();
                fs::read(&path).unwrap()
            };
            damage.iter().for_each(|damage| damage.apply(&mut bytes));
            let path = folder.path().join(if ending == "plain" { "damaged.parquet".to_owned() } else { format!("damaged.{ending}") });
            fs::write(&path, &bytes).unwrap();
            match load_canonical(&path, usd()) {
                Ok(loaded) => prop_assert!(loaded.history.events.len() <= bytes.len().max(1 << 20)),
                Err(error) => prop_assert!(!error.is_io(), "{ending}: {}", error),
            }
        }
    }

    /// A file of another kind than its ending tells: packed whole, or one format under another's name.
    #[test]
    fn a_file_under_a_wrong_name_is_refused(history in history(), a in 0usize..3, b in 0usize..3) {
        prop_assume!(a != b);
        let (folder, path) = file(FORMATS[a], b"");
        write(&history, &path).unwrap();
        let wrong = folder.path().join(format!("wrong.{}", FORMATS[b]));
        fs::copy(&path, &wrong).unwrap();
        prop_assert!(load_canonical(&wrong, usd()).is_err_and(|error| !error.is_io()));
        let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
        packed.extend(fs::read(&path).unwrap());
        fs::write(&wrong, packed).unwrap();
        prop_assert!(load_canonical(&wrong, usd()).is_err_and(|error| !error.is_io()));
    }
}

/// Two million rows that are all alike need a few kilobytes.
#[test]
fn a_file_that_claims_more_than_it_can_hold_is_refused_before_it_is_decoded() {
    use arrow::array::{ArrayRef, StringArray, UInt64Array};
    let rows = 1 << 18;
    let text = |value: &str| -> ArrayRef { std::sync::Arc::new(StringArray::from(vec![value; rows])) };
    let ordinal: ArrayRef = std::sync::Arc::new(UInt64Array::from(vec![1; rows]));
    let columns =
        [("at", text("2026-01-01T00:00:00Z")), ("user", text("1")), ("ordinal", ordinal), ("kind", text("cancel"))];
    let batch = arrow::record_batch::RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    (0..8).for_each(|_| writer.write(&batch).unwrap());
    writer.close().unwrap();
    let (_folder, path) = file("parquet", &bytes);
    let error = load_canonical(&path, usd()).unwrap_err().to_string();
    assert!(error.contains("it claims 20971") && bytes.len() < 1 << 15, "{error} {}", bytes.len());
}

#[test]
fn a_format_is_told_by_its_ending_in_any_case() {
    assert_eq!(Format::of("a/b.NDJSON".as_ref()), Some(Format::JsonLines));
    assert_eq!(Format::of("csv".as_ref()), None);
    let (_folder, path) = file("txt", b"");
    let error = load_canonical(&path, usd()).unwrap_err();
    assert!(error.to_string().ends_with("one of .csv, .jsonl, .ndjson, .parquet"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_the_systems_refusal_and_garbage_is_not() {
    for ending in FORMATS {
        assert!(load_canonical(format!("/nowhere/at/all.{ending}").as_ref(), usd()).unwrap_err().is_io());
        let (folder, _) = file(ending, b"");
        let error = load_canonical(&folder.path().join(format!("gone.{ending}")), usd()).unwrap_err();
        assert!(error.is_io());
    }
    let whole = canonical_bytes("parquet");
    let (_folder, path) = file("parquet", &whole[..whole.len() / 2]);
    let error = load_canonical(&path, usd()).unwrap_err();
    assert!(
        matches!(error, HistoryError::Unreadable { .. }) && error.to_string().contains("events.parquet"),
        "{error}"
    );
}
