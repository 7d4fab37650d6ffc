//! Incidents from the event to the resolution, through the real functions, with the table on dynoxide and chatbots that
//! fail, in simulated time.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod advice;
mod capacity;
mod checks;
mod episodes;
mod storms;
mod world;
