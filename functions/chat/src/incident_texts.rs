//! The sentences about incidents that rooms are told. They are plain text: each room escapes them.

use std::collections::BTreeMap;

use centops_domain::{
    chat::News,
    incidents::{
        Acknowledgement, Author, Condition, Entry, EntryContent, Incident, IncidentView, NetworkCause, ResolvedBy,
        Shared, State,
    },
    notifications::Zone,
};
use centops_why::{
    health::Cause,
    sentences_of,
    texts::{Language, moment},
};
use jiff::Timestamp;

/// Writes sentences about incidents for one room.
#[derive(Clone, Copy, Debug)]
pub struct IncidentTexts<'a> {
    /// The language.
    pub language: Language,
    /// The present time.
    pub now: Timestamp,
    /// The names of people, by their subjects. A subject is a personal code: it is not shown.
    pub names: &'a BTreeMap<String, String>,
}

impl IncidentTexts<'_> {
    fn say(self, et: impl Into<String>, en: impl Into<String>) -> String {
        if self.language == Language::Et { et.into() } else { en.into() }
    }

    fn at(self, time: Timestamp) -> String {
        moment(time, self.now, &Zone::default().time_zone(), self.language)
    }

    fn name(self, subject: &str) -> String {
        self.names.get(subject).cloned().unwrap_or_else(|| self.say("keegi", "somebody"))
    }

    /// Returns the text of the message about `incident`.
    pub fn message(self, incident: &Incident) -> String {
        let mut lines = vec![self.headline(incident), self.state(incident)];
        match incident.chatbot() {
            Some(_) => lines.extend(self.cause(incident)),
            None => lines.extend(incident.network_cause().map(|cause| self.network(cause))),
        }
        lines.join("\n")
    }

    fn headline(self, incident: &Incident) -> String {
        let began = self.at(incident.began);
        let (Some(chatbot), Some(institution)) = (incident.chatbot(), incident.institution()) else {
            let shared = incident.network_cause().map(|cause| self.shared(&cause.shared)).unwrap_or_default();
            return self.say(
                format!("Võrguintsident alates {began}: {shared}"),
                format!("Network incident since {began}: {shared}"),
            );
        };
        let name = &chatbot.name;
        match incident.condition {
            Condition::Down(since) => {
                let since = self.at(since);
                self.say(
                    format!("{name} ({institution}): võrgust väljas alates {since}"),
                    format!("{name} ({institution}): offline since {since}"),
                )
            }
            Condition::Up(since) => {
                let since = self.at(since);
                self.say(
                    format!("{name} ({institution}): võrgust väljas {began}–{since}"),
                    format!("{name} ({institution}): offline {began}–{since}"),
                )
            }
            Condition::Removed(since) => {
                let since = self.at(since);
                self.say(
                    format!("{name} ({institution}): eemaldatud {since}"),
                    format!("{name} ({institution}): removed at {since}"),
                )
            }
        }
    }

    fn state(self, incident: &Incident) -> String {
        if incident.parent.is_some() && incident.is_active() {
            return self.say("Osa teisest intsidendist.", "Part of another incident.");
        }
        match (incident.state, &incident.acknowledgement) {
            (State::Acknowledged, Some(acknowledgement)) => self.acknowledged(acknowledgement),
            (State::Resolved, _) => self.say("Lahendatud.", "Resolved."),
            (State::Dismissed, _) => self.say("Ei olnud intsident.", "Dismissed."),
            _ => self.say("Keegi ei tegele sellega veel.", "Nobody has acknowledged it yet."),
        }
    }

    fn acknowledged(self, acknowledgement: &Acknowledgement) -> String {
        let (by, until) = (self.name(&acknowledgement.by), self.at(acknowledgement.until));
        self.say(format!("Tegeleb {by}, kuni {until}."), format!("Acknowledged by {by}, until {until}."))
    }

    /// Returns the sentences of the console about the cause of the outage.
    fn cause(self, incident: &Incident) -> Vec<String> {
        let view = serde_json::to_value(IncidentView::new(incident.clone())).unwrap_or_default();
        let cause = serde_json::from_value::<Cause>(view["cause"].clone());
        cause.map(|cause| sentences_of(&cause, self.language)).unwrap_or_default()
    }

    fn network(self, cause: &NetworkCause) -> String {
        let NetworkCause { affected, population, others_affected, others, .. } = cause;
        self.say(
            format!("Sama tunnusega vestlusrobotitest tõrkus {affected} (kokku {population}), ülejäänutest {others_affected} (kokku {others})."),
            format!("{affected} of {population} chatbots that have it in common failed, and {others_affected} of {others} others."),
        )
    }

    /// Returns the property that chatbots share, in the words of the console.
    fn shared(self, shared: &Shared) -> String {
        match shared {
            Shared::Dmr { dmr } => self.say(
                format!("DMR {dmr}, mis ainsana nende vigu näeb"),
                format!("DMR {dmr}, the only one that sees them fail"),
            ),
            Shared::Host { host } => self.say(format!("server {host}"), format!("host {host}")),
            Shared::Version { component, version } => self
                .say(format!("komponendi {component} versioon {version}"), format!("version {version} of {component}")),
            Shared::Institution { institution } => {
                self.say(format!("asutus {institution}"), format!("institution {institution}"))
            }
            Shared::Everything { .. } => self.say("kogu võrk: lagi on täis", "the whole network: the cap is reached"),
        }
    }

    /// Returns a line of the thread.
    pub fn news(self, news: &News) -> String {
        match news {
            News::PartOf(_) => self.say("On nüüd osa teisest intsidendist.", "It is part of another incident now."),
            News::Separate => self.say("On jälle omaette intsident.", "It is an incident of its own again."),
            News::Reopened => self.say("Avati uuesti.", "It was opened again."),
            News::OfflineAgain(since) => {
                let since = self.at(*since);
                self.say(format!("Jälle võrgust väljas alates {since}."), format!("Offline again since {since}."))
            }
            News::Back(since) => {
                let since = self.at(*since);
                self.say(format!("Jälle võrgus alates {since}."), format!("Online again since {since}."))
            }
            News::Acknowledged(acknowledgement) => self.acknowledged(acknowledgement),
            News::Lapsed => self.say(
                "Kinnitus on lõppenud: keegi ei tegele sellega enam.",
                "The acknowledgement has ended: nobody looks at it any more.",
            ),
            News::Assigned(None) => self.say("Sel ei ole enam vastutajat.", "It is assigned to nobody any more."),
            News::Assigned(Some(subject)) => {
                let name = self.name(subject);
                self.say(format!("Vastutab {name}."), format!("Assigned to {name}."))
            }
            News::Resolved(resolution) => {
                let at = self.at(resolution.at);
                match resolution.by {
                    ResolvedBy::Itself => {
                        self.say(format!("Lahenes iseenesest {at}."), format!("Resolved by itself at {at}."))
                    }
                    ResolvedBy::Person => self
                        .say(format!("Inimene lahendas, lõpp {at}."), format!("Resolved by a person, over at {at}.")),
                    ResolvedBy::Removal => {
                        self.say(format!("Vestlusrobot eemaldati {at}."), format!("The chatbot was removed at {at}."))
                    }
                }
            }
            News::Dismissed => self.say("Tunnistati mitte-intsidendiks.", "It was dismissed."),
        }
    }

    /// Returns a note as a line of the thread; none for another entry.
    pub fn note(self, entry: &Entry) -> Option<String> {
        let EntryContent::Note { text } = &entry.content else { return None };
        let by = match &entry.by {
            Author::System => "CentOps".to_owned(),
            Author::Staff(subject) | Author::Owner(subject) => self.name(subject),
        };
        Some(format!("{by}: {text}"))
    }

    /// Returns the words of the link to the console.
    pub fn open(self) -> &'static str {
        if self.language == Language::Et { "Ava konsoolis" } else { "Open in the console" }
    }
}

