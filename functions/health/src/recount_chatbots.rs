//! Compares the counts of the network with its chatbots, each day. Invoked by an operator with `{"apply": true, "by": …}`,
//! it corrects them.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::COUNT_DRIFT;
use centops_domain::{audit::Actor, health::Network};
use centops_store::{
    Store,
    audit::{Audit, AuditContext},
};
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};

/// The name of the function, and of the operation in audit records.
const NAME: &str = "recount-chatbots";

/// The function.
#[derive(Debug)]
pub struct RecountChatbots {
    store: Store,
    audit: Audit,
}

/// The command of an operator. The event of the schedule has none of its members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Command {
    /// True to correct wrong counts.
    apply: bool,
    /// The subject of the operator, for the audit record.
    by: Option<String>,
}

/// The answer: the counts, and the result.
#[derive(Debug, Serialize)]
pub struct Recounted {
    /// The number of chatbots by which the stored counts were wrong.
    drift: u64,
    /// The counts that were stored.
    stored: Network,
    /// The counts of the chatbots.
    actual: Network,
    /// True if they were corrected.
    corrected: bool,
}

impl Consumer for RecountChatbots {
    type Event = Command;
    type Answer = Recounted;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, audit: setup.audit()? })
    }

    async fn handle(&self, Command { apply, by }: Command, invocation: &Invocation) -> Result<Recounted, Error> {
        let recount = self.store.recount().await?;
        let drift = recount.drift();
        invocation.metrics.record(COUNT_DRIFT, drift);
        let corrected = apply && drift > 0;
        if corrected {
            let actor = by.map_or_else(|| Actor::System(NAME.to_owned()), Actor::Person);
            let audit = AuditContext::new(&self.audit, actor, NAME, invocation.id.clone(), clock::now());
            self.store.repair_counts(&audit, &recount).await?;
            tracing::warn!(drift, "counts corrected drift={drift}");
        } else if drift > 0 {
            tracing::error!(drift, "counts of the network are wrong drift={drift}");
        }
        Ok(Recounted { drift, stored: recount.stored.view(), actual: recount.actual.view(), corrected })
    }
}
