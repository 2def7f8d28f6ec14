//! PostHog's batch export; properties are an object, or a text that holds one.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, text, touch},
};
use super::{Layer, amplitude::nested};
use crate::history::rejection::Flaw;

pub const NAME: &str = "PostHog batch export (JSON Lines)";
pub const TOOL: &str = "posthog";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["uuid", "event", "distinct_id", "timestamp"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let properties = nested(row, "properties").unwrap_or_default();
    let cell = |name: &str| properties.get(name).and_then(text);
    let distinct = row.id_text("distinct_id")?.ok_or_else(|| Flaw::new("distinct_id", "who did it", ""))?;
    let uuid = row.text("uuid").ok_or_else(|| Flaw::new("uuid", "the event's id", ""))?;
    let event = row.text("event").ok_or_else(|| Flaw::new("event", "the name of an event", ""))?;
    let at = row.moment(&["timestamp"])?;
    let before = cell("$anon_distinct_id");
    let device = before.clone().or_else(|| cell("$device_id")).map(|id| out.pseudonyms.id(IdKind::Device, &id));
    let is_device = before.is_none() && cell("$device_id").is_some_and(|id| id == distinct);
    let user = (!is_device).then(|| out.pseudonyms.id(IdKind::User, &distinct));
    let email = properties.get("$set").and_then(|set| text(set.get("email")?));
    let email = email.map(|email| out.pseudonyms.id(IdKind::Email, &email));
    let campaign = cell("utm_campaign").or_else(|| cell("$initial_utm_campaign"));
    let referrer = cell("$referrer").filter(|site| site != "$direct");
    let deed = match cell("content") {
        _ if event.starts_with('$') => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    let touch = touch(cell("utm_source"), campaign, referrer);
    out.put(out.key(&["posthog", &uuid]), Body::Activity(Activity { at, ids: Ids { user, device, customer: None, email }, deed, touch }));
    Ok(())
}