#[cfg(test)]
mod tests {
    use centops_domain::{incidents::IncidentId, notifications::Enrolment};
    use serde_json::json;

    use super::*;

    fn incident() -> Incident {
        let at = "2026-11-28T10:00:00Z";
        let chatbot = Enrolment { name: "tax".parse().expect("a name"), enrolled_at: at.parse().expect("a time") };
        let stored = json!({
            "id": IncidentId::new(at.parse().expect("a time"), "tax-1"), "chatbot": chatbot, "institution": "emta",
            "state": "open", "condition": {"status": "down", "since": at}, "began": at, "firstFailed": at, "asOf": at,
            "cause": {"unanswered": "silence"},
        });
        serde_json::from_value(stored).expect("an incident")
    }

    fn texts(language: Language, names: &BTreeMap<String, String>) -> IncidentTexts<'_> {
        IncidentTexts { language, now: "2026-11-28T10:05:00Z".parse().expect("a time"), names }
    }

    #[test]
    fn message_says_what_is_offline_and_who_looks_at_it_without_personal_codes() {
        let names: BTreeMap<_, _> = [("EE1".to_owned(), "Olev".to_owned())].into();
        let open = texts(Language::En, &names).message(&incident());
        let lines: Vec<_> = open.lines().collect();
        assert_eq!(lines[..2], ["tax (emta): offline since 12:00", "Nobody has acknowledged it yet."]);
        assert_eq!(lines[2..].len(), 1, "the sentence of the cause: {open}");
        for (by, name) in [("EE1", "Olev"), ("EE2", "somebody")] {
            let until = "2026-11-28T14:05:00Z".parse().expect("a time");
            let acknowledgement = Acknowledgement { by: by.to_owned(), at: incident().began, until };
            let taken =
                Incident { state: State::Acknowledged, acknowledgement: Some(acknowledgement.clone()), ..incident() };
            let text = texts(Language::En, &names).message(&taken);
            assert!(text.contains(&format!("Acknowledged by {name}, until 16:05.")) && !text.contains("EE"), "{text}");
            let news = texts(Language::Et, &names).news(&News::Acknowledged(acknowledgement));
            assert!(news.starts_with("Tegeleb ") && !news.contains("EE"), "{news}");
        }
    }

    #[test]
    fn note_names_its_author() {
        let names: BTreeMap<_, _> = [("EE1".to_owned(), "Olev".to_owned())].into();
        let entry = json!({"at": "2026-11-28T10:00:00Z", "id": "n", "by": {"kind": "staff", "subject": "EE1"},
            "content": {"type": "note", "text": "The host restarts."}});
        let entry: Entry = serde_json::from_value(entry).expect("an entry");
        assert_eq!(texts(Language::En, &names).note(&entry).as_deref(), Some("Olev: The host restarts."));
    }
}
