//! Stripe's tables in a warehouse: the API's objects as columns, minor units.

use super::super::{
    privacy::IdKind,
    record::{Activity, Amount, Body, Deed, Handles, Ids, MoneyDeed, Payment},
    row::{Out, Row},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Stripe tables in a warehouse (charge, refund, dispute, balance_transaction, customer, subscription, invoice)";
pub const TOOL: &str = "stripe";
pub const LAYER: Layer = Layer::Revenue;
pub const CELLS: &[&str] = &[];

/// Tables by columns that only they have.
const TABLES: [(&str, &[&str]); 17] = [
    ("charge", &["amount_refunded", "captured", "balance_transaction_id"]),
    ("refund", &["charge_id", "failure_balance_transaction_id"]),
    ("dispute", &["charge_id", "evidence_details_due_by"]),
    ("payment_intent", &["amount_received", "capture_method"]),
    ("balance_transaction", &["available_on", "fee", "net", "source"]),
    ("customer", &["account_balance", "delinquent", "email"]),
    ("subscription", &["current_period_end", "customer_id", "status"]),
    ("invoice", &["amount_due", "amount_paid", "invoice_id"]),
    ("invoice", &["amount_due", "amount_paid", "customer_id"]),
    ("line", &["invoice_id", "unique_id", "proration"]),
    ("fee", &["balance_transaction_id", "index", "application"]),
    ("payout", &["arrival_date", "balance_transaction_id", "method"]),
    ("plan", &["interval_count", "product_id", "usage_type"]),
    ("price", &["unit_amount", "product_id", "recurring_interval"]),
    ("product", &["statement_descriptor", "shippable", "unit_label"]),
    ("coupon", &["percent_off", "times_redeemed", "duration"]),
    ("discount", &["coupon_id", "promotion_code", "type_id"]),
];

fn table(row: &Row) -> Option<&'static str> {
    let is_table = row.has(&["_fivetran_synced"]) || row.has(&["currency"]);
    TABLES.iter().find(|(_, columns)| is_table && row.has(columns)).map(|(name, _)| *name)
}

pub fn recognises(row: &Row) -> bool {
    table(row).is_some()
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    match table(row) {
        Some("charge") => charge(row, out),
        Some("refund") => part(row, MoneyDeed::Refund, out),
        Some("dispute") => {
            let won = row.text("status").is_some_and(|status| status == "won" || status == "warning_closed");
            part(row, if won { MoneyDeed::DisputeWon } else { MoneyDeed::Dispute }, out)
        }
        Some("payment_intent") => intent(row, out),
        Some("balance_transaction") => balance(row, row.text("source"), out),
        Some("customer") => customer(row, out),
        Some("subscription") => subscription(row, out),
        Some("invoice") => invoice(row, out),
        _ => { out.ignore("a table that names neither a payment nor a customer"); Ok(()) }
    }
}

fn ids(row: &Row, out: &Out<'_>) -> Result<Ids, Flaw> {
    let metadata = row.structure("metadata").unwrap_or_default();
    let user = ["user_id", "userId", "external_id"].iter().find_map(|name| super::super::row::text(metadata.get(*name)?));
    Ok(Ids {
        user: user.map(|user| out.pseudonyms.id(IdKind::User, &user)),
        device: None,
        customer: out.id(IdKind::Customer, row, "customer_id")?,
        email: match out.id(IdKind::Email, row, "receipt_email")? { None => out.id(IdKind::Email, row, "email")?, found => found },
    })
}

fn own(row: &Row) -> Result<String, Flaw> {
    row.id_text("id")?.ok_or_else(|| Flaw::new("id", "an id", ""))
}

fn payment(row: &Row, out: &Out<'_>, deed: MoneyDeed, handles: Handles, amount: &str) -> Result<Payment, Flaw> {
    let amount = Amount { minor: row.minor(amount)?, currency: row.currency("currency")? };
    Ok(Payment { at: row.moment(&["created", "period_end"])?, handles, ids: ids(row, out)?, deed, amount, settled: None, fee: None, refunded: 0, touch: None })
}

