//! A history as it is named on the command line: a scenario, the folder of an import, or a bare file of events.

use std::path::Path;

use clap::Args;

use super::Failure;
use crate::{
    base::{time::Zone, units::Currency},
    history::source::Format,
    world::scenario::ScenarioFile,
};

/// What a bare file of events does not say of itself.
#[derive(Args, Clone, Debug)]
pub(super) struct OfEvents {
    /// Currency of a bare file of events.
    #[arg(long, value_name = "CODE", default_value = "USD", value_parser = Currency::new)]
    currency: Currency,
    /// IANA zone of the users' days, for a bare file of events.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    timezone: String,
}

impl OfEvents {
    /// The scenario; of a file of canonical events (CSV, JSON Lines, Parquet), one that names it.
    pub fn scenario(&self, history: &Path) -> Result<ScenarioFile, Failure> {
        let is_events = history.is_file() && Format::of(history).is_some();
        if is_events {
            return self.naming(history);
        }
        let is_scenario = history.is_dir() || history.extension().is_none_or(|ending| ending == "ron");
        match ScenarioFile::read(history) {
            Err(error) if history.is_file() && !is_scenario => Err(Failure::input(format!(
                "{} must be a scenario (.ron), the folder of an import or a file of events (.{}); read as a scenario: {error}",
                history.display(),
                Format::ENDINGS.join(", .")
            ))),
            read => Ok(read?),
        }
    }

    fn naming(&self, history: &Path) -> Result<ScenarioFile, Failure> {
        let name = history.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let stem = history.file_stem().map(|stem| stem.to_string_lossy().chars().map(plain).collect());
        let stem: String = stem.unwrap_or_default();
        let (currency, zone) = (self.currency.code(), &self.timezone);
        let text = format!(
            "// What does this history reveal?\nScenario(schema: 1, name: {stem:?}, question: \"What does this history reveal?\", \
             seed: 1, currency: {currency:?}, clock: Clock(timezone: {zone:?}), \
             sessions: Sessions(timeout_minutes: 30.0, dayparts: [0, 6, 10, 14, 17, 20]), \
             recorded: Recorded(files: [File(path: {name:?})]))\n"
        );
        Ok(ScenarioFile::parse(&history.with_extension("ron"), text)?)
    }
}

fn zone(name: &str) -> Result<String, String> {
    Zone::new(name).map(|_| name.to_owned()).map_err(|error| error.to_string())
}
