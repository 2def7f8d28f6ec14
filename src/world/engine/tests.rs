//! The same bits however the work is cut: threads, cohorts, epochs, actors or none.

use std::path::Path;

use super::*;
use crate::{
    base::time::SimTime,
    history::session::{Observation, Session, Slot},
    world::scenario::ScenarioFile,
};

const SCENARIO: &str = r#"Scenario(
    schema: 1, name: "tiny", question: "Is it the same however the work is cut?", seed: 7, currency: "USD",
    clock: Clock(start: "2026-03-01", timezone: "America/Chicago", warmup_days: 50, baseline_days: 10, horizon_days: 25),
    sessions: Sessions(timeout_minutes: 30.0, dayparts: [0, 6, 10, 14, 17, 20]),
    world: World(
        population: PopulationLaw(
            segments: [
                SegmentLaw(id: "few", share: 0.6, sessions_per_30d: 3.0, paid_prob: 0.6, amount: AmountLaw(mean: 12.0, sigma: 0.5)),
                SegmentLaw(id: "many", share: 0.4, sessions_per_30d: 9.0, paid_prob: 0.8, amount: AmountLaw(mean: 30.0, sigma: 0.5)),
            ],
            traits: Traits(rate_shape: 2.0, price_level_sigma: 0.3, paid_strength: 6.0, frailty_shape: 2.0,
                daypart: DaypartTaste(weekday: [0.1, 0.2, 0.2, 0.2, 0.2, 0.1], strength: 9.0), content_strength: 5.0),
        ),
        acquisition: [Channel(id: "organic", brings: Organic(users_per_day: 9.0))],
        catalogue: [Content(id: "a", share: 0.7), Content(id: "b", share: 0.3)],
        churn: Churn(windows: [10.0, 30.0], loss: { "few": [0.2, 0.5, 0.2], "many": [0.1, 0.4, 0.1] },
            cliff: Cliff(window: 1, cause: "defect", share_fixable: Beta(mean: 0.8, n: 20.0))),
        settlement: Settlement(refund: 0.02, dispute: 0.01, dispute_fee: 15.0),
        RECOMMENDATIONS
    ),
    interventions: [
        Intervention(id: "fix", ramp_days: 3, eligible: TenureDays(11, 30), effect: FixDefect(cause: "defect")),
        Intervention(id: "more", day: 2, ramp_days: 5, eligible: All, effect: ScaleSessions(by: Exactly(1.5))),
        Intervention(id: "serve", eligible: Predicted(segment: "many", p_at_least: 0.5), effect: Tailor(segment: "many",
            hit: Multiples(sessions: Exactly(1.2), amount: Exactly(1.3)), miss: Multiples(sessions: Exactly(1.0), amount: Exactly(1.0)))),
    ],
    experiment: Experiment(arms: [
        Arm(id: "control", interventions: []), Arm(id: "same", interventions: []), Arm(id: "fix", interventions: ["fix"]),
        Arm(id: "more", interventions: ["more"]), Arm(id: "all", interventions: ["fix", "more", "serve"]),
    ], replications: 2),
    metrics: Metrics(primary: RevenuePerDay(window: (6, 25))),
)"#;

const COUPLED: &str = "recommendations: Recommendations(per_paid_session: 0.5, answered: 0.6),";

fn scenario(recommendations: &str) -> Scenario {
    let text = SCENARIO.replace("RECOMMENDATIONS", recommendations);
    ScenarioFile::parse(Path::new("tiny.ron"), text).unwrap_or_else(|error| panic!("{error}")).scenario
}

fn on_actors(scenario: &Scenario, threads: usize, epoch: Epoch, cohorts: u32) -> Vec<Closed> {
    let plan = Plan { threads, epoch, deal: Some(Deal::into_cohorts(cohorts)) };
    direct(scenario, &stage(scenario).unwrap(), 0..2, plan, &mut |_, _| {}).unwrap()
}

