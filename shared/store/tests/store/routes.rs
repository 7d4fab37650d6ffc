//! The route table: its change log, snapshots, and the lookup of one route.

mod change_log;
mod snapshots;
mod subscriptions;

use centops_domain::chatbots::Status;
use centops_store::{StoreError, routes::RouteLookup};

use crate::support::{Table, chatbot, name, start};

#[tokio::test]
async fn lookup_distinguishes_routed_not_routed_and_unknown() {
    let table = Table::new().await;
    assert!(matches!(table.store.lookup_route(&name("tax")).await, Err(StoreError::NotFound)));
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let lookup = table.store.lookup_route(&name("tax")).await.expect("enrolled");
    assert_eq!(lookup, RouteLookup::NotRouted { status: Status::Unknown, since: start() });
    let police = table.online("police", start()).await;
    assert!(matches!(table.store.lookup_route(&police).await, Ok(RouteLookup::Routed(route)) if route.name == police));
}
