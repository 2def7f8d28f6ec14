//! What must hold on average, and what must hold always.

use crate::{
    base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    study::experiment::{
        difference::{Asked, Effect, Form, Tail, compare},
        law,
        multiple::{METHODS, adjust},
        off_policy::{Decision, Support},
        power::Test,
        proportion::Count,
        sample_ratio,
        sequential::{always_valid::always_valid, group},
        summary::{Side, Summary},
    },
};

/// Normal draws of one user of one experiment.
fn normal(experiment: u64, user: u32) -> f64 {
    normal_quantile(uniform(Luck::new(experiment, 0).block(UserId(u64::from(user)), Purpose::Fit, 0)[0]))
}

/// 1,000 experiments of two equal arms of 60: the share of p below 0.05 is in 3.7% to 6.4% (two standard errors); one
/// seed, so it fails always or never.
#[test]
fn of_equal_arms_one_in_twenty_looks_different() {
    let differs = |experiment: &u64| {
        let arm = |from: u32| {
            let values: Vec<f64> = (from..from + 60).map(|user| libm::exp(0.5 * normal(*experiment, user))).collect();
            Side::mean(&Summary::of_values(&values))
        };
        compare(&arm(0), &arm(60), Asked::two_sided(Form::Absolute, 0.05)).unwrap().p_value < 0.05
    };
    let share = (0..1_000u64).filter(differs).count() as f64 / 1_000.0;
    assert!((0.037..=0.064).contains(&share), "{share}");
}

/// 400 experiments of two equal arms, looked at 60 times, 40 users each more at every look: the always-valid interval
/// leaves 0 out at some look in at most 5%, while the fixed one does in many more.
#[test]
fn an_always_valid_interval_holds_at_sixty_looks_and_a_fixed_one_does_not() {
    let (mut valid, mut fixed) = (0, 0);
    for experiment in 0..400u64 {
        let mut sums = [[0.0; 3]; 2];
        let (mut out, mut out_fixed) = (false, false);
        for look in 0..60u32 {
            for user in 0..40 {
                for (arm, sum) in sums.iter_mut().enumerate() {
                    let value = normal(experiment, (look * 40 + user) * 2 + arm as u32);
                    (sum[0], sum[1], sum[2]) = (sum[0] + 1.0, sum[1] + value, sum[2] + value * value);
                }
            }
            let side = |[n, sum, squares]: [f64; 3]| Side::mean(&Summary::from_sums(n, [sum], [[squares]]));
            let plain = compare(&side(sums[0]), &side(sums[1]), Asked::two_sided(Form::Absolute, 0.05)).unwrap();
            out_fixed |= plain.excludes_zero();
            out |= always_valid(plain, sums[0][0] + sums[1][0], 0.05, 5_000.0, Tail::Both).excludes_zero();
        }
        valid += usize::from(out);
        fixed += usize::from(out_fixed);
    }
    assert!(valid <= 20, "{valid} of 400");
    assert!(fixed > 80, "{fixed} of 400");
}

#[test]
fn power_without_an_effect_is_the_level() {
    for tail in [Tail::Both, Tail::Greater, Tail::Less] {
        let test = Test { alpha: 0.05, ratio: 1.5, tail };
        for n in [5.0, 40.0, 3_000.0] {
            assert!((test.power_of_means(0.0, n) - 0.05).abs() < 1e-9, "{tail:?} {n}");
            assert!((test.power_of_arcsine(0.0, n) - 0.05).abs() < 1e-12);
            assert!((test.power_of_proportions(0.2, 0.0, n) - 0.05).abs() < 1e-12);
        }
    }
}

#[test]
fn a_size_gives_the_power_it_was_found_for() {
    let test = Test { alpha: 0.05, ratio: 2.0, tail: Tail::Both };
    let n = test.size_for_means(0.1, 0.9);
    assert!((test.power_of_means(0.1, n) - 0.9).abs() < 1e-9);
    assert!((test.detectable_mean(n, 0.9) - 0.1).abs() < 1e-9);
}

