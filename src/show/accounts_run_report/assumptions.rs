//! Every assumption that a projection with accounts rests on, in words, from the scenario.

use super::Telling;
use crate::{
    show::number::Unit,
    world::account::{
        Epoch,
        play::{Play, PlayEffect, Targeting},
        renewal::{Signal, Term},
        tier::Tier,
    },
};

pub(super) fn of(telling: &Telling<'_>) -> Vec<String> {
    let accounts = telling.accounts;
    let mut said: Vec<String> = accounts.tiers.iter().map(|tier| tier_in_words(tier, &telling.money)).collect();
    let contract = &accounts.contract;
    said.push(format!(
        "Contracts last {} months and are decided on {} days before their end; prices rise by {} at a renewal, {} of \
         renewals give up {} of the seats, the others add {}.",
        contract.term_months.value(),
        contract.notice_days,
        Unit::Share.short(contract.price_uplift.value()),
        Unit::Share.short(contract.downsell.probability.value()),
        Unit::Share.short(contract.downsell.share.value()),
        Unit::Share.short(contract.seat_growth.value()),
    ));
    said.extend(accounts.renewal.terms.iter().map(term_in_words));
    said.extend(accounts.plays.iter().map(|play| play_in_words(play, &telling.money)));
    let epoch = match accounts.epoch {
        Epoch::Week => "week",
        Epoch::Day => "day",
    };
    said.push(format!("Members, accounts and the team hear of each other in the {epoch} after."));
    said.push("No seasons, no competitors, no change of product or prices but those above.".to_owned());
    said
}

fn tier_in_words(tier: &Tier, money: &Unit) -> String {
    format!(
        "Tier “{}”: {} accounts as the world begins and {} more a year, {} a year and {} seats on average as they come \
         (log-normal, σ {} and {}).",
        tier.id,
        tier.count,
        tier.new_per_year.value(),
        money.short(tier.acv.mean.value()),
        tier.seats.mean.value(),
        tier.acv.sigma.value(),
        tier.seats.sigma.value(),
    )
}

fn term_in_words(term: &Term) -> String {
    let signal = match &term.signal {
        Signal::ActiveModules => "each module in use".to_owned(),
        Signal::Module(id) => format!("the module “{id}”"),
        Signal::WeeklyActiveShare => "all members coming weekly instead of none".to_owned(),
        Signal::SevereTickets90d => "each of the gravest tickets in 90 days".to_owned(),
        Signal::ReviewSentiment => "each point of a business review".to_owned(),
        Signal::SponsorChange180d => "a sponsor who left within 180 days".to_owned(),
    };
    format!(
        "The log-odds of renewing go with {signal} by {:+}; {} of it would follow if one brought it about, the rest only tells \
         what the account is like.",
        term.weight,
        Unit::Share.short(term.causal_share.value()),
    )
}

pub(super) fn play_in_words(play: &Play, money: &Unit) -> String {
    let effect = match play.effect {
        PlayEffect::ScaleAdoption { by, days } => {
            format!("sets modules up {} times as often for {days} days", by.value())
        }
        PlayEffect::AddLogOdds(more) => format!("adds {more} to the log-odds of the next renewal"),
        PlayEffect::SalesContact { by, days } => {
            format!("makes who is ready buy {} times as often for {days} days", by.value())
        }
    };
    let order = match play.targeting {
        Targeting::InTurn => "in turn",
        Targeting::ByRisk => "the likeliest to leave first",
        Targeting::ByUplift => "those first where most revenue can be saved",
    };
    let room = play
        .accounts_per_month
        .map_or_else(|| "without a limit".to_owned(), |most| format!("{} accounts a month, {order}", most.value()));
    format!(
        "Play “{}”: {effect}; {} of the accounts go along; {room}; {} and {} hours each.",
        play.id,
        Unit::Share.short(play.uptake.value()),
        money.short(play.cost.per_account.value()),
        play.cost.hours.value(),
    )
}
