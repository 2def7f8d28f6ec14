//! Google Analytics 4 as BigQuery exports it; `event_params` is a list of keys and typed values.

use serde_json::Value;

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, text, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Google Analytics 4, exported from BigQuery (JSON Lines)";
pub const TOOL: &str = "ga4";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["event_name", "event_timestamp", "event_params"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let user = out.id(IdKind::User, row, "user_id")?;
    let device = match out.id(IdKind::Device, row, "user_pseudo_id")? {
        None => out.id(IdKind::Device, row, "client_id")?,
        found => found,
    };
    if user.is_none() && device.is_none() {
        return Err(Flaw::new("user_pseudo_id", "a user_id or a user_pseudo_id (rows without consent name nobody)", ""));
    }
    let at = row.moment(&["event_timestamp"])?;
    let event = row.text("event_name").unwrap_or_default();
    let who = row.first(&["user_pseudo_id", "client_id", "user_id"]).unwrap_or_default();
    let bundle = row.text("event_bundle_sequence_id").unwrap_or_default();
    let moment = row.text("event_timestamp").unwrap_or_default();
    let place = row.text("batch_event_index").unwrap_or_default();
    let key = out.key(&["ga4", &who, &moment, &event, &bundle, &place]);
    let source = parameter(row, "source").or_else(|| row.text("collected_traffic_source.manual_source")).or_else(|| row.text("traffic_source.source"));
    let campaign = parameter(row, "campaign_id").or_else(|| parameter(row, "campaign")).or_else(|| row.text("traffic_source.name"));
    let campaign = campaign.filter(|name| !name.starts_with('('));
    let deed = match parameter(row, "content_type") {
        Some(item) => Deed::Content(item.into()),
        None if ["page_view", "session_start", "first_visit", "user_engagement", "screen_view"].contains(&event.as_str()) => Deed::Visit,
        None => Deed::Feature(event.into()),
    };
    let touch = touch(source, campaign, parameter(row, "page_referrer"));
    out.put(key, Body::Activity(Activity { at, ids: Ids { user, device, ..Ids::default() }, deed, touch }));
    Ok(())
}

fn parameter(row: &Row, name: &str) -> Option<String> {
    let all = row.value("event_params")?.as_array()?;
    let value = all.iter().find(|one| one.get("key").and_then(Value::as_str) == Some(name))?.get("value")?;
    ["string_value", "int_value", "double_value", "float_value"].iter().find_map(|kind| text(value.get(*kind)?))
}
