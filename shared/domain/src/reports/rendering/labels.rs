//! The headings and columns of a report in both languages.

use crate::notifications::Language;

/// Declares the labels with their texts in Estonian and English: none can lack a language.
macro_rules! labels {
    ($($label:ident: $et:literal, $en:literal;)*) => {
        /// A heading or a column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Label {
            $($label,)*
        }

        /// Every label with its texts, in the order of the declaration.
        const TEXTS: &[(Label, [&str; 2])] = &[$((Label::$label, [$et, $en]),)*];
    };
}

labels! {
    Availability: "Käideldavus", "Availability";
    Time: "Ajad, millest käideldavus tuleneb", "Times behind the availability";
    Updates: "Uuendamata komponendid", "Outdated components";
    Planned: "Plaanitud katkestused", "Planned outages";
    Certificates: "Aeguvad sertifikaadid", "Certificates that end";
    Subscriptions: "Tellimused, mille teated ei jõua kohale", "Subscriptions that fail";
    Computation: "Kuidas arvutati", "How it was computed";
    Kind: "Rida", "Row";
    Institution: "Asutus", "Institution";
    InstitutionName: "Asutuse nimi", "Name of the institution";
    Chatbot: "Vestlusrobot", "Chatbot";
    Chatbots: "Vestlusrobotid", "Chatbots";
    From: "Algus", "From";
    To: "Lõpp", "To";
    Zone: "Ajavöönd", "Time zone";
    Before: "Eelmisel perioodil", "Period before";
    Outages: "Katkestusi", "Outages";
    Longest: "Pikim katkestus", "Longest outage";
    Latency: "95% vastustest kuni", "95% of responses within";
    Requests: "Päringuid", "Requests";
    Counted: "Arvesse läinud", "Counted";
    PlannedTime: "Plaanitud", "Planned";
    Unknown: "Teadmata", "Unknown";
    Offline: "Võrgust väljas", "Offline";
    Forced: "Sellest käsitsi", "Of which forced";
    Component: "Komponent", "Component";
    Running: "Kasutusel", "Running";
    Newest: "Uusim", "Newest";
    Severity: "Kiireloomulisus", "Severity";
    Ends: "Aegub", "Ends";
    Excluded: "Käideldavuses", "In the availability";
    Address: "Aadress", "Address";
    Channel: "Kanal", "Channel";
    Since: "Alates", "Since";
    Error: "Veateade", "Error message";
    AvailabilityPercent: "Käideldavus (%)", "Availability (%)";
    TotalSeconds: "Kogu aeg (s)", "Total (s)";
    CountedSeconds: "Arvesse läinud (s)", "Counted (s)";
    PlannedSeconds: "Plaanitud (s)", "Planned (s)";
    UnknownSeconds: "Teadmata (s)", "Unknown (s)";
    OfflineSeconds: "Võrgust väljas (s)", "Offline (s)";
    ForcedSeconds: "Sellest käsitsi (s)", "Of which forced (s)";
    LongestSeconds: "Pikim katkestus (s)", "Longest outage (s)";
    LatencyMilliseconds: "95% vastustest kuni (ms)", "95% of responses within (ms)";
    BeforePercent: "Käideldavus eelmisel perioodil (%)", "Availability in the period before (%)";
    BeforeOfflineSeconds: "Võrgust väljas eelmisel perioodil (s)", "Offline in the period before (s)";
    BeforeOutages: "Katkestusi eelmisel perioodil", "Outages in the period before";
    KindChatbot: "vestlusrobot", "chatbot";
    KindTotal: "kokku", "total";
    Status: "Olek", "Status";
    LastHeard: "Viimati andis märku", "Last heard";
    Enrolled: "Liitunud", "Enrolled";
    Name: "Nimi", "Name";
    Incidents: "Intsidendid", "Incidents";
    Handling: "Intsidentide käsitlemine", "Handling of incidents";
    IncidentFigures: "Intsidentide näitajad", "Figures of incidents";
    Incident: "Intsident", "Incident";
    Began: "Algas", "Began";
    Opened: "Avati", "Opened";
    Ended: "Lõppes", "Ended";
    Lasted: "Kestis", "Lasted";
    Cause: "Põhjus", "Cause";
    AcknowledgedAfter: "Teadmiseks võetud pärast avamist", "Acknowledged after";
    Action: "Tegevus", "Action";
    PlannedWork: "Plaanitud töö ajal", "In planned work";
    Figure: "Näitaja", "Figure";
    Count: "Arv", "Number";
    Median: "Mediaan", "Median";
    NinetiethPercentile: "90% kuni", "90% within";
    LastedSeconds: "Kestis (s)", "Lasted (s)";
    AcknowledgedSeconds: "Teadmiseks võetud pärast avamist (s)", "Acknowledged after (s)";
    Helped: "Aitas", "Helped";
    MedianSeconds: "Mediaan (s)", "Median (s)";
    PercentileSeconds: "90% kuni (s)", "90% within (s)";
    KindIncident: "intsident", "incident";
    Detection: "Avastamine (MTTD)", "Detection (MTTD)";
    Acknowledgement: "Teadmiseks võtmine (MTTA)", "Acknowledgement (MTTA)";
    Resolution: "Lahendamine (MTTR)", "Resolution (MTTR)";
    Created: "Tellitud", "Requested";
}

impl Label {
    /// Returns the text in `language`.
    pub(crate) fn text(self, language: Language) -> &'static str {
        let [et, en] = TEXTS.get(self as usize).map_or([""; 2], |(_, texts)| *texts);
        match language {
            Language::Et => et,
            Language::En => en,
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
            let texts: BTreeSet<_> = TEXTS.iter().map(|(label, _)| label.text(language)).collect();
            assert!(texts.iter().all(|text| !text.trim().is_empty()));
            assert_eq!(texts.len(), TEXTS.len(), "{language:?}: no label is there twice");
        }
        for (label, texts) in TEXTS {
            assert_eq!([label.text(Language::Et), label.text(Language::En)], *texts);
            assert_ne!(texts[0], texts[1], "{label:?}");
        }
    }
}
