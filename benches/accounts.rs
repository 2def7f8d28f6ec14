//! What coupling costs: the shipped world of accounts over two years, by week and by day, beside a loop that lives every
//! member and account straight through. `cargo bench --bench accounts`.

use std::path::Path;

use cwm::{study::bench::accounts, world::account::Epoch};

fn main() {
    // `cargo test --benches` only asks whether it runs.
    let days = if std::env::args().any(|argument| argument == "--bench") { 730 } else { 28 };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/b2b_hr.ron");
    for epoch in [Epoch::Week, Epoch::Day] {
        match accounts::of_file(&scenario, epoch, days, threads, 3) {
            Ok(run) => println!(
                "{}: {} accounts, {} members, {} days: {:.1} ns a member-epoch, loop {:.1}, ratio {:.2}; {:.1} s by the clock \
                 on {threads} threads, {:.0} MB",
                run.mode,
                run.accounts,
                run.members,
                run.days,
                run.ns_per_member_epoch,
                run.floor_ns_per_member_epoch,
                run.ratio,
                run.wall_s,
                run.bytes as f64 / 1e6
            ),
            Err(error) => {
                eprintln!("error: {error}");
                std::process::exit(1);
            }
        }
    }
}
