//! Zendesk's tables: organisations, people and tickets.

use super::{Fact, Facts, Key, Tool, day, site};
use crate::history::{
    import::{
        privacy::{Id, IdKind},
        row::Row,
    },
    rejection::Flaw,
};

pub(super) const TOOL: Tool = Tool { name: "zendesk", read };

fn read(row: &Row, out: &mut Facts<'_>) -> Result<bool, Flaw> {
    match () {
        () if row.has(&["requester_id"]) => ticket(row, out)?,
        () if row.has(&["shared_tickets"]) => organisation(row, out)?,
        () if row.has(&["organization_id"]) && (row.has(&["ticket_restriction"]) || row.has(&["email"])) => {
            person(row, out)?;
        }
        () if row.has(&["field_name", "ticket_id"])
            || row.has(&["tag", "ticket_id"])
            || row.has(&["ticket_id", "voice_comment"]) =>
        {
            out.ignore("a table of changes, tags or comments: the ticket table has the tickets");
        }
        () => return Ok(false),
    }
    Ok(true)
}

fn key(row: &Row, column: &str) -> Result<Option<Key>, Flaw> {
    Ok(row.id_text(column)?.map(|id| Key { tool: TOOL.name, id: id.into() }))
}

fn organisation(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let key = key(row, "id")?.ok_or_else(|| Flaw::new("id", "the organisation's id", ""))?;
    let elsewhere = row.text("external_id").map(Into::into);
    let own = row.first(&["domain_names", "details"]).and_then(|text| site(text.trim_matches(['[', ']', '"'])));
    let tier = out.tier(row);
    out.put(Fact::Account { key, tier, parent: None, site: own, elsewhere });
    Ok(())
}

fn asker(out: &Facts<'_>, id: &str) -> Id {
    out.person(IdKind::Customer, &format!("zendesk {id}"))
}

fn person(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    if row.text("role").is_some_and(|role| role != "end-user") {
        out.ignore("somebody of one's own team");
        return Ok(());
    }
    let id = row.id_text("id")?.ok_or_else(|| Flaw::new("id", "the person's id", ""))?;
    let (who, address) = (asker(out, &id), out.address(row, &["email"]));
    let account = key(row, "organization_id")?;
    out.put(Fact::Member { who, address, account });
    Ok(())
}

fn ticket(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    if row.text("status").is_some_and(|status| status == "deleted") {
        out.ignore("a row that was deleted at its source");
        return Ok(());
    }
    let id = row.id_text("id")?.ok_or_else(|| Flaw::new("id", "the ticket's id", ""))?;
    let who = row.id_text("requester_id")?.map(|id| asker(out, &id));
    let satisfaction =
        match row.first(&["satisfaction_rating.score", "satisfaction_rating_score", "satisfaction_score"]) {
            Some(score) if score == "good" => Some(5),
            Some(score) if score == "bad" => Some(1),
            _ => None,
        };
    let severity = severity(row.text("priority").as_deref());
    let (account, day) = (key(row, "organization_id")?, day(row, &["created_at"])?);
    out.put(Fact::Ticket { id: id.into(), account, who, day, severity, satisfaction });
    Ok(())
}

/// From 1 to 3.
pub(super) fn severity(priority: Option<&str>) -> u8 {
    match priority.map(str::to_lowercase).as_deref() {
        Some("urgent" | "critical") => 3,
        Some("high") => 2,
        _ => 1,
    }
}
