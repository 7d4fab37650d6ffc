//! The page as HTML: no inline style or script, and readable without either.

use std::fmt::Write as _;

use super::{PublicIncident, PublicInstitution, STALE, StatusPage, wording::Wording};
use crate::notifications::{Language, escape};

impl StatusPage {
    /// Returns the page in `language`. Writing to a string cannot fail, so its results are dropped.
    #[must_use]
    pub fn html(&self, language: Language) -> String {
        let text = Wording::new(language);
        let (own, other) = (language.as_str(), text.other().as_str());
        let title = escape(text.title());
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{own}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"/status.css\">\n<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n\
             <link rel=\"alternate\" hreflang=\"{other}\" href=\"/status/{other}\">\n\
             <link rel=\"alternate\" type=\"application/atom+xml\" href=\"/status/{own}.atom\" title=\"{title}\">\n\
             <script src=\"/status.js\" defer></script>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
             <p id=\"stale\" role=\"alert\" hidden>{}</p>\n<p class=\"summary\">{}</p>\n",
            escape(text.stale()),
            escape(&text.summary(self.chatbots)),
        );
        self.institution_rows(&mut html, text);
        self.list_of_incidents(&mut html, text);
        self.list_of_outages(&mut html, text);
        let _ = write!(
            html,
            "</main>\n<footer>\n<p><time id=\"made\" datetime=\"{}\" data-stale=\"{}\">{}</time></p>\n\
             <p><a href=\"/status/{other}\" hreflang=\"{other}\" lang=\"{other}\">{}</a> \
             <a href=\"/status/status.json\">JSON</a> <a href=\"/status/{own}.atom\">Atom</a></p>\n</footer>\n</body>\n</html>\n",
            self.made_at,
            STALE.as_secs(),
            escape(&text.made(self)),
            text.words.say("In English", "Eesti keeles"),
        );
        html
    }

    fn institution_rows(&self, html: &mut String, text: Wording) {
        let _ = write!(
            html,
            "<h2 id=\"institutions\">{}</h2>\n<table aria-labelledby=\"institutions\">\n\
             <thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
            escape(text.institutions()),
            escape(text.institution()),
            escape(text.state_heading()),
            escape(text.unavailable()),
        );
        for institution in &self.institutions {
            institution_row(html, institution, text);
        }
        html.push_str("</tbody>\n</table>\n");
    }

    fn list_of_incidents<'a>(&'a self, html: &mut String, text: Wording) {
        let lines = self.incidents.as_ref().map(|incidents| {
            let line = |incident: &'a PublicIncident| (incident.institution.as_str(), text.incident(incident));
            incidents.iter().map(line).collect::<Vec<_>>()
        });
        let empty = if lines.is_some() { text.no_incidents() } else { text.too_many() };
        list(html, text.incidents(), &lines.unwrap_or_default(), empty);
    }

    fn list_of_outages(&self, html: &mut String, text: Wording) {
        let lines = self.planned_outages.iter().map(|outage| (outage.institution.as_str(), text.outage(outage)));
        list(html, text.planned(), &lines.collect::<Vec<_>>(), text.no_planned());
    }
}

fn institution_row(html: &mut String, institution: &PublicInstitution, text: Wording) {
    let since = institution.unavailable.iter().map(|chatbot| {
        let since = text.words.time(chatbot.since);
        let since = text.words.say(format!("alates {since}"), format!("since {since}"));
        format!("<li>{}, {}</li>", escape(chatbot.name.as_str()), escape(&since))
    });
    let since = since.collect::<String>();
    let since = if since.is_empty() { since } else { format!("<ul>{since}</ul>") };
    let _ = writeln!(
        html,
        "<tr><th scope=\"row\">{}</th><td class=\"{}\">{}</td><td>{since}</td></tr>",
        escape(&institution.name),
        institution.state.class(),
        escape(text.state(institution.state)),
    );
}

/// Writes a list of lines, each with the name of its institution, or what is said if it is empty.
fn list(html: &mut String, heading: &str, lines: &[(&str, String)], empty: &str) {
    let _ = writeln!(html, "<h2>{}</h2>", escape(heading));
    if lines.is_empty() {
        let _ = writeln!(html, "<p>{}</p>", escape(empty));
        return;
    }
    html.push_str("<ul>\n");
    for (institution, sentence) in lines {
        let _ = writeln!(html, "<li><strong>{}</strong>: {}</li>", escape(institution), escape(sentence));
    }
    html.push_str("</ul>\n");
}
