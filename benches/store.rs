//! A million self-models to disk and back, beside a plain write of as many bytes.
#![allow(missing_docs, clippy::expect_used, reason = "a bench that cannot start has nobody to tell but its runner")]

use std::{fs, fs::File, hint::black_box, io::Write};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use cwm::{
    base::{
        luck::{Luck, Purpose},
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{Observation, Session, Slot},
    study::store::models::{self, Names},
    user::{priors::Priors, self_model::SelfModel},
};
use parquet::basic::{Compression, ZstdLevel};

const USERS: u64 = 1_000_000;

/// Up to 16 sessions, each at its own time, for its own sum and one of a few kinds of content.
fn model(user: u64, priors: &Priors) -> SelfModel {
    let mut stream = Luck::new(1, 0).stream(UserId(user), Purpose::Birth, 0);
    let mut draw = |below: f64| (stream.uniform() * below) as i64;
    let mut at = draw(300.0) * DAY;
    let (favourite, mut left) = (draw(28.0), 1 + draw(16.0));
    let mut model = SelfModel::new(UserId(user), SimTime(at), 0, priors);
    while left > 0 {
        let slot = Slot { weekend: draw(7.0) > 4, daypart: draw(6.0) as u8, late: draw(2.0) > 0 };
        let session = Session::new(SimTime(at), slot).with_content((favourite + draw(4.0)) as u8);
        let session = if draw(3.0) > 0 { session.with_paid(Money::from_minor(100 + draw(9_000.0))) } else { session };
        let (_, lesson) = model.predict(priors, session.at).score(&Observation::Session(session));
        model.learn(lesson);
        at += draw(20.0 * DAY as f64);
        left -= 1;
    }
    model
}

fn store(criterion: &mut Criterion) {
    let priors = Priors::ignorant();
    let models: Vec<SelfModel> = (0..USERS).map(|user| model(user, &priors)).collect();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let path = folder.path().join("models.parquet");
    let compressions = [
        ("plain", Compression::UNCOMPRESSED),
        ("lz4", Compression::LZ4_RAW),
        ("zstd 1", Compression::ZSTD(ZstdLevel::try_new(1).expect("1 is a level"))),
    ];
    let mut group = criterion.benchmark_group("a million self-models");
    group.sample_size(10).throughput(Throughput::Elements(USERS));
    for (name, compression) in compressions {
        let write = || {
            let file = File::create(&path).expect("the file can be made");
            let file = models::write_compressed(&models, &Names::new(), file, compression).expect("it can be written");
            file.sync_all().expect("it reaches the disk");
        };
        group.bench_function(format!("write {name}"), |b| b.iter(write));
        group.bench_function(format!("read {name}"), |b| {
            b.iter(|| black_box(models::read(&path).expect("it is whole")));
        });
        let bytes = fs::read(&path).expect("the file can be read");
        println!("{name}: {} bytes, {} a user", bytes.len(), bytes.len() as u64 / USERS);
        group.bench_function(format!("the same bytes as {name}"), |b| {
            b.iter(|| {
                let mut file = File::create(&path).expect("the file can be made");
                file.write_all(&bytes).expect("it can be written");
                file.sync_all().expect("it reaches the disk");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, store);
criterion_main!(benches);
