//! What the arms of a simulated experiment with accounts would keep and grow: from the books of many worlds to
//! estimates.
//!
//! All intervals are predictive: they hold what one more world, a company-year, would show. Arms share each world's
//! luck, so a difference between arms is a difference within worlds. Net revenue retention is what the accounts of
//! the launch pay at the end against what they paid then, gross retention leaves out all that was added.

use serde::{Deserialize, Serialize};

use super::super::{
    estimate::{Estimate, probability_above_zero},
    projection::LEVEL,
};
use crate::{
    base::units::{Currency, Money},
    world::{
        account::{
            Accounts,
            book::{Book, PlayBook, TierBook},
            bridge::Bridge,
            direct::Lived,
        },
        scenario::Scenario,
    },
};

/// What a run with accounts projects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountProjection {
    /// The year after the launch if nothing is done: plain means over worlds.
    pub baseline: AccountBaseline,
    /// The same by tier.
    pub tiers: Vec<AccountBaseline>,
    /// The arms, the control first.
    pub arms: Vec<AccountArm>,
    /// Independent worlds lived.
    pub replications: u32,
    /// Days after the launch.
    pub horizon_days: u32,
}

/// A year if nothing is done; money in major units, shares as fractions of the opening revenue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountBaseline {
    /// The tier, or `all`.
    pub id: String,
    /// Accounts at the launch.
    pub accounts: f64,
    /// Seats at the launch.
    pub seats: f64,
    /// Recurring revenue at the launch \[a year\].
    pub recurring: f64,
    /// Members' sessions.
    pub sessions_per_day: f64,
    /// Tickets.
    pub tickets_per_year: f64,
    /// Business reviews.
    pub reviews_per_year: f64,
    /// Contracts that end.
    pub renewals_per_month: f64,
    /// Share of contracts that end and are not renewed.
    pub churn_at_renewal: f64,
    /// Share of the accounts that leave within the horizon.
    pub logo_churn: f64,
    /// Share of revenue lost with them.
    pub recurring_churn: f64,
    /// Share of revenue given up by who renews for less.
    pub contraction: f64,
    /// Further products.
    pub expansion: f64,
    /// Further seats.
    pub seat_growth: f64,
    /// Higher prices.
    pub price_uplift: f64,
    /// Gross revenue retention.
    pub gross_retention: f64,
    /// Net revenue retention.
    pub net_retention: f64,
    /// Share of invoices that are paid late.
    pub late_invoices: f64,
    /// Hours of customer success managers for each account \[hour a year\].
    pub hours_per_account: f64,
}

/// One arm.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountArm {
    /// Its name.
    pub id: String,
    /// Its plays.
    pub plays: Vec<String>,
    /// Net revenue retention.
    pub net_retention: Estimate,
    /// Gross revenue retention.
    pub gross_retention: Estimate,
    /// Share of accounts that stay.
    pub logo_retention: Estimate,
    /// Parts of the bridge \[major units a year\].
    pub bridge: BridgeEstimate,
    /// What net retention gains against the control, in points as a fraction.
    pub net_retention_gain: Estimate,
    /// What gross retention gains.
    pub gross_retention_gain: Estimate,
    /// What closing recurring revenue gains \[major units a year\].
    pub recurring_gain: Estimate,
    /// Cost of its plays \[major units\].
    pub cost: Estimate,
    /// The gain of a year's recurring revenue less the cost \[major units\].
    pub net_gain: Estimate,
    /// Probability that one more world would gain recurring revenue.
    pub p_better: f64,
    /// Probability that it would gain more than the cost.
    pub p_pays: f64,
    /// Hours of customer success managers for each account \[hour a year\].
    pub hours_per_account: Estimate,
    /// What came of each of its plays.
    pub play_results: Vec<PlayResult>,
    /// Recurring revenue at the end of each week, newcomers included: means over worlds \[major units a year\].
    pub recurring_by_week: Vec<f64>,
}

/// The bridge from opening to closing recurring revenue of the accounts of the launch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BridgeEstimate {
    /// At the launch.
    pub opening: Estimate,
    /// Lost with who left.
    pub churn: Estimate,
    /// Given up by who renewed for less.
    pub contraction: Estimate,
    /// Further products.
    pub expansion: Estimate,
    /// Further seats.
    pub seats: Estimate,
    /// Higher prices.
    pub uplift: Estimate,
    /// At the end.
    pub closing: Estimate,
}

