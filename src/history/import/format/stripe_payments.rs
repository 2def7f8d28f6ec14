//! Stripe's payments export from the dashboard: major units, one row a payment, with what went back of it.

use super::super::{
    privacy::IdKind,
    record::{Amount, Body, Handles, Ids, MoneyDeed, Payment},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Stripe payments export (CSV)";
pub const TOOL: &str = "stripe";
pub const LAYER: Layer = Layer::Revenue;
pub const CELLS: &[&str] = &[];

const CREATED: [&str; 3] = ["Created date (UTC)", "Created (UTC)", "Created"];

pub fn recognises(row: &Row) -> bool {
    row.has(&["Amount", "Currency"]) && (row.has(&["id"]) || row.has(&["ID"])) && CREATED.iter().any(|name| row.has(&[name]))
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let id = match row.id_text("id")? { None => row.id_text("ID")?, found => found };
    let id = id.ok_or_else(|| Flaw::new("id", "the id of a payment", ""))?;
    let at = row.moment(&CREATED)?;
    let currency = row.currency("Currency")?;
    let activity = row.text("Type");
    let minor = row.major("Amount", currency)?;
    let deed = match activity.as_deref().map(str::to_lowercase).as_deref() {
        None | Some("charge" | "payment") => status(row),
        Some("refund" | "payment_refund") => MoneyDeed::Refund,
        Some("dispute" | "adjustment") if minor < 0 => MoneyDeed::Dispute,
        Some("stripe_fee") => MoneyDeed::Fee,
        Some(_) => { out.ignore("a transfer, a payout or another movement that nobody pays"); return Ok(()); }
    };
    let source = row.text("Source").unwrap_or_else(|| id.clone());
    let handle = |text: Option<String>| text.map(|text| out.pseudonyms.hash(&["handle", &text]));
    let charge = if deed == MoneyDeed::Refund { None } else { handle(Some(source)) };
    let handles = Handles { charge, intent: out.handle(row, "PaymentIntent ID"), invoice: out.handle(row, "Invoice ID") };
    let who = Ids {
        user: match out.id(IdKind::User, row, "Client Reference ID")? { None => out.id(IdKind::User, row, "user_id (metadata)")?, found => found },
        device: out.id(IdKind::Device, row, "anonymous_id (metadata)")?,
        customer: out.id(IdKind::Customer, row, "Customer ID")?,
        email: out.id(IdKind::Email, row, "Customer Email")?,
    };
    let settled = match row.text("Converted Currency") {
        Some(_) => { let currency = row.currency("Converted Currency")?; Some(Amount { minor: row.major("Converted Amount", currency)?, currency }) }
        None => None,
    };
    let of_fee = settled.map_or(currency, |settled| settled.currency);
    let fee = row.text("Fee").is_some().then(|| row.major("Fee", of_fee)).transpose()?.filter(|&fee| fee != 0);
    let fee = fee.map(|minor| Amount { minor, currency: of_fee });
    let touch = touch(row.text("UTM Source"), row.text("UTM Campaign"), None);
    let refunded = row.major("Amount Refunded", currency)?;
    let amount = Amount { minor: minor.abs(), currency };
    let paid = Payment { at, handles, ids: who, deed, amount, settled, fee, refunded, touch };
    let key = out.key(&["stripe", "payments export", &id]);
    if refunded > 0 {
        let at = row.moment(&["Refunded date (UTC)"]).unwrap_or(at);
        out.put(key.wrapping_add(1), Body::Payment(Box::new(Payment { at, deed: MoneyDeed::Refund, amount: Amount { minor: 0, currency }, settled: None, fee: None, ..paid.clone() })));
    }
    let disputed = row.major("Disputed Amount", currency)?;
    if disputed > 0 {
        let at = row.moment(&["Dispute Date (UTC)"]).unwrap_or(at);
        let won = row.text("Dispute Status").is_some_and(|status| status.eq_ignore_ascii_case("won"));
        let deed = if won { MoneyDeed::DisputeWon } else { MoneyDeed::Dispute };
        let amount = Amount { minor: disputed, currency };
        out.put(key.wrapping_add(2), Body::Payment(Box::new(Payment { at, deed, amount, settled: None, fee: None, refunded: 0, ..paid.clone() })));
    }
    out.put(key, Body::Payment(Box::new(paid)));
    Ok(())
}

fn status(row: &Row) -> MoneyDeed {
    let paid = row.text("Status").is_none_or(|status| ["paid", "refunded", "partially refunded", "succeeded", "partial refund", "disputed"].contains(&status.to_lowercase().as_str()));
    if paid { MoneyDeed::Charge } else { MoneyDeed::Failed }
}
