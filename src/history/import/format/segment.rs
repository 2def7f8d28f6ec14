//! Segment's common fields and calls (also written by RudderStack).

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Segment or RudderStack calls (JSON Lines)";
pub const TOOL: &str = "segment";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[
    "messageId",
    "type",
    "userId",
    "anonymousId",
    "previousId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "event",
    "name",
    "traits.email",
    "context.traits.email",
    "context.campaign.source",
    "context.campaign.id",
    "context.campaign.name",
    "context.page.referrer",
    "context.referrer.url",
    "properties.referrer",
    "properties.content",
    "properties.content_type",
    "properties.category",
];

/// When a call was made, as exactly as it is known.
const TIMES: [&str; 4] = ["timestamp", "originalTimestamp", "sentAt", "receivedAt"];
const CALLS: [&str; 6] = ["track", "identify", "page", "screen", "group", "alias"];

pub fn recognises(row: &Row) -> bool {
    let is_call = row.text("type").is_some_and(|call| CALLS.contains(&call.as_str()));
    let is_segment = ["messageId", "anonymousId", "userId", "previousId", "context", "event", "properties", "traits", "groupId"];
    is_call && is_segment.iter().any(|cell| row.cells.contains_key(*cell))
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let call = row.text("type").filter(|call| CALLS.contains(&call.as_str()));
    let call = call.ok_or_else(|| Flaw::new("type", format!("one of {}", CALLS.join(", ")), &row.text("type").unwrap_or_default()))?;
    let user = out.id(IdKind::User, row, "userId")?;
    let device = out.id(IdKind::Device, row, "anonymousId")?;
    let mut email = out.id(IdKind::Email, row, "traits.email")?;
    if email.is_none() {
        email = out.id(IdKind::Email, row, "context.traits.email")?;
    }
    let ids = Ids { user, device, customer: None, email };
    if call == "alias" {
        return alias(row, out, ids);
    }
    if user.is_none() && device.is_none() {
        return Err(Flaw::new("userId", "a userId or an anonymousId", ""));
    }
    if ["identify", "group"].contains(&call.as_str()) && row.first(&TIMES).is_none() {
        timeless(out, ids);
        return Ok(());
    }
    let at = moment(row)?;
    let source = row.text("context.campaign.source");
    let campaign = row.first(&["context.campaign.id", "context.campaign.name"]);
    let referrer = row.first(&["context.page.referrer", "properties.referrer", "context.referrer.url"]);
    let event = row.first(&["event", "name"]).unwrap_or_else(|| call.clone());
    let key = if let Some(id) = row.text("messageId") {
        out.key(&["segment", &id])
    } else {
        let who = row.first(&["userId", "anonymousId"]).unwrap_or_default();
        let properties = row.value("properties").map(ToString::to_string).unwrap_or_default();
        out.key(&["segment", &call, &who, &at.to_string(), &event, &properties])
    };
    let deed = match call.as_str() {
        "track" => row.first(&["properties.content", "properties.content_type", "properties.category"]).map_or_else(|| Deed::Feature(event.into()), |item| Deed::Content(item.into())),
        _ => Deed::Visit,
    };
    out.put(key, Body::Activity(Activity { at, ids, deed, touch: touch(source, campaign, referrer) }));
    Ok(())
}

/// The time of a call; where only the device's clock is known, corrected by when it was sent and received.
fn moment(row: &Row) -> Result<i64, Flaw> {
    if row.text("timestamp").is_some() {
        return row.moment(&["timestamp"]);
    }
    if row.first(&TIMES).is_none() {
        return Err(Flaw::new("timestamp", "a time (or originalTimestamp, sentAt or receivedAt)", ""));
    }
    let original = row.moment(&TIMES[1..])?;
    match (row.moment(&["receivedAt"]), row.moment(&["sentAt"])) {
        (Ok(received), Ok(sent)) => Ok(received - (sent - original)),
        _ => Ok(original),
    }
}

/// Who somebody is goes without a time.
fn timeless(out: &mut Out<'_>, ids: Ids) {
    let known = [ids.user, ids.device, ids.email].into_iter().flatten();
    let names: Vec<String> = known.map(|id| id.to_string()).collect();
    if names.len() < 2 {
        return out.ignore("a call without a time that links nobody");
    }
    let parts: Vec<&str> = ["segment", "link"].into_iter().chain(names.iter().map(String::as_str)).collect();
    out.put(out.key(&parts), Body::Link(ids));
}

fn alias(row: &Row, out: &mut Out<'_>, ids: Ids) -> Result<(), Flaw> {
    let previous = row.id_text("previousId")?.ok_or_else(|| Flaw::new("previousId", "the id that is replaced", ""))?;
    let user = ids.user.ok_or_else(|| Flaw::new("userId", "the id that replaces it", ""))?;
    let before = out.pseudonyms.id(IdKind::User, &previous);
    let key = out.key(&["segment", "alias", &previous, &user.to_string()]);
    out.put(key, Body::Alias(before, user));
    let device = Some(out.pseudonyms.id(IdKind::Device, &previous));
    out.put(key.wrapping_add(1), Body::Link(Ids { user: Some(user), device, ..Ids::default() }));
    Ok(())
}
