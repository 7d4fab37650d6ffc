//! The health of chatbots: batches are folded into it, probes and administrators change it, and what
//! follows (status, route, counts, events) is saved with it or not at all.

use centops_domain::{
    chatbot::{Chatbot, Status},
    control::Control,
    detector::Finding,
    engine::{self, Happened, Scene},
    event::Fact,
    health::{Batch, Folded, Health},
    name::Name,
    network::Network,
    observation::Observer,
    policy::{Policy, PolicyDocument},
    stamp,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    chatbots::chatbot_item,
    item::{self, Expect, Item},
    keys,
    transaction::{Refused, Transaction},
};

/// What observing led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What became of the observations.
    pub folded: Folded,
    /// What happened; most often nothing.
    pub happened: Vec<Happened>,
    /// When the chatbot was enrolled.
    pub enrolled: Timestamp,
}

/// All that a decision about one chatbot goes by, as it was read.
pub(crate) struct Case {
    pub(crate) chatbot: Versioned<Chatbot>,
    pub(crate) health: Versioned<Health>,
    pub(crate) network: Versioned<Network>,
}

/// What a decision leads to.
pub(crate) struct Decision {
    pub(crate) health: Health,
    pub(crate) network: Network,
    pub(crate) happened: Vec<Happened>,
}

impl Store {
    /// Counts `batches` of the chatbot `name` at `now`, each once however often it is delivered, and
    /// takes it out of routing when enough observers find it failing and the cap allows it; `dice` is in
    /// `[0, 1)`. The usual case costs one read unit and one write unit, and one write unit more when a
    /// minute is over.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot: nothing was counted. After any other
    /// error the same batches may be given again.
    pub async fn observe(
        &self,
        name: &Name,
        batches: &[Batch],
        policies: &PolicyDocument,
        now: Timestamp,
        dice: f64,
    ) -> Result<Observed, StoreError> {
        let (policy, now) = (policies.of(name), stamp::milliseconds(now));
        let mut stored = self.health(name).await?;
        for _ in 0..ATTEMPTS {
            let mut health = stored.value.clone();
            let enrolled = health.enrolled;
            let engine::Observed { folded, closed, finding } = engine::observe(&mut health, batches, policy, now);
            if !folded.changed() {
                return Ok(Observed { folded, happened: Vec::new(), enrolled });
            }
            self.keep_minutes(name, enrolled, &closed).await?;
            let saved = if finding == Finding::Fine {
                let next = Versioned { value: health, version: stored.version + 1 };
                let put = self.put_same(item_of(name, &next, policy)?, Expect::Version(stored.version));
                put.await.map(|()| Vec::new())
            } else {
                self.decide(name, stored.clone(), health, finding, policy, now, dice).await
            };
            match saved {
                Ok(happened) => return Ok(Observed { folded, happened, enrolled }),
                // A put that fails brings the item that it found: fold that, without another read.
                Err(Refused::Condition(0, Some(found))) => stored = health_of(&found)?,
                Err(refused) => {
                    refused.failure().map_or(Ok(()), Err)?;
                    stored = self.health(name).await?;
                }
            }
        }
        Err(StoreError::Contended)
    }

    /// Decides about a finding and saves what follows.
    #[expect(clippy::too_many_arguments, reason = "all that a decision goes by")]
    async fn decide(
        &self,
        name: &Name,
        stored: Versioned<Health>,
        mut health: Health,
        finding: Finding,
        policy: &Policy,
        now: Timestamp,
        dice: f64,
    ) -> Result<Vec<Happened>, Refused> {
        let (chatbot, network) = tokio::try_join!(self.chatbot(name), self.network())?;
        let scene = Scene { name, kind: chatbot.value.kind, policy, now, dice };
        let mut next = network.value.clone();
        let mut happened = engine::decide(&scene, &mut health, &mut next, finding);
        self.tell_outliers(&mut happened, policy, now).await?;
        let case = Case { chatbot, health: stored, network };
        let decision = Decision { health, network: next, happened };
        self.save(&case, &decision, policy, now).await?;
        Ok(decision.happened)
    }

