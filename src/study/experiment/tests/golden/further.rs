//! Cases of survival, looking early, whom to treat, logged policies, laws and forecasts.

use serde_json::{Value, json};

use super::{ends, number, numbers, truths};
use crate::study::{
    experiment::{
        difference::{Asked, Form, Tail, compare, topline_impact},
        law,
        off_policy::{self, Decision, Estimator, Support, Taming},
        paired, sample_ratio, scores,
        sequential::{
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

const UPLIFT: &str = include_str!("../synth_uplift_public.csv");
const BANDIT: &str = include_str!("../synth_bandit_public.csv");

fn watched(durations: &Value, events: &Value) -> Vec<survival::Watched> {
    numbers(durations).into_iter().zip(truths(events)).collect()
}

pub(super) fn curve_of_survival(inputs: &Value) -> Value {
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

pub(super) fn log_rank(inputs: &Value) -> Value {
    let a = watched(&inputs["durations_a"], &inputs["events_a"]);
    let b = watched(&inputs["durations_b"], &inputs["events_b"]);
    let test = |weighting| survival::log_rank(&a, &b, weighting);
    let (plain, wilcoxon) = (test(Weighting::LogRank), test(Weighting::Wilcoxon));
    json!({
        "chi2": plain.0, "p": plain.1, "wilcoxon_chi2": wilcoxon.0, "wilcoxon_p": wilcoxon.1,
        "tarone_ware_chi2": test(Weighting::TaroneWare).0, "peto_chi2": test(Weighting::Peto).0,
    })
}

pub(super) fn group_sequential(inputs: &Value) -> Value {
    let tail = if number(inputs, "sides") == 2.0 { Tail::Both } else { Tail::Greater };
    let found =
        group::boundaries(&numbers(&inputs["information"]), number(inputs, "alpha"), number(inputs, "rho"), tail);
    json!({
        "z_bounds": found.iter().map(|b| b.z).collect::<Vec<_>>(),
        "nominal_alpha": found.iter().map(|b| b.nominal_alpha).collect::<Vec<_>>(),
    })
}

pub(super) fn sequential_ratio(inputs: &Value) -> Value {
    let looks: Vec<Vec<f64>> = inputs["cumulative_counts"].as_array().unwrap().iter().map(numbers).collect();
    let found = sample_ratio::sequential(&looks, &numbers(&inputs["theta0"]), number(inputs, "k"));
    json!({
        "inverse_bayes_factor": found.iter().map(|l| l.inverse_bayes_factor).collect::<Vec<_>>(),
        "p_running_min": found.iter().map(|l| l.p_value).collect::<Vec<_>>(),
    })
}

pub(super) fn uniform(inputs: &Value) -> Value {
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

pub(super) fn bernoulli(inputs: &Value) -> Value {
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

pub(super) fn share_of_perfect(inputs: &Value) -> Value {
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

pub(super) fn mean_gap(inputs: &Value) -> Value {
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

pub(super) fn off_policy(inputs: &Value) -> Value {
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

pub(super) fn replayed() -> Value {
    let (log, chosen) = decisions(true);
    json!({"replay": off_policy::replay(&log, |place| chosen[place]).0})
}

pub(super) fn special(inputs: &Value) -> Value {
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

pub(super) fn in_pairs(inputs: &Value) -> Value {
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

pub(super) fn probabilities(inputs: &Value) -> Value {
    let (y, p) = (truths(&inputs["y"]), numbers(&inputs["p"]));
    json!({
        "brier": scores::brier(&y, &p), "log_loss": scores::log_loss(&y, &p),
        "auc": scores::auc(&y, &p), "average_precision": scores::average_precision(&y, &p),
    })
}

pub(super) fn crps(inputs: &Value) -> Value {
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

pub(super) fn impact(inputs: &Value) -> Value {
    let at = |name: &str| number(inputs, name);
    let (absolute, relative) = topline_impact((at("mean_c"), at("mean_t")), at("n_t"), at("days"), at("topline_daily"));
    json!({"impact_abs": absolute, "impact_rel": relative})
}

pub(super) fn aggregated(inputs: &Value) -> Value {
    let column = |name: &str| numbers(&inputs[name]);
    let (impacts, alpha, power) = (column("impacts"), column("alpha"), column("power"));
    let success = number(inputs, "prior_success");
    let all: Vec<(f64, f64, f64)> = (0..impacts.len()).map(|i| (impacts[i], alpha[i], power[i])).collect();
    json!({
        "fpr": winners_curse::false_positive_risk(alpha[0], power[0], success),
        "aggregated": winners_curse::aggregated(&all, success),
    })
}
