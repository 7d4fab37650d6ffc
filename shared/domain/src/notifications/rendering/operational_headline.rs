//! Headlines of the topics for administrators.

use crate::{
    chatbots::{chatbot_type::ChatbotType, name::Name},
    incidents::{Shared, network_cause::NetworkCause},
    notifications::{
        entry::Operational,
        rendering::{
            cause::observer_phrase,
            clause::{Predicate, certificates, clauses},
            group::Group,
            words::{Words, counted},
        },
    },
};

/// Returns the wordings of a headline: see [`headline`](super::headline).
pub(crate) fn headlines(first: &Operational, group: &Group, words: Words) -> Vec<String> {
    let count = group.count();
    match first {
        Operational::WouldGoOffline { chatbot, .. } => {
            clauses(chatbot.as_str(), count, would_go_offline(words), |count| words.chatbots(count), words)
        }
        Operational::CapReached { chatbot, .. } => cap_reached(chatbot, count, words),
        Operational::CapReleased { kind } => {
            let ends = words.say("Eemaldamise piirmäär ei ole enam täis", "The cap on ejections is no longer reached");
            if count == 1 {
                vec![format!("{ends}: {}", type_phrase(*kind, words)), ends.to_owned()]
            } else {
                vec![ends.to_owned()]
            }
        }
        Operational::ObserverOutlier { chatbot, observer } => {
            if count > 1 {
                let who = words.chatbots(count);
                return vec![words.say(
                    format!("{who}: riket näeb ainult üks vaatleja"),
                    format!("{who}: only one observer finds them failing"),
                )];
            }
            let observer = observer_phrase(observer, words);
            vec![
                words.say(
                    format!("{chatbot}: riket näeb ainult {observer}"),
                    format!("Only {observer} finds {chatbot} failing"),
                ),
                words.say(
                    format!("{chatbot}: riket näeb ainult üks vaatleja"),
                    format!("{chatbot}: one observer finds it failing"),
                ),
            ]
        }
        Operational::DmrSilent { dmr, .. } => {
            let silent = words.say(
                Predicate::named_plural("ei saada aruandeid", "ei saada aruandeid"),
                Predicate::plural("is silent", "are silent"),
            );
            clauses(&format!("DMR {dmr}"), count, silent, |count| dmrs(count, words), words)
        }
        Operational::NetworkIncident { cause, is_over, .. } => network_incident(cause, *is_over, count, words),
        Operational::DmrCertificateExpiring { dmr, ends, .. } => {
            certificates(&format!("DMR {dmr}"), &words.day(*ends), count, |count| dmrs(count, words), words)
        }
        Operational::ApplicationSubmitted { institution, chatbot, .. } => {
            applications(institution, chatbot, count, words)
        }
    }
}

fn would_go_offline(words: Words) -> Predicate {
    words.say_sms(
        Predicate::named_plural("läheks võrgust välja (katserežiim)", "läheksid võrgust välja (katserežiim)"),
        Predicate::named_plural("eemaldataks, kui reegel kehtiks", "eemaldataks, kui reegel kehtiks"),
        Predicate::of("would go offline (dry run)"),
    )
}

fn cap_reached(chatbot: &Name, count: usize, words: Words) -> Vec<String> {
    let cap = words.say("Eemaldamise piirmäär on täis", "The cap on ejections is reached").to_owned();
    if count > 1 {
        return vec![cap];
    }
    let full = words.say(
        format!("{chatbot} ei tööta, kuid seda ei eemaldata: piirmäär on täis"),
        format!("{chatbot} fails and stays routed: the cap is reached"),
    );
    vec![full, cap]
}

fn applications(institution: &Name, chatbot: &Name, count: usize, words: Words) -> Vec<String> {
    if count > 1 {
        return vec![words.say(format!("{count} uut taotlust"), format!("{count} new applications"))];
    }
    vec![
        words.say(
            format!("{institution} esitas taotluse: {chatbot}"),
            format!("{institution} applies with the chatbot {chatbot}"),
        ),
        words.say(format!("{institution} esitas taotluse"), format!("{institution} applies")),
    ]
}

fn network_incident(cause: &NetworkCause, is_over: bool, count: usize, words: Words) -> Vec<String> {
    if count > 1 {
        let over = (format!("{count} ühist riket on möödas"), format!("{count} network incidents are over"));
        let open = (format!("{count} ühist riket"), format!("{count} network incidents"));
        let (et, en) = if is_over { over } else { open };
        return vec![words.say(et, en)];
    }
    let shared = shared_phrase(&cause.shared, words);
    if is_over {
        let over = words.say("Ühine rike on möödas", "A network incident is over");
        return vec![format!("{over}: {shared}"), over.to_owned()];
    }
    let chatbots = words.chatbots(usize::try_from(cause.affected).unwrap_or(usize::MAX));
    let fail = words.say(format!("{chatbots} ei tööta"), format!("{chatbots} failed"));
    let short = words.say(format!("Ühine rike: {fail}"), format!("Network incident: {fail}"));
    vec![format!("{fail}: {shared}"), short]
}

/// Returns the property that the members of a network incident share.
pub(crate) fn shared_phrase(shared: &Shared, words: Words) -> String {
    match shared {
        Shared::Dmr { dmr } => {
            words.say(format!("riket näeb ainult DMR {dmr}"), format!("only DMR {dmr} finds them failing"))
        }
        Shared::Host { host } => words.say(format!("server {host}"), format!("host {host}")),
        Shared::Version { component, version } => format!("{component} {version}"),
        Shared::Institution { institution } => {
            words.say(format!("asutus {institution}"), format!("institution {institution}"))
        }
        Shared::Everything { types } => {
            let types: Vec<_> = types.iter().map(|kind| type_phrase(*kind, words)).collect();
            let types = types.join(", ");
            words.say(format!("kogu liik ({types})"), format!("the whole type ({types})"))
        }
    }
}

/// Returns a count of DMRs.
fn dmrs(count: usize, words: Words) -> String {
    let (one, many) = words.say(("DMR", "DMRi"), ("DMR", "DMRs"));
    counted(count, one, many)
}

/// Returns a type of chatbots as a word.
pub(crate) fn type_phrase(kind: ChatbotType, words: Words) -> &'static str {
    match kind {
        ChatbotType::Ministry => words.say("ministeerium", "ministry"),
        ChatbotType::Institution => words.say("asutus", "institution"),
    }
}
