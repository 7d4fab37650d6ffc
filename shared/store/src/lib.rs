//! The table of CentOps, and its audit trail.
//!
//! Only this crate knows keys and attribute names ([`keys`] has them all, [`audit::keys`] the trail's).
//! Every write that changes the route table is one transaction of all that must hold together: the
//! chatbot, its health, the change log, the revision and the event; several such changes at the same time
//! share one, and one revision. A write that a caller makes
//! takes its [`audit::Act`], and leaves the record of it in the same transaction. Every other write is one
//! compare-and-set on the item's `version`. No read-modify-write is left unguarded, so callers may retry
//! anything.
//!
//! | use | file |
//! |---|---|
//! | enrolment | [`chatbots`] |
//! | who takes part beside the chatbots | [`institutions`], [`peers`] |
//! | what older clients ask for | [`participants`] |
//! | onboarding | [`invitations`] |
//! | routing | [`routes`], [`snapshots`] |
//! | the transaction of a route change | [`revisions`], [`turn`], [`transaction`] |
//! | observing, deciding and probing | [`health`], [`probes`], [`dmrs`] |
//! | what observing leaves | [`history`], [`logs`] |
//! | what it goes by | [`policies`], [`network`] |
//! | releases | [`releases`] |
//! | which certificates get in, and with which API keys | [`certificates`], [`api_keys`] |
//! | who hears of what | [`subscriptions`] |
//! | what the table's stream tells | [`events`] |
//! | who did what, in a table of its own | [`audit`] |

pub mod api_keys;
pub mod audit;
pub mod certificates;
pub mod chatbots;
pub mod dmrs;
mod error;
pub mod events;
pub mod health;
pub mod history;
pub mod institutions;
pub mod invitations;
mod item;
pub mod keys;
pub mod logs;
pub mod network;
pub mod participants;
pub mod peers;
pub mod policies;
pub mod probes;
pub mod releases;
mod revisions;
pub mod route_subscriptions;
pub mod routes;
pub mod snapshots;
pub mod stream;
pub mod subscriptions;
mod transaction;
mod turn;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use revisions::Revisions;

pub use error::StoreError;
pub use item::Versioned;
pub use routes::Consistency;

/// How often an unconditional change is tried anew when others change the same items. Each failure
/// means that another succeeded; at the usual few milliseconds a try this bounds a call to a fraction
/// of a second.
const ATTEMPTS: usize = 16;

/// The table, through one client. Clones are one: they share the transactions of route changes.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
    revisions: Arc<Revisions>,
}

impl Store {
    /// The table named `table`.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, revisions: Arc::default() }
    }

    /// Opens the connection to the table (name look-up, TCP, TLS) with one cheap real read, so that
    /// the first caller need not wait for it. Its outcome does not matter: the caller's own request
    /// will meet the same fault and report it.
    pub async fn warm_up(&self) {
        if let Err(error) = self.head(Consistency::Eventual).await {
            tracing::info!(%error, "the table did not answer the first read");
        }
    }
}
