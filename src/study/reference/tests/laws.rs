//! What any model of counts must obey.

use super::{
    super::{Purchases, kind},
    customers, models, uniforms,
};

#[test]
fn a_distribution_adds_up_to_one_and_has_the_expectation_as_its_mean() {
    for (i, model) in models().iter().enumerate() {
        for it in customers() {
            let pmf = model.pmf(&it, 20.0, 3_000);
            let (sum, mean) = pmf.iter().enumerate().fold((0.0, 0.0), |(s, m), (n, p)| (s + p, m + n as f64 * p));
            let want = model.expected(&it, 20.0);
            assert!((sum - 1.0).abs() < 1e-9, "{i} {it:?}: {sum}");
            assert!((mean / want - 1.0).abs() < 1e-7, "{i} {it:?}: {mean} instead of {want}");
            let active = model.p_active(&it, 20.0);
            assert!((active - 1.0 + pmf[0]).abs() < 1e-11, "{i} {it:?}: {active} {}", 1.0 - pmf[0]);
            assert!(active <= model.p_alive(&it) + 1e-12 && active <= want + 1e-12, "{i} {it:?}");
        }
    }
}

#[test]
fn the_unit_of_time_does_not_matter() {
    for (name, times, parameters) in [
        ("bg_nbd", &[1][..], &[0.24, 4.4, 0.8, 2.4][..]),
        ("mbg_cnbd", &[2], &[3.0, 0.8, 2.5, 0.9, 1.6]),
        ("pareto_nbd", &[1, 3], &[0.55, 10.6, 0.6, 11.7]),
    ] {
        let mut in_days = parameters.to_vec();
        times.iter().for_each(|&i| in_days[i] *= 7.0);
        let (weeks, days) = (kind(name).unwrap().at(parameters).unwrap(), kind(name).unwrap().at(&in_days).unwrap());
        for it in customers() {
            let other = Purchases::new(it.repeats(), 7.0 * it.recency(), 7.0 * it.age()).unwrap();
            let ratio = weeks.expected(&it, 20.0) / days.expected(&other, 140.0);
            assert!((ratio - 1.0).abs() < 1e-11, "{name} {it:?}: {ratio}");
            // Each gap has a density in the unit of time.
            let shift = f64::from(it.repeats()) * 7.0_f64.ln();
            let apart = weeks.log_likelihood(&it) - days.log_likelihood(&other) - shift;
            assert!(apart.abs() < 1e-9, "{name} {it:?}: {apart}");
        }
    }
}

#[test]
fn one_stage_is_mbg_nbd() {
    let all = models();
    for it in customers() {
        assert_eq!(all[1].log_likelihood(&it), all[2].log_likelihood(&it));
        assert_eq!(all[1].pmf(&it, 9.0, 5), all[2].pmf(&it, 9.0, 5));
        assert_eq!(all[1].expected(&it, 9.0), all[2].expected(&it, 9.0));
    }
}

/// Expectations just above and just below a dropout parameter of 1, where the closed forms divide by 0.
#[test]
fn expectations_are_smooth_through_one() {
    for (name, at) in [("bg_nbd", 2), ("mbg_nbd", 2), ("pareto_nbd", 2)] {
        let expected = |dropout: f64, it: &Purchases| {
            let mut parameters = [0.7, 5.0, 1.0, 2.4];
            parameters[at] = dropout;
            kind(name).unwrap().at(&parameters).unwrap().expected(it, 1e4)
        };
        for it in customers() {
            let (below, on, above) = (expected(1.0 - 1e-9, &it), expected(1.0, &it), expected(1.0 + 1e-9, &it));
            assert!((below / on - 1.0).abs() < 1e-7 && (above / on - 1.0).abs() < 1e-7, "{name} {it:?}");
        }
    }
}

#[test]
fn no_horizon_has_no_purchases_and_a_longer_one_has_more() {
    for model in models() {
        for it in customers() {
            for nothing in [0.0, -1.0, f64::NAN] {
                assert_eq!((model.expected(&it, nothing), model.p_active(&it, nothing)), (0.0, 0.0));
            }
            let by: Vec<f64> = [1e-9, 0.1, 3.0, 100.0, 1e5].map(|t| model.expected(&it, t)).to_vec();
            assert!(by.is_sorted() && by[0] > 0.0, "{} {it:?} {by:?}", model.name());
            assert!(model.expected(&it, f64::INFINITY).is_finite());
        }
    }
}

/// Simulated purchases against their expectation and their chance of any: within 4.5 standard errors; one seed, so it
/// fails always or never.
#[test]
fn draws_buy_as_expected() {
    let mut uniform = uniforms(7);
    for (i, model) in models().iter().enumerate() {
        for it in &customers()[..6] {
            let counts: Vec<f64> =
                (0..4_000).map(|_| model.draw(it, &mut uniform).purchases(20.0, &mut uniform).len() as f64).collect();
            let mean = counts.iter().sum::<f64>() / 4e3;
            let error = (counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / 4e3 / 4e3).sqrt();
            let want = model.expected(it, 20.0);
            assert!((mean - want).abs() < 4.5 * error + 2e-3, "{i} {it:?}: {mean} instead of {want} ± {error}");
            let active = counts.iter().filter(|&&c| c > 0.0).count() as f64 / 4e3;
            let p = model.p_active(it, 20.0);
            assert!((active - p).abs() < 4.5 * (p * (1.0 - p) / 4e3).sqrt() + 1e-3, "{i} {it:?}: {active} {p}");
        }
    }
}
