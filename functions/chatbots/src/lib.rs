//! The functions of the area `chatbots`: enrols, shows, changes and removes chatbots.

pub mod create_chatbot;
pub mod delete_chatbot;
pub mod get_chatbot;
pub mod list_chatbots;
pub mod update_chatbot;

use centops_api::{Function, run_operation};

/// The area's functions, for the multi-call binary.
pub const FUNCTIONS: &[Function] = &[
    Function { name: "create-chatbot", main: run_operation::<create_chatbot::CreateChatbot> },
    Function { name: "get-chatbot", main: run_operation::<get_chatbot::GetChatbot> },
    Function { name: "list-chatbots", main: run_operation::<list_chatbots::ListChatbots> },
    Function { name: "update-chatbot", main: run_operation::<update_chatbot::UpdateChatbot> },
    Function { name: "delete-chatbot", main: run_operation::<delete_chatbot::DeleteChatbot> },
];
