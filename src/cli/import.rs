//! `cwm import`: exports of other tools become one history, per person.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    Failure, Format,
    import_folder::{REJECTED, cannot_write, publish},
    progress,
};
use crate::{
    base::{time::Zone, units::Currency},
    history::{
        import::{
            Settings,
            columns::Columns,
            held::Held,
            intake::{self, Read, Source},
            join::Windows,
            kept::{self, Kept},
            privacy::{Id, IdKind, KEY_VARIABLE, Pseudonyms},
            rates::Rates,
            summary::{Amount, CampaignSummary, Summary},
        },
        rejection,
    },
    show::folder::Publication,
};

/// Records as they are kept, for the next import.
pub(super) const ROWS: &str = "rows.bin";

/// Turns exports of other tools into one history.
#[derive(Args, Debug)]
pub(super) struct Import {
    /// Files, folders and globs of any kind: what each is, its content tells.
    files: Vec<PathBuf>,
    /// Segment or RudderStack calls.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    segment: Vec<PathBuf>,
    /// Amplitude exports.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    amplitude: Vec<PathBuf>,
    /// Mixpanel exports.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    mixpanel: Vec<PathBuf>,
    /// PostHog exports.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    posthog: Vec<PathBuf>,
    /// Google Analytics 4 exports.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    ga4: Vec<PathBuf>,
    /// Snowplow enriched events.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    snowplow: Vec<PathBuf>,
    /// Stripe events, objects, payments or balance reports.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    stripe: Vec<PathBuf>,
    /// Meta Ads pages, exports or tables.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    meta: Vec<PathBuf>,
    /// Google Ads tables.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    google_ads: Vec<PathBuf>,
    /// Salesforce tables.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    salesforce: Vec<PathBuf>,
    /// HubSpot tables.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    hubspot: Vec<PathBuf>,
    /// Zendesk tables.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    zendesk: Vec<PathBuf>,
    /// Tables with columns such as user_id, timestamp, event, amount, currency.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    generic: Vec<PathBuf>,
    /// What a column of these tables is: user_id=buyer. May be given several times.
    #[arg(long, value_name = "NAME=COLUMN", requires = "generic")]
    column: Vec<String>,
    /// What is the same in all their rows: currency=EUR. May be given several times.
    #[arg(long, value_name = "NAME=VALUE", requires = "generic")]
    constant: Vec<String>,
    /// Makes a history of accounts, from tables of a CRM (Salesforce, HubSpot) and of support (Zendesk), and from calls of
    /// the product (Segment). What the folder held is replaced as a whole.
    #[arg(long)]
    accounts: bool,
    /// Column of accounts that tells their tier.
    #[arg(long, value_name = "COLUMN", requires = "accounts")]
    pub(super) tier: Option<String>,
    /// The module that an event stands for: "Payroll Run=payroll". May be given several times.
    #[arg(long, value_name = "EVENT=MODULE", requires = "accounts")]
    pub(super) module: Vec<String>,
    /// How long a contract runs whose deal does not say.
    #[arg(long, value_name = "MONTHS", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=120), requires = "accounts")]
    pub(super) term: u32,
    /// How many days late a renewal may be won.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(i32).range(0..=365), requires = "accounts")]
    pub(super) grace: i32,
    /// Folder of the history. What was imported there before stays, and is replaced row by row.
    #[arg(short, long, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Currency of the history; by default the one of most amounts.
    #[arg(long, value_name = "CODE")]
    pub(super) currency: Option<String>,
    /// A rate for all days, as EUR/USD=1.0898. May be given several times.
    #[arg(long, value_name = "PAIR=RATE")]
    pub(super) rate: Vec<String>,
    /// Rates by day: a CSV of date,from,to,rate.
    #[arg(long, value_name = "FILE")]
    rates: Option<PathBuf>,
    /// Minutes without an act that end a session.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    timeout: u32,
    /// Minutes after a session in which a payment still belongs to it.
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=10_080))]
    late: u32,
    /// Midnight on the users' clock ends a session too.
    #[arg(long)]
    at_midnight: bool,
    /// IANA zone of the users' days.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: String,
    /// Two identities that are not one person, though they were seen together: user:u1=customer:cus_9.
    #[arg(long, value_name = "KIND:ID=KIND:ID")]
    apart: Vec<String>,
    /// What to print on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Print no progress.
    #[arg(long)]
    pub(super) quiet: bool,
}

