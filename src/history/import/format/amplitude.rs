//! Amplitude: the export API's lines, and the same columns in a warehouse.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Amplitude export (JSON Lines or the warehouse's event table)";
pub const TOOL: &str = "amplitude";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[
    "event_type",
    "user_id",
    "device_id",
    "amplitude_id",
    "event_time",
    "client_event_time",
    "$insert_id",
    "_insert_id",
    "uuid",
    "id",
    "event_properties.content",
    "event_properties.utm_source",
    "event_properties.utm_campaign",
    "event_properties.referrer",
    "user_properties.utm_source",
    "user_properties.utm_campaign",
    "user_properties.referrer",
    "user_properties.initial_utm_source",
    "user_properties.initial_utm_campaign",
    "user_properties.initial_referrer",
    "user_properties.email",
];

const SOURCES: [&str; 3] =
    ["event_properties.utm_source", "user_properties.utm_source", "user_properties.initial_utm_source"];
const CAMPAIGNS: [&str; 3] =
    ["event_properties.utm_campaign", "user_properties.utm_campaign", "user_properties.initial_utm_campaign"];
const REFERRERS: [&str; 3] =
    ["event_properties.referrer", "user_properties.referrer", "user_properties.initial_referrer"];

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
    let touch = touch(row.first(&SOURCES), row.first(&CAMPAIGNS), row.first(&REFERRERS));
    let deed = match row.text("event_properties.content") {
        _ if event == "session_start" || event == "session_end" => Deed::Visit,
        Some(item) => Deed::Content(item.into()),
        None => Deed::Feature(event.into()),
    };
    let email = row.text("user_properties.email").map(|email| out.pseudonyms.id(IdKind::Email, &email));
    out.put(key, Body::Activity(Activity { at, ids: Ids { user, device, customer: None, email }, deed, touch }));
    Ok(())
}
