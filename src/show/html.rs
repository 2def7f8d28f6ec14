//! A report as one HTML file that needs nothing beside it: styles, charts and fonts are inside.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    chart::{REGULAR, SEMI_BOLD},
    document::{Block, Document, Figure, KeyFigure, Section},
    table::Table,
};

/// The whole report.
#[must_use]
pub fn render(document: &Document) -> String {
    page(document, None)
}

/// The whole report, with what a reader can choose and run through in it. Without scripts, and in print, all of it is there.
#[must_use]
pub fn render_with_choices(document: &Document) -> String {
    page(document, Some(CHOICES))
}

/// Only the script that has the page's own number once is run.
fn page(document: &Document, script: Option<&str>) -> String {
    let once = &blake3::hash(document.title.as_bytes()).to_hex()[..32];
    let policy = script.map(|_| format!("; script-src 'nonce-{once}'")).unwrap_or_default();
    let script = script.map(|script| format!("<script nonce=\"{once}\">\n{script}</script>\n")).unwrap_or_default();
    let title = escaped(&document.title);
    let sections: String = document.sections.iter().enumerate().map(section).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"generator\" content=\"cwm\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         font-src data:; img-src data:{policy}\">\n\
         <title>{title}</title>\n<style>\n{}{}{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <header>\n<h1>{title}</h1>\n{}</header>\n{}{sections}</main>\n{}{script}</body>\n</html>\n",
        face(400, REGULAR),
        face(600, SEMI_BOLD),
        opening(document),
        key_figures(&document.key_figures),
        colophon(&document.colophon),
    )
}

const STYLE: &str = include_str!("report.css");
const CHOICES: &str = include_str!("proposal.js");

fn face(weight: u32, font: &[u8]) -> String {
    let data = STANDARD.encode(font);
    format!(
        "@font-face{{font-family:Inter;font-weight:{weight};font-display:swap;\
         src:url(data:font/ttf;base64,{data}) format('truetype')}}\n"
    )
}

fn opening(document: &Document) -> String {
    let question = wrapped("p class=\"question\"", &document.question);
    let answer: String = document.answer.split("\n\n").map(|text| wrapped("p class=\"answer\"", text)).collect();
    question + &answer
}

