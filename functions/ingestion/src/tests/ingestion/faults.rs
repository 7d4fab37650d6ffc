//! Faults between a function and the table, and crashes of the function.

use std::{
    future::{Future, poll_fn},
    net::TcpListener,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

use aws_sdk_dynamodb::{
    Client,
    config::http::HttpRequest,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut},
    },
    error::BoxError,
};
use fastrand::Rng;

#[derive(Debug, Default)]
struct State {
    /// The partition whose writes fail.
    unwritable: Option<String>,
    /// True if its reads fail as well.
    unreadable: bool,
    /// A listener that never answers. Writes of the partition go there.
    unresponsive: Option<TcpListener>,
    /// Of a thousand requests, those that are lost, and as many whose response is lost.
    lost: u32,
    /// The partition of which the response to the next write is lost, and whose writes fail from then on.
    next_lost: Option<String>,
    /// True while that write is under way.
    is_losing: bool,
    random: Rng,
}

/// The faults of a client.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

impl Faults {
    /// Returns a client like `client` with faults.
    pub fn on(client: &Client, seed: u64) -> (Self, Client) {
        let faults = Self::default();
        faults.state().random = Rng::with_seed(seed);
        let config = client.config().to_builder().interceptor(faults.clone()).build();
        (faults, Client::from_conf(config))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("the state")
    }

    /// Makes writes of the health of `chatbot` get no answer.
    pub fn silence(&self, chatbot: &str) {
        self.block(chatbot, false);
        self.state().unresponsive = Some(TcpListener::bind("127.0.0.1:0").expect("a port"));
    }

    /// Makes the health of `chatbot` impossible to save, and to read if `unreadable`.
    pub fn block(&self, chatbot: &str, unreadable: bool) {
        let mut state = self.state();
        (state.unwritable, state.unreadable) = (Some(format!("\"HEALTH#{chatbot}\"")), unreadable);
        state.unresponsive = None;
    }

    /// Ends [`Faults::block`].
    pub fn unblock(&self) {
        self.state().unwritable = None;
    }

    /// Loses the response to the next write of the health of `chatbot`, and blocks it from then on, so that the
    /// repetition of the write fails too: its outcome stays unknown. A response does not say what it belongs to, so no
    /// other request may be under way.
    pub fn block_after_next_write_of(&self, chatbot: &str) {
        self.state().next_lost = Some(format!("\"HEALTH#{chatbot}\""));
    }

    /// Loses `rate` of a thousand requests, and as many responses.
    pub fn lose(&self, rate: u32) {
        self.state().lost = rate;
    }
}

impl Intercept for Faults {
    fn name(&self) -> &'static str {
        "faults"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        let body = String::from_utf8_lossy(context.request().body().bytes().unwrap_or_default());
        let is_read = is_read(context.request());
        let is_blocked = state.unwritable.as_ref().is_some_and(|key| body.contains(key));
        if is_blocked && let Some(listener) = &state.unresponsive {
            if !is_read {
                context.request_mut().set_uri(format!("http://{}/", listener.local_addr()?))?;
            }
            return Ok(());
        }
        if (is_blocked && (state.unreadable || !is_read)) || state.random.u32(..1000) < state.lost {
            return Err("the request is lost".into());
        }
        if let Some(key) = state.next_lost.take_if(|key| !is_read && body.contains(&**key)) {
            (state.unwritable, state.unreadable, state.is_losing) = (Some(key), false, true);
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut state = self.state();
        let is_lost = std::mem::take(&mut state.is_losing) || state.random.u32(..1000) < state.lost;
        if is_lost { Err("the response is lost".into()) } else { Ok(()) }
    }
}

fn is_read(request: &HttpRequest) -> bool {
    request.headers().get("x-amz-target") == Some("DynamoDB_20120810.GetItem")
}

/// Runs `future` until it has been polled `polls` times, and then drops it: the function crashes. Requests that were
/// sent may still be carried out.
pub async fn crash_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
