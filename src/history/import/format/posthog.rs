//! PostHog's batch export; properties are an object, or a text that holds one.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "PostHog batch export (JSON Lines)";
pub const TOOL: &str = "posthog";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[
    "uuid",
    "event",
    "distinct_id",
    "timestamp",
    "properties.$anon_distinct_id",
    "properties.$device_id",
    "properties.$set.email",
    "properties.utm_source",
    "properties.utm_campaign",
    "properties.$initial_utm_campaign",
    "properties.$referrer",
    "properties.content",
];

pub fn recognises(row: &Row) -> bool {
    row.has(&["uuid", "event", "distinct_id", "timestamp"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let distinct = row.id_text("distinct_id")?.ok_or_else(|| Flaw::new("distinct_id", "who did it", ""))?;
    let uuid = row.text("uuid").ok_or_else(|| Flaw::new("uuid", "the event's id", ""))?;
    let event = row.text("event").ok_or_else(|| Flaw::new("event", "the name of an event", ""))?;
    let at = row.moment(&["timestamp"])?;
    let before = row.text("properties.$anon_distinct_id");
    let device = before.clone().or_else(|| row.text("properties.$device_id")).map(|id| out.pseudonyms.id(IdKind::Device, &id));
    let is_device = before.is_none() && row.text("properties.$device_id").is_some_and(|id| id == distinct);
    let user = (!is_device).then(|| out.pseudonyms.id(IdKind::User, &distinct));
    let email = row.text("properties.$set.email").map(|email| out.pseudonyms.id(IdKind::Email, &email));
    let campaign = row.text("properties.utm_campaign").or_else(|| row.text("properties.$initial_utm_campaign"));
    let referrer = row.text("properties.$referrer").filter(|site| site != "$direct");
    let deed = match row.text("properties.content") {
        _ if event.starts_with('$') => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    let touch = touch(row.text("properties.utm_source"), campaign, referrer);
    out.put(out.key(&["posthog", &uuid]), Body::Activity(Activity { at, ids: Ids { user, device, customer: None, email }, deed, touch }));
    Ok(())
}
