//! Notifications from the event to the recipient, through the real functions, with the table on dynoxide and a recipient
//! that fails.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod capacity;
mod crashes;
mod destinations;
mod episodes;
mod lapses;
mod planned;
mod recipient;
mod releases;
mod suspected;
mod told;
mod world;
