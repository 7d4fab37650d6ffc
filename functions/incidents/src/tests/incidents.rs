//! Incidents from the event to the resolution, through the real functions, with the table on dynoxide and chatbots that
//! fail, in simulated time.

mod advice;
mod capacity;
mod checks;
mod episodes;
mod storms;
mod world;
