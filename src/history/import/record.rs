//! What every export is turned into: activities, links between identities, payments, spend and notes on accounts.
//!
//! Identifiers are pseudonymised before they get here, so nothing in a record leads back to a person without the key.

use serde::{Deserialize, Serialize};

use super::privacy::Id;
use crate::{base::units::Currency, history::name::Name};

/// The identities a row names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ids {
    /// The signed-in user.
    pub user: Option<Id>,
    /// The device or browser.
    pub device: Option<Id>,
    /// The processor's customer.
    pub customer: Option<Id>,
    /// The normalised e-mail address.
    pub email: Option<Id>,
}

impl Ids {
    /// Whether nobody is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a visit came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Touch {
    /// `facebook`, `google`: the source, or the site that linked.
    pub channel: Name,
    /// Campaign by id or name; none for what nobody paid for.
    pub campaign: Option<Name>,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// Thousandths of a second since 1970.
    pub at: i64,
    /// Who.
    pub ids: Ids,
    /// What for.
    pub deed: Deed,
    /// Where they came from, if the row says.
    pub touch: Option<Touch>,
}

/// What an activity was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Deed {
    /// Came, or signed in: keeps a session going.
    Visit,
    /// Met an item.
    Content(Name),
    /// Used a feature.
    Feature(Name),
    /// Was sent a message, by channel and style.
    Message(Name, Name),
    /// Began a plan.
    Subscribe(Name),
    /// Went on with a plan.
    Renew,
    /// Ended it.
    Cancel,
    /// Asked for help, from 1 to 3.
    Ticket(u8),
    /// Bought more.
    Expand(Name),
}

impl Deed {
    fn each_name(&mut self, each: &mut dyn FnMut(&mut Name)) {
        match self {
            Self::Content(name) | Self::Feature(name) | Self::Subscribe(name) | Self::Expand(name) => each(name),
            Self::Message(channel, style) => [channel, style].into_iter().for_each(each),
            Self::Visit | Self::Renew | Self::Cancel | Self::Ticket(_) => {}
        }
    }

    /// Whether the user was there, so that it belongs to a session.
    #[must_use]
    pub const fn is_presence(&self) -> bool {
        matches!(self, Self::Visit | Self::Content(_) | Self::Feature(_))
    }
}

/// Names under which a processor knows one payment, pseudonymised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Handles {
    /// The charge.
    pub charge: Option<u64>,
    /// The intent to pay.
    pub intent: Option<u64>,
    /// The invoice.
    pub invoice: Option<u64>,
}

/// An amount in a currency \[minor unit\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Amount {
    /// Minor units.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

/// What a row says of a payment. Several rows may speak of the same one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// When it happened, thousandths of a second since 1970.
    pub at: i64,
    /// Which payment.
    pub handles: Handles,
    /// Who paid.
    pub ids: Ids,
    /// What happened.
    pub deed: MoneyDeed,
    /// How much, as the customer sees it.
    pub amount: Amount,
    /// How much the processor settled, if the row says.
    pub settled: Option<Amount>,
    /// The processor's fee, in the currency of what was settled.
    pub fee: Option<Amount>,
    /// How much of the payment has gone back so far, if the row says \[minor unit\].
    pub refunded: i64,
    /// Where the payer came from, if the row says.
    pub touch: Option<Touch>,
}

/// What happened to money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MoneyDeed {
    /// Was paid.
    Charge,
    /// Was tried and failed.
    Failed,
    /// Went back.
    Refund,
    /// Was taken back by the bank.
    Dispute,
    /// A dispute that was won: nothing is lost.
    DisputeWon,
    /// The processor's own fee, outside any payment.
    Fee,
}

/// Spend of an advertisement on a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spend {
    /// Days since 1970.
    pub day: i64,
    /// `facebook`, `google`.
    pub channel: Name,
    /// Campaign id, or its name where there is no id.
    pub campaign: Name,
    /// Its name.
    pub title: Option<Name>,
    /// How coarse the table is: 0 advertisements, 1 campaigns, 2 accounts. Of one channel and day the finest counts,
    /// since the others are its totals.
    pub level: u8,
    /// Millionths of a major unit.
    pub micros: i64,
    /// The account's currency; none where the export does not say.
    pub currency: Option<Currency>,
}

/// What a row is evidence of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Somebody did something.
    Activity(Activity),
    /// Identities of one person.
    Link(Ids),
    /// One user id replaces another.
    Alias(Id, Id),
    /// Money; set apart, for most records are activities and much smaller.
    Payment(Box<Payment>),
    /// Spend.
    Spend(Spend),
    /// The name of a campaign, by its id.
    Title(Name, Name),
    /// An advertisement's campaign, by their ids.
    Part(Name, Name),
}

impl Body {
    /// Does something to each name that a row brought, identifiers of campaigns aside.
    pub fn each_name(&mut self, mut each: impl FnMut(&mut Name)) {
        let of_touch = |touch: &mut Option<Touch>, each: &mut dyn FnMut(&mut Name)| {
            if let Some(touch) = touch {
                each(&mut touch.channel);
                touch.campaign.iter_mut().for_each(each);
            }
        };
        match self {
            Self::Activity(activity) => {
                activity.deed.each_name(&mut each);
                of_touch(&mut activity.touch, &mut each);
            }
            Self::Payment(payment) => of_touch(&mut payment.touch, &mut each),
            Self::Spend(spend) => spend.title.iter_mut().for_each(each),
            Self::Title(_, name) => each(name),
            Self::Link(_) | Self::Alias(..) | Self::Part(..) => {}
        }
    }
}

/// A row as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Stays the same when the row is exported again.
    pub key: u64,
    /// What it says.
    pub body: Body,
}
