//! Meta's Insights API: all numbers are texts; purchases under several action types are one and are not summed here.

use super::super::{number, record::{Body, Spend}, row::{Out, Row}};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Meta Insights API pages (JSON)";
pub const TOOL: &str = "meta";
pub const LAYER: Layer = Layer::Acquisition;
pub const CELLS: &[&str] = &[];

pub fn recognises(row: &Row) -> bool {
    row.has(&["date_start", "date_stop", "spend"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let (start, stop) = (row.text("date_start").unwrap_or_default(), row.text("date_stop").unwrap_or_default());
    if start != stop {
        return Err(Flaw::new("date_stop", "the day of date_start: ask for time_increment=1", &stop));
    }
    let day = number::day(&start, None).ok_or_else(|| Flaw::new("date_start", "a day (2026-03-01)", &start))?;
    let ad = row.id_text("ad_id")?;
    let title = row.text("campaign_name");
    let campaign = row.id_text("campaign_id")?.or_else(|| title.clone()).unwrap_or_else(|| "account".to_owned());
    let spend = row.text("spend").unwrap_or_default();
    let micros = number::micros(&spend, false).ok_or_else(|| Flaw::new("spend", "an amount", &spend))?;
    let currency = row.text("account_currency").map(|_| row.currency("account_currency")).transpose()?;
    let breakdown = row.first(&["country", "age", "publisher_platform"]).unwrap_or_default();
    let gender = row.text("gender").unwrap_or_default();
    let level = u8::from(ad.is_none());
    let unit = ad.or_else(|| row.text("adset_id")).unwrap_or_default();
    let key = out.key(&["meta", &campaign, &unit, &day.to_string(), &breakdown, &gender]);
    out.put(key, Body::Spend(Spend { day, channel: "facebook".into(), campaign: campaign.into(), title: title.map(Into::into), level, micros, currency }));
    Ok(())
}
