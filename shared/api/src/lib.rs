//! The frame of every function: start, callers, bodies, answers, problems, entity tags, cursors.
//!
//! A function is a type that implements [`Operation`] (behind a gateway) or [`Consumer`] (behind a queue, a stream or a
//! schedule). Its binary calls [`run_operation`] or [`run_consumer`] and does nothing else, so that the same functions run
//! as Lambdas, in one multi-call binary on one machine, and in tests without a process.

mod call;
pub mod callers;
pub mod clock;
mod consumer;
mod cors;
pub mod cursor;
pub mod etag;
mod metrics;
mod operation;
mod pointer;
pub mod problem;
pub mod quality;
pub mod random;
pub mod reply;
pub mod request;
mod serve;
mod setup;
#[cfg(feature = "testing")]
pub mod testing;
mod unique_names;

use std::future::Future;

use lambda_http::{Body, Error, Response};

pub use lambda_http::http::StatusCode;

pub use call::{Call, RequestedPage};
pub use consumer::{Consumer, Invocation};
pub use metrics::Metrics;
pub use operation::{Anyone, Chatbot, Device, Dmr, FromBody, FromCaller, FromSetup, Json, NoBody, Operation, Raw};
pub use problem::Problem;
pub use serve::respond;
pub use setup::{ROOTS, Setup, StartError};

/// The result of a handler.
pub type Reply = Result<Response<Body>, Problem>;

/// The entry point of a function: it returns when the Lambda Runtime API is gone.
pub type Main = fn() -> Result<(), Error>;

/// A function by its name, for the multi-call binary.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// The name: the operation's id, or the name that the contract gives to a consumer.
    pub name: &'static str,
    /// The entry point.
    pub main: Main,
}

/// Runs the operation `O` as a Lambda function.
///
/// # Errors
/// When it cannot start, or the Lambda Runtime API is gone.
pub fn run_operation<O: Operation>() -> Result<(), Error> {
    block_on(serve::serve::<O>())
}

/// Runs the consumer `C` as a Lambda function.
///
/// # Errors
/// When it cannot start, or the Lambda Runtime API is gone.
pub fn run_consumer<C: Consumer>() -> Result<(), Error> {
    block_on(consumer::consume::<C>())
}

/// Runs on one thread: a Lambda environment has one request at a time.
fn block_on(function: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(function)
}
