//! Ways to part sessions into groups: where they came from, what they met, when they were.

use super::facts::{Facts, Visit};

/// Sessions that a group needs to be looked at.
pub const FEWEST_SESSIONS: f64 = 30.0;

/// One way to part sessions.
#[derive(Clone, Debug)]
pub struct Dimension {
    /// What parts them.
    pub name: &'static str,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// Which group a session is in.
    place: Place,
    /// Whether the groups are made by time alone, so that a break in one is a break in all.
    pub is_calendar: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Channel,
    Campaign,
    Content,
    Order,
    Daypart,
    Weekday,
    Tenure,
    Feature(usize),
}

/// Ends of the bands of tenure \[day\].
const TENURES: [(f64, &str); 4] =
    [(30.0, "days 0–30"), (90.0, "days 30–90"), (180.0, "days 90–180"), (f64::INFINITY, "after day 180")];

impl Dimension {
    /// All that a history has.
    #[must_use]
    pub fn all(facts: &Facts) -> Vec<Self> {
        let texts = |names: &[crate::history::name::Name]| names.iter().map(ToString::to_string).collect();
        let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
        let mut all = vec![
            Self::new("channel", texts(&facts.channels), Place::Channel),
            Self::new("campaign", texts(&facts.campaigns), Place::Campaign),
            Self::new("content", texts(&facts.contents), Place::Content),
            Self::new("order", vec!["first session".to_owned(), "later session".to_owned()], Place::Order),
            Self::new("time of day", (0..facts.hours.len()).map(|part| facts.daypart(part)).collect(), Place::Daypart),
            Self::new("weekday", days.map(str::to_owned).into(), Place::Weekday),
            Self::new("tenure", TENURES.map(|(_, name)| name.to_owned()).into(), Place::Tenure),
        ];
        all.extend(facts.features.iter().enumerate().map(|(place, name)| {
            let groups = vec![format!("without {name}"), format!("with {name}")];
            Self::new("feature", groups, Place::Feature(place))
        }));
        all.retain(|dimension| dimension.groups.len() > 1);
        all
    }

    fn new(name: &'static str, groups: Vec<String>, place: Place) -> Self {
        Self { name, groups, place, is_calendar: matches!(place, Place::Weekday | Place::Daypart) }
    }

    /// The group of a session; none if it is not known.
    #[must_use]
    pub fn group(&self, facts: &Facts, visit: &Visit) -> Option<usize> {
        let person = &facts.people[visit.person];
        match self.place {
            Place::Channel => person.channel,
            Place::Campaign => person.campaign,
            Place::Content => visit.content.map(usize::from).filter(|&kind| kind < self.groups.len()),
            Place::Order => Some(usize::from(visit.number > 0)),
            Place::Daypart => Some(usize::from(visit.slot.daypart)).filter(|&part| part < self.groups.len()),
            Place::Weekday => Some(usize::from(visit.weekday)),
            Place::Tenure => TENURES.iter().position(|(end, _)| visit.tenure < *end),
            Place::Feature(place) => Some(usize::from(visit.features >> place & 1)),
        }
    }

    /// Whether the group of a session says where its user came from: a difference may be who comes, not what they meet.
    #[must_use]
    pub const fn is_origin(&self) -> bool {
        matches!(self.place, Place::Channel | Place::Campaign)
    }

    /// Whether the group of a session says how far the user has come, which is what comparable sessions have in common.
    #[must_use]
    pub const fn is_stage(&self) -> bool {
        matches!(self.place, Place::Order | Place::Tenure)
    }
}
