//! Confirmation codes: the words in which the owner of an address gets one.

use jiff::SignedDuration;

use crate::{
    chatbots::name::Name,
    notifications::rendering::{
        Renderer,
        document::{Document, Section},
        html,
        mail::Mail,
        sms::{MAX_SMS, cut, in_alphabet},
    },
};

/// A code, and what it confirms.
#[derive(Clone, Copy, Debug)]
pub struct CodeContent<'a> {
    /// The code.
    pub code: &'a str,
    /// The time for which it is valid.
    pub valid_for: SignedDuration,
    /// The institution whose notifications the address is to receive; none for those of the network.
    pub institution: Option<&'a Name>,
}

impl Renderer<'_> {
    /// Returns the text message with a code: one part.
    #[must_use]
    pub fn code_sms(&self, content: &CodeContent) -> String {
        let CodeContent { code, valid_for, institution } = *content;
        let words = self.words().for_sms();
        let (whose, time) = (institution.map_or("CentOps", Name::as_str), words.duration(valid_for));
        let text = words.say(
            format!("CentOps: kood {code} kinnitab, et siia saadetakse teated ({whose}). Kehtib {time}."),
            format!("CentOps: code {code} confirms that messages are sent here ({whose}). Valid for {time}."),
        );
        cut(&in_alphabet(&text), MAX_SMS)
    }

    /// Returns the mail with a code.
    #[must_use]
    pub fn code_mail(&self, content: &CodeContent) -> Mail {
        let document = self.code_document(content);
        let (text, html) = (self.text(&document), html::page(&document, self));
        Mail { subject: document.subject, text, html, attachments: vec![] }
    }

    /// Returns the Teams message with a code.
    #[must_use]
    pub fn code_teams(&self, content: &CodeContent) -> String {
        self.teams_message(&self.code_document(content)).to_string()
    }

    fn code_document(&self, content: &CodeContent) -> Document<'static> {
        let words = self.words();
        let time = words.duration(content.valid_for);
        let institution =
            content.institution.map(|name| (words.say("Asutus", "Institution"), name.as_str().to_owned()));
        let code = (words.say("Kood", "Code"), content.code.to_owned());
        let validity = (words.say("Kehtib", "Valid for"), time);
        Document {
            subject: words.say("CentOpsi teavituste kinnituskood", "Code that confirms notifications of CentOps").to_owned(),
            facts: [code, validity].into_iter().chain(institution).collect(),
            sections: vec![Section {
                heading: words.say("Kinnituskood", "Confirmation code").to_owned(),
                explanation: words
                    .say(
                        "Keegi soovib, et CentOps saadaks siia teateid vestlusrobotite kohta. Kui olete nõus, andke kood \
                         sellele, kes teavitusi haldab. Kui te seda ei oodanud, ärge andke koodi kellelegi: ilma koodita \
                         midagi ei saadeta.",
                        "Somebody wants CentOps to send messages about chatbots here. If you agree, give the code to \
                         whoever manages the notifications. If you did not expect this, give the code to nobody: without \
                         it nothing is sent.",
                    )
                    .to_owned(),
                rows: vec![],
                entries: vec![],
            }],
            omitted: None,
            omitted_count: 0,
            footer: words
                .say(
                    "Teate saatis CentOps, Bürokrati võrgu halduskeskus.",
                    "Sent by CentOps, the operations centre of the Bürokratt network.",
                )
                .to_owned(),
        }
    }
}
