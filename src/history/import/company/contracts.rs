//! Contracts made of deals: a CRM keeps what was sold when, not what runs.
//!
//! A contract begins with a deal that was won and runs for its months. A renewal that is won early or late continues the
//! contract before it from the day on which that one is over; a contract that nothing continues in time was not renewed.

use jiff::{ToSpan, civil};

use super::{Deal, Purpose, Signed, Spot};
use crate::history::{
    import::rates::share,
    name::Name,
    rejection::{Flaw, Rejection},
};

/// How a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Another one continued it.
    Renewed,
    /// Nothing did.
    Left,
    /// It is not over, or only just.
    Running,
}

/// A contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its first day \[days since 1970\].
    pub start: i32,
    /// The day on which it is renewed or ends \[days since 1970\].
    pub renewal: i32,
    /// Its price \[minor unit a year\].
    pub recurring: i64,
    /// For how many people; none where no deal says.
    pub seats: Option<u32>,
    /// How it ended.
    pub outcome: Outcome,
}

/// More within a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// When \[days since 1970\].
    pub day: i32,
    /// What.
    pub product: Name,
    /// What it adds \[minor unit a year\].
    pub recurring: i64,
}

/// What an account's deals come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// In order of time.
    pub contracts: Vec<Contract>,
    /// In order of time.
    pub expansions: Vec<Expansion>,
    /// Deals that fit nowhere.
    pub rejected: Vec<Rejection>,
    /// Price of the deals that were won and fit \[minor unit\].
    pub sold: i64,
}

/// What deals are read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a contract runs whose deal does not say \[month\].
    pub months: u32,
    /// How late a renewal may be won \[day\].
    pub grace: i32,
    /// The day after the last of the record \[days since 1970\].
    pub end: i32,
}

/// Makes contracts of an account's deals, whose amounts are in one currency.
#[must_use]
pub fn agreed(deals: &[(Spot, Deal)], signed: &[Signed], terms: Terms) -> Agreed {
    let mut sorted: Vec<&(Spot, Deal)> = deals.iter().collect();
    sorted.sort_by_key(|(_, deal)| (deal.start.unwrap_or(deal.closed), deal.purpose, deal.id.clone()));
    let mut agreed = Agreed::default();
    for (spot, deal) in sorted.iter().filter(|(_, deal)| deal.won == Some(true)) {
        let done = match deal.purpose {
            Purpose::Expansion => agreed.expand(deal, signed, terms),
            Purpose::New | Purpose::Renewal => agreed.begin(deal, signed, terms),
        };
        match done {
            Ok(()) => agreed.sold += deal.amount,
            Err(flaw) => agreed.rejected.push(spot.rejection(flaw)),
        }
    }
    let lost = |renewal: i32| {
        let near = |deal: &Deal| {
            deal.won == Some(false) && deal.purpose == Purpose::Renewal && (deal.closed - renewal).abs() <= terms.grace
        };
        deals.iter().any(|(_, deal)| near(deal))
    };
    agreed.settle(terms, lost);
    agreed
}

impl Agreed {
    fn begin(&mut self, deal: &Deal, signed: &[Signed], terms: Terms) -> Result<(), Flaw> {
        let closest = |own: &&Signed| (own.start - deal.start.unwrap_or(deal.closed)).abs();
        let signed =
            signed.iter().filter(|own| closest(own) <= terms.grace).min_by_key(|own| (closest(own), own.start));
        let told = deal.start.or(signed.map(|own| own.start));
        let months = deal.months.or(signed.map(|own| own.months)).unwrap_or(terms.months);
        let start = match self.contracts.last_mut() {
            Some(before) if deal.closed < before.renewal + terms.grace => {
                if deal.purpose == Purpose::New && deal.closed < before.renewal - terms.grace {
                    let expected = "a contract that starts when the one before is over";
                    let found = format!("{} before", days(before.renewal - deal.closed));
                    return Err(Flaw::new("start", expected, &found));
                }
                // Months are rounded; the day on which the next contract says to begin is the day on which this one is over.
                let stated = told.filter(|&day| day > before.start && (day - before.renewal).abs() <= terms.grace);
                before.renewal = stated.unwrap_or(before.renewal);
                before.renewal
            }
            _ => told.unwrap_or(deal.closed),
        };
        let renewal = after(start, months)
            .ok_or_else(|| Flaw::new("months", "a contract of months that end before 9999", &months.to_string()))?;
        let recurring = a_year(deal.amount, months);
        self.contracts.push(Contract { start, renewal, recurring, seats: deal.seats, outcome: Outcome::Running });
        Ok(())
    }

