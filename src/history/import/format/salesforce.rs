//! Salesforce's tables, in the API's names or a warehouse's: deals won are purchases of more, activities are use.

use super::super::{
    privacy::IdKind,
    record::{Activity, Body, Deed, Ids},
    row::{Out, Row},
};
use super::Layer;
use crate::history::rejection::Flaw;

pub const NAME: &str = "Salesforce tables (opportunity, account, event, task, contact, lead)";
pub const TOOL: &str = "salesforce";
pub const LAYER: Layer = Layer::Business;
pub const CELLS: &[&str] = &[];

/// Columns that only these tables have.
const MARKS: [&[&str]; 10] = [
    &["StageName", "CloseDate"], &["stage_name", "close_date"], &["who_id", "what_id"], &["WhoId", "WhatId"],
    &["mailing_city", "last_name"], &["is_converted", "lead_source"], &["billing_city", "annual_revenue"],
    &["opportunity_id", "product_2_id"], &["opportunity_id", "stage_name"], &["product_code", "stock_keeping_unit"],
];

pub fn recognises(row: &Row) -> bool {
    MARKS.iter().any(|mark| row.has(mark)) || row.has(&["OpportunityId", "Field"]) || row.has(&["BillingCity", "AnnualRevenue"])
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    if row.first(&["is_deleted", "IsDeleted"]).is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        out.ignore("a row that was deleted at its source");
        return Ok(());
    }
    let id = row.first(&["Id", "id"]).unwrap_or_default();
    let name = |one: &str, other: &str| if row.cells.contains_key(one) { one.to_owned() } else { other.to_owned() };
    let account = out.id(IdKind::Account, row, &name("AccountId", "account_id"))?;
    let is_deal = row.has(&["StageName"]) || row.has(&["stage_name", "close_date", "account_id"]);
    // A deal without an account stands for its own.
    let account = account.or_else(|| is_deal.then(|| out.pseudonyms.id(IdKind::Account, &format!("deal {id}"))));
    let ids = Ids { user: account, ..Ids::default() };
    if is_deal && account.is_some() {
        let won = row.first(&["IsWon", "is_won"]).is_some_and(|won| won.eq_ignore_ascii_case("true"));
        let at = row.moment(if won { &["CloseDate", "close_date"] } else { &["CreatedDate", "created_date"] }).or_else(|_| day(row))?;
        let stage = row.first(&["Type", "type", "StageName", "stage_name"]).unwrap_or_default();
        let deed = if won { Deed::Expand(stage.into()) } else { Deed::Visit };
        out.put(out.key(&["salesforce", "deal", &id]), Body::Activity(Activity { at, ids, deed, touch: None }));
    } else if (row.has(&["who_id", "what_id"]) || row.has(&["WhoId", "WhatId"])) && account.is_some() {
        let at = row.moment(&["activity_date_time", "ActivityDateTime", "activity_date", "ActivityDate", "created_date", "CreatedDate"])?;
        out.put(out.key(&["salesforce", "meeting", &id]), Body::Activity(Activity { at, ids, deed: Deed::Feature("meeting".into()), touch: None }));
    } else {
        out.ignore("a row that says nothing of when an account did anything");
    }
    Ok(())
}

fn day(row: &Row) -> Result<i64, Flaw> {
    let text = row.first(&["CloseDate", "close_date", "CreatedDate", "created_date"]).unwrap_or_default();
    super::super::number::day(&text, None).map(|day| day * 86_400_000).ok_or_else(|| Flaw::new("CloseDate", "a day (2026-03-01)", &text))
}
