//! The headings and columns of a report in both languages.

use crate::notifications::Language;

/// A heading or a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Availability,
    Time,
    Updates,
    Planned,
    Certificates,
    Subscriptions,
    Computation,
    Kind,
    Institution,
    InstitutionName,
    Chatbot,
    Chatbots,
    From,
    To,
    Zone,
    Before,
    Outages,
    Longest,
    Latency,
    Requests,
    Counted,
    PlannedTime,
    Unknown,
    Offline,
    Forced,
    Component,
    Running,
    Newest,
    Severity,
    Ends,
    Excluded,
    Address,
    Channel,
    Since,
    Error,
    AvailabilityPercent,
    TotalSeconds,
    CountedSeconds,
    PlannedSeconds,
    UnknownSeconds,
    OfflineSeconds,
    ForcedSeconds,
    LongestSeconds,
    LatencyMilliseconds,
    BeforePercent,
    BeforeOfflineSeconds,
    BeforeOutages,
    KindChatbot,
    KindTotal,
    Status,
    LastHeard,
    Enrolled,
    Name,
    Created,
}

impl Label {
    /// Every label.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 54] = [
        Self::Availability,
        Self::Time,
        Self::Updates,
        Self::Planned,
        Self::Certificates,
        Self::Subscriptions,
        Self::Computation,
        Self::Kind,
        Self::Institution,
        Self::InstitutionName,
        Self::Chatbot,
        Self::Chatbots,
        Self::From,
        Self::To,
        Self::Zone,
        Self::Before,
        Self::Outages,
        Self::Longest,
        Self::Latency,
        Self::Requests,
        Self::Counted,
        Self::PlannedTime,
        Self::Unknown,
        Self::Offline,
        Self::Forced,
        Self::Component,
        Self::Running,
        Self::Newest,
        Self::Severity,
        Self::Ends,
        Self::Excluded,
        Self::Address,
        Self::Channel,
        Self::Since,
        Self::Error,
        Self::AvailabilityPercent,
        Self::TotalSeconds,
        Self::CountedSeconds,
        Self::PlannedSeconds,
        Self::UnknownSeconds,
        Self::OfflineSeconds,
        Self::ForcedSeconds,
        Self::LongestSeconds,
        Self::LatencyMilliseconds,
        Self::BeforePercent,
        Self::BeforeOfflineSeconds,
        Self::BeforeOutages,
        Self::KindChatbot,
        Self::KindTotal,
        Self::Status,
        Self::LastHeard,
        Self::Enrolled,
        Self::Name,
        Self::Created,
    ];

    /// Returns the text in `language`.
    pub(crate) fn text(self, language: Language) -> &'static str {
        let [et, en] = self.texts();
        match language {
            Language::Et => et,
            Language::En => en,
        }
    }

    /// Returns the texts in Estonian and English.
    fn texts(self) -> [&'static str; 2] {
        match self {
            Self::Availability => ["Käideldavus", "Availability"],
            Self::Time => ["Ajad, millest käideldavus tuleneb", "Times behind the availability"],
            Self::Updates => ["Uuendamata komponendid", "Outdated components"],
            Self::Planned => ["Plaanitud katkestused", "Planned outages"],
            Self::Certificates => ["Aeguvad sertifikaadid", "Certificates that end"],
            Self::Subscriptions => ["Tellimused, mille teated ei jõua kohale", "Subscriptions that fail"],
            Self::Computation => ["Kuidas arvutati", "How it was computed"],
            Self::Kind => ["Rida", "Row"],
            Self::Institution => ["Asutus", "Institution"],
            Self::InstitutionName => ["Asutuse nimi", "Name of the institution"],
            Self::Chatbot => ["Vestlusrobot", "Chatbot"],
            Self::Chatbots => ["Vestlusrobotid", "Chatbots"],
            Self::From => ["Algus", "From"],
            Self::To => ["Lõpp", "To"],
            Self::Zone => ["Ajavöönd", "Time zone"],
            Self::Before => ["Eelmisel perioodil", "Period before"],
            Self::Outages => ["Katkestusi", "Outages"],
            Self::Longest => ["Pikim katkestus", "Longest outage"],
            Self::Latency => ["95% vastustest kuni", "95% of responses within"],
            Self::Requests => ["Päringuid", "Requests"],
            Self::Counted => ["Arvesse läinud", "Counted"],
            Self::PlannedTime => ["Plaanitud", "Planned"],
            Self::Unknown => ["Teadmata", "Unknown"],
            Self::Offline => ["Võrgust väljas", "Offline"],
            Self::Forced => ["Sellest käsitsi", "Of which forced"],
            Self::Component => ["Komponent", "Component"],
            Self::Running => ["Kasutusel", "Running"],
            Self::Newest => ["Uusim", "Newest"],
            Self::Severity => ["Kiireloomulisus", "Severity"],
            Self::Ends => ["Aegub", "Ends"],
            Self::Excluded => ["Käideldavuses", "In the availability"],
            Self::Address => ["Aadress", "Address"],
            Self::Channel => ["Kanal", "Channel"],
            Self::Since => ["Alates", "Since"],
            Self::Error => ["Veateade", "Error message"],
            Self::AvailabilityPercent => ["Käideldavus (%)", "Availability (%)"],
            Self::TotalSeconds => ["Kogu aeg (s)", "Total (s)"],
            Self::CountedSeconds => ["Arvesse läinud (s)", "Counted (s)"],
            Self::PlannedSeconds => ["Plaanitud (s)", "Planned (s)"],
            Self::UnknownSeconds => ["Teadmata (s)", "Unknown (s)"],
            Self::OfflineSeconds => ["Võrgust väljas (s)", "Offline (s)"],
            Self::ForcedSeconds => ["Sellest käsitsi (s)", "Of which forced (s)"],
            Self::LongestSeconds => ["Pikim katkestus (s)", "Longest outage (s)"],
            Self::LatencyMilliseconds => ["95% vastustest kuni (ms)", "95% of responses within (ms)"],
            Self::BeforePercent => ["Käideldavus eelmisel perioodil (%)", "Availability in the period before (%)"],
            Self::BeforeOfflineSeconds => ["Võrgust väljas eelmisel perioodil (s)", "Offline in the period before (s)"],
            Self::BeforeOutages => ["Katkestusi eelmisel perioodil", "Outages in the period before"],
            Self::KindChatbot => ["vestlusrobot", "chatbot"],
            Self::KindTotal => ["kokku", "total"],
            Self::Status => ["Olek", "Status"],
            Self::LastHeard => ["Viimati andis märku", "Last heard"],
            Self::Enrolled => ["Liitunud", "Enrolled"],
            Self::Name => ["Nimi", "Name"],
            Self::Created => ["Tellitud", "Requested"],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_label_has_a_text_of_its_own_in_each_language() {
        for language in [Language::Et, Language::En] {
            let texts: BTreeSet<_> = Label::ALL.iter().map(|label| label.text(language)).collect();
            assert!(texts.iter().all(|text| !text.trim().is_empty()));
            // A kind of row reads like the column, in lower case.
            assert_eq!(texts.len(), Label::ALL.len(), "{language:?}: no label is there twice");
        }
        for label in Label::ALL {
            assert_ne!(label.text(Language::Et), label.text(Language::En), "{label:?}");
        }
    }
}
