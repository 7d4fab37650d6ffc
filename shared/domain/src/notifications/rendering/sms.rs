//! Text messages: one part of 160 characters of the default alphabet of GSM 03.38.

use crate::notifications::{
    entry::Entry,
    rendering::{
        Renderer,
        content::MessageContent,
        document::more_messages,
        group::{Group, groups},
        headline::headlines,
    },
};

/// The most characters of one part. A character of the extension table counts as two.
pub(crate) const MAX_SMS: usize = 160;
/// The default alphabet of GSM 03.38 without the line break and the escape.
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
    abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table of GSM 03.38.
const EXTENSION: &str = "^{}\\[~]|€";

impl Renderer<'_> {
    /// Returns the text message of `content`: the headline of the most important group, its time, the count of the
    /// other entries and a link, as far as one part has space for them.
    #[must_use]
    pub fn sms(&self, content: &MessageContent) -> String {
        let words = self.words().for_sms();
        let groups = groups(&content.entries);
        let Some((first, others)) = groups.split_first() else {
            return words
                .say("CentOps: uus teade, vaadake konsooli.", "CentOps: new message, see the console.")
                .to_owned();
        };
        let wordings = headlines(first, words).into_iter().map(|headline| in_alphabet(&format!("CentOps: {headline}")));
        let wordings: Vec<_> = wordings.collect();
        let shortest = wordings.last().map(|last| cut(last, MAX_SMS - 1)).unwrap_or_default();
        let mut text = wordings.into_iter().find(|wording| septets(wording) < MAX_SMS).unwrap_or(shortest);
        if let Some(since) = since(first) {
            let since = words.time(since);
            append(&mut text, &words.say(format!(" alates {since}"), format!(" since {since}")), 1);
        }
        text.push('.');
        let others = others.iter().map(Group::count).sum::<usize>();
        if others > 0 {
            let more = more_messages(others, words);
            append(&mut text, &words.say(format!(" Lisaks {more}."), format!(" Also {more}.")), 0);
        }
        // A receiver cannot answer to a sender that is a name, so the page is the only way to end the subscription.
        if let Some(page) = &self.links.unsubscribe {
            append(&mut text, &format!(" {}: {page}", words.say("Loobu", "Stop")), 0);
        } else if let Some(console) = &self.links.console {
            append(&mut text, &format!(" {console}"), 0);
        }
        text
    }
}

/// Returns the time that a text message tells: that of a single outage.
fn since(group: &Group) -> Option<jiff::Timestamp> {
    match group.first {
        Entry::Offline { since, .. } | Entry::Online { since, .. } if group.others.is_empty() => Some(*since),
        _ => None,
    }
}

/// Appends `part` if it leaves space for `reserved` more characters.
fn append(text: &mut String, part: &str, reserved: usize) {
    let part = in_alphabet(part);
    if septets(text) + septets(&part) + reserved <= MAX_SMS {
        text.push_str(&part);
    }
}

/// Returns the length of a text in septets. A character outside the alphabet counts as two.
pub(crate) fn septets(text: &str) -> usize {
    text.chars().map(|character| if BASIC.contains(character) { 1 } else { 2 }).sum()
}

/// Returns `text` with a question mark for each character outside the alphabet, as names of channels and addresses may
/// have.
pub(crate) fn in_alphabet(text: &str) -> String {
    let known = |character: &char| BASIC.contains(*character) || EXTENSION.contains(*character);
    let text = text.replace('…', "...");
    text.chars().map(|character| if known(&character) { character } else { '?' }).collect()
}

/// Returns the start of `text` that has at most `most` septets.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut length = 0;
    let fits = |character: &char| {
        length += if BASIC.contains(*character) { 1 } else { 2 };
        length <= most
    };
    text.chars().take_while(fits).collect()
}

/// Returns whether a text message with this text needs one part, and no other alphabet.
#[cfg(test)]
pub(crate) fn is_one_part(text: &str) -> bool {
    text.chars().all(|c| BASIC.contains(c) || EXTENSION.contains(c)) && septets(text) <= MAX_SMS
}
