use proptest::prelude::*;

use super::*;
use crate::{
    base::{
        time::SimTime,
        units::{Money, UserId},
    },
    history::session::{Session, Slot},
    study::simulated::{self, LAW, Law},
    user::facet::{FacetKind, gap::GapLaw},
};

fn quick(segments: usize) -> Settings {
    Settings { segments: Some(segments), sweeps: 1, ..Settings::default() }
}

fn finite(priors: &Priors) -> bool {
    let gap = match &priors.gap.law {
        GapLaw::Binned(law) => law.choice.alpha.as_flattened().iter().all(|a| a.is_finite() && *a > 0.0),
        GapLaw::Exponential { .. } => true,
    };
    let level = &priors.amount.level;
    let levels = level.mean.iter().chain(&level.scale).chain([&level.kappa, &level.shape]).all(|x| x.is_finite());
    let born = priors.born.iter().all(|born| (born.iter().sum::<f32>() - 1.0).abs() < 1e-4);
    let churn = priors.churn.hazard.as_flattened().iter().all(|h| (0.0..=1.0).contains(h));
    gap && levels && born && churn
}

/// 240 users with 40 sessions each; tolerances are about three standard errors; one seed.
#[test]
fn what_was_simulated_is_recovered() {
    let users = simulated::users(&LAW, 5);
    let mut settings = quick(1);
    settings.sweeps = 2;
    // No forgetting in the simulation, and no relation between kinds.
    let priors = fit(&simulated::lives(&users), &settings).priors;
    let strength = f64::from(priors.purchase.0[1].strength);
    assert!((3.5..10.0).contains(&strength), "paying: {strength}");
    assert!((priors.purchase.0[1].share[0] - 0.7).abs() < 0.05, "{}", priors.purchase.0[1].share[0]);
    assert!((priors.amount.level.mean[0] - 3.0).abs() < 0.12, "{}", priors.amount.level.mean[0]);
    let within = priors.amount.level.scale[0] / (priors.amount.level.shape - 1.0).max(0.1);
    assert!((0.10..0.26).contains(&within), "variance within a user, 0.16: {within}");
    let even = priors.daypart.days[0].population;
    assert!(even.iter().all(|share| (share - 1.0 / 6.0).abs() < 0.03), "{even:?}");
}

/// What a stored set of self-models relies on: priors come back from JSON to the bit.
#[test]
fn fitted_priors_survive_json() {
    let users = simulated::users(&Law { users: 60, sessions: 20, ..LAW }, 2);
    let settings = Settings { sweeps: 2, searched: 500, ..quick(2) };
    for priors in [fit(&simulated::lives(&users), &settings).priors, Priors::ignorant()] {
        let text = serde_json::to_string(&priors).unwrap();
        let back: Priors = serde_json::from_str(&text).unwrap();
        assert_eq!(back, priors);
        // Equal numbers may differ in the sign of a zero; equal texts may not.
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
    }
}

proptest! {
    #[test]
    fn a_finite_number_survives_json_to_the_bit(bits: u32) {
        let number = f32::from_bits(bits);
        prop_assume!(number.is_finite());
        let back: f32 = serde_json::from_str(&serde_json::to_string(&number).unwrap()).unwrap();
        prop_assert_eq!(back.to_bits(), bits);
    }
}

/// Two kinds of users that could not be more different are told apart.
#[test]
fn segments_are_found() {
    let mut users = simulated::users(&Law { users: 120, sessions: 20, ..LAW }, 1);
    for (user, seen) in &mut users {
        for observation in seen {
            if let Observation::Session(session) = observation {
                let daypart = if user.0 % 3 == 0 { 0 } else { 4 + session.slot().daypart % 2 };
                *session = session.with_slot(Slot { daypart, ..session.slot() });
            }
        }
    }
    let priors = fit(&simulated::lives(&users), &quick(2)).priors;
    let mut shares = priors.born[0][..2].to_vec();
    shares.sort_by(f32::total_cmp);
    assert!((shares[0] - 1.0 / 3.0).abs() < 0.05, "{shares:?}");
}

#[test]
fn a_fit_does_not_depend_on_the_number_of_threads() {
    let users = simulated::users(&Law { users: 90, sessions: 12, ..LAW }, 2);
    let fitted = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let settings = Settings { sweeps: 2, segments: Some(3), searched: 300, ..Settings::default() };
        pool.install(|| fit(&simulated::lives(&users), &settings))
    };
    let one = fitted(1);
    assert!(one == fitted(2) && one == fitted(7));
}

/// Nobody, one session each, one kind of everything, everything paid, nothing paid, equal amounts.
#[test]
fn an_honest_prior_comes_out_of_next_to_nothing() {
    assert!(finite(&fit(&[], &quick(4)).priors), "nobody");
    let slot = Slot { weekend: false, daypart: 2, late: false };
    for (sessions, paid) in [(1, Some(999)), (1, None), (3, Some(999)), (30, None), (30, Some(999))] {
        let users: Vec<(UserId, Vec<Observation>)> = (0..5)
            .map(|id| {
                let session = |i: i64| {
                    let session = Session::new(SimTime(i * 86_400), slot).with_content(0);
                    paid.map_or(session, |paid| session.with_paid(Money::from_minor(paid)))
                };
                (UserId(id), (0..sessions).map(|i| Observation::Session(session(i))).collect())
            })
            .collect();
        let fitted = fit(&simulated::lives(&users), &Settings::default());
        assert!(finite(&fitted.priors) && fitted.log_likelihood.is_finite(), "{sessions} sessions, paid {paid:?}");
        assert!(fitted.settings.iter().all(|(_, value)| value.is_finite()));
    }
}

#[test]
fn goodbyes_make_departures_announced_and_hazards_follow_them() {
    let mut users = simulated::users(&Law { users: 200, sessions: 8, ..LAW }, 3);
    for (user, seen) in &mut users {
        let at = seen.last().unwrap().at();
        if user.0 % 2 == 0 {
            seen.push(Observation::Left(SimTime(at.0 + 60)));
        }
    }
    let fitted = fit(&simulated::lives(&users), &quick(1));
    assert_eq!(fitted.priors.churn.departure, Departure::Announced);
    assert!(fitted.scores.events[FacetKind::Churn as usize] > 200);
    assert!(fitted.priors.churn.population.iter().all(|&h| h > 0.0 && h < 0.8));
}
