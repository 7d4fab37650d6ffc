//! Registration of chatbots: enrolment, changes, removal and lists.

mod changes;
mod delete;
mod enrol;
mod list;
mod state;
mod update;

pub(crate) use enrol::add_enrolment;
pub(crate) use state::{ChatbotState, chatbot_item, health_item, health_of};

pub use changes::{ChatbotChanges, MOST_CHANGED};
pub use delete::Removal;
pub use list::{ChatbotFilter, InstitutionPosition, InvalidInstitutionPosition};
pub use state::health_attributes;
