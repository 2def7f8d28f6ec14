//! Foresight: nothing is known too early, and the truth is judged to be the truth.

use super::{Draws, holds, logistic, recorded::history, share};
use crate::{
    base::units::Money,
    history::account::{AccountEvent, AccountHistory, Happening},
    study::accounts::foresight::{Foretold, Landmark, Scores, foretell, renewals},
    user::account::{Signals, signals::SIGNALS},
};

fn told(world: u32, account: u32) -> Foretold {
    let draws = Draws::of(world, account.into());
    let probability = logistic(1.5 + 1.2 * draws.normal(0));
    let happened = draws.uniform(1) < probability;
    let signals = Signals([0.0; SIGNALS]);
    let recurring = Money::from_minor(1);
    let landmark = Landmark { account, tier: 0, at: 0, known: 90, signals, recurring, happened };
    Foretold { landmark, probability, interval: (probability, probability), tier_rate: 0.77, health: 0.77 }
}

/// 60 sets of 500 true probabilities: 95% ± 6% of the intervals of the slope hold 1, and all say that the truth is better
/// than the rate.
#[test]
fn the_truth_has_a_slope_of_one_and_beats_the_rate() {
    let judged = |world: u32| {
        let all: Vec<Foretold> = (0..500).map(|account| told(world, account)).collect();
        Scores::of("renewal", 90, &all, 7)
    };
    let all: Vec<Scores> = (0..60).map(judged).collect();
    let inside = share(all.iter().filter(|one| holds(&one.slope, 1.0)).count(), all.len());
    let better = share(all.iter().filter(|one| one.against_tier.log_gain.lo > Some(0.0)).count(), all.len());
    println!("slope holds one {inside:.3}, better {better:.3}");
    assert!((inside - 0.95).abs() <= 0.06 && better > 0.95, "{inside} {better}");
}

/// The law of a history is learned well enough to beat the tier's rate, and is about as sure of itself as it may be.
#[test]
fn renewals_are_foretold_better_than_by_the_rate() {
    let history = history(5, 3_000, None);
    let scores = Scores::of("renewal", 90, &foretell(&renewals(&history, 90), 2), 7);
    println!("{:?} {:?} slope {:?}", scores.against_tier, scores.against_health, scores.slope);
    assert!(scores.against_tier.log_gain.lo > Some(0.0) && scores.against_tier.brier_gain.lo > Some(0.0));
    assert!(scores.against_health.log_gain.lo > Some(0.0));
    assert!(holds(&scores.slope, 1.0), "{:?}", scores.slope);
}

/// All decisions after a day turned round, all use after it gone: whatever was said up to that day stays to the bit.
#[test]
fn changing_the_future_changes_no_earlier_prediction() {
    let day = 800;
    let before = history(6, 2_400, None);
    let mut after = before.clone();
    turned_round(&mut after, day);
    let said = |history: &AccountHistory| -> Vec<(u32, i32, u64)> {
        let told = foretell(&renewals(history, 90), 2);
        let past = told.iter().filter(|one| one.landmark.at <= day);
        past.map(|one| (one.landmark.account, one.landmark.at, one.probability.to_bits())).collect()
    };
    let (said, again) = (said(&before), said(&after));
    assert!(said.len() > 200, "{}", said.len());
    assert_eq!(said, again);
}

fn turned_round(history: &mut AccountHistory, day: i32) {
    let turn = |event: &mut AccountEvent| match event.what {
        Happening::Left => event.what = Happening::SponsorLeft,
        Happening::Renewed(_) => event.what = Happening::Left,
        _ => {}
    };
    for account in &mut history.accounts {
        let start = account.events[0].clone();
        account.events.retain(|event| event.day <= day || !matches!(event.what, Happening::Used(_)));
        account.events.iter_mut().filter(|event| event.day > day).for_each(|event| {
            // A decision stays one on the same day, so that the same is asked.
            let left = matches!(event.what, Happening::Left);
            turn(event);
            if let (true, Happening::Started(terms)) = (left, &start.what) {
                event.what = Happening::Renewed(*terms);
            }
        });
    }
}
