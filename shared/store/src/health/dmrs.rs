//! Reporting state of the DMRs.

use std::collections::BTreeMap;

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Name,
    health::{Dmr, DmrClient, Due, Lane, PolicyDocument, SilencePolicy, UnsettledBatches},
    ingestion::Sequence,
    stamp,
};
use jiff::Timestamp;

use super::observe::MARKER_RETENTION;
use crate::{
    ATTEMPTS, Consistency, Store, StoreError, Versioned, attributes,
    keys::{self, EventSubject},
    table::{self, Condition, Item, Transaction, expiry, first_version, text_of},
};

impl Store {
    /// Records a report of the DMR `name` at `now`, in which it describes itself as `client`. Returns its unsettled
    /// batches. One read unit; every half minute one more, a write unit and two of the index. A failed write is only logged: it
    /// causes an extra check for missing reports.
    ///
    /// # Errors
    /// When the table does not answer the read.
    pub async fn record_report(
        &self,
        name: &Name,
        client: &DmrClient,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<UnsettledBatches, StoreError> {
        let (now, silence) = (stamp::milliseconds(now), &policies.defaults().silence);
        let stored = self.dmr_state(name).await?;
        let unsettled = stored.as_ref().map(|dmr| dmr.value.unsettled().clone()).unwrap_or_default();
        let record = |dmr: &mut Dmr| dmr.record_report(client, now).then_some(());
        let is_recorded = stored.is_some_and(|mut stored| record(&mut stored.value).is_none());
        if !is_recorded && let Err(error) = self.change_dmr(name, silence, now, record).await {
            tracing::warn!(dmr = %name, %error, "failed to record the report of DMR {name}");
        }
        Ok(unsettled)
    }

    /// Adds unsettled batches of the DMR `name`. Returns false, and adds none, if there are too many.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn add_unsettled(
        &self,
        name: &Name,
        batches: &UnsettledBatches,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let add = |dmr: &mut Dmr| Some(dmr.add_unsettled(batches));
        Ok(self.change_dmr(name, &policies.defaults().silence, stamp::milliseconds(now), add).await? == Some(true))
    }

