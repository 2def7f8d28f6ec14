//! Stripe's itemised balance report: major units of the settlement currency; payouts are no revenue.

use super::super::{
    privacy::IdKind,
    record::{Amount, Body, Handles, Ids, MoneyDeed, Payment},
    row::{Out, Row},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Stripe itemised balance change from activity (CSV)";
pub const TOOL: &str = "stripe";
pub const LAYER: Layer = Layer::Revenue;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["balance_transaction_id", "gross", "reporting_category"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let id = row.id_text("balance_transaction_id")?.ok_or_else(|| Flaw::new("balance_transaction_id", "an id", ""))?;
    let category = row.text("reporting_category").unwrap_or_default();
    let deed = match category.as_str() {
        "charge" => MoneyDeed::Charge,
        "refund" => MoneyDeed::Refund,
        "dispute" => MoneyDeed::Dispute,
        "dispute_reversal" => MoneyDeed::DisputeWon,
        "fee" => MoneyDeed::Fee,
        _ => { out.ignore("a payout, a transfer or another movement that nobody pays"); return Ok(()); }
    };
    let at = row.moment(&["created_utc", "created"])?;
    let currency = row.currency("currency")?;
    let gross = row.major("gross", currency)?;
    let fee = Amount { minor: row.major("fee", currency)?, currency };
    let settled = Amount { minor: gross.abs(), currency };
    let amount = match row.text("customer_facing_currency") {
        Some(_) => { let currency = row.currency("customer_facing_currency")?; Amount { minor: row.major("customer_facing_amount", currency)?.abs(), currency } }
        None => settled,
    };
    let charge = match deed { MoneyDeed::Charge => row.first(&["charge_id", "source_id"]), _ => row.text("charge_id") };
    let handles = Handles { charge: charge.map(|id| out.pseudonyms.hash(&["handle", &id])), intent: out.handle(row, "payment_intent_id"), invoice: out.handle(row, "invoice_id") };
    let ids = Ids {
        user: match out.id(IdKind::User, row, "payment_metadata[user_id]")? { None => out.id(IdKind::User, row, "client_reference_id")?, found => found },
        device: out.id(IdKind::Device, row, "payment_metadata[anonymous_id]")?,
        customer: out.id(IdKind::Customer, row, "customer_id")?,
        email: out.id(IdKind::Email, row, "customer_email")?,
    };
    let paid = Payment { at, handles, ids, deed, amount, settled: Some(settled), fee: Some(fee).filter(|fee| fee.minor != 0), refunded: 0, touch: None };
    let name = if deed == MoneyDeed::Charge { id } else { row.text("source_id").unwrap_or(id) };
    let family = if matches!(deed, MoneyDeed::Refund | MoneyDeed::Dispute) { "part" } else { "balance" };
    out.put(out.key(&["stripe", family, &name]), Body::Payment(Box::new(paid)));
    Ok(())
}
