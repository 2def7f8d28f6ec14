//! The best peers' numbers on the same inputs; each case in `golden.json` names its peer and version.
//!
//! A number passes if it is within `abs + rel·|wanted|` of the wanted one.

use serde_json::{Value, json};

use crate::study::{
    experiment::{
        bayesian::{self, Prior},
        cluster, cuped,
        difference::{Asked, Effect, Form, Tail, compare, daily_impact, topline_impact},
        law, multiple, nonparametric,
        off_policy::{self, Decision, Estimator, Support, Taming},
        paired, post_stratified,
        power::{Running, Test, cohen_h},
        proportion::{Count, Two},
        quantile::Enclosed,
        regression, sample_ratio, scores,
        sequential::{
            always_valid::{Mixture, always_valid},
            bernoulli, group,
            uniform::{Boundary, stitched},
        },
        summary::{Side, Summary},
        survival::{self, Weighting},
        uplift::curve::{self, PerUser, Subject},
        winners_curse,
    },
    reference::special::digamma,
};

const CASES: &str = include_str!("golden.json");
const UPLIFT: &str = include_str!("synth_uplift_public.csv");
const BANDIT: &str = include_str!("synth_bandit_public.csv");

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

fn with(mut value: Value, more: Value) -> Value {
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
    with(shown(compare(&found.control, &found.treated, asked(inputs))), values)
}

