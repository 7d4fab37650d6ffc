//! Registration of chatbots: enrolment, changes, removal and lists.

mod delete;
mod enrol;
mod list;
mod state;
mod update;

pub(crate) use enrol::add_enrolment;
pub(crate) use state::{ChatbotState, chatbot_item, health_item, health_of};

pub use list::ChatbotFilter;
pub use state::health_attributes;
