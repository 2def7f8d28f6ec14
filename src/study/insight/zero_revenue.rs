//! Sessions that earn nothing: how many, where, what they cost, and how much of it could be had.
//!
//! A group is a leak if it pays less than *comparable* sessions ([`comparable`](super::comparable)), after correction for all
//! groups that were looked at (Benjamini & Hochberg 1995). Lifting the leaks of the worst dimension to what comparable
//! sessions pay is what is recoverable; the rest is browsing as usual. What a share of all unpaid sessions would bring is
//! told besides, as a what-if: whoever can be moved to pay pays less than those who do by themselves, so between the lower
//! quartile and the median of what is paid.

use super::{
    Looked,
    comparable::{Compared, compared, strata},
    dimension::{Dimension, FEWEST_SESSIONS},
    facts::{Facts, Visit},
    finding::{Finding, Kind, Measure, Trial},
    interval::{Measured, known, quantile, two_sided},
    words::{chance, grouped, money, percent, percent_of},
};
use crate::{
    base::float::{exp, log, normal_quantile, sqrt},
    study::{
        estimate::Estimate,
        experiment::multiple::{Method, adjust},
    },
};

/// Share of unpaid sessions of the what-if.
const RECOVERED: f64 = 0.20;
/// Share of unpaid sessions from which they are told as a leak.
const LEAST_SHARE: f64 = 0.005;
/// Leaks told at most.
const MOST_LEAKS: usize = 4;
/// Share of claims that may be false.
const FALSE_SHARE: f64 = 0.05;

/// A group that pays less than comparable sessions.
struct Leak<'a> {
    dimension: &'a Dimension,
    compared: Compared,
    q: f64,
}

/// Looks at the sessions of the recent days.
#[must_use]
pub fn look(looked: &Looked<'_>) -> Vec<Finding> {
    let facts = looked.facts;
    let recent: Vec<usize> = (0..facts.visits.len()).filter(|&v| facts.is_recent(facts.visits[v].day)).collect();
    let users = by_user(facts, &recent);
    let (Some(share), true) = (Measured::ratio(&users), users.len() > 1) else {
        let why = "fewer than two users came in the recent days, so no share can be told";
        return vec![Finding::nothing(Kind::ZeroRevenue, "all sessions", why)];
    };
    if share.value >= 1.0 {
        let why = "no recent session earned anything: what pays is not in this history";
        return vec![Finding::nothing(Kind::ZeroRevenue, "all sessions", why)];
    }
    // Where all but a handful pay there is no leak to speak of, and the rest are the till's exceptions.
    if share.value < LEAST_SHARE {
        let why = format!(
            "{} of {} recent sessions earn nothing: nearly all of them pay",
            percent(share.value),
            grouped(recent.len() as f64)
        );
        return vec![Finding::nothing(Kind::ZeroRevenue, "all sessions", why).sized(Measure::Share, &share.share())];
    }
    let groups = groups(looked, &recent);
    let mut found = vec![whole(facts, &recent, share, &users, &groups)];
    found.extend(leaks(&groups).take(MOST_LEAKS).map(|leak| told(facts, &recent, leak)));
    found
}

/// By user: sessions that earned nothing, and all.
fn by_user(facts: &Facts, recent: &[usize]) -> Vec<(f64, f64)> {
    let mut users: Vec<(usize, f64, f64)> = Vec::new();
    for visit in recent.iter().map(|&place| &facts.visits[place]) {
        if users.last().is_none_or(|user| user.0 != visit.person) {
            users.push((visit.person, 0.0, 0.0));
        }
        if let Some(user) = users.last_mut() {
            (user.1, user.2) = (user.1 + f64::from(visit.paid == 0), user.2 + 1.0);
        }
    }
    users.into_iter().map(|(_, unpaid, all)| (unpaid, all)).collect()
}

/// Every group of every dimension, with its q-value.
fn groups<'a>(looked: &'a Looked<'_>, recent: &[usize]) -> Vec<Leak<'a>> {
    let strata = strata(looked.facts);
    let each = |dimension: &'a Dimension| {
        let all = compared(looked.facts, dimension, recent, &strata, FEWEST_SESSIONS);
        all.into_iter().map(move |compared| Leak { dimension, compared, q: 1.0 })
    };
    let mut groups: Vec<Leak<'a>> = looked.dimensions.iter().flat_map(each).collect();
    let chances: Vec<f64> = groups.iter().map(|leak| two_sided(leak.compared.gap.z())).collect();
    for (leak, q) in groups.iter_mut().zip(adjust(&chances, Method::BenjaminiHochberg, FALSE_SHARE)) {
        leak.q = q;
    }
    groups
}

/// Groups that stand out and could be lifted, the costliest first; how far users have come is nobody's leak.
fn leaks<'a, 'b>(groups: &'b [Leak<'a>]) -> impl Iterator<Item = &'b Leak<'a>> {
    let lost = |leak: &Leak<'_>| leak.compared.gap.value * leak.compared.sessions;
    let mut leaks: Vec<&Leak<'a>> = groups
        .iter()
        .filter(|leak| leak.q <= FALSE_SHARE && leak.compared.gap.value < 0.0 && !leak.dimension.is_stage())
        .collect();
    leaks.sort_by(|a, b| lost(a).total_cmp(&lost(b)));
    leaks.into_iter()
}

