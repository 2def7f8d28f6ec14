//! No summaries, however odd, make a model panic, hang or answer with no number.

use proptest::prelude::*;

use super::{
    super::{CountModel, KINDS, Purchases},
    uniforms,
};

fn customer() -> impl Strategy<Value = Purchases> {
    let x = prop_oneof![Just(0_u32), 1_u32..5, 1_u32..60_000];
    let share = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    let age = prop_oneof![Just(0.0), 1e-6..1e-3, 0.1..100.0, 1e4..1e5];
    (x, share, age, any::<bool>()).prop_map(|(x, share, age, gaps)| {
        let recency = if x == 0 { 0.0 } else { share * age };
        let it = Purchases::new(x, recency, age).unwrap();
        if gaps { it.with_log_gaps(f64::from(x) * ((recency + 1e-3) / f64::from(x.max(1))).ln()).unwrap() } else { it }
    })
}

fn sane(model: &dyn CountModel, it: &Purchases) {
    assert!(model.log_likelihood(it).is_finite(), "{} {it:?}", model.name());
    let alive = model.p_alive(it);
    assert!((0.0..=1.0).contains(&alive), "{} {it:?}: {alive}", model.name());
    for horizon in [1e-3, 30.0, 1e6] {
        let expected = model.expected(it, horizon);
        assert!(expected >= 0.0 && expected.is_finite(), "{} {it:?}: {expected}", model.name());
        let active = model.p_active(it, horizon);
        assert!((0.0..=1.0).contains(&active), "{} {it:?}: {active}", model.name());
    }
    let pmf = model.pmf(it, 30.0, 5);
    assert!(pmf.iter().all(|p| (-1e-12..=1.0 + 1e-9).contains(p)), "{} {it:?}: {pmf:?}", model.name());
    let latent = model.draw(it, &mut uniforms(1));
    assert!(latent.rate >= 0.0, "{} {it:?}: {latent:?}", model.name());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_customers_are_fitted(customers in prop::collection::vec(customer(), 1..12), one in customer()) {
        for kind in KINDS {
            let fitted = kind.fit(&customers).unwrap();
            prop_assert!(fitted.fit.log_likelihood.is_finite(), "{} {:?}", kind.name(), fitted.fit);
            prop_assert!(fitted.fit.values().iter().all(|v| v.is_finite() && *v > 0.0));
            let errors = fitted.fit.parameters.iter().filter_map(|p| p.standard_error);
            prop_assert!(errors.into_iter().all(|e| e.is_finite() && e >= 0.0));
            sane(&*fitted.model, &customers[0]);
            sane(&*fitted.model, &one);
        }
    }

    #[test]
    fn any_parameters_answer(logs in prop::array::uniform4(-12.0..12.0_f64), k in 1_u32..13, one in customer()) {
        let [r, alpha, a, b] = logs.map(f64::exp);
        for kind in KINDS {
            let all = [f64::from(k), r, alpha, a, b];
            sane(&*kind.at(&all[5 - kind.parameters().len()..]).unwrap(), &one);
        }
    }
}
