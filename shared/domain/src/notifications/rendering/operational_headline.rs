//! Headlines of the topics for administrators.

use crate::{
    chatbots::{chatbot::ChatbotType, name::Name},
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
