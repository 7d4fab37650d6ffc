//! Revisions of the change log, put together as messages: each is the very delta that `GET /routes?since=`
//! answers, and one leads on from the other.

use centops_domain::routes::{ChangeLogEntry, Revision, RouteChanges};

/// The most bytes of changes in one message. SNS takes 256 KiB with the attributes; what is left is for
/// these and for what stands around the changes.
pub const MOST: usize = 250 * 1024;

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub struct Delta {
    /// The revision that it starts from.
    pub since: Revision,
    /// The revision that it leads to.
    pub revision: Revision,
    /// The body, JSON.
    pub body: String,
}

/// How many of `entries`, from the first, go into one message: those that follow each other without a gap,
/// as long as their changes have at most `most` bytes. At least one.
pub fn next(entries: &[ChangeLogEntry], most: usize) -> Result<usize, serde_json::Error> {
    let Some(first) = entries.first() else { return Ok(0) };
    let mut bytes = 0;
    for (length, (entry, expected)) in entries.iter().zip(first.head.revision..).enumerate() {
        bytes += size(entry)?;
        if entry.head.revision != expected || (length > 0 && bytes > most) {
            return Ok(length);
        }
    }
    Ok(entries.len())
}

fn size(entry: &ChangeLogEntry) -> Result<usize, serde_json::Error> {
    Ok(serde_json::to_string(&entry.changes)?.len())
}

/// The message of `entries`, which follow each other; none of no entries.
///
/// One revision whose changes alone pass `most` bytes is told without them, as a delta that starts where it
/// ends: to everyone who has not that revision yet it is a gap, and asks for `GET /routes?since=`.
pub fn message(entries: &[ChangeLogEntry], most: usize) -> Result<Option<Delta>, serde_json::Error> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Ok(None) };
    let head = last.head;
    let since = if size(first)? > most { head.revision } else { first.head.revision.saturating_sub(1) };
    let told = if since == head.revision { &[] } else { entries };
    let Some(changes) = RouteChanges::from_log(since, head, told.iter()) else { return Ok(None) };
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
    fn revisions_make_one_delta_with_the_newest_of_each_name() {
        let entries = [
            entry(7, &json!([route("aa"), route("bb")])),
            entry(8, &json!([gone("aa")])),
            entry(9, &json!([route("cc")])),
        ];
        assert_eq!(next(&entries, MOST).expect("a length"), 3);
        let delta = message(&entries, MOST).expect("json").expect("a message");
        assert_eq!((delta.since, delta.revision), (6, 9));
        let body: Value = serde_json::from_str(&delta.body).expect("json");
        let expected = json!({
            "revision": 9, "since": 6, "time": "2026-11-21T09:30:56.123Z", "count": 90,
            "changes": [route("bb"), gone("aa"), route("cc")],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_message_ends_before_a_gap_and_before_a_repetition() {
        let of = |revisions: &[u64]| {
            let entries: Vec<_> = revisions.iter().map(|revision| entry(*revision, &json!([gone("aa")]))).collect();
            next(&entries, MOST).expect("a length")
        };
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[5]), 1);
        assert_eq!(of(&[5, 6, 8]), 2);
        assert_eq!(of(&[5, 6, 6, 7]), 2);
        assert_eq!(of(&[5, 4]), 1);
    }

    #[test]
    fn a_message_is_split_between_revisions_before_it_is_too_long() {
        let entries: Vec<_> = (1..=9).map(|revision| entry(revision, &json!([route("aa")]))).collect();
        let one = size(&entries[0]).expect("json");
        assert_eq!(next(&entries, 3 * one).expect("a length"), 3);
        assert_eq!(next(&entries, 3 * one - 1).expect("a length"), 2);
        assert_eq!(next(&entries, 1).expect("a length"), 1, "at least one");
    }

    #[test]
    fn what_fits_into_a_message_fits_into_sns() {
        let names = |batch: u64| (0..40).map(move |n| format!("bot-{batch}-{n}"));
        let long = |name: String| json!({"name": name, "uri": "https://a.ee/".to_owned() + &"x".repeat(2000), "type": "ministry"});
        let entries: Vec<_> = (1..=9).map(|batch| entry(batch, &names(batch).map(long).collect::<Value>())).collect();
        let length = next(&entries, MOST).expect("a length");
        assert!(length > 1 && length < entries.len());
        let delta = message(&entries[..length], MOST).expect("json").expect("a message");
        assert!(delta.body.len() > MOST - 90_000 && delta.body.len() < MOST + 1024, "{}", delta.body.len());
    }

    #[test]
    fn a_revision_that_no_message_holds_is_told_as_a_gap() {
        let entries = [entry(7, &json!([route("aa")])), entry(8, &json!([route("bb")]))];
        let delta = message(&entries[..1], 20).expect("json").expect("a message");
        assert_eq!((delta.since, delta.revision), (7, 7));
        let body: Value = serde_json::from_str(&delta.body).expect("json");
        assert_eq!((&body["count"], &body["changes"]), (&json!(70), &json!([])));
    }
}
