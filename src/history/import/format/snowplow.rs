//! Snowplow's enriched events: 131 columns in a fixed order, separated by tabs, without a header.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row, host, touch},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Snowplow enriched events (131 columns, tabs)";
pub const TOOL: &str = "snowplow";
pub const LAYER: Layer = Layer::Engagement;
pub const CELLS: &[&str] = &[];

/// The columns, in order.
pub const COLUMNS: [&str; 131] = [
    "app_id",
    "platform",
    "etl_tstamp",
    "collector_tstamp",
    "dvce_created_tstamp",
    "event",
    "event_id",
    "txn_id",
    "name_tracker",
    "v_tracker",
    "v_collector",
    "v_etl",
    "user_id",
    "user_ipaddress",
    "user_fingerprint",
    "domain_userid",
    "domain_sessionidx",
    "network_userid",
    "geo_country",
    "geo_region",
    "geo_city",
    "geo_zipcode",
    "geo_latitude",
    "geo_longitude",
    "geo_region_name",
    "ip_isp",
    "ip_organization",
    "ip_domain",
    "ip_netspeed",
    "page_url",
    "page_title",
    "page_referrer",
    "page_urlscheme",
    "page_urlhost",
    "page_urlport",
    "page_urlpath",
    "page_urlquery",
    "page_urlfragment",
    "refr_urlscheme",
    "refr_urlhost",
    "refr_urlport",
    "refr_urlpath",
    "refr_urlquery",
    "refr_urlfragment",
    "refr_medium",
    "refr_source",
    "refr_term",
    "mkt_medium",
    "mkt_source",
    "mkt_term",
    "mkt_content",
    "mkt_campaign",
    "contexts",
    "se_category",
    "se_action",
    "se_label",
    "se_property",
    "se_value",
    "unstruct_event",
    "tr_orderid",
    "tr_affiliation",
    "tr_total",
    "tr_tax",
    "tr_shipping",
    "tr_city",
    "tr_state",
    "tr_country",
    "ti_orderid",
    "ti_sku",
    "ti_name",
    "ti_category",
    "ti_price",
    "ti_quantity",
    "pp_xoffset_min",
    "pp_xoffset_max",
    "pp_yoffset_min",
    "pp_yoffset_max",
    "useragent",
    "br_name",
    "br_family",
    "br_version",
    "br_type",
    "br_renderengine",
    "br_lang",
    "br_features_pdf",
    "br_features_flash",
    "br_features_java",
    "br_features_director",
    "br_features_quicktime",
    "br_features_realplayer",
    "br_features_windowsmedia",
    "br_features_gears",
    "br_features_silverlight",
    "br_cookies",
    "br_colordepth",
    "br_viewwidth",
    "br_viewheight",
    "os_name",
    "os_family",
    "os_manufacturer",
    "os_timezone",
    "dvce_type",
    "dvce_ismobile",
    "dvce_screenwidth",
    "dvce_screenheight",
    "doc_charset",
    "doc_width",
    "doc_height",
    "tr_currency",
    "tr_total_base",
    "tr_tax_base",
    "tr_shipping_base",
    "ti_currency",
    "ti_price_base",
    "base_currency",
    "geo_timezone",
    "mkt_clickid",
    "mkt_network",
    "etl_tags",
    "dvce_sent_tstamp",
    "refr_domain_userid",
    "refr_device_tstamp",
    "derived_contexts",
    "domain_sessionid",
    "derived_tstamp",
    "event_vendor",
    "event_name",
    "event_format",
    "event_version",
    "event_fingerprint",
    "true_tstamp",
];

pub fn recognises(row: &Row) -> bool {
    row.has(&["event_id", "domain_userid", "collector_tstamp"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let user = out.id(IdKind::User, row, "user_id")?;
    let device = match out.id(IdKind::Device, row, "domain_userid")? {
        None => out.id(IdKind::Device, row, "network_userid")?,
        found => found,
    };
    if user.is_none() && device.is_none() {
        return Err(Flaw::new("domain_userid", "a user_id or a domain_userid", ""));
    }
    let id = row.text("event_id").ok_or_else(|| Flaw::new("event_id", "the event's id", ""))?;
    let at = row.moment(&["derived_tstamp", "collector_tstamp"])?;
    // A user id that is an address is one person's address too.
    let address = row.text("user_id").filter(|user| user.contains('@'));
    let email = address.map(|email| out.pseudonyms.id(IdKind::Email, &email));
    let referrer = row.text("page_referrer").filter(|site| host(site) != row.text("page_urlhost"));
    let touch = touch(row.text("mkt_source"), row.text("mkt_campaign"), referrer);
    let event = row.first(&["event_name", "event"]).unwrap_or_default();
    let deed = match row.text("event").as_deref() {
        Some("page_view" | "page_ping") => Deed::Visit,
        Some("struct") => Deed::Feature(row.text("se_action").unwrap_or(event).into()),
        _ => Deed::Feature(event.into()),
    };
    out.put(out.key(&["snowplow", &id]), Body::Activity(Activity { at, ids: Ids { user, device, customer: None, email }, deed, touch }));
    Ok(())
}
