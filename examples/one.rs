use cwm::world::{engine::*, scenario::ScenarioFile};
fn main() {
    let f = ScenarioFile::read(std::path::Path::new("scenarios/b2c_readings.ron")).unwrap_or_else(|e| panic!("{e}"));
    let st = stage(&f.scenario).unwrap();
    for r in 0..6 {
        let w = world(&f.scenario, &st, r, None);
        let t = std::time::Instant::now();
        let p = plainly(&w, Epoch::Whole).unwrap();
        println!("{:?} ns/event {}", t.elapsed(), t.elapsed().as_nanos() as f64 / p.events as f64);
    }
}
