//! Attribute names of the table.

/// Partition key.
pub const PK: &str = "pk";
/// Sort key.
pub const SK: &str = "sk";
/// Version of the item; grows by one with each write. It starts at [`crate::table::first_version`].
pub const VERSION: &str = "version";
/// Unix seconds after which `DynamoDB` may drop the item (TTL).
pub const EXPIRES: &str = "expires";
/// State of the item. Health and history minutes: postcard. Network and DMR: JSON. Snapshot part: zstd.
pub const STATE: &str = "state";
/// Number of the form of a binary [`STATE`], unless it is the first.
pub const FORM: &str = "form";
/// The policy, an invitation, a release, the newest releases of a track, or an item of a rollout, as JSON.
pub const DOCUMENT: &str = "document";
/// Name and partition key of the index of due items. Absent while an item is not due for the prober.
pub const DUE: &str = "due";
/// Sort key of the index of due items: Unix milliseconds.
pub const DUE_AT: &str = "dueAt";
/// Institution of a chatbot or peer; name and partition key of the index by institution.
pub const INSTITUTION: &str = "institution";
/// Time until which an evaluation for the silence lane finds nothing, in Unix milliseconds. It is not in the index, so it
/// moves with each report at no cost.
pub const QUIET_UNTIL: &str = "quietUntil";
/// Event of an event item, as JSON.
pub const EVENT: &str = "event";
/// Day (UTC) and shard of an event; name and partition key of the index of events by day. Its sort key is that of the
/// table.
pub const EVENT_DAY: &str = "eventDay";
/// Entries of a log item, each with its index in the message, as JSON.
pub const ENTRIES: &str = "entries";
/// Time of the enrolment of a chatbot, or of the registration of a peer (RFC 3339).
pub const CREATED_AT: &str = "createdAt";
/// Status of an invitation without its expiry, for filters of lists.
pub const STATUS: &str = "status";
/// End of an invitation or of an advisory lock, in Unix milliseconds.
pub const UNTIL: &str = "until";
/// SHA-256 in base64url: of the secret of an API key, or of the content of a report.
pub const HASH: &str = "hash";
/// Message id of a report.
pub const MESSAGE: &str = "message";
/// Revision of the route table.
pub const REVISION: &str = "revision";
/// Time of the revision, in Unix milliseconds.
pub const TIME: &str = "time";
/// Number of routes at the revision.
pub const COUNT: &str = "count";
/// Changes of a revision: a JSON array in the format of the API.
pub const CHANGED: &str = "changes";
/// Institution of the chatbot of each change of a revision: a JSON array in the order of the changes.
pub const OWNERS: &str = "owners";
/// Time of a snapshot, in Unix milliseconds.
pub const MADE: &str = "made";
/// Number of parts of a snapshot.
pub const PARTS: &str = "parts";