#[test]
fn threads_cohorts_epochs_and_actors_leave_no_trace_in_the_books() {
    let scenario = scenario("");
    let stage = stage(&scenario).unwrap();
    let lived = |replication, epoch| plainly(&world(&scenario, &stage, replication, None), epoch).unwrap();
    let books: Vec<Closed> = (0..2).map(|replication| lived(replication, Epoch::Whole)).collect();
    assert!(books[0].events > 10_000 && books[0] != books[1]);
    assert_eq!(lived(0, Epoch::Day), books[0]);
    for (threads, epoch, cohorts) in
        [(1, Epoch::Whole, 1), (2, Epoch::Whole, 3), (7, Epoch::Whole, 17), (2, Epoch::Day, 17)]
    {
        assert!(
            on_actors(&scenario, threads, epoch, cohorts) == books,
            "{threads} threads, {epoch:?}, {cohorts} cohorts"
        );
    }
    let plan = Plan { threads: 2, epoch: Epoch::Whole, deal: None };
    assert!(hold(&world(&scenario, &stage, 1, None), plan, async |_| {}).unwrap() == books[1]);
}

#[test]
fn users_who_hear_each_other_are_the_same_however_the_work_is_cut() {
    let scenario = scenario(COUPLED);
    let stage = stage(&scenario).unwrap();
    let plain = |replication| plainly(&world(&scenario, &stage, replication, None), Epoch::Whole).unwrap();
    let books: Vec<Closed> = (0..2).map(plain).collect();
    let alone = self::scenario("");
    let alone = plainly(&world(&alone, &super::stage(&alone).unwrap(), 0, None), Epoch::Whole).unwrap();
    assert!(books[0].events > alone.events + 500, "nobody hears of anybody");
    for (threads, cohorts) in [(1, 1), (2, 3), (7, 17)] {
        assert!(on_actors(&scenario, threads, Epoch::Whole, cohorts) == books, "{threads} threads, {cohorts} cohorts");
    }
}

#[test]
fn arms_share_all_luck_that_they_can_share() {
    let scenario = scenario("");
    let books = plainly(&world(&scenario, &stage(&scenario).unwrap(), 0, None), Epoch::Whole).unwrap();
    let [control, same, fix, more, _all, ..] = &books.arms[..] else { panic!("five arms") };
    assert_eq!(control, same);
    assert_eq!((books.pairs[1].sum, books.pairs[1].squares), (0, 0));
    let gone = |book: &crate::world::ledger::ArmBook| book.days.iter().map(|day| day.left).sum::<u64>();
    assert!(gone(fix) < gone(control));
    // Sessions that a treatment adds change neither who leaves nor when.
    let left = |book: &crate::world::ledger::ArmBook| book.days.iter().map(|day| day.left).collect::<Vec<_>>();
    assert_eq!(left(control), left(more));
}

/// What each of an arm's users who came after the launch was seen to do.
fn tapes(scenario: &Scenario, arm: usize) -> Vec<Vec<Observation>> {
    use crate::world::{
        arrivals::Newborn,
        ledger::Ledger,
        life::{Scene, User},
    };
    let world = world(scenario, &stage(scenario).unwrap(), 0, None);
    let (mut page, mut nobody) = (Ledger::new(world.run, &world.shape()), Vec::new());
    let scene = Scene { stage: &world.stage, lot: &world.lot, arm: Some(&world.lot.arms[arm]) };
    let late = world.arrivals.all().filter(|newborn| newborn.day >= world.stage.launch);
    let lived = |newborn: Newborn| {
        let mut tape = Vec::new();
        let mut book = page.open(Some(arm), &world.stage, &mut nobody, &world.arrivals);
        book.tape = Some(&mut tape);
        User::born(&newborn, &scene).live(world.stage.days * SECONDS, &scene, &mut book);
        tape
    };
    late.map(lived).collect()
}

#[test]
fn a_treatment_that_adds_sessions_moves_no_session_that_would_have_happened_anyway() {
    let scenario = scenario("");
    let (organic, more) = (tapes(&scenario, 0).concat(), tapes(&scenario, 3).concat());
    let mut rest = more.iter();
    // A session that begins while an added one still runs is put off, at most by the timeout.
    let near = |a: &Observation, b: &Observation| (0..=1_800).contains(&(b.at().0 - a.at().0));
    let kept =
        organic.iter().filter(|seen| rest.clone().any(|other| near(seen, other)) && rest.next().is_some()).count();
    assert!(more.len() > organic.len());
    assert!(kept == organic.len(), "{kept} of {}", organic.len());
    let exact = organic.iter().filter(|seen| more.contains(seen)).count();
    assert!(exact * 100 >= organic.len() * 97, "{exact} of {}", organic.len());
}

