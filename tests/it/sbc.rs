//! Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari & Gelman 2018, *Validating Bayesian inference
//! algorithms with simulation-based calibration*, §4): draw a user from the prior, let them act, learn from what they did;
//! the truth's rank among draws of the belief must be uniform. Of a state that is one of several, the transform
//! `P(before) + V·P(truth)` with uniform `V` takes the rank's place.

use cwm::{
    base::{
        luck::{Luck, Purpose, Stream},
        time::{DAY, SimTime},
        units::{Money, UserId},
    },
    history::session::{Fate, Message, Observation, Session, Slot},
    user::{
        facet::{
            HalfLives,
            chance::{Answers, Chance},
            choice::ChoicePrior,
            churn::{ChurnPrior, Departure},
            feature::FeaturePrior,
            gap::GapLaw,
            hidden::Chain,
            renewal::RenewalPrior,
        },
        priors::Priors,
        segment::{PerSegment, SEGMENTS},
        self_model::SelfModel,
    },
};
use rand_distr::{Beta, Distribution, Gamma, StandardNormal};

const REPLICATIONS: u32 = 1_200;
/// Draws of the belief that the truth is ranked among, and bins of the histogram.
const DRAWS: usize = 99;
const BINS: usize = 20;
/// Upper 0.1% point of the chi-squared law with 19 degrees of freedom.
const CRITICAL: f64 = 43.82;

