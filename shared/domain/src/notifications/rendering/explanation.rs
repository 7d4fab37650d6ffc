//! Explanations: what a group means for the receiver, and what to do.

use crate::{
    health::cause::Cause,
    notifications::{
        entry::Entry,
        rendering::{
            cause::one_line,
            group::{Group, cause},
            words::Words,
        },
        topic::Topic,
    },
    outages::OutageChange,
    releases::{Release, Severity},
};

/// Returns the sentences that follow the headline of a group.
pub(crate) fn explanation(group: &Group, words: Words) -> String {
    let one = group.others.is_empty();
    if let Entry::UpdateAvailable { release, .. } = group.first {
        return update(release, words);
    }
    let text = match group.topic {
        Topic::Offline | Topic::OfflineAfterPlanned => offline(group, words),
        Topic::PlannedOutage(change) => planned_outage(change, words),
        Topic::AcknowledgementLapsed => acknowledgement_lapsed(words),
        Topic::Online if one => words.say("Sõnumid jõuavad selleni taas.", "Messages reach it again."),
        Topic::Online => words.say("Sõnumid jõuavad nendeni taas.", "Messages reach them again."),
        Topic::FirstOnline if one => words.say("Sõnumid jõuavad selleni.", "Messages reach it."),
        Topic::FirstOnline => words.say("Sõnumid jõuavad nendeni.", "Messages reach them."),
        Topic::ShortOutages => {
            words.say("Katkestused on möödas. Teil ei ole vaja midagi teha.", "The outages are over. You need not act.")
        }
        Topic::Flapping => words.say(
            "Olek muutub sageli. Järgmise teate saadame, kui olek on püsinud tund aega muutumatu.",
            "The status changes often. The next message follows when it has not changed for an hour.",
        ),
        Topic::Settled => words.say("Olek on püsinud tund aega muutumatu.", "The status has not changed for an hour."),
        Topic::MovedAway if one => words.say(
            "Teie asutus selle kohta rohkem teateid ei saa.",
            "Your institution receives no more messages about it.",
        ),
        Topic::MovedAway => words.say(
            "Teie asutus nende kohta rohkem teateid ei saa.",
            "Your institution receives no more messages about them.",
        ),
        Topic::CertificateExpiring | Topic::DmrCertificateExpiring => certificate(words),
        Topic::SubscriptionFailing => words.say(
            "Kontrollige aadressi CentOpsi konsoolis või lisage uus aadress.",
            "Check the address in the console of CentOps, or add another address.",
        ),
        Topic::Test => words.say(
            "Teavitused jõuavad sellele aadressile. Teil ei ole vaja midagi teha.",
            "Notifications reach this address. You need not act.",
        ),
        Topic::ObserverOutlier if one => words.say(
            "Teised vaatlejad riket ei näe. Vestlusrobotit ei eemaldata, kuid seda kontrollitakse.",
            "The other observers do not. The chatbot stays routed and is probed.",
        ),
        operational => self::operational(operational, words),
    };
    text.to_owned()
}

fn offline(group: &Group, words: Words) -> &'static str {
    let one = group.others.is_empty();
    if group.entries().all(|entry| matches!(cause(entry), Some(Cause::Forced(_)))) {
        // A probe does not end the manual control: nothing is promised.
        return if one {
            words.say("Sõnumid selleni ei jõua.", "Messages do not reach it.")
        } else {
            words.say("Sõnumid nendeni ei jõua.", "Messages do not reach them.")
        };
    }
    if one {
        words.say(
            "Sõnumid selleni ei jõua. CentOps kontrollib vestlusrobotit korrapäraselt ja taastab ühenduse, kui see vastab.",
            "Messages do not reach it. CentOps probes it, and routes messages to it again once it answers.",
        )
    } else {
        words.say(
            "Sõnumid nendeni ei jõua. CentOps kontrollib neid korrapäraselt ja taastab ühenduse, kui nad vastavad.",
            "Messages do not reach them. CentOps probes them, and routes messages to them again once they answer.",
        )
    }
}

fn acknowledgement_lapsed(words: Words) -> &'static str {
    words.say(
        "Aeg, milleks intsident töösse võeti, on läbi. Kui keegi sellega tegeleb, kinnitage see uuesti: \
         POST /incidents/{incident}/acknowledgement.",
        "The time for which the incident was acknowledged is over. If somebody works on it, acknowledge it again: \
         POST /incidents/{incident}/acknowledgement.",
    )
}

