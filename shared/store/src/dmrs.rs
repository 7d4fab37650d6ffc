//! The DMRs: when each one reports.

use centops_domain::{
    alerts::EventKind,
    chatbots::Name,
    health::{Dmr, PolicyDocument, RaisedEvent, SilencePolicy},
    stamp,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    item::{self, Expect, Item},
    keys,
    transaction::Transaction,
};

impl Store {
    /// Hears the DMR `name` at `now`. One read unit; every half minute a write unit, and two for the index.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn hear(&self, name: &Name, policies: &PolicyDocument, now: Timestamp) -> Result<(), StoreError> {
        let now = stamp::milliseconds(now);
        self.change_dmr(name, &policies.defaults().silence, now, |dmr| dmr.record_report(now).then_some(())).await?;
        Ok(())
    }

    /// Notices the silence of the DMR `name` at `now`, if it is due, and writes the event that tells of it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn notice_dmr(&self, name: &Name, policies: &PolicyDocument, now: Timestamp) -> Result<bool, StoreError> {
        let (silence, now) = (&policies.defaults().silence, stamp::milliseconds(now));
        let Some(Versioned { value: mut dmr, version }) = self.dmr(name).await? else { return Ok(false) };
        let Some(heard) = dmr.flag_silence(silence, now) else { return Ok(false) };
        let next = Versioned { value: dmr, version: version + 1 };
        let fact = EventKind::DmrSilent { dmr: name.clone(), last_seen: heard };
        let transaction = Transaction::of(self)
            .put(dmr_item(name, &next, silence)?, Expect::Version(version))?
            .events(name, next.version, &[RaisedEvent { event: fact, notify: true }], now)?;
        match transaction.commit().await {
            Ok(()) => Ok(true),
            // It was heard meanwhile, or another noticed it.
            Err(refused) => refused.again().map(|()| false),
        }
    }

    /// Whether administrators are told at `now` that the DMR `name` stands alone.
    pub(crate) async fn tell_of_dmr(
        &self,
        name: &Name,
        silence: &SilencePolicy,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        Ok(self.change_dmr(name, silence, now, |dmr| dmr.notify_outlier(now).then_some(())).await?.is_some())
    }

    /// Changes what is known of the DMR `name`, where `change` gives something.
    async fn change_dmr<T>(
        &self,
        name: &Name,
        silence: &SilencePolicy,
        now: Timestamp,
        change: impl Fn(&mut Dmr) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        for _ in 0..ATTEMPTS {
            let stored = self.dmr(name).await?;
            let (mut dmr, old) = stored.map_or((Dmr::new(now), 0), |stored| (stored.value, stored.version));
            let changed = change(&mut dmr);
            if changed.is_none() && old > 0 {
                return Ok(None);
            }
            let item = dmr_item(name, &Versioned { value: dmr, version: old + 1 }, silence)?;
            match self.put_same(item, Expect::after(old)).await {
                Ok(()) => return Ok(changed),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    async fn dmr(&self, name: &Name) -> Result<Option<Versioned<Dmr>>, StoreError> {
        let item = self.get(keys::dmr(name)).await?;
        item.map(|item| item::from_json_item(&item, keys::STATE)).transpose()
    }
}

fn dmr_item(name: &Name, dmr: &Versioned<Dmr>, silence: &SilencePolicy) -> Result<Item, StoreError> {
    let mut item = item::to_json_item(keys::dmr(name), keys::STATE, dmr)?;
    item.extend(dmr.value.due(silence).into_iter().flat_map(keys::due));
    Ok(item)
}
