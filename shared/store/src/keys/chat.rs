//! The keys of links of accounts of chats, of requests that were taken, and of messages about incidents.

use centops_domain::{chat::Account, credentials::SecretHash, incidents::IncidentId};

use crate::table::{Key, key};

/// Returns the key of the code to link an account, by the hash of the code.
pub(crate) fn chat_code(hash: &SecretHash) -> Key {
    key(format!("CHAT_CODE#{}", String::from(hash.clone())), "CHAT_CODE")
}

/// Returns the key of the link of `account`.
pub(crate) fn chat_link(account: &Account) -> Key {
    key(format!("CHAT_LINK#{}", account.hash()), "CHAT_LINK")
}

/// Returns the key of a request that was taken. `id` is a hash.
pub(crate) fn taken(id: &str) -> Key {
    key(format!("TAKEN#{id}"), "TAKEN")
}

/// Returns the key of the message about `incident` in the room `room`.
pub(crate) fn chat_post(incident: IncidentId, room: &str) -> Key {
    key(format!("CHAT_POST#{incident}"), room)
}
