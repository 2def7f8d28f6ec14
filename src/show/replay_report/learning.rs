//! What was learned of one user, stage by stage.

use super::{Block, Section};
use crate::{
    show::{
        explain_report::{coming, sentences},
        number::count,
    },
    study::explanation::{
        learned::{Learned, Stage},
        membership::Membership,
    },
    user::explain::{
        ENOUGH,
        wording::{listed, percent},
    },
};

/// Segments that are told.
const SEGMENTS: usize = 2;
/// And no less likely than this \[1\].
const LEAST: f64 = 0.01;

/// As a section of the report.
pub(super) fn section(learned: &Learned) -> Section {
    let mut blocks = vec![Block::Paragraph(chosen(learned))];
    for stage in &learned.at_sessions {
        blocks.extend([Block::Heading(heading(stage)), Block::List(lines(stage))]);
    }
    Section::new("What was learned of one user", blocks)
}

/// As a terminal shows it.
pub(super) fn printed(learned: &Learned) -> String {
    let stage = |stage: &Stage| {
        let lines: Vec<String> = lines(stage).into_iter().map(|line| format!("  - {line}")).collect();
        format!("\n{}\n{}", heading(stage), lines.join("\n"))
    };
    let stages: Vec<String> = learned.at_sessions.iter().map(stage).collect();
    format!("\nWhat was learned of one user\n{}\n{}", chosen(learned), stages.join("\n"))
}

fn chosen(learned: &Learned) -> String {
    format!(
        "User {}: of those with fifty sessions or more (or else the most), the one whose predictions gained the median \
         over the population\u{2019}s. The priors come from others.",
        learned.user
    )
}

fn heading(stage: &Stage) -> String {
    let sessions = if stage.session == 1 { "session" } else { "sessions" };
    format!("After {} {sessions} ({})", count(stage.session.into()), stage.date)
}

/// The claims, whom the user is like, and what comes next.
fn lines(stage: &Stage) -> Vec<String> {
    let mut lines: Vec<String> = stage.topics.iter().flat_map(sentences).collect();
    if lines.is_empty() {
        lines.push(format!(
            "Nothing is claimed: that takes {ENOUGH:.0} sessions\u{2019} worth of evidence and P above .90."
        ));
    }
    lines.extend(like(&stage.membership));
    lines.extend(stage.next.as_ref().map(coming));
    lines
}

/// "Most like segment 2 (71%; 20% of everybody) and segment 1 (25%; 40% of everybody)."
fn like(membership: &[Membership]) -> Option<String> {
    let of = |member: &Membership| {
        let set_apart = member.apart.first().map(|apart| format!("; {}", apart.words)).unwrap_or_default();
        format!("{} ({}; {} of everybody{set_apart})", member.segment, percent(member.p), percent(member.born))
    };
    let members: Vec<String> = membership.iter().take(SEGMENTS).filter(|member| member.p >= LEAST).map(of).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    (membership.len() > 1).then(|| format!("Most like {}.", listed(&members)))
}