fn key_figures(figures: &[KeyFigure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let cards: String = figures.iter().map(key_figure).collect();
    format!("<dl class=\"figures\">\n{cards}</dl>\n")
}

fn key_figure(figure: &KeyFigure) -> String {
    let note = if figure.note.is_empty() { String::new() } else { wrapped("dd class=\"note\"", &figure.note) };
    format!("<div>\n{}{}{note}</div>\n", wrapped("dt", &figure.label), wrapped("dd", &figure.value))
}

fn section((place, section): (usize, &Section)) -> String {
    let id = format!("s{}", place + 1);
    let blocks: String = section.blocks.iter().map(block).collect();
    let heading = escaped(&section.heading);
    format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n{blocks}</section>\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => text.split("\n\n").map(|text| wrapped("p", text)).collect(),
        Block::Heading(text) => wrapped("h3", text),
        Block::List(items) => {
            let items: String = items.iter().map(|item| wrapped("li", item)).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Block::Table(table) => self::table(table),
        Block::Figure(figure) => self::figure(figure),
        Block::Code(text) => {
            format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", escaped(text.trim_end()))
        }
        Block::Details(summary, table) => {
            let summary = wrapped("summary", summary);
            format!("<details class=\"series\">\n{summary}{}</details>\n", self::table(table))
        }
        Block::Alternatives(parts) => {
            let parts: String = parts.iter().map(alternative).collect();
            format!("<div class=\"alternatives\">\n{parts}</div>\n")
        }
    }
}

fn alternative((name, blocks): &(String, Vec<Block>)) -> String {
    let inside: String = blocks.iter().map(block).collect();
    let name = escaped(name);
    format!("<div class=\"alternative\" data-name=\"{name}\">\n<h3>{name}</h3>\n{inside}</div>\n")
}

/// The SVG carries its description itself, as the label of an image.
fn figure(figure: &Figure) -> String {
    let caption = if figure.caption.is_empty() { String::new() } else { wrapped("figcaption", &figure.caption) };
    let scrolled = scroller(&figure.picture.alt, &figure.picture.svg);
    format!("<figure>\n{scrolled}{caption}</figure>\n")
}

fn table(table: &Table) -> String {
    let class = |column: usize| if table.columns()[column].is_numeric() { " class=\"n\"" } else { "" };
    let head =
        |(place, heading): (usize, String)| format!("<th scope=\"col\"{}>{}</th>", class(place), escaped(&heading));
    let heads: String = table.columns().iter().map(super::table::Column::heading).enumerate().map(head).collect();
    let cell = |(place, text): (usize, String)| match place {
        0 => format!("<th scope=\"row\"{}>{}</th>", class(place), escaped(&text)),
        _ => format!("<td{}>{}</td>", class(place), escaped(&text)),
    };
    let row =
        |cells: Vec<String>| format!("<tr>{}</tr>\n", cells.into_iter().enumerate().map(cell).collect::<String>());
    let rows: String = table.shown().map(row).collect();
    let caption = if table.title.is_empty() { String::new() } else { wrapped("caption", &table.title) };
    let inside = format!("<table>\n{caption}<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n");
    scroller(&table.title, &inside)
}

/// What is wider than the page scrolls in a box of its own, by keyboard too.
fn scroller(label: &str, inside: &str) -> String {
    format!("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n{inside}</div>\n", escaped(label))
}

fn colophon(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<footer>\n{}</footer>\n", wrapped("p", text)) }
}

/// An element with escaped text in it; `tag` may bring attributes.
fn wrapped(tag: &str, text: &str) -> String {
    let name = tag.split(' ').next().unwrap_or(tag);
    format!("<{tag}>{}</{name}>\n", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::{document::tests::report, table::tests::arms};

    #[test]
    fn nothing_in_a_report_is_taken_for_markup() {
        let html = render(&report());
        assert!(!html.contains("<script"));
        assert!(html.contains("Spring launch &lt;2026&gt;"));
        assert_eq!(escaped("\"a\" & 'b'\u{0}"), "&quot;a&quot; &amp; &#39;b&#39;\u{fffd}");
    }

    #[test]
    fn a_report_needs_nothing_beside_it() {
        let html = render(&report());
        let links = ["src=\"", "href=\"", "url(http", "@import"];
        assert!(links.iter().all(|link| !html.contains(link)));
        assert!(html.len() < 400_000, "{}", html.len());
        assert_eq!(html, render(&report()));
    }

    #[test]
    fn every_element_is_closed() {
        let html = render(&report());
        for tag in [
            "main", "header", "section", "div", "table", "tr", "td", "th", "p", "ul", "li", "figure", "svg", "dl", "dd",
        ] {
            let opened = html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
            assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
        }
    }

    #[test]
    fn what_can_be_chosen_is_all_there_without_a_script() {
        let part = |text: &str| (text.to_owned(), vec![Block::Paragraph(format!("about {text}"))]);
        let blocks = vec![Block::Alternatives(vec![part("<a>"), part("b")]), Block::Details("more".to_owned(), arms())];
        let document = Document { sections: vec![Section::new("Arms", blocks)], ..report() };
        let html = render_with_choices(&document);
        assert!(
            html.contains("about &lt;a&gt;") && html.contains("about b") && html.contains("data-name=\"&lt;a&gt;\"")
        );
        assert_eq!((html.matches("<script").count(), render(&document).matches("<script").count()), (1, 0));
        let once = html.split("script-src 'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(html.contains(&format!("<script nonce=\"{once}\">")) && !html.contains("unsafe-eval"));
        assert_eq!((document.tables().count(), document.figures().count()), (1, 0));
    }

    /// Writes a report into the folder that `CWM_GALLERY` names, to be looked at.
    #[test]
    fn a_report_can_be_looked_at() {
        if let Ok(folder) = std::env::var("CWM_GALLERY") {
            std::fs::write(format!("{folder}/report.html"), render(&report())).unwrap();
        }
    }
}
