//! The best peers' numbers on the same inputs; each case in `golden.json` names its peer and version.
//!
//! A number passes if it is within `abs + rel·|wanted|` of the wanted one. Three numbers of 88 cases are not the peer's but
//! computed directly: the score interval of `sm-prop2-ci-0` (the peer's cubic has the successes where Miettinen and
//! Nurminen have the trials; checked by maximising the likelihood) and `sp-tcdf` at −12 with 41,584.6 degrees of freedom
//! (checked by integrating the density with 60 digits).

mod further;

use serde_json::{Value, json};

use self::further::{
    aggregated, bernoulli, crps, curve_of_survival, group_sequential, impact, in_pairs, log_rank, mean_gap, off_policy,
    probabilities, replayed, sequential_ratio, share_of_perfect, special, uniform,
};
use crate::study::experiment::{
    bayesian::{self, Prior},
    cluster, cuped,
    difference::{Asked, Effect, Form, Tail, compare, daily_impact},
    multiple, nonparametric, post_stratified,
    power::{Running, Test, cohen_h},
    proportion::{Count, Two},
    quantile::Enclosed,
    regression, sample_ratio,
    sequential::always_valid::{Mixture, always_valid},
    summary::{Side, Summary},
};

const CASES: &str = include_str!("golden.json");

fn number(of: &Value, name: &str) -> f64 {
    of[name].as_f64().unwrap_or_else(|| panic!("{name} of {of}"))
}

