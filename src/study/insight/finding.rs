//! A finding: what, where, how large with its interval, what it costs a year, on what evidence, and what would test it.

use serde::Serialize;

use crate::study::estimate::Estimate;

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sessions that earn nothing.
    ZeroRevenue,
    /// A window of tenure in which users leave.
    Cliff,
    /// Users of one sort who are worth more than others.
    Segment,
    /// Something that changed from one day to another.
    Break,
    /// Money spent on bringing users.
    Acquisition,
    /// What goes with being worth more, or with leaving.
    Predictor,
}

/// What a finding's value is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// A fraction.
    Share,
    /// A multiple of something else.
    Multiple,
    /// Major units.
    Money,
}

/// One finding.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What sort of thing.
    pub kind: Kind,
    /// In which population, step or window.
    #[serde(rename = "where")]
    pub place: String,
    /// Whether the evidence carries a claim; otherwise it is told that there is none.
    pub stands: bool,
    /// The finding as a sentence.
    pub says: String,
    /// What the value counts.
    pub measure: Measure,
    /// How large it is; none where the history cannot tell.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// Level of the interval.
    pub level: f64,
    /// What it is worth a year [major units].
    pub money_per_year: Option<Estimate>,
    /// What that money is, in words.
    pub money_is: String,
    /// Probability of such evidence by chance, after correction for how many places were looked at.
    pub p_value: Option<f64>,
    /// What the claim rests on.
    pub evidence: Vec<String>,
    /// What to do about it.
    pub action: String,
    /// The scenario that would test it, in the folder of results.
    pub scenario: Option<String>,
    /// What that scenario tries.
    #[serde(skip)]
    pub trial: Option<Trial>,
}

/// What would be tried, in the words of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Name of the scenario's file and of its intervention: letters, digits and `_`.
    pub name: String,
    /// The question it answers.
    pub question: String,
    /// For whom: an eligibility in RON.
    pub eligible: String,
    /// What is done: an effect in RON.
    pub effect: String,
    /// The window of tenure that stands out, if the trial is about that.
    pub cliff: Option<Window>,
}

/// A window of tenure in which users leave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Window {
    /// Its start \[day\].
    pub from: f64,
    /// Its end \[day\].
    pub to: f64,
    /// Hazard in it over what it would be \[multiple\].
    pub times: f64,
    /// Hazard after it, relative to what it would be in it \[multiple\].
    pub after: f64,
}

impl Trial {
    /// A trial of one intervention.
    #[must_use]
    pub fn new(name: &str, question: &str, eligible: &str, effect: String) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
        Self {
            name: name.chars().map(plain).take(60).collect(),
            question: question.to_owned(),
            eligible: eligible.to_owned(),
            effect,
            cliff: None,
        }
    }
}

impl Finding {
    /// A finding without anything known of it yet.
    #[must_use]
    pub fn new(kind: Kind, place: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            kind,
            place: place.into(),
            stands: true,
            says: says.into(),
            measure: Measure::Share,
            value: None,
            lo: None,
            hi: None,
            level: super::interval::LEVEL,
            money_per_year: None,
            money_is: String::new(),
            p_value: None,
            evidence: Vec::new(),
            action: String::new(),
            scenario: None,
            trial: None,
        }
    }

    /// What cannot be known, or is not there.
    #[must_use]
    pub fn nothing(kind: Kind, place: impl Into<String>, says: impl Into<String>) -> Self {
        Self { stands: false, ..Self::new(kind, place, says) }
    }

    /// With its size.
    #[must_use]
    pub fn sized(mut self, measure: Measure, size: &Estimate) -> Self {
        (self.measure, self.value, self.lo, self.hi) = (measure, Some(size.mean), size.lo, size.hi);
        self
    }

    /// With what it is worth a year.
    #[must_use]
    pub fn worth(mut self, money: Estimate, what: impl Into<String>) -> Self {
        (self.money_per_year, self.money_is) = (Some(money), what.into());
        self
    }

    /// With what it rests on.
    #[must_use]
    pub fn because(mut self, evidence: Vec<String>) -> Self {
        self.evidence = evidence;
        self
    }

    /// With what to do, and the trial of it.
    #[must_use]
    pub fn then(mut self, action: impl Into<String>, trial: Option<Trial>) -> Self {
        (self.action, self.trial) = (action.into(), trial);
        self
    }

    /// With how likely it is by chance.
    #[must_use]
    pub const fn by_chance(mut self, p: f64) -> Self {
        self.p_value = Some(p);
        self
    }
}
