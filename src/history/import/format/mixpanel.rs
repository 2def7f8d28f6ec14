//! Mixpanel: the raw export's lines, and the warehouse's event table.

use serde_json::Value;

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, text, touch},
};
use super::{Layer, amplitude::nested};
use crate::history::rejection::Flaw;

pub const NAME: &str = "Mixpanel raw export (JSON Lines or the warehouse's event table)";
pub const TOOL: &str = "mixpanel";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.value("properties.distinct_id").is_some() && row.value("properties.time").is_some()
        || row.has(&["distinct_id", "insert_id", "time", "mp_processing_time_ms"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let properties = nested(row, "properties").unwrap_or_default();
    let cell = |names: &[&str]| names.iter().find_map(|name| text(properties.get(*name)?).or_else(|| row.text(name)));
    let event = row.first(&["event", "name"]).ok_or_else(|| Flaw::new("event", "the name of an event", ""))?;
    let distinct = cell(&["distinct_id"]).or_else(|| row.text("distinct_id"));
    let ids = ids(&properties, row, out, distinct.as_deref());
    if ids.is_empty() {
        return Err(Flaw::new("distinct_id", "who did it", ""));
    }
    let time = cell(&["time"]).or_else(|| row.text("time")).unwrap_or_default();
    let at = super::super::number::moment(&time).ok_or_else(|| Flaw::new("time", "seconds since 1970", &time))?;
    let id = cell(&["$insert_id"]).or_else(|| row.first(&["insert_id", "_fivetran_id"]));
    let key = match id {
        Some(id) => out.key(&["mixpanel", &id]),
        None => out.key(&["mixpanel", &distinct.unwrap_or_default(), &at.to_string(), &event]),
    };
    let touch = touch(cell(&["utm_source"]), cell(&["utm_campaign"]), cell(&["$referrer", "$initial_referrer", "referrer"]));
    let deed = match cell(&["content"]) {
        _ if event.starts_with('$') || event == "session_start" => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    out.put(key, Body::Activity(Activity { at, ids, deed, touch }));
    Ok(())
}

/// Ids are either simplified (`$device:…`, `$user_id`, `$device_id`) or one `distinct_id` that `$identify` explains.
fn ids(properties: &Value, row: &Row, out: &Out<'_>, distinct: Option<&str>) -> Ids {
    let cell = |name: &str| properties.get(name).and_then(text);
    let make = |kind, text: Option<String>| text.map(|text| out.pseudonyms.id(kind, &text));
    let own_device = distinct.and_then(|id| id.strip_prefix("$device:")).map(str::to_owned);
    let device = cell("$device_id").or_else(|| cell("$anon_id")).or(own_device.clone()).or_else(|| row.text("device_id"));
    let named = distinct.filter(|id| own_device.is_none() && Some(*id) != device.as_deref()).map(str::to_owned);
    let user = cell("$identified_id").or_else(|| cell("$user_id")).or_else(|| cell("user_id")).or(named);
    let email = make(IdKind::Email, cell("$email").or_else(|| cell("email")));
    Ids { user: make(IdKind::User, user), device: make(IdKind::Device, device), customer: None, email }
}