#[test]
fn quantiles_invert_their_laws_far_into_the_tails() {
    for freedom in [1.0, 1.3, 2.0, 4.5, 30.0, 1_000.0, 90_000.0] {
        for p in [1e-12, 1e-6, 0.01, 0.3, 0.499, 0.7, 0.999] {
            let t = law::student_quantile(p, freedom);
            assert!((law::student_cdf(t, freedom) / p - 1.0).abs() < 1e-9, "{freedom} {p} {t}");
        }
    }
    for (a, b) in [(0.5, 50.5), (14.0, 799.0), (1e6, 1e6), (0.01, 100.0), (3.0, 0.2)] {
        for p in [0.025, 0.5, 0.975] {
            let x = law::beta_quantile(p, a, b);
            // A quantile that rounds to 1 cannot be told from it.
            assert!(x == 1.0 || (law::beta_cdf(x, a, b) / p - 1.0).abs() < 1e-8, "{a} {b} {p} {x}");
        }
    }
    assert!((law::beta_quantile(0.5, 1e6, 1e6) - 0.5).abs() < 1e-12);
}

/// Student's t at 1 and 2 degrees of freedom has closed forms.
#[test]
fn student_is_cauchy_at_one_degree_of_freedom() {
    let cauchy = |p: f64| -1.0 / libm::tan(std::f64::consts::PI * p);
    for p in [1e-10, 1e-4, 0.05, 0.25] {
        assert!((law::student_quantile(p, 1.0) / cauchy(p) - 1.0).abs() < 1e-9, "{p}");
        let two = (2.0 * p - 1.0) / libm::sqrt(2.0 * p * (1.0 - p));
        assert!((law::student_quantile(p, 2.0) / two - 1.0).abs() < 1e-9, "{p}");
    }
}

#[test]
fn an_adjusted_p_value_is_never_below_the_plain_one_except_where_a_stage_estimates_the_nulls() {
    let p = [0.001, 0.2, 0.04, 0.04, 0.9, 0.5, 0.011];
    for method in METHODS.into_iter().take(8) {
        assert!(
            adjust(&p, method, 0.05).iter().zip(&p).all(|(adjusted, p)| adjusted >= p && *adjusted <= 1.0),
            "{method:?}"
        );
    }
    assert!(adjust(&[], METHODS[2], 0.05).is_empty());
}

#[test]
fn the_error_spent_by_all_looks_is_the_level() {
    let found = group::boundaries(&[0.5, 1.0], 0.05, 1e-9, Tail::Both);
    // All is spent at the first look.
    assert!((found[0].z - law::normal_critical(0.05)).abs() < 1e-6);
    assert!(found[1].z > 5.0);
}

#[test]
fn an_exact_interval_covers_what_it_says() {
    // Of 20 trials at a rate of 0.1, by adding up the binomial law.
    let mass = |x: u32| {
        let ways: f64 = (0..x).map(|i| f64::from(20 - i) / f64::from(i + 1)).product();
        ways * 0.1f64.powi(x as i32) * 0.9f64.powi(20 - x as i32)
    };
    let holds = |x: &u32| {
        let (lo, hi) = Count { successes: f64::from(*x), trials: 20.0 }.exact(0.05);
        (lo..=hi).contains(&0.1)
    };
    let covered: f64 = (0..=20).filter(holds).map(mass).sum();
    assert!((0.95..1.0).contains(&covered), "{covered}");
}

#[test]
fn a_log_that_says_little_about_a_policy_is_refused() {
    let decision = |rare: bool| Decision {
        action: 0,
        reward: 0.0,
        propensity: if rare { 1e-5 } else { 0.5 },
        target: 0.5,
        expected: 0.0,
        expected_of_target: 0.0,
    };
    let mut log: Vec<Decision> = (0..10_000).map(|_| decision(false)).collect();
    assert_eq!(Support::of(&log).refusal(), None);
    log.push(decision(true));
    let refused = Support::of(&log).refusal().unwrap();
    assert!(refused.contains("effective sample size is 1.4 of 10001"), "{refused}");
}

#[test]
fn a_relative_difference_has_no_interval_without_a_baseline() {
    let (control, treated) = (Side::plain(10.0, 0.0, 1.0), Side::plain(10.0, 1.0, 1.0));
    assert_eq!(compare(&control, &treated, Asked::two_sided(Form::Relative, 0.05)), None);
    assert_eq!(compare(&control, &treated, Asked::two_sided(Form::LogRatio, 0.05)), None);
    let plain: Option<Effect> = compare(&control, &treated, Asked::two_sided(Form::Absolute, 0.05));
    assert!(plain.is_some());
    assert_eq!(sample_ratio::fixed(&[], &[]), 1.0);
}
