//! What a world of twins will earn: totals and days with intervals, and what would narrow them.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{
    TwinError, Twins, WORLDS_A_CAST, WORLDS_A_LAW,
    outlook::{Bands, LEVELS, Outlook, Outlooks},
};
use crate::{
    base::time::Date,
    world::{
        arm::Reached,
        engine::{self, Plan, Progress},
        ledger::{Closed, DayCell},
    },
};

/// A forecast from the last recorded day on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Forecast {
    /// First day forecast, and the last.
    pub from: String,
    /// The last day forecast.
    pub to: String,
    /// Days ahead.
    pub horizon_days: u32,
    /// Recorded users.
    pub recorded_users: usize,
    /// Those of them who are still there, in an average world.
    pub there: f64,
    /// Everything over the whole horizon.
    pub totals: Vec<Quantity>,
    /// Revenue by day [major unit].
    pub days: Vec<Day>,
    /// Revenue by week from the first day on, whole weeks [major unit].
    pub weeks: Vec<Day>,
    /// What each recorded user will do.
    #[serde(skip)]
    pub users: Vec<Outlook>,
}

/// A quantity with intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// What it is.
    pub name: String,
    /// What is expected, and where it lies.
    #[serde(flatten)]
    pub told: Told,
}

/// A day or a week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// The day, or the first of the week.
    pub date: String,
    /// What is expected, and where it lies.
    #[serde(flatten)]
    pub told: Told,
}

/// An expectation, its intervals, and where their width comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The mean over worlds.
    pub mean: f64,
    /// Intervals at [`LEVELS`] for what one more world would show; none of a single world.
    pub bands: Option<Bands>,
    /// What share of the variance would go with full knowledge of the law, of who each user is, and never.
    pub sources: Option<Sources>,
}

/// Shares of a variance, adding up to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sources {
    /// The law of the population: a longer record of more users narrows it.
    pub law: f64,
    /// Who each user is: a longer record of them narrows it.
    pub people: f64,
    /// Luck: nothing narrows it.
    pub luck: f64,
}

/// A forecast and the books it is read from.
#[derive(Debug)]
pub struct Lived {
    /// The forecast.
    pub forecast: Forecast,
    /// The books of all worlds.
    pub books: Vec<Closed>,
}

/// Lives the worlds of twins.
///
/// # Errors
/// [`TwinError::Engine`].
pub fn live(twins: &Twins, replications: u32, plan: Plan, progress: &mut Progress<'_>) -> Result<Lived, TwinError> {
    let casts = replications.div_ceil(WORLDS_A_CAST);
    let mut outlooks = Outlooks::of(twins, casts as usize);
    let (mut books, mut there) = (Vec::new(), Vec::new());
    for cast in 0..casts {
        let (first, last) = (cast * WORLDS_A_CAST, ((cast + 1) * WORLDS_A_CAST).min(replications));
        let drawn = twins.cast(first);
        outlooks.take(&drawn);
        let set_up = |replication, reached: &[Reached]| twins.world(&drawn, replication, reached);
        books.extend(engine::direct_worlds(&twins.scenario, &set_up, &twins.stage, first..last, plan, &mut |_, _| {})?);
        there.extend((first..last).map(|_| drawn.founders.users.len() as f64));
        progress(u64::from(last), u64::from(replications));
    }
    let forecast = Reading { twins, books: &books, there: &there }.forecast(outlooks.told(twins));
    Ok(Lived { forecast, books })
}

struct Reading<'a> {
    twins: &'a Twins,
    books: &'a [Closed],
    /// Users there at the launch, by world.
    there: &'a [f64],
}

impl Reading<'_> {
    fn forecast(&self, users: Vec<Outlook>) -> Forecast {
        let (stage, horizon) = (&self.twins.stage, self.twins.scenario.clock.horizon_days);
        let date = |day: u32| {
            Date::from_number(stage.first_day + i64::from(day)).map_or_else(String::new, |date| date.to_string())
        };
        let revenue = |from: u32, days: u32| {
            let told = self.told(&|book, _| self.sum(book, from, from + days, |cell| self.major(cell.gross)));
            Day { date: date(from), told }
        };
        Forecast {
            from: date(stage.launch),
            to: date(stage.days - 1),
            horizon_days: horizon,
            recorded_users: self.twins.users(),
            there: self.there.iter().sum::<f64>() / self.there.len().max(1) as f64,
            totals: self.totals(),
            days: (stage.launch..stage.days).map(|day| revenue(day, 1)).collect(),
            weeks: (0..horizon / 7).map(|week| revenue(stage.launch + 7 * week, 7)).collect(),
            users,
        }
    }

    fn totals(&self) -> Vec<Quantity> {
        let (from, to) = (self.twins.stage.launch, self.twins.stage.days);
        let over = |name: &str, of: fn(&Self, &DayCell) -> f64| {
            let told = self.told(&|book, _| self.sum(book, from, to, |cell| of(self, cell)));
            Quantity { name: String::from(name), told }
        };
        let active = |book: &Closed, there: f64| there + self.sum(book, from, to, |it| it.born as f64 - it.left as f64);
        let users = |book: &Closed, there: f64| there + self.sum(book, from, to, |it| it.born as f64);
        let each = |book: &Closed, there: f64| {
            self.sum(book, from, to, |cell| self.major(cell.gross)) / users(book, there).max(1.0)
        };
        vec![
            over("revenue", |it, cell| it.major(cell.gross)),
            over("sessions", |_, cell| cell.sessions as f64),
            over("purchases", |_, cell| cell.paid as f64),
            over("new_users", |_, cell| cell.born as f64),
            Quantity { name: "active_users_at_end".to_owned(), told: self.told(&active) },
            Quantity { name: "revenue_per_user".to_owned(), told: self.told(&each) },
        ]
    }

    fn major(&self, minor: i64) -> f64 {
        minor as f64 / self.twins.scenario.currency.minor_per_major() as f64
    }

    fn sum(&self, book: &Closed, from: u32, to: u32, of: impl Fn(&DayCell) -> f64) -> f64 {
        book.arms[0].days[from as usize..to as usize].iter().map(of).sum()
    }

    fn told(&self, of: &dyn Fn(&Closed, f64) -> f64) -> Told {
        let worlds: Vec<f64> = self.books.iter().zip(self.there).map(|(book, there)| of(book, *there)).collect();
        Told::of(&worlds)
    }
}