impl Import {
    pub fn execute(&self) -> Result<(), Failure> {
        let pseudonyms = Pseudonyms::new(std::env::var(KEY_VARIABLE).ok().as_deref());
        if !pseudonyms.is_keyed() {
            eprintln!("warning: {KEY_VARIABLE} is not set: who knows an identifier can recompute its pseudonym");
        }
        // 1. What is asked, and what is there.
        let sources = self.sources()?;
        if self.accounts {
            return self.accounts(&sources, &pseudonyms);
        }
        // First of all, for an import that was killed may have left the folder where it is moved back from.
        let mut publication = Publication::begin(&self.out)?;
        let (kept, held) = self.kept(&pseudonyms)?;
        // 2. Read, and put in the place of what was there.
        let spinner = progress::spinner(self.quiet, "reading");
        let told = |path: &Path| spinner.set_message(format!("reading {}", path.display()));
        let columns = Columns::of(&self.column, &self.constant).map_err(Failure::input)?;
        let mut read = Read::default();
        publication.stream(REJECTED, |file| {
            let mut rejected = rejection::Writer::new(file).map_err(cannot_write(REJECTED))?;
            let left_out = &mut |row: &_| rejected.write(row);
            let done = intake::read(&sources, &columns, &pseudonyms, held, &told, left_out);
            read = done.map_err(|error| Failure::write("cannot read", error))?;
            rejected.end().map_err(cannot_write(REJECTED))
        })?;
        refuse(&read)?;
        read.held.erase(&kept.erased);
        // 3. Joined, and written.
        spinner.set_message("joining");
        let summary = publish(publication, &kept, read)?;
        spinner.finish_and_clear();
        print(&summary, self.format, &self.out)
    }

    fn sources(&self) -> Result<Vec<Source>, Failure> {
        let lists: [(Option<&'static str>, &[PathBuf]); 14] = [
            (None, &self.files),
            (Some("segment"), &self.segment),
            (Some("amplitude"), &self.amplitude),
            (Some("mixpanel"), &self.mixpanel),
            (Some("posthog"), &self.posthog),
            (Some("ga4"), &self.ga4),
            (Some("snowplow"), &self.snowplow),
            (Some("stripe"), &self.stripe),
            (Some("meta"), &self.meta),
            (Some("google-ads"), &self.google_ads),
            (Some("salesforce"), &self.salesforce),
            (Some("hubspot"), &self.hubspot),
            (Some("zendesk"), &self.zendesk),
            (Some("generic"), &self.generic),
        ];
        let mut sources = Vec::new();
        for (tool, paths) in lists {
            for path in paths {
                sources.extend(found(path)?.into_iter().map(|path| Source { path, tool }));
            }
        }
        if sources.is_empty() {
            return Err(Failure::input("there must be at least one file to import, but there is none"));
        }
        Ok(sources)
    }

    pub(super) fn table_of_rates(&self) -> Result<Option<String>, Failure> {
        let Some(path) = &self.rates else { return Ok(None) };
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::write(format!("cannot read {}", path.display()), error))?;
        Rates::default().add_table(&text).map_err(|why| Failure::input(format!("{}: {why}", path.display())))?;
        Ok(Some(text))
    }

    /// What the folder holds, with the settings of this import.
    fn kept(&self, pseudonyms: &Pseudonyms) -> Result<(Kept, Held), Failure> {
        let there = self.out.join(ROWS).exists();
        let (mut kept, held) = if there { load(&self.out, pseudonyms)? } else { (first(pseudonyms), Held::default()) };
        if let Some(code) = &self.currency {
            kept.currency = Some(Currency::new(code).map_err(|error| Failure::input(error.to_string()))?);
        }
        for rate in self.rate.iter().filter(|rate| !kept.rates.contains(rate)).cloned().collect::<Vec<_>>() {
            kept.rates.push(rate);
        }
        let table = self.table_of_rates()?;
        kept.tables.extend(table.filter(|text| !kept.tables.contains(text)));
        for pair in &self.apart {
            kept.apart.insert(apart(pair, pseudonyms)?);
        }
        (kept.timeout, kept.late, kept.at_midnight) = (self.timeout, self.late, self.at_midnight);
        kept.timezone.clone_from(&self.timezone);
        settings(&kept)?;
        Ok((kept, held))
    }
}