/// What came of a play.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlayResult {
    /// Its name.
    pub id: String,
    /// Contracts whose account was eligible.
    pub eligible: Estimate,
    /// Accounts taken up.
    pub contacted: Estimate,
    /// Accounts that went along.
    pub went_along: Estimate,
    /// Of eligible contracts that ended, the share renewed in the control.
    pub renewed_without: Estimate,
    /// The same in this arm.
    pub renewed_with: Estimate,
    /// The difference among all eligible.
    pub renewal_gain: Estimate,
    /// The same by recurring revenue that ended.
    pub recurring_renewal_gain: Estimate,
}

/// Reads the books of worlds of accounts.
#[must_use]
pub fn project(scenario: &Scenario, accounts: &Accounts, lived: &[Lived]) -> AccountProjection {
    let reading = Reading { scenario, accounts, lived, currency: scenario.currency };
    let names = accounts.tiers.iter().map(|tier| tier.id.as_str());
    let arms = lived.first().map_or(0, |world| world.books.len());
    AccountProjection {
        baseline: reading.baseline("all", &Book::all),
        tiers: names.enumerate().map(|(place, id)| reading.baseline(id, &|book| book.tiers[place].clone())).collect(),
        arms: (0..arms).map(|arm| reading.arm(arm)).collect(),
        replications: lived.len() as u32,
        horizon_days: scenario.clock.horizon_days,
    }
}

struct Reading<'a> {
    scenario: &'a Scenario,
    accounts: &'a Accounts,
    lived: &'a [Lived],
    currency: Currency,
}

