//! Every assumption that a projection rests on, in words, from the scenario.

use super::Telling;
use crate::{
    show::number::Unit,
    world::{
        intervention::Intervention,
        scenario::{Acquisition, Channel, World},
    },
};

pub(super) fn of(telling: &Telling<'_>) -> Vec<String> {
    let scenario = telling.scenario;
    let mut said = Vec::new();
    if let Some(world) = &scenario.world {
        said.extend(people(world, &telling.money));
        said.extend(world.acquisition.iter().map(|channel| channel_in_words(channel, &telling.money)));
        said.extend(leaving(world));
        said.extend(money(world, &telling.money));
    }
    said.extend(scenario.interventions.iter().map(|intervention| in_words(intervention, &telling.money)));
    said.push(
        "The self-models know the population's law (segments, rates, hazards) and infer each user from events alone."
            .to_owned(),
    );
    said.push(format!(
        "Before the launch {} days are lived from nobody on; nothing else changes over the horizon: no seasons but \
         the week's, no competitors, no change of price or traffic.",
        scenario.clock.warmup_days
    ));
    said
}

fn people(world: &World, money: &Unit) -> Vec<String> {
    let traits = &world.population.traits;
    let mut said: Vec<String> = world
        .population
        .segments
        .iter()
        .map(|segment| {
            format!(
                "Segment “{}”: {} of new users, {} sessions in 30 days after the first, {} of which pay {} on average \
                 (log-normal, σ {}).",
                segment.id,
                Unit::Share.short(segment.share.value()),
                segment.sessions_per_30d.value(),
                Unit::Share.short(segment.paid_prob.value()),
                money.exact(segment.amount.mean.value(), 2),
                segment.amount.sigma.value(),
            )
        })
        .collect();
    said.push(format!(
        "Users of one segment differ: session rates by a Gamma law of shape {}, price levels by a log-normal law of \
         σ {}, tastes for day-part and content by Dirichlet laws of strength {} and {}; first sessions pay less often \
         by {}.",
        traits.rate_shape.value(),
        traits.price_level_sigma.value(),
        traits.daypart.strength.value(),
        traits.content_strength.value(),
        -traits.first_session_paid_delta,
    ));
    said
}

fn channel_in_words(channel: &Channel, money: &Unit) -> String {
    match &channel.brings {
        Acquisition::Paid { spend_per_day, cac, cac_noise } => format!(
            "Channel “{}” spends {} a day and brings a user for {}, give or take {} a day.",
            channel.id,
            money.exact(spend_per_day.value(), 0),
            money.exact(cac.value(), 2),
            Unit::Share.short(cac_noise.value()),
        ),
        Acquisition::Organic { users_per_day } => {
            format!("Channel “{}” brings {} users a day for nothing.", channel.id, users_per_day.value())
        }
    }
}

fn leaving(world: &World) -> Vec<String> {
    let churn = &world.churn;
    let ends: Vec<String> = churn.windows.iter().map(|end| format!("{}", end.value())).collect();
    let mut said: Vec<String> = churn
        .loss
        .iter()
        .map(|(segment, losses)| {
            let losses: Vec<String> = losses.iter().map(|loss| Unit::Share.short(loss.value())).collect();
            format!(
                "Of segment “{segment}”, {} are lost in the windows of tenure that end on days {}, and the last share \
                 every 30 days after them.",
                losses.join(", "),
                ends.join(", ")
            )
        })
        .collect();
    said.extend(churn.cliff.as_ref().map(|cliff| {
        format!(
            "What stands out in the window that ends on day {} above the time after the last window is caused by \
             “{}”; a fix removes a share of it: {}.",
            churn.windows[cliff.window].value(),
            cliff.cause,
            cliff.share_fixable.in_words()
        )
    }));
    said
}

fn money(world: &World, money: &Unit) -> Vec<String> {
    let (costs, settlement) = (&world.costs, &world.settlement);
    vec![
        format!(
            "Costs: {} of each charge and {} to the processor, {} paid out to those who serve, {} for any session.",
            Unit::Share.short(costs.processor_share),
            money.exact(costs.processor_fixed, 2),
            Unit::Share.short(costs.payout_share),
            money.exact(costs.per_session, 2)
        ),
        format!(
            "Of charges, {} are refunded and {} disputed and lost, each dispute costing {} besides.",
            Unit::Share.short(settlement.refund.value()),
            Unit::Share.exact(settlement.dispute.value(), 2),
            money.exact(settlement.dispute_fee.value(), 2)
        ),
    ]
}

fn in_words(intervention: &Intervention, money: &Unit) -> String {
    let novelty = intervention
        .novelty_half_life_days
        .map_or(String::new(), |half_life| format!(", and fades with a half-life of {} days", half_life.value()));
    let ends = intervention.days.map_or(String::new(), |days| format!(", for {days} days"));
    let stays = match intervention.long_run.value() {
        share if share > 0.0 && intervention.novelty_half_life_days.is_some() => {
            format!(" to {} of it", Unit::Share.short(share))
        }
        _ => String::new(),
    };
    let cost = &intervention.cost;
    format!(
        "“{}”, from day {} and in full force after {} days{ends}{novelty}{stays}: for {}, {}. It costs {} once (spread \
         over a year), {} for each treated user, {} for each use and {} for each treated user a day{}.",
        intervention.id,
        intervention.day,
        intervention.ramp_days,
        intervention.eligible.in_words(),
        intervention.effect.in_words(),
        money.exact(cost.fixed.value(), 0),
        money.exact(cost.per_user.value(), 2),
        money.exact(cost.per_use.value(), 3),
        money.exact(cost.per_user_day.value(), 2),
        intervention.cap.map_or(String::new(), |cap| format!("; {}", cap.in_words()))
    )
}