/// Histograms of ranks, by name.
#[derive(Default)]
struct Ranks(std::collections::BTreeMap<&'static str, [f64; BINS]>);

impl Ranks {
    /// Ranks a truth among draws.
    fn rank(&mut self, name: &'static str, truth: f64, stream: &mut Stream, mut draw: impl FnMut(&mut Stream) -> f64) {
        let below = (0..DRAWS).filter(|_| draw(stream) < truth).count();
        self.0.entry(name).or_default()[below * BINS / (DRAWS + 1)] += 1.0;
    }

    /// Where one of several states lies in what was believed of it.
    fn state(&mut self, name: &'static str, truth: usize, belief: &[f32], stream: &mut Stream) {
        let before: f32 = belief[..truth].iter().sum();
        let u = f64::from(before) + stream.uniform() * f64::from(belief[truth]);
        self.0.entry(name).or_default()[((u * BINS as f64) as usize).min(BINS - 1)] += 1.0;
    }

    fn uniform(&self) {
        for (name, counts) in &self.0 {
            let each = counts.iter().sum::<f64>() / BINS as f64;
            let chi: f64 = counts.iter().map(|count| (count - each).powi(2) / each).sum();
            assert!(counts.iter().sum::<f64>() >= 1_000.0, "{name}: too few replications");
            assert!(chi < CRITICAL, "{name}: chi-squared {chi:.1}, ranks {counts:?}");
        }
    }
}

/// Two segments that differ in everything, and nothing that fades.
fn priors() -> Priors {
    let mut priors = Priors::ignorant();
    let two = |a: f32, b: f32| -> PerSegment { std::array::from_fn(|c| if c == 0 { a } else { b }) };
    let mut born = [0.0; SEGMENTS];
    (born[0], born[1]) = (0.6, 0.4);
    priors.segments = vec!["one".into(), "other".into()];
    priors.born = vec![born];
    priors.half_lives = never();
    priors.gap.law = GapLaw::Exponential { shape: 3.0, rate: two(6.0, 20.0) };
    let days = [[0.3, 0.3, 0.1, 0.1, 0.1, 0.1], [0.05, 0.05, 0.2, 0.2, 0.25, 0.25]];
    priors.daypart.days = [0, 1].map(|_| ChoicePrior::new(&days, 8.0, [1.0 / 6.0; 6]));
    priors.daypart.across = 0.0;
    let kinds = |peak: usize| std::array::from_fn(|k| if k == peak { 0.69 } else { 0.01 });
    priors.content.0 = ChoicePrior::new(&[kinds(3), kinds(9)], 12.0, [1.0 / 32.0; 32]);
    let chance = |a, b| Chance::new(two(a, b), 5.0, 0.5);
    priors.purchase.0 = [chance(0.5, 0.7), chance(0.3, 0.8)];
    priors.offer = chance(0.2, 0.6);
    priors.channel.ways = [0; 4].map(|_| chance(0.5, 0.3));
    priors.channel.fatigue = 0.0;
    priors.style.0 = [0; 4].map(|_| chance(0.7, 0.4));
    priors.support = ChoicePrior::new(&[[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]], 6.0, [1.0 / 3.0; 3]);
    (priors.amount.level.mean, priors.amount.level.scale) = (two(2.0, 3.5), two(1.0, 2.0));
    (priors.amount.level.kappa, priors.amount.level.shape) = (1.5, 3.0);
    (priors.review.level.mean, priors.review.level.scale) = (two(6.0, 8.0), two(2.0, 1.0));
    (priors.review.level.kappa, priors.review.level.shape) = (1.0, 3.0);
    // Nobody leaves, so that what is seen does not depend on how often they come.
    priors.churn = ChurnPrior::new(Departure::Announced, 30.0, vec![[1e-6; SEGMENTS]; 24], vec![1e-6; 24]);
    priors
}

fn never() -> HalfLives {
    let long = 1e12;
    HalfLives {
        gap: long,
        visit: long,
        daypart: long,
        content: long,
        offer: long,
        purchase: long,
        amount: long,
        channel: long,
        style: long,
        support: long,
        review: long,
        churn: long,
    }
}

fn gamma(shape: f64, stream: &mut Stream) -> f64 {
    Gamma::new(shape, 1.0).unwrap().sample(stream)
}

fn beta(yes: f64, no: f64, stream: &mut Stream) -> f64 {
    Beta::new(yes.max(1e-3), no.max(1e-3)).unwrap().sample(stream)
}

fn dirichlet(alpha: impl Iterator<Item = f64>, stream: &mut Stream) -> Vec<f64> {
    let drawn: Vec<f64> = alpha.map(|a| gamma(a.max(1e-3), stream)).collect();
    let sum: f64 = drawn.iter().sum();
    drawn.into_iter().map(|x| x / sum).collect()
}

fn pick(shares: &[f64], stream: &mut Stream) -> usize {
    let mut left = stream.uniform();
    shares
        .iter()
        .position(|share| {
            left -= share;
            left < 0.0
        })
        .unwrap_or(shares.len() - 1)
}

fn normal(stream: &mut Stream) -> f64 {
    StandardNormal.sample(stream)
}

/// A segment of the born, or of a membership.
fn segment(weights: &PerSegment, stream: &mut Stream) -> usize {
    pick(&weights.map(f64::from), stream)
}

fn live(model: &mut SelfModel, priors: &Priors, observation: &Observation) {
    let (_, lesson) = model.predict(priors, observation.at()).score(observation);
    model.learn(lesson);
}

/// A level's mean and standard deviation, drawn from its law after `n` outcomes with these sums.
fn level(m0: f64, b0: f64, (kappa, shape): (f64, f64), sums: [f64; 3], stream: &mut Stream) -> (f64, f64) {
    let [n, sum, squares] = sums;
    let k = kappa + n;
    let m = (kappa * m0 + sum) / k;
    let b = b0 + 0.5 * (squares + kappa * m0 * m0 - k * m * m);
    let variance = b / gamma(shape + 0.5 * n, stream);
    (m + (variance / k).sqrt() * normal(stream), variance.sqrt())
}

/// What a user is.
struct Truth {
    segment: usize,
    rate: f64,
    dayparts: Vec<f64>,
    contents: Vec<f64>,
    pays: f64,
    takes: f64,
    opens: f64,
    answers: f64,
    severities: Vec<f64>,
    amount: (f64, f64),
    review: (f64, f64),
}

fn drawn(priors: &Priors, stream: &mut Stream) -> Truth {
    let c = segment(&priors.born[0], stream);
    let GapLaw::Exponential { shape, rate } = &priors.gap.law else { unreachable!() };
    let chance = |chance: &Chance, stream: &mut Stream| {
        let (s, p) = (f64::from(chance.strength), f64::from(chance.share[c]));
        beta(s * p, s * (1.0 - p), stream)
    };
    let (money, review) = (&priors.amount.level, &priors.review.level);
    let of = |prior: &cwm::user::facet::level::LevelPrior, stream: &mut Stream| {
        let law = (f64::from(prior.kappa), f64::from(prior.shape));
        level(prior.mean[c].into(), prior.scale[c].into(), law, [0.0; 3], stream)
    };
    Truth {
        segment: c,
        rate: gamma(f64::from(*shape), stream) / f64::from(rate[c]),
        dayparts: dirichlet(priors.daypart.days[0].alpha.iter().map(|a| f64::from(a[c])), stream),
        contents: dirichlet(priors.content.0.alpha.iter().map(|a| f64::from(a[c])), stream),
        pays: chance(&priors.purchase.0[1], stream),
        takes: chance(&priors.offer, stream),
        opens: chance(&priors.channel.ways[2], stream),
        answers: chance(&priors.style.0[1], stream),
        severities: dirichlet(priors.support.alpha.iter().map(|a| f64::from(a[c])), stream),
        amount: of(money, stream),
        review: of(review, stream),
    }
}

const SESSIONS: usize = 14;

/// What they do: sessions on weekdays, each followed by a message, a ticket and a review now and then.
fn lived(truth: &Truth, priors: &Priors, stream: &mut Stream) -> SelfModel {
    let mut model = SelfModel::new(UserId(3), SimTime(0), 0, priors);
    let mut at = 0.0;
    for i in 0..SESSIONS {
        if i > 0 {
            at += -stream.uniform().max(1e-12).ln() / truth.rate;
        }
        let now = SimTime((at * DAY as f64) as i64);
        let slot = Slot { weekend: false, daypart: pick(&truth.dayparts, stream) as u8, late: i % 2 == 0 };
        let mut session = Session::new(now, slot).with_content(pick(&truth.contents, stream) as u8);
        session = session.with_offer(stream.uniform() < truth.takes);
        // The first session has a law of its own; it is left out by never paying there, whoever comes.
        if i > 0 && stream.uniform() < truth.pays {
            let y = truth.amount.0 + truth.amount.1 * normal(stream);
            session = session.with_paid(Money::from_minor(((y.exp() * 100.0) as i64).max(1)));
        }
        live(&mut model, priors, &Observation::Session(session));
        aside(&mut model, truth, priors, now, i, stream);
    }
    model
}

fn aside(model: &mut SelfModel, truth: &Truth, priors: &Priors, at: SimTime, i: usize, stream: &mut Stream) {
    let fate = match (stream.uniform() < truth.opens, stream.uniform() < truth.answers) {
        (false, _) => Fate::Ignored,
        (true, false) => Fate::Refused,
        (true, true) => Fate::Taken,
    };
    live(model, priors, &Observation::Message(Message { at, sent: at, channel: 2, style: 1, fate }));
    if i.is_multiple_of(3) {
        live(model, priors, &Observation::Ticket { at, severity: pick(&truth.severities, stream) as u8 });
        let score = truth.review.0 + truth.review.1 * normal(stream);
        live(model, priors, &Observation::Review { at, score: score as f32 });
    }
}

/// The posterior of a chance, after answers, in a segment drawn from the membership.
fn answered(chance: &Chance, answers: &Answers, weights: &PerSegment, stream: &mut Stream) -> f64 {
    let c = segment(weights, stream);
    let (s, p) = (f64::from(chance.strength), f64::from(chance.share[c]));
    beta(s * p + f64::from(answers.yes), s * (1.0 - p) + f64::from(answers.no), stream)
}

fn picked<const K: usize, const J: usize>(
    prior: &ChoicePrior<K, J>,
    counts: [f32; K],
    weights: &PerSegment,
    kind: usize,
    stream: &mut Stream,
) -> f64 {
    let c = segment(weights, stream);
    dirichlet(prior.alpha.iter().zip(counts).map(|(a, n)| f64::from(a[c]) + f64::from(n)), stream)[kind]
}

#[test]
fn beliefs_of_every_facet_of_sessions_and_messages_are_calibrated() {
    let mut priors = priors();
    // Its first session says nothing of whether a user pays.
    priors.purchase.0[0] = Chance::new([1e-3; SEGMENTS], 1e6, 1e-3);
    let mut ranks = Ranks::default();
    for replication in 0..REPLICATIONS {
        let stream = &mut Luck::new(20_180_417, replication).stream(UserId(3), Purpose::Birth, 0);
        let truth = drawn(&priors, stream);
        let model = lived(&truth, &priors, stream);
        let w = model.weights();
        ranks.state("segment", truth.segment, &w, stream);
        let GapLaw::Exponential { shape, rate } = &priors.gap.law else { unreachable!() };
        ranks.rank("gap", truth.rate, stream, |stream| {
            let c = segment(&w, stream);
            gamma(f64::from(shape + model.gap().weight()), stream) / f64::from(rate[c] + model.gap().days)
        });
        let cells = model.daypart().0.all();
        let parts: [f32; 6] = std::array::from_fn(|part| cells[2 * part] + cells[2 * part + 1]);
        let day = &priors.daypart.days[0];
        ranks.rank("daypart", truth.dayparts[1], stream, |s| picked(day, parts, &w, 1, s));
        let kinds = model.content().0.all();
        ranks.rank("content", truth.contents[3], stream, |s| picked(&priors.content.0, kinds, &w, 3, s));
        let severities = model.support().all();
        ranks.rank("support", truth.severities[0], stream, |s| picked(&priors.support, severities, &w, 0, s));
        let paid = Answers { no: model.purchase().no - 1.0, ..*model.purchase() };
        ranks.rank("purchase", truth.pays, stream, |s| answered(&priors.purchase.0[1], &paid, &w, s));
        ranks.rank("offer", truth.takes, stream, |s| answered(&priors.offer, model.offer(), &w, s));
        let opened = model.channels().answers(2, 1.0);
        ranks.rank("channel", truth.opens, stream, |s| answered(&priors.channel.ways[2], &opened, &w, s));
        let taken = model.style().answers(1, 1.0);
        ranks.rank("style", truth.answers, stream, |s| answered(&priors.style.0[1], &taken, &w, s));
        let levels = [("amount", truth.amount.0, &priors.amount.level, model.amount().level)];
        let reviews = [("review", truth.review.0, &priors.review.level, *model.review())];
        for (name, mean, prior, belief) in levels.into_iter().chain(reviews) {
            let sums = [belief.n, belief.sum, belief.squares].map(f64::from);
            ranks.rank(name, mean, stream, |stream| {
                let c = segment(&w, stream);
                let law = (f64::from(prior.kappa), f64::from(prior.shape));
                level(prior.mean[c].into(), prior.scale[c].into(), law, sums, stream).0
            });
        }
    }
    ranks.uniform();
}

/// Leaving and renewal have no trait of their own that is learned: what they tell is who a user belongs to.
#[test]
fn membership_learned_from_leaving_and_renewals_is_calibrated() {
    let mut priors = priors();
    let by_segment = |a: f32, b: f32| -> PerSegment { std::array::from_fn(|c| if c == 0 { a } else { b }) };
    let hazard: Vec<PerSegment> = (0..24).map(|k| by_segment(0.05 + 0.01 * k as f32, 0.3)).collect();
    priors.churn = ChurnPrior::new(Departure::Announced, 30.0, hazard, vec![0.1; 24]);
    priors.renewal = RenewalPrior { share: vec![by_segment(0.9, 0.5)], population: 0.7 };
    // Sessions come like a clock, and say nothing.
    priors.gap.law = GapLaw::Exponential { shape: 3.0, rate: [6.0; SEGMENTS] };
    priors.daypart.days = [0, 1].map(|_| ChoicePrior::new(&[[1.0 / 6.0; 6]; SEGMENTS], 8.0, [1.0 / 6.0; 6]));
    priors.purchase.0 = [0; 2].map(|_| Chance::new([0.5; SEGMENTS], 5.0, 0.5));
    let mut ranks = Ranks::default();
    for replication in 0..REPLICATIONS {
        let stream = &mut Luck::new(7, replication).stream(UserId(3), Purpose::Birth, 0);
        let c = segment(&priors.born[0], stream);
        let mut model = SelfModel::new(UserId(3), SimTime(0), 0, &priors);
        let at = |day: i64| SimTime(day * DAY);
        for period in 0..6 {
            let leaves = stream.uniform() < f64::from(priors.churn.hazard[period as usize][c]);
            for day in [1, 11, 21] {
                let seen = Session::new(at(30 * period + day), Slot { weekend: false, daypart: 2, late: false });
                live(&mut model, &priors, &Observation::Session(seen));
            }
            if leaves {
                live(&mut model, &priors, &Observation::Left(at(30 * period + 25)));
                break;
            }
        }
        ranks.state("segment after leaving", c, &model.weights(), stream);
        let mut model = SelfModel::new(UserId(3), SimTime(0), 0, &priors);
        live(&mut model, &priors, &Observation::Term { at: at(0), renewal: false });
        for term in 0..5 {
            if stream.uniform() >= f64::from(priors.renewal.share[0][c]) {
                break;
            }
            live(&mut model, &priors, &Observation::Term { at: at(term), renewal: true });
        }
        ranks.state("segment after renewals that were seen", c, &after_end(&model, &priors), stream);
    }
    ranks.uniform();
}

/// Renewals stop at the fifth or at the first that did not come; the latter is known only from what did not happen, so it is
/// told here by Bayes' rule.
fn after_end(model: &SelfModel, priors: &Priors) -> PerSegment {
    let mut weights = model.weights();
    if model.term().is_some_and(|renewals| renewals < 5) {
        for (weight, share) in weights.iter_mut().zip(&priors.renewal.share[0]) {
            *weight *= 1.0 - share;
        }
        let total: f32 = weights.iter().sum();
        weights = weights.map(|weight| weight / total);
    }
    weights
}

#[test]
fn hidden_states_of_engagement_and_adoption_are_calibrated() {
    let mut priors = priors();
    let chain = Chain { start: [0.2, 0.8], step: [[0.9, 0.1], [0.15, 0.85]], yes: [0.7, 0.1] };
    priors.feature = FeaturePrior { chains: vec![chain; 2], population: vec![0.3; 2] };
    let mut ranks = Ranks::default();
    for replication in 0..REPLICATIONS {
        let stream = &mut Luck::new(99, replication).stream(UserId(3), Purpose::Birth, 0);
        let mut model = SelfModel::new(UserId(3), SimTime(0), 0, &priors);
        let mut known = [0, 1].map(|_| pick(&chain.start.map(f64::from), stream));
        for i in 0..9 {
            let mut used = 0;
            for (feature, state) in known.iter_mut().enumerate() {
                *state = pick(&chain.step[*state].map(f64::from), stream);
                used |= u16::from(stream.uniform() < f64::from(chain.yes[*state])) << feature;
            }
            live(&mut model, &priors, &Observation::Features { at: SimTime(i * DAY), used });
        }
        let adopted = model.adopted(&priors, 1);
        ranks.state("feature", known[1], &[adopted, 1.0 - adopted], stream);
        let (state, model) = visited(&priors, stream);
        ranks.state("engagement", state, &model.visit().state(&priors.visit), stream);
    }
    ranks.uniform();
}

/// Twelve weeks of a user who came in the first one.
fn visited(priors: &Priors, stream: &mut Stream) -> (usize, SelfModel) {
    let chain = &priors.visit.chain;
    let step = |state: usize, stream: &mut Stream| pick(&chain.step[state].map(f64::from), stream);
    let came = |state: usize, stream: &mut Stream| stream.uniform() < f64::from(chain.yes[state]);
    let mut state = loop {
        let state = step(pick(&chain.start.map(f64::from), stream), stream);
        if came(state, stream) {
            break state;
        }
    };
    let mut model = SelfModel::new(UserId(3), SimTime(0), 0, priors);
    let session = |week: i64| {
        let slot = Slot { weekend: false, daypart: 2, late: false };
        Observation::Session(Session::new(SimTime(week * 7 * DAY + 3_600), slot))
    };
    live(&mut model, priors, &session(0));
    for week in 1..12 {
        state = step(state, stream);
        if came(state, stream) {
            live(&mut model, priors, &session(week));
        }
    }
    let (_, lesson) = model.predict(priors, SimTime(12 * 7 * DAY)).close();
    model.learn(lesson);
    (state, model)
}
