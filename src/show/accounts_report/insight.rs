//! What a history of accounts reveals.

use super::{Done, at_risk, colophon, figure, figures, named, or_say, range, reproduction};
use crate::{
    base::units::Currency,
    show::{
        document::{Block, Document, Section},
        number::{Unit, count},
        run_report::{Origin, Report, shown},
        table::{Column, Table, TableError},
    },
    study::{
        accounts::{
            association::{Association, LEVEL},
            effect::Effect,
            insight::AccountInsight,
            surrogate::Surrogate,
        },
        estimate::Estimate,
    },
};

/// Makes the report.
///
/// # Errors
/// [`ReportError`](crate::show::run_report::ReportError) if a chart or table does not fit together, which would be a
/// fault of this program.
pub fn of(found: &AccountInsight, currency: Currency, origin: &Origin) -> Done {
    let money = Unit::money(currency);
    let answer = answer(found, &money);
    let renewal = associations("renewal", "What goes with renewing, 90 days before", &found.renewal)?;
    let printed = format!("{answer}\n\n{}\n{}", renewal.to_text(), at_risk(&found.at_risk, &money)?.to_text());
    let caution = "This is association: accounts that differ in one of these differ in renewing, all others held still. \
                   It does not say that an account would renew if one changed it. What an experiment says about that \
                   stands apart.";
    let mut with = vec![Block::Paragraph(caution.to_owned())];
    with.extend(figures::associations("renewal", "renewing", &found.renewal)?.map(Block::Figure));
    with.push(Block::Table(renewal));
    with.push(or_say(worth(found, &money)?, "No signal is found, so none is put into money."));
    let mut sections = vec![
        Section::new("What goes with renewing", with),
        Section::new("What would change if one acted", effect(found)),
    ];
    for (sku, found) in &found.expansion {
        let title = format!("What goes with buying {sku} within 90 days");
        let table = associations(&format!("expansion_{sku}"), &title, found)?;
        sections.push(Section::new(title, vec![Block::Table(table)]));
    }
    let losing = named(
        "losing",
        "Contracts that end within 180 days, by what is expected to be lost",
        "Renews",
        &found.losing,
        &money,
    )?;
    let ready = named(
        "ready",
        "Accounts by what a product on top would bring in expectation",
        "Buys within 90 days",
        &found.ready,
        &money,
    )?;
    sections.push(Section::new(
        "What is at risk",
        vec![Block::Table(at_risk(&found.at_risk, &money)?), or_say(losing, "No contract ends within 180 days.")],
    ));
    let mut use_of = vec![Block::Figure(figures::heat(&found.spread)?)];
    use_of.push(Block::Table(health(found)?));
    sections.push(Section::new("How the product is used, and how healthy tiers are", use_of));
    for funnel in &found.funnels {
        sections
            .push(Section::new(format!("On the way to {}", funnel.sku), vec![Block::Figure(figures::funnel(funnel)?)]));
    }
    sections.push(Section::new("Who is ready for more", vec![or_say(ready, "There is nothing to buy on top.")]));
    sections.push(reproduction(origin));
    let risk = found.at_risk.first();
    let document = Document {
        title: "What the accounts reveal".to_owned(),
        question: "What goes with renewing and buying more, what would change if one acted, and what is at risk?"
            .to_owned(),
        answer,
        key_figures: vec![
            figure("Accounts", count(found.accounts.0 as i64), format!("{} a year", money.short(found.recurring))),
            figure(
                "Renewed",
                Unit::Share.short(found.decisions.1),
                format!("of {} decisions", count(found.decisions.0 as i64)),
            ),
            figure(
                "Expected to be lost within 90 days",
                risk.map_or_else(String::new, |risk| range(&money, &risk.lost)),
                "80% interval",
            ),
        ],
        sections,
        colophon: colophon(),
    };
    Ok(Report { document, printed })
}

fn answer(found: &AccountInsight, money: &Unit) -> String {
    let surest: Vec<String> = found.renewal.iter().filter(|one| one.is_found()).take(4).map(in_words).collect();
    let surest = if surest.is_empty() {
        "No signal surely goes with renewing.".to_owned()
    } else {
        format!("What goes with renewing most surely: {}.", surest.join("; "))
    };
    let risk = found.at_risk.first().map_or_else(String::new, |risk| {
        format!(
            " Of {} whose contract ends within {} days, {} is expected to be lost.",
            money.short(risk.recurring),
            risk.days,
            range(money, &risk.lost)
        )
    });
    format!("{surest}{risk}")
}

fn in_words(one: &Association) -> String {
    format!(
        "{} ({:+.1} points a standard deviation)",
        one.signal.replace('_', " "),
        one.points.mean * one.spread * 100.0
    )
}

