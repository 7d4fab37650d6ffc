//! Plays a history on the engine, as the store does: load, decide, save where nobody saved meanwhile.

use std::collections::BTreeMap;

use centops_domain::{
    circuit::Lease,
    control::{Control, Mode, NewControl},
    detector::Finding,
    engine::{self, Happened, Observed, Scene},
    health::{Batch, Health},
    history::Minute,
    name::Name,
    network::Standing,
    stamp,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    history::{Action, Mishap, Policies, Record, Said, Step, by_chatbot},
    invariants::{Before, Broken, Invariants, Saved},
    store::{Loaded, Store, Unreadable},
};

/// The engine, its store, and its clients.
#[derive(Debug)]
pub struct System {
    /// What is stored.
    pub store: Store,
    /// The policies of now.
    pub policies: Policies,
    leases: BTreeMap<Name, Vec<Lease>>,
    invariants: Invariants,
}

/// Why a step could not be played.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An invariant does not hold.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// Stored bytes.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// What a transaction makes of what was loaded.
struct Made {
    said: Said,
    happened: Vec<Happened>,
    /// What goes into the history before the save.
    closed: BTreeMap<i64, Minute>,
    /// Whether it is saved.
    kept: bool,
    /// Whether it depends on the network, which must then be as it was, too.
    network: bool,
}

impl Made {
    fn alone((said, happened): (Said, Vec<Happened>)) -> Self {
        Self { said, happened, closed: BTreeMap::new(), kept: true, network: false }
    }

    fn with_network((said, happened): (Said, Vec<Happened>)) -> Self {
        Self { network: true, ..Self::alone((said, happened)) }
    }
}

/// When, and with which dice.
#[derive(Clone, Copy)]
struct Moment {
    now: Timestamp,
    dice: f64,
}

/// The control that an action asks for.
#[must_use]
pub fn control(mode: Mode, seconds: Option<i64>, now: Timestamp) -> Option<Control> {
    let until = seconds.map(|seconds| now + SignedDuration::from_secs(seconds));
    let reason = "by hand".to_owned().try_into().ok()?;
    Some(Control::new(NewControl { mode, reason, until }, "operator".into(), now))
}

impl System {
    /// An empty network.
    #[must_use]
    pub fn new(policies: Policies) -> Self {
        Self { store: Store::default(), policies, leases: BTreeMap::new(), invariants: Invariants::default() }
    }

    /// Does one step. The answers come in the order in which they were saved.
    ///
    /// # Errors
    /// When an invariant does not hold.
    pub fn step(&mut self, step: &Step) -> Result<Vec<Record>, Failure> {
        let moment = Moment { now: step.now, dice: step.dice };
        let mut records = Vec::new();
        match &step.mishap {
            Mishap::Rival(rival) => self.act(moment, &step.action, usize::MAX, Some(rival), &mut records)?,
            Mishap::None => self.act(moment, &step.action, usize::MAX, None, &mut records)?,
            Mishap::AnswerLost => {
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
            }
            Mishap::Stops(after) => {
                self.act(moment, &step.action, *after, None, &mut records)?;
                self.act(moment, &step.action, usize::MAX, None, &mut records)?;
            }
        }
        Ok(records)
    }

    /// Does `action` for the first `most` chatbots that it is about.
    fn act(
        &mut self,
        moment: Moment,
        action: &Action,
        most: usize,
        mut rival: Option<&Action>,
        records: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        let Moment { now, .. } = moment;
        match action {
            Action::Deliver(messages) => {
                for (chatbot, batches) in by_chatbot(messages).into_iter().take(most) {
                    self.observe(moment, &chatbot, &batches, rival.take(), records)?;
                }
                return Ok(());
            }
            Action::Look { chatbot } => {
                self.transact(moment, chatbot, rival, records, |scene, loaded| {
                    let (lease, happened) = engine::look(scene, &mut loaded.health);
                    Made::alone((Said::Leased(lease), happened))
                })?;
                if let Some(Record { said: Said::Leased(Some(lease)), .. }) = records.last() {
                    self.leases.entry(chatbot.clone()).or_default().push(*lease);
                }
                return Ok(());
            }
            Action::Report { chatbot, back, success } => {
                let granted = self.leases.get(chatbot).map(Vec::as_slice).unwrap_or_default();
                let id = granted.iter().rev().nth(*back).map_or(u64::MAX, |lease| lease.id);
                return self.transact(moment, chatbot, rival, records, |scene, Loaded { health, network, .. }| {
                    let (probed, happened) = engine::report(scene, health, network, id, *success);
                    Made::with_network((Said::Probed(probed), happened))
                });
            }
            Action::Control { chatbot, mode, seconds } => {
                let Some(control) = control(*mode, *seconds, now) else { return Ok(()) };
                return self.transact(moment, chatbot, rival, records, |scene, Loaded { health, network, .. }| {
                    Made::with_network((Said::Done, engine::control(scene, health, network, control.clone())))
                });
            }
            Action::Release { chatbot } => {
                return self.transact(moment, chatbot, rival, records, |scene, loaded| {
                    Made::alone((Said::Done, engine::release(scene, &mut loaded.health)))
                });
            }
            Action::Policies(policies) => {
                self.policies = policies.as_ref().clone();
                records.push(Record { chatbot: None, said: Said::Done, happened: Vec::new() });
            }
            Action::Enrol { .. } | Action::Delete { .. } => records.push(self.enrol_or_delete(now, action)?),
        }
        if let Some(rival) = rival.take() {
            self.act(moment, rival, usize::MAX, None, records)?;
        }
        Ok(())
    }

