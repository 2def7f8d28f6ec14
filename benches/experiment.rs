//! What an analysis of an experiment costs, from sufficient statistics on.
#![allow(missing_docs, reason = "a bench has no readers but its runner")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use cwm::study::experiment::{
    bayesian, cuped,
    difference::{Asked, Form, Tail, compare},
    multiple::{Method, adjust},
    power::Test,
    proportion::Count,
    sample_ratio,
    sequential::{always_valid::always_valid, group},
    summary::{Side, Summary},
};

fn experiment(criterion: &mut Criterion) {
    let control = Side::mean(&Summary::from_sums(3_000.0, [301.0], [[869.0]]));
    let treated = Side::mean(&Summary::from_sums(3_001.0, [337.0], [[960.5]]));
    let asked = Asked::two_sided(Form::Relative, 0.05);
    let mut group_of = criterion.benchmark_group("experiment");
    group_of.bench_function("difference of means", |b| {
        b.iter(|| compare(black_box(&control), black_box(&treated), asked));
    });
    group_of.bench_function("always valid", |b| {
        let effect = compare(&control, &treated, asked).unwrap_or_else(|| unreachable!("it has variance"));
        b.iter(|| always_valid(black_box(effect), 6_001.0, 0.05, 5_000.0, Tail::Both));
    });
    let pair = |sum, squares| Summary::from_sums(400.0, [sum, 3_975.8], [[squares, 42_993.5], [42_993.5, 45_043.4]]);
    let (before, after) = (pair(3_948.1, 44_736.3), pair(4_130.7, 46_852.9));
    group_of.bench_function("CUPED", |b| {
        b.iter(|| {
            let adjusted = cuped::means(black_box(&before), black_box(&after));
            compare(&adjusted.control, &adjusted.treated, asked)
        });
    });
    group_of.bench_function("posterior", |b| b.iter(|| bayesian::posterior(black_box(0.12), 0.15, None, false, 0.05)));
    group_of.bench_function("sample ratio", |b| {
        b.iter(|| sample_ratio::fixed(black_box(&[44_700.0, 45_489.0]), &[1.0, 1.0]));
    });
    group_of.bench_function("exact interval of a proportion", |b| {
        b.iter(|| Count { successes: black_box(13.0), trials: 812.0 }.exact(0.05));
    });
    group_of.bench_function("Holm over 25 tests", |b| {
        let p: Vec<f64> = (1..=25).map(|i| f64::from(i) / 40.0).collect();
        b.iter(|| adjust(black_box(&p), Method::Holm, 0.05));
    });
    group_of.bench_function("power of a t-test", |b| {
        let test = Test { alpha: 0.05, ratio: 1.0, tail: Tail::Both };
        b.iter(|| test.power_of_means(black_box(0.2), 300.0));
    });
    group_of.bench_function("four looks of a group-sequential test", |b| {
        b.iter(|| group::boundaries(black_box(&[0.25, 0.5, 0.75, 1.0]), 0.05, 2.0, Tail::Both));
    });
    group_of.finish();
}

criterion_group!(benches, experiment);
criterion_main!(benches);
