//! Every chart with plain and with extreme data: what holds for all of them, and pictures to look at.

mod accounts;
mod forecasts;

use proptest::{collection::vec, prelude::*};
use resvg::usvg;

use super::*;
use super::{
    bars::Bar,
    beliefs::{Claim, Share},
    calibration::{CalibrationPoint, FacetCalibration},
    curves::{Curve, Curves},
    effect_forest::ForestRow,
    foresight::Lane,
    hazard_by_tenure::{Cliff, TenureBin, TenureCurve},
    learning_curve::{FacetCurve, Score},
    qini_curve::QiniLine,
    revenue_fan::FanArm,
    uplift_waterfall::{Contribution, Ends},
};
use crate::show::{
    document::{Block, Document, Figure, Section},
    number::{Estimate, Unit},
};

const LONG: &str =
    "Win-back of dormant high-value subscribers with a tone-matched message at the preferred hour & a <10% discount>";

fn dollars() -> Unit {
    Unit::Money("$".to_owned())
}

/// A wobble that is the same every time.
fn wobble(place: usize) -> f64 {
    ((place * 7919 + 13) % 101) as f64 / 101.0 - 0.5
}

fn fan(arms: &[(&str, f64)], size: f64, title: &str) -> RevenueFan {
    let days: Vec<f64> = (-30..90).map(f64::from).collect();
    let arm = |place: usize, label: &str, uplift: f64| {
        let mean: Vec<f64> = days
            .iter()
            .enumerate()
            .map(|(day, &at)| {
                let ramp = (at.max(0.0) / 40.0).min(1.0);
                size * (1.0
                    + 0.06 * (at * std::f64::consts::TAU / 7.0).sin()
                    + 0.03 * wobble(day)
                    + uplift * ramp
                    + 0.004 * wobble(day + place))
            })
            .collect();
        let spread = |at: f64| size * (0.01 + 0.001 * at.max(0.0));
        let lo = mean.iter().zip(&days).map(|(m, &at)| m - spread(at)).collect();
        let hi = mean.iter().zip(&days).map(|(m, &at)| m + spread(at)).collect();
        FanArm { label: label.to_owned(), mean, lo, hi }
    };
    RevenueFan {
        headline: Headline::new(
            title,
            "Mean revenue per day over 40 replications of 100,000 users; bands hold 80% of them",
        ),
        unit: dollars(),
        axis: "revenue per day".to_owned(),
        window: 1,
        arms: arms.iter().enumerate().map(|(place, (label, uplift))| arm(place, label, *uplift)).collect(),
        days,
    }
}

/// Without the weekdays.
fn weekly(mut chart: RevenueFan) -> RevenueFan {
    chart.window = 7;
    for arm in &mut chart.arms {
        for values in [&mut arm.mean, &mut arm.lo, &mut arm.hi] {
            *values = revenue_fan::trailing_mean(values, 7);
        }
    }
    chart
}

fn waterfall(combined: bool, sign: f64, control: f64) -> UpliftWaterfall {
    let names = ["Content matching", "Tone of messages", "Session timing", "UX fix at the cliff"];
    let sizes = [0.031, 0.008, 0.019, 0.054];
    let arm = |(label, size): (&str, f64)| {
        let uplift = sign * control * size;
        let spread = control * 0.006;
        Contribution {
            label: label.to_owned(),
            uplift: Estimate::new(uplift, uplift - spread, uplift + spread),
            perfect: Some(uplift * 1.4),
        }
    };
    let total = sign * control * 0.094;
    let ends = Ends {
        control,
        combined_label: "All four together".to_owned(),
        combined: Estimate::new(total, total - control * 0.011, total + control * 0.011),
        perfect: Some(total * 1.3),
    };
    UpliftWaterfall {
        headline: Headline::new(
            "The UX fix brings more than half of the $1.13K a day that all four interventions add",
            "Revenue per day, days 30 to 90 after launch; whiskers are 80% intervals of the uplift over control",
        ),
        unit: dollars(),
        axis: "revenue per day".to_owned(),
        arms: names.into_iter().zip(sizes).map(arm).collect(),
        ends: combined.then_some(ends),
    }
}

