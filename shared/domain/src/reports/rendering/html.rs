//! The page of a document: one column, no script, no images, nothing that is loaded, no information by colour alone.
//!
//! Text has 16 pixels, small print 14. Colours on white have a contrast of 7 to 1 or more (WCAG 2.1 asks for 4.5). The
//! whole style is in one element, so that a content security policy can name it by its hash.

use std::fmt::Write as _;

use super::document::{Document, Section, Table};
use crate::notifications::escape;

/// The style of a page, whose hash a content security policy can name.
pub const STYLE: &str = "body{margin:0 auto;padding:16px;max-width:960px;background:#ffffff;color:#1a1a1a;\
    font-family:Arial,Helvetica,sans-serif;font-size:16px;line-height:1.5;overflow-wrap:anywhere}\
    h1{font-size:22px;line-height:1.3}h2{font-size:18px;line-height:1.3;margin:24px 0 8px}p{margin:0 0 12px}\
    table{border-collapse:collapse;width:100%;margin:0 0 16px}\
    caption{text-align:left;font-size:14px;padding:4px 0}\
    th,td{border:1px solid #767676;padding:6px 8px;text-align:left;vertical-align:top;font-size:15px}\
    @media(min-width:640px){th,td{overflow-wrap:break-word}tbody th{overflow-wrap:anywhere}}\
    a{color:#0b4f8a;text-decoration:underline}footer{font-size:14px;color:#4a4a4a}";

/// Returns the page of `document`. Writing to a string cannot fail, so its results are dropped.
pub(crate) fn page(document: &Document) -> String {
    let title = escape(&document.title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n<h1>{title}</h1>\n",
        document.language.as_str(),
    );
    paragraphs(&mut html, &document.lead);
    for part in &document.sections {
        section(&mut html, part);
    }
    html.push_str("</main>\n<footer>\n");
    if !document.links.is_empty() {
        html.push_str("<ul>\n");
        for (text, url) in &document.links {
            let _ = writeln!(html, "<li><a href=\"{}\">{}</a></li>", escape(url), escape(text));
        }
        html.push_str("</ul>\n");
    }
    let _ = writeln!(html, "<p>{}</p>\n</footer>\n</body>\n</html>", escape(&document.footer));
    html
}

fn section(html: &mut String, section: &Section) {
    let _ = writeln!(html, "<h2>{}</h2>", escape(section.heading));
    paragraphs(html, &section.sentences);
    if let Some(rows) = &section.table {
        table(html, rows);
    }
}

fn paragraphs(html: &mut String, sentences: &[String]) {
    for sentence in sentences {
        let _ = writeln!(html, "<p>{}</p>", escape(sentence));
    }
}

fn table(html: &mut String, table: &Table) {
    let _ = write!(html, "<table>\n<caption>{}</caption>\n<thead><tr>", escape(&table.caption));
    for column in &table.columns {
        let _ = write!(html, "<th scope=\"col\">{}</th>", escape(column));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for (index, row) in table.rows.iter().enumerate() {
        html.push_str("<tr>");
        for (column, text) in row.iter().enumerate() {
            let text = escape(text);
            let _ = match table.links.get(index) {
                Some(url) if column == 0 => {
                    write!(html, "<th scope=\"row\"><a href=\"{}\">{text}</a></th>", escape(url))
                }
                None if column == 0 => write!(html, "<th scope=\"row\">{text}</th>"),
                _ => write!(html, "<td>{text}</td>"),
            };
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n");
}
