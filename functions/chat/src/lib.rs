//! The functions of the area `chat`: commands of chats, and signed webhooks and a topic that run actions.
//!
//! None of them but `post-incidents`, which tells rooms about incidents, has a right to the tables of what it runs. Each invokes the Lambda functions of the operations with the
//! person as the authorizer would name them, so that roles, scopes, validation and audit records are those of the operations.

pub mod create_chat_link;
mod http;
mod incident_texts;
mod invoke;
mod people;
pub mod post_incidents;
mod poster;
pub mod receive_chat_request;
pub mod receive_webhook;
mod respond;
mod run;
pub mod run_topic_actions;
mod settings;
mod texts;

use centops_api::{Function, run_consumer, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "receive-chat-request", main: run_operation::<receive_chat_request::ReceiveChatRequest> },
    Function { name: "create-chat-link", main: run_operation::<create_chat_link::CreateChatLink> },
    Function { name: "receive-webhook", main: run_operation::<receive_webhook::ReceiveWebhook> },
    Function { name: "post-incidents", main: run_consumer::<post_incidents::PostIncidents> },
    Function { name: "run-topic-actions", main: run_consumer::<run_topic_actions::RunTopicActions> },
];
