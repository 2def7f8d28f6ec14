use cwm::world::{engine::*, ledger::nats, scenario::ScenarioFile, stage::SECONDS};
fn main() {
    let f = ScenarioFile::read(std::path::Path::new("scenarios/b2c_readings.ron")).unwrap_or_else(|e| panic!("{e}"));
    let st = stage(&f.scenario).unwrap();
    let t = std::time::Instant::now();
    let reps = 40u32;
    let books = direct(&f.scenario, &st, 0..reps, Plan::for_this_machine(), &mut |_, _| {}).unwrap();
    let el = t.elapsed();
    let ev: u64 = books.iter().map(|b| b.events).sum();
    println!("{el:?} events {ev} ns/event wall {}", el.as_nanos() as f64 / ev as f64);
    let t = std::time::Instant::now();
    let p = plainly(&world(&f.scenario, &st, 0, None), Epoch::Whole).unwrap();
    println!(
        "plain one: {:?} ns/event {} same {}",
        t.elapsed(),
        t.elapsed().as_nanos() as f64 / p.events as f64,
        p == books[0]
    );
    let t = std::time::Instant::now();
    let p = plainly(&world(&f.scenario, &st, 0, None), Epoch::Day).unwrap();
    println!(
        "plain day: {:?} ns/event {} same {}",
        t.elapsed(),
        t.elapsed().as_nanos() as f64 / p.events as f64,
        p == books[0]
    );
    let (b, l) = (st.baseline as usize, st.launch as usize);
    let n = f64::from(reps) * (l - b) as f64;
    let mut s = [0f64; 6];
    let mut seg = vec![[0f64; 3]; 3];
    let mut active = 0f64;
    for bk in &books {
        let mut a = 0i64;
        for (d, c) in bk.before.days.iter().enumerate().take(l) {
            a += c.born as i64 - c.left as i64;
            if d >= b {
                active += a as f64 / n;
                s[0] += c.sessions as f64;
                s[1] += c.paid as f64;
                s[2] += c.gross as f64 / 100.;
                s[3] += c.born as f64;
            }
        }
        for (i, c) in bk.before.segments.iter().enumerate() {
            seg[i][0] += c.born as f64;
            seg[i][1] += c.gross as f64;
            seg[i][2] += c.sessions as f64;
        }
    }
    println!(
        "sessions {:.1} paid {:.1} zero {:.3} rev {:.0} new {:.1} active {:.0} avg {:.2}",
        s[0] / n,
        s[1] / n,
        1. - s[1] / s[0],
        s[2] / n,
        s[3] / n,
        active,
        s[2] / s[1]
    );
    let (tb, tg): (f64, f64) = (seg.iter().map(|x| x[0]).sum(), seg.iter().map(|x| x[1]).sum());
    for (i, x) in seg.iter().enumerate() {
        println!("{}: new {:.3} rev {:.3} mult {:.2}", st.segments[i], x[0] / tb, x[1] / tg, x[1] / tg / (x[0] / tb));
    }
    for c in 0..3 {
        let m: Vec<String> = (0..6)
            .map(|m| {
                let (t, l) = books
                    .iter()
                    .fold((0u64, 0u64), |a, b| (a.0 + b.arms[0].months[c][m].there, a.1 + b.arms[0].months[c][m].left));
                format!("{:.3}", l as f64 / t as f64)
            })
            .collect();
        println!("{} {:?}", st.segments[c], m);
    }
    let arms = books[0].arms.len();
    let win = |bk: &cwm::world::ledger::Closed, a: usize| -> f64 {
        bk.arms[a].days[st.window.0 as usize..st.window.1 as usize].iter().map(|c| c.gross as f64 / 100.).sum::<f64>()
            / (st.window.1 - st.window.0) as f64
    };
    for a in 0..arms {
        let up: Vec<f64> = books.iter().map(|b| win(b, a) / win(b, 0) - 1.).collect();
        let m = up.iter().sum::<f64>() / reps as f64;
        let sd = (up.iter().map(|u| (u - m).powi(2)).sum::<f64>() / (reps as f64 - 1.)).sqrt();
        let treated: i64 = books[0].arms[a].treated.iter().map(|d| d.iter().sum::<i64>()).sum();
        let sg = &books
            .iter()
            .fold((0, 0), |x, b| (x.0 + b.arms[a].segments[2].gross, x.1 + b.arms[a].segments[2].gross_treated));
        println!(
            "arm {a}: uplift {:.4} sd {:.4} treated now {} dev rev treated {:.2}",
            m,
            sd,
            treated,
            sg.1 as f64 / sg.0 as f64
        );
    }
    for (k, c) in cwm::user::facet::FacetKind::ALL.iter().zip(books[0].scores) {
        println!(
            "{} {} skill {:.4} nats {:.4}",
            k.name(),
            c.events,
            1. - nats(c.log_p) / nats(c.population_log_p),
            (nats(c.log_p) - nats(c.population_log_p)) / c.events as f64
        );
    }
    let _ = SECONDS;
}
