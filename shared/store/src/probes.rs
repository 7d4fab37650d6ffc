//! Probing: who is due, who probes it, and what came of it.

use centops_domain::{
    chatbots::{Chatbot, Name},
    health::{DecisionContext, Health, Lease, Network, PolicyDocument, ProbeOutcome, RaisedEvent, engine},
    stamp,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError,
    health::item_of,
    item::{self, Expect},
    keys,
    transaction::Transaction,
};

/// Who is due for a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// A chatbot.
    Chatbot(Name),
    /// A DMR.
    Dmr(Name),
}

/// What a look at a chatbot led to.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// The right to probe it, where it is to be probed.
    pub lease: Option<Lease>,
    /// What happened by time alone.
    pub happened: Vec<RaisedEvent>,
}

impl Store {
    /// Up to `limit` that the prober is to look at, at `now`, the longest due first. Half a read unit for
    /// each 4 KB of keys. The index lags behind the table by a moment: a look decides.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due(&self, now: Timestamp, limit: i32) -> Result<Vec<Due>, StoreError> {
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
        let mut due = Vec::new();
        for item in page.items.unwrap_or_default() {
            let pk = item::text_of(&item, keys::PK)?;
            due.extend(keys::chatbot_of_health(pk).map(Due::Chatbot).or_else(|| keys::dmr_of(pk).map(Due::Dmr)));
        }
        Ok(due)
    }

    /// Looks at the chatbot `name` at `now`: takes the lease to probe it, where it is to be probed and
    /// nobody else does, and lets happen what was only waiting for its time. Two read units, and one write
    /// unit and two of the index.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn look(&self, name: &Name, policies: &PolicyDocument, now: Timestamp) -> Result<Looked, StoreError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(now));
        for _ in 0..ATTEMPTS {
            let (chatbot, stored) = tokio::try_join!(self.chatbot(name), self.health(name))?;
            let scene = DecisionContext { name, kind: chatbot.value.kind, policy, now, jitter: 0.0 };
            let mut health = stored.value.clone();
            let (lease, happened) = engine::evaluate_due(&scene, &mut health);
            let looked = Looked { chatbot: chatbot.value, lease, happened };
            if health == stored.value {
                return Ok(looked);
            }
            let version = stored.version + 1;
            let item = item_of(name, &health, version, policy)?;
            let saved = if looked.happened.is_empty() {
                // Not `put_same`: two who take a lease in the same millisecond write the same item.
                self.put(item, Expect::Version(stored.version)).await
            } else {
                let transaction = Transaction::of(self).put(item, Expect::Version(stored.version))?;
                transaction.events(name, version, &looked.happened, now)?.commit().await
            };
            match saved {
                Ok(()) => return Ok(looked),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Takes the result of the probe with the lease `id` at `now`: a success routes a chatbot that was out,
    /// a failure makes it wait longer, or takes out one that was in doubt; `dice` is in `[0, 1)`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot any more.
    pub async fn report_probe(
        &self,
        name: &Name,
        id: u64,
        success: bool,
        policies: &PolicyDocument,
        now: Timestamp,
        dice: f64,
    ) -> Result<ProbeOutcome, StoreError> {
        let step = |scene: &DecisionContext, health: &mut Health, counts: &mut Network| {
            engine::record_probe(scene, health, counts, id, success)
        };
        let (probed, _) = self.change(name, policies, now, dice, step).await?;
        Ok(probed)
    }
}
