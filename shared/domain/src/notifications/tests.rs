//! Tests of the whole: events, decisions, messages.

mod cases;
mod choices;
mod importances;
mod model;
mod open_alerts;
mod properties;
mod world;
