//! The engine beside a plain loop, and what the parts of an observation cost.
#![allow(missing_docs, clippy::expect_used, reason = "a bench that cannot start has nobody to tell but its runner")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cwm::{
    base::{
        luck::{Luck, Purpose},
        time::SimTime,
        units::{Money, UserId},
    },
    history::session::{Observation, Session, Slot},
    study::bench::{Mode, Workload, work::counted},
    user::self_model::SelfModel,
    world::{
        arm::Lot,
        life::{Scene, User},
    },
};

const USERS: u32 = 10_000;

fn engine(criterion: &mut Criterion) {
    let workload = Workload::built_in().expect("the built-in population is sound");
    for mode in Mode::ALL {
        let task = workload.task(USERS, mode).expect("the built-in population can be lived");
        let mut group = criterion.benchmark_group(mode.name());
        group.sample_size(10).throughput(Throughput::Elements(task.floor().events));
        group.bench_function(BenchmarkId::new("floor", USERS), |b| b.iter(|| black_box(task.floor())));
        group.bench_function(BenchmarkId::new("plain", USERS), |b| b.iter(|| black_box(counted(&task))));
        group.bench_function(BenchmarkId::new("actors", USERS), |b| b.iter(|| black_box(task.engine(2, None))));
        group.finish();
    }
}

fn parts(criterion: &mut Criterion) {
    let workload = Workload::built_in().expect("the built-in population is sound");
    let world = workload.world(100);
    let (stage, lot): (_, &Lot) = (&world.stage, &world.lot);
    let scene = Scene { stage, lot, arm: lot.arms.first() };
    let priors = &stage.priors;
    let (model, session) = known(&world.arrivals.at(0).user, priors);
    let observation = Observation::Session(session);
    let mut group = criterion.benchmark_group("parts");
    group.bench_function("philox block", |b| {
        let luck = Luck::new(1, 0);
        b.iter(|| luck.block(black_box(UserId(7)), Purpose::Session, black_box(3)));
    });
    group.bench_function("birth", |b| b.iter(|| User::born(black_box(&world.arrivals.at(7)), &scene)));
    group.bench_function("score", |b| b.iter(|| model.predict(priors, session.at).score(black_box(&observation))));
    group.bench_function("score and learn", |b| {
        b.iter(|| {
            let mut model = black_box(model);
            let (scores, lesson) = model.predict(priors, session.at).score(&observation);
            model.learn(lesson);
            (scores, model)
        });
    });
    group.finish();
}

/// A user of whom a few sessions are known, and the next.
fn known(user: &UserId, priors: &cwm::user::priors::Priors) -> (SelfModel, Session) {
    let session = |day: i64| {
        Session::new(SimTime(day * 86_400), Slot { weekend: false, daypart: 3, late: false })
            .with_content(1)
            .with_paid(Money::from_minor(2_000))
    };
    let mut model = SelfModel::new(*user, SimTime(0), 0, priors);
    for day in [0, 6, 15, 21] {
        let seen = session(day);
        let (_, lesson) = model.predict(priors, seen.at).score(&Observation::Session(seen));
        model.learn(lesson);
    }
    (model, session(30))
}

criterion_group!(benches, engine, parts);
criterion_main!(benches);
