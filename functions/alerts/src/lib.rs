//! The functions of the area `alerts`: subscriptions, and notifications from the event to the recipient.

mod access;
pub mod announce;
mod clients;
pub mod confirm_subscription;
mod confirmations;
pub mod create_subscription;
pub mod delete_subscription;
pub mod deliver_notifications;
mod event_list;
pub mod failure;
pub mod fan_out;
pub mod get_subscription;
mod holds;
pub mod list_chatbot_events;
pub mod list_events;
pub mod list_messages;
pub mod list_subscriptions;
pub mod outlet;
mod problems;
pub mod reannounce_events;
mod recipients;
pub mod reconcile_subscriptions;
pub mod record_undelivered;
pub mod redeliver_message;
pub mod rounds;
pub mod show_unsubscription;
pub mod subscribe_to_chatbot;
pub mod sweep_notifications;
pub mod test_subscription;
mod told;
pub mod unsubscribe;
mod unsubscription;
pub mod update_subscription;
pub mod wake;

#[cfg(test)]
mod tests;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-subscription", main: run_operation::<create_subscription::CreateSubscription> },
    Function { name: "list-subscriptions", main: run_operation::<list_subscriptions::ListSubscriptions> },
    Function { name: "get-subscription", main: run_operation::<get_subscription::GetSubscription> },
    Function { name: "update-subscription", main: run_operation::<update_subscription::UpdateSubscription> },
    Function { name: "delete-subscription", main: run_operation::<delete_subscription::DeleteSubscription> },
    Function { name: "test-subscription", main: run_operation::<test_subscription::TestSubscription> },
    Function { name: "confirm-subscription", main: run_operation::<confirm_subscription::ConfirmSubscription> },
    Function { name: "list-messages", main: run_operation::<list_messages::ListMessages> },
    Function { name: "redeliver-message", main: run_operation::<redeliver_message::RedeliverMessage> },
    Function { name: "show-unsubscription", main: run_operation::<show_unsubscription::ShowUnsubscription> },
    Function { name: "unsubscribe", main: run_operation::<unsubscribe::Unsubscribe> },
    Function { name: "subscribe-to-chatbot", main: run_operation::<subscribe_to_chatbot::SubscribeToChatbot> },
    Function { name: "list-events", main: run_operation::<list_events::ListEvents> },
    Function { name: "list-chatbot-events", main: run_operation::<list_chatbot_events::ListChatbotEvents> },
    Function { name: "announce", main: run_consumer::<announce::Announce> },
    Function { name: "fan-out", main: run_consumer::<fan_out::FanOut> },
    Function { name: "deliver-notifications", main: run_consumer::<deliver_notifications::DeliverNotifications> },
    Function { name: "sweep-notifications", main: run_consumer::<sweep_notifications::SweepNotifications> },
    Function { name: "record-undelivered", main: run_consumer::<record_undelivered::RecordUndelivered> },
    Function { name: "reconcile-subscriptions", main: run_consumer::<reconcile_subscriptions::ReconcileSubscriptions> },
    Function { name: "reannounce-events", main: run_operation::<reannounce_events::ReannounceEvents> },
];
