//! What an import understood, in figures that add up.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    Books, Joined,
    attribution::Campaign,
    intake::{FileReport, Read},
};
use crate::{
    base::{time::SimTime, units::Currency},
    history::rejection::{Reasons, Rejection},
};

/// An exact amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Minor units.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

/// Rows left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The reason.
    pub reason: String,
    /// How many.
    pub rows: u64,
}

/// A campaign in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CampaignSummary {
    /// Its id; none for persons whom no campaign brought.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Persons whose first touch it was.
    pub new_persons: u64,
    /// Of those, who have paid.
    pub payers: u64,
    /// Spent.
    pub spend: Amount,
    /// Spent on days on which it brought nobody.
    pub unallotted: Amount,
    /// Spent for each person it brought; none if it brought nobody.
    pub cac: Option<Amount>,
    /// Paid so far by those it brought.
    pub revenue: Amount,
    /// Paid so far by those whose last touch before first paying it was.
    pub revenue_last_touch: Amount,
    /// What is left so far of each person it brought, after refunds, disputes and fees.
    pub ltv: Option<Amount>,
    /// Revenue for what was spent.
    pub roas: Option<f64>,
    /// Days until revenue reached spend.
    pub payback_days: Option<f64>,
}

/// The two sides of the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// Paid, as all payments say.
    pub gross_in: Amount,
    /// Paid by persons.
    pub gross_of_persons: Amount,
    /// Paid by nobody who is known.
    pub gross_of_nobody: Amount,
    /// Spent, as all exports say.
    pub spend_in: Amount,
    /// Spent by campaigns.
    pub spend_of_campaigns: Amount,
    /// Amounts without a rate, which are in no total.
    pub unconverted: Vec<Amount>,
    /// Spend without a rate, which is in no total.
    pub unconverted_spend: Vec<Amount>,
    /// Whether both sides are the same to the minor unit.
    pub balances: bool,
}

/// An import in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Different activities in the history.
    pub events: u64,
    /// Activities in these files, the repeated ones included.
    pub raw_events: u64,
    /// Activities in these files that were there already.
    pub duplicates: u64,
    /// Rows in these files, of any layer, that were there already.
    pub repeated_rows: u64,
    /// People and accounts.
    pub persons: u64,
    /// Sessions.
    pub sessions: u64,
    /// Sessions in which nothing was paid.
    pub zero_revenue_sessions: u64,
    /// Their share.
    pub zero_revenue_share: Option<f64>,
    /// First moment.
    pub from: Option<String>,
    /// Last moment.
    pub to: Option<String>,
    /// Of all amounts.
    pub currency: Currency,
    /// Rows left out.
    pub rejected: Vec<Rejected>,
    /// Payments.
    pub payments: u64,
    /// Attempts to pay that failed.
    pub failed_payments: u64,
    /// Paid.
    pub gross: Amount,
    /// Went back.
    pub refunds: Amount,
    /// Taken back by banks.
    pub disputes: Amount,
    /// Taken by the processor.
    pub fees: Amount,
    /// What is left.
    pub net: Amount,
    /// Spent.
    pub spend: Amount,
    /// Identities that were found to be others' too.
    pub merged_identities: u64,
    /// Devices on which more than one person signed in.
    pub shared_devices: u64,
    /// By id.
    pub campaigns: Vec<CampaignSummary>,
    /// Persons whom no campaign brought.
    pub unattributed: CampaignSummary,
    /// The books.
    pub reconciliation: Reconciliation,
    /// What was made of each file.
    pub files: Vec<FileReport>,
}

