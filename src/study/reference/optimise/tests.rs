//! Peaks that are known.

use super::*;

/// Holds a gradient against central differences of the value.
pub(in super::super) fn gradient_is_the_slope<const N: usize>(objective: &impl Objective<N>, at: &[f64; N]) {
    let slope = objective.at(at);
    for i in 0..N {
        let side = |step: f64| {
            let mut moved = *at;
            moved[i] += step;
            objective.at(&moved).value
        };
        let difference = (side(1e-4) - side(-1e-4)) / 2e-4;
        let off = (slope.gradient[i] - difference).abs();
        assert!(off < 1e-6 * (slope.value.abs() + difference.abs()), "{i}: {} {difference}", slope.gradient[i]);
    }
}

/// A bent valley turned upside down (Rosenbrock 1960), its peak 0 at (1, 1).
struct Bent;

impl Objective<2> for Bent {
    fn at(&self, &[x, y]: &[f64; 2]) -> Slope<2> {
        let (a, b) = (1.0 - x, y - x * x);
        Slope { value: -a * a - 100.0 * b * b, gradient: [2.0 * a + 400.0 * b * x, -200.0 * b] }
    }
}

/// Rises to the right for ever; not finite far on the left.
struct Endless;

impl Objective<1> for Endless {
    fn at(&self, &[x]: &[f64; 1]) -> Slope<1> {
        if x < -9.0 {
            return Slope { value: f64::NAN, gradient: [f64::NAN] };
        }
        Slope { value: -libm::exp(-x), gradient: [libm::exp(-x)] }
    }
}

#[test]
fn the_bent_valley_is_climbed() {
    for start in [[-1.2, 1.0], [5.0, -5.0], [0.0, 0.0]] {
        let peak = maximise(&Bent, &Bent, &[start]).unwrap();
        assert!(peak.converged && apart(&peak.at, &[1.0, 1.0]) < 1e-8, "{peak:?}");
    }
    let peak = maximise(&Bent, &Bent, &[[-1.0, 2.0]]).unwrap();
    let covariance = inverse_of(&peak.hessian.map(|line| line.map(|c| -c)), &[true; 2]).unwrap();
    assert!((covariance[0][0] - 0.5).abs() < 1e-4 && (covariance[1][1] - 2.005).abs() < 1e-3, "{covariance:?}");
}

#[test]
fn the_simplex_finds_it_without_a_gradient() {
    assert!(apart(&simplex::search(&Bent, &[-1.2, 1.0]), &[1.0, 1.0]) < 1e-3);
}

#[test]
fn what_has_no_peak_ends_inside_the_box() {
    let peak = maximise(&Endless, &Endless, &[[-2.0]]).unwrap();
    assert!(peak.at[0] > 5.0 && peak.at[0] < WIDE);
    assert_eq!(maximise(&Endless, &Endless, &[[-10.0]]), None);
}
