//! The store on a real table: dynoxide over HTTP, through the client of the SDK.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod audit;
mod capacity;
mod chat;
mod chatbot_changes;
mod chatbots;
mod commit;
mod credentials;
mod events;
mod health;
mod incident_posts;
mod incidents;
mod ingestion;
mod institutions;
mod legacy;
mod notifications;
mod onboarding;
mod outages;
mod past_incidents;
mod planned_outages;
mod releases;
mod reports;
mod restore;
mod rollouts;
mod routes;
mod support;
mod transactions;