/// Median and lower quartile of what recent sessions paid, with the error of the median's logarithm.
fn paid(facts: &Facts, visits: impl Iterator<Item = Visit>) -> Option<(f64, f64, f64)> {
    let mut amounts: Vec<(f64, usize)> =
        visits.filter(|visit| visit.paid > 0).map(|visit| (facts.major(visit.paid as f64), visit.person)).collect();
    let users = amounts.chunk_by(|a, b| a.1 == b.1).count() as f64;
    amounts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let sorted: Vec<f64> = amounts.iter().map(|(amount, _)| *amount).collect();
    // A rank among users, since one user's payments are alike.
    let reach = 0.5 / sqrt(users.max(1.0));
    let error = (log(quantile(&sorted, 0.5 + reach)) - log(quantile(&sorted, 0.5 - reach))) / 2.0;
    (!sorted.is_empty()).then(|| (quantile(&sorted, 0.5), quantile(&sorted, 0.25), error))
}

/// What recovered sessions would bring a year [major units], and what one of them pays.
fn recovered(facts: &Facts, recent: &[usize], users: &[(f64, f64)]) -> Option<(Estimate, f64)> {
    let (median, quartile, error) = paid(facts, recent.iter().map(|&place| facts.visits[place]))?;
    let unpaid = Measured::total(users.iter().map(|user| user.0)).times(RECOVERED * facts.a_year());
    let amount = sqrt(median * quartile);
    // Both ends of what a recovered session may pay are as likely as the middle.
    let (spread, count) = (log(median / quartile) / 2.0, unpaid.se / unpaid.value.max(1e-9));
    let noise = normal_quantile(0.975) * sqrt(count * count + error * error);
    let reach = exp(sqrt(spread * spread + noise * noise));
    let mean = unpaid.value * amount;
    Some((known(mean, mean / reach, mean * reach), amount))
}

