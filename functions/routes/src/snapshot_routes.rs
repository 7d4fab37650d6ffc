//! Runs on a schedule: makes a snapshot of the route table if the last one is too old. New environments start from it.

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::{ROUTE_REVISION, ROUTES, SNAPSHOT_LAG};
use centops_store::Store;
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The function.
#[derive(Debug)]
pub struct SnapshotRoutes {
    store: Store,
}

impl Consumer for SnapshotRoutes {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let run = self.store.make_snapshot(clock::now()).await?;
        invocation.metrics.record(ROUTE_REVISION, run.revision);
        invocation.metrics.record(ROUTES, run.routes);
        invocation.metrics.record(SNAPSHOT_LAG, run.lag);
        match run.made {
            None => tracing::info!("last snapshot still recent"),
            Some(made) => {
                let revision = made.head.revision;
                tracing::info!(
                    revision,
                    routes = made.head.count,
                    parts = made.parts,
                    "snapshot made revision={revision}"
                );
            }
        }
        Ok(())
    }
}
