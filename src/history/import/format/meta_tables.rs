//! Meta's tables in a warehouse: spend by advertisement and day, and who belongs to which campaign.

use super::super::{number, record::{Body, Spend}, row::{Out, Row}};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Meta tables in a warehouse (basic_ad, ad_history, campaign_history)";
pub const TOOL: &str = "meta";
pub const LAYER: Layer = Layer::Acquisition;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    spend(row) || actions(row) || ad(row) || set(row) || titled(row) || account(row)
}

fn spend(row: &Row) -> bool { row.has(&["date", "spend", "inline_link_clicks"]) }
fn actions(row: &Row) -> bool { row.has(&["date", "action_type", "value"]) }
fn ad(row: &Row) -> bool { row.has(&["id", "campaign_id", "ad_set_id", "creative_id"]) }
fn set(row: &Row) -> bool { row.has(&["id", "campaign_id", "account_id", "updated_time"]) }
fn titled(row: &Row) -> bool { row.has(&["id", "name", "account_id", "updated_time"]) }
fn account(row: &Row) -> bool { row.has(&["id", "name", "_fivetran_synced"]) && row.cells.keys().all(|name| ["id", "name", "_fivetran_synced", "account_status", "currency", "timezone_name", "business_country_code", "created_time"].contains(&name.as_str())) }

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if actions(row) {
        out.ignore("conversions as the platform counts them: what people paid is told by the processor");
    } else if spend(row) {
        return read_spend(row, out);
    } else if ad(row) {
        let (ad, campaign) = (row.id_text("id")?, row.id_text("campaign_id")?);
        if let (Some(ad), Some(campaign)) = (ad, campaign) {
            out.put(out.key(&["meta", "part", &ad]), Body::Part(ad.into(), campaign.into()));
        }
    } else if titled(row) && !set(row) {
        if let (Some(id), Some(name)) = (row.id_text("id")?, row.text("name")) {
            out.put(out.key(&["meta", "title", &id, &row.text("updated_time").unwrap_or_default()]), Body::Title(id.into(), name.into()));
        }
    } else {
        out.ignore("a table of names, without spend");
    }
    Ok(())
}

fn read_spend(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let date = row.text("date").unwrap_or_default();
    let day = number::day(&date, None).ok_or_else(|| Flaw::new("date", "a day (2026-03-01)", &date))?;
    let text = row.text("spend").unwrap_or_else(|| "0".to_owned());
    let micros = number::micros(&text, row.decimal_comma).ok_or_else(|| Flaw::new("spend", "an amount", &text))?;
    let (level, unit) = match row.id_text("ad_id")? {
        Some(ad) => (0, ad),
        None => (2, row.id_text("account_id")?.unwrap_or_default()),
    };
    let country = row.text("country").unwrap_or_default();
    let key = out.key(&["meta", "table", &unit, &country, &day.to_string()]);
    let campaign = row.id_text("campaign_id")?.unwrap_or(unit);
    out.put(key, Body::Spend(Spend { day, channel: "facebook".into(), campaign: campaign.into(), title: None, level, micros, currency: None }));
    Ok(())
}
