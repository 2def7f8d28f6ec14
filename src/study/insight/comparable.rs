//! Comparable sessions: those of users as far along who have paid as often so far.
//!
//! Sessions are put in strata by their place in the user's life (first, second to third, fourth to ninth, later) and the share
//! of the user's earlier sessions that paid; a group's paid share is held against that of the other sessions in its strata
//! (indirect standardisation; Breslow & Day 1987, *Statistical Methods in Cancer Research* II, § 2.3).

use super::{
    dimension::Dimension,
    facts::{Facts, Visit},
    interval::Measured,
};

/// Strata that sessions are put in.
pub const STRATA: usize = 16;

/// The stratum of each session, in the order of [`Facts::visits`].
#[must_use]
pub fn strata(facts: &Facts) -> Vec<u8> {
    let mut strata = vec![0; facts.visits.len()];
    for person in &facts.people {
        let mut paid = 0u32;
        for place in person.visits.clone() {
            let visit = &facts.visits[place];
            strata[place] = stratum(visit.number, paid);
            paid += u32::from(visit.paid > 0);
        }
    }
    strata
}

fn stratum(number: u32, paid: u32) -> u8 {
    let stage = match number {
        0 => return 0,
        1..=2 => 1,
        3..=8 => 2,
        _ => 3,
    };
    let share = f64::from(paid) / f64::from(number);
    let habit = [0.0, 1.0 / 3.0, 2.0 / 3.0].iter().filter(|&&end| share > end).count() as u8;
    4 * stage + habit
}

/// A group against comparable sessions.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// Place of the group in its dimension.
    pub group: usize,
    /// Sessions in it.
    pub sessions: f64,
    /// Share of them that earned nothing.
    pub unpaid: Measured,
    /// Share of them that paid, less that of comparable sessions.
    pub gap: Measured,
}

/// Sessions by (stratum, group): how many, how many paid.
type Cells = Vec<Vec<(f64, f64)>>;

/// Every group of a dimension that has enough sessions, among some.
#[must_use]
pub fn compared(facts: &Facts, dimension: &Dimension, visits: &[usize], strata: &[u8], fewest: f64) -> Vec<Compared> {
    let stratum = |place: usize| if dimension.is_stage() { 0 } else { usize::from(strata[place]) };
    let placed: Vec<(usize, usize, &Visit)> = visits
        .iter()
        .filter_map(|&place| {
            let visit = &facts.visits[place];
            Some((stratum(place), dimension.group(facts, visit)?, visit))
        })
        .collect();
    let mut cells: Cells = vec![vec![(0.0, 0.0); dimension.groups.len()]; STRATA];
    for (stratum, group, visit) in &placed {
        let cell = &mut cells[*stratum][*group];
        *cell = (cell.0 + 1.0, cell.1 + f64::from(visit.paid > 0));
    }
    (0..dimension.groups.len()).filter_map(|group| of_group(group, &placed, &cells, fewest)).collect()
}

/// The share that paid of other groups in each stratum, with its variance; none where there are no others.
fn others(cells: &Cells, group: usize) -> Vec<Option<(f64, f64)>> {
    let one = |cells: &Vec<(f64, f64)>| {
        let (all, paid) = cells.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
        let (rest, rest_paid) = (all - cells[group].0, paid - cells[group].1);
        let share = rest_paid / rest.max(1.0);
        (rest >= 10.0).then(|| (share, share * (1.0 - share) / rest))
    };
    cells.iter().map(one).collect()
}

fn of_group(group: usize, placed: &[(usize, usize, &Visit)], cells: &Cells, fewest: f64) -> Option<Compared> {
    let others = others(cells, group);
    let own = placed.iter().filter(|(stratum, of, _)| *of == group && others[*stratum].is_some());
    // User by user, since sessions stand in that order: sessions, unpaid ones, and payments above what is expected.
    let mut users: Vec<(usize, f64, f64, f64)> = Vec::new();
    for (stratum, _, visit) in own {
        let expected = others[*stratum].map_or(0.0, |(share, _)| share);
        let paid = f64::from(visit.paid > 0);
        if users.last().is_none_or(|user| user.0 != visit.person) {
            users.push((visit.person, 0.0, 0.0, 0.0));
        }
        let Some(user) = users.last_mut() else { continue };
        (user.1, user.2, user.3) = (user.1 + 1.0, user.2 + 1.0 - paid, user.3 + paid - expected);
    }
    let sessions: f64 = users.iter().map(|user| user.1).sum();
    if sessions < fewest {
        return None;
    }
    let unpaid = Measured::ratio(&users.iter().map(|user| (user.2, user.1)).collect::<Vec<_>>())?;
    let gap = Measured::ratio(&users.iter().map(|user| (user.3, user.1)).collect::<Vec<_>>())?;
    let of_others: f64 =
        cells.iter().zip(&others).filter_map(|(cells, other)| Some(cells[group].0.powi(2) * (*other)?.1)).sum();
    let se = (gap.se.powi(2) + of_others / sessions.powi(2)).sqrt();
    Some(Compared { group, sessions, unpaid, gap: Measured::new(gap.value, se) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strata_tell_the_stage_and_the_habit_of_paying() {
        assert_eq!(stratum(0, 0), 0);
        assert_eq!([stratum(1, 0), stratum(1, 1), stratum(2, 1)], [4, 7, 6]);
        assert_eq!([stratum(8, 8), stratum(9, 0)], [11, 12]);
        assert!((0..200).all(|number| usize::from(stratum(number, number / 2)) < STRATA));
    }
}
