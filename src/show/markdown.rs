//! A report as Markdown, with its charts linked from `charts/`.

use super::{
    document::{Block, Document, KeyFigure},
    table::Table,
};

/// The whole report.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut parts = vec![format!("# {}", inline(&document.title))];
    parts.push(format!("> **{}**", inline(&document.question)));
    parts.push(paragraph(&document.answer));
    parts.push(document.key_figures.iter().map(key_figure).collect::<Vec<_>>().join("\n"));
    for section in &document.sections {
        parts.push(format!("## {}", inline(&section.heading)));
        parts.extend(section.blocks.iter().map(block));
    }
    parts.push(if document.colophon.is_empty() {
        String::new()
    } else {
        format!("---\n\n{}", paragraph(&document.colophon))
    });
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn key_figure(figure: &KeyFigure) -> String {
    let note = if figure.note.is_empty() { String::new() } else { format!(" ({})", inline(&figure.note)) };
    format!("- {}: **{}**{note}", inline(&figure.label), inline(&figure.value))
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(text) => paragraph(text),
        Block::Heading(text) => format!("### {}", inline(text)),
        Block::List(items) => items.iter().map(|item| format!("- {}", inline(item))).collect::<Vec<_>>().join("\n"),
        Block::Table(table) | Block::Details(_, table) => self::table(table),
        Block::Figure(figure) => {
            let image = format!("![{}](charts/{}.svg)", inline(&figure.picture.alt), figure.name);
            if figure.caption.is_empty() { image } else { format!("{image}\n\n*{}*", inline(&figure.caption)) }
        }
        Block::Code(text) => code(text),
        Block::Alternatives(parts) => parts.iter().map(alternative).collect::<Vec<_>>().join("\n\n"),
    }
}

fn alternative((name, blocks): &(String, Vec<Block>)) -> String {
    let blocks = blocks.iter().map(block);
    std::iter::once(format!("### {}", inline(name))).chain(blocks).collect::<Vec<_>>().join("\n\n")
}

fn table(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let headings = table.columns().iter().map(|column| inline(&column.heading())).collect();
    let rule =
        table.columns().iter().map(|column| if column.is_numeric() { "---:" } else { ":---" }.to_owned()).collect();
    let rows = table.shown().map(|row| line(row.iter().map(|cell| inline(cell)).collect()));
    let title =
        if table.title.is_empty() { Vec::new() } else { vec![format!("**{}**", inline(&table.title)), String::new()] };
    title.into_iter().chain([line(headings), line(rule)]).chain(rows).collect::<Vec<_>>().join("\n")
}

/// A fence longer than any run of backticks inside it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

/// Text that must not be taken for the start of a list or a heading either.
fn paragraph(text: &str) -> String {
    let text = inline(text);
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    match text[digits..].chars().next() {
        Some(mark @ ('.' | ')')) if digits > 0 => format!("{}\\{mark}{}", &text[..digits], &text[digits + 1..]),
        Some('-' | '+' | '=') if digits == 0 => format!("\\{text}"),
        _ => text,
    }
}

/// Text on one line in which nothing is a mark.
fn inline(text: &str) -> String {
    let marked = |c: char| "\\`*_[]<>|#~&$".contains(c);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().flat_map(|c| marked(c).then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::document::tests::report;

    #[test]
    fn a_report_is_plain_markdown() {
        insta::assert_snapshot!(render(&report()).replace('\u{1b}', "ESC"));
    }
}
