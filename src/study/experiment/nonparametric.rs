//! Ranks instead of values: does the treated arm tend to be larger? (Mann & Whitney 1947.)

use libm::sqrt;

use super::law::normal_sf;

/// A test by ranks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Pairs in which the treated value is the larger one; ties count half.
    pub u: f64,
    /// Two-sided, by the normal law with correction for ties and continuity.
    pub p_value: f64,
    /// Probability that a treated value is the larger one of a random pair.
    pub superiority: f64,
}

/// Mann and Whitney's test; none of an empty arm, or if all values are equal.
#[must_use]
pub fn mann_whitney(control: &[f64], treated: &[f64]) -> Option<Ranked> {
    let mut all: Vec<(f64, bool)> =
        control.iter().map(|&v| (v, false)).chain(treated.iter().map(|&v| (v, true))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (n, m) = (treated.len() as f64, control.len() as f64);
    let (mut place, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|a, b| a.0 == b.0) {
        let size = equal.len() as f64;
        ranks += (place + 0.5 * (size + 1.0)) * equal.iter().filter(|(_, treated)| *treated).count() as f64;
        ties += size * size * size - size;
        place += size;
    }
    let u = ranks - 0.5 * n * (n + 1.0);
    let variance = n * m / 12.0 * (n + m + 1.0 - ties / ((n + m) * (n + m - 1.0)));
    let off = ((u - 0.5 * n * m).abs() - 0.5).max(0.0);
    (variance > 0.0).then(|| Ranked {
        u,
        p_value: (2.0 * normal_sf(off / sqrt(variance))).min(1.0),
        superiority: u / (n * m),
    })
}