    /// Removes the unsettled batch `sequence` of the DMR `name` about `chatbot`, if there is one: it was counted or
    /// dropped.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn settle(
        &self,
        name: &Name,
        chatbot: &Name,
        sequence: Sequence,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let settle = |dmr: &mut Dmr| dmr.settle(chatbot, sequence).then_some(());
        self.change_dmr(name, &policies.defaults().silence, stamp::milliseconds(now), settle).await?;
        Ok(())
    }

    /// Flags the DMR `name` as silent if its report is overdue at `now`, and writes the event. Returns whether it was
    /// flagged.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn flag_silent_dmr(
        &self,
        name: &Name,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (silence, now) = (&policies.defaults().silence, stamp::milliseconds(now));
        let Some(Versioned { value: mut dmr, version }) = self.dmr_state(name).await? else { return Ok(false) };
        let Some(last_seen) = dmr.flag_silence(silence, now) else { return Ok(false) };
        let next = Versioned { value: dmr, version: version + 1 };
        let id = format!("{name}-{}", next.version);
        let kind = EventKind::DmrSilent { dmr: name.clone(), last_seen };
        let transaction = self
            .transaction()
            .put(dmr_item(name, &next, silence, now)?, Condition::Version(version))?
            .event(EventSubject::Dmr(name), &Event { id, at: now, quiet: false, kind })?;
        match transaction.commit().await {
            Ok(()) => Ok(true),
            // A report arrived meanwhile, or another caller flagged it.
            Err(error) => error.retryable().map(|()| false),
        }
    }

    /// Returns the write that claims the alert about the DMR `name` as an outlier at `now`, and its condition; none if
    /// one was sent within the hour.
    pub(super) async fn dmr_alert_claim(
        &self,
        name: &Name,
        silence: &SilencePolicy,
        now: Timestamp,
    ) -> Result<Option<(Item, Condition)>, StoreError> {
        let stored = self.dmr_state(name).await?;
        let (mut dmr, old) = stored.map_or((Dmr::default(), 0), |stored| (stored.value, stored.version));
        if !dmr.notify_outlier(now) {
            return Ok(None);
        }
        let item = dmr_item(name, &Versioned { value: dmr, version: old + 1 }, silence, now)?;
        Ok(Some((item, Condition::replaces(old))))
    }

    /// Changes the state of the DMR `name` if `change` returns a value.
    async fn change_dmr<T>(
        &self,
        name: &Name,
        silence: &SilencePolicy,
        now: Timestamp,
        change: impl Fn(&mut Dmr) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        for _ in 0..ATTEMPTS {
            let stored = self.dmr_state(name).await?;
            let (mut dmr, old) = stored.map_or((Dmr::default(), 0), |stored| (stored.value, stored.version));
            let Some(changed) = change(&mut dmr) else { return Ok(None) };
            let item = dmr_item(name, &Versioned { value: dmr, version: old + 1 }, silence, now)?;
            match self.table.put_idempotent(item, Condition::replaces(old)).await {
                Ok(()) => return Ok(Some(changed)),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Adds to `transaction` that the DMR `name` is removed or registered at `now`: `change` is [`Dmr::removed`] or
    /// [`Dmr::registered`]. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(crate) async fn restart_dmr<'a>(
        &self,
        transaction: Transaction<'a>,
        name: &Name,
        change: fn(Dmr) -> Dmr,
        now: Timestamp,
    ) -> Result<Transaction<'a>, StoreError> {
        let (state, version, condition) = match self.dmr_state(name).await {
            Ok(Some(Versioned { value, version })) => (change(value), version + 1, Condition::Version(version)),
            Ok(None) => (change(Dmr::default()), first_version(now), Condition::Absent),
            // Nothing can be kept of it, and nothing of the DMR can be counted while it is stored.
            Err(StoreError::Unreadable(error)) => {
                tracing::error!(dmr = %name, %error, "state of DMR {name} cannot be read, replaced");
                (change(Dmr::default()), first_version(now), Condition::None)
            }
            Err(error) => return Err(error),
        };
        if matches!(condition, Condition::Absent) && state == Dmr::default() {
            return Ok(transaction);
        }
        let state = Versioned { value: state, version };
        transaction.put(dmr_item(name, &state, &SilencePolicy::default(), now)?, condition)
    }

    /// Returns the state of the DMR `name`, strongly consistent; none if nothing is known of it. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn dmr_state(&self, name: &Name) -> Result<Option<Versioned<Dmr>>, StoreError> {
        let item = self.table.get(keys::dmr(name)).await?;
        item.map(|item| table::from_json_item(&item, attributes::STATE)).transpose()
    }

    /// Returns the states of those DMRs of `names` of which something is known, eventually consistent. `names` has none
    /// twice. Half a read unit for each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn dmr_states(&self, names: &[Name]) -> Result<BTreeMap<Name, Dmr>, StoreError> {
        let keys: Vec<_> = names.iter().map(keys::dmr).collect();
        let mut states = BTreeMap::new();
        for item in self.table.get_many_with(&keys, Consistency::Eventual).await? {
            if let Some(name) = keys::dmr_of(text_of(&item, attributes::PK)?) {
                states.insert(name, table::from_json_item(&item, attributes::STATE)?.value);
            }
        }
        Ok(states)
    }
}

/// Returns the item of a DMR that is written at `now`. Without a report it is kept as long as an unsettled batch may be
/// delivered.
fn dmr_item(name: &Name, dmr: &Versioned<Dmr>, silence: &SilencePolicy, now: Timestamp) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::dmr(name), attributes::STATE, dmr)?;
    let due = dmr.value.due(silence).map(|at| Due { lane: Lane::Silence, at });
    item.extend(due.into_iter().flat_map(|due| keys::due(name, due)));
    if !dmr.value.has_reported() {
        item.insert(attributes::EXPIRES.to_owned(), expiry(now, MARKER_RETENTION));
    }
    Ok(item)
}
