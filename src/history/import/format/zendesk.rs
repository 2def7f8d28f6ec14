//! Zendesk's tables: tickets, and who asks.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Zendesk tables (ticket, user, organization)";
pub const TOOL: &str = "zendesk";
pub const LAYER: Layer = Layer::Business;
pub const CELLS: &[&str] = &[];

/// Columns that only these tables have.
const MARKS: [&[&str]; 6] = [
    &["requester_id", "submitter_id"], &["field_name", "ticket_id"], &["shared_tickets"], &["ticket_restriction"], &["tag", "ticket_id"], &["ticket_id", "voice_comment"],
];

pub fn recognises(row: &Row) -> bool {
    MARKS.iter().any(|mark| row.has(mark))
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let zendesk = |id: Option<String>| id.map(|id| out.pseudonyms.id(IdKind::Customer, &format!("zendesk {id}")));
    if row.has(&["requester_id"]) {
        let id = row.id_text("id")?.unwrap_or_default();
        let ids = Ids { customer: zendesk(row.id_text("requester_id")?), ..Ids::default() };
        if ids.is_empty() {
            return Err(Flaw::new("requester_id", "who asks", ""));
        }
        let deed = Deed::Ticket(severity(row.text("priority").as_deref()));
        let at = row.moment(&["created_at"])?;
        out.put(out.key(&["zendesk", "ticket", &id]), Body::Activity(Activity { at, ids, deed, touch: None }));
    } else if row.has(&["ticket_restriction"]) {
        let id = row.id_text("id")?;
        let key = out.key(&["zendesk", "user", id.as_deref().unwrap_or_default()]);
        let ids = Ids { customer: zendesk(id), email: out.id(IdKind::Email, row, "email")?, user: out.id(IdKind::User, row, "external_id")?, device: None };
        out.put(key, Body::Link(ids));
    } else {
        out.ignore("a table of changes, tags or organisations: the ticket table has the tickets");
    }
    Ok(())
}

/// From 1 to 3.
pub(super) fn severity(priority: Option<&str>) -> u8 {
    match priority.map(str::to_lowercase).as_deref() {
        Some("urgent") => 3,
        Some("high") => 2,
        _ => 1,
    }
}