fn planned_outage(change: OutageChange, words: Words) -> &'static str {
    match change {
        OutageChange::Confirmed | OutageChange::Reminder | OutageChange::Started => words.say(
            "Sel ajal alanud katkestustest ei teavitata.",
            "You are not notified of outages that begin in this time.",
        ),
        OutageChange::Ending => words.say(
            "Kui töö kestab kauem, pikendage aega: PATCH /planned-outages/{outage}, väli until.",
            "If the work takes longer, extend it: PATCH /planned-outages/{outage}, field until.",
        ),
        OutageChange::Completed => words.say("Katkestustest teavitatakse taas.", "You are notified of outages again."),
        OutageChange::Overrun => words.say(
            "Katkestustest teavitatakse taas ja neid arvestatakse plaanitud lõpust alates.",
            "You are notified of outages again, and they count from the planned end on.",
        ),
        OutageChange::Cancelled => {
            words.say("Katkestustest teavitatakse nagu ikka.", "You are notified of outages as always.")
        }
    }
}

fn certificate(words: Words) -> &'static str {
    words.say(
        "Uuemat sertifikaati ei ole. Uuendage sertifikaat enne tähtaega: Network API päring POST /certificate-renewals. \
         Uue sertifikaadi võite küsida ka haldurilt.",
        "There is no newer one. Renew it before that time with POST /certificate-renewals of the Network API, or ask an \
         administrator for another.",
    )
}

fn update(release: &Release, words: Words) -> String {
    let (component, version) = (&release.component, release.version.get());
    let published = words.time(release.published_at);
    let published = words.say(
        format!("{component} {version} avaldati {published}."),
        format!("{component} {version} was published on {published}."),
    );
    let advice = match release.severity {
        Severity::Optional => words.say("Uuendus on vabatahtlik.", "The update is optional."),
        Severity::Mandatory => words.say(
            "Uuendus on kohustuslik. Paigaldage see esimesel võimalusel.",
            "The update is mandatory. Install it soon.",
        ),
        Severity::Critical => words.say(
            "Uuendus on kriitiline. Paigaldage see viivitamata.",
            "The update is critical. Install it immediately.",
        ),
    };
    let notes = release.notes.clone().map(String::from).map(|notes| one_line(&notes)).filter(|notes| !notes.is_empty());
    let notes = notes.map(|notes| format!(" {} {}", words.say("Märkused:", "Notes:"), words.quoted(&notes)));
    format!("{published} {advice}{}", notes.unwrap_or_default())
}

fn operational(topic: Topic, words: Words) -> &'static str {
    match topic {
        Topic::WouldGoOffline => words.say(
            "Poliitika on katserežiimis, seepärast vestlusroboteid ei eemaldata.",
            "The policy is a dry run, so no chatbot is taken out of routing.",
        ),
        Topic::CapReached => words.say(
            "Seda tüüpi vestlusroboteid on võrgust väljas nii palju, kui piirmäär lubab. Rohkem ei eemaldata enne, kui mõni \
             neist taastub. Rikke põhjus võib olla ka CentOpsis.",
            "As many chatbots of the type are offline as the cap allows. None is taken out any more until some have come \
             back. The fault may be in CentOps.",
        ),
        Topic::CapReleased => words.say(
            "Vestlusroboteid, mis ei tööta, eemaldatakse taas.",
            "Chatbots that fail are taken out of routing again.",
        ),
        Topic::ObserverOutlier => words.say(
            "Teised vaatlejad riket ei näe. Vestlusroboteid ei eemaldata, kuid neid kontrollitakse.",
            "The other observers do not. No chatbot is taken out of routing, and they are probed.",
        ),
        Topic::DmrSilent => words.say(
            "Varem aruandeid saadeti, nüüd enam mitte.",
            "Reports used to arrive, and have stopped.",
        ),
        Topic::NetworkIncident => words.say(
            "Riketel on ilmselt üks põhjus: need, millel on see ühine omadus, ei tööta palju sagedamini kui teised.",
            "The faults probably have one cause: those that share this fail far more often than others.",
        ),
        Topic::NetworkIncidentOver => words.say(
            "Ühise põhjusega rikked on möödas, või lõpetas selle intsidendi inimene.",
            "The faults of the common cause are over, or a person ended the incident.",
        ),
        Topic::ApplicationSubmitted => words.say(
            "Haldur peab taotluse kohta otsuse tegema.",
            "An administrator has to decide on the application.",
        ),
        _ => "",
    }
}
