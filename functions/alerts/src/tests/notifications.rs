//! Notifications from the event to the recipient, through the real functions, with the table on dynoxide and a recipient
//! that fails.

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
