//! Brings back what the table lost, from a copy of it. An operator invokes it: for one part of the copy after the other, and
//! at last to finish.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{audit::Actor, chatbots::Name, routes::Revision};
use centops_store::{
    Store,
    audit::{Audit, AuditContext},
    restore::{CopyPosition, RestorePage, RestoredChatbot, Restoring},
};
use jiff::Timestamp;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

/// The name of the function, and of the operation in audit records.
const NAME: &str = "restore-items";
/// The time before the deadline at which no further page begins.
const MARGIN: Duration = Duration::from_mins(1);

/// The function.
#[derive(Debug)]
pub struct RestoreItems {
    store: Store,
    audit: Audit,
}

/// The command of an operator.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Command {
    /// Brings back what the table lacks of a part of a copy.
    Restore(Part),
    /// Corrects the counts and raises the revision, after the last part.
    Finish(Finish),
}

/// A part of a copy.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The name of the table that is the copy.
    copy: String,
    /// The time at which the copy was made.
    since: Timestamp,
    /// The subject of the operator, for the audit records. Without it, nothing is written.
    #[serde(default)]
    by: Option<String>,
    /// The position after which the part begins: `next` of the part before.
    #[serde(default)]
    after: Option<String>,
}

/// The end of a restore.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finish {
    /// The highest revision of the route table that DMRs may have.
    seen: Revision,
    /// Chatbots whose status or address depends on probes. While those of one have not decided, the restore does not end.
    #[serde(default)]
    await_probes: Vec<Name>,
    /// The subject of the operator, for the audit record.
    by: String,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The items that were brought back, or are missing.
    Restored {
        /// The number of items, by the first part of the partition key.
        restored: BTreeMap<String, u64>,
        /// The chatbots among them, with the status that they have then.
        chatbots: Vec<RestoredChatbot>,
        /// The subjects that stay away because they changed since the copy was made.
        #[serde(rename = "leftOut")]
        left_out: Vec<String>,
        /// The number of items of kinds that this release does not know.
        unknown: BTreeMap<String, u64>,
        /// The position of the next part; absent at the end of the copy.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<String>,
    },
    /// Probes have not decided yet.
    Undecided {
        /// The chatbots.
        undecided: Vec<Name>,
    },
    /// The end.
    Finished {
        /// The number of chatbots by which the counts were wrong.
        drift: u64,
        /// The revision of the route table.
        revision: Revision,
    },
}

impl Consumer for RestoreItems {
    type Event = Command;
    type Answer = Answer;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, audit: setup.audit()? })
    }

    async fn handle(&self, command: Command, invocation: &Invocation) -> Result<Answer, Error> {
        match command {
            Command::Restore(part) => Box::pin(self.restore(part, invocation)).await,
            Command::Finish(finish) => self.finish(finish, invocation).await,
        }
    }
}

impl RestoreItems {
    async fn restore(&self, part: Part, invocation: &Invocation) -> Result<Answer, Error> {
        let Part { copy, since, by, after } = part;
        let (now, apply) = (clock::now(), by.is_some());
        let actor = by.map_or_else(|| Actor::System(NAME.to_owned()), Actor::Person);
        let audit = AuditContext::new(&self.audit, actor, NAME, invocation.id.clone(), now);
        let changes = self.audit.changes_since(since, now).await?;
        let (copy, policy) = (self.store.of_copy(copy), self.store.policy().await?.value);
        let restoring = Restoring { copy: &copy, changes: &changes, policies: &policy, apply };
        let mut after: Option<CopyPosition> = after.map(|after| after.parse()).transpose()?;
        let mut all = match after {
            None => self.store.restore_changed(&audit, restoring).await?,
            Some(_) => RestorePage::default(),
        };
        loop {
            all.extend(self.store.restore_page(&audit, restoring, after.as_ref()).await?);
            after.clone_from(&all.next);
            if after.is_none() || SystemTime::now() + MARGIN >= invocation.deadline {
                break;
            }
        }
        let RestorePage { restored, chatbots, left_out, unknown, next } = all;
        let items: u64 = restored.values().sum();
        tracing::warn!(items, apply, "items of the copy that the table lacked items={items} apply={apply}");
        Ok(Answer::Restored { restored, chatbots, left_out, unknown, next: next.map(|next| next.to_string()) })
    }

    async fn finish(&self, finish: Finish, invocation: &Invocation) -> Result<Answer, Error> {
        let Finish { seen, await_probes, by } = finish;
        let undecided = self.store.awaiting_probes(await_probes).await?;
        if !undecided.is_empty() {
            return Ok(Answer::Undecided { undecided });
        }
        let recount = self.store.recount().await?;
        let audit = AuditContext::new(&self.audit, Actor::Person(by), NAME, invocation.id.clone(), clock::now());
        let revision = self.store.finish_restore(&audit, &recount, seen).await?;
        Ok(Answer::Finished { drift: recount.drift(), revision })
    }
}