/// Rates of exchange as they were given.
pub(super) fn rates(rates: &[String], tables: &[String]) -> Result<Rates, Failure> {
    let mut all = Rates::default();
    for rate in rates {
        let (pair, rate) = rate
            .split_once('=')
            .ok_or_else(|| Failure::input(format!("a rate must be like EUR/USD=1.0898, but is {rate}")))?;
        all.add(pair, rate, i64::MIN).map_err(Failure::input)?;
    }
    for table in tables {
        all.add_table(table).map_err(Failure::input)?;
    }
    Ok(all)
}

/// Nothing is kept yet.
fn first(pseudonyms: &Pseudonyms) -> Kept {
    Kept {
        key: pseudonyms.fingerprint(),
        currency: None,
        rates: Vec::new(),
        tables: Vec::new(),
        timeout: 30,
        late: 60,
        at_midnight: false,
        timezone: "UTC".to_owned(),
        apart: BTreeSet::new(),
        erased: BTreeSet::new(),
    }
}

pub(super) fn settings(kept: &Kept) -> Result<Settings, Failure> {
    let rates = rates(&kept.rates, &kept.tables)?;
    let minutes = |minutes: u32| i64::from(minutes) * 60_000;
    let zone = Zone::new(&kept.timezone).map_err(|error| Failure::input(error.to_string()))?;
    let midnight = kept.at_midnight.then_some(zone);
    let windows = Windows { timeout: minutes(kept.timeout), late: minutes(kept.late), midnight };
    Ok(Settings { windows, currency: kept.currency, rates, apart: kept.apart.clone() })
}

pub(super) fn load(folder: &Path, pseudonyms: &Pseudonyms) -> Result<(Kept, Held), Failure> {
    let path = folder.join(ROWS);
    let file =
        fs::File::open(&path).map_err(|error| Failure::write(format!("cannot read {}", path.display()), error))?;
    let (kept, held) = kept::read(file).map_err(|error| Failure::input(format!("{} {error}", path.display())))?;
    if kept.key != pseudonyms.fingerprint() {
        let name = folder.display();
        return Err(Failure::input(format!(
            "{name}: {KEY_VARIABLE} must be the key of the first import, but is another"
        )));
    }
    Ok((kept, held))
}

/// Files that a path means: itself, what a folder holds, or what a glob of the last part matches.
fn found(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let reading = |error| Failure::write(format!("cannot read {}", path.display()), error);
    let pattern =
        path.file_name().and_then(|name| name.to_str()).filter(|name| name.contains(['*', '?']) && !path.exists());
    if let Some(pattern) = pattern {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let all = files(folder, false).map_err(reading)?;
        let matching = |path: &PathBuf| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| matches(pattern.as_bytes(), name.as_bytes()))
        };
        let found: Vec<PathBuf> = all.into_iter().filter(matching).collect();
        let none = || Failure::input(format!("{} must match at least one file, but matches none", path.display()));
        return if found.is_empty() { Err(none()) } else { Ok(found) };
    }
    if path.is_dir() { files(path, true).map_err(reading) } else { Ok(vec![path.to_owned()]) }
}

fn files(folder: &Path, deep: bool) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type()? {
                kind if kind.is_dir() && deep && !hidden => open.push(entry.path()),
                kind if !kind.is_dir() && !hidden => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a name matches a pattern of `*` and `?`.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.first(), name.first()) {
        (None, None) => true,
        (Some(b'*'), _) => matches(&pattern[1..], name) || !name.is_empty() && matches(pattern, &name[1..]),
        (Some(b'?'), Some(_)) => matches(&pattern[1..], &name[1..]),
        (Some(one), Some(other)) if one == other => matches(&pattern[1..], &name[1..]),
        _ => false,
    }
}

fn apart(pair: &str, pseudonyms: &Pseudonyms) -> Result<(Id, Id), Failure> {
    let id = |text: &str| {
        let (kind, id) = text.split_once(':')?;
        let kind = IdKind::ALL.into_iter().find(|known| known.name() == kind)?;
        Some(pseudonyms.id(kind, id))
    };
    let sides = pair.split_once('=').and_then(|(one, other)| Some((id(one)?, id(other)?)));
    sides.ok_or_else(|| {
        Failure::input(
            "--apart must be like user:u1=customer:cus_9, with kinds user, email, customer, device or account",
        )
    })
}

