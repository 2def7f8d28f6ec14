//! `cwm new`: a commented scenario to start from.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;

use super::Failure;

/// The scenario to start from.
const TEMPLATE: &str = include_str!("new.ron");

/// Writes a commented scenario that runs.
#[derive(Args, Debug)]
pub(super) struct New {
    /// Where to write it; an existing file is never overwritten.
    path: PathBuf,
}

impl New {
    pub fn execute(&self) -> Result<(), Failure> {
        let failed = |why: std::io::Error| Failure::write(format!("cannot write {}", self.path.display()), why);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(failed)?;
        file.write_all(TEMPLATE.replace("NAME", &name(&self.path)).as_bytes()).map_err(failed)?;
        say!("{0} is written; `cwm run {0}` runs it", self.path.display());
        Ok(())
    }
}

/// The file's name as a scenario's name.
pub(super) fn name(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if plain.is_empty() { "my_app".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::scenario::ScenarioFile;

    #[test]
    fn the_template_is_a_scenario_in_order() {
        let text = TEMPLATE.replace("NAME", &name(Path::new("a/my app.ron")));
        let file = ScenarioFile::parse(Path::new("my app.ron"), text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(file.scenario.name, "my_app");
    }
}
