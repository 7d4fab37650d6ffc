//! The texts of the page in both languages.

use super::{Numbers, PublicIncident, PublicOutage, PublicState, StatusPage};
use crate::{
    chatbots::Name,
    notifications::{Language, Words, Zone},
};

/// The texts of a language.
#[derive(Clone, Copy)]
pub(super) struct Wording {
    /// The language.
    pub language: Language,
    /// Its words.
    pub words: Words,
}

impl Wording {
    /// Returns the texts of `language`; times are those of Tallinn.
    pub fn new(language: Language) -> Self {
        Self { language, words: Words::new(language, Zone::default()) }
    }

    /// Returns the other language.
    pub fn other(self) -> Language {
        match self.language {
            Language::Et => Language::En,
            Language::En => Language::Et,
        }
    }

    pub fn title(self) -> &'static str {
        self.words.say("Bürokrati vestlusrobotite seis", "Status of the chatbots of Bürokratt")
    }

    /// Returns the state of the network in one sentence.
    pub fn summary(self, numbers: Numbers) -> String {
        let Numbers { working, planned, down } = numbers;
        let words = self.words;
        let all = words.chatbots(working + planned + down);
        match (down, planned) {
            (0, 0) => words.say(format!("Kõik töötavad: {all}."), format!("All work: {all}.")),
            (0, _) => words.say(
                format!("Plaanitud töö tõttu ei tööta {planned}; kokku {all}."),
                format!("Because of planned work, {planned} of {all} do not work."),
            ),
            (_, 0) => words.say(format!("Ei tööta {down}; kokku {all}."), format!("{down} of {all} do not work.")),
            _ => words.say(
                format!("Ei tööta {down}, lisaks plaanitud töö tõttu {planned}; kokku {all}."),
                format!("{down} of {all} do not work, and {planned} more because of planned work."),
            ),
        }
    }

    pub fn state(self, state: PublicState) -> &'static str {
        match state {
            PublicState::Down => self.words.say("Ei tööta", "Down"),
            PublicState::Disrupted => self.words.say("Häiritud", "Disrupted"),
            PublicState::Planned => self.words.say("Plaanitud töö", "Planned work"),
            PublicState::Working => self.words.say("Töötab", "Working"),
        }
    }

    /// Returns an incident in one sentence.
    pub fn incident(self, incident: &PublicIncident) -> String {
        let PublicIncident { chatbot, began, ended, .. } = incident;
        let began_text = self.words.time(*began);
        match ended {
            None => self.words.say(
                format!("{chatbot} ei tööta. Algus: {began_text}."),
                format!("{chatbot} does not work since {began_text}."),
            ),
            Some(ended) => {
                let lasted = self.words.duration(ended.duration_since(*began));
                let ended = self.words.time(*ended);
                self.words.say(
                    format!("{chatbot} ei töötanud. Algus: {began_text}. Lõpp: {ended}. Kestus: {lasted}."),
                    format!("{chatbot} did not work from {began_text} to {ended}, for {lasted}."),
                )
            }
        }
    }

    /// Returns a planned outage in one sentence.
    pub fn outage(self, outage: &PublicOutage) -> String {
        let (start, end) = (self.words.time(outage.start), self.words.time(outage.end));
        let names = outage.chatbots.as_ref().map(|names| names.iter().map(Name::as_str).collect::<Vec<_>>());
        let who = match names {
            Some(names) => names.join(", "),
            None => self.words.say("kõik vestlusrobotid", "all chatbots").to_owned(),
        };
        self.words.say(
            format!("Plaanitud töö: {who}. Algus: {start}. Lõpp: {end}."),
            format!("Planned work on {who}, from {start} to {end}."),
        )
    }

    /// Returns when the page was made.
    pub fn made(self, page: &StatusPage) -> String {
        let at = self.words.time(page.made_at);
        self.words.say(format!("Koostatud {at}."), format!("Made {at}."))
    }

    pub fn stale(self) -> &'static str {
        self.words.say(
            "See leht on vananenud: praegune seis ei ole teada.",
            "This page is out of date: the present status is not known.",
        )
    }

    pub fn institutions(self) -> &'static str {
        self.words.say("Asutused", "Institutions")
    }

    pub fn institution(self) -> &'static str {
        self.words.say("Asutus", "Institution")
    }

    pub fn state_heading(self) -> &'static str {
        self.words.say("Seis", "Status")
    }

    pub fn unavailable(self) -> &'static str {
        self.words.say("Vestlusrobotid, mis ei tööta", "Chatbots that do not work")
    }

    pub fn incidents(self) -> &'static str {
        self.words.say("Viimase seitsme päeva intsidendid", "Incidents of the last seven days")
    }

    pub fn no_incidents(self) -> &'static str {
        self.words.say("Intsidente ei olnud.", "There were none.")
    }

    pub fn too_many(self) -> &'static str {
        self.words.say("Intsidente on loetlemiseks liiga palju.", "There are too many to list.")
    }

    pub fn planned(self) -> &'static str {
        self.words.say("Plaanitud katkestused", "Planned outages")
    }

    pub fn no_planned(self) -> &'static str {
        self.words.say("Järgmise 14 päeva kohta ei ole plaane.", "None is planned for the next 14 days.")
    }
}
