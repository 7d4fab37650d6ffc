//! Groups revisions of the change log into messages. Each message is the delta that `GET /routes?since=` returns, and
//! starts at the revision where the one before it ends.

use centops_domain::routes::{ChangeLogEntry, Revision, RouteChanges};

/// The most bytes of changes in one message. SNS accepts 256 KiB including the attributes; the rest is for these and
/// for the other fields of the body.
pub const MAX_MESSAGE_BYTES: usize = 250 * 1024;

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub struct Delta {
    /// The revision before the changes.
    pub since: Revision,
    /// The revision after the changes.
    pub revision: Revision,
    /// The body, JSON.
    pub body: String,
}

/// Returns the number of `entries`, from the first, that go into one message: consecutive revisions with at most
/// `max_bytes` of changes, and at least one.
pub fn next_length(entries: &[ChangeLogEntry], max_bytes: usize) -> Result<usize, serde_json::Error> {
    let Some(first) = entries.first() else { return Ok(0) };
    let mut bytes = 0;
    for (length, (entry, expected)) in entries.iter().zip(first.head.revision..).enumerate() {
        bytes += size(entry)?;
        if entry.head.revision != expected || (length > 0 && bytes > max_bytes) {
            return Ok(length);
        }
    }
    Ok(entries.len())
}

fn size(entry: &ChangeLogEntry) -> Result<usize, serde_json::Error> {
    Ok(serde_json::to_string(&entry.changes)?.len())
}

/// Returns the message of `entries`, which are consecutive, or `None` if there are none.
///
/// A revision with more than `max_bytes` of changes is sent without them, as a delta from that revision to itself:
/// receivers with an older revision see a gap, and call `GET /routes?since=`.
pub fn message(entries: &[ChangeLogEntry], max_bytes: usize) -> Result<Option<Delta>, serde_json::Error> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(None) };
    let head = last.head;
    let since = if size(first)? > max_bytes { head.revision } else { first.head.revision.saturating_sub(1) };
    let sent = if since == head.revision { &[] } else { entries };
    let Some(changes) = RouteChanges::from_log(since, head, sent.iter()) else { return Ok(None) };
    Ok(Some(Delta { since, revision: head.revision, body: serde_json::to_string(&changes)? }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn entry(revision: u64, changes: &Value) -> ChangeLogEntry {
        let record = json!({"dynamodb": {"NewImage": {
            "pk": {"S": "CHANGES"}, "sk": {"S": format!("{revision:020}")}, "changes": {"S": changes.to_string()},
            "time": {"N": "1795253456123"}, "count": {"N": (revision * 10).to_string()},
            "revision": {"N": revision.to_string()},
        }}});
        centops_store::routes::parse_log_entry(&record).expect("an entry")
    }

    fn route(name: &str) -> Value {
        json!({"name": name, "uri": format!("https://{name}.example.ee/"), "type": "ministry"})
    }

    fn gone(name: &str) -> Value {
        json!({"name": name, "gone": true})
    }

    #[test]
    fn delta_has_the_newest_change_of_each_name() {
        let entries = [
            entry(7, &json!([route("aa"), route("bb")])),
            entry(8, &json!([gone("aa")])),
            entry(9, &json!([route("cc")])),
        ];
        assert_eq!(next_length(&entries, MAX_MESSAGE_BYTES).expect("a length"), 3);
        let delta = message(&entries, MAX_MESSAGE_BYTES).expect("json").expect("a message");
        assert_eq!((delta.since, delta.revision), (6, 9));
        let body: Value = serde_json::from_str(&delta.body).expect("json");
        let expected = json!({
            "revision": 9, "since": 6, "time": "2026-11-21T09:30:56.123Z", "count": 90,
            "changes": [route("bb"), gone("aa"), route("cc")],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn message_ends_before_a_gap_and_before_a_repetition() {
        let length = |revisions: &[u64]| {
            let entries: Vec<_> = revisions.iter().map(|revision| entry(*revision, &json!([gone("aa")]))).collect();
            next_length(&entries, MAX_MESSAGE_BYTES).expect("a length")
        };
        assert_eq!(length(&[]), 0);
        assert_eq!(length(&[5]), 1);
        assert_eq!(length(&[5, 6, 8]), 2);
        assert_eq!(length(&[5, 6, 6, 7]), 2);
        assert_eq!(length(&[5, 4]), 1);
    }

    #[test]
    fn message_is_split_between_revisions_before_it_is_too_long() {
        let entries: Vec<_> = (1..=9).map(|revision| entry(revision, &json!([route("aa")]))).collect();
        let one = size(&entries[0]).expect("json");
        assert_eq!(next_length(&entries, 3 * one).expect("a length"), 3);
        assert_eq!(next_length(&entries, 3 * one - 1).expect("a length"), 2);
        assert_eq!(next_length(&entries, 1).expect("a length"), 1, "at least one");
    }

    #[test]
    fn longest_message_fits_into_sns() {
        let names = |batch: u64| (0..40).map(move |n| format!("bot-{batch}-{n}"));
        let long = |name: String| json!({"name": name, "uri": "https://a.ee/".to_owned() + &"x".repeat(2000), "type": "ministry"});
        let entries: Vec<_> = (1..=9).map(|batch| entry(batch, &names(batch).map(long).collect::<Value>())).collect();
        let length = next_length(&entries, MAX_MESSAGE_BYTES).expect("a length");
        assert!(length > 1 && length < entries.len());
        let delta = message(&entries[..length], MAX_MESSAGE_BYTES).expect("json").expect("a message");
        assert!(
            delta.body.len() > MAX_MESSAGE_BYTES - 90_000 && delta.body.len() < MAX_MESSAGE_BYTES + 1024,
            "{}",
            delta.body.len()
        );
    }

    #[test]
    fn revision_too_large_for_a_message_is_sent_as_a_gap() {
        let entries = [entry(7, &json!([route("aa")])), entry(8, &json!([route("bb")]))];
        let delta = message(&entries[..1], 20).expect("json").expect("a message");
        assert_eq!((delta.since, delta.revision), (7, 7));
        let body: Value = serde_json::from_str(&delta.body).expect("json");
        assert_eq!((&body["count"], &body["changes"]), (&json!(70), &json!([])));
    }
}
