//! How many purchases the coins allow.

use libm::exp;

use super::super::special::{harmonic, ln_rising, saturating};

/// Coins with `p ~ Beta(a, b)`, after `m` of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dropout {
    a: f64,
    b: f64,
    m: f64,
    /// Probability that the first `m` coins all said go on: `B(a, b+m)/B(a, b)`.
    survives: f64,
    /// Expected purchases if at most `m` can be made: the sum of `survives` over fewer coins.
    purchases: f64,
}

impl Dropout {
    /// Before the first coin.
    pub fn new(a: f64, b: f64) -> Self {
        Self { a, b, m: 0.0, survives: 1.0, purchases: 0.0 }
    }

    /// Expected purchases if at most `m` can be made, for `m` not below now's. Far ahead it does not go step by step.
    pub fn purchases_of(&mut self, m: f64) -> f64 {
        if m > self.m + 64.0 {
            let survives = exp(ln_rising(self.b, m) - ln_rising(self.a + self.b, m));
            *self = Self { m, survives, purchases: purchases(self.a, self.b, m), ..*self };
        }
        while self.m < m {
            self.toss();
        }
        self.purchases
    }

    /// Probabilities that the coin after the next purchase is reached, and that it says stop.
    pub fn next(&mut self) -> (f64, f64) {
        let reached = self.survives;
        self.toss();
        (reached, reached * self.a / (self.a + self.b + self.m - 1.0))
    }

    fn toss(&mut self) {
        self.purchases += self.survives;
        self.survives *= (self.b + self.m) / (self.a + self.b + self.m);
        self.m += 1.0;
    }
}

/// Expected purchases if at most `m ≥ 1` can be made, `m` not needing to be whole: the partial sum of
/// `(b)ᵢ/(a+b)ᵢ`, which telescopes to `(a+b−1)·(1 − Γ-ratio)/(a−1)`; smooth through `a = 1`.
pub(super) fn purchases(a: f64, b: f64, m: f64) -> f64 {
    if b < 2.0 {
        return 1.0 + b / (a + b) * if m > 1.0 { purchases(a, b + 1.0, m - 1.0) } else { 0.0 };
    }
    (a + b - 1.0) * saturating(a - 1.0, slope(a - 1.0, b, m))
}

/// `ln(Γ(b+c+m)·Γ(b)/(Γ(b+m)·Γ(b+c)))/c`: how fast coins stop at first, as a power of what is left.
fn slope(c: f64, b: f64, m: f64) -> f64 {
    if c.abs() < 1e-4 {
        return harmonic(b + 0.5 * c, m);
    }
    // The shorter step keeps the digits.
    let logs = if c.abs() > m {
        ln_rising(b + c, m) - ln_rising(b, m)
    } else if c > 0.0 {
        ln_rising(b + m, c) - ln_rising(b, c)
    } else {
        ln_rising(b + c, -c) - ln_rising(b + c + m, -c)
    };
    logs / c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closed_form_is_the_sum() {
        for a in [1e-6, 0.5, 0.999_95, 1.0, 1.000_2, 3.0, 1e5] {
            for b in [1e-6, 0.7, 1.0, 40.0, 1e6] {
                let mut slow = Dropout::new(a, b);
                (1..=700).for_each(|m| _ = slow.purchases_of(f64::from(m)));
                let fast = purchases(a, b, 700.0);
                assert!((fast / slow.purchases - 1.0).abs() < 1e-9, "{a} {b}: {fast} {}", slow.purchases);
                let mut leap = Dropout::new(a, b);
                leap.purchases_of(700.0);
                assert!((leap.survives - slow.survives).abs() < 1e-11, "{a} {b}");
            }
        }
    }

    #[test]
    fn every_coin_says_one_thing_or_the_other() {
        let mut coins = Dropout::new(0.8, 2.4);
        let (mut stopped, mut reached) = (0.0, 1.0);
        for _ in 0..30 {
            let (at, stop) = coins.next();
            assert!((at - reached).abs() < 1e-15);
            stopped += stop;
            reached = at - stop;
        }
        assert!((stopped + reached - 1.0).abs() < 1e-14);
    }
}
