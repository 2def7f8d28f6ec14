//! The papers' cohorts.

use super::{super::kind::Fitted, *};

/// 1,000 customers a segment over seven renewals, and what was left after five more (Fader & Hardie 2007).
const REGULAR: [u64; 13] = [1_000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173];
const HIGH_END: [u64; 13] = [1_000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394];

fn fitted(name: &str, survivors: &[u64]) -> Fitted<dyn RetentionModel> {
    retention_kind(name).unwrap().fit(&[Cohort::new(survivors.to_vec()).unwrap()]).unwrap()
}

/// Fader & Hardie 2007, to three digits; log-likelihoods as SciPy has them (public notebook of abdullahau/customer-analytics).
#[test]
fn sbg_is_fitted_as_published() {
    let published = [(&REGULAR, [0.704, 1.182], -1680.2652), (&HIGH_END, [0.668, 3.806], -1611.158)];
    for (survivors, parameters, log_likelihood) in published {
        let fit = fitted("sbg", &survivors[..8]).fit;
        assert!((fit.log_likelihood - log_likelihood).abs() < 1e-3, "{fit:?}");
        let close =
            fit.values().iter().zip(parameters).all(|(found, want): (&f64, f64)| (found / want - 1.0).abs() < 5e-4);
        assert!(close && fit.cautions.is_empty(), "{fit:?}");
    }
}

/// Both segments' losses slow down faster than sBG allows, or start later; BdW is never worse.
#[test]
fn bdw_projects_the_high_end_better() {
    let error = |name: &str| {
        let model = fitted(name, &HIGH_END[..8]).model;
        (8..13).map(|t| (model.survival(t) - HIGH_END[t as usize] as f64 / 1e3).abs()).sum::<f64>() / 5.0
    };
    assert!(error("bdw") < 0.01 && error("bdw") < error("sbg"), "{} {}", error("bdw"), error("sbg"));
    for survivors in [&REGULAR, &HIGH_END] {
        let [sbg, bdw] = ["sbg", "bdw"].map(|name| fitted(name, &survivors[..8]).fit.log_likelihood);
        assert!(bdw > sbg - 1e-9, "{bdw} {sbg}");
    }
}

#[test]
fn bdw_without_duration_dependence_is_sbg() {
    let sbg = retention_kind("sbg").unwrap().at(&[0.7, 1.2]).unwrap();
    let bdw = retention_kind("bdw").unwrap().at(&[0.7, 1.2, 1.0]).unwrap();
    let cohort = Cohort::new(REGULAR.to_vec()).unwrap();
    assert_eq!(sbg.log_likelihood(&cohort), bdw.log_likelihood(&cohort));
    assert_eq!(sbg.survival(9), bdw.survival(9));
}

#[test]
fn survival_is_the_product_of_retentions() {
    for parameters in [[0.7, 1.2, 1.0], [0.26, 1.7, 1.6], [40.0, 3.0, 0.4], [1e-3, 1e3, 2.0]] {
        let model = retention_kind("bdw").unwrap().at(&parameters).unwrap();
        let mut product = 1.0;
        for age in 0..40 {
            product *= model.retention(age);
            assert!((model.survival(age) - product).abs() < 1e-11, "{parameters:?} {age}");
        }
        let renewals: f64 = (1..=40).map(|age| model.survival(age)).sum();
        assert!((model.expected_renewals(0, 40, 1.0) - renewals).abs() < 1e-9);
    }
}

/// Together they are as likely as one after the other.
#[test]
fn cohorts_of_any_age_add_up() {
    let cohorts = [&REGULAR[..], &REGULAR[..3], &HIGH_END[..1]].map(|it| Cohort::new(it.to_vec()).unwrap());
    let fitted = retention_kind("bdw").unwrap().fit(&cohorts).unwrap();
    let sum: f64 = cohorts.iter().map(|cohort| fitted.model.log_likelihood(cohort)).sum();
    assert!((fitted.fit.log_likelihood - sum).abs() < 1e-9 && fitted.fit.customers == 3_000);
}

#[test]
fn odd_cohorts_are_fitted_or_refused_with_a_reason() {
    for survivors in [vec![10, 10, 10], vec![10, 0], vec![10, 10, 0, 0], vec![1, 1], vec![1_000_000, 1, 1, 1]] {
        for kind in RETENTION_KINDS {
            let fitted = kind.fit(&[Cohort::new(survivors.clone()).unwrap()]).unwrap();
            assert!(
                fitted.fit.log_likelihood.is_finite() && !fitted.fit.cautions.is_empty(),
                "{survivors:?} {:?}",
                fitted.fit
            );
            let kept: Vec<f64> = (0..2_000).step_by(37).map(|age| fitted.model.survival(age)).collect();
            assert!(kept.iter().all(|s| (0.0..=1.0).contains(s)), "{survivors:?} {kept:?}");
        }
    }
    let refused = Cohort::new(vec![5, 7]).unwrap_err().to_string();
    assert_eq!(refused, "survivors must not increase with age, but are 7 after 5 at age 1");
    let empty = retention_kind("sbg").unwrap().fit(&[Cohort::new(vec![9]).unwrap()]).err().unwrap().to_string();
    assert_eq!(empty, "a reference model needs at least one customer up for renewal, but none is given");
}
