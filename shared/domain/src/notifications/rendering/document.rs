//! The document: the sentences and tables of a message, before they get the form of a channel.

use crate::{
    incidents::network_cause::NetworkCause,
    notifications::{
        entry::Entry,
        rendering::{
            Renderer,
            cause::{MAX_FREE_TEXT, shortened},
            content::{Links, MessageContent},
            details::{Cell, details},
            explanation::explanation,
            group::{Group, groups},
            headline::headlines,
            limits::MAX_SUBJECT,
            operational_headline::shared_phrase,
            words::{Words, counted},
        },
    },
};

/// A message in words.
#[derive(Clone, Debug)]
pub(crate) struct Document<'a> {
    /// The subject: one line of fewer than 100 characters.
    pub(crate) subject: String,
    /// The institution that the message concerns, its time, and likely common causes: a label and a text each.
    pub(crate) facts: Vec<Cell>,
    /// The groups of which entries are shown.
    pub(crate) sections: Vec<Section<'a>>,
    /// The sentence about the entries that are not shown.
    pub(crate) omitted: Option<String>,
    /// The number of entries that are not shown.
    pub(crate) omitted_count: usize,
    /// The sender and the id of the message.
    pub(crate) footer: String,
}

/// A group in words.
#[derive(Clone, Debug)]
pub(crate) struct Section<'a> {
    pub(crate) heading: String,
    pub(crate) explanation: String,
    /// The rows: those entries that are shown. All rows have the same columns.
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) entries: Vec<&'a Entry>,
}

impl Renderer<'_> {
    /// Returns the document of `content` that shows at most `most` entries. Each group shows one entry before any shows
    /// more, so that an outage of many chatbots hides no other news.
    pub(crate) fn document<'a>(&self, content: &'a MessageContent, most: usize) -> Document<'a> {
        let words = self.words();
        let groups = groups(&content.entries);
        let mut left = most.saturating_sub(groups.len());
        let shown = groups.iter().take(most).map(|group| {
            let more = group.others.len().min(left);
            left -= more;
            section(group, 1 + more, words)
        });
        let sections: Vec<_> = shown.collect();
        let omitted_count = content.entries.len() - sections.iter().map(|section| section.entries.len()).sum::<usize>();
        Document {
            subject: subject(&groups, words),
            facts: facts(content, words),
            sections,
            omitted: (omitted_count > 0 || content.entries.is_empty()).then(|| omitted(omitted_count, words)),
            omitted_count,
            footer: words.say(
                format!("Teate saatis CentOps, Bürokrati võrgu halduskeskus. Teate number: {}.", content.id),
                format!("Sent by CentOps, the operations centre of the Bürokratt network. Message: {}.", content.id),
            ),
        }
    }
}

fn section<'a>(group: &Group<'a>, shown: usize, words: Words) -> Section<'a> {
    let entries: Vec<_> = group.entries().take(shown).collect();
    Section {
        heading: wording(headlines(group, words), usize::MAX),
        explanation: explanation(group, words),
        rows: entries.iter().map(|entry| details(entry, words)).filter(|row| !row.is_empty()).collect(),
        entries,
    }
}

/// Returns the first of `wordings` with at most `most` characters, or the last one, cut.
pub(crate) fn wording(wordings: Vec<String>, most: usize) -> String {
    let last = wordings.last().map(|last| shortened(last, most)).unwrap_or_default();
    wordings.into_iter().find(|wording| wording.chars().count() <= most).unwrap_or(last)
}

/// Returns the subject: the headline of the first group, and the count of the entries of the others.
fn subject(groups: &[Group], words: Words) -> String {
    let Some((first, others)) = groups.split_first() else {
        return words.say("Teade CentOpsist", "Message from CentOps").to_owned();
    };
    let short = headlines(first, words);
    let others = others.iter().map(Group::count).sum::<usize>();
    if others == 0 {
        return wording(short, MAX_SUBJECT);
    }
    let others = more_messages(others, words);
    let full = short.iter().map(|headline| format!("{headline}; {others}"));
    wording(full.chain(short.iter().cloned()).collect(), MAX_SUBJECT)
}

/// Returns the count of the entries that a text does not name.
pub(crate) fn more_messages(count: usize, words: Words) -> String {
    let (one, many) = words.say(("teade", "teadet"), ("more message", "more messages"));
    let count = counted(count, one, many);
    words.say(format!("veel {count}"), count.clone())
}

/// Returns a cause that outages have in common, with its numbers: it counts the chatbots of others and names none.
fn common_cause(cause: &NetworkCause, words: Words) -> String {
    let NetworkCause { shared, affected, population, others_affected, others, .. } = cause;
    let shared = shortened(&shared_phrase(shared, words), MAX_FREE_TEXT);
    words.say(
        format!(
            "{shared}; väljas on {affected} vestlusrobotit {population}-st, teistest {others_affected} {others}-st"
        ),
        format!("{shared}; {affected} of {population} chatbots are offline, and {others_affected} of {others} others"),
    )
}

fn facts(content: &MessageContent, words: Words) -> Vec<Cell> {
    let institution = content.institution.iter().map(|name| (words.say("Asutus", "Institution"), name.to_string()));
    let causes = content
        .common_causes
        .iter()
        .map(|cause| (words.say("Tõenäoline ühine põhjus", "Likely common cause"), common_cause(cause, words)));
    institution.chain([(words.say("Aeg", "Time"), words.time(content.at))]).chain(causes).collect()
}

fn omitted(count: usize, words: Words) -> String {
    if count == 0 {
        return words
            .say("Üksikasjad leiate CentOpsi konsoolist.", "See the console of CentOps for details.")
            .to_owned();
    }
    let more = more_messages(count, words);
    words.say(
        format!("Siin ei ole näidatud {more}. Need leiate CentOpsi konsoolist."),
        format!("Not shown here: {more}. See the console of CentOps."),
    )
}

/// Returns the rows of a section as lines of a list.
pub(crate) fn section_lines(section: &Section) -> Vec<String> {
    let mut lines = vec![];
    for row in &section.rows {
        let mut cells = row.iter();
        if let Some((_, subject)) = cells.next() {
            lines.push(format!("- {subject}"));
        }
        lines.extend(cells.map(|(label, text)| format!("  {label}: {text}")));
    }
    lines
}

/// Returns the labels and addresses of the links that there are.
pub(crate) fn links(links: &Links, words: Words) -> Vec<(&'static str, String)> {
    let console =
        links.console.iter().map(|url| (words.say("CentOpsi konsool", "Console of CentOps"), url.to_string()));
    let unsubscribe = links
        .unsubscribe
        .iter()
        .map(|url| (words.say("Teavituste lõpetamine", "End these notifications"), url.to_string()));
    console.chain(unsubscribe).collect()
}