#[test]
fn a_user_can_be_asked_told_promoted_and_put_back() {
    let scenario = scenario("");
    let world = world(&scenario, &stage(&scenario).unwrap(), 0, None);
    let youngest = world.arrivals.users() as u32 - 1;
    let plan = Plan { threads: 2, epoch: Epoch::Day, deal: Some(Deal::into_cohorts(3)) };
    let closed = hold(&world, plan, async |held| {
        let user = held.user(0, youngest).unwrap();
        assert!(held.user(0, youngest + 1).is_none());
        let before = user.ask().await.unwrap().unwrap();
        let seen = |minutes: i64| {
            let at = SimTime(before.last().0 + 60 * minutes);
            Observation::Session(Session::new(at, Slot { weekend: false, daypart: 2, late: false }))
        };
        // Told in place.
        user.tell(seen(60)).unwrap();
        let told = user.ask().await.unwrap().unwrap();
        assert_eq!(told.sessions(), before.sessions() + 1);
        // Promoted: an actor of its own; the cohort's copy rests, and what it is told reaches the actor.
        let own = user.promote().await.unwrap().unwrap();
        assert!(user.ask().await.unwrap().is_none() && user.promote().await.unwrap().is_none());
        assert!(own.send(Observed(seen(120))).await.unwrap().is_some());
        user.tell(seen(180)).unwrap();
        // Another question to the cohort is answered only after the letter has been passed on.
        assert!(user.ask().await.unwrap().is_none());
        let (id, away) = own.send(Look).await.unwrap().unwrap();
        assert_eq!((id, away.sessions()), (before.user(), before.sessions() + 3));
        // Put back, with what happened to it meanwhile.
        own.send(GoHome).await.unwrap();
        assert_eq!(user.ask().await.unwrap(), Some(away));
        // The other arms never heard of it.
        assert_eq!(held.user(1, youngest).unwrap().ask().await.unwrap(), Some(before));
    });
    let books = plainly(&world, Epoch::Day).unwrap();
    assert_eq!(closed.unwrap().arms[0].days, books.arms[0].days);
}

#[test]
fn recorded_streams_score_the_same_in_blocks_on_any_threads_as_in_one_loop() {
    use super::recorded::{Record, Records, Replay, replay, replay_plainly};
    let stage = stage(&scenario("")).unwrap();
    let users: Vec<Vec<Observation>> = tapes(&scenario(""), 0);
    assert!(users.len() > 100);
    let (mut records, mut observations) = (Vec::new(), Vec::new());
    for (i, seen) in users.iter().enumerate() {
        let start = observations.len() as u32;
        observations.extend_from_slice(seen);
        let (user, range) = (crate::base::units::UserId(i as u64), start..observations.len() as u32);
        records.push(Record { user, first: seen[0].at(), observations: range, channel: 0 });
    }
    let recorded = |cohorts| Replay {
        records: Arc::new(Records::new(records.clone(), observations.clone(), Some(Deal::into_cohorts(cohorts)))),
        priors: Arc::new(stage.priors.clone()),
        run: RunId([3; 16]),
    };
    let one = replay_plainly(&recorded(1)).unwrap();
    assert_eq!(one.events, observations.len() as u64);
    let middle = observations[observations.len() / 2].at();
    for (threads, cohorts) in [(1, 1), (2, 3), (7, 17)] {
        let look = async |held: recorded::Replayed| {
            let model = held.ask(records[5].user).await.unwrap().unwrap();
            assert_eq!(
                model.sessions() as usize,
                users[5].iter().filter(|o| matches!(o, Observation::Session(_))).count()
            );
        };
        assert_eq!(
            replay(&recorded(cohorts), threads, &[middle], look).unwrap(),
            one,
            "{threads} threads, {cohorts} cohorts"
        );
    }
}
