//! `cwm erase`: takes a person out of an imported history.

use std::path::PathBuf;

use clap::Args;

use super::{
    Failure,
    import::{load, settings},
    import_folder::{REJECTED, cannot_write, publish},
};
use crate::{
    history::{
        import::{
            Books,
            intake::Read,
            privacy::{Id, KEY_VARIABLE, Pseudonyms},
        },
        rejection,
    },
    show::folder::Publication,
};

/// Takes a person out of a history.
#[derive(Args, Debug)]
pub(super) struct Erase {
    /// The history's folder.
    history: PathBuf,
    /// The person: a pseudonym from persons.parquet, or any identifier or address of theirs.
    #[arg(long, value_name = "ID", required = true)]
    user: Vec<String>,
}

impl Erase {
    pub fn execute(&self) -> Result<(), Failure> {
        let pseudonyms = Pseudonyms::new(std::env::var(KEY_VARIABLE).ok().as_deref());
        let mut publication = Publication::begin(&self.history)?;
        let (mut kept, mut held) = load(&self.history, &pseudonyms)?;
        let books = Books::of(&held, &settings(&kept)?);
        let persons = books.persons(&held);
        for user in &self.user {
            let meant = |id: &Id| id.to_string() == *user || pseudonyms.id(id.kind, user) == *id;
            let identities = persons.iter().map(|person| books.who.identities_of(*person, &held.names));
            let found = identities.into_iter().find(|identities| identities.iter().any(meant));
            kept.erased.extend(found.ok_or_else(|| {
                Failure::input(format!("{}: nobody in it has this identifier", self.history.display()))
            })?);
        }
        let before = held.len();
        held.erase(&kept.erased);
        let gone = before - held.len();
        publication.stream(REJECTED, |file| {
            rejection::Writer::new(file).and_then(rejection::Writer::end).map_err(cannot_write(REJECTED))
        })?;
        publish(publication, &kept, Read { held, ..Read::default() })?;
        say!("{gone} records erased from {}; later imports leave them out too", self.history.display());
        Ok(())
    }
}