fn hazard(curves: usize) -> HazardByTenure {
    let curve = |place: usize| {
        let share = |k: usize| {
            let cliff = if (3..=5).contains(&k) && place == 0 { 0.11 } else { 0.0 };
            0.04 + 0.10 * (-(k as f64) / 4.0).exp() + cliff + 0.01 * wobble(k + place)
        };
        let bin = |k: usize| {
            let (mean, spread) = (share(k), 0.006 + 0.001 * k as f64);
            TenureBin {
                from: 30.0 * k as f64,
                to: 30.0 * (k + 1) as f64,
                share: Estimate::new(mean, mean - spread, mean + spread),
            }
        };
        TenureCurve { label: ["Control", "With the UX fix"][place % 2].to_owned(), bins: (0..24).map(bin).collect() }
    };
    HazardByTenure {
        headline: Headline::new(
            "Subscribers leave twice as often between days 90 and 180 as their neighbours do",
            "Share leaving per 30 days by tenure; bands are 95% intervals",
        ),
        axis: "share leaving per 30 days".to_owned(),
        curves: (0..curves).map(curve).collect(),
        cliff: Some(Cliff { from: 90.0, to: 180.0, label: "cliff: days 90–180, +11 points (p < 0.001)".to_owned() }),
    }
}

fn learning(skills: usize, nats: usize) -> LearningCurve {
    let bins = ["0", "1", "2–3", "4–5", "6–10", "11–20", "21–35", "36–60", "61–100", ">100"];
    let names = ["daypart", "content", "tone", "gap", "purchase", "amount", "channel", "feature adoption"];
    let facet = |(place, score): (usize, Score)| {
        let top = if score == Score::Skill { 0.31 - 0.055 * place as f64 } else { 0.42 - 0.11 * place as f64 };
        let point = |k: usize| {
            let mean = top * (1.0 - (-(k as f64) / 3.0).exp()) - 0.012 + 0.008 * wobble(k + place);
            let spread = 0.008 + 0.012 * (k as f64 / 9.0);
            Some(Estimate::new(mean, mean - spread, mean + spread))
        };
        FacetCurve { label: names[place % names.len()].to_owned(), score, points: (0..bins.len()).map(point).collect() }
    };
    let facets = (0..skills).map(|k| (k, Score::Skill)).chain((0..nats).map(|k| (k, Score::Nats)));
    LearningCurve {
        headline: Headline::new(
            "After ten sessions the model predicts a user's time of day 25% better than the population does",
            "Score on events not yet seen; whiskers are 95% intervals (bootstrap over users)",
        ),
        bins: bins.map(str::to_owned).to_vec(),
        facets: facets.map(facet).collect(),
    }
}

fn calibration(count: usize) -> Calibration {
    let names =
        ["purchase", "renewal", "daypart", "content", "tone", "leaving within 30 days", "dispute", "channel", LONG];
    let facet = |place: usize| {
        let reach = if place == 6 { 0.04 } else { 1.0 };
        let point = |k: usize| {
            let predicted = reach * (k as f64 + 0.5) / 10.0;
            let mean = (predicted + reach * 0.05 * wobble(k + place)).clamp(0.0, 1.0);
            CalibrationPoint {
                predicted,
                observed: Estimate::new(mean, (mean - 0.03 * reach).max(0.0), (mean + 0.03 * reach).min(1.0)),
                count: 10_000 >> k,
            }
        };
        FacetCalibration {
            label: names[place % names.len()].to_owned(),
            points: (0..10).map(point).collect(),
            ece: 0.012 + 0.003 * place as f64,
            slope: 0.97,
        }
    };
    Calibration {
        headline: Headline::new(
            "Predicted probabilities can be taken at their word: no facet is off by more than 3 points",
            "Predictions in ten equal bins; bars are 95% intervals",
        ),
        facets: (0..count).map(facet).collect(),
    }
}

fn bars(values: &[(&str, f64, f64)]) -> Bars {
    let bar = |&(label, mean, spread): &(&str, f64, f64)| Bar {
        label: label.to_owned(),
        value: Estimate::new(mean, mean - spread, mean + spread),
        note: String::new(),
    };
    Bars {
        headline: Headline::new(
            "Long-time loyalists are 9% of new users but 41% of revenue",
            "Share of revenue by segment; whiskers are 80% intervals",
        ),
        unit: Unit::Share,
        axis: "share of revenue".to_owned(),
        bars: values.iter().map(bar).collect(),
    }
}

