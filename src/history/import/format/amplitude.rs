//! Amplitude: the export API's lines, and the same columns in a warehouse.

use serde_json::Value;

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, text, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Amplitude export (JSON Lines or the warehouse's event table)";
pub const TOOL: &str = "amplitude";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["amplitude_id", "event_type", "event_time"]) || row.has(&["autohidden", "project_name", "waitroom_approved"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.cells.contains_key("autohidden") {
        out.ignore("a list of event types, without anybody's events");
        return Ok(());
    }
    let user = out.id(IdKind::User, row, "user_id")?;
    let mut device = out.id(IdKind::Device, row, "device_id")?;
    if user.is_none() && device.is_none() {
        device = out.id(IdKind::Device, row, "amplitude_id")?;
    }
    let at = row.moment(&["event_time", "client_event_time"])?;
    let event = row.text("event_type").ok_or_else(|| Flaw::new("event_type", "the name of an event", ""))?;
    let id = row.first(&["$insert_id", "_insert_id", "uuid", "id"]);
    let key = match id {
        Some(id) => out.key(&["amplitude", &id]),
        None => out.key(&["amplitude", &row.first(&["user_id", "device_id"]).unwrap_or_default(), &at.to_string(), &event]),
    };
    let properties = nested(row, "event_properties");
    let person = nested(row, "user_properties");
    let cell = |value: &Option<Value>, name: &str| value.as_ref().and_then(|value| text(value.get(name)?));
    let either = |one: &str, other: &str| {
        cell(&properties, one).or_else(|| cell(&person, one)).or_else(|| cell(&person, other))
    };
    let touch = touch(
        either("utm_source", "initial_utm_source"),
        either("utm_campaign", "initial_utm_campaign"),
        either("referrer", "initial_referrer"),
    );
    let deed = match cell(&properties, "content") {
        _ if event == "session_start" || event == "session_end" => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    let email = cell(&person, "email").map(|email| out.pseudonyms.id(IdKind::Email, &email));
    out.put(key, Body::Activity(Activity { at, ids: Ids { user, device, customer: None, email }, deed, touch }));
    Ok(())
}

/// A structure, or a text that holds one.
pub fn nested(row: &Row, column: &str) -> Option<Value> {
    match row.value(column)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}
