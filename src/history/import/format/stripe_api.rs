//! Stripe's webhook events and API objects: minor units, seconds since 1970.
//!
//! An object may come whole or inside an event (`data.object`), of any version of the API: references are ids or
//! expanded objects, and an invoice's charge is at the top or among its payments.

use serde_json::Value;

use super::super::{
    privacy::IdKind,
    record::{Activity, Amount, Body, Deed, Handles, Ids, MoneyDeed, Payment},
    row::{Out, Row, text, touch},
};
use super::Layer;
use crate::{base::units::Currency, history::rejection::Flaw};

pub const NAME: &str = "Stripe webhook events or API objects (JSON)";
pub const TOOL: &str = "stripe";
pub const LAYER: Layer = Layer::Revenue;
pub const CELLS: &[&str] = &[];

const OBJECTS: [&str; 17] = [
    "event", "charge", "refund", "dispute", "payment_intent", "invoice", "checkout.session", "customer", "subscription",
    "balance_transaction", "payout", "price", "product", "plan", "coupon", "payment_link", "setup_intent",
];

pub fn recognises(row: &Row) -> bool {
    row.text("object").is_some_and(|object| OBJECTS.contains(&object.as_str()))
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.text("object").as_deref() != Some("event") {
        let about = row.text("object").unwrap_or_default();
        return object(row, "", row.moment(&["created"]).ok(), &about, out);
    }
    let inner = row.value("data.object").and_then(Value::as_object).cloned();
    let inner = inner.ok_or_else(|| Flaw::new("data.object", "the object that the event is about", ""))?;
    let kind = row.text("type").unwrap_or_default();
    let happened = row.moment(&["created"]).ok();
    let about = inner.get("object").and_then(text).unwrap_or_else(|| kind.split('.').next().unwrap_or("").to_owned());
    object(&Row::new(inner, false), &kind, happened, &about, out)
}

fn object(row: &Row, event: &str, happened: Option<i64>, about: &str, out: &mut Out<'_>) -> Result<(), Flaw> {
    match about {
        "charge" => charge(row, happened, out),
        "refund" => part(row, MoneyDeed::Refund, happened, out),
        "dispute" => dispute(row, happened, out),
        "payment_intent" => intent(row, out),
        "invoice" => invoice(row, event, happened, out),
        "checkout.session" => checkout(row, happened, out),
        "customer" => customer(row, out),
        "subscription" => subscription(row, event, happened, out),
        "balance_transaction" => balance(row, out),
        _ => {
            out.ignore("about neither a payment nor a customer");
            Ok(())
        }
    }
}

/// An id, or the id of an expanded object.
fn reference(row: &Row, name: &str) -> Option<String> {
    row.text(name).or_else(|| row.value(name).and_then(|value| text(value.get("id")?)))
}

fn handle(row: &Row, name: &str, out: &Out<'_>) -> Option<u64> {
    reference(row, name).map(|id| out.pseudonyms.hash(&["handle", &id]))
}

/// Who a payment's object names: by its metadata, its customer, its client reference and its addresses.
fn ids(row: &Row, out: &Out<'_>) -> Ids {
    let make = |kind, text: Option<String>| text.map(|text| out.pseudonyms.id(kind, &text));
    let metadata = |names: &[&str]| names.iter().find_map(|name| row.text(&format!("metadata.{name}")));
    let user = metadata(&["user_id", "userId", "userid", "external_id"]).or_else(|| row.text("client_reference_id"));
    let device = metadata(&["anonymous_id", "anonymousId", "device_id"]);
    let email = row.first(&["billing_details.email", "receipt_email", "customer_details.email", "customer_email"]);
    let customer = reference(row, "customer");
    Ids {
        user: make(IdKind::User, user),
        device: make(IdKind::Device, device),
        customer: make(IdKind::Customer, customer),
        email: make(IdKind::Email, email),
    }
}

fn origin(row: &Row) -> Option<super::super::record::Touch> {
    let campaign = row.first(&["metadata.utm_campaign_id", "metadata.utm_campaign"]);
    touch(row.text("metadata.utm_source"), campaign, None)
}

