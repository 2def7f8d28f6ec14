//! Gradient, recovery, and amounts that say nothing.

use super::super::optimise::tests::gradient_is_the_slope;
use super::*;

fn spends(of: &[(u32, f64)]) -> Vec<Spend> {
    of.iter().map(|&(x, z)| Spend::new(x, z).unwrap()).collect()
}

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let problem = Problem::of(&spends(&[(1, 20.0), (2, 35.5), (7, 3.0), (40, 900.0)]));
    for at in [[6.2, 3.7, 15.4], [0.01, 0.5, 2.0], [900.0, 80.0, 1e-2]] {
        gradient_is_the_slope(&problem, &at.map(log));
    }
}

/// 5,000 customers; every parameter within four standard errors.
#[test]
fn parameters_are_recovered() {
    let (truth, mut state) = ([4.0, 3.0, 30.0], 9_u64);
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64 + 1e-17
    };
    let one = |i: u32| {
        let x = 1 + i % 5;
        let scale = draw::gamma(truth[1], &mut uniform) / truth[2];
        Spend::new(x, draw::gamma(truth[0] * f64::from(x), &mut uniform) / scale / f64::from(x)).unwrap()
    };
    let customers: Vec<Spend> = (0..5_000).map(one).collect();
    let (fit, _) = GammaGamma::fit(&customers).unwrap();
    assert_eq!(fit.cautions, []);
    for (found, truth) in fit.parameters.iter().zip(truth) {
        assert!((found.value - truth).abs() < 4.0 * found.standard_error.unwrap(), "{found:?} instead of {truth}");
    }
}

#[test]
fn refunds_are_left_out_and_equal_amounts_are_no_trouble() {
    let (fit, model) = GammaGamma::fit(&spends(&[(2, 10.0), (3, 10.0), (1, -4.0), (1, 0.0), (0, 0.0)])).unwrap();
    assert_eq!((fit.customers, fit.cautions.contains(&Caution::LeftOut(2))), (2, true));
    let expected = model.expected(&Spend::new(2, 10.0).unwrap()).unwrap();
    assert!((expected - 10.0).abs() < 0.05, "{expected} {fit:?}");
    assert_eq!(GammaGamma::fit(&spends(&[(0, 0.0)])).unwrap_err(), ReferenceError::Empty("customer with spend"));
}

#[test]
fn a_belief_without_a_mean_has_none() {
    let model = GammaGamma::at(&[0.1, 0.5, 2.0]).unwrap();
    assert_eq!(model.expected(&Spend::new(0, 0.0).unwrap()), None);
    assert!(model.expected(&Spend::new(9, 3.0).unwrap()).is_some());
}
