//! Meta's Ads Manager export: columns in the user's language, the currency in a heading, a row of totals on top.

use super::super::{number, record::{Body, Spend}, row::{Out, Row}};
use super::Layer;
use crate::{base::units::Currency, history::rejection::Flaw};

pub const NAME: &str = "Meta Ads Manager export (CSV, by day)";
pub const TOOL: &str = "meta";
pub const LAYER: Layer = Layer::Acquisition;
pub const CELLS: &[&str] = &[];

/// A heading in English, French, Spanish, German, Italian, Portuguese and Dutch.
type Heading = [&'static str; 7];
const SPENT: Heading = ["amount spent", "montant dépensé", "importe gastado", "ausgegebener betrag", "importo speso", "valor usado", "besteed bedrag"];
const DAY: Heading = ["day", "jour", "día", "tag", "giorno", "dia", "dag"];
const STARTS: Heading = ["reporting starts", "début des rapports", "inicio del informe", "berichtsbeginn", "inizio dei report", "início dos relatórios", "begin rapportage"];
const ENDS: Heading = ["reporting ends", "fin des rapports", "fin del informe", "berichtsende", "fine dei report", "término dos relatórios", "einde rapportage"];
const CAMPAIGN: Heading = ["campaign name", "nom de la campagne", "nombre de la campaña", "kampagnenname", "nome della campagna", "nome da campanha", "campagnenaam"];
const CAMPAIGN_ID: Heading = ["campaign id", "id de la campagne", "identificador de la campaña", "kampagnen-id", "id campagna", "id da campanha", "campagne-id"];
const SET: Heading = ["ad set name", "nom de l’ensemble de publicités", "nombre del conjunto de anuncios", "name der anzeigengruppe", "nome del gruppo di inserzioni", "nome do conjunto de anúncios", "naam advertentieset"];
const AD: Heading = ["ad name", "nom de la publicité", "nombre del anuncio", "name der werbeanzeige", "nome dell'inserzione", "nome do anúncio", "advertentienaam"];
const AD_ID: Heading = ["ad id", "id de la publicité", "identificador del anuncio", "anzeigen-id", "id inserzione", "id do anúncio", "advertentie-id"];

/// The column under a heading, and the language it is in.
fn column<'a>(row: &'a Row, heading: &Heading) -> Option<(&'a String, usize)> {
    let plain = |name: &str| name.to_lowercase().split('(').next().unwrap_or("").trim().replace('\'', "’");
    row.cells.keys().find_map(|name| heading.iter().position(|one| plain(name) == one.replace('\'', "’")).map(|language| (name, language)))
}

fn cell(row: &Row, heading: &Heading) -> Option<String> {
    row.cells.get(column(row, heading)?.0).and_then(super::super::row::text)
}

pub fn recognises(row: &Row) -> bool {
    column(row, &SPENT).is_some() && (column(row, &STARTS).is_some() || column(row, &DAY).is_some())
}

pub fn read(row: &Row, out: &mut Out<'_>) -> Result<(), Flaw> {
    let (campaign_column, title) = (column(row, &CAMPAIGN), cell(row, &CAMPAIGN));
    if campaign_column.is_some() && title.is_none() && cell(row, &AD).is_none() && cell(row, &SET).is_none() {
        out.ignore("the row of totals, which would count all spend twice");
        return Ok(());
    }
    let (spent, language) = column(row, &SPENT).ok_or_else(|| Flaw::new("Amount spent", "a column", ""))?;
    let code = spent.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    let currency = code.and_then(|code| Currency::new(code.trim()).ok());
    let day = day(row, language)?;
    let text = row.text(spent).unwrap_or_else(|| "0".to_owned());
    let comma = row.decimal_comma || language != 0;
    let micros = number::micros(&text, comma).ok_or_else(|| Flaw::new("Amount spent", "an amount", &text))?;
    let id = |heading: &Heading| column(row, heading).map(|(name, _)| row.id_text(name)).transpose().map(Option::flatten);
    let campaign = id(&CAMPAIGN_ID)?.or_else(|| title.clone()).unwrap_or_else(|| "account".to_owned());
    let unit = id(&AD_ID)?.or_else(|| cell(row, &AD));
    let level = u8::from(unit.is_none());
    let set = cell(row, &SET).unwrap_or_default();
    let unit = unit.unwrap_or(set);
    let key = out.key(&["meta", &campaign, &unit, &day.to_string(), "", ""]);
    out.put(key, Body::Spend(Spend { day, channel: "facebook".into(), campaign: campaign.into(), title: title.map(Into::into), level, micros, currency }));
    Ok(())
}

/// The day of a row; a total over several days is none.
fn day(row: &Row, language: usize) -> Result<i64, Flaw> {
    let day_first = if language == 0 { None } else { Some(true) };
    let read = |text: &str| number::day(text, day_first).ok_or_else(|| Flaw::new("Day", "a day (2026-03-01)", text));
    if let Some(text) = cell(row, &DAY) {
        return read(&text);
    }
    let (start, end) = (cell(row, &STARTS).unwrap_or_default(), cell(row, &ENDS).unwrap_or_default());
    if start != end {
        let expected = "one day a row, not a total of a period: export with the breakdown By time > Day";
        return Err(Flaw::new("Reporting ends", expected, &format!("{start} to {end}")));
    }
    read(&start)
}
