//! Names and numbers as they stand in a sentence.

use crate::{
    base::units::{Currency, Money},
    history::session::DaypartCuts,
};

/// What things are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Parts of the day: "evenings (17–20 h)".
    pub dayparts: Vec<String>,
    /// Kinds of content.
    pub contents: Vec<String>,
    /// Features of the product.
    pub features: Vec<String>,
    /// Ways of messages.
    pub channels: Vec<String>,
    /// Their tones.
    pub styles: Vec<String>,
    /// Currency of all money.
    pub currency: Currency,
}

impl Words {
    /// Names the parts of the day by where it is cut.
    #[must_use]
    pub fn new(cuts: &DaypartCuts, contents: Vec<String>, currency: Currency) -> Self {
        let hours = cuts.hours();
        let end = |part: usize| hours.get(part + 1).map_or(24, |&hour| hour);
        let name = |part: usize| format!("{} ({}–{} h)", part_of_day(hours[part], end(part)), hours[part], end(part));
        let dayparts = (0..hours.len()).map(name).collect();
        Self { dayparts, contents, features: vec![], channels: vec![], styles: vec![], currency }
    }

    /// The same with the names of features, and of the ways and tones of messages.
    #[must_use]
    pub fn with(self, features: Vec<String>, channels: Vec<String>, styles: Vec<String>) -> Self {
        Self { features, channels, styles, ..self }
    }

    /// Name of a part of the day.
    #[must_use]
    pub fn daypart(&self, part: usize) -> &str {
        self.dayparts.get(part).map_or("an unnamed part of the day", String::as_str)
    }

    /// Name of a kind of content.
    #[must_use]
    pub fn content(&self, kind: usize) -> &str {
        self.contents.get(kind).map_or("something unnamed", String::as_str)
    }

    /// Name of a feature.
    #[must_use]
    pub fn feature(&self, feature: usize) -> &str {
        self.features.get(feature).map_or("an unnamed feature", String::as_str)
    }

    /// Name of a way of messages.
    #[must_use]
    pub fn channel(&self, channel: usize) -> &str {
        self.channels.get(channel).map_or("an unnamed way", String::as_str)
    }

    /// Name of a tone of messages.
    #[must_use]
    pub fn style(&self, style: usize) -> &str {
        self.styles.get(style).map_or("unnamed", String::as_str)
    }

    /// Money, from its logarithm on the scale of amounts.
    #[must_use]
    pub fn amount(&self, y: f64) -> String {
        self.money(Money::from_minor((crate::base::float::exp(y) * 100.0).round() as i64))
    }

    /// Median and interval of amounts, from their logarithms: "12.40 (8.00 to 20.50) USD".
    #[must_use]
    pub fn amounts(&self, [lo, median, hi]: [f64; 3]) -> String {
        let bare = |y: f64| self.amount(y).trim_end_matches(self.currency.code()).trim_end().to_owned();
        format!("{} ({} to {}) {}", bare(median), bare(lo), bare(hi), self.currency.code())
    }

    /// Money: "12.40 USD".
    #[must_use]
    pub fn money(&self, money: Money) -> String {
        format!("{:.*} {}", self.currency.digits() as usize, money.major(self.currency), self.currency.code())
    }
}

/// By the hour in the middle.
const fn part_of_day(from: u8, to: u8) -> &'static str {
    match u8::midpoint(from, to) {
        5..=9 => "mornings",
        10..=13 => "middays",
        14..=16 => "afternoons",
        17..=21 if from < 20 => "evenings",
        17..=23 => "late evenings",
        _ => "nights",
    }
}

/// Names of the days of the week, Monday first.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A share: "44%", "2.3%", "<0.1%".
#[must_use]
pub fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "<0.1%".to_owned();
    }
    let decimals = usize::from((0.0005..0.0995).contains(&share));
    format!("{:.decimals$}%", share * 100.0)
}

/// A probability after its "P": "= .95", "> .99".
#[must_use]
pub fn probability(p: f64) -> String {
    if p >= 0.995 { "> .99".to_owned() } else { format!("= {}", &format!("{p:.2}")[1..]) }
}

/// How evidence fades: "half-life 60 days".
#[must_use]
pub fn half_life(days: Option<f64>) -> String {
    days.map_or("never fading".to_owned(), |days| format!("half-life {days:.0} days"))
}

/// The same text with a capital at its start.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// "a, b and c".
#[must_use]
pub fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A length of time: "14 hours", "2.1 days", "48 days".
#[must_use]
pub fn duration(days: f64) -> String {
    match days {
        _ if days < 1.5 / 24.0 => format!("{:.0} minutes", days * 1_440.0),
        _ if days < 0.95 => format!("{:.0} hours", days * 24.0),
        _ if days < 9.95 => format!("{days:.1} days"),
        _ => format!("{days:.0} days"),
    }
}

/// A time that has passed: "3 days ago".
#[must_use]
pub fn ago(days: f64) -> String {
    if days < 1.0 {
        return "within the last day".to_owned();
    }
    let whole = days.round();
    if whole < 2.0 { "1 day ago".to_owned() } else { format!("{whole:.0} days ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_the_day_have_names() {
        let cuts = DaypartCuts::new(vec![0, 6, 10, 14, 17, 20]).unwrap();
        let words = Words::new(&cuts, vec![], Currency::new("USD").unwrap());
        let names: Vec<&str> = words.dayparts.iter().map(|name| name.split(' ').next().unwrap()).collect();
        assert_eq!(names, ["nights", "mornings", "middays", "afternoons", "evenings", "late"]);
        assert_eq!(words.daypart(4), "evenings (17–20 h)");
    }

    #[test]
    fn numbers_are_as_people_say_them() {
        assert_eq!([0.0, 0.0001, 0.023, 0.44, 1.0].map(percent), ["0%", "<0.1%", "2.3%", "44%", "100%"]);
        assert_eq!([0.951, 0.999].map(probability), ["= .95", "> .99"]);
        assert_eq!([0.02, 0.5, 2.14, 48.3].map(duration), ["29 minutes", "12 hours", "2.1 days", "48 days"]);
        assert_eq!([0.2, 1.1, 3.2].map(ago), ["within the last day", "1 day ago", "3 days ago"]);
    }
}