    /// However many chatbots a DMR stands alone about, administrators hear of it once an hour.
    async fn tell_outliers(
        &self,
        happened: &mut [Happened],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for Happened { fact, told } in happened {
            if let Fact::ObserverOutlier { observer: Observer::Dmr(dmr), .. } = fact {
                *told = self.tell_of_dmr(dmr, &policy.silence, now).await?;
            }
        }
        Ok(())
    }

    /// The health of the chatbot `name`, strongly consistent. One read unit a 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn health(&self, name: &Name) -> Result<Versioned<Health>, StoreError> {
        let item = self.get(keys::health(name)).await?.ok_or(StoreError::NotFound)?;
        health_of(&item)
    }

    /// Puts the chatbot `name` under manual control, or ends it. Returns the health as it is then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn control(
        &self,
        name: &Name,
        control: Option<Control>,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<Health, StoreError> {
        let (policy, now) = (policies.of(name), stamp::milliseconds(now));
        for _ in 0..ATTEMPTS {
            let case = Box::pin(self.case(name)).await?;
            let scene = Scene { name, kind: case.chatbot.value.kind, policy, now, dice: 0.0 };
            let (mut health, mut network) = (case.health.value.clone(), case.network.value.clone());
            let happened = match &control {
                Some(control) => engine::control(&scene, &mut health, &mut network, control.clone()),
                None => engine::release(&scene, &mut health),
            };
            if happened.is_empty() {
                return Ok(health);
            }
            let decision = Decision { health, network, happened };
            match self.save(&case, &decision, policy, now).await {
                Ok(()) => return Ok(decision.health),
                Err(refused) => refused.failure().map_or(Ok(()), Err)?,
            }
        }
        Err(StoreError::Contended)
    }

    /// All that a decision about `name` goes by. Three read units.
    pub(crate) async fn case(&self, name: &Name) -> Result<Case, StoreError> {
        let (chatbot, health, network) = tokio::try_join!(self.chatbot(name), self.health(name), self.network())?;
        Ok(Case { chatbot, health, network })
    }

    /// Saves what a decision led to, in one transaction: the health, the counts where they changed, the
    /// status and the route where they did, and the events. The health is its first write.
    pub(crate) async fn save(
        &self,
        case: &Case,
        decision: &Decision,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let Case { chatbot, health, network } = case;
        let name = &chatbot.value.name;
        let version = health.version + 1;
        let next = Versioned { value: decision.health.clone(), version };
        let mut transaction = Transaction::of(self)
            .put(item_of(name, &next, policy)?, Expect::Version(health.version))?
            .events(name, version, &decision.happened, now)?;
        let mut counts = decision.network.clone();
        let status = decision.health.standing().status();
        if status != chatbot.value.status {
            let changed = chatbot.value.with_status(status, now);
            let item = chatbot_item(&changed, chatbot.version + 1)?;
            transaction = transaction.put(item, Expect::Version(chatbot.version))?;
            if status == Status::Online || chatbot.value.status == Status::Online {
                counts.revision += 1;
                transaction = transaction.route(name, changed.route(), counts.revision, now)?;
            }
        }
        if counts != network.value {
            transaction = transaction.network(counts, network.version)?;
        }
        transaction.commit().await
    }
}

/// The item of `health`. It is in the index `due` while the prober is to look at it.
pub(crate) fn item_of(name: &Name, health: &Versioned<Health>, policy: &Policy) -> Result<Item, StoreError> {
    let state = postcard::to_stdvec(&health.value).map_err(StoreError::unreadable)?;
    let mut item = keys::health(name);
    item.insert(keys::VERSION.to_owned(), keys::number(health.version));
    item.insert(keys::STATE.to_owned(), keys::bytes(state));
    item.extend(health.value.due(policy).into_iter().flat_map(keys::due));
    Ok(item)
}

pub(crate) fn health_of(item: &Item) -> Result<Versioned<Health>, StoreError> {
    let version = item::number_of(item, keys::VERSION)?;
    let value = postcard::from_bytes(item::bytes_of(item, keys::STATE)?).map_err(StoreError::unreadable)?;
    Ok(Versioned { value, version })
}