fn charge(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let paid = row.text("paid").is_none_or(|paid| paid.eq_ignore_ascii_case("true")) && row.text("status").is_none_or(|status| status == "succeeded");
    let handles = Handles { charge: out.handle(row, "id"), intent: out.handle(row, "payment_intent_id"), invoice: out.handle(row, "invoice_id") };
    let mut body = payment(row, out, if paid { MoneyDeed::Charge } else { MoneyDeed::Failed }, handles, "amount")?;
    body.refunded = row.minor("amount_refunded")?;
    out.put(out.key(&["stripe", "charge table", &own(row)?]), Body::Payment(Box::new(body)));
    Ok(())
}

fn part(row: &Row, deed: MoneyDeed, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.text("status").is_some_and(|status| ["failed", "canceled"].contains(&status.as_str())) {
        out.ignore("a refund that failed");
        return Ok(());
    }
    let handles = Handles { charge: out.handle(row, "charge_id"), ..Handles::default() };
    let body = payment(row, out, deed, handles, "amount")?;
    out.put(out.key(&["stripe", "part", &own(row)?]), Body::Payment(Box::new(body)));
    Ok(())
}

fn intent(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let paid = row.text("status").is_some_and(|status| status == "succeeded");
    let handles = Handles { intent: out.handle(row, "id"), ..Handles::default() };
    let body = payment(row, out, if paid { MoneyDeed::Charge } else { MoneyDeed::Failed }, handles, "amount")?;
    out.put(out.key(&["stripe", "intent", &own(row)?, if paid { "paid" } else { "failed" }]), Body::Payment(Box::new(body)));
    Ok(())
}

fn invoice(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.minor("amount_paid")? == 0 {
        out.ignore("an invoice of which nothing is paid");
        return Ok(());
    }
    let handles = Handles { charge: out.handle(row, "charge_id"), intent: out.handle(row, "payment_intent_id"), invoice: out.handle(row, "id") };
    let body = payment(row, out, MoneyDeed::Charge, handles, "amount_paid")?;
    out.put(out.key(&["stripe", "invoice", &own(row)?]), Body::Payment(Box::new(body)));
    Ok(())
}

fn customer(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let ids = Ids { customer: out.id(IdKind::Customer, row, "id")?, ..ids(row, out)? };
    out.put(out.key(&["stripe", "customer", &own(row)?]), Body::Link(ids));
    Ok(())
}

fn subscription(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let (ids, key) = (ids(row, out)?, out.key(&["stripe", "subscription", &own(row)?]));
    let at = row.moment(&["start_date", "created"])?;
    let deed = Deed::Subscribe(row.first(&["plan_id"]).unwrap_or_else(|| "subscription".to_owned()).into());
    out.put(key, Body::Activity(Activity { at, ids, deed, touch: None }));
    if row.text("status").is_some_and(|status| status == "canceled") {
        let at = row.moment(&["ended_at", "canceled_at"]).unwrap_or(at);
        out.put(key.wrapping_add(1), Body::Activity(Activity { at, ids, deed: Deed::Cancel, touch: None }));
    }
    Ok(())
}

/// A balance transaction: what was settled of a charge and the fee, or a fee of its own.
pub(super) fn balance(row: &Row, source: Option<String>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let kind = row.text("type").unwrap_or_default();
    let currency = row.currency("currency")?;
    let (minor, fee) = (row.minor("amount")?, row.minor("fee")?);
    let deed = match kind.as_str() {
        "charge" | "payment" => MoneyDeed::Charge,
        "stripe_fee" => MoneyDeed::Fee,
        _ => { out.ignore("a balance transaction that is told by its refund, dispute or payout"); return Ok(()); }
    };
    let charge = source.filter(|_| deed == MoneyDeed::Charge).map(|id| out.pseudonyms.hash(&["handle", &id]));
    let settled = Amount { minor: minor.abs(), currency };
    let fee = Some(Amount { minor: fee, currency }).filter(|fee| fee.minor != 0);
    let handles = Handles { charge, ..Handles::default() };
    let body = Payment { at: row.moment(&["created"])?, handles, ids: Ids::default(), deed, amount: settled, settled: Some(settled), fee, refunded: 0, touch: None };
    out.put(out.key(&["stripe", "balance", &row.text("id").unwrap_or_default()]), Body::Payment(Box::new(body)));
    Ok(())
}
