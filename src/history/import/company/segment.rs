//! Segment's calls: groups are accounts, calls of their members are use.

use super::{Fact, Facts, Key, Tool, day, site};
use crate::history::{
    import::{
        privacy::{IdKind, without_addresses},
        row::Row,
    },
    name::Name,
    rejection::Flaw,
};

pub(super) const TOOL: Tool = Tool { name: "segment", read };

const GROUPS: [&str; 4] = ["groupId", "context.groupId", "properties.groupId", "properties.account_id"];

fn read(row: &Row, out: &mut Facts<'_>) -> Result<bool, Flaw> {
    match row.text("type").as_deref() {
        Some("group") => group(row, out)?,
        Some("identify") => member(row, out)?,
        Some("track" | "page" | "screen") => used(row, out)?,
        Some("alias") => out.ignore("a call that says nothing of an account"),
        _ => return Ok(false),
    }
    Ok(true)
}

fn key(row: &Row) -> Option<Key> {
    row.first(&GROUPS).map(|id| Key { tool: TOOL.name, id: id.into() })
}

fn group(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let key = key(row).ok_or_else(|| Flaw::new("groupId", "the account's id", ""))?;
    let own = row.first(&["traits.website", "traits.domain"]).and_then(|text| site(&text));
    let elsewhere = row.first(&["traits.salesforce_id", "traits.crm_id", "traits.hubspot_id"]).map(Name::from);
    let tier = out
        .tier(row)
        .or_else(|| out.reading.tier.as_ref().and_then(|tier| row.text(&format!("traits.{tier}"))).map(Name::from));
    out.put(Fact::Account { key, tier, parent: None, site: own, elsewhere });
    member(row, out)
}

#[expect(clippy::unnecessary_wraps, reason = "one reader among others")]
fn member(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    if let Some(user) = row.text("userId") {
        let who = out.person(IdKind::User, &user);
        let paths: &[&str] = if row.text("type").as_deref() == Some("identify") {
            &["traits.email", "context.traits.email"]
        } else {
            &["context.traits.email"]
        };
        let address = out.address(row, paths);
        out.put(Fact::Member { who, address, account: key(row) });
    }
    Ok(())
}

fn used(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let Some(user) = row.text("userId") else {
        out.ignore("a call of nobody who is signed in");
        return Ok(());
    };
    let event = row.first(&["event", "name"]).unwrap_or_else(|| "visit".to_owned());
    let own = row.first(&["properties.module", "properties.feature"]).unwrap_or_else(|| event.clone());
    let module = out.reading.modules.get(&event).or_else(|| out.reading.modules.get(&own)).cloned().unwrap_or(own);
    let who = out.person(IdKind::User, &user);
    let day = day(row, &["timestamp", "originalTimestamp", "receivedAt"])?;
    let module = without_addresses(&module).unwrap_or(module).into();
    out.put(Fact::Use { who, account: key(row), day, module });
    Ok(())
}
