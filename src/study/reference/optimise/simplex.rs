//! The downhill simplex (Nelder & Mead 1965, *The Computer Journal* 7, 308–313), uphill: slow, but it needs no gradient
//! and takes a likelihood that is not finite for a very bad one.

use super::Objective;

/// Most moves.
const MOVES: usize = 400;

type Corner<const N: usize> = (f64, [f64; N]);

/// A better place than the start, or the start.
pub(super) fn search<const N: usize>(objective: &impl Objective<N>, start: &[f64; N]) -> [f64; N] {
    let limits = objective.limits();
    let judged = |at: [f64; N]| {
        let at: [f64; N] = std::array::from_fn(|i| at[i].clamp(-limits[i], limits[i]));
        let value = objective.at(&at).value;
        (if value.is_finite() { value } else { f64::NEG_INFINITY }, at)
    };
    let mut corners = vec![judged(*start)];
    corners.extend((0..N).map(|i| judged(std::array::from_fn(|j| start[j] + if i == j { 0.5 } else { 0.0 }))));
    for _ in 0..MOVES {
        corners.sort_by(|a, b| b.0.total_cmp(&a.0));
        if corners[0].0 - corners[N].0 < 1e-10 {
            break;
        }
        advance(&mut corners, &judged);
    }
    corners.sort_by(|a, b| b.0.total_cmp(&a.0));
    corners[0].1
}

/// Reflects the worst corner, goes on if that is the best, goes half the way if it is no better, else shrinks.
fn advance<const N: usize>(corners: &mut [Corner<N>], judged: &impl Fn([f64; N]) -> Corner<N>) {
    let centre: [f64; N] = std::array::from_fn(|i| corners[..N].iter().map(|c| c.1[i]).sum::<f64>() / N as f64);
    let worst = corners[N];
    let along = |length: f64| judged(std::array::from_fn(|i| centre[i] + length * (centre[i] - worst.1[i])));
    let reflected = along(1.0);
    if reflected.0 > corners[0].0 {
        let further = along(2.0);
        corners[N] = if further.0 > reflected.0 { further } else { reflected };
        return;
    }
    if reflected.0 > corners[N - 1].0 {
        corners[N] = reflected;
        return;
    }
    let nearer = along(if reflected.0 > worst.0 { 0.5 } else { -0.5 });
    if nearer.0 > worst.0.max(reflected.0) {
        corners[N] = nearer;
        return;
    }
    let best = corners[0].1;
    corners[1..].iter_mut().for_each(|corner| *corner = judged(std::array::from_fn(|i| 0.5 * (best[i] + corner.1[i]))));
}
