//! Messages about incidents in rooms of chats.

use centops_domain::{
    chat::IncidentPost,
    incidents::{Entry, EntryContent, IncidentId},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes,
    incidents::TimelinePosition,
    keys,
    table::{Condition, expiry, json_of, text},
};

/// The time for which a post is kept after the last news. An incident that has news later is posted anew.
const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The time after which no note of an earlier time is stored any more.
const SETTLED: SignedDuration = SignedDuration::from_mins(1);
/// The entries of one page of a timeline.
const PAGE: i32 = 200;

/// The notes of a timeline after a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotes {
    /// The entries, oldest first.
    pub notes: Vec<Entry>,
    /// The position up to which the timeline was read.
    pub read_to: Option<String>,
}

impl Store {
    /// Returns the message about `incident` in the room `room`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn incident_post(&self, incident: IncidentId, room: &str) -> Result<Option<IncidentPost>, StoreError> {
        let item = self.table.get(keys::chat_post(incident, room)).await?;
        item.map(|item| json_of(&item, attributes::DOCUMENT)).transpose()
    }

    /// Stores the message about `incident` in the room `room`, in place of the one before. One write unit for each KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn save_incident_post(
        &self,
        incident: IncidentId,
        room: &str,
        post: &IncidentPost,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = keys::chat_post(incident, room);
        let document = serde_json::to_string(post).map_err(StoreError::unreadable)?;
        item.insert(attributes::DOCUMENT.to_owned(), text(document));
        item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
        let put = self.table.put(item, Condition::None).await;
        put.map_err(|error| error.or(StoreError::Contended))
    }

    /// Returns the notes of people in the timeline of `incident` after the position `read_to`. One read unit for each 4 KB of
    /// what was written since then.
    ///
    /// # Errors
    /// When the table does not answer, or `read_to` is no position.
    pub async fn new_notes(
        &self,
        incident: IncidentId,
        read_to: Option<&str>,
        now: Timestamp,
    ) -> Result<NewNotes, StoreError> {
        let mut after = read_to.map(str::parse::<TimelinePosition>).transpose().map_err(StoreError::unreadable)?;
        let mut found = NewNotes { notes: Vec::new(), read_to: read_to.map(str::to_owned) };
        loop {
            let page = self.timeline(incident, after.as_ref(), PAGE).await?;
            for entry in page.items {
                let is_note = matches!(entry.content, EntryContent::Note { .. });
                // Another kind of entry may be stored late, at a time before that of a note.
                if is_note || entry.at + SETTLED < now {
                    found.read_to = Some(TimelinePosition::of(&entry).to_string());
                }
                if is_note {
                    found.notes.push(entry);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }
}
