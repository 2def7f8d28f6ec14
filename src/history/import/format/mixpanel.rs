//! Mixpanel: the raw export's lines, and the warehouse's event table.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Mixpanel raw export (JSON Lines or the warehouse's event table)";
pub const TOOL: &str = "mixpanel";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[
    "event",
    "name",
    "distinct_id",
    "time",
    "insert_id",
    "_fivetran_id",
    "device_id",
    "utm_source",
    "utm_campaign",
    "$referrer",
    "$initial_referrer",
    "referrer",
    "content",
    "$insert_id",
    "properties.distinct_id",
    "properties.time",
    "properties.$insert_id",
    "properties.utm_source",
    "properties.utm_campaign",
    "properties.$referrer",
    "properties.$initial_referrer",
    "properties.referrer",
    "properties.content",
    "properties.$device_id",
    "properties.$anon_id",
    "properties.$identified_id",
    "properties.$user_id",
    "properties.user_id",
    "properties.$email",
    "properties.email",
];

const REFERRERS: [&str; 6] = [
    "properties.$referrer",
    "$referrer",
    "properties.$initial_referrer",
    "$initial_referrer",
    "properties.referrer",
    "referrer",
];

pub fn recognises(row: &Row) -> bool {
    row.value("properties.distinct_id").is_some() && row.value("properties.time").is_some()
        || row.has(&["distinct_id", "insert_id", "time", "mp_processing_time_ms"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let event = row.first(&["event", "name"]).ok_or_else(|| Flaw::new("event", "the name of an event", ""))?;
    let distinct = row.first(&["properties.distinct_id", "distinct_id"]);
    let ids = ids(row, out, distinct.as_deref());
    if ids.is_empty() {
        return Err(Flaw::new("distinct_id", "who did it", ""));
    }
    let time = row.first(&["properties.time", "time"]).unwrap_or_default();
    let at = super::super::number::moment(&time).ok_or_else(|| Flaw::new("time", "seconds since 1970", &time))?;
    let id = row.first(&["properties.$insert_id", "$insert_id", "insert_id", "_fivetran_id"]);
    let key = match id {
        Some(id) => out.key(&["mixpanel", &id]),
        None => out.key(&["mixpanel", &distinct.unwrap_or_default(), &at.to_string(), &event]),
    };
    let touch = touch(
        row.first(&["properties.utm_source", "utm_source"]),
        row.first(&["properties.utm_campaign", "utm_campaign"]),
        row.first(&REFERRERS),
    );
    let deed = match row.first(&["properties.content", "content"]) {
        _ if event.starts_with('$') || event == "session_start" => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    out.put(key, Body::Activity(Activity { at, ids, deed, touch }));
    Ok(())
}

/// Ids are either simplified (`$device:…`, `$user_id`, `$device_id`) or one `distinct_id` that `$identify` explains.
fn ids(row: &Row, out: &Out<'_>, distinct: Option<&str>) -> Ids {
    let make = |kind, text: Option<String>| text.map(|text| out.pseudonyms.id(kind, &text));
    let own_device = distinct.and_then(|id| id.strip_prefix("$device:")).map(str::to_owned);
    let device = row.first(&["properties.$device_id", "properties.$anon_id"]).or(own_device.clone()).or_else(|| row.text("device_id"));
    let named = distinct.filter(|id| own_device.is_none() && Some(*id) != device.as_deref()).map(str::to_owned);
    let user = row.first(&["properties.$identified_id", "properties.$user_id", "properties.user_id"]).or(named);
    let email = make(IdKind::Email, row.first(&["properties.$email", "properties.email"]));
    Ids { user: make(IdKind::User, user), device: make(IdKind::Device, device), customer: None, email }
}