/// Fails if no file was understood.
fn refuse(read: &Read) -> Result<(), Failure> {
    let refusals = read.files.iter().filter_map(|file| Some(format!("{}: {}", file.file, file.refused.as_ref()?)));
    let refusals: Vec<String> = refusals.collect();
    if !refusals.is_empty() && read.files.iter().all(|file| file.format.is_none()) {
        return Err(Failure::input(refusals.join("\n")));
    }
    refusals.iter().for_each(|refusal| eprintln!("warning: {refusal}"));
    Ok(())
}

fn print(summary: &Summary, format: Format, folder: &Path) -> Result<(), Failure> {
    if format == Format::Json {
        let printed =
            serde_json::to_string(summary).map_err(|error| Failure::write("cannot write the result as JSON", error))?;
        say!("{printed}");
        return Ok(());
    }
    let s = summary;
    let span = s.from.as_ref().zip(s.to.as_ref()).map(|(from, to)| format!(", {from} to {to}")).unwrap_or_default();
    say!(
        "{} of {} events are new in these files ({} repeated); {} in the history{span}",
        s.raw_events - s.duplicates,
        s.raw_events,
        s.duplicates,
        s.events
    );
    say!(
        "{} persons, {} sessions, {} of them without revenue; {} links between identities, {} shared devices",
        s.persons,
        s.sessions,
        s.zero_revenue_sessions,
        s.merged_identities,
        s.shared_devices
    );
    say!(
        "{} payments, {} failed: gross {}, refunds {}, disputes {}, fees {}, net {}",
        s.payments,
        s.failed_payments,
        major(s.gross),
        major(s.refunds),
        major(s.disputes),
        major(s.fees),
        major(s.net)
    );
    say!("spend {}", major(s.spend));
    for campaign in s.campaigns.iter().chain([&s.unattributed]) {
        say!("  {}", line(campaign));
    }
    let books = &s.reconciliation;
    say!(
        "books: gross {} = persons {} + nobody known {}; spend {} = campaigns {}: {}",
        major(books.gross_in),
        major(books.gross_of_persons),
        major(books.gross_of_nobody),
        major(books.spend_in),
        major(books.spend_of_campaigns),
        if books.balances { "balanced" } else { "NOT BALANCED" }
    );
    for amount in books.unconverted.iter().chain(&books.unconverted_spend) {
        say!(
            "not converted, and in no total: {} (give --rate {}/{}=… or --rates)",
            major(*amount),
            amount.currency,
            s.currency
        );
    }
    for file in &s.files {
        let ignored: u64 = file.ignored.values().sum();
        say!(
            "{}: {}; {} rows: {} understood, {ignored} without meaning here, {} rejected",
            file.file,
            file.format.unwrap_or("not known"),
            file.rows,
            file.understood,
            file.rejected
        );
        for (why, rows) in &file.ignored {
            say!("  {rows}: {why}");
        }
    }
    for rejected in &s.rejected {
        say!("rejected {}: {}", rejected.rows, rejected.reason);
    }
    say!("written to {}", folder.display());
    Ok(())
}

fn line(campaign: &CampaignSummary) -> String {
    let optional = |amount: Option<Amount>| amount.map_or_else(|| "-".to_owned(), major);
    let id = campaign.id.as_deref().unwrap_or("unattributed");
    let name = campaign.name.as_deref().map(|name| format!(" ({name})")).unwrap_or_default();
    let roas = campaign.roas.map_or_else(|| "-".to_owned(), |roas| format!("{roas:.2}"));
    let payback = campaign.payback_days.map_or_else(|| "not yet".to_owned(), |days| format!("{days:.1} days"));
    format!(
        "{id}{name}: {} new persons, {} paid, spend {}, CAC {}, revenue {}, ROAS {roas}, LTV {}, payback {payback}",
        campaign.new_persons,
        campaign.payers,
        major(campaign.spend),
        optional(campaign.cac),
        major(campaign.revenue),
        optional(campaign.ltv)
    )
}

pub(super) fn major(amount: Amount) -> String {
    let (unit, digits) = (amount.currency.minor_per_major().unsigned_abs(), amount.currency.digits() as usize);
    let (sign, minor) = (if amount.minor < 0 { "-" } else { "" }, amount.minor.unsigned_abs());
    let fraction = if digits == 0 { String::new() } else { format!(".{:0digits$}", minor % unit) };
    format!("{sign}{}{fraction} {}", minor / unit, amount.currency)
}
