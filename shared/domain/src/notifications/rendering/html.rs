//! HTML of mails: one column, no images, nothing that is loaded, no information by colour alone.
//!
//! Text has 16 pixels, small print 14. Colours on white have a contrast of 7 to 1 or more (WCAG 2.1 asks for 4.5).

use std::fmt::Write as _;

use crate::notifications::rendering::{
    Renderer,
    document::{Document, Section, links},
};

/// Cells of data tables. Mail readers that drop it show tables without lines.
const STYLE: &str = "table.data{border-collapse:collapse;width:100%;margin:0 0 16px}\
    table.data caption{text-align:left;font-size:14px;padding:4px 0;overflow-wrap:anywhere}\
    table.data th,table.data td{border:1px solid #767676;padding:6px 8px;text-align:left;vertical-align:top;\
    font-size:15px;overflow-wrap:anywhere}";
const BODY: &str = "margin:0;padding:0;background:#ffffff;color:#1a1a1a;\
    font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5";
const HEADING: &str = "line-height:1.3;margin:16px 0 8px;overflow-wrap:anywhere";
const LINK: &str = "style=\"color:#0b4f8a;text-decoration:underline\"";
const OUTER: &str = "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">";
const INNER: &str = "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
    style=\"max-width:640px\">";

/// Returns the page of a document. Writing to a string cannot fail, so its results are dropped.
pub(crate) fn page(document: &Document, renderer: &Renderer) -> String {
    let subject = escape(&document.subject);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{subject}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body style=\"{BODY}\">\n{OUTER}<tr><td align=\"center\">\n{INNER}<tr>\
         <td align=\"left\" style=\"padding:16px\">\n<main>\n<h1 style=\"font-size:22px;{HEADING}\">{subject}</h1>\n",
        renderer.language.as_str(),
    );
    let facts = document.facts.iter().map(|(label, fact)| format!("{}: {}", escape(label), escape(fact)));
    list(&mut html, facts);
    for part in &document.sections {
        section(&mut html, part, document.sections.len() > 1, renderer);
    }
    if let Some(sentence) = &document.omitted {
        let _ = writeln!(html, "<p>{}</p>", escape(sentence));
    }
    let links = links(renderer.links, renderer.words());
    list(
        &mut html,
        links.iter().map(|(label, url)| format!("<a {LINK} href=\"{}\">{}</a>", escape(url), escape(label))),
    );
    let footer = escape(&document.footer);
    let _ = writeln!(html, "<p style=\"font-size:14px;color:#4a4a4a\">{footer}</p>\n</main>");
    html.push_str("</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n");
    html
}

/// Writes a list of items that are HTML, if there is one.
fn list(html: &mut String, items: impl Iterator<Item = String>) {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return;
    }
    html.push_str("<ul style=\"margin:0 0 16px;padding-left:20px\">\n");
    for item in items {
        let _ = writeln!(html, "<li>{item}</li>");
    }
    html.push_str("</ul>\n");
}

fn section(html: &mut String, section: &Section, several: bool, renderer: &Renderer) {
    let heading =
        if several { &section.heading } else { renderer.words().say("Mida see tähendab", "What this means") };
    let (heading, explanation) = (escape(heading), escape(&section.explanation));
    let _ = writeln!(html, "<h2 style=\"font-size:18px;{HEADING}\">{heading}</h2>");
    let _ = writeln!(html, "<p style=\"margin:0 0 12px\">{explanation}</p>");
    table(html, section, renderer);
}

/// Writes the rows of a section as a data table, if there is one. Its caption names the section.
fn table(html: &mut String, section: &Section, renderer: &Renderer) {
    let Some(first) = section.rows.first() else { return };
    let details = renderer.words().say("Üksikasjad", "Details");
    let caption = escape(&section.heading);
    let _ = writeln!(html, "<table class=\"data\">\n<caption>{details}: {caption}</caption>");
    html.push_str("<thead><tr>");
    for (label, _) in first {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escape(label));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in &section.rows {
        html.push_str("<tr>");
        for (column, (_, text)) in row.iter().enumerate() {
            let text = escape(text);
            // The header of a row without further cells would describe nothing.
            let is_header = column == 0 && row.len() > 1;
            let _ =
                if is_header { write!(html, "<th scope=\"row\">{text}</th>") } else { write!(html, "<td>{text}</td>") };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n");
}

/// Returns `text` as HTML text, also for the value of an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
