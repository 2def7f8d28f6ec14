//! The gradient, and draws of the time of leaving.

use super::super::{optimise::tests::gradient_is_the_slope, rows::Rows};
use super::{fit::Problem, *};

#[test]
fn the_gradient_is_that_of_the_likelihood() {
    let of = |x, t_x, age| Purchases::new(x, t_x, age).unwrap();
    let rows =
        Rows::of(&[of(0, 0.0, 38.9), of(1, 0.1, 27.0), of(3, 30.0, 38.9), of(9, 39.0, 39.0), of(300, 30.0, 80.0)]);
    for at in [[0.2, 4.4, 0.8, 2.4], [3.0, 0.1, 1.0, 9.0], [1e-3, 1e3, 1e-3, 20.0], [900.0, 1e-3, 40.0, 1e-2]] {
        gradient_is_the_slope(&Problem { rows: &rows }, &at.map(log));
    }
}
