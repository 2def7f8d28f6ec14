//! Customers simulated from known parameters give them back.

use super::{
    super::{Caution, CountModel, KINDS, Purchases, kind},
    uniforms,
};

/// Customers watched for 60 to 100 weeks.
fn simulated(model: &dyn CountModel, count: usize, seed: u64) -> Vec<Purchases> {
    let mut uniform = uniforms(seed);
    let one = |_| {
        let age = 60.0 + 40.0 * uniform();
        let mut times = vec![0.0];
        times.extend(model.draw(&Purchases::NEW, &mut uniform).purchases(age, &mut uniform));
        Purchases::from_times(&times, age).unwrap()
    };
    (0..count).map(one).collect()
}

/// Each parameter within 4 standard errors of the truth, the errors being of a useful size.
#[test]
fn parameters_are_recovered_within_their_errors() {
    for (name, truth) in [
        ("bg_nbd", &[0.5, 4.0, 0.8, 2.5][..]),
        ("mbg_nbd", &[0.7, 6.0, 0.9, 2.0]),
        ("pareto_nbd", &[0.8, 8.0, 0.7, 12.0]),
        ("mbg_cnbd", &[3.0, 1.5, 2.0, 0.8, 2.5]),
    ] {
        let customers = simulated(&*kind(name).unwrap().at(truth).unwrap(), 6_000, 11);
        let fit = kind(name).unwrap().fit(&customers).unwrap().fit;
        assert_eq!(fit.cautions, [], "{name}");
        for (found, &truth) in fit.parameters.iter().zip(truth) {
            let error = found.standard_error.unwrap_or(0.0);
            assert!((found.value - truth).abs() <= 4.0 * error, "{name}: {found:?} instead of {truth}");
            assert!(error < 0.4 * truth, "{name}: {found:?}");
        }
    }
}

/// Regularity shows in the sums of gaps too, if less.
#[test]
fn regularity_is_found_without_the_gaps() {
    let customers = simulated(&*kind("mbg_cnbd").unwrap().at(&[4.0, 2.0, 2.0, 0.8, 2.5]).unwrap(), 4_000, 5);
    let strip = |it: &Purchases| Purchases::new(it.repeats(), it.recency(), it.age()).unwrap();
    let without: Vec<Purchases> = customers.iter().map(strip).collect();
    for customers in [&customers, &without] {
        assert_eq!(kind("mbg_cnbd").unwrap().fit(customers).unwrap().fit.parameters[0].value, 4.0);
    }
}

#[test]
fn a_fit_is_the_same_for_any_number_of_threads_and_any_order() {
    let mut customers = simulated(&*kind("pareto_nbd").unwrap().at(&[0.8, 8.0, 0.7, 12.0]).unwrap(), 3_000, 3);
    let fits = |threads: usize, customers: &[Purchases]| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| KINDS.map(|kind| kind.fit(customers).unwrap().fit.values()))
    };
    assert_eq!(fits(1, &customers), fits(3, &customers));
    let one = fits(2, &customers);
    customers.reverse();
    for (a, b) in one.iter().flatten().zip(fits(2, &customers).iter().flatten()) {
        assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
    }
}

/// The likelihood of all customers, added up one by one, is the fit's own.
#[test]
fn the_log_likelihood_is_in_the_callers_units() {
    let customers = simulated(&*kind("mbg_cnbd").unwrap().at(&[2.0, 1.0, 3.0, 0.8, 2.5]).unwrap(), 800, 2);
    for kind in KINDS {
        let fitted = kind.fit(&customers).unwrap();
        let sum: f64 = customers.iter().map(|it| fitted.model.log_likelihood(it)).sum();
        assert!((fitted.fit.log_likelihood - sum).abs() < 1e-7 * sum.abs(), "{}", kind.name());
        let values = fitted.fit.values();
        assert_eq!(kind.at(&values).unwrap().log_likelihood(&customers[0]), fitted.model.log_likelihood(&customers[0]));
    }
}

#[test]
fn nobody_coming_back_is_told_and_forecast() {
    let customers = vec![Purchases::new(0, 0.0, 50.0).unwrap(); 100];
    for kind in KINDS {
        let fitted = kind.fit(&customers).unwrap();
        assert!(fitted.fit.cautions.iter().any(|it| matches!(it, Caution::AtLimit(_) | Caution::Singular)));
        let expected = fitted.model.expected(&customers[0], 50.0);
        assert!((0.0..0.02).contains(&expected), "{}: {expected}", kind.name());
    }
}
