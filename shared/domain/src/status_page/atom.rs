//! The feed of incidents and planned outages (RFC 4287).

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{PublicIncident, StatusPage, wording::Wording};
use crate::notifications::{Language, escape};

impl StatusPage {
    /// Returns the feed in `language`. Writing to a string cannot fail, so its results are dropped.
    #[must_use]
    pub fn atom(&self, language: Language) -> String {
        let text = Wording::new(language);
        let (own, title) = (language.as_str(), escape(text.title()));
        let mut feed = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{own}\">\n\
             <id>urn:centops:status:{own}</id>\n<title>{title}</title>\n<updated>{}</updated>\n\
             <author><name>CentOps</name></author>\n<link rel=\"self\" href=\"/status/{own}.atom\"/>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"/status/{own}\"/>\n",
            self.updated(),
        );
        for incident in self.incidents.iter().flatten() {
            let id = format!("urn:centops:incident:{}", incident.id);
            let title = format!("{}: {}", incident.institution, text.incident(incident));
            entry(&mut feed, own, &id, incident.updated(), &title);
        }
        for outage in &self.planned_outages {
            let id = format!("urn:centops:planned-outage:{}:{}", outage.id, outage.start.as_second());
            let title = format!("{}: {}", outage.institution, text.outage(outage));
            entry(&mut feed, own, &id, outage.announced_at, &title);
        }
        feed.push_str("</feed>\n");
        feed
    }

    /// Returns when an entry changed last. A page without entries changes with each making.
    fn updated(&self) -> Timestamp {
        let incidents = self.incidents.iter().flatten().map(PublicIncident::updated);
        let outages = self.planned_outages.iter().map(|outage| outage.announced_at);
        incidents.chain(outages).max().unwrap_or(self.made_at)
    }
}

impl PublicIncident {
    fn updated(&self) -> Timestamp {
        self.ended.unwrap_or(self.began)
    }
}

fn entry(feed: &mut String, language: &str, id: &str, updated: Timestamp, title: &str) {
    let _ = writeln!(
        feed,
        "<entry><id>{}</id><updated>{updated}</updated><title>{}</title>\
         <link rel=\"alternate\" type=\"text/html\" href=\"/status/{language}\"/></entry>",
        escape(id),
        escape(title),
    );
}
