//! The peers' figures, to ten digits (theirs agree among themselves to about twelve).

use super::super::{
    Purchases,
    gamma_gamma::{GammaGamma, Spend},
    kind,
};
use super::golden::{BG, CUSTOMERS, GAMMA_GAMMA, Golden, NEW, NEW_BG, NEW_PARETO, PARETO};

fn same(got: f64, want: f64, what: &str) {
    assert!((got - want).abs() <= 1e-10 * want.abs(), "{what}: {got} instead of {want}");
}

fn history(golden: &Golden) -> Purchases {
    Purchases::new(golden.x, golden.days[0] / 7.0, golden.days[1] / 7.0).unwrap()
}

/// BTYD 2.4.3; the closed form of P(at least one).
#[test]
fn bg_nbd_says_what_its_peers_say() {
    let model = kind("bg_nbd").unwrap().at(&BG).unwrap();
    for golden in &CUSTOMERS {
        let it = history(golden);
        same(model.log_likelihood(&it), golden.bg[0], "log-likelihood");
        same(model.p_alive(&it), golden.bg[1], "P(alive)");
        same(model.expected(&it, 39.0), golden.bg[2], "expected purchases");
        same(model.p_active(&it, 39.0), golden.bg[3], "P(at least one)");
    }
    NEW.iter().for_each(|&[week, want, _]| same(model.expected_of_new(week), want, "E[X(t)]"));
    model.pmf(&Purchases::NEW, 39.0, 7).iter().zip(NEW_BG).for_each(|(&got, want)| same(got, want, "P(X(39))"));
}

/// BTYD 2.4.3; lifetimes 0.11.3 for the distribution.
#[test]
fn pareto_nbd_says_what_its_peers_say() {
    let model = kind("pareto_nbd").unwrap().at(&PARETO).unwrap();
    for golden in &CUSTOMERS {
        let it = history(golden);
        same(model.log_likelihood(&it), golden.pareto[0], "log-likelihood");
        same(model.p_alive(&it), golden.pareto[1], "P(alive)");
        same(model.expected(&it, 39.0), golden.pareto[2], "expected purchases");
        same(model.discounted(&it, 0.0027), golden.pareto[3], "discounted purchases");
        model.pmf(&it, 39.0, 3).iter().zip(golden.pmf).for_each(|(&got, want)| same(got, want, "P(n)"));
    }
    NEW.iter().for_each(|&[week, _, want]| same(model.expected_of_new(week), want, "E[X(t)]"));
    model.pmf(&Purchases::NEW, 39.0, 7).iter().zip(NEW_PARETO).for_each(|(&got, want)| same(got, want, "P(X(39))"));
}

/// BTYD 2.4.3.
#[test]
fn gamma_gamma_says_what_its_peers_say() {
    let model = GammaGamma::at(&GAMMA_GAMMA).unwrap();
    for golden in &CUSTOMERS {
        let spend = Spend::new(golden.x, golden.spend).unwrap();
        same(model.expected(&spend).unwrap(), golden.gamma_gamma, "expected spend");
    }
}
