//! The folder of an imported history: what is joined, as the tables and the scenario that other commands take.

use std::{fs, io};

use serde::Serialize;

use super::{
    Failure,
    import::{ROWS, settings},
};
use crate::{
    base::units::Currency,
    history::{
        import::{
            Books, Joined, events,
            intake::Read,
            join::Persons,
            kept::{self, Kept},
            payments::Paid,
            summary::Summary,
        },
        source,
    },
    show::{
        folder::Publication,
        table::{Cell, Column, Table},
    },
};

const EVENTS: &str = "events.parquet";
/// Rows that were left out.
pub(super) const REJECTED: &str = "rejected.csv";

#[derive(Serialize)]
struct Manifest<'a> {
    command: &'static str,
    pseudonyms: &'a str,
}

/// Joins and writes the folder; it appears whole or not at all.
pub(super) fn publish(mut publication: Publication, kept: &Kept, mut read: Read) -> Result<Summary, Failure> {
    let settings = settings(kept)?;
    let held = std::mem::take(&mut read.held);
    read.held_events = held.acts().len() as u64;
    let books = Books::of(&held, &settings);
    publication.stream(ROWS, |file| kept::write(kept, &held, file).map_err(cannot_write(ROWS)))?;
    let joined = Joined::of(held, &books, &settings);
    let summary = Summary::of(&books, &joined, &read);
    publication.stream(EVENTS, |file| history(&joined.persons, file).map_err(cannot_write(EVENTS)))?;
    let parquet = |table: Result<Table, crate::show::table::TableError>| -> Result<Vec<u8>, Failure> {
        table.and_then(|table| table.to_parquet()).map_err(|error| Failure::write("cannot write a table", error))
    };
    publication.write("persons.parquet", &parquet(persons(&joined))?)?;
    publication.write("spend.parquet", &parquet(spend(&books))?)?;
    publication.write_json("import.json", &summary)?;
    publication.write("scenario.ron", scenario(kept, books.currency).as_bytes())?;
    publication.publish(&Manifest { command: "import", pseudonyms: &kept.key })?;
    Ok(summary)
}

fn history(persons: &Persons<'_>, file: fs::File) -> io::Result<()> {
    let users = events::users(persons);
    let mut writer = source::EventWriter::new(&users, file)?;
    events::in_order(persons, &mut |events| writer.write(events))?;
    writer.close()
}

pub(super) fn cannot_write(name: &'static str) -> impl Fn(io::Error) -> Failure {
    move |error| Failure::write(format!("cannot write {name}"), error)
}

fn persons(joined: &Joined<'_>) -> Result<Table, crate::show::table::TableError> {
    let minor = |name: &str| Column::integer(name, "minor unit");
    let columns = vec![
        Column::text("person"),
        Column::integer("first_seen", "s since 1970"),
        Column::integer("last_seen", "s since 1970"),
        Column::integer("sessions", ""),
        minor("gross"),
        minor("refunds"),
        minor("disputes"),
        minor("fees"),
        minor("net"),
        Column::text("channel"),
        Column::text("campaign"),
        Column::text("last_touch_campaign"),
        minor("acquisition_cost"),
    ];
    let mut table = Table::new("persons", "Persons", columns);
    for (id, person) in &joined.persons.all {
        let sum = |part: fn(&Paid) -> i64| Cell::from(person.payments.iter().map(|paid| part(paid)).sum::<i64>());
        let first = person.first.as_ref().map(|(_, touch)| touch);
        let last = person.last.as_ref().and_then(|(_, touch)| touch.campaign.as_ref());
        table.push(vec![
            id.to_string().into(),
            person.since.div_euclid(1000).into(),
            person.until.div_euclid(1000).into(),
            (person.sessions as i64).into(),
            sum(|paid| paid.gross),
            sum(Paid::refunded),
            sum(Paid::disputed),
            sum(|paid| paid.fee),
            sum(Paid::net),
            first.map(|touch| touch.channel.to_string()).into(),
            first.and_then(|touch| touch.campaign.as_ref()).map(ToString::to_string).into(),
            last.map(ToString::to_string).into(),
            joined.attribution.cost.get(id).copied().into(),
        ])?;
    }
    Ok(table)
}

fn spend(books: &Books) -> Result<Table, crate::show::table::TableError> {
    let columns = vec![
        Column::text("day"),
        Column::text("channel"),
        Column::text("campaign"),
        Column::text("name"),
        Column::integer("spend", "minor unit"),
        Column::text("currency"),
    ];
    let mut table = Table::new("spend", "Spend", columns);
    for ((channel, campaign, day), spend) in &books.spending.days {
        let day = crate::base::time::Date::from_number(*day).map(|date| date.to_string());
        let title = books.spending.titles.get(campaign).map(ToString::to_string);
        table.push(vec![
            day.into(),
            channel.to_string().into(),
            campaign.to_string().into(),
            title.into(),
            (*spend).into(),
            books.currency.to_string().into(),
        ])?;
    }
    Ok(table)
}

/// The scenario with which other commands read the folder.
fn scenario(kept: &Kept, currency: Currency) -> String {
    format!(
        "// What do the people in these exports do next?\nScenario(\n    schema: 1,\n    name: \"imported\",\n    \
         question: \"What do the people in these exports do next?\",\n    seed: 1,\n    currency: \"{currency}\",\n    \
         clock: Clock(timezone: \"{}\"),\n    sessions: Sessions(timeout_minutes: {}.0{}, dayparts: [0, 6, 10, 14, 17, 20]),\n    \
         recorded: Recorded(files: [File(path: \"events.parquet\")]),\n    replay: Replay(split: OddAndEven),\n)\n",
        kept.timezone,
        kept.timeout,
        if kept.at_midnight { ", at_midnight: true" } else { "" }
    )
}
