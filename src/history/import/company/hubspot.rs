//! HubSpot's tables in a warehouse: companies, deals, contacts, tickets, stages, and what belongs together.

use super::{
    Deal, Fact, Facts, Key, Purpose, Tool, count, day, day_if_there, is_true, purpose, salesforce::amount, site,
};
use crate::{
    base::units::Currency,
    history::{
        import::{privacy::IdKind, row::Row},
        name::Name,
        rejection::Flaw,
    },
};

pub(super) const TOOL: Tool = Tool { name: "hubspot", read };

fn read(row: &Row, out: &mut Facts<'_>) -> Result<bool, Flaw> {
    let table = match () {
        () if row.has(&["company_id", "deal_id"]) => deal_of,
        () if row.has(&["company_id", "ticket_id"]) => ticket_of,
        () if row.has(&["company_id", "contact_id"]) => contact_of,
        () if row.has(&["stage_id", "closed_won"]) => stage,
        () if row.has(&["property_hs_pipeline"]) => ticket,
        () if row.has(&["deal_id", "property_createdate"]) => deal,
        () if row.has(&["property_email", "id"]) => contact,
        () if row.has(&["property_name", "id"]) => account,
        () if MARKS.iter().any(|mark| row.has(mark)) => nothing,
        () => return Ok(false),
    };
    if is_true(row, &["is_deleted", "_fivetran_deleted"]) == Some(true) {
        out.ignore("a row that was deleted at its source");
        return Ok(true);
    }
    table(row, out).map(|()| true)
}

/// Columns of tables that say nothing of accounts.
const MARKS: [&[&str]; 5] = [
    &["contact_id", "deal_id"],
    &["deal_id", "date_entered"],
    &["pipeline_id", "display_order"],
    &["portal_id", "type"],
    &["engagement_id", "meeting_outcome"],
];

fn id(row: &Row, column: &str) -> Result<Name, Flaw> {
    Ok(row.id_text(column)?.ok_or_else(|| Flaw::new(column, "an id", ""))?.into())
}

fn key(row: &Row, column: &str) -> Result<Key, Flaw> {
    Ok(Key { tool: TOOL.name, id: id(row, column)? })
}

fn account(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let own = row.first(&["property_domain", "property_website"]).and_then(|text| site(&text));
    let parent = row.text("property_hs_parent_company_id").map(|id| Key { tool: TOOL.name, id: id.into() });
    let (key, tier) = (key(row, "id")?, out.tier(row));
    out.put(Fact::Account { key, tier, parent, site: own, elsewhere: None });
    Ok(())
}

fn deal(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    if row.first(&["property_closedate"]).is_none() {
        out.ignore("a deal without a day on which it is decided");
        return Ok(());
    }
    let kind = row.first(&["property_dealtype", "property_deal_type"]).unwrap_or_default();
    let stage = row.text("deal_pipeline_stage_id");
    let named = stage.as_deref().map(str::to_lowercase).unwrap_or_default();
    let won = is_true(row, &["property_hs_is_closed_won"])
        .filter(|won| *won)
        .or_else(|| (named == "closedwon").then_some(true));
    let lost = named == "closedlost" || is_true(row, &["property_hs_is_closed_lost"]) == Some(true);
    let currency = row.text("property_deal_currency_code").map(|code| Currency::new(&code)).transpose();
    let currency = currency.map_err(|why| Flaw::new("property_deal_currency_code", why.to_string(), ""))?;
    out.put(Fact::Deal(Deal {
        id: id(row, "deal_id")?,
        account: None,
        purpose: purpose(&kind),
        product: (purpose(&kind) == Purpose::Expansion).then(|| Name::from(kind.trim())),
        won: won.or_else(|| lost.then_some(false)),
        stage: stage.map(Name::from),
        closed: day(row, &["property_closedate"])?,
        start: day_if_there(row, &["property_contract_start_date", "property_start_date"])?,
        months: count(row, &["property_contract_term", "property_term_months"])?.filter(|&months| months > 0),
        amount: amount(row, &["property_amount"], currency.or(out.reading.currency))?,
        currency,
        seats: count(row, &["property_seats"])?,
    }));
    Ok(())
}

fn deal_of(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let fact = Fact::DealOf { deal: id(row, "deal_id")?, account: key(row, "company_id")? };
    out.put(fact);
    Ok(())
}

fn stage(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let won = is_true(row, &["closed_won"]).filter(|won| *won);
    let closed = is_true(row, &["is_closed"]) == Some(true);
    out.put(Fact::Stage { id: id(row, "stage_id")?, won: won.or_else(|| closed.then_some(false)) });
    Ok(())
}

fn contact(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let who = out.person(IdKind::Customer, &format!("hubspot {}", id(row, "id")?));
    let address = out.address(row, &["property_email"]);
    let account = row.id_text("property_associatedcompanyid")?.map(|id| Key { tool: TOOL.name, id: id.into() });
    out.put(Fact::Member { who, address, account });
    Ok(())
}

fn contact_of(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let who = out.person(IdKind::Customer, &format!("hubspot {}", id(row, "contact_id")?));
    let account = Some(key(row, "company_id")?);
    out.put(Fact::Member { who, address: None, account });
    Ok(())
}

fn ticket(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let severity = super::zendesk::severity(row.text("property_hs_ticket_priority").as_deref());
    let day = day(row, &["property_createdate"])?;
    out.put(Fact::Ticket { id: id(row, "id")?, account: None, who: None, day, severity, satisfaction: None });
    Ok(())
}

fn ticket_of(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let fact = Fact::TicketOf { ticket: id(row, "ticket_id")?, account: key(row, "company_id")? };
    out.put(fact);
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one reader among others")]
fn nothing(_: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    out.ignore("a table of names, changes or meetings");
    Ok(())
}