    fn expand(&mut self, deal: &Deal, signed: &[Signed], terms: Terms) -> Result<(), Flaw> {
        let Some(within) = self.contracts.last().filter(|last| deal.closed < last.renewal) else {
            // The first that is sold to an account begins its contract, whatever the team calls it.
            return self.begin(deal, signed, terms);
        };
        let left = f64::from(within.renewal - deal.closed) / 30.437;
        let months =
            deal.months.unwrap_or_else(|| if signed.is_empty() { terms.months } else { left.round().max(1.0) as u32 });
        let product = deal.product.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| "expansion".into());
        self.expansions.push(Expansion { day: deal.closed, product, recurring: a_year(deal.amount, months) });
        Ok(())
    }

    fn settle(&mut self, terms: Terms, lost: impl Fn(i32) -> bool) {
        let starts: Vec<i32> = self.contracts.iter().map(|contract| contract.start).skip(1).collect();
        for (place, contract) in self.contracts.iter_mut().enumerate() {
            let is_over =
                contract.renewal + terms.grace < terms.end || contract.renewal < terms.end && lost(contract.renewal);
            contract.outcome = match starts.get(place) {
                Some(&next) if next == contract.renewal => Outcome::Renewed,
                Some(_) => Outcome::Left,
                None if is_over => Outcome::Left,
                None => Outcome::Running,
            };
        }
    }
}

fn days(count: i32) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

fn a_year(amount: i64, months: u32) -> i64 {
    share(amount.into(), 12, months.max(1).into()) as i64
}

/// The day some months after a day.
fn after(day: i32, months: u32) -> Option<i32> {
    let epoch = civil::Date::constant(1970, 1, 1);
    let from = epoch.checked_add(day.days()).ok()?;
    let to = from.checked_add(i32::try_from(months).ok()?.months()).ok()?;
    Some((to - epoch).get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::rejection::Place;

    const TERMS: Terms = Terms { months: 12, grace: 90, end: 20_000 };

    fn deal(closed: i32, purpose: Purpose, won: bool, amount: i64) -> (Spot, Deal) {
        let id = Name::from(format!("{closed} {amount}"));
        let deal = Deal {
            id,
            account: None,
            purpose,
            product: None,
            won: Some(won),
            stage: None,
            closed,
            start: None,
            months: None,
            amount,
            currency: None,
            seats: None,
        };
        (Spot { file: "deals.csv".into(), place: Place { row: 1, line: None } }, deal)
    }

    fn told(agreed: &Agreed) -> Vec<(i32, i32, i64, Outcome)> {
        agreed.contracts.iter().map(|one| (one.start, one.renewal, one.recurring, one.outcome)).collect()
    }

    #[test]
    fn early_and_late_renewals_continue_a_contract_and_what_is_not_continued_was_left() {
        use Outcome::{Left, Renewed};
        let deals = [
            deal(17_000, Purpose::New, true, 1_000),
            deal(17_345, Purpose::Renewal, true, 1_200),
            deal(17_770, Purpose::Renewal, true, 1_300),
            deal(17_500, Purpose::Expansion, true, 60),
            deal(18_100, Purpose::Renewal, false, 1_400),
            deal(19_000, Purpose::New, true, 900),
        ];
        let agreed = agreed(&deals, &[], TERMS);
        let contracts = [
            (17_000, 17_365, 1_000, Renewed),
            (17_365, 17_730, 1_200, Renewed),
            (17_730, 18_095, 1_300, Left),
            (19_000, 19_365, 900, Left),
        ];
        assert_eq!(told(&agreed), contracts);
        assert_eq!(agreed.expansions, [Expansion { day: 17_500, product: "expansion".into(), recurring: 60 }]);
        assert_eq!((agreed.sold, agreed.rejected.len()), (4_460, 0));
    }

    #[test]
    fn a_second_first_contract_is_told_and_one_that_is_hardly_over_runs() {
        let deals = [deal(19_600, Purpose::New, true, 1_000), deal(19_700, Purpose::New, true, 500)];
        let agreed = agreed(&deals, &[], TERMS);
        assert_eq!(told(&agreed), [(19_600, 19_966, 1_000, Outcome::Running)]);
        assert_eq!((agreed.sold, agreed.rejected.len()), (1_000, 1));
    }

    #[test]
    fn the_day_on_which_a_renewal_says_to_begin_is_the_end_of_the_one_before() {
        let mut next = deal(19_340, Purpose::Renewal, true, 1_100);
        next.1.start = Some(19_370);
        let agreed = agreed(&[deal(19_000, Purpose::New, true, 1_000), next], &[], TERMS);
        let both = [(19_000, 19_370, 1_000, Outcome::Renewed), (19_370, 19_735, 1_100, Outcome::Left)];
        assert_eq!(told(&agreed), both);
    }

    #[test]
    fn the_contract_of_the_crm_tells_start_and_months() {
        let signed =
            Signed { account: super::super::Key { tool: "salesforce", id: "a".into() }, start: 17_020, months: 24 };
        let agreed = agreed(&[deal(17_000, Purpose::New, true, 2_000)], &[signed], TERMS);
        assert_eq!(told(&agreed), [(17_020, 17_750, 1_000, Outcome::Left)]);
    }
}
