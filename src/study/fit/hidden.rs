//! Hidden chains by expectation–maximisation over users' answers in a row (Baum & Welch; Rabiner 1989, §III.C), with a
//! few pseudo-counts so that no state is ever certain.

use rayon::prelude::*;

use crate::user::facet::hidden::Chain;

/// Expected counts.
#[derive(Clone, Copy, Debug)]
struct Expected<const S: usize> {
    start: [f64; S],
    step: [[f64; S]; S],
    /// `[no, yes]`.
    said: [[f64; 2]; S],
}

impl<const S: usize> Expected<S> {
    /// Pseudo-counts worth a few users, shaped as the chain that a fit starts from.
    fn of(chain: &Chain<S>) -> Self {
        let weight = 4.0;
        Self {
            start: chain.start.map(|p| weight * f64::from(p)),
            step: chain.step.map(|row| row.map(|p| weight * f64::from(p))),
            said: chain.yes.map(|p| [weight * f64::from(1.0 - p), weight * f64::from(p)]),
        }
    }

    fn none() -> Self {
        Self { start: [0.0; S], step: [[0.0; S]; S], said: [[0.0; 2]; S] }
    }

    fn add(&mut self, other: &Self) {
        for s in 0..S {
            self.start[s] += other.start[s];
            for t in 0..S {
                self.step[s][t] += other.step[s][t];
            }
            self.said[s][0] += other.said[s][0];
            self.said[s][1] += other.said[s][1];
        }
    }

    fn maximised(&self) -> Chain<S> {
        let shares = |counts: &[f64; S]| {
            let total: f64 = counts.iter().sum();
            counts.map(|count| (count / total) as f32)
        };
        Chain {
            start: shares(&self.start),
            step: std::array::from_fn(|s| shares(&self.step[s])),
            yes: self.said.map(|[no, yes]| ((yes / (no + yes)) as f32).clamp(1e-4, 1.0 - 1e-4)),
        }
    }

    /// Adds one user's answers: forward and backward through them.
    fn hear(&mut self, chain: &Chain<S>, answers: &[bool]) {
        let (forward, scale) = forward(chain, answers);
        let mut backward = [1.0f64; S];
        for (t, &yes) in answers.iter().enumerate().rev() {
            let before = if t == 0 { chain.start.map(f64::from) } else { forward[t - 1] };
            let mut next = [0.0; S];
            for from in 0..S {
                for to in 0..S {
                    let part = f64::from(chain.step[from][to]) * said(chain, to, yes) * backward[to] / scale[t];
                    next[from] += part;
                    self.step[from][to] += before[from] * part;
                }
            }
            for s in 0..S {
                self.said[s][usize::from(yes)] += forward[t][s] * backward[s];
            }
            backward = next;
        }
        for s in 0..S {
            self.start[s] += f64::from(chain.start[s]) * backward[s];
        }
    }
}

fn said<const S: usize>(chain: &Chain<S>, state: usize, yes: bool) -> f64 {
    let p = f64::from(chain.yes[state]);
    if yes { p } else { 1.0 - p }
}

/// Filtered states and the probability of each answer given those before.
fn forward<const S: usize>(chain: &Chain<S>, answers: &[bool]) -> (Vec<[f64; S]>, Vec<f64>) {
    let mut state = chain.start.map(f64::from);
    let (mut states, mut scale) = (Vec::with_capacity(answers.len()), Vec::with_capacity(answers.len()));
    for &yes in answers {
        let mut next = [0.0; S];
        for to in 0..S {
            let moved: f64 = (0..S).map(|from| state[from] * f64::from(chain.step[from][to])).sum();
            next[to] = moved * said(chain, to, yes);
        }
        let total = next.iter().sum::<f64>().max(1e-300);
        state = next.map(|weight| weight / total);
        states.push(state);
        scale.push(total);
    }
    (states, scale)
}

/// Users that one task hears; results do not depend on it.
const BLOCK: usize = 64;

/// The chain that suits users' answers best, from a start, after some rounds.
#[must_use]
pub fn fit<const S: usize>(users: &[Vec<bool>], start: &Chain<S>, rounds: usize) -> Chain<S> {
    let mut chain = *start;
    for _ in 0..rounds {
        let block = |users: &[Vec<bool>]| {
            let mut expected = Expected::none();
            users.iter().for_each(|answers| expected.hear(&chain, answers));
            expected
        };
        let blocks: Vec<Expected<S>> = users.par_chunks(BLOCK).map(block).collect();
        let mut sum = Expected::of(start);
        blocks.iter().for_each(|block| sum.add(block));
        chain = sum.maximised();
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        luck::{Luck, Purpose},
        units::UserId,
    };

    #[test]
    fn a_chain_is_recovered_from_what_it_says() {
        let truth = Chain { start: [0.3, 0.7], step: [[0.95, 0.05], [0.1, 0.9]], yes: [0.85, 0.1] };
        let users: Vec<Vec<bool>> = (0..400)
            .map(|user| {
                let mut stream = Luck::new(5, 0).stream(UserId(user), Purpose::Birth, 0);
                let mut state = usize::from(stream.uniform() > f64::from(truth.start[0]));
                (0..40)
                    .map(|_| {
                        state = usize::from(stream.uniform() > f64::from(truth.step[state][0]));
                        stream.uniform() < f64::from(truth.yes[state])
                    })
                    .collect()
            })
            .collect();
        let start = Chain { start: [0.5, 0.5], step: [[0.9, 0.1], [0.1, 0.9]], yes: [0.7, 0.3] };
        let found = fit(&users, &start, 60);
        assert!((found.yes[0] - 0.85).abs() < 0.03 && (found.yes[1] - 0.1).abs() < 0.03, "{found:?}");
        assert!((found.step[0][1] - 0.05).abs() < 0.02 && (found.step[1][0] - 0.1).abs() < 0.03, "{found:?}");
    }
}
