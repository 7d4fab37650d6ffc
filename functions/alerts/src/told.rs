//! The timelines of incidents: which subscriptions were told of an outage, and of its end.

use centops_domain::notifications::Subscription;
use centops_store::{Store, notifications::OpenMessage};
use futures::{StreamExt, stream};
use jiff::Timestamp;

/// The most incidents that are written at once.
const IN_FLIGHT: usize = 16;

/// Adds to the timelines of incidents that the message `id` of `open` was accepted at `at`. A failure is logged only: the
/// message was delivered.
pub(crate) async fn record(store: &Store, of: &Subscription, open: &OpenMessage, id: &str, at: Timestamp) {
    let recorded = stream::iter(open.told()).for_each_concurrent(IN_FLIGHT, |(chatbot, status)| async move {
        if let Err(error) = store.record_told(of, (chatbot, *status), id, at).await {
            let chatbot = &chatbot.name;
            tracing::warn!(%error, subscription = %of.id, message = id, %chatbot, "timeline not written message={id}");
        }
    });
    recorded.await;
}
