//! Any other table with a user, a time, and the name of what happened or an amount, under common names of columns.

use super::super::{
    privacy::IdKind,
    record::{Activity, Amount, Body, Deed, Handles, Ids, MoneyDeed, Payment},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "any CSV or JSON Lines with columns user_id, timestamp, and event or amount with currency";
pub const TOOL: &str = "generic";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

const USER: [&str; 7] = ["user_id", "user", "customer_id", "customer", "person_id", "account_id", "email"];
const TIME: [&str; 7] = ["timestamp", "at", "time", "event_time", "created_at", "occurred_at", "date"];
const EVENT: [&str; 5] = ["event", "event_name", "kind", "event_type", "action"];
const AMOUNT: [&str; 4] = ["amount", "revenue", "price", "total"];
const ID: [&str; 4] = ["id", "event_id", "order_id", "transaction_id"];

fn column(row: &Row, names: &[&'static str]) -> Option<&'static str> {
    names.iter().find(|name| row.cells.contains_key(**name)).copied()
}

pub fn recognises(row: &Row) -> bool {
    let what = column(row, &EVENT).is_some() || column(row, &AMOUNT).is_some() && row.has(&["currency"]);
    column(row, &USER).is_some() && column(row, &TIME).is_some() && what
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let named = column(row, &USER).unwrap_or("user_id");
    let kind = if named == "email" { IdKind::Email } else { IdKind::User };
    let who = out.id(kind, row, named)?.ok_or_else(|| Flaw::new(named, "who did it", ""))?;
    let ids = if kind == IdKind::Email { Ids { email: Some(who), ..Ids::default() } } else { Ids { user: Some(who), email: out.id(IdKind::Email, row, "email")?, ..Ids::default() } };
    let times: Vec<&str> = TIME.to_vec();
    let at = row.moment(&times).or_else(|flaw| super::super::number::day(&flaw.found, None).map(|day| day * 86_400_000).ok_or(flaw))?;
    let event = row.first(&EVENT);
    let touch = touch(row.first(&["utm_source", "channel"]), row.first(&["utm_campaign", "campaign"]), row.text("referrer"));
    let key = match row.first(&ID) {
        Some(id) => out.key(&["generic", &id, event.as_deref().unwrap_or("")]),
        None => out.key(&["generic", &serde_json::to_string(&row.cells).unwrap_or_default()]),
    };
    let amount = AMOUNT.into_iter().find(|name| row.text(name).is_some());
    match (amount, row.text("currency")) {
        (Some(column), Some(_)) => {
            let currency = row.currency("currency")?;
            let minor = row.major(column, currency)?;
            let is_refund = minor < 0 || event.as_deref() == Some("refund");
            let deed = if is_refund { MoneyDeed::Refund } else { MoneyDeed::Charge };
            let handles = Handles { charge: Some(key), ..Handles::default() };
            let amount = Amount { minor: minor.abs(), currency };
            out.put(key, Body::Payment(Box::new(Payment { at, handles, ids, deed, amount, settled: None, fee: None, refunded: 0, touch })));
        }
        (Some(column), None) if event.is_none() => return Err(Flaw::new("currency", format!("the currency of `{column}`"), "")),
        _ => {
            let item = row.first(&["content", "item", "content_type", "category"]);
            let deed = item.map_or_else(|| Deed::Feature(event.unwrap_or_default().into()), |item| Deed::Content(item.into()));
            out.put(key, Body::Activity(Activity { at, ids, deed, touch }));
        }
    }
    Ok(())
}
