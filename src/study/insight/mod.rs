//! What a history reveals: leaks, hidden segments, cliffs, breaks, each in money a year with an interval.
//!
//! One kind of finding a file, and a line in the list of kinds. All is read from events; "none" is a finding, too, at the error that
//! it states. Findings of money that is had by asking differently, not by an effect that was shown, are called what-ifs in
//! their own words, and every finding says which experiment would test it.
//!
//! | kind | question |
//! |---|---|
//! | [`zero_revenue`] | which sessions earn nothing, and which of them could? |
//! | [`cliff`] | is there a window of tenure in which users leave beyond what sorting explains? |
//! | [`segment`] | is there a sort of user worth several times the average? |
//! | [`breaks`] | did a step work differently from one day on? |
//! | [`acquisition`] | what does a user cost, and does it come back? |
//! | [`predictor`] | what do those do who are worth more later? |

pub mod acquisition;
pub mod breaks;
pub mod classes;
pub mod cliff;
pub mod comparable;
pub mod dimension;
pub mod facts;
pub mod finding;
pub mod interval;
pub mod leaving;
pub mod precede;
pub mod predictor;
pub mod proposal;
pub mod segment;
pub mod series;
pub mod spend;
pub mod words;
pub mod zero_revenue;

use self::{
    acquisition::Source,
    classes::Classes,
    dimension::Dimension,
    facts::{Facts, Reading},
    finding::{Finding, Kind},
    predictor::Association,
    segment::Figures,
    spend::Spend,
    zero_revenue::GroupFigures,
};
use crate::study::calibrate::evidence::Evidence;

/// Every kind of finding, in the order in which they are told where they are worth the same.
const KINDS: [fn(&Looked<'_>) -> Vec<Finding>; 6] =
    [zero_revenue::look, cliff::look, segment::look, breaks::look, acquisition::look, predictor::look];

/// A history, and what several kinds of finding need of it.
#[derive(Clone, Debug)]
pub struct Looked<'a> {
    /// What it holds.
    pub facts: &'a Facts,
    /// How its sessions can be parted.
    pub dimensions: Vec<Dimension>,
    /// How users leave; none if tenure cannot be told.
    pub leaving: Option<&'a cliff::Found>,
    /// Hidden segments.
    pub classes: Option<&'a Classes>,
    /// Each user's probability of each of them, in the order of [`Facts::people`].
    pub members: Vec<Vec<f64>>,
    /// Their figures, the most valuable first.
    pub segments: Vec<Figures>,
    /// Where users come from.
    pub sources: Vec<Source>,
    /// What goes with later value and leaving.
    pub associations: Vec<Association>,
    /// Seed of simulations.
    pub seed: u64,
}

/// All that was found, with what it was found in.
#[derive(Clone, Debug)]
pub struct Insight {
    /// What the history holds.
    pub facts: Facts,
    /// How users leave.
    pub leaving: Option<cliff::Found>,
    /// Hidden segments.
    pub classes: Option<Classes>,
    /// Their figures, the most valuable first.
    pub segments: Vec<Figures>,
    /// Where users come from.
    pub sources: Vec<Source>,
    /// What goes with later value and leaving.
    pub associations: Vec<Association>,
    /// Groups of sessions.
    pub groups: Vec<GroupFigures>,
    /// What was found, the most money first.
    pub findings: Vec<Finding>,
}

impl Insight {
    /// Looks at a history.
    #[must_use]
    pub fn of(reading: &Reading<'_>, spend: Spend, seed: u64) -> Self {
        let facts = Facts::of(reading, spend);
        // 1. When users leave, and who they may be.
        let evidence = Evidence::of(reading.timelines, reading.zone, reading.currency);
        let leaving = cliff::find(&facts, seed);
        let cliff = leaving.as_ref().and_then(|found| found.cliff.as_ref());
        let classes = Classes::of(&facts, evidence, cliff);
        // 2. What several findings share.
        let mut looked = Looked {
            facts: &facts,
            dimensions: Dimension::all(&facts),
            leaving: leaving.as_ref(),
            classes: classes.as_ref(),
            members: classes.as_ref().map(|classes| classes.memberships(&classes.evidence.users)).unwrap_or_default(),
            segments: Vec::new(),
            sources: acquisition::sources(&facts),
            associations: predictor::associations(&facts),
            seed,
        };
        looked.segments = segment::figures(&looked);
        // 3. Each kind, and the most money first.
        let findings = ranked(KINDS.iter().flat_map(|look| look(&looked)).collect());
        let groups = zero_revenue::figures(&looked);
        let Looked { segments, sources, associations, .. } = looked;
        Self { facts, leaving, classes, segments, sources, associations, groups, findings }
    }
}

/// Claims with money by how much, associations after all others; then what is not there; otherwise in their order.
fn ranked(mut findings: Vec<Finding>) -> Vec<Finding> {
    let money = |finding: &Finding| finding.money_per_year.map_or(f64::NEG_INFINITY, |money| money.mean);
    let is_association = |finding: &Finding| finding.kind == Kind::Predictor;
    findings.sort_by(|a, b| {
        let claims = b.stands.cmp(&a.stands).then(is_association(a).cmp(&is_association(b)));
        claims.then(money(b).total_cmp(&money(a)))
    });
    findings
}
