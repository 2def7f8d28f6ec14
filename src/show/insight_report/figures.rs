//! The charts of what a history reveals.

use super::{Telling, cell};
use crate::{
    show::{
        chart::{
            Bars, Chart, ChartError, Curves, HazardByTenure, Headline,
            bars::Bar,
            curves::Curve,
            hazard_by_tenure::{Cliff, TenureBin, TenureCurve},
        },
        document::Figure,
        number::{Estimate, Unit},
    },
    study::insight::{cliff::Found, finding::Kind, leaving::BIN},
};

/// Bars of one chart.
const MOST_BARS: usize = 9;
/// Bins of tenure that one step of the chart stands for: ten days.
const STEP: usize = 2;

fn figure(name: &str, chart: &impl Chart, caption: &str) -> Result<Figure, ChartError> {
    Ok(Figure { name: name.to_owned(), picture: chart.picture()?, caption: caption.to_owned() })
}

/// Findings by what they are worth a year; none if nothing is.
pub(super) fn ranking(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let bars: Vec<Bar> = telling
        .standing()
        .filter(|finding| finding.kind != Kind::Predictor)
        .filter_map(|finding| {
            let value = cell(&finding.money_per_year?);
            Some(Bar { label: format!("{}: {}", sort(finding.kind), finding.place), value, note: String::new() })
        })
        .take(MOST_BARS)
        .collect();
    let Some(first) = bars.first() else { return Ok(None) };
    let title = format!("{}: {} a year", first.label, telling.money.short(first.value.mean));
    let chart = Bars {
        headline: Headline::new(title, "What each finding is worth; whiskers are 95% intervals"),
        unit: telling.money.clone(),
        axis: "money a year".to_owned(),
        bars,
    };
    figure(
        "findings",
        &chart,
        "What each sum means stands with its finding below; they do not add up. Associations are left out.",
    )
    .map(Some)
}

/// What a kind is called.
const fn sort(kind: Kind) -> &'static str {
    match kind {
        Kind::ZeroRevenue => "Unpaid sessions",
        Kind::Cliff => "Cliff",
        Kind::Segment => "Segment",
        Kind::Break => "Break",
        Kind::Acquisition => "Never paid back",
        Kind::Predictor => "Goes with value",
    }
}

/// Shares of sessions that earn nothing, by group, those furthest from comparable ones first.
pub(super) fn unpaid(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let mut groups: Vec<_> = telling.insight.groups.iter().collect();
    if groups.is_empty() {
        return Ok(None);
    }
    groups.sort_by(|a, b| a.gap.mean.total_cmp(&b.gap.mean));
    let bars = groups.iter().take(MOST_BARS).map(|group| Bar {
        label: format!("{}: {}", group.dimension, group.group),
        value: cell(&group.unpaid),
        note: format!("{} against comparable", Unit::Share.signed(-group.gap.mean)),
    });
    let chart = Bars {
        headline: Headline::new(
            "Where sessions earn nothing",
            "Groups that fall furthest short of comparable sessions; whiskers are 95% intervals",
        ),
        unit: Unit::Share,
        axis: "share of sessions that earn nothing".to_owned(),
        bars: bars.collect(),
    };
    figure("zero_revenue", &chart, "All groups are in the table.").map(Some)
}

/// Who leaves by tenure, against what never rises.
pub(super) fn hazard(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let Some(found) = &telling.insight.leaving else { return Ok(None) };
    let cliff = found.cliff.as_ref().map(|cliff| {
        let (from, to) = cliff.days();
        Cliff { from, to, label: format!("{:.1} times the hazard around it", cliff.times()) }
    });
    let title = match &cliff {
        Some(cliff) => format!("Users leave in droves between days {:.0} and {:.0}", cliff.from + 1.0, cliff.to),
        None => "Leaving falls with tenure as sorting alone would have it".to_owned(),
    };
    let chart = HazardByTenure {
        headline: Headline::new(title, "Share leaving per ten days; bands are 95% intervals"),
        axis: "share leaving per ten days".to_owned(),
        curves: vec![curve(found, "if leaving never rose", false), curve(found, "as it was", true)],
        cliff,
    };
    figure("leaving", &chart, "").map(Some)
}

fn curve(found: &Found, label: &str, observed: bool) -> TenureCurve {
    let bins = (0..found.leaving.bins / STEP).map(|step| {
        let (from, to) = (step * STEP, (step + 1) * STEP);
        let (left, days) = found.counts.between(from, to);
        let days = days.max(1e-9);
        let share = |hazard: f64| 1.0 - (-hazard.max(0.0) * BIN * STEP as f64).exp();
        let null = found.null[from..to].iter().sum::<f64>() / STEP as f64;
        let reach = 1.96 * left.sqrt();
        let value = if observed {
            Estimate::new(share(left / days), share((left - reach) / days), share((left + reach) / days))
        } else {
            Estimate::bare(share(null))
        };
        TenureBin { from: from as f64 * BIN, to: to as f64 * BIN, share: value }
    });
    TenureCurve { label: label.to_owned(), bins: bins.collect() }
}

/// What users of each segment are worth.
pub(super) fn segments(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let segments = &telling.insight.segments;
    let Some(best) = segments.first() else { return Ok(None) };
    let bars = segments.iter().map(|one| Bar {
        label: format!("{} ({} of new users)", one.name, Unit::Share.short(one.share.mean)),
        value: cell(&one.multiple),
        note: format!("{} of revenue", Unit::Share.short(one.of_revenue)),
    });
    let title = format!("{} is worth {:.1} times the average user", best.name, best.multiple.mean);
    let chart = Bars {
        headline: Headline::new(title, "Value of a user over the average; whiskers are 95% intervals"),
        unit: Unit::Plain,
        axis: "multiple of the average".to_owned(),
        bars: bars.collect(),
    };
    figure("segments", &chart, "").map(Some)
}

/// How early members are recognised.
pub(super) fn recognition(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let Some(best) = telling.insight.segments.first().filter(|best| best.recognition.len() > 1) else {
        return Ok(None);
    };
    let line = |label: &str, of: &dyn Fn(&crate::study::insight::segment::Recognition) -> f64| Curve {
        label: label.to_owned(),
        points: best.recognition.iter().map(|one| (one.sessions as f64, Estimate::bare(of(one)))).collect(),
    };
    let chart = Curves {
        headline: Headline::new(
            format!("How early {} is recognised", best.name),
            "From a user's first sessions alone, against what the whole record says",
        ),
        across: ("sessions seen".to_owned(), Unit::Plain),
        up: ("share".to_owned(), Unit::Share),
        wanted: None,
        mark: None,
        curves: vec![
            line("ranks a member above another user", &|one| one.auc),
            line("members among those ranked highest", &|one| one.precision),
        ],
    };
    figure("recognition", &chart, "").map(Some)
}

/// What users of each source pay in a year.
pub(super) fn sources(telling: &Telling<'_>) -> Result<Option<Figure>, ChartError> {
    let sources = &telling.insight.sources;
    if sources.is_empty() {
        return Ok(None);
    }
    let bars = sources.iter().take(MOST_BARS).map(|one| Bar {
        label: one.name.clone(),
        value: cell(&one.value),
        note: one
            .cac
            .map_or_else(|| "no spend known".to_owned(), |cac| format!("costs {}", telling.money.short(cac.mean))),
    });
    let chart = Bars {
        headline: Headline::new("What a user of each source pays in a year", "Whiskers are 95% intervals"),
        unit: telling.money.clone(),
        axis: "paid in the first year".to_owned(),
        bars: bars.collect(),
    };
    figure("acquisition", &chart, "").map(Some)
}
