//! A function that a queue, a stream or a schedule starts, as a type.

use std::{future::Future, time::SystemTime};

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Metrics, Setup, StartError, clock};

/// A function without an operation of the API: an event comes in, and the answer says what to deliver again.
pub trait Consumer: Sized + Send + Sync + 'static {
    /// The event, as the service that starts the function sends it.
    type Event: DeserializeOwned;

    /// The answer to that service.
    type Answer: Serialize;

    /// Makes the clients and settings of the function. It runs once, when an environment starts.
    ///
    /// # Errors
    /// When a setting is missing or wrong: the environment does not start then.
    fn start(setup: &Setup) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Handles one event.
    ///
    /// # Errors
    /// When the whole event is to be delivered again.
    fn handle(&self, event: Self::Event, invocation: &Invocation) -> impl Future<Output = Result<Self::Answer, Error>>;
}

/// One run of a function.
#[derive(Debug)]
pub struct Invocation {
    /// The id of the run, as its logs have it.
    pub id: String,
    /// The time at which Lambda ends the run.
    pub deadline: SystemTime,
    /// The metrics of the run.
    pub metrics: Metrics,
}

/// Runs `C` until its environment ends.
///
/// # Errors
/// When the function cannot start, or the Lambda Runtime API is gone.
pub(crate) async fn consume<C: Consumer>() -> Result<(), Error> {
    let setup = Setup::from_environment()?;
    let namespace = &setup.variable("METRICS_NAMESPACE")?;
    let consumer = &C::start(&setup).await?;
    let handler = service_fn(|event: LambdaEvent<C::Event>| async move {
        let (deadline, id) = (event.context.deadline(), event.context.request_id);
        let invocation = Invocation { id, deadline, metrics: Metrics::default() };
        let answer = consumer.handle(event.payload, &invocation).await;
        invocation.metrics.write(namespace, clock::now());
        answer
    });
    // The handler's future is in it: on the heap, for it is large.
    Box::pin(lambda_runtime::run(handler)).await
}
