//! What a session costs the self-model: predict, score and learn over all facets, and each facet by itself.
//!
//! The users are the shipped grocery shoppers and the priors those fitted to them, so beliefs are as full as they get.
#![allow(missing_docs, clippy::expect_used, reason = "a bench that cannot start has nobody to tell but its runner")]

use std::{hint::black_box, path::Path};

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use cwm::{
    history::{
        log,
        session::{Observation, Session},
        sessions::{Sessionisation, Timelines, timelines},
    },
    study::{
        fit::{self, Settings},
        life::{Life, lives},
    },
    user::{
        facet::{FacetKind, amount::log_amount, context::Seen, gap::log_gap, visit::VisitBelief},
        priors::Priors,
        self_model::SelfModel,
    },
    world::scenario::ScenarioFile,
};

fn history() -> Timelines {
    let file = ScenarioFile::read(Path::new("scenarios/grocery_replay.ron")).expect("the scenario is shipped");
    let scenario = &file.scenario;
    let recorded = scenario.recorded.as_ref().expect("it replays a history");
    let loaded = log::load(recorded, file.folder(), scenario.currency).expect("the history is shipped");
    let settings = Sessionisation {
        timeout_minutes: 30,
        at_midnight: false,
        dayparts: scenario.sessions.dayparts.clone(),
        zone: scenario.clock.timezone.clone(),
        catalogues: None,
        answer_days: 7,
    };
    timelines(&loaded.history, &settings).expect("it has sessions")
}

fn sessions(lives: &[Life<'_>]) -> u64 {
    lives.iter().map(|life| life.observations.len() as u64).sum()
}

fn self_model(criterion: &mut Criterion) {
    let timelines = history();
    let (lives, _) = lives(&timelines);
    let priors = fit::fit(&lives, &Settings { sweeps: 2, searched: 3_000, ..Settings::default() }).priors;
    let mut group = criterion.benchmark_group("self_model");
    // 1. A whole session, over all facets: real users, one after the other.
    let some = &lives[..400];
    group.sample_size(20).throughput(Throughput::Elements(sessions(some)));
    group.bench_function("predict, score, learn: 400 users", |b| {
        b.iter(|| some.iter().map(|life| life.replay(&priors, &mut ()).sessions()).sum::<u32>());
    });
    group.sample_size(10).throughput(Throughput::Elements(sessions(&lives)));
    group.bench_function("replay of the whole history", |b| {
        b.iter(|| lives.iter().map(|life| life.replay(&priors, &mut ()).sessions()).sum::<u32>());
    });
    // 2. One user who is well known, and the session after the last.
    let life = lives.iter().max_by_key(|life| life.observations.len()).expect("there are users");
    let model = life.replay(&priors, &mut ());
    let Some(Observation::Session(session)) = life.observations.last() else { return };
    group.throughput(Throughput::Elements(1));
    facets(&mut group, &priors, &model, session);
    group.finish();
}

/// Densities of one outcome under all segments, and learning it, facet by facet.
fn facets(group: &mut BenchmarkGroup<'_, WallTime>, priors: &Priors, model: &SelfModel, session: &Session) {
    let picks = model.picks();
    let (gap, amount) = (log_gap(3.0), session.paid.map_or(3.0, log_amount));
    let (slot, kind) = (session.slot(), session.content().unwrap_or_default());
    group.bench_function("decay of all facets", |b| {
        b.iter(|| black_box(model).predict(priors, black_box(session.at)).kept(FacetKind::Gap));
    });
    group.bench_function("gap", |b| {
        b.iter(|| {
            let mut belief = *black_box(model.gap());
            let p =
                priors.gap.densities(&belief, picks.gap, 0.9, black_box(Seen { y: gap, population: 0.1, context: 40 }));
            belief.fade(0.9);
            (p, belief.learn(3.0, gap), belief)
        });
    });
    group.bench_function("daypart", |b| {
        b.iter(|| {
            let mut belief = *black_box(model.daypart());
            let p = priors.daypart.probabilities(&belief, picks.cell, 0.9, black_box(slot), black_box(40));
            belief.0.fade(0.9);
            belief.learn(slot);
            (p, belief)
        });
    });
    group.bench_function("content", |b| {
        b.iter(|| {
            let mut belief = *black_box(model.content());
            let p =
                priors.content.probabilities(&belief, picks.content, 0.9, usize::from(black_box(kind)), black_box(20));
            belief.0.fade(0.9);
            belief.learn(1 << kind);
            (p, belief)
        });
    });
    group.bench_function("offer", |b| {
        b.iter(|| {
            let mut belief = black_box(model.offer()).faded(0.9);
            let p = priors.offer.probabilities(&belief, model.last_offer(), black_box(true));
            belief.learn(true);
            (p, belief)
        });
    });
    group.bench_function("purchase", |b| {
        b.iter(|| {
            let mut belief = black_box(model.purchase()).faded(0.9);
            let p = priors.purchase.of(true).probabilities(&belief, None, black_box(true));
            belief.learn(true);
            (p, belief)
        });
    });
    group.bench_function("amount", |b| {
        b.iter(|| {
            let mut belief = *black_box(model.amount());
            let p = priors.amount.densities(
                &belief,
                picks.amount,
                0.9,
                black_box(Seen { y: amount, population: 0.1, context: 40 }),
            );
            belief.fade(0.9);
            (p, belief.learn(amount, 0.0), belief)
        });
    });
    group.bench_function("visit, a week", |b| {
        b.iter(|| {
            let mut belief: VisitBelief = *black_box(model.visit());
            let moved = priors.visit.chain.moved(&belief.state(&priors.visit));
            let p = priors.visit.probabilities(&belief, &moved, 0.93, true);
            belief.learn(&priors.visit, &moved, 0.93, true);
            (p, belief)
        });
    });
    group.bench_function("churn, a period", |b| {
        b.iter(|| priors.churn.probabilities(black_box(model.churn()), 2, 1.0));
    });
}

criterion_group!(benches, self_model);
criterion_main!(benches);