fn beliefs(kinds: usize) -> Beliefs {
    let share = |place: usize| {
        let own = 0.1 + 0.08 * place as f64 % 0.4;
        Share {
            label: if place == 3 { LONG.to_owned() } else { format!("evenings ({}–{} h)", place, place + 3) },
            own: Estimate::new(own, own - 0.05, own + 0.07),
            population: if place == 2 { f64::NAN } else { 0.2 },
            claim: [Claim::More, Claim::Nothing, Claim::Less][place % 3],
            note: "16 of 50 sessions, P > .99".to_owned(),
        }
    };
    Beliefs {
        headline: Headline::new("Prefers evenings on weekdays", "Own shares with 80% intervals"),
        axis: "share of weekday sessions".to_owned(),
        shares: (0..kinds).map(share).collect(),
    }
}

fn foresight(sessions: usize) -> Foresight {
    let lane = |place: usize| Lane {
        label: if place == 4 {
            LONG.to_owned()
        } else {
            ["time of day", "content", "gap", "paying"][place % 4].to_owned()
        },
        right: (0..sessions).map(|i| (i + place > 1).then_some(wobble(i * (place + 2)) > -0.2)).collect(),
        note: "right in 62%, population 51%".to_owned(),
    };
    Foresight {
        headline: Headline::new("Predictions gained 4.1 nats over the population", "Log score and what was right"),
        gains: (0..sessions).map(|i| if i == 7 { f64::NAN } else { wobble(i) + 0.2 }).collect(),
        lanes: (0..5).map(lane).collect(),
    }
}

fn curves(count: usize) -> Curves {
    let curve = |place: usize| Curve {
        label: if place == 1 { LONG.to_owned() } else { format!("measure {place}") },
        points: (1..=12)
            .map(|week| {
                let power = 1.0 - (-f64::from(week) / (3.0 + 4.0 * place as f64)).exp();
                (f64::from(week), Estimate::new(power, power - 0.05, power + 0.05))
            })
            .collect(),
    };
    Curves {
        headline: Headline::new(
            "The effect is seen after five weeks, in sessions",
            "Share of experiments that find it",
        ),
        across: ("weeks".to_owned(), Unit::Plain),
        up: ("power".to_owned(), Unit::Share),
        wanted: Some((0.8, "power 80%".to_owned())),
        mark: Some((5.0, "5 weeks".to_owned())),
        curves: (0..count).map(curve).collect(),
    }
}

fn forest(count: usize) -> EffectForest {
    let row = |place: usize| ForestRow {
        label: if place == 2 { LONG.to_owned() } else { format!("spend · Arm {place}") },
        value: Estimate::new(0.3 * wobble(place), 0.3 * wobble(place) - 0.1, 0.3 * wobble(place) + 0.1),
        note: "+0.77 absolute, p 1.2e-7".to_owned(),
        group: place % 3,
        stands: place.is_multiple_of(2),
    };
    EffectForest {
        headline: Headline::new(
            "The men's e-mail lifts visits by 72%",
            "Relative effect against no e-mail, 95% intervals",
        ),
        axis: "difference as a share of control's value".to_owned(),
        rows: (0..count).map(row).collect(),
    }
}

fn qini(count: usize) -> QiniCurve {
    let line = |place: usize| QiniLine {
        label: if place == 1 { LONG.to_owned() } else { format!("one feature: f{place}") },
        note: "Qini 0.061 ± 0.006".to_owned(),
        points: (0..=20)
            .map(|step| {
                let share = f64::from(step) / 20.0;
                let gain = 0.05 * share * (1.0 + (1.0 - share) / (place as f64 + 1.0));
                (share, Estimate::new(gain, gain - 0.006, gain + 0.006))
            })
            .collect(),
    };
    QiniCurve {
        headline: Headline::new("No learner beats the simple rule “one feature: womens”", "Mean of ten random halves"),
        unit: Unit::Plain,
        axis: "extra visits per user, were as many treated".to_owned(),
        lines: (0..count).map(line).collect(),
    }
}