fn whole(facts: &Facts, recent: &[usize], share: Measured, users: &[(f64, f64)], groups: &[Leak<'_>]) -> Finding {
    let told = share.share();
    let a_day = users.iter().map(|user| user.1).sum::<f64>() / facts.recent_days();
    let says = format!("{} of {a_day:.1} sessions a day earn nothing", percent_of(&told));
    let mut finding = Finding::new(Kind::ZeroRevenue, "all sessions", says).sized(Measure::Share, &told);
    finding.evidence = evidence(facts, recent, share.value, groups);
    let Some((money_per_year, amount)) = recovered(facts, recent, users) else { return finding };
    finding.evidence.push(format!(
        "a recovered session is taken to pay {}, between the lower quartile and the median of what is paid: who has to be moved to pay pays less",
        money(facts, amount)
    ));
    let question = "What would it earn if one in five sessions that earn nothing now paid a little?";
    let effect = format!("RecoverUnpaid(share: Beta(mean: {RECOVERED}, n: 60.0), amount: {amount:.2})");
    let trial = Trial::new("recover_unpaid", question, "All", effect);
    let is = format!("what {} of the sessions that earn nothing would pay, were they recovered", percent(RECOVERED));
    let action = "Ask unpaid sessions for a small first payment, for a random half of users";
    finding.worth(money_per_year, is).then(action, Some(trial))
}

fn evidence(facts: &Facts, recent: &[usize], share: f64, groups: &[Leak<'_>]) -> Vec<String> {
    let window = facts.recent_days();
    let mut said = vec![format!("{} sessions of the last {window:.0} days", grouped(recent.len() as f64))];
    if let Some(cost) = acquired_for_nothing(facts, recent) {
        said.push(format!("the sessions that earned nothing cost {} a year to acquire", money(facts, cost)));
    }
    for (place, name) in [(0, "first"), (1, "later")] {
        let order = groups.iter().find(|one| one.dimension.name == "order" && one.compared.group == place);
        said.extend(order.map(|one| format!("{name} sessions: {}", percent_of(&one.compared.unpaid.share()))));
    }
    let liftable = recoverable(groups) / recent.len().max(1) as f64;
    said.push(if liftable > 0.0 {
        format!(
            "of the {}, {} would pay if every group paid like comparable sessions; {} is browsing as usual",
            percent(share),
            percent(liftable),
            percent(share - liftable)
        )
    } else {
        let looked = groups.len();
        format!("none of {looked} groups pays less than comparable sessions: all of it looks like browsing as usual")
    });
    said
}

/// Sessions that would pay if the groups of the worst dimension paid like comparable ones.
fn recoverable(groups: &[Leak<'_>]) -> f64 {
    let mut by_dimension: Vec<(&str, &[String], f64)> = Vec::new();
    for leak in leaks(groups).filter(|leak| !leak.dimension.is_origin()) {
        let lost = -leak.compared.gap.value * leak.compared.sessions;
        // Features are dimensions of one name each with groups of its own.
        match by_dimension.iter_mut().find(|one| one.0 == leak.dimension.name && one.1 == leak.dimension.groups) {
            Some(one) => one.2 += lost,
            None => by_dimension.push((leak.dimension.name, &leak.dimension.groups, lost)),
        }
    }
    by_dimension.iter().map(|one| one.2).fold(0.0, f64::max)
}

/// What was spent on a channel's users, for the share of their sessions that earned nothing, a year [major units].
fn acquired_for_nothing(facts: &Facts, recent: &[usize]) -> Option<f64> {
    let total = facts.spend.total(facts.recent);
    let mut sum = 0.0;
    for (place, channel) in facts.channels.iter().enumerate() {
        let spend = facts.spend.of_channel(channel, facts.recent);
        let of = recent.iter().map(|&at| &facts.visits[at]);
        let of = of.filter(|visit| facts.people[visit.person].channel == Some(place));
        let (all, unpaid) = of.fold((0.0, 0.0), |sum, visit| (sum.0 + 1.0, sum.1 + f64::from(visit.paid == 0)));
        sum += if all > 0.0 { spend * unpaid / all } else { 0.0 };
    }
    (total > 0.0 && sum > 0.0).then_some(sum * facts.a_year())
}

fn told(facts: &Facts, recent: &[usize], leak: &Leak<'_>) -> Finding {
    let (dimension, found) = (leak.dimension, &leak.compared);
    let name = &dimension.groups[found.group];
    let gap = found.gap.times(-1.0).estimate();
    let says = format!("{} {name}: {} fewer sessions pay than comparable ones", dimension.name, percent_of(&gap));
    let own = recent.iter().map(|&place| facts.visits[place]);
    let own = own.filter(|visit| dimension.group(facts, visit) == Some(found.group));
    let (median, _, error) = paid(facts, own).unwrap_or((0.0, 0.0, 0.0));
    let a_year = found.gap.times(-found.sessions * facts.a_year()).by(Measured::new(median, median * error));
    let place = format!("{} {name}", dimension.name);
    let question = format!("What would it earn if {place} paid like comparable sessions?");
    let payers = 1.0 - found.unpaid.value;
    let by = (payers - found.gap.value) / payers.max(1e-6);
    let eligible = if dimension.name == "channel" { format!("Channel({name:?})") } else { "All".to_owned() };
    let reach = if dimension.name == "channel" { 1.0 } else { found.sessions / recent.len().max(1) as f64 };
    let mean = 1.0 + (by - 1.0) * reach;
    let effect = format!("Scale(facet: Paid, by: LogNormal(mean: {mean:.4}, sigma: {:.4}))", (mean - 1.0) / 3.0);
    let trial = Trial::new(&format!("lift_{}_{name}", dimension.name), &question, &eligible, effect);
    Finding::new(Kind::ZeroRevenue, place.clone(), says)
        .sized(Measure::Share, &gap)
        .worth(a_year.estimate(), "what the group would pay more if it paid like comparable sessions")
        .by_chance(leak.q)
        .because(because(leak))
        .then(action(leak, &place), Some(trial))
}

fn because(leak: &Leak<'_>) -> Vec<String> {
    let found = &leak.compared;
    let mut said = vec![
        format!("{} of its {} sessions earn nothing", percent_of(&found.unpaid.share()), grouped(found.sessions)),
        format!("{} after correction for all groups looked at", chance(leak.q)),
    ];
    if leak.dimension.is_origin() {
        said.push("it may be who comes this way, and not what they meet: no fix of the product is promised".to_owned());
    }
    said
}

fn action(leak: &Leak<'_>, place: &str) -> String {
    if leak.dimension.is_origin() {
        return format!("Look at whom {place} brings: another audience, or another promise in its ads");
    }
    format!("Walk through {place} as a customer: find the step at which they stop")
}

/// A group's figures, for tables and charts.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFigures {
    /// What parts sessions.
    pub dimension: &'static str,
    /// The group.
    pub group: String,
    /// Recent sessions in it.
    pub sessions: f64,
    /// Share of them that earned nothing.
    pub unpaid: Estimate,
    /// Share of them that paid, less that of comparable sessions.
    pub gap: Estimate,
    /// Chance of such a gap after correction for all groups.
    pub q: f64,
}

/// Figures of every group that was looked at.
#[must_use]
pub fn figures(looked: &Looked<'_>) -> Vec<GroupFigures> {
    let facts = looked.facts;
    let recent: Vec<usize> = (0..facts.visits.len()).filter(|&v| facts.is_recent(facts.visits[v].day)).collect();
    let one = |leak: Leak<'_>| GroupFigures {
        dimension: leak.dimension.name,
        group: leak.dimension.groups[leak.compared.group].clone(),
        sessions: leak.compared.sessions,
        unpaid: leak.compared.unpaid.share(),
        gap: leak.compared.gap.estimate(),
        q: leak.q,
    };
    groups(looked, &recent).into_iter().map(one).collect()
}