impl Summary {
    /// Adds everything up.
    #[must_use]
    pub fn of(books: &Books, joined: &Joined<'_>, read: &Read) -> Self {
        let amount = |minor| Amount { minor, currency: books.currency };
        let fresh = read.events;
        let persons = &joined.persons.all;
        let sessions: u64 = persons.values().map(|person| person.sessions).sum();
        let zero: u64 = persons.values().map(|person| person.unpaid_sessions).sum();
        let paid = &books.payments.paid;
        let sum = |part: fn(&super::payments::Paid) -> i64| amount(paid.iter().map(part).sum());
        let moment = |at: Option<i64>| at.map(|at| SimTime(at.div_euclid(1000)).to_string());
        let campaigns = joined.attribution.campaigns.iter();
        Self {
            events: read.held_events,
            raw_events: read.raw_events,
            duplicates: read.raw_events - fresh,
            repeated_rows: read.repeated,
            persons: persons.len() as u64,
            sessions,
            zero_revenue_sessions: zero,
            zero_revenue_share: (sessions > 0).then(|| zero as f64 / sessions as f64),
            from: moment(persons.values().map(|person| person.since).min()),
            to: moment(persons.values().map(|person| person.until).max()),
            currency: books.currency,
            rejected: in_words(&read.rejected),
            payments: paid.iter().filter(|paid| paid.gross > 0).count() as u64,
            failed_payments: books.payments.failed,
            gross: sum(|paid| paid.gross),
            refunds: sum(super::payments::Paid::refunded),
            disputes: sum(super::payments::Paid::disputed),
            fees: sum(|paid| paid.fee),
            net: sum(super::payments::Paid::net),
            spend: amount(books.spending.total()),
            merged_identities: books.who.evidence,
            shared_devices: books.who.shared_devices,
            campaigns: campaigns
                .map(|(id, campaign)| in_figures(Some(id.to_string()), campaign, books.currency))
                .collect(),
            unattributed: in_figures(None, &joined.attribution.unattributed, books.currency),
            reconciliation: reconciliation(books, joined),
            files: read.files.clone(),
        }
    }
}

fn in_figures(id: Option<String>, campaign: &Campaign, currency: Currency) -> CampaignSummary {
    let amount = |minor| Amount { minor, currency };
    let each = |minor: i64| {
        let persons = i64::try_from(campaign.new_persons).unwrap_or(i64::MAX);
        (persons > 0).then(|| amount(super::rates::share(minor.into(), 1, persons.into()) as i64))
    };
    CampaignSummary {
        id,
        name: campaign.title.as_ref().map(ToString::to_string),
        new_persons: campaign.new_persons,
        payers: campaign.payers,
        spend: amount(campaign.spend),
        unallotted: amount(campaign.unallotted),
        cac: each(campaign.spend).filter(|_| campaign.spend > 0),
        revenue: amount(campaign.revenue),
        revenue_last_touch: amount(campaign.revenue_last_touch),
        ltv: each(campaign.net),
        roas: (campaign.spend > 0).then(|| campaign.revenue as f64 / campaign.spend as f64),
        payback_days: campaign.payback_days,
    }
}

fn reconciliation(books: &Books, joined: &Joined<'_>) -> Reconciliation {
    let amount = |minor| Amount { minor, currency: books.currency };
    let gross: i64 = books.payments.paid.iter().map(|paid| paid.gross).sum();
    let of_persons: i64 = joined.persons.all.values().map(super::join::Person::gross).sum();
    let of_nobody: i64 = books.payments.paid.iter().filter(|paid| paid.person.is_none()).map(|paid| paid.gross).sum();
    let of_campaigns: i64 = joined.attribution.campaigns.values().map(|campaign| campaign.spend).sum();
    let each = |amounts: &BTreeMap<Currency, i64>| {
        amounts.iter().map(|(&currency, &minor)| Amount { minor, currency }).collect()
    };
    Reconciliation {
        gross_in: amount(gross),
        gross_of_persons: amount(of_persons),
        gross_of_nobody: amount(of_nobody),
        spend_in: amount(books.spending.total()),
        spend_of_campaigns: amount(of_campaigns),
        unconverted: each(&books.payments.unconverted),
        unconverted_spend: each(&books.spending.unconverted),
        balances: gross == of_persons + of_nobody && books.spending.total() == of_campaigns,
    }
}

/// Rows left out, by reason.
pub(super) fn reasons(rejected: &[Rejection]) -> Vec<Rejected> {
    let mut reasons = Reasons::new();
    for rejection in rejected {
        *reasons.entry((rejection.field.clone(), rejection.expected.clone())).or_default() += 1;
    }
    in_words(&reasons)
}

fn in_words(reasons: &Reasons) -> Vec<Rejected> {
    let reason = |field: &str, expected: &str| format!("{field} must be {expected}");
    reasons.iter().map(|((field, expected), &rows)| Rejected { reason: reason(field, expected), rows }).collect()
}