fn gallery() -> Vec<(String, Box<dyn Chart>)> {
    let seven = [
        ("Control", 0.0),
        ("Content matching", 0.031),
        ("Tone of messages", 0.008),
        ("Session timing", 0.019),
        ("UX fix", 0.054),
        ("Win-back", 0.011),
        ("All together", 0.094),
    ];
    let long = [(LONG, 0.0), (LONG, 0.05), (LONG, -0.04)];
    let mut gaps = fan(&seven[..3], 12_000.0, "A gap in the data is a gap in the line");
    gaps.arms[0].mean[50..60].fill(f64::NAN);
    gaps.arms[1].lo[70] = f64::INFINITY;
    gaps.arms[2].mean.fill(f64::NAN);
    let mut broken = waterfall(false, 1.0, 1e15);
    broken.arms[1].uplift = Estimate::bare(f64::NAN);
    broken.arms[2].label = LONG.to_owned();
    let mut sparse = learning(2, 1);
    sparse.facets[0].points[3] = None;
    sparse.facets[1].points = vec![None; 10];
    sparse.facets[2].label = LONG.to_owned();
    let mut unknown = calibration(2);
    unknown.facets[0].points.clear();
    unknown.facets[1].slope = f64::NAN;
    let none = fan(&[], 1.0, "Nothing was simulated");
    let all: Vec<(String, Box<dyn Chart>)> = vec![
        (
            "fan_7".to_owned(),
            Box::new(weekly(fan(
                &seven,
                12_000.0,
                "All interventions together lift revenue by 9.4%, $1.13K a day, with 97% confidence",
            ))),
        ),
        (
            "fan_2".to_owned(),
            Box::new(weekly(fan(&[seven[0], seven[4]], 12_000.0, "The UX fix lifts revenue by 5.4%"))),
        ),
        ("fan_1".to_owned(), Box::new(fan(&seven[..1], 83.0, "Without any change revenue stays where it is"))),
        ("fan_long".to_owned(), Box::new(fan(&long, 7.3e11, &format!("{LONG}: {LONG}, and {LONG}")))),
        ("fan_gaps".to_owned(), Box::new(gaps)),
        ("fan_none".to_owned(), Box::new(none)),
        ("waterfall".to_owned(), Box::new(waterfall(true, 1.0, 12_000.0))),
        ("waterfall_loss".to_owned(), Box::new(waterfall(true, -1.0, 12_000.0))),
        ("waterfall_arms".to_owned(), Box::new(waterfall(false, 1.0, 12_000.0))),
        ("waterfall_broken".to_owned(), Box::new(broken)),
        ("hazard".to_owned(), Box::new(hazard(1))),
        ("hazard_2".to_owned(), Box::new(hazard(2))),
        ("hazard_none".to_owned(), Box::new(hazard(0))),
        ("learning".to_owned(), Box::new(learning(5, 2))),
        ("learning_8".to_owned(), Box::new(learning(8, 0))),
        ("learning_sparse".to_owned(), Box::new(sparse)),
        ("learning_none".to_owned(), Box::new(learning(0, 0))),
        ("calibration_1".to_owned(), Box::new(calibration(1))),
        ("calibration_5".to_owned(), Box::new(calibration(5))),
        ("calibration_9".to_owned(), Box::new(calibration(9))),
        ("calibration_unknown".to_owned(), Box::new(unknown)),
        (
            "bars".to_owned(),
            Box::new(bars(&[
                ("Long-time loyalists", 0.41, 0.02),
                ("Deal seekers", 0.22, 0.03),
                ("Evening readers", 0.19, 0.01),
                (LONG, 0.18, 0.0),
            ])),
        ),
        ("beliefs".to_owned(), Box::new(beliefs(6))),
        ("beliefs_12".to_owned(), Box::new(beliefs(12))),
        ("beliefs_none".to_owned(), Box::new(beliefs(0))),
        ("curves_1".to_owned(), Box::new(curves(1))),
        ("curves_5".to_owned(), Box::new(curves(5))),
        ("curves_none".to_owned(), Box::new(curves(0))),
        ("forest".to_owned(), Box::new(forest(6))),
        ("forest_14".to_owned(), Box::new(forest(14))),
        ("forest_none".to_owned(), Box::new(forest(0))),
        ("qini".to_owned(), Box::new(qini(4))),
        ("qini_none".to_owned(), Box::new(qini(0))),
        ("foresight".to_owned(), Box::new(foresight(52))),
        ("foresight_2".to_owned(), Box::new(foresight(2))),
        ("foresight_700".to_owned(), Box::new(foresight(700))),
        ("foresight_none".to_owned(), Box::new(foresight(0))),
        ("bars_12".to_owned(), Box::new(bars(&[("a", 0.1, 0.01); 12]))),
        ("bars_none".to_owned(), Box::new(bars(&[("unknown", f64::NAN, 0.0)]))),
    ];
    all.into_iter().chain(forecasts::charts()).chain(accounts::charts()).collect()
}

