//! A relocation: the move of a routed chatbot to another address, which has to pass its probes first.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::uri::ChatbotUri,
    health::circuit::{Circuit, Lease},
};

/// The pending address of a chatbot. Its probes, leases and backoff are those of a circuit of its own; the chatbot keeps
/// its route to the current address until that circuit closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relocation {
    uri: ChatbotUri,
    pub(super) circuit: Circuit,
}

/// The effect of a changed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressChange {
    /// The chatbot has the address at once.
    AtOnce,
    /// The address is pending: it has to pass its probes first.
    Pending,
    /// It is the current address: a pending one is dropped.
    Unchanged,
}

impl Relocation {
    /// Returns the relocation to `uri`, which is due for its first probe at `now`.
    #[must_use]
    pub fn new(uri: ChatbotUri, now: Timestamp) -> Self {
        Self { uri, circuit: Circuit::due_at_once(now) }
    }

    /// Returns the pending address.
    #[must_use]
    pub fn uri(&self) -> &ChatbotUri {
        &self.uri
    }

    /// Returns its circuit as it is at `now`.
    #[must_use]
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        self.circuit.at(now)
    }

    /// Returns whether the lease `id` is one to probe this address.
    pub(super) fn has_lease(&self, id: u64) -> bool {
        let has = |lease: &Lease| lease.id == id;
        matches!(&self.circuit, Circuit::HalfOpen { leases, .. } if leases.iter().any(has))
    }
}