impl Reading<'_> {
    fn books(&self, arm: usize) -> Vec<TierBook> {
        self.lived.iter().map(|world| world.books[arm].all()).collect()
    }

    fn baseline(&self, id: &str, of: &dyn Fn(&Book) -> TierBook) -> AccountBaseline {
        let books: Vec<TierBook> = self.lived.iter().map(|world| of(&world.books[0])).collect();
        let mean = |f: &dyn Fn(&TierBook) -> f64| books.iter().map(f).sum::<f64>() / books.len() as f64;
        let days = f64::from(self.scenario.clock.horizon_days);
        let year = 365.25 / days;
        let share = |f: fn(&Bridge) -> Money| mean(&|book| book.bridge.share(f(&book.bridge)).unwrap_or(0.0));
        AccountBaseline {
            id: id.to_owned(),
            accounts: mean(&|book| book.bridge.accounts as f64),
            seats: mean(&|book| book.bridge.seats_held as f64),
            recurring: mean(&|book| book.bridge.opening.major(self.currency)),
            sessions_per_day: mean(&|book| book.sessions as f64 / days),
            tickets_per_year: mean(&|book| book.tickets.iter().sum::<u64>() as f64 * year),
            reviews_per_year: mean(&|book| book.reviews as f64 * year),
            renewals_per_month: mean(&|book| book.renewals.0 as f64 * year / 12.0),
            churn_at_renewal: mean(&|book| 1.0 - ratio(book.renewals.1, book.renewals.0)),
            logo_churn: mean(&|book| ratio(book.bridge.left, book.bridge.accounts)),
            recurring_churn: share(|bridge| bridge.churn),
            contraction: share(|bridge| bridge.contraction),
            expansion: share(|bridge| bridge.expansion),
            seat_growth: share(|bridge| bridge.seats),
            price_uplift: share(|bridge| bridge.uplift),
            gross_retention: mean(&|book| book.bridge.gross_retention().unwrap_or(0.0)),
            net_retention: mean(&|book| book.bridge.net_retention().unwrap_or(0.0)),
            late_invoices: mean(&|book| ratio(book.invoices.1, book.invoices.0)),
            hours_per_account: mean(&|book| hours(book, year)),
        }
    }

    fn arm(&self, arm: usize) -> AccountArm {
        let (own, control) = (self.books(arm), self.books(0));
        let rule = self.scenario.experiment.as_ref().map(|experiment| &experiment.arms[arm]);
        let plays = rule.map(|rule| rule.interventions.clone()).unwrap_or_default();
        let of = |f: &dyn Fn(&TierBook) -> f64| estimate(own.iter().map(f));
        let gain = |f: &dyn Fn(&TierBook) -> f64| -> Vec<f64> {
            own.iter().zip(&control).map(|(own, control)| f(own) - f(control)).collect()
        };
        let money = |amount: Money| amount.major(self.currency);
        let closing = |book: &TierBook| money(book.bridge.closing());
        let gained = gain(&closing);
        let net: Vec<f64> = gained.iter().zip(&own).map(|(gained, book)| gained - money(book.cost)).collect();
        let retention = |f: fn(&Bridge) -> Option<f64>| move |book: &TierBook| f(&book.bridge).unwrap_or(f64::NAN);
        let year = 365.25 / f64::from(self.scenario.clock.horizon_days);
        AccountArm {
            id: rule.map_or_else(|| "control".to_owned(), |rule| rule.id.clone()),
            net_retention: of(&retention(Bridge::net_retention)),
            gross_retention: of(&retention(Bridge::gross_retention)),
            logo_retention: of(&retention(Bridge::logo_retention)),
            bridge: self.bridge(&own),
            net_retention_gain: estimate(gain(&retention(Bridge::net_retention))),
            gross_retention_gain: estimate(gain(&retention(Bridge::gross_retention))),
            recurring_gain: estimate(gained.iter().copied()),
            cost: of(&|book| money(book.cost)),
            net_gain: estimate(net.iter().copied()),
            p_better: probability_above_zero(&gained),
            p_pays: probability_above_zero(&net),
            hours_per_account: of(&|book| hours(book, year)),
            play_results: self.plays(&plays, &own, &control),
            recurring_by_week: self.by_week(&own),
            plays,
        }
    }

    fn bridge(&self, books: &[TierBook]) -> BridgeEstimate {
        let of = |f: fn(&Bridge) -> Money| estimate(books.iter().map(|book| f(&book.bridge).major(self.currency)));
        BridgeEstimate {
            opening: of(|bridge| bridge.opening),
            churn: of(|bridge| bridge.churn),
            contraction: of(|bridge| bridge.contraction),
            expansion: of(|bridge| bridge.expansion),
            seats: of(|bridge| bridge.seats),
            uplift: of(|bridge| bridge.uplift),
            closing: of(Bridge::closing),
        }
    }

    fn plays(&self, ids: &[String], own: &[TierBook], control: &[TierBook]) -> Vec<PlayResult> {
        let places = self.accounts.plays.iter().enumerate().filter(|(_, play)| ids.contains(&play.id));
        places.map(|(place, play)| play_result(&play.id, &at(own, place), &at(control, place))).collect()
    }

    fn by_week(&self, books: &[TierBook]) -> Vec<f64> {
        let weeks = books.iter().map(|book| book.recurring.len()).max().unwrap_or(0);
        let mean = |week: usize| -> f64 {
            books.iter().map(|book| book.recurring[week].major(self.currency)).sum::<f64>() / books.len() as f64
        };
        (0..weeks).map(mean).collect()
    }
}

fn at(books: &[TierBook], play: usize) -> Vec<PlayBook> {
    books.iter().map(|book| book.plays[play]).collect()
}

fn play_result(id: &str, own: &[PlayBook], control: &[PlayBook]) -> PlayResult {
    let of = |f: fn(&PlayBook) -> f64| estimate(own.iter().map(f));
    let renewed = |book: &PlayBook| ratio(book.renewed, book.due);
    let kept = |book: &PlayBook| book.recurring_kept.minor() as f64 / (book.recurring_due.minor() as f64).max(1.0);
    let gain = |f: fn(&PlayBook) -> f64| estimate(own.iter().zip(control).map(|(own, control)| f(own) - f(control)));
    PlayResult {
        id: id.to_owned(),
        eligible: of(|book| book.eligible as f64),
        contacted: of(|book| book.contacted as f64),
        went_along: of(|book| book.went_along as f64),
        renewed_without: estimate(control.iter().map(renewed)),
        renewed_with: estimate(own.iter().map(renewed)),
        renewal_gain: gain(renewed),
        recurring_renewal_gain: gain(kept),
    }
}

fn estimate(worlds: impl IntoIterator<Item = f64>) -> Estimate {
    Estimate::of_one_more(&worlds.into_iter().collect::<Vec<_>>(), LEVEL)
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn hours(book: &TierBook, year: f64) -> f64 {
    if book.bridge.accounts == 0 { 0.0 } else { book.minutes as f64 / 60.0 * year / book.bridge.accounts as f64 }
}