fn tree(svg: &str) -> usvg::Tree {
    let options = usvg::Options { fontdb: style::fonts(), ..Default::default() };
    usvg::Tree::from_str(svg, &options).unwrap()
}

fn texts(group: &usvg::Group) -> Vec<(String, usvg::Rect)> {
    let mut found = Vec::new();
    for node in group.children() {
        match node {
            usvg::Node::Group(inner) => found.extend(texts(inner)),
            usvg::Node::Text(text) => {
                found.push((text.chunks().iter().map(resvg::usvg::TextChunk::text).collect(), text.abs_bounding_box()));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn every_chart_is_the_same_twice_and_has_no_nan() {
    for (name, chart) in gallery() {
        let svg = chart.picture().unwrap().svg;
        assert_eq!(svg, chart.picture().unwrap().svg, "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "{name}");
        usvg::roxmltree::Document::parse(&svg).unwrap();
        let first = chart.headline().title.split(' ').next().unwrap().to_owned();
        assert!(texts(tree(&svg).root()).iter().any(|(text, _)| text.trim().starts_with(&first)), "{name}");
    }
}

#[test]
fn no_text_leaves_the_page_or_lies_on_another() {
    for (name, chart) in gallery() {
        let tree = tree(&chart.picture().unwrap().svg);
        let texts = texts(tree.root());
        for (place, (text, place_box)) in texts.iter().enumerate() {
            let (right, bottom) = (WIDTH as f32 - 8.0, tree.size().height() - 4.0);
            assert!(
                place_box.left() >= 8.0
                    && place_box.top() >= 8.0
                    && place_box.right() <= right
                    && place_box.bottom() <= bottom,
                "{name}: {text:?} at {place_box:?}"
            );
            for (other, other_box) in &texts[place + 1..] {
                let across = place_box.right().min(other_box.right()) - place_box.left().max(other_box.left());
                let down = place_box.bottom().min(other_box.bottom()) - place_box.top().max(other_box.top());
                // The boxes hold ascent and descent, of which letters leave a part empty.
                assert!(
                    across <= 1.0 || down <= 0.25 * place_box.height().min(other_box.height()),
                    "{name}: {text:?} on {other:?}"
                );
            }
        }
    }
}

#[test]
fn lists_that_do_not_match_are_an_error_that_names_them() {
    let mut chart = fan(&[("Control", 0.0)], 1.0, "");
    chart.arms[0].lo.pop();
    assert_eq!(
        chart.picture().unwrap_err().to_string(),
        "chart revenue_fan: lo of \"Control\" must have 120 values, but has 119"
    );
}

#[test]
fn a_png_has_two_pixels_for_one_and_draws_text() {
    let picture = hazard(1).picture().unwrap();
    let png = picture.png().unwrap();
    assert_eq!(&png[1..4], b"PNG");
    assert_eq!(png[16..24], [0, 0, 10, 0, 0, 0, 5, 160]);
    assert_eq!(pngs(&[&picture]).unwrap(), [png]);
}

fn any_number() -> impl Strategy<Value = f64> {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, f64::MAX, f64::MIN, 1e-308, 0.5, 1.0, -3.0, 1e9];
    prop::sample::select(odd.to_vec())
}

/// One chart of each kind, made of twelve numbers.
fn odd_charts(n: &[f64]) -> Vec<Box<dyn Chart>> {
    let e = |k: usize| Estimate::new(n[k % 12], n[(k + 1) % 12], n[(k + 2) % 12]);
    let mut fan = fan(&[("a", 0.0), ("b", 0.1)], 1.0, "Odd");
    fan.days = n[..3].to_vec();
    for (k, arm) in fan.arms.iter_mut().enumerate() {
        (arm.mean, arm.lo, arm.hi) = (n[k..k + 3].to_vec(), n[k + 3..k + 6].to_vec(), n[k + 6..k + 9].to_vec());
    }
    let mut steps = waterfall(true, 1.0, 1.0);
    for (k, arm) in steps.arms.iter_mut().enumerate() {
        (arm.uplift, arm.perfect) = (e(k), Some(n[k + 4]));
    }
    steps.ends = Some(Ends { control: n[8], combined_label: String::new(), combined: e(9), perfect: Some(n[11]) });
    let mut hazard = hazard(2);
    for (k, bin) in hazard.curves[0].bins.iter_mut().enumerate() {
        (bin.from, bin.to, bin.share) = (n[k % 12], n[(k + 1) % 12], e(k + 2));
    }
    hazard.cliff = Some(Cliff { from: n[0], to: n[1], label: "cliff".to_owned() });
    let mut learning = learning(1, 1);
    learning.facets[0].points = (0..10).map(|k| Some(e(k))).collect();
    let mut calibration = calibration(1);
    for (k, point) in calibration.facets[0].points.iter_mut().enumerate() {
        (point.predicted, point.observed, point.count) = (n[k], e(k), k as u64 % 2);
    }
    let bars = bars(&[("a", n[0], n[1]), ("b", n[2], n[3])]);
    let (mut forest, mut qini) = (forest(3), qini(2));
    (0..3).for_each(|k| forest.rows[k].value = e(k));
    (0..12).for_each(|k| qini.lines[0].points[k] = (n[k], e(k)));
    let experiments: [Box<dyn Chart>; 2] = [Box::new(forest), Box::new(qini)];
    let mut curves = curves(1);
    curves.curves[0].points = (0..6).map(|k| (n[k], e(k + 3))).collect();
    (curves.wanted, curves.mark) = (Some((n[9], "goal".to_owned())), Some((n[10], "here".to_owned())));
    let others: Vec<Box<dyn Chart>> = vec![
        Box::new(fan),
        Box::new(steps),
        Box::new(hazard),
        Box::new(learning),
        Box::new(calibration),
        Box::new(bars),
        Box::new(curves),
    ];
    others.into_iter().chain(experiments).chain(forecasts::odd(n)).chain(accounts::odd(n)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_number_breaks_a_chart(numbers in vec(any_number(), 12)) {
        for chart in odd_charts(&numbers) {
            let svg = chart.picture().unwrap().svg;
            let wrong = svg.lines().find(|line| line.contains("NaN") || line.contains("inf%"));
            prop_assert_eq!(wrong, None);
            tree(&svg);
        }
    }
}

/// A report with many charts, as a reader meets it.
fn report(drawn: &[(String, Picture)]) -> Document {
    let figure = |(name, picture): &(String, Picture)| {
        Block::Figure(Figure { name: name.clone(), picture: picture.clone(), caption: String::new() })
    };
    Document {
        title: "All charts".to_owned(),
        question: "Can each of them be read?".to_owned(),
        sections: vec![Section::new("Charts", drawn.iter().map(figure).collect())],
        ..Document::default()
    }
}

#[test]
fn a_report_with_every_chart_stays_below_two_megabytes() {
    let drawn: Vec<_> = gallery().into_iter().map(|(name, chart)| (name, chart.picture().unwrap())).collect();
    let html = crate::show::html::render(&report(&drawn));
    assert!(html.len() < 2_000_000, "{}", html.len());
}

/// Writes all pictures into the folder that `CWM_GALLERY` names, to be looked at.
#[test]
fn the_gallery_can_be_looked_at() {
    let Ok(folder) = std::env::var("CWM_GALLERY") else { return };
    let drawn: Vec<_> = gallery().into_iter().map(|(name, chart)| (name, chart.picture().unwrap())).collect();
    let pictures: Vec<_> = drawn.iter().map(|(_, picture)| picture).collect();
    for ((name, picture), png) in drawn.iter().zip(pngs(&pictures).unwrap()) {
        std::fs::write(format!("{folder}/{name}.png"), png).unwrap();
        std::fs::write(format!("{folder}/{name}.svg"), &picture.svg).unwrap();
    }
    std::fs::write(format!("{folder}/charts.html"), crate::show::html::render(&report(&drawn))).unwrap();
}
