//! `cwm import --accounts`: exports of a CRM, of support and of the product become a history of accounts.

use serde::Serialize;

use super::{
    Failure, Format,
    import::{Import, ROWS, major, rates},
    progress,
};
use crate::{
    base::units::Currency,
    history::{
        account::files,
        import::{
            company::{
                self, Reading,
                folder::{self, Made, Settings, Summary},
            },
            intake::Source,
            privacy::Pseudonyms,
        },
        name::Name,
        rejection,
    },
    show::folder::Publication,
};

#[derive(Serialize)]
struct Manifest {
    command: &'static str,
    pseudonyms: String,
}

impl Import {
    pub(super) fn accounts(&self, sources: &[Source], pseudonyms: &Pseudonyms) -> Result<(), Failure> {
        if self.out.join(ROWS).exists() {
            let folder = self.out.display();
            return Err(Failure::input(format!(
                "{folder} must be a folder for accounts, but holds a history of users"
            )));
        }
        let (reading, settings) = (self.reading()?, self.settings()?);
        let publication = Publication::begin(&self.out)?;
        let spinner = progress::spinner(self.quiet, "reading");
        let told = company::read(sources, &reading, pseudonyms);
        let told = told.map_err(|error| Failure::write("cannot read", error))?;
        for (file, rows) in &told.files {
            if let Some(why) = &rows.refused {
                eprintln!("warning: {file}: reading stopped: {why}");
            }
        }
        let made = folder::make(told, &settings).map_err(Failure::input)?;
        publish(publication, &made, pseudonyms)?;
        spinner.finish_and_clear();
        self.tell(&made.summary)
    }

    fn reading(&self) -> Result<Reading, Failure> {
        let pair = |pair: &String| {
            let (event, module) =
                pair.split_once('=').filter(|(event, module)| !event.is_empty() && !module.is_empty())?;
            Some((event.to_owned(), module.to_owned()))
        };
        let faulty =
            |one: &str| Failure::input(format!("--module must be like \"Payroll Run=payroll\", but is {one:?}"));
        let modules = self.module.iter().map(|one| pair(one).ok_or_else(|| faulty(one))).collect::<Result<_, _>>()?;
        let currency = self.own_currency()?.or_else(|| Currency::new("USD").ok());
        Ok(Reading { tier: self.tier.clone(), currency, modules })
    }

    fn own_currency(&self) -> Result<Option<Currency>, Failure> {
        self.currency
            .as_ref()
            .map(|code| Currency::new(code))
            .transpose()
            .map_err(|why| Failure::input(why.to_string()))
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let tables: Vec<String> = self.table_of_rates()?.into_iter().collect();
        let rates = rates(&self.rate, &tables)?;
        Ok(Settings { currency: self.own_currency()?, rates, months: self.term, grace: self.grace })
    }

    fn tell(&self, summary: &Summary) -> Result<(), Failure> {
        if self.format == Format::Json {
            let printed = serde_json::to_string(summary);
            say!("{}", printed.map_err(|error| Failure::write("cannot write the result as JSON", error))?);
            return Ok(());
        }
        print(summary)?;
        say!("written to {}; next: cwm replay {}", self.out.display(), self.out.display());
        Ok(())
    }
}

/// Writes the folder, after the tables were read as every command reads them.
fn publish(mut publication: Publication, made: &Made, pseudonyms: &Pseudonyms) -> Result<(), Failure> {
    let trial = tempfile::tempdir()?;
    for (name, text) in &made.files {
        std::fs::write(trial.path().join(name), text)?;
        publication.write(name, text.as_bytes())?;
    }
    let read = files::read(trial.path())?;
    if let Some(first) = read.rejected.first() {
        return Err(Failure::input(format!("the joined tables contradict themselves: {first}")));
    }
    let mut rejected = Vec::new();
    rejection::write_csv(&made.rejected, &mut rejected)?;
    publication.write("rejected.csv", &rejected)?;
    publication.write_json("import.json", &made.summary)?;
    publication.publish(&Manifest { command: "import --accounts", pseudonyms: pseudonyms.fingerprint() })?;
    Ok(())
}

fn print(s: &Summary) -> Result<(), Failure> {
    say!(
        "{} accounts, {} members; {} contracts: {} renewed, {} not; {} expansions; {} to {}",
        s.accounts,
        s.members,
        s.contracts,
        s.decisions.0,
        s.decisions.1,
        s.expansions,
        s.days.0,
        s.days.1
    );
    say!("{} a year recurs at the end", major(s.recurring));
    let modules: Vec<&str> = s.modules.iter().map(Name::as_str).collect();
    say!(
        "{} uses of {} modules ({}), {} of others; {} tickets",
        s.uses,
        modules.len(),
        modules.join(", "),
        s.uses_of_others,
        s.tickets
    );
    let books = &s.reconciliation;
    say!(
        "books: deals won {} = contracts and expansions {} + left out {}: {}",
        major(books.won),
        major(books.in_contracts),
        major(books.left_out),
        if books.balances { "balanced" } else { "NOT BALANCED" }
    );
    if books.unconverted > 0 {
        say!("{} won deals are in no total: they need a rate (--rate EUR/USD=…)", books.unconverted);
    }
    for (file, rows) in &s.files {
        let ignored: u64 = rows.ignored.values().sum();
        let tool = rows.tool.unwrap_or("not known");
        say!(
            "{file}: {tool}; {} rows: {} understood, {ignored} without meaning here, {} rejected",
            rows.rows,
            rows.understood,
            rows.rejected
        );
        for (why, count) in &rows.ignored {
            say!("  {count}: {why}");
        }
    }
    for rejected in &s.rejected {
        say!("rejected {}: {}", rejected.rows, rejected.reason);
    }
    Ok(())
}