fn numbers(of: &Value) -> Vec<f64> {
    of.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn truths(of: &Value) -> Vec<bool> {
    numbers(of).into_iter().map(|value| value != 0.0).collect()
}

fn ends((lo, hi): (f64, f64)) -> Value {
    json!([finite(lo), finite(hi)])
}

fn finite(value: f64) -> Value {
    if value == f64::INFINITY {
        json!("inf")
    } else if value == f64::NEG_INFINITY {
        json!("-inf")
    } else {
        json!(value)
    }
}

/// A mean, or a proportion where there is no sum of squares.
fn summary(of: &Value) -> Summary<1> {
    let (n, sum) = (number(of, "n"), number(of, "sum"));
    match of["sum_squares"].as_f64() {
        Some(squares) => Summary::from_sums(n, [sum], [[squares]]),
        None => Summary::of_proportion(n, sum),
    }
}

fn side(of: &Value) -> Side {
    if of.get("num").is_some() {
        let (a, b, ab) = (&of["num"], &of["den"], number(of, "sum_of_products"));
        Side::ratio(&pair(number(of, "n"), a, b, ab))
    } else if of.get("nu").is_some() {
        let at = |name: &str| number(of, name);
        let enclosed = Enclosed {
            n: at("n"),
            sampled: at("n_star"),
            value: at("quantile_hat"),
            lower: at("quantile_lower"),
            upper: at("quantile_upper"),
        };
        enclosed.side()
    } else {
        Side::mean(&summary(of))
    }
}

fn pair(n: f64, a: &Value, b: &Value, ab: f64) -> Summary<2> {
    let squares = |of: &Value| number(of, "sum_squares");
    Summary::from_sums(n, [number(a, "sum"), number(b, "sum")], [[squares(a), ab], [ab, squares(b)]])
}

fn four(of: &Value) -> Summary<4> {
    let at = |name: &str| number(of, name);
    let columns = ["m_post", "d_post", "m_pre", "d_pre"];
    let mut products = [[0.0; 4]; 4];
    for (i, column) in columns.iter().enumerate() {
        products[i][i] = number(&of[column], "sum_squares");
    }
    let pairs = [
        (0, 1, "m_post_d_post"),
        (0, 2, "m_post_m_pre"),
        (0, 3, "m_post_d_pre"),
        (1, 2, "m_pre_d_post"),
        (1, 3, "d_post_d_pre"),
        (2, 3, "m_pre_d_pre"),
    ];
    for (i, j, name) in pairs {
        let product = at(&format!("{name}_sum_of_products"));
        (products[i][j], products[j][i]) = (product, product);
    }
    Summary::from_sums(at("n"), columns.map(|column| number(&of[column], "sum")), products)
}

fn asked(inputs: &Value) -> Asked {
    let form = if inputs["difference"] == "relative" { Form::Relative } else { Form::Absolute };
    let tail = match inputs["side"].as_str() {
        Some("greater") => Tail::Greater,
        Some("lesser" | "less") => Tail::Less,
        _ => Tail::Both,
    };
    Asked { form, tail, alpha: number(inputs, "alpha") }
}

/// Where there is no variance, the peer gives zeros and an error.
fn shown(effect: Option<Effect>) -> Value {
    effect.map_or_else(
        || json!({"estimate": 0.0, "ci": [0.0, 0.0], "p_value": 1.0, "se": 0.0}),
        |e| json!({"estimate": e.estimate, "ci": ends((e.lo, e.hi)), "p_value": e.p_value, "se": e.se}),
    )
}

fn with(mut value: Value, more: &Value) -> Value {
    let more = more.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(more);
    value
}

fn compared(inputs: &Value) -> Value {
    shown(compare(&side(&inputs["control"]), &side(&inputs["treatment"]), asked(inputs)))
}

fn adjusted(inputs: &Value) -> Value {
    let of = |arm: &Value| pair(number(arm, "n"), &arm["post"], &arm["pre"], number(arm, "sum_of_products"));
    let found = cuped::means(&of(&inputs["control"]), &of(&inputs["treatment"]));
    let values = json!({
        "theta": found.theta,
        "adjusted_mean_control": found.control.value,
        "adjusted_mean_treatment": found.treated.value,
    });
    with(shown(compare(&found.control, &found.treated, asked(inputs))), &values)
}

fn adjusted_ratio(inputs: &Value) -> Value {
    let found = cuped::ratios(&four(&inputs["control"]), &four(&inputs["treatment"]));
    with(shown(compare(&found.control, &found.treated, asked(inputs))), &json!({"theta": found.theta}))
}

fn looked_at(inputs: &Value) -> Value {
    let asked = asked(inputs);
    let (control, treated) = (side(&inputs["control"]), side(&inputs["treatment"]));
    let tuning = number(inputs, "tuning_parameter");
    let plain = compare(&control, &treated, Asked { tail: Tail::Both, ..asked }).unwrap();
    let found = always_valid(plain, control.n + treated.n, asked.alpha, tuning, asked.tail);
    let mixture = if asked.tail == Tail::Both {
        Mixture::tuned(asked.alpha, tuning)
    } else {
        Mixture::tuned_one_sided(asked.alpha, tuning)
    };
    with(shown(Some(found)), &json!({"rho": mixture.rho}))
}

fn half_width(inputs: &Value) -> Value {
    let (n, alpha, tuning) = (number(inputs, "n"), number(inputs, "alpha"), number(inputs, "tuning_parameter"));
    let se = (number(inputs, "s2") / n).sqrt();
    let (two, one) = (Mixture::tuned(alpha, tuning), Mixture::tuned_one_sided(alpha, tuning));
    json!({"halfwidth": two.half_width(se, n), "rho": two.rho, "halfwidth_one_sided": one.half_width_one_sided(se, n)})
}

fn stratified(inputs: &Value) -> Value {
    let arm = |name: &str| -> Vec<Side> { inputs[name].as_array().unwrap().iter().map(side).collect() };
    let strata: Vec<(Side, Side)> = arm("control").into_iter().zip(arm("treatment")).collect();
    shown(post_stratified::compare(&strata, asked(inputs)))
}

fn bayes(inputs: &Value) -> Value {
    let asked = asked(inputs);
    let (control, treated) = (side(&inputs["control"]), side(&inputs["treatment"]));
    let plain = compare(&control, &treated, asked).unwrap();
    let prior = inputs["prior"].as_object().map(|_| {
        let prior = Prior { mean: number(&inputs["prior"], "mean"), variance: number(&inputs["prior"], "variance") };
        let moved = asked.form == Form::Absolute && inputs["prior"]["scale"] == "relative";
        if moved { prior.times(control.baseline) } else { prior }
    });
    let inverse = inputs["inverse"].as_bool().unwrap_or(false);
    let found = bayesian::posterior(plain.estimate, plain.se, prior, inverse, asked.alpha);
    with(serde_json::to_value(found).unwrap(), &json!({"ci": [found.lo, found.hi]}))
}

fn running(inputs: &Value) -> Value {
    let asked = Asked::two_sided(Form::Relative, number(inputs, "alpha"));
    let (control, treated) = (side(&inputs["control"]), side(&inputs["treatment"]));
    let prior =
        inputs["prior"].as_array().map(|p| Prior { mean: p[0].as_f64().unwrap(), variance: p[1].as_f64().unwrap() });
    let looked_at = inputs["sequential"].as_bool().unwrap_or(false);
    let running = Running {
        units: control.n + treated.n,
        se: compare(&control, &treated, asked).unwrap().se,
        effect: number(inputs, "target_mde"),
        alpha: asked.alpha,
        prior,
        always_valid: looked_at.then(|| Mixture::tuned(asked.alpha, 5000.0)),
    };
    let more = running.more_for(number(inputs, "target_power")).unwrap();
    json!({"power_now": running.power(0.0), "scaling_factor": more, "additional_users": more * running.units})
}

fn planned(inputs: &Value) -> Test {
    let alpha = inputs["alpha"].as_f64().unwrap_or_else(|| number(inputs, "alpha_two_sided"));
    let tail = match inputs["alternative"].as_str() {
        Some("larger") => Tail::Greater,
        Some("smaller") => Tail::Less,
        _ => Tail::Both,
    };
    Test { alpha, ratio: inputs["ratio"].as_f64().unwrap_or(1.0), tail }
}

fn power(family: &str, inputs: &Value) -> Value {
    let (test, at) = (planned(inputs), |name: &str| number(inputs, name));
    match family {
        "power.means.sample_size" => json!({"nobs1": test.size_for_means(at("effect_size_d"), at("power"))}),
        "power.means.power" => json!({"power": test.power_of_means(at("effect_size_d"), at("nobs1"))}),
        "power.means.mde" => json!({"effect_size_d": test.detectable_mean(at("nobs1"), at("power"))}),
        "power.proportions.sample_size" => {
            let h = cohen_h(at("p_treat"), at("p_control"));
            json!({"cohen_h": h, "nobs1": test.size_for_arcsine(h, at("power"))})
        }
        "power.proportions.sample_size_pooled" => {
            // The peer halves the level that it is given, which had been halved already.
            let test = Test { alpha: 0.5 * test.alpha, ..test };
            json!({"nobs1": test.size_for_proportions(at("p_control"), at("diff"), at("power"))})
        }
        "power.proportions.power" => {
            json!({"power": test.power_of_proportions(at("p_control"), at("diff"), at("nobs1"))})
        }
        _ => unreachable!("{family}"),
    }
}

fn total_size(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let treated = at("control_avg") + at("hypothetical_effect");
    let same = inputs["non_inferiority"] == true || inputs["binary"] == false;
    let variance = if same { at("control_var") } else { treated * (1.0 - treated) };
    let test = Test { alpha: at("alpha"), ratio: 1.0 / at("kappa"), tail: Tail::Both };
    json!({"total_n": test.total_for_difference(at("hypothetical_effect"), (at("control_var"), variance), at("power"))})
}

fn proportion(inputs: &Value) -> Value {
    let count = Count { successes: number(inputs, "count"), trials: number(inputs, "nobs") };
    let alpha = number(inputs, "alpha");
    json!({
        "normal": ends(count.normal(alpha)),
        "wilson": ends(count.wilson(alpha)),
        "agresti_coull": ends(count.agresti_coull(alpha)),
        "beta": ends(count.exact(alpha)),
        "jeffreys": ends(count.jeffreys(alpha)),
    })
}

fn two_proportions(inputs: &Value) -> Value {
    let count = |x: &str, n: &str| Count { successes: number(inputs, x), trials: number(inputs, n) };
    let two = Two { treated: count("count_treat", "n_treat"), control: count("count_control", "n_control") };
    let alpha = number(inputs, "alpha");
    let (z, p) = two.pooled_test();
    json!({
        "diff_wald": ends(two.difference_wald(alpha)),
        "diff_agresti-caffo": ends(two.difference_agresti_caffo(alpha)),
        "diff_newcomb": ends(two.difference_newcombe(alpha)),
        "diff_score": ends(two.difference_score(alpha)),
        "ratio_log": ends(two.ratio_log(alpha)),
        "ratio_log-adjusted": ends(two.ratio_log_adjusted(alpha)),
        "ratio_score": ends(two.ratio_score(alpha)),
        "score_z": z, "score_p": p, "pooled_z": z, "pooled_p": p,
    })
}

fn many(inputs: &Value) -> Value {
    let names = [
        "bonferroni",
        "sidak",
        "holm",
        "holm-sidak",
        "simes-hochberg",
        "hommel",
        "fdr_bh",
        "fdr_by",
        "fdr_tsbh",
        "fdr_tsbky",
    ];
    let (p, alpha) = (numbers(&inputs["p_values"]), number(inputs, "alpha"));
    let one = |(name, method): (&&str, multiple::Method)| {
        let adjusted = multiple::adjust(&p, method, alpha);
        let reject: Vec<bool> = adjusted.iter().map(|p| *p <= alpha).collect();
        ((*name).to_owned(), json!({"adjusted": adjusted, "reject": reject}))
    };
    Value::Object(names.iter().zip(multiple::METHODS).map(one).collect())
}

fn raw(inputs: &Value) -> Value {
    let arm = |name: &str| Side::mean(&Summary::of_values(&numbers(&inputs[name])));
    let found =
        compare(&arm("control"), &arm("treatment"), Asked::two_sided(Form::Absolute, number(inputs, "alpha"))).unwrap();
    json!({"t": found.estimate / found.se, "p": found.p_value, "df": found.freedom, "ci": [found.lo, found.hi]})
}

fn ranked(inputs: &Value) -> Value {
    let found = nonparametric::mann_whitney(&numbers(&inputs["control"]), &numbers(&inputs["treatment"])).unwrap();
    json!({"u": found.u, "p": found.p_value})
}

fn clustered(inputs: &Value) -> Value {
    let (users, treated, revenue) =
        (numbers(&inputs["user"]), truths(&inputs["treatment"]), numbers(&inputs["revenue"]));
    let row = |i: usize| cluster::Row { unit: users[i] as u64, treated: treated[i], outcome: revenue[i] };
    let found = cluster::compare(&(0..users.len()).map(row).collect::<Vec<_>>()).unwrap();
    json!({
        "effect": found.effect,
        "se_cluster_corrected": found.se,
        "se_cluster_uncorrected": found.se_uncorrected,
        "se_hc2": found.se_naive,
    })
}

fn regressed(inputs: &Value) -> Value {
    let (y, w, x) = (numbers(&inputs["y"]), truths(&inputs["w"]), numbers(&inputs["x"]));
    let (found, plain) = (regression::interacted(&y, &w, &[&x]).unwrap(), regression::interacted(&y, &w, &[]).unwrap());
    json!({
        "ate": found.effect, "se_hc2": found.se, "se_hc3": found.se_hc3,
        "ate_unadjusted": plain.effect, "se_unadjusted_hc2": plain.se,
    })
}

fn tea_tasting(inputs: &Value) -> Value {
    let data = &inputs["data"];
    let variant = truths(&data["variant"]);
    let column = |name: &str| numbers(&data[name]);
    let name = inputs["metric"].as_str().unwrap();
    let rows = |arm: bool, columns: [&str; 2]| -> Summary<2> {
        let values = columns.map(column);
        let rows: Vec<[f64; 2]> =
            (0..variant.len()).filter(|&i| variant[i] == arm).map(|i| [values[0][i], values[1][i]]).collect();
        Summary::of(rows.into_iter())
    };
    let four = |arm: bool| -> Summary<4> {
        let values = ["revenue", "orders", "pre_revenue", "pre_orders"].map(column);
        let rows: Vec<[f64; 4]> =
            (0..variant.len()).filter(|&i| variant[i] == arm).map(|i| std::array::from_fn(|c| values[c][i])).collect();
        Summary::of(rows.into_iter())
    };
    let columns = if name.starts_with("rev") { ["revenue", "pre_revenue"] } else { ["orders", "pre_orders"] };
    let (control, treated) = if name.contains("per") || name.contains("ratio") {
        let (c, t) = (four(false), four(true));
        if name.contains("cuped") {
            let joint = c.united(&t);
            let found = cuped::ratios(&c, &t).centred(joint.mean[2] / joint.mean[3]);
            (found.control, found.treated)
        } else {
            (Side::ratio(&rows(false, ["revenue", "orders"])), Side::ratio(&rows(true, ["revenue", "orders"])))
        }
    } else {
        let (c, t) = (rows(false, columns), rows(true, columns));
        if name.contains("cuped") {
            let found = cuped::means(&c, &t).centred(c.united(&t).mean[1]);
            (found.control, found.treated)
        } else {
            let plain = |of: &Summary<2>| Side::plain(of.n, of.mean[0], of.covariance[0][0]);
            (plain(&c), plain(&t))
        }
    };
    let alpha = number(inputs, "alpha");
    let absolute = compare(&control, &treated, Asked::two_sided(Form::Absolute, alpha)).unwrap();
    let relative = compare(&control, &treated, Asked::two_sided(Form::LogRatio, alpha)).unwrap();
    json!({
        "control": control.value, "treatment": treated.value,
        "effect_size": absolute.estimate,
        "effect_size_ci_lower": absolute.lo, "effect_size_ci_upper": absolute.hi,
        "rel_effect_size": relative.estimate,
        "rel_effect_size_ci_lower": relative.lo, "rel_effect_size_ci_upper": relative.hi,
        "pvalue": absolute.p_value, "statistic": absolute.estimate / absolute.se,
    })
}

fn scaled(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let found = compare(&side(&inputs["control"]), &side(&inputs["treatment"]), asked(inputs)).unwrap();
    let (users, share, days) = (at("total_users"), at("traffic_percentage"), at("phase_length_days"));
    shown(Some(daily_impact(found, users, share, days)))
}

fn computed(family: &str, inputs: &Value) -> Value {
    match family {
        "ab.mean.scaled_impact" => scaled(inputs),
        "ab.mean.raw" => raw(inputs),
        "ab.cuped" => adjusted(inputs),
        "ab.cuped_ratio" => adjusted_ratio(inputs),
        "ab.sequential.halfwidth" => half_width(inputs),
        "ab.sequential.always_valid" | "ab.sequential.one_sided" => looked_at(inputs),
        "ab.post_stratified" => stratified(inputs),
        "ab.bayesian" => bayes(inputs),
        "ab.nonparametric" => ranked(inputs),
        "ab.regression_adjust" => regressed(inputs),
        "robust.cluster" => clustered(inputs),
        "srm" => json!({"p_value": sample_ratio::fixed(&numbers(&inputs["users"]), &numbers(&inputs["weights"]))}),
        "srm.sequential" => sequential_ratio(inputs),
        "power.mid_experiment" => running(inputs),
        "power.spotify.sample_size" => total_size(inputs),
        "ci.proportion" => proportion(inputs),
        "ci.two_proportions" => two_proportions(inputs),
        "multiple_testing" => many(inputs),
        "survival.kaplan_meier" => curve_of_survival(inputs),
        "survival.logrank" => log_rank(inputs),
        "sequential.group" => group_sequential(inputs),
        "sequential.uniform_boundary" => uniform(inputs),
        "sequential.bernoulli_cs" => bernoulli(inputs),
        "uplift.sklift" => share_of_perfect(inputs),
        "uplift.causalml" | "uplift.causalml_truth" => mean_gap(inputs),
        "ope.binary_reward" => off_policy(inputs),
        "ope.replay" => replayed(),
        "paired.crn" => in_pairs(inputs),
        "forecast.probability" => probabilities(inputs),
        "forecast.crps" => crps(inputs),
        "impact.topline" => impact(inputs),
        "impact.aggregated" => aggregated(inputs),
        _ if family.starts_with("ab.tea_tasting") => tea_tasting(inputs),
        _ if family.starts_with("power.") => power(family, inputs),
        _ if family.starts_with("special.") => special(inputs),
        _ if family.starts_with("ab.") => compared(inputs),
        _ => panic!("no method for {family}"),
    }
}

/// What differs, by its path.
fn differences(path: &str, want: &Value, got: &Value, tolerance: (f64, f64), found: &mut Vec<String>) {
    match want {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            // An error's name, whether a method was used, and labels are no numbers.
            if !["error", "risk_type", "applied"].contains(&name.as_str()) {
                differences(&format!("{path}.{name}"), value, &got[name.as_str()], tolerance, found);
            }
        }),
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(i, value)| differences(&format!("{path}[{i}]"), value, &got[i], tolerance, found));
        }
        Value::Number(wanted) => {
            let (wanted, got) = (wanted.as_f64().unwrap(), got.as_f64().unwrap_or(f64::NAN));
            let off = (got - wanted).abs();
            if off.is_nan() || off > tolerance.0 + tolerance.1 * wanted.abs() {
                found.push(format!("{path}: wanted {wanted}, got {got}"));
            }
        }
        _ if want != got => found.push(format!("{path}: wanted {want}, got {got}")),
        _ => {}
    }
}

#[test]
fn every_number_is_the_best_peers_own() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let got = computed(case["family"].as_str().unwrap(), &case["inputs"]);
        let tolerance = (number(&case["tolerance"], "abs"), number(&case["tolerance"], "rel"));
        let name = format!("{} ({})", case["id"].as_str().unwrap(), case["peer"].as_str().unwrap());
        differences(&name, &case["outputs"], &got, tolerance, &mut wrong);
    }
    assert!(cases.len() > 80, "only {} cases", cases.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