fn payment(row: &Row, out: &Out<'_>, at: i64, deed: MoneyDeed, handles: Handles, minor: i64, currency: Currency) -> Payment {
    let amount = Amount { minor, currency };
    Payment { at, handles, ids: ids(row, out), deed, amount, settled: None, fee: None, refunded: 0, touch: origin(row) }
}

fn own(row: &Row, fallback: &str) -> String {
    row.text("id").unwrap_or_else(|| fallback.to_owned())
}

fn charge(row: &Row, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let (at, currency) = (row.moment(&["created"]).or_else(|flaw| happened.ok_or(flaw))?, row.currency("currency")?);
    let succeeded = row.text("status").is_none_or(|status| ["succeeded", "paid"].contains(&status.as_str()))
        && row.text("paid").is_none_or(|paid| paid == "true")
        && row.text("captured").is_none_or(|captured| captured == "true");
    let deed = if succeeded { MoneyDeed::Charge } else { MoneyDeed::Failed };
    let handles = Handles { charge: handle(row, "id", out), intent: handle(row, "payment_intent", out), invoice: handle(row, "invoice", out) };
    // What was captured is what was paid; an authorisation alone is not.
    let captured = row.value("amount_captured").is_some() && row.minor("amount_captured")? > 0;
    let minor = row.minor(if captured && succeeded { "amount_captured" } else { "amount" })?;
    let refunded = row.minor("amount_refunded")?;
    let mut paid = payment(row, out, at, deed, handles, minor, currency);
    paid.refunded = refunded;
    (paid.settled, paid.fee) = settled(row, "balance_transaction");
    let key = out.key(&["stripe", "charge", &own(row, ""), &refunded.to_string(), if succeeded { "paid" } else { "failed" }]);
    out.put(key, Body::Payment(Box::new(paid)));
    if refunded > 0 && happened.is_some() {
        // When it went back is the time of the event that says so.
        let mut back = payment(row, out, happened.unwrap_or(at), MoneyDeed::Refund, handles, 0, currency);
        back.refunded = refunded;
        out.put(key.wrapping_add(1), Body::Payment(Box::new(back)));
    }
    Ok(())
}

/// What the processor settled, from an expanded balance transaction.
fn settled(row: &Row, name: &str) -> (Option<Amount>, Option<Amount>) {
    let Some(Value::Object(cells)) = row.value(name) else { return (None, None) };
    let inner = Row::new(cells.clone(), false);
    let Ok(currency) = inner.currency("currency") else { return (None, None) };
    let amount = |name| inner.minor(name).ok().map(|minor| Amount { minor, currency });
    (amount("amount"), amount("fee"))
}

fn part(row: &Row, deed: MoneyDeed, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.text("status").is_some_and(|status| ["failed", "canceled"].contains(&status.as_str())) {
        out.ignore("a refund that failed");
        return Ok(());
    }
    let at = row.moment(&["created"]).or_else(|flaw| happened.ok_or(flaw))?;
    let handles = Handles { charge: handle(row, "charge", out), intent: handle(row, "payment_intent", out), invoice: None };
    let paid = payment(row, out, at, deed, handles, row.minor("amount")?, row.currency("currency")?);
    let id = own(row, &reference(row, "charge").unwrap_or_default());
    out.put(out.key(&["stripe", "part", &id]), Body::Payment(Box::new(paid)));
    Ok(())
}

fn dispute(row: &Row, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let won = row.text("status").is_some_and(|status| status == "won" || status == "warning_closed");
    part(row, if won { MoneyDeed::DisputeWon } else { MoneyDeed::Dispute }, happened, out)
}

fn intent(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let succeeded = row.text("status").is_some_and(|status| status == "succeeded");
    let charges = row.value("charges.data").and_then(Value::as_array).cloned().unwrap_or_default();
    if !charges.is_empty() {
        let objects = charges.iter().filter_map(Value::as_object).cloned();
        return objects.into_iter().try_for_each(|cells| charge(&Row::new(cells, false), None, out));
    }
    let handles = Handles { charge: handle(row, "latest_charge", out), intent: handle(row, "id", out), invoice: handle(row, "invoice", out) };
    let received = row.minor("amount_received")?;
    let deed = if succeeded { MoneyDeed::Charge } else { MoneyDeed::Failed };
    let minor = if succeeded && received > 0 { received } else { row.minor("amount")? };
    let paid = payment(row, out, row.moment(&["created"])?, deed, handles, minor, row.currency("currency")?);
    out.put(out.key(&["stripe", "intent", &own(row, ""), if succeeded { "paid" } else { "failed" }]), Body::Payment(Box::new(paid)));
    Ok(())
}

