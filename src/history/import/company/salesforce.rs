//! Salesforce: accounts, opportunities, contracts, contacts and cases, in the API's names or a warehouse's.

use super::{Deal, Fact, Facts, Key, Purpose, Signed, Tool, count, day, day_if_there, is_true, purpose, site};
use crate::{
    base::units::Currency,
    history::{
        import::{privacy::IdKind, row::Row},
        name::Name,
        rejection::Flaw,
    },
};

pub(super) const TOOL: Tool = Tool { name: "salesforce", read };

const ACCOUNT: [&str; 2] = ["AccountId", "account_id"];

fn read(row: &Row, out: &mut Facts<'_>) -> Result<bool, Flaw> {
    let table = match () {
        () if either(row, "StageName", "stage_name") && either(row, "CloseDate", "close_date") => deal,
        () if either(row, "AccountId", "account_id") && either(row, "StartDate", "start_date") => contract,
        () if either(row, "AccountId", "account_id") && either(row, "CaseNumber", "case_number") => case,
        () if either(row, "AccountId", "account_id") && either(row, "Email", "email") => contact,
        () if is_account(row) => account,
        () if either(row, "WhoId", "who_id") || either(row, "IsConverted", "is_converted") => nothing,
        () if either(row, "OpportunityId", "opportunity_id") || either(row, "ProductCode", "product_code") => nothing,
        () => return Ok(false),
    };
    if is_true(row, &["IsDeleted", "is_deleted"]) == Some(true) {
        out.ignore("a row that was deleted at its source");
        return Ok(true);
    }
    table(row, out).map(|()| true)
}

fn either(row: &Row, one: &str, other: &str) -> bool {
    row.has(&[one]) || row.has(&[other])
}

fn is_account(row: &Row) -> bool {
    let own = [
        ("ParentId", "parent_id"),
        ("NumberOfEmployees", "number_of_employees"),
        ("BillingCity", "billing_city"),
        ("Website", "website"),
    ];
    either(row, "Id", "id")
        && either(row, "Name", "name")
        && own.iter().any(|(one, other)| either(row, one, other))
        && !either(row, "IsConverted", "is_converted")
        && !either(row, "AccountId", "account_id")
        && !row.has(&["organization_id"])
}

/// Ids have 15 letters, and 3 more that only guard the case of them.
fn key(id: &str) -> Key {
    let short = id.get(..15).filter(|_| id.len() == 18).unwrap_or(id);
    Key { tool: TOOL.name, id: short.into() }
}

fn account_of(row: &Row) -> Result<Option<Key>, Flaw> {
    for column in ACCOUNT {
        if let Some(id) = row.id_text(column)? {
            return Ok(Some(key(&id)));
        }
    }
    Ok(None)
}

fn id(row: &Row) -> Result<String, Flaw> {
    let column = if row.has(&["Id"]) { "Id" } else { "id" };
    row.id_text(column)?.ok_or_else(|| Flaw::new(column, "the row's id", ""))
}

fn account(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let parent = row.first(&["ParentId", "parent_id"]).map(|id| key(&id));
    let own = row.first(&["Website", "website"]).and_then(|text| site(&text));
    let (key, tier) = (key(&id(row)?), out.tier(row));
    out.put(Fact::Account { key, tier, parent, site: own, elsewhere: None });
    Ok(())
}

fn deal(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let closed = is_true(row, &["IsClosed", "is_closed"]);
    let stage = row.first(&["StageName", "stage_name"]).unwrap_or_default().to_lowercase();
    let won = is_true(row, &["IsWon", "is_won"]).or_else(|| stage.contains("won").then_some(true));
    let lost = closed == Some(true) || stage.contains("lost");
    let kind = row.first(&["Type", "type"]).unwrap_or_default();
    let currency = row.first(&["CurrencyIsoCode", "currency_iso_code"]).map(|code| Currency::new(&code));
    let currency = currency.transpose().map_err(|why| Flaw::new("CurrencyIsoCode", why.to_string(), ""))?;
    let deal = Deal {
        id: id(row)?.into(),
        account: Some(account_of(row)?.ok_or_else(|| Flaw::new("AccountId", "the account it is about", ""))?),
        purpose: purpose(&kind),
        product: (purpose(&kind) == Purpose::Expansion).then(|| Name::from(kind.trim())),
        won: if won == Some(true) { Some(true) } else { lost.then_some(false) },
        stage: None,
        closed: day(row, &["CloseDate", "close_date"])?,
        start: day_if_there(row, &["ContractStartDate__c", "contract_start_date_c", "StartDate__c", "start_date_c"])?,
        months: count(row, &["ContractTerm__c", "contract_term_c", "TermMonths__c", "term_months_c", "months_c"])?
            .filter(|&months| months > 0),
        amount: amount(row, &["Amount", "amount"], currency.or(out.reading.currency))?,
        currency,
        seats: count(row, &["Seats__c", "seats_c", "TotalOpportunityQuantity", "total_opportunity_quantity"])?,
    };
    out.put(Fact::Deal(deal));
    Ok(())
}

/// A price in major units; 0 if there is none.
pub(super) fn amount(row: &Row, paths: &[&str], currency: Option<Currency>) -> Result<i64, Flaw> {
    let Some(path) = paths.iter().find(|path| row.text(path).is_some()) else { return Ok(0) };
    let text = row.text(path).unwrap_or_default();
    let currency =
        currency.ok_or_else(|| Flaw::new(path, "an amount in a currency that is known: say --currency", &text))?;
    row.major(path, currency)
}

fn contract(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let account = account_of(row)?.ok_or_else(|| Flaw::new("AccountId", "the account it is with", ""))?;
    let start = day(row, &["StartDate", "start_date"])?;
    let months = match count(row, &["ContractTerm", "contract_term"])? {
        Some(months) if months > 0 => months,
        _ => {
            let end = day(row, &["EndDate", "end_date"])?;
            let days = u32::try_from(end - start).map_err(|_| {
                Flaw::new("EndDate", "a day after the start", &row.first(&["EndDate", "end_date"]).unwrap_or_default())
            })?;
            ((f64::from(days) / 30.437).round() as u32).max(1)
        }
    };
    out.put(Fact::Contract(Signed { account, start, months }));
    Ok(())
}

fn contact(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let Some(account) = account_of(row)? else {
        out.ignore("a contact of no account");
        return Ok(());
    };
    let who = out.person(IdKind::Customer, &format!("salesforce {}", id(row)?));
    let address = out.address(row, &["Email", "email"]);
    out.put(Fact::Member { who, address, account: Some(account) });
    Ok(())
}

fn case(row: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    let severity = super::zendesk::severity(row.first(&["Priority", "priority"]).as_deref());
    let account = Some(account_of(row)?.ok_or_else(|| Flaw::new("AccountId", "the account that asks", ""))?);
    let day = day(row, &["CreatedDate", "created_date"])?;
    out.put(Fact::Ticket { id: id(row)?.into(), account, who: None, day, severity, satisfaction: None });
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "one reader among others")]
fn nothing(_: &Row, out: &mut Facts<'_>) -> Result<(), Flaw> {
    out.ignore("a table of leads, tasks, events, products or changes");
    Ok(())
}
