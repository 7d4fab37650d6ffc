//! Planned outages and windows as items, and the writes of a change.

use std::collections::BTreeMap;

use centops_domain::{
    alerts::Event,
    audit::Subject,
    outages::{OutageId, PlannedOutage, Reported, Window},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, Versioned, attributes,
    keys::{self, EventSubject},
    table::{self, Condition, Item, Key, Transaction, expiry, number_of, text},
};

/// Retention of windows and of planned outages that are over: reports look back for a year.
const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

impl Store {
    /// Returns the transaction of a change at `now`: the outage `new` in place of `old`, the windows that change, and the
    /// event of what is `reported`.
    pub(super) fn outage_change(
        &self,
        old: Option<&Versioned<PlannedOutage>>,
        new: &Versioned<PlannedOutage>,
        reported: Option<Reported>,
        now: Timestamp,
    ) -> Result<Transaction<'_>, StoreError> {
        let outage = &new.value;
        let condition = old.map_or(Condition::Absent, |old| Condition::Version(old.version));
        let mut transaction = self.transaction().put(outage_item(new, now)?, condition)?;
        if old.is_none() {
            transaction = transaction.put(institution_item(outage)?, Condition::Absent)?;
        } else if outage.has_ended() {
            transaction = transaction.put(expiring(institution_item(outage)?, now), Condition::None)?;
        }
        let before = old.map(|old| windows_by_start(&old.value)).unwrap_or_default();
        let after = windows_by_start(outage);
        for (start, window) in &after {
            if before.get(start) != Some(window) {
                transaction = transaction.put(window_item(outage, window)?, Condition::None)?;
            }
        }
        // A window that has begun stays, also after the outage has forgotten its run.
        for start in before.keys().filter(|start| **start > now && !after.contains_key(*start)) {
            transaction = transaction.delete(keys::window(&outage.institution, *start, outage.id), None)?;
        }
        let Some(reported) = reported else { return Ok(transaction) };
        let kind = outage.event(reported);
        let event = Event { id: format!("{}-{}", outage.id, new.version), at: now, quiet: false, kind };
        transaction.event(EventSubject::Institution(&outage.institution), &event)
    }
}

fn windows_by_start(outage: &PlannedOutage) -> BTreeMap<Timestamp, Window> {
    outage.windows().map(|window| (window.start, window)).collect()
}

/// Returns the item of an outage. It is in the index of due items while a step is due.
fn outage_item(outage: &Versioned<PlannedOutage>, now: Timestamp) -> Result<Item, StoreError> {
    let value = &outage.value;
    let mut item =
        table::to_json_item(keys::planned_outage(&value.institution, value.id), attributes::DOCUMENT, outage)?;
    item.extend(value.due().into_iter().flat_map(|at| keys::due_outage(value.id, at)));
    Ok(if value.has_ended() { expiring(item, now) } else { item })
}

fn expiring(mut item: Item, now: Timestamp) -> Item {
    item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
    item
}

fn institution_item(outage: &PlannedOutage) -> Result<Item, StoreError> {
    let mut item: Key = keys::planned_institution(outage.id);
    // Not in the attribute `institution`: the index by institution has chatbots and peers only.
    let json = serde_json::to_string(&outage.institution).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    Ok(item)
}

fn window_item(outage: &PlannedOutage, window: &Window) -> Result<Item, StoreError> {
    let mut item = keys::window(&outage.institution, window.start, window.outage);
    let json = serde_json::to_string(window).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    Ok(expiring(item, window.end))
}

/// Reads the outage of an item; none if it is no longer kept at `now`.
pub(super) fn read_outage(item: &Item, now: Timestamp) -> Result<Option<Versioned<PlannedOutage>>, StoreError> {
    // DynamoDB deletes expired items within days.
    if item.contains_key(attributes::EXPIRES) && number_of::<i64>(item, attributes::EXPIRES)? <= now.as_second() {
        return Ok(None);
    }
    table::from_json_item(item, attributes::DOCUMENT).map(Some)
}

/// Returns the outage whose sort key is `sk`.
pub(super) fn outage_of(sk: &str) -> Option<(centops_domain::chatbots::Name, OutageId)> {
    let (institution, id) = sk.split_once('#')?;
    Some((institution.parse().ok()?, id.parse().ok()?))
}

/// Returns the subject of an audit record about `outage`.
pub(super) fn subject_of(outage: &PlannedOutage) -> Subject {
    Subject { chatbot: None, institution: Some(outage.institution.clone()) }
}