fn invoice(row: &Row, event: &str, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let paid = row.text("status").is_some_and(|status| status == "paid") || row.text("paid").is_some_and(|paid| paid == "true");
    let minor = row.minor("amount_paid")?;
    let at = row.moment(&["status_transitions.paid_at"]).ok().or(happened).map_or_else(|| row.moment(&["created"]), Ok)?;
    let who = ids(row, out);
    if !paid || minor == 0 {
        out.put(out.key(&["stripe", "link", &own(row, ""), event]), Body::Link(who));
        return Ok(());
    }
    let inner = row.value("payments.data").and_then(|all| all.get(0)).and_then(|one| one.get("payment"));
    let inside = |name: &str| inner.and_then(|one| text(one.get(name)?)).map(|id| out.pseudonyms.hash(&["handle", &id]));
    let handles = Handles {
        charge: handle(row, "charge", out).or_else(|| inside("charge")),
        intent: handle(row, "payment_intent", out).or_else(|| inside("payment_intent")),
        invoice: handle(row, "id", out),
    };
    let body = payment(row, out, at, MoneyDeed::Charge, handles, minor, row.currency("currency")?);
    let key = out.key(&["stripe", "invoice", &own(row, "")]);
    out.put(key, Body::Payment(Box::new(body)));
    if row.text("billing_reason").is_some_and(|reason| reason == "subscription_cycle") {
        out.put(key.wrapping_add(1), Body::Activity(Activity { at, ids: who, deed: Deed::Renew, touch: None }));
    }
    Ok(())
}

fn checkout(row: &Row, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let key = out.key(&["stripe", "checkout", &own(row, "")]);
    let minor = row.minor("amount_total")?;
    let is_paid = row.text("payment_status").is_some_and(|status| status == "paid") && minor > 0;
    let handles = Handles { charge: None, intent: handle(row, "payment_intent", out), invoice: handle(row, "invoice", out) };
    match row.moment(&["created"]).ok().or(happened).filter(|_| is_paid && (handles.intent.is_some() || handles.invoice.is_some())) {
        Some(at) => {
            let paid = payment(row, out, at, MoneyDeed::Charge, handles, minor, row.currency("currency")?);
            out.put(key, Body::Payment(Box::new(paid)));
        }
        None => out.put(key, Body::Link(ids(row, out))),
    }
    Ok(())
}

fn customer(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let mut who = ids(row, out);
    who.customer = out.id(IdKind::Customer, row, "id")?;
    who.email = out.id(IdKind::Email, row, "email")?;
    out.put(out.key(&["stripe", "customer", &own(row, "")]), Body::Link(who));
    Ok(())
}

fn subscription(row: &Row, event: &str, happened: Option<i64>, out: &mut Out<'_>) -> Result<(), Flaw> {
    let who = ids(row, out);
    let key = out.key(&["stripe", "subscription", &own(row, "")]);
    let begun = row.moment(&["start_date", "created"]).or_else(|flaw| happened.ok_or(flaw))?;
    let item = row.value("items.data").and_then(|items| items.get(0));
    let of_item = |name: &str| item.and_then(|item| item.get(name)).and_then(|plan| text(plan.get("nickname")?).or_else(|| text(plan.get("id")?)));
    let plan = row.first(&["plan.nickname", "plan.id"]).or_else(|| of_item("price")).or_else(|| of_item("plan"));
    let plan = plan.unwrap_or_else(|| "subscription".to_owned());
    out.put(key, Body::Activity(Activity { at: begun, ids: who, deed: Deed::Subscribe(plan.into()), touch: None }));
    let is_over = event == "customer.subscription.deleted" || row.text("status").is_some_and(|status| status == "canceled");
    if is_over {
        let at = row.moment(&["ended_at", "canceled_at"]).ok().or(happened).unwrap_or(begun);
        out.put(key.wrapping_add(1), Body::Activity(Activity { at, ids: who, deed: Deed::Cancel, touch: None }));
    }
    Ok(())
}

fn balance(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    super::stripe_tables::balance(row, reference(row, "source"), out)
}