impl Told {
    /// Reads worlds of which four in a row share a law and two in a row their people: a nested analysis of variance, on the
    /// scale of square roots, on which sums of luck are evenly wide and never below 0 (Searle, Casella & McCulloch 1992,
    /// *Variance Components*, § 3.5; degrees of freedom by Satterthwaite 1946, *Biometrics Bulletin* 2).
    #[must_use]
    pub fn of(worlds: &[f64]) -> Self {
        let mean = worlds.iter().sum::<f64>() / worlds.len().max(1) as f64;
        let roots: Vec<f64> = worlds.iter().map(|value| value.max(0.0).sqrt()).collect();
        let centre = roots.iter().sum::<f64>() / roots.len().max(1) as f64;
        let Some(spread) = Spread::of(&roots) else { return Self { mean, bands: None, sources: None } };
        let law = StudentsT::new(0.0, 1.0, spread.freedom).ok();
        let reach = |level: f64| law.as_ref().map_or(0.0, |law| law.inverse_cdf(0.5 + level / 2.0) * spread.sd);
        let square = |root: f64| root.max(0.0).powi(2);
        let bands = LEVELS.map(|level| (square(centre - reach(level)), square(centre + reach(level))));
        Self { mean, bands: Some(bands), sources: spread.sources }
    }

    /// The interval at one of the [`LEVELS`].
    #[must_use]
    pub fn at(&self, level: f64) -> Option<(f64, f64)> {
        LEVELS.iter().position(|known| *known == level).and_then(|index| Some(self.bands.as_ref()?[index]))
    }
}

/// How far one more world may be from the mean.
struct Spread {
    sd: f64,
    freedom: f64,
    sources: Option<Sources>,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Self> {
        let (a_law, a_cast) = (WORLDS_A_LAW as usize, WORLDS_A_CAST as usize);
        let laws = values.len() / a_law;
        if laws < 2 {
            return Self::alone(values);
        }
        let whole = &values[..laws * a_law];
        let means =
            |size: usize| whole.chunks(size).map(|part| part.iter().sum::<f64>() / size as f64).collect::<Vec<_>>();
        let (of_laws, of_casts) = (means(a_law), means(a_cast));
        let all = of_laws.iter().sum::<f64>() / laws as f64;
        let casts = of_casts.len() as f64;
        let within = |fine: &[f64], coarse: &[f64], times: usize| -> f64 {
            fine.iter().enumerate().map(|(i, value)| (value - coarse[i / times]).powi(2)).sum()
        };
        let luck = within(whole, &of_casts, a_cast) / (whole.len() as f64 - casts);
        let people = a_cast as f64 * within(&of_casts, &of_laws, a_law / a_cast) / (casts - laws as f64);
        let law = a_law as f64 * of_laws.iter().map(|value| (value - all).powi(2)).sum::<f64>() / (laws as f64 - 1.0);
        // One world's variance is luck + (people − luck)/2 + (law − people)/4; the mean's is law over all worlds.
        let parts = [
            (luck / 2.0, whole.len() as f64 - casts),
            (people / 4.0, casts - laws as f64),
            (law * (0.25 + 1.0 / whole.len() as f64), laws as f64 - 1.0),
        ];
        let variance: f64 = parts.iter().map(|part| part.0).sum();
        let doubt: f64 = parts.iter().map(|(part, freedom)| part * part / freedom).sum();
        let freedom = if doubt > 0.0 { variance * variance / doubt } else { 1.0 };
        let components = [((law - people) / 4.0).max(0.0), ((people - luck) / 2.0).max(0.0), luck];
        let sum: f64 = components.iter().sum();
        let [law, people, luck] = components.map(|part| if sum > 0.0 { part / sum } else { 0.0 });
        let sources = (sum > 0.0).then_some(Sources { law, people, luck });
        Some(Self { sd: variance.sqrt(), freedom: freedom.max(1.0), sources })
    }

    /// Too few worlds to tell sources apart.
    fn alone(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        (values.len() > 1).then(|| {
            let sd = crate::study::estimate::moments(values).1 * (1.0 + 1.0 / n).sqrt();
            Self { sd, freedom: n - 1.0, sources: None }
        })
    }
}
