//! The plain text of a document.

use std::fmt::Write as _;

use super::document::{Document, Table};

/// Returns the text of `document`. Writing to a string cannot fail, so its results are dropped.
pub(crate) fn text(document: &Document) -> String {
    let mut text = format!("{}\n\n", document.title);
    lines(&mut text, &document.lead);
    for section in &document.sections {
        let _ = writeln!(text, "\n{}", section.heading);
        lines(&mut text, &section.sentences);
        if let Some(rows) = &section.table {
            table(&mut text, rows);
        }
    }
    text.push('\n');
    for (label, url) in &document.links {
        let _ = writeln!(text, "{label}: {url}");
    }
    let _ = writeln!(text, "{}", document.footer);
    text
}

fn lines(text: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(text, "{sentence}");
    }
}

/// Writes each row as one line. Columns in spaces would not line up in the fonts of mail readers.
fn table(text: &mut String, table: &Table) {
    let _ = writeln!(text, "{}:", table.caption);
    for (index, row) in table.rows.iter().enumerate() {
        let mut cells = table.columns.iter().zip(row);
        let name = cells.next().map_or("", |(_, name)| name.as_str());
        let cells: Vec<_> = cells.map(|(column, cell)| format!("{column}: {cell}")).collect();
        let _ = writeln!(text, "- {name}: {}", cells.join("; "));
        if let Some(url) = table.links.get(index) {
            let _ = writeln!(text, "  {url}");
        }
    }
}
