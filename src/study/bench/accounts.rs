//! What coupling costs: worlds of accounts, whose members and accounts write to each other every week or every day,
//! beside a loop that lives each straight through with the same arithmetic.

use std::{path::Path, sync::Arc};

use serde::Serialize;

use super::{Spent, measured, median};
use crate::world::{
    account::{
        Epoch,
        cohort::Seating,
        direct::{self, Plan},
        floor::{Sum, straight, taped},
        ground::Ground,
    },
    engine::EngineError,
    scenario::ScenarioFile,
};

/// One epoch length.
#[derive(Clone, Debug, Serialize)]
pub struct AccountRun {
    /// `weekly` or `daily`.
    pub mode: &'static str,
    /// Accounts that are there at some time.
    pub accounts: usize,
    /// Places for members.
    pub members: usize,
    /// Days lived.
    pub days: u32,
    /// Member-epochs lived.
    pub member_epochs: u64,
    /// CPU time of the engine [ns a member-epoch].
    pub ns_per_member_epoch: f64,
    /// The same of the loop.
    pub floor_ns_per_member_epoch: f64,
    /// Engine over loop, in CPU time: the median over rounds.
    pub ratio: f64,
    /// Time of the engine by the clock \[s\].
    pub wall_s: f64,
    /// Memory of all blocks \[byte\].
    pub bytes: usize,
}

/// Measures a scenario's accounts over so many days, none of them after a launch.
///
/// # Errors
/// [`EngineError`] if there are no accounts, or the engine's results differ from the loop's.
pub fn accounts(
    file: &ScenarioFile,
    epoch: Epoch,
    days: u32,
    threads: usize,
    rounds: usize,
) -> Result<AccountRun, EngineError> {
    let mut ground = Ground::of(&file.scenario).ok_or(EngineError::NoWorld)?;
    (ground.law.epoch, ground.launch, ground.horizon, ground.days) = (epoch, days, days, days);
    let world = direct::world(&Arc::new(ground), file.scenario.seed, 0, Seating::Together, false);
    let tape = taped(&world);
    let plan = Plan { threads, seating: Seating::Together };
    let mut spent: Vec<(Spent, Spent)> = Vec::new();
    let mut bytes = 0;
    for _ in 0..rounds.max(1) {
        let ((lived, held), engine) = measured(|| direct::warmed(&world, plan))?;
        let (floor, plain) = measured(|| Ok(straight(&world, &tape)))?;
        agree(lived, floor)?;
        bytes = held;
        spent.push((engine, plain));
    }
    let of = |value: &dyn Fn(&(Spent, Spent)) -> f64| median(spent.iter().map(value).collect());
    let each = 1e9 / (tape.lived.member_epochs as f64).max(1.0);
    Ok(AccountRun {
        mode: if epoch == Epoch::Week { "weekly" } else { "daily" },
        accounts: world.population.accounts.len(),
        members: world.population.places(),
        days,
        member_epochs: tape.lived.member_epochs,
        ns_per_member_epoch: of(&|(engine, _)| engine.cpu) * each,
        floor_ns_per_member_epoch: of(&|(_, floor)| floor.cpu) * each,
        ratio: of(&|(engine, floor)| engine.cpu / floor.cpu),
        wall_s: of(&|(engine, _)| engine.wall),
        bytes,
    })
}

fn agree(engine: Sum, floor: Sum) -> Result<(), EngineError> {
    if engine == floor { Ok(()) } else { Err(EngineError::Differs { engine: engine.sessions, floor: floor.sessions }) }
}

/// The same for a file.
///
/// # Errors
/// As [`accounts()`]; a scenario that cannot be read has no accounts.
pub fn of_file(path: &Path, epoch: Epoch, days: u32, threads: usize, rounds: usize) -> Result<AccountRun, EngineError> {
    accounts(&ScenarioFile::read(path).map_err(|_| EngineError::NoWorld)?, epoch, days, threads, rounds)
}
