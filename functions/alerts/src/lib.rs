//! The functions of the area `alerts`: events, announcements and subscriptions.

pub mod announce;
pub mod create_subscription;
mod event_list;
pub mod list_chatbot_events;
pub mod list_events;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-subscription", main: run_operation::<create_subscription::CreateSubscription> },
    Function { name: "announce", main: run_consumer::<announce::Announce> },
    Function { name: "list-events", main: run_operation::<list_events::ListEvents> },
    Function { name: "list-chatbot-events", main: run_operation::<list_chatbot_events::ListChatbotEvents> },
];
