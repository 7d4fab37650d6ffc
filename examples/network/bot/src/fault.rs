//! Faults that the fault plan switches on: `PUT /fault` on a loopback port.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A period of flapping, and the part of it in which the bot fails, in seconds.
const FLAP: (u64, u64) = (6, 4);

/// How the bot fails.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", deny_unknown_fields)]
pub enum Fault {
    /// It works.
    #[default]
    None,
    /// It does not listen.
    Refuse,
    /// It takes a request and never answers.
    Hang,
    /// It answers 500.
    Error,
    /// It answers after 12 s.
    Slow,
    /// It closes the connection in the middle of the body.
    Cut,
    /// It answers 500 for four seconds, then works for two seconds.
    Flap,
    /// It closes connections from one address: the network between it and one DMR is cut.
    Partition {
        /// The address.
        from: IpAddr,
    },
}

/// What happens to one request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Effect {
    /// It is answered.
    Answer,
    /// It is never answered.
    Hang,
    /// 500.
    Error,
    /// It is answered after a delay.
    Delay(Duration),
    /// The body ends early.
    Cut,
}

impl Fault {
    /// Returns what happens to a request that arrives `elapsed` after the fault began.
    #[must_use]
    pub fn effect(&self, elapsed: Duration) -> Effect {
        match self {
            Self::Hang => Effect::Hang,
            Self::Error => Effect::Error,
            Self::Slow => Effect::Delay(Duration::from_secs(12)),
            Self::Cut => Effect::Cut,
            Self::Flap if elapsed.as_secs() % FLAP.0 < FLAP.1 => Effect::Error,
            Self::None | Self::Refuse | Self::Partition { .. } | Self::Flap => Effect::Answer,
        }
    }
}

/// The fault with the time when it began. All parts of the bot see the same.
#[derive(Clone, Debug)]
pub struct Switch(watch::Sender<(Fault, Instant)>);

impl Default for Switch {
    fn default() -> Self {
        Self(watch::Sender::new((Fault::None, Instant::now())))
    }
}

impl Switch {
    /// Returns the fault.
    #[must_use]
    pub fn current(&self) -> Fault {
        self.0.borrow().0.clone()
    }

    /// Sets the fault.
    pub fn set(&self, fault: Fault) {
        self.0.send_replace((fault, Instant::now()));
    }

    /// Returns what happens to a request now.
    #[must_use]
    pub fn effect(&self) -> Effect {
        let (fault, since) = &*self.0.borrow();
        fault.effect(since.elapsed())
    }

    /// Waits until `condition` holds for the fault.
    pub async fn wait_for(&self, condition: impl Fn(&Fault) -> bool) {
        // The sender lives in `self`, so the channel is never closed.
        let mut faults = self.0.subscribe();
        let _open = faults.wait_for(|(fault, _)| condition(fault)).await;
    }

    /// Returns the routes of the control port: `GET` and `PUT /fault`.
    pub fn router(self) -> Router {
        let read = async |State(switch): State<Self>| Json(switch.current());
        let write = async |State(switch): State<Self>, Json(fault): Json<Fault>| {
            tracing::warn!(?fault, "fault set");
            switch.set(fault.clone());
            Json(fault)
        };
        Router::new().route("/fault", get(read).put(write)).with_state(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flapping_alternates() {
        let effect = |seconds| Fault::Flap.effect(Duration::from_secs(seconds));
        let expected = [Effect::Error, Effect::Error, Effect::Answer, Effect::Answer, Effect::Error];
        assert_eq!([0, 3, 4, 5, 6].map(effect), expected);
    }
}