fn adjusted_ratio(inputs: &Value) -> Value {
    let found = cuped::ratios(&four(&inputs["control"]), &four(&inputs["treatment"]));
    with(shown(compare(&found.control, &found.treated, asked(inputs))), json!({"theta": found.theta}))
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
    with(shown(Some(found)), json!({"rho": mixture.rho}))
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
    with(serde_json::to_value(found).unwrap(), json!({"ci": [found.lo, found.hi]}))
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

fn watched(durations: &Value, events: &Value) -> Vec<survival::Watched> {
    numbers(durations).into_iter().zip(truths(events)).collect()
}

fn curve_of_survival(inputs: &Value) -> Value {
    let curve = survival::kaplan_meier(&watched(&inputs["durations"], &inputs["events"]), number(inputs, "alpha"));
    let column = |of: fn(&survival::Step) -> f64| curve.iter().map(of).collect::<Vec<f64>>();
    json!({
        "timeline": column(|s| s.time), "survival": column(|s| s.survival),
        "ci_lower": column(|s| s.lo), "ci_upper": column(|s| s.hi),
        "median": survival::median(&curve).map_or(json!("inf"), |m| json!(m)),
        "nelson_aalen": column(|s| s.hazard),
        "rmst": survival::restricted_mean(&curve, number(inputs, "rmst_t")),
    })
}

fn log_rank(inputs: &Value) -> Value {
    let a = watched(&inputs["durations_a"], &inputs["events_a"]);
    let b = watched(&inputs["durations_b"], &inputs["events_b"]);
    let test = |weighting| survival::log_rank(&a, &b, weighting);
    let (plain, wilcoxon) = (test(Weighting::LogRank), test(Weighting::Wilcoxon));
    json!({
        "chi2": plain.0, "p": plain.1, "wilcoxon_chi2": wilcoxon.0, "wilcoxon_p": wilcoxon.1,
        "tarone_ware_chi2": test(Weighting::TaroneWare).0, "peto_chi2": test(Weighting::Peto).0,
    })
}

fn group_sequential(inputs: &Value) -> Value {
    let tail = if number(inputs, "sides") == 2.0 { Tail::Both } else { Tail::Greater };
    let found =
        group::boundaries(&numbers(&inputs["information"]), number(inputs, "alpha"), number(inputs, "rho"), tail);
    json!({
        "z_bounds": found.iter().map(|b| b.z).collect::<Vec<_>>(),
        "nominal_alpha": found.iter().map(|b| b.nominal_alpha).collect::<Vec<_>>(),
    })
}

fn sequential_ratio(inputs: &Value) -> Value {
    let looks: Vec<Vec<f64>> = inputs["cumulative_counts"].as_array().unwrap().iter().map(numbers).collect();
    let found = sample_ratio::sequential(&looks, &numbers(&inputs["theta0"]), number(inputs, "k"));
    json!({
        "inverse_bayes_factor": found.iter().map(|l| l.inverse_bayes_factor).collect::<Vec<_>>(),
        "p_running_min": found.iter().map(|l| l.p_value).collect::<Vec<_>>(),
    })
}

fn uniform(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let (v, alpha, c, tightest) = (at("v"), at("alpha"), at("c"), (at("v_opt"), at("alpha_opt")));
    json!({
        "one_sided": Boundary::OneSidedNormal.at(v, alpha, tightest),
        "two_sided": Boundary::TwoSidedNormal.at(v, alpha, tightest),
        "gamma_exponential_c1": Boundary::GammaExponential { c }.at(v, alpha, tightest),
        "gamma_poisson_c1": Boundary::GammaPoisson { c }.at(v, alpha, tightest),
        "poly_stitching": stitched(v, alpha, 0.0, at("v_min")),
    })
}

fn bernoulli(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    json!({"ci": ends(bernoulli::interval(at("successes"), at("trials"), at("alpha"), at("t_opt")))})
}

/// Columns of a small table of numbers.
fn columns(text: &str) -> (Vec<&str>, Vec<Vec<f64>>) {
    let mut lines = text.lines();
    let names = lines.next().unwrap().split(',').collect();
    (names, lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect())
}

fn subjects(inputs: &Value, outcome: &str) -> Vec<Subject> {
    let (names, rows) = columns(UPLIFT);
    let place = |name: &str| names.iter().position(|column| *column == name).unwrap();
    let (score, treated, outcome) = (place(inputs["score"].as_str().unwrap()), place("w"), place(outcome));
    rows.iter().map(|row| Subject { score: row[score], treated: row[treated] != 0.0, outcome: row[outcome] }).collect()
}

fn share_of_perfect(inputs: &Value) -> Value {
    let of = subjects(inputs, inputs["outcome"].as_str().unwrap());
    let (qini, uplift) = (curve::qini(&of), curve::uplift(&of));
    let point = |p: &curve::Point| json!([p.users, p.gain]);
    json!({
        "qini_auc": curve::qini_share_of_perfect(&of),
        "qini_auc_no_negative": curve::qini_share_without_harm(&of),
        "uplift_auc": curve::uplift_share_of_perfect(&of),
        "uplift_at_30_overall": curve::uplift_at(&of, 0.3, false),
        "uplift_at_30_by_group": curve::uplift_at(&of, 0.3, true),
        "weighted_avg_uplift_overall": curve::weighted_average_uplift(&of, 10, false),
        "weighted_avg_uplift_by_group": curve::weighted_average_uplift(&of, 10, true),
        "qini_curve_n": qini.len(),
        "qini_curve_head": qini.iter().take(8).map(point).collect::<Vec<_>>(),
        "qini_curve_last": point(qini.last().unwrap()),
        "uplift_curve_last": point(uplift.last().unwrap()),
    })
}

fn mean_gap(inputs: &Value) -> Value {
    if inputs.get("treatment_effect").is_some() {
        let of = subjects(inputs, "tau_true");
        let (gain, qini) = (PerUser::true_gain(&of), PerUser::true_qini(&of));
        return json!({"auuc": gain.mean() / gain.last(), "qini": qini.mean_gap() / qini.last()});
    }
    let of = subjects(inputs, inputs["outcome"].as_str().unwrap());
    let (gain, qini) = (PerUser::cumulative(&of), PerUser::qini(&of));
    let at = |of: &PerUser| json!({"50": of.gain[50], "125": of.gain[125], "250": of.gain[250], "500": of.gain[500]});
    json!({
        "auuc": gain.mean() / gain.last(), "auuc_raw": gain.mean(),
        "qini": qini.mean_gap() / qini.last(), "qini_raw": qini.mean_gap(),
        "cumgain_at": at(&gain), "qini_at": at(&qini),
    })
}

fn best(values: &[f64]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

fn decisions(greedy: bool) -> (Vec<Decision>, Vec<usize>) {
    let (_, rows) = columns(BANDIT);
    let one = |row: &Vec<f64>| {
        let (target, expected) = (&row[5..8], &row[8..11]);
        let chosen = best(expected);
        let certain: Vec<f64> = (0..3).map(|i| f64::from(u8::from(i == chosen))).collect();
        (Decision::of(row[2] as usize, row[3], row[4], if greedy { &certain } else { target }, expected), chosen)
    };
    rows.iter().map(one).unzip()
}

fn off_policy(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let (log, _) = decisions(inputs["csv"].as_str().unwrap().contains("argmax"));
    let value = |estimator| off_policy::value(&log, estimator, 0.05).estimate;
    let (clip, switch, shrink, sub) = (
        Taming::Clipped(at("lambda_clip")),
        Taming::Switched(at("lambda_switch")),
        Taming::Shrunk(at("lambda_dros")),
        Taming::SubGaussian(at("lambda_sg")),
    );
    let support = Support::of(&log);
    let ipw = off_policy::value(&log, Estimator::Ipw(Taming::None), 0.05);
    json!({
        "ipw": ipw.estimate,
        "ipw_clip3": value(Estimator::Ipw(clip)),
        "snipw": value(Estimator::SelfNormalised),
        "dm": value(Estimator::Direct),
        "dr": value(Estimator::DoublyRobust(Taming::None)),
        "dr_clip3": value(Estimator::DoublyRobust(clip)),
        "sndr": value(Estimator::SelfNormalisedDoublyRobust),
        "switch_dr3": value(Estimator::DoublyRobust(switch)),
        "dros5": value(Estimator::DoublyRobust(shrink)),
        "sg_ipw": value(Estimator::Ipw(sub)),
        "sg_dr": value(Estimator::DoublyRobust(sub)),
        "ipw_se": ipw.se,
        "ess": support.effective,
        "max_weight": support.largest_weight,
        "mean_weight": support.mean_weight,
        "dr_se": off_policy::value(&log, Estimator::DoublyRobust(Taming::None), 0.05).se,
        "on_policy_mean": log.iter().map(|one| one.reward).sum::<f64>() / log.len() as f64,
    })
}

fn replayed() -> Value {
    let (log, chosen) = decisions(true);
    json!({"replay": off_policy::replay(&log, |place| chosen[place]).0})
}

fn special(inputs: &Value) -> Value {
    let name = inputs["function"].as_str().unwrap();
    let one = |args: &Value| {
        let args = numbers(args);
        match name {
            "digamma" => digamma(args[0]),
            "norm_cdf" => law::normal_cdf(args[0]),
            "norm_ppf" => law::normal_quantile(args[0]),
            "student_t_cdf" => law::student_cdf(args[0], args[1]),
            "student_t_ppf" => law::student_quantile(args[0], args[1]),
            "chi2_sf" => law::chi_squared_sf(args[0], args[1]),
            "beta_cdf" | "betainc" => law::beta_cdf(args[0], args[1], args[2]),
            "beta_ppf" => law::beta_quantile(args[0], args[1], args[2]),
            _ => panic!("no function {name}"),
        }
    };
    json!({"values": inputs["args"].as_array().unwrap().iter().map(one).collect::<Vec<f64>>()})
}

fn in_pairs(inputs: &Value) -> Value {
    let (without, with) = (numbers(&inputs["baseline"]), numbers(&inputs["intervention"]));
    let pairs: Vec<(f64, f64)> = without.iter().copied().zip(with.iter().copied()).collect();
    let asked = Asked::two_sided(Form::Absolute, number(inputs, "alpha"));
    let found = paired::compare(&pairs, asked).unwrap();
    let side = |values: &[f64]| Side::mean(&Summary::of_values(values));
    json!({
        "mean_diff": found.effect.estimate, "t": found.effect.estimate / found.effect.se,
        "p": found.effect.p_value, "ci": [found.effect.lo, found.effect.hi],
        "welch_p": compare(&side(&without), &side(&with), asked).unwrap().p_value,
        "correlation": found.correlation, "variance_ratio_unpaired_over_paired": found.variance_ratio,
    })
}

fn probabilities(inputs: &Value) -> Value {
    let (y, p) = (truths(&inputs["y"]), numbers(&inputs["p"]));
    json!({
        "brier": scores::brier(&y, &p), "log_loss": scores::log_loss(&y, &p),
        "auc": scores::auc(&y, &p), "average_precision": scores::average_precision(&y, &p),
    })
}

fn crps(inputs: &Value) -> Value {
    let column = |name: &str| numbers(&inputs[name]);
    let (obs, mu, sigma) = (column("obs"), column("mu"), column("sigma"));
    let members: Vec<Vec<f64>> = inputs["ensemble"].as_array().unwrap().iter().map(numbers).collect();
    let all = |of: &dyn Fn(usize) -> f64| (0..obs.len()).map(of).collect::<Vec<f64>>();
    json!({
        "gaussian": all(&|i| scores::crps_normal(obs[i], mu[i], sigma[i])),
        "ensemble": all(&|i| scores::crps_ensemble(obs[i], &members[i], false)),
        "fair_ensemble": all(&|i| scores::crps_ensemble(obs[i], &members[i], true)),
    })
}

fn impact(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let (absolute, relative) = topline_impact((at("mean_c"), at("mean_t")), at("n_t"), at("days"), at("topline_daily"));
    json!({"impact_abs": absolute, "impact_rel": relative})
}

fn aggregated(inputs: &Value) -> Value {
    let column = |name: &str| numbers(&inputs[name]);
    let (impacts, alpha, power) = (column("impacts"), column("alpha"), column("power"));
    let success = number(inputs, "prior_success");
    let all: Vec<(f64, f64, f64)> = (0..impacts.len()).map(|i| (impacts[i], alpha[i], power[i])).collect();
    json!({
        "fpr": winners_curse::false_positive_risk(alpha[0], power[0], success),
        "aggregated": winners_curse::aggregated(&all, success),
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
            if !((got - wanted).abs() <= tolerance.0 + tolerance.1 * wanted.abs()) {
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
