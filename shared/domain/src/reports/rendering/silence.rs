//! The mail of the report about silence.

use super::{
    document::{Document, Section, footer},
    html,
    labels::Label,
    plain,
    sections::section,
    verdict::NONE,
};
use crate::{
    notifications::{Language, Links, MAX_HTML, MAX_SUBJECT, MAX_TEXT, Mail, Words, Zone, largest, links, wording},
    reports::silence::{SilenceReport, SilentChatbot},
};

impl SilenceReport {
    /// Returns the mail in `language`, with the times of `zone`. Where the tables are too large, each shows its first rows,
    /// and the mail counts the others.
    #[must_use]
    pub fn mail(&self, language: Language, zone: Zone, targets: &Links) -> Mail {
        let words = Words::new(language, zone);
        let render = |most| {
            let document = self.document(words, language, most, targets);
            (plain::text(&document), html::page(&document))
        };
        let fits = |(text, html): &(String, String)| text.len() <= MAX_TEXT && html.len() <= MAX_HTML;
        let (text, html) = largest(self.longest(), render, fits);
        let subject = wording(vec![self.title(words)], MAX_SUBJECT);
        Mail { subject, text, html, attachments: vec![] }
    }

    fn longest(&self) -> usize {
        let lengths = [self.answering.len(), self.out.len(), self.never.len(), self.dmrs.len(), self.unconfirmed.len()];
        lengths.into_iter().max().unwrap_or(0)
    }

    fn title(&self, words: Words) -> String {
        let chatbots = words.chatbots(self.answering.len() + self.out.len() + self.never.len());
        let dmrs = words.say(format!("{} DMRi", self.dmrs.len()), format!("{} DMRs", self.dmrs.len()));
        if self.longest() == 0 {
            return words.say("30 päeva: kõik on märku andnud", "30 days: everything was heard of").to_owned();
        }
        words.say(
            format!("30 päeva märguanneteta: {chatbots}, {dmrs}"),
            format!("Not heard for 30 days: {chatbots}, {dmrs}"),
        )
    }

    fn document(&self, words: Words, language: Language, most: usize, targets: &Links) -> Document {
        let lead = words.say(
            "Neist ei ole 30 päeva jooksul saabunud ühtegi logikirjet ega DMRi teadet.",
            "No log entry and no result of a DMR arrived about these for 30 days.",
        );
        let sections = [
            chatbots(
                words.say("Vaikivad, kuid vastavad kontrollile", "Silent, but answer probes"),
                &self.answering,
                words,
                language,
                most,
            ),
            chatbots(words.say("Vaikivad ja võrgust väljas", "Silent and out"), &self.out, words, language, most),
            chatbots(
                words.say("Ei ole kunagi märku andnud", "Never heard since the enrolment"),
                &self.never,
                words,
                language,
                most,
            ),
            self.dmrs_section(words, language, most),
            self.unconfirmed_section(words, language, most),
        ];
        Document {
            language,
            title: self.title(words),
            lead: if self.longest() == 0 { vec![] } else { vec![lead.to_owned()] },
            sections: sections.into_iter().flatten().collect(),
            links: links(targets, words),
            footer: footer(self.made_at, words),
        }
    }

    fn dmrs_section(&self, words: Words, language: Language, most: usize) -> Option<Section> {
        let last = |at| match at {
            Some(at) => words.time(at),
            None => NONE.to_owned(),
        };
        let cells = self.dmrs.iter().map(|dmr| vec![dmr.name.to_string(), last(dmr.last_heard)]);
        let columns = [Label::Name, Label::LastHeard];
        let heading = words.say("DMRid, mis ei ole teatanud", "DMRs that did not report");
        rows(heading, words.say("DMRid", "DMRs"), &columns, cells.collect(), words, language, most)
    }

    fn unconfirmed_section(&self, words: Words, language: Language, most: usize) -> Option<Section> {
        let cells = self.unconfirmed.iter().map(|one| {
            let institution = one.institution.as_ref().map_or_else(|| NONE.to_owned(), ToString::to_string);
            vec![one.address.clone(), institution, one.channel.as_str().to_owned(), words.time(one.created_at)]
        });
        let columns = [Label::Address, Label::Institution, Label::Channel, Label::Created];
        let heading = words.say("Kinnitamata aadressid", "Addresses that were never confirmed");
        let caption =
            words.say("Tellimused, mis lõppesid kinnituseta", "Subscriptions that ended without a confirmation");
        rows(heading, caption, &columns, cells.collect(), words, language, most)
    }
}

fn chatbots(
    heading: &'static str,
    silent: &[SilentChatbot],
    words: Words,
    language: Language,
    most: usize,
) -> Option<Section> {
    let cells = silent.iter().map(|one| {
        let last = one.last_heard.map_or_else(|| NONE.to_owned(), |at| words.time(at));
        let status = words.status(one.status).to_owned();
        vec![one.name.to_string(), one.institution.to_string(), status, last, words.day(one.enrolled_at)]
    });
    let columns = [Label::Chatbot, Label::Institution, Label::Status, Label::LastHeard, Label::Enrolled];
    rows(heading, words.say("Vestlusrobotid", "Chatbots"), &columns, cells.collect(), words, language, most)
}

/// Returns the section of the first `most` of `rows`, which counts the others; none without rows.
fn rows(
    heading: &'static str,
    caption: &str,
    columns: &[Label],
    mut rows: Vec<Vec<String>>,
    words: Words,
    language: Language,
    most: usize,
) -> Option<Section> {
    let all = rows.len();
    rows.truncate(most.max(1));
    let hidden = all - rows.len();
    let more = words.say(format!("Lisaks veel {hidden}."), format!("And {hidden} more."));
    let sentences = if hidden > 0 { vec![more] } else { vec![] };
    section(Label::Chatbots, sentences, caption, columns, rows, language).map(|section| Section { heading, ..section })
}
