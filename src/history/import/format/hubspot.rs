//! HubSpot's tables in a warehouse: deals, tickets and meetings.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row},
};
use super::{Layer, zendesk};
use crate::history::rejection::Flaw;

pub const NAME: &str = "HubSpot tables (deal, contact, ticket, engagement_meeting, company)";
pub const TOOL: &str = "hubspot";
pub const LAYER: Layer = Layer::Business;
pub const CELLS: &[&str] = &[];

/// Columns that only these tables have.
const MARKS: [&[&str]; 11] = [
    &["deal_id", "property_createdate"], &["property_hs_pipeline"], &["property_email"], &["property_name", "property_createdate"],
    &["engagement_id", "meeting_outcome"], &["contact_id", "deal_id"], &["company_id", "deal_id"], &["ticket_id", "company_id"],
    &["deal_id", "date_entered"], &["pipeline_id", "display_order"], &["portal_id", "type"],
];

pub fn recognises(row: &Row) -> bool {
    MARKS.iter().any(|mark| row.has(mark))
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.first(&["is_deleted", "_fivetran_deleted"]).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        out.ignore("a row that was deleted at its source");
    } else if row.has(&["property_hs_pipeline"]) {
        let id = row.id_text("id")?.unwrap_or_default();
        let ids = Ids { user: Some(out.pseudonyms.id(IdKind::Account, &format!("hubspot ticket {id}"))), ..Ids::default() };
        let deed = Deed::Ticket(zendesk::severity(row.text("property_hs_ticket_priority").as_deref()));
        let at = row.moment(&["property_createdate"])?;
        out.put(out.key(&["hubspot", "ticket", &id]), Body::Activity(Activity { at, ids, deed, touch: None }));
    } else if row.has(&["deal_id", "property_createdate"]) {
        let id = row.id_text("deal_id")?.unwrap_or_default();
        let ids = Ids { user: Some(out.pseudonyms.id(IdKind::Account, &format!("hubspot deal {id}"))), ..Ids::default() };
        let at = row.moment(&["property_createdate"])?;
        out.put(out.key(&["hubspot", "deal", &id]), Body::Activity(Activity { at, ids, deed: Deed::Visit, touch: None }));
    } else if row.has(&["property_email", "id"]) {
        let id = row.id_text("id")?.unwrap_or_default();
        let ids = Ids { customer: Some(out.pseudonyms.id(IdKind::Customer, &format!("hubspot {id}"))), email: out.id(IdKind::Email, row, "property_email")?, ..Ids::default() };
        out.put(out.key(&["hubspot", "contact", &id]), Body::Link(ids));
    } else {
        out.ignore("a table of names, stages or relations, without anybody's events");
    }
    Ok(())
}
