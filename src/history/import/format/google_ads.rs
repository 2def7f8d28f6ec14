//! Google Ads: costs in millionths of the account's currency, by account, campaign or advertisement, day and device.

use super::super::{number, record::{Body, Spend}, row::{Out, Row}};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Google Ads tables (account, campaign or ad statistics by day)";
pub const TOOL: &str = "google-ads";
pub const LAYER: Layer = Layer::Acquisition;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["date", "cost_micros"]) || row.has(&["id", "campaign_id", "campaign_name"]) || row.has(&["id", "advertising_channel_type"])
        || row.has(&["ad_group_id", "id", "final_urls"]) || row.has(&["id", "currency_code", "descriptive_name"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if !row.has(&["cost_micros"]) {
        match (row.id_text("id")?, row.text("name")) {
            (Some(id), Some(name)) if row.has(&["advertising_channel_type"]) => out.put(out.key(&["google", "title", &id, &row.text("updated_at").unwrap_or_default()]), Body::Title(id.into(), name.into())),
            _ => out.ignore("a table of names, without spend"),
        }
        return Ok(());
    }
    let date = row.text("date").unwrap_or_default();
    let day = number::day(&date, None).ok_or_else(|| Flaw::new("date", "a day (2026-03-01)", &date))?;
    let text = row.text("cost_micros").unwrap_or_else(|| "0".to_owned());
    let micros = text.parse::<i64>().ok().filter(|micros| micros.unsigned_abs() <= 1_000_000_000_000_000);
    let micros = micros.ok_or_else(|| Flaw::new("cost_micros", "millionths, a whole number", &text))?;
    let ad = row.id_text("ad_id")?;
    let campaign = match row.id_text("campaign_id")? {
        None if ad.is_none() && !row.has(&["ad_group_id"]) => row.id_text("id")?,
        found => found,
    };
    let level = match (&ad, &campaign) { (Some(_), _) => 0, (None, Some(_)) => 1, _ => 2 };
    let account = row.id_text("customer_id")?.unwrap_or_default();
    let parts = ["ad_network_type", "device", "ad_group_id", "ad_group", "keyword_ad_group_criterion"].map(|name| row.text(name).unwrap_or_default());
    let campaign = campaign.or(ad.clone()).unwrap_or_else(|| account.clone());
    let ad = ad.unwrap_or_default();
    let mut names = vec!["google", &account, &campaign, &ad, &date];
    names.extend(parts.iter().map(String::as_str));
    let currency = row.text("currency_code").map(|_| row.currency("currency_code")).transpose()?;
    out.put(out.key(&names), Body::Spend(Spend { day, channel: "google".into(), campaign: campaign.into(), title: row.text("campaign_name").map(Into::into), level, micros, currency }));
    Ok(())
}