fn associations(name: &str, title: &str, found: &[Association]) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Signal"),
        Column::float("Log-odds", "a unit", 3).with_interval(LEVEL),
        Column::share("Points", "a standard deviation", 1),
        Column::text("p"),
        Column::text("q, corrected for all looked at"),
        Column::text("Found"),
    ];
    let mut table = Table::new(name, title, columns);
    for one in found {
        table.push(vec![
            one.signal.replace('_', " ").into(),
            shown(&one.log_odds).into(),
            (one.points.mean * one.spread).into(),
            chance(one.p_value).into(),
            chance(one.q_value).into(),
            if one.is_found() { "yes" } else { "" }.into(),
        ])?;
    }
    Ok(table)
}

/// No p-value is 0.
fn chance(p: f64) -> String {
    if p < 1e-4 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}

fn worth(found: &AccountInsight, money: &Unit) -> Result<Table, TableError> {
    let columns = vec![
        Column::text("Signal"),
        Column::money("Revenue of the worse half", "a year", money, 0),
        Column::money("Goes with one standard deviation", "a year", money, 0).with_interval(LEVEL),
    ];
    let title = "Recurring revenue that goes with a signal: an association, not a promise";
    let mut table = Table::new("worth", title, columns);
    for one in &found.money {
        table.push(vec![one.signal.replace('_', " ").into(), one.recurring.into(), shown(&one.a_year).into()])?;
    }
    Ok(table)
}

fn health(found: &AccountInsight) -> Result<Table, TableError> {
    let share = |name: &str| Column::share(name, "of accounts", 0);
    let columns = vec![
        Column::text("Tier"),
        Column::integer("Accounts", ""),
        Column::share("Expected to renew", "of revenue", 1),
        share("Below 60%"),
        share("60 to 80%"),
        share("80 to 90%"),
        share("90% and more"),
    ];
    let mut table = Table::new("health", "How probable renewing is, by tier", columns);
    for tier in &found.health {
        let mut row = vec![tier.tier.as_str().into(), (tier.accounts as i64).into(), tier.renews.into()];
        row.extend(tier.bands.map(crate::show::table::Cell::from));
        table.push(row)?;
    }
    Ok(table)
}

fn effect(found: &AccountInsight) -> Vec<Block> {
    let Some(effect) = &found.effect else {
        let none = "No experiment is in the data, so nothing is claimed here. To know it, enrol accounts as they become \
                    eligible, leave a random half alone, and give the arms in the record.";
        return vec![Block::Paragraph(none.to_owned())];
    };
    let parts = effect.through.iter().map(|one| through(one, effect));
    let mut told = vec![Block::Paragraph(trial(effect)), Block::List(parts.collect())];
    told.extend(found.surrogate.as_ref().map(|early| Block::Paragraph(foretold(early))));
    told
}

fn foretold(early: &Surrogate) -> String {
    let told = |one: &Estimate| {
        let ends = [one.lo, one.hi].map(|end| points(end.unwrap_or(f64::NAN)));
        format!("{} points ({} to {}, 95%)", points(one.mean), ends[0], ends[1])
    };
    let seen = early.seen.as_ref().map_or_else(
        || "Nothing has been decided since.".to_owned(),
        |seen| format!("Among those who have decided since it was {}.", told(seen)),
    );
    format!(
        "{} days after enrolment the signals of {} and {} accounts foretold an effect of {}, if signals move renewing as \
         much as they go with it. {seen}",
        early.days_after,
        early.accounts.0,
        early.accounts.1,
        told(&early.foretold),
    )
}

fn trial(effect: &Effect) -> String {
    format!(
        "{} accounts were treated (“{}”) and {} left alone by chance: {} against {} renewed, {} points ({} to {}, 95%).",
        effect.decided.0,
        effect.arm,
        effect.decided.1,
        Unit::Share.exact(effect.renewed.0, 1),
        Unit::Share.exact(effect.renewed.1, 1),
        points(effect.effect.mean),
        points(effect.effect.lo.unwrap_or(f64::NAN)),
        points(effect.effect.hi.unwrap_or(f64::NAN)),
    )
}

fn through(one: &crate::study::accounts::effect::Through, effect: &Effect) -> String {
    let per_unit = &one.effect_per_unit;
    let ends = match (per_unit.lo, per_unit.hi) {
        (Some(lo), Some(hi)) => format!("{} to {}, 95%", points(lo), points(hi)),
        _ => "no interval: the play did not surely move it".to_owned(),
    };
    let needed = effect.needed.map_or_else(String::new, |accounts| {
        format!(
            " To see half of what is promised in 4 of 5 experiments takes about {} accounts.",
            count(accounts as i64)
        )
    });
    format!(
        "Through {}: the play moved it by {:+.2}; one more goes with {} points of renewing, but in the experiment one more \
         brought {} ({ends}). The association alone would promise {} points from this play.{needed}",
        one.signal.replace('_', " "),
        one.moved.mean,
        points(one.promised_per_unit),
        points(per_unit.mean),
        points(one.promised.mean),
    )
}

fn points(share: f64) -> String {
    format!("{:+.1}", share * 100.0).replace('-', "−")
}
