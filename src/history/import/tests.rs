use proptest::{collection::vec, prelude::*};

use super::{
    format::Format,
    held::Held,
    privacy::Pseudonyms,
    row::{Out, Row},
    table,
};

fn understood(bytes: &[u8]) -> usize {
    let pseudonyms = Pseudonyms::new(Some("k"));
    let mut out = Out { pseudonyms: &pseudonyms, records: Vec::new(), ignored: None };
    let mut take = |_, row: Result<Row, _>| {
        if let Ok(row) = row {
            // Every reader, not only the one that would be chosen.
            Format::ALL.iter().for_each(|format| drop(format.read(&row, &mut out)));
        }
    };
    table::rows(&mut &bytes[..], &mut take).unwrap();
    let mut held = Held::default();
    out.records.into_iter().for_each(|record| held.push(record));
    held.settle();
    held.len()
}

/// Headings that lead into every reader.
const HEADINGS: [&str; 5] = [
    "id,Amount,Currency,Created (UTC),Status",
    "Campaign name;Montant dépensé (EUR);Jour",
    "balance_transaction_id,gross,fee,currency,reporting_category,created_utc",
    "user_id,timestamp,event,amount,currency",
    "date,cost_micros,customer_id,campaign_id",
];

#[test]
fn a_quote_that_is_never_closed_swallows_no_row() {
    let text = "user_id,timestamp,event\n\"u1,2026-03-01T00:00:00Z,a\nu2,2026-03-01T00:00:00Z,b\n";
    assert!(understood(text.as_bytes()) >= 1);
}

#[test]
fn utf16_and_a_byte_order_mark_are_read() {
    let text = "user_id,timestamp,event\nu2,2026-03-01T00:00:00Z,b\n";
    let plain = understood(text.as_bytes());
    let wide: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(plain >= 1);
    assert_eq!((understood(&wide), understood(format!("\u{feff}{text}").as_bytes())), (plain, plain));
}

/// Real exports, one of each kind there is here.
const EXPORTS: [&[u8]; 10] = [
    include_bytes!("../../../tests/data/exports/ads_manager_daily_en.csv"),
    include_bytes!("../../../tests/data/exports/ads_manager_daily_fr.csv"),
    include_bytes!("../../../tests/data/exports/ads_manager_period_total_en.csv"),
    include_bytes!("../../../tests/data/exports/batch_export_events.jsonl"),
    include_bytes!("../../../tests/data/exports/export_api.jsonl"),
    include_bytes!("../../../tests/data/exports/insights_api_page.json"),
    include_bytes!("../../../tests/data/exports/itemized_balance_change_from_activity.csv"),
    include_bytes!("../../../tests/data/exports/raw_export.jsonl"),
    include_bytes!("../../../tests/data/trilayer/segment.jsonl"),
    include_bytes!("../../../tests/data/trilayer/stripe_events.jsonl"),
];

/// What happens to a file on its way: bytes change, parts are lost, come twice or are put elsewhere.
fn spoiled(bytes: &[u8], (how, place, other, byte): (u8, prop::sample::Index, prop::sample::Index, u8)) -> Vec<u8> {
    let (place, other) = (place.index(bytes.len().max(1)), other.index(bytes.len().max(1)));
    let (from, to) = (place.min(other).min(bytes.len()), place.max(other).min(bytes.len()));
    match how {
        0 => bytes.iter().enumerate().map(|(at, &old)| if at == place { byte } else { old }).collect(),
        1 => [&bytes[..from], &bytes[to..]].concat(),
        2 => [&bytes[..to], &bytes[from..]].concat(),
        3 => [&bytes[..from], &[byte; 3], &bytes[from..]].concat(),
        _ => bytes[..from].to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn no_spoiled_export_makes_a_reader_panic(
        export in prop::sample::select(EXPORTS.to_vec()),
        faults in vec((0_u8..5, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..5),
    ) {
        understood(&faults.into_iter().fold(export.to_vec(), |bytes, fault| spoiled(&bytes, fault)));
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..300)) {
        understood(&bytes);
    }

    #[test]
    fn no_cells_make_a_reader_panic(heading in 0..HEADINGS.len(), rows in vec("[-0-9a-z.,;:\"/= T]{0,60}", 0..6)) {
        understood(format!("{}\n{}\n", HEADINGS[heading], rows.join("\n")).as_bytes());
    }

    #[test]
    fn no_object_makes_a_reader_panic(
        object in prop::sample::select(vec!["charge", "invoice", "event", "refund", "checkout.session", "payment_intent"]),
        amount in any::<i64>(), at in any::<i64>(), text in "\\PC{0,20}",
    ) {
        let line = serde_json::json!({
            "object": object, "type": "track", "id": text, "userId": text, "amount": amount, "created": at, "currency": "usd",
            "timestamp": at, "amount_refunded": amount, "customer": text, "data": {"object": {"object": "charge", "amount": amount}},
        });
        understood(line.to_string().as_bytes());
    }
}