    fn enrol_or_delete(&mut self, now: Timestamp, action: &Action) -> Result<Record, Failure> {
        let mut network = self.store.network().clone();
        let (mut said, mut happened) = (Said::Refused, Vec::new());
        let mut of = None;
        if let Action::Enrol { chatbot, kind } = action {
            network.moved(*kind, None, Some(Standing::Unknown));
            if self.store.enrol(chatbot, *kind, &Health::enrolled(stamp::milliseconds(now)), &network)? {
                said = Said::Done;
            }
            of = Some(chatbot.clone());
        } else if let Action::Delete { chatbot } = action {
            if let Some(Loaded { kind, health, .. }) = self.store.load(chatbot) {
                network.moved(kind, Some(health.standing()), None);
                happened = engine::resume(&mut network, kind, self.policies.of(chatbot));
                self.store.delete(chatbot, &network)?;
                said = Said::Done;
            }
            of = Some(chatbot.clone());
        }
        Ok(Record { chatbot: of, said, happened })
    }

    fn observe(
        &mut self,
        moment: Moment,
        chatbot: &Name,
        batches: &[Batch],
        rival: Option<&Action>,
        records: &mut Vec<Record>,
    ) -> Result<(), Failure> {
        let mut enrolled = None;
        self.transact(moment, chatbot, rival, records, |scene, Loaded { health, network, .. }| {
            enrolled = Some(health.enrolled);
            let Observed { folded, closed, finding } = engine::observe(health, batches, scene.policy, scene.now);
            let found = finding != Finding::Fine;
            let happened = engine::decide(scene, health, network, finding);
            Made { said: Said::Folded(folded), happened, closed, kept: folded.changed() || found, network: found }
        })?;
        if let (Some(Record { said: Said::Folded(folded), .. }), Some(enrolled)) = (records.last(), enrolled) {
            self.invariants.folded((chatbot, enrolled), batches, *folded)?;
        }
        Ok(())
    }

    /// Loads, changes and saves, again and again until nobody was faster.
    fn transact(
        &mut self,
        Moment { now, dice }: Moment,
        chatbot: &Name,
        mut rival: Option<&Action>,
        records: &mut Vec<Record>,
        mut change: impl FnMut(&Scene, &mut Loaded) -> Made,
    ) -> Result<(), Failure> {
        loop {
            let of = Some(chatbot.clone());
            let mut stored = self.store.load(chatbot);
            let made = stored.as_mut().map(|loaded| {
                let before = Before::from(&loaded.health);
                let scene = Scene { name: chatbot, kind: loaded.kind, policy: self.policies.of(chatbot), now, dice };
                let mut result = change(&scene, loaded);
                self.store.put_minutes(chatbot, loaded.health.enrolled, std::mem::take(&mut result.closed));
                (before, loaded, result)
            });
            if let Some(rival) = rival.take() {
                self.act(Moment { now, dice }, rival, usize::MAX, None, records)?;
            }
            let Some((before, after, Made { said, happened, kept, network, .. })) = made else {
                records.push(Record { chatbot: of, said: Said::Refused, happened: Vec::new() });
                return Ok(());
            };
            if kept {
                let Some(size) = self.store.save(chatbot, after, network)? else { continue };
                let policy = self.policies.of(chatbot);
                let saved = Saved { chatbot, policy, now, before, after, size, said, happened: &happened };
                self.invariants.saved(&saved)?;
            }
            records.push(Record { chatbot: of, said, happened });
            return Ok(());
        }
    }
}
