//! The health of chatbots: batches are folded into it, probes and administrators change it, and what
//! follows (status, route, counts, events) is saved with it or not at all.

use centops_domain::{
    alerts::EventKind,
    audit::Subject,
    chatbots::{Chatbot, Name, Status},
    health::{
        Batch, Control, DecisionContext, Finding, FoldResult, FoldSummary, Health, Network, Policy, PolicyDocument,
        RaisedEvent, engine,
    },
    ingestion::Observer,
    routes::{Route, RouteChange},
    stamp,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    chatbots::chatbot_item,
    item::{self, Expect, Item},
    keys,
    revisions::Plan,
    transaction::{Part, Refused, Transaction},
};

/// What observing led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What became of the observations.
    pub folded: FoldSummary,
    /// What happened; most often nothing.
    pub happened: Vec<RaisedEvent>,
    /// When the chatbot was enrolled.
    pub enrolled: Timestamp,
}

/// All that a decision about one chatbot goes by, as it was read. The versions are the conditions of the
/// save; the decision changes the health in place.
pub(crate) struct Case {
    pub(crate) chatbot: Versioned<Chatbot>,
    pub(crate) health: Versioned<Health>,
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
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(now));
        let mut stored = self.health(name).await?;
        for _ in 0..ATTEMPTS {
            let enrolled = stored.value.enrolled_at;
            let FoldResult { summary: folded, closed, finding } = engine::fold(&mut stored.value, batches, policy, now);
            if !folded.changed() {
                return Ok(Observed { folded, happened: Vec::new(), enrolled });
            }
            self.keep_minutes(name, enrolled, &closed).await?;
            let saved = if finding == Finding::Fine {
                let item = item_of(name, &stored.value, stored.version + 1, policy)?;
                self.put_same(item, Expect::Version(stored.version)).await.map(|()| Vec::new())
            } else {
                self.decide(name, stored, finding, policy, now, dice).await
            };
            match saved {
                Ok(happened) => return Ok(Observed { folded, happened, enrolled }),
                // A put that fails brings the item that it found: fold that, without another read.
                Err(Refused::Condition(0, Some(found))) => stored = health_of(&found)?,
                Err(refused) => {
                    refused.again()?;
                    stored = self.health(name).await?;
                }
            }
        }
        Err(StoreError::Contended)
    }

    /// Decides about a finding in `health`, folded and not yet saved, and saves what follows.
    async fn decide(
        &self,
        name: &Name,
        health: Versioned<Health>,
        finding: Finding,
        policy: &Policy,
        now: Timestamp,
        dice: f64,
    ) -> Result<Vec<RaisedEvent>, Refused> {
        let chatbot = self.chatbot(name).await?;
        let scene = DecisionContext { name, kind: chatbot.value.kind, policy, now, jitter: dice };
        let mut case = Case { chatbot, health };
        if let Finding::Outliers(_) = finding {
            // Nothing that all share follows from it.
            let mut happened = engine::decide(&scene, &mut case.health.value, &mut Network::default(), finding);
            self.tell_outliers(&mut happened, policy, now).await?;
            self.saving(&case, &case.health.value, &happened, policy, now)?.0.commit().await?;
            return Ok(happened);
        }
        let plan = |network: &mut Network| {
            let mut health = case.health.value.clone();
            let happened = engine::decide(&scene, &mut health, network, finding.clone());
            let (transaction, route) = self.saving(&case, &health, &happened, policy, now)?;
            Ok(Plan { part: transaction.into_part(), route, outcome: happened })
        };
        self.revise(now, plan).await
    }

    /// However many chatbots a DMR stands alone about, administrators hear of it once an hour.
    async fn tell_outliers(
        &self,
        happened: &mut [RaisedEvent],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for RaisedEvent { event: fact, notify: told } in happened {
            if let EventKind::ObserverOutlier { observer: Observer::Dmr(dmr), .. } = fact {
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

    /// Puts the chatbot `name` under manual control, by `act`, or ends it. Returns the health as it is then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot.
    pub async fn control(
        &self,
        act: &Act<'_>,
        name: &Name,
        control: Option<Control>,
        policies: &PolicyDocument,
    ) -> Result<Health, StoreError> {
        self.control_where(act, name, control, policies, |_| true).await
    }

    /// The same, where `may` allows it of the control that is on it and has not ended.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such chatbot; [`StoreError::Exists`] when `may` does not allow it.
    pub async fn control_where(
        &self,
        act: &Act<'_>,
        name: &Name,
        control: Option<Control>,
        policies: &PolicyDocument,
        may: impl Fn(Option<&Control>) -> bool,
    ) -> Result<Health, StoreError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(act.now));
        let step = |scene: &DecisionContext, health: &mut Health, network: &mut Network| {
            if !may(health.control().filter(|control| !control.has_ended(now))) {
                return Err(StoreError::Exists);
            }
            let happened = match &control {
                Some(control) => engine::set_control(scene, health, network, control.clone()),
                None => engine::end_control(scene, health),
            };
            Ok(((), happened))
        };
        self.change_by(Some(act), name, (policy, now, 0.0), step).await.map(|((), health)| health)
    }

    /// Takes `step` from what is stored of `name` at `now`, and saves what follows, or nothing where the
    /// health stays as it was. Gives what the step gave, and the health after it.
    pub(crate) async fn change<T>(
        &self,
        name: &Name,
        policies: &PolicyDocument,
        now: Timestamp,
        dice: f64,
        step: impl Fn(&DecisionContext, &mut Health, &mut Network) -> (T, Vec<RaisedEvent>),
    ) -> Result<(T, Health), StoreError> {
        let step =
            |scene: &DecisionContext, health: &mut Health, network: &mut Network| Ok(step(scene, health, network));
        self.change_by(None, name, (policies.for_chatbot(name), stamp::milliseconds(now), dice), step).await
    }

    /// The same, of what controls the chatbot, with the record of `act` where there is one.
    async fn change_by<T>(
        &self,
        act: Option<&Act<'_>>,
        name: &Name,
        (policy, now, dice): (&Policy, Timestamp, f64),
        step: impl Fn(&DecisionContext, &mut Health, &mut Network) -> Result<(T, Vec<RaisedEvent>), StoreError>,
    ) -> Result<(T, Health), StoreError> {
        for _ in 0..ATTEMPTS {
            let case = Box::pin(self.case(name)).await?;
            let (chatbot, before) = (&case.chatbot.value, &case.health.value);
            let scene = DecisionContext { name, kind: chatbot.kind, policy, now, jitter: dice };
            let plan = |network: &mut Network| {
                let (mut health, mut counts) = (before.clone(), network.clone());
                let (outcome, happened) = step(&scene, &mut health, &mut counts)?;
                if health == *before {
                    return Ok(Plan { part: Part::default(), route: None, outcome: (outcome, health) });
                }
                *network = counts;
                let (transaction, route) = self.saving(&case, &health, &happened, policy, now)?;
                let part = match act {
                    None => transaction.into_part(),
                    Some(act) => {
                        let (before, after) = (before.control(), health.control());
                        transaction.audit(act, Subject::from(chatbot), &before, &after)?.into_part()
                    }
                };
                Ok(Plan { part, route, outcome: (outcome, health) })
            };
            match self.revise(now, plan).await {
                Ok(changed) => return Ok(changed),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// All that a decision about `name` goes by, but for the network. Two read units.
    pub(crate) async fn case(&self, name: &Name) -> Result<Case, StoreError> {
        // One after the other: the save is on the condition that the health is as it was read, and what was read
        // of the chatbot after it is no older. Together, an older status could go with a newer health, and a route
        // that has to be made or taken away would pass for one that is.
        let health = self.health(name).await?;
        let chatbot = self.chatbot(name).await?;
        Ok(Case { chatbot, health })
    }

    /// What saves `health`, to which a decision led: its events, and the status and the route where they
    /// changed. The health is its first write.
    fn saving(
        &self,
        Case { chatbot, health: old }: &Case,
        health: &Health,
        happened: &[RaisedEvent],
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(Transaction<'_>, Option<RouteChange>), StoreError> {
        let (name, version) = (&chatbot.value.name, old.version + 1);
        let transaction = Transaction::of(self)
            .put(item_of(name, health, version, policy)?, Expect::Version(old.version))?
            .events(name, version, happened, now)?;
        let status = health.routing_state().status();
        if status == chatbot.value.status {
            return Ok((transaction, None));
        }
        let changed = chatbot.value.with_status(status, now);
        let item = chatbot_item(&changed, chatbot.version + 1)?;
        let was_routed = chatbot.value.status == Status::Online;
        let route = (was_routed || status == Status::Online)
            .then(|| RouteChange { name: name.clone(), route: Route::if_online(&changed) });
        Ok((transaction.put(item, Expect::Version(chatbot.version))?, route))
    }
}

/// The item of `health` with `version`. It is in the index `due` while the prober is to look at it.
pub(crate) fn item_of(name: &Name, health: &Health, version: i64, policy: &Policy) -> Result<Item, StoreError> {
    let state = postcard::to_stdvec(health).map_err(StoreError::unreadable)?;
    let mut item = keys::health(name);
    item.insert(keys::VERSION.to_owned(), keys::number(version));
    item.insert(keys::STATE.to_owned(), keys::bytes(state));
    item.extend(health.due(policy).into_iter().flat_map(keys::due));
    Ok(item)
}

pub(crate) fn health_of(item: &Item) -> Result<Versioned<Health>, StoreError> {
    let version = item::number_of(item, keys::VERSION)?;
    let value = postcard::from_bytes(item::bytes_of(item, keys::STATE)?).map_err(StoreError::unreadable)?;
    Ok(Versioned { value, version })
}
