//! The kinds of items, by what is brought back of each.

use std::str::FromStr;

use centops_domain::{
    chatbots::Name,
    credentials::{ApiKeyId, CertificateId},
    restore::Other,
};

use crate::{
    StoreError, attributes, keys,
    table::{Item, text_of},
};

/// An item of the copy, by what is brought back of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// A chatbot. Its health comes with it.
    Chatbot(Name),
    /// An institution. The uniqueness of its name comes with it.
    Institution(Name),
    /// A DMR or a classifier.
    Peer(Name),
    /// A certificate.
    Certificate(CertificateId),
    /// A person with grants.
    Person,
    /// An item that comes back unless its subject changed since.
    Unless(Other),
    /// An item that comes back as it was.
    AsItWas,
    /// Nothing: it comes with another item, is made again, or is a record of the past.
    Nothing,
}

impl Row {
    /// Returns what is brought back of `item`, which has at least its key; `None` for a kind of item that this release does
    /// not know.
    ///
    /// # Errors
    /// When its key is not one that this crate writes.
    pub(super) fn of(item: &Item) -> Result<Option<Self>, StoreError> {
        let (pk, sk) = (text_of(item, attributes::PK)?, text_of(item, attributes::SK)?);
        let (kind, subject) = pk.split_once('#').unwrap_or((pk, ""));
        Ok(Some(match kind {
            "CHATBOTS" => Self::Chatbot(parsed(sk)?),
            "INSTITUTIONS" => Self::Institution(parsed(sk)?),
            "PEERS" => Self::Peer(parsed(sk)?),
            "CERTIFICATES" => Self::Certificate(parsed(sk)?),
            "PERSON" => Self::Person,
            "API_KEYS" => Self::Unless(Other::ApiKey(parsed::<ApiKeyId>(sk)?)),
            "SUBSCRIBERS" => Self::Unless(Other::Subscription(parsed(sk)?)),
            "NOTIFY" if matches!(sk, "SUBSCRIPTION" | "SCHEDULE") => {
                Self::Unless(Other::Subscription(parsed(subject)?))
            }
            "SUBSCRIPTIONS" => Self::Unless(Other::RouteQueue(match sk.strip_prefix("routes-queue#") {
                Some(queue) => queue.to_owned(),
                None => text_of(item, "queue")?.to_owned(),
            })),
            "PLANNED" if subject.is_empty() => Self::Unless(Other::PlannedOutage(last(sk)?)),
            "PLANNED" => Self::Unless(Other::PlannedOutage(parsed(subject)?)),
            "WINDOWS" => Self::Unless(Other::PlannedOutage(last(sk)?)),
            "INVITATIONS" | "APPLICATIONS" => Self::Unless(Other::Invitation(parsed(sk)?)),
            "RELEASES" => {
                let (component, version) = sk.split_once('#').unwrap_or((sk, ""));
                Self::Unless(Other::Release(parsed(component)?, version.to_owned()))
            }
            "POLICY" => Self::Unless(Other::Policy),
            // Entries that point to an item, budgets, states of DMRs, progress, and the history that reports are made of.
            "CERTIFICATE_ENDS" | "PEOPLE" | "SUBSCRIBING" | "RELEASE_TRACK" | "SMS" | "DMR" | "SWEEPS" | "NOTICES"
            | "HISTORY" | "HISTORY_DAYS" | "REPORTS" | "OUTAGES" => Self::AsItWas,
            // They come with a chatbot or an institution.
            "HEALTH" | "INSTITUTION_NAMES"
            // Made again, or of use for minutes only.
            | "REVISION" | "TURN" | "CHANGES" | "SNAPSHOT" | "COUNTED" | "PROBE_REQUEST" | "RECEIPT" | "CORRELATION"
            | "CODES" | "NOTIFY" | "CHAT_CODE" | "TAKEN"
            // A session or a link of a chat that a person ended would come back.
            | "SESSION" | "CHAT_LINK"
            // Chatbots took the release meanwhile: a rollout would offer it beyond what may be at risk.
            | "ROLLOUTS" | "ROLLOUT"
            // Records of the past. An event that is put would be announced again.
            | "EVENTS" | "MESSAGES" | "LOGS" | "TIMELINE" | "INCIDENTS_OF" | "INCIDENTS" | "INSTITUTION_INCIDENTS"
            | "ACTIVE_INCIDENTS" | "NETWORK_INCIDENTS_OF" | "NETWORK_INCIDENTS" | "ACTIVE_NETWORK_INCIDENTS" | "MEMBERS"
            | "PAST_INCIDENTS" | "CHAT_POST" => Self::Nothing,
            _ => return Ok(None),
        }))
    }
}

fn parsed<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(StoreError::unreadable)
}

/// Parses what follows the last `#`.
fn last<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(text: &str) -> Result<T, StoreError> {
    parsed(text.rsplit('#').next().unwrap_or(text))
}

/// Returns the kind of `item`: the first part of its partition key.
pub(super) fn kind(item: &Item) -> Result<&str, StoreError> {
    let pk = text_of(item, keys::PK)?;
    Ok(pk.split('#').next().unwrap_or(pk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{key, text};

    /// The sort keys of rows whose sort key is not a plain word, by their kind.
    fn sort_key(kind: &str) -> &'static str {
        match kind {
            "CHATBOTS" | "INSTITUTIONS" | "PEERS" => "tax-board",
            "CERTIFICATES" => "dmr#tallinn#0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
            "API_KEYS" => "dmr#tallinn#0a0a0a0a",
            "SUBSCRIBERS" => "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
            _ => "",
        }
    }

    #[test]
    fn each_kind_of_item_in_the_table_of_keys_is_known() {
        let source = include_str!("../keys.rs");
        let rows = source.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
        let mut known = 0;
        for row in rows.filter(|row| !row.starts_with("---")) {
            let cells: Vec<&str> = row.split(" | ").collect();
            for pk in cells[1].split('`').skip(1).step_by(2).filter(|text| text.len() > 1) {
                let kind = pk.trim_end_matches('#');
                let mut item = key(kind, sort_key(kind));
                item.insert("queue".to_owned(), text("arn:aws:sqs:eu-north-1:000000000000:routes"));
                assert!(!matches!(Row::of(&item), Ok(None)), "{kind} of `{row}`");
                known += 1;
            }
        }
        assert!(known > 60, "{known}");
        assert_eq!(Row::of(&key("UNHEARD_OF", "1")).expect("a key"), None);
    }

    #[test]
    fn removed_subject_is_found_by_each_of_its_items() {
        let of = |pk: &str, sk: &str| Row::of(&key(pk, sk)).expect("a key").expect("known");
        let arn = "arn:aws:sqs:eu-north-1:000000000000:routes";
        let queue = Row::Unless(Other::RouteQueue(arn.to_owned()));
        assert_eq!(of("SUBSCRIPTIONS", &format!("routes-queue#{arn}")), queue);
        let mut subscription = key("SUBSCRIPTIONS", "routes#tallinn");
        subscription.insert("queue".to_owned(), text(arn));
        assert_eq!(Row::of(&subscription).expect("a key"), Some(queue));
        assert_eq!(of("NOTIFY#x", "PENDING#1"), Row::Nothing);
        assert_eq!(of("HEALTH#tax", "HEALTH"), Row::Nothing);
    }
}
