//! Probing: what is due, who probes it, and what came of it.

use centops_domain::{
    chatbot::{Chatbot, Status},
    circuit::{Claim, Probed},
    event::Fact,
    health::Health,
    name::Name,
    policy::Policy,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    chatbots::chatbot_item,
    health::{event_of, item_of},
    item::{self, Expect},
    keys,
    transaction::{CountChange, Refused, Transaction},
};

/// A chatbot whose probe was claimed.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// The right to report the result.
    pub claim: Claim,
}

impl Store {
    /// Up to `limit` chatbots that are due to be probed at `now`, the longest due first. Half a read
    /// unit for each 4 KB of keys. The index lags behind the table by a moment: a claim decides.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due(&self, now: Timestamp, limit: i32) -> Result<Vec<Name>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(keys::DUE)
            .key_condition_expression("#due = :probe AND #dueAt <= :now")
            .expression_attribute_names("#due", keys::DUE)
            .expression_attribute_names("#dueAt", keys::DUE_AT)
            .expression_attribute_values(":probe", keys::text(keys::PROBE))
            .expression_attribute_values(":now", keys::number(now.as_millisecond()))
            .limit(limit);
        let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let mut names = Vec::new();
        for item in page.items.unwrap_or_default() {
            names.extend(keys::chatbot_of_health(item::text_of(&item, keys::PK)?));
        }
        Ok(names)
    }

    /// Claims the probe of `name` at `now`; none when it is not due, or another has it. Two read units
    /// and one write unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn claim_probe(
        &self,
        name: &Name,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Option<Claimed>, StoreError> {
        for _ in 0..ATTEMPTS {
            let (chatbot, stored) = tokio::try_join!(self.chatbot(name), self.health(name))?;
            let mut health = stored.value;
            let Some(claim) = health.circuit.claim(policy, now) else { return Ok(None) };
            match self.put_health(name, health, stored.version).await {
                Ok(()) => return Ok(Some(Claimed { chatbot: chatbot.value, claim })),
                Err(refused) => refused.failure().map_or(Ok(()), Err)?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Takes the result of a claimed probe at `now`: a success closes the circuit and routes the
    /// chatbot, a failure makes it wait longer; `dice` is in `[0, 1)`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot any more.
    pub async fn report_probe(
        &self,
        name: &Name,
        claim: Claim,
        success: bool,
        policy: &Policy,
        now: Timestamp,
        dice: f64,
    ) -> Result<Probed, StoreError> {
        for _ in 0..ATTEMPTS {
            let stored = self.health(name).await?;
            let mut health = stored.value;
            let probed = health.probed(claim, success, policy, now, dice);
            let written = match probed {
                Probed::Stale => return Ok(probed),
                Probed::StaysOpen => self.put_health(name, health, stored.version).await,
                Probed::Closed => self.close(name, health, stored.version, now).await,
            };
            match written {
                Ok(()) => return Ok(probed),
                Err(refused) => refused.failure().map_or(Ok(()), Err)?,
            }
        }
        Err(StoreError::Contended)
    }

    async fn put_health(&self, name: &Name, health: Health, old: i64) -> Result<(), Refused> {
        let item = item_of(name, &Versioned { value: health, version: old + 1 })?;
        self.put(item, Expect::Version(old)).await
    }

    /// Routes the chatbot: one transaction.
    async fn close(&self, name: &Name, health: Health, old: i64, now: Timestamp) -> Result<(), Refused> {
        let (chatbot, counts) = tokio::try_join!(self.chatbot(name), self.revision())?;
        let was = chatbot.value.status;
        let online = chatbot.value.with_status(Status::Online, now);
        let change = CountChange { online: 1, offline: if was == Status::Offline { -1 } else { 0 } };
        let event = event_of(name, old + 1, now, Fact::ChatbotOnline { chatbot: name.clone(), was });
        Transaction::of(self)
            .put(item_of(name, &Versioned { value: health, version: old + 1 })?, Expect::Version(old))?
            .put(chatbot_item(&online, chatbot.version + 1)?, Expect::Version(chatbot.version))?
            .route(name, online.route(), counts.revision, change, now)?
            .event(&event)?
            .commit()
            .await
    }
}
