//! An operation of the API as a type: its entry in the contract, its caller, its body, its state and its handler.
//!
//! A handler knows neither the gateway's event nor the environment. [`crate::serve`] refuses callers by the contract's
//! table, reads the caller and the body into types that cannot be wrong, and calls [`Operation::call`].

use std::future::Future;

use centops_contract as contract;
use centops_domain::{
    callers::{Caller, Person},
    chatbots::{AllowedNetworks, Name},
    credentials::Profile,
};
use centops_store::{Store, audit::Audit};
use lambda_http::Request;
use serde::de::DeserializeOwned;

use crate::{Call, Problem, Reply, Setup, StartError, request};

/// One operation of the contract, answered by one Lambda function.
pub trait Operation: Sized + 'static {
    /// The operation's entry in the contract.
    const CONTRACT: contract::Operation;

    /// The caller that the contract lets in: [`Person`], [`Dmr`], [`Chatbot`], [`Device`] or [`Anyone`].
    type Caller: FromCaller;

    /// The request's body: [`Json`] of a type, or [`NoBody`].
    type Body: FromBody;

    /// The clients and settings: [`Store`], a pair such as `(Store, AllowedNetworks)`, or a type of the
    /// operation's own.
    type State: FromSetup;

    /// Answers one request of a caller that the contract lets in.
    fn call(state: &Self::State, call: Call<'_, Self>) -> impl Future<Output = Reply> + Send;
}

/// Clients and settings of an operation. They are made once, when an environment starts.
pub trait FromSetup: Sized + Send + Sync + 'static {
    /// Makes the clients, and reads the settings.
    ///
    /// # Errors
    /// When a setting is missing or wrong: the environment does not start then.
    fn from_setup(setup: &Setup) -> impl Future<Output = Result<Self, StartError>> + Send;
}

impl FromSetup for Store {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        setup.store().await
    }
}

impl FromSetup for Audit {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        setup.audit()
    }
}

/// The networks that are not public and that addresses may be in all the same.
impl FromSetup for AllowedNetworks {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        setup.allowed_networks()
    }
}

impl<A: FromSetup, B: FromSetup> FromSetup for (A, B) {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok((A::from_setup(setup).await?, B::from_setup(setup).await?))
    }
}

/// A kind of caller that a handler takes.
pub trait FromCaller: Sized + Send {
    /// The words of the contract that this type covers. An operation that lets in any other does not compile.
    const COVERS: &'static [contract::Caller];

    /// Returns the caller as this type, or `None` when it is of another kind. `caller` is absent where no credentials are
    /// needed.
    fn from_caller(caller: Option<Caller>) -> Option<Self>;
}

impl FromCaller for Person {
    const COVERS: &'static [contract::Caller] = &[
        contract::Caller::Admin,
        contract::Caller::Operator,
        contract::Caller::Viewer,
        contract::Caller::Owner,
        contract::Caller::Person,
    ];

    fn from_caller(caller: Option<Caller>) -> Option<Self> {
        if let Caller::Person(person) = caller? { Some(person) } else { None }
    }
}

/// Anybody: an operation without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anyone;

impl FromCaller for Anyone {
    const COVERS: &'static [contract::Caller] = &[contract::Caller::Anyone];

    fn from_caller(_: Option<Caller>) -> Option<Self> {
        Some(Self)
    }
}

/// The DMR that calls, by the name in its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmr(pub Name);

impl FromCaller for Dmr {
    const COVERS: &'static [contract::Caller] = &[contract::Caller::Dmr];

    fn from_caller(caller: Option<Caller>) -> Option<Self> {
        if let Caller::Dmr(name) = caller? { Some(Self(name)) } else { None }
    }
}

/// The chatbot that calls, by the name in its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chatbot(pub Name);

impl FromCaller for Chatbot {
    const COVERS: &'static [contract::Caller] = &[contract::Caller::Chatbot];

    fn from_caller(caller: Option<Caller>) -> Option<Self> {
        if let Caller::Chatbot(name) = caller? { Some(Self(name)) } else { None }
    }
}

/// The DMR or chatbot that calls, by its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The profile in the certificate.
    pub profile: Profile,
    /// The name in the certificate.
    pub name: Name,
}

impl FromCaller for Device {
    const COVERS: &'static [contract::Caller] = &[contract::Caller::Dmr, contract::Caller::Chatbot];

    fn from_caller(caller: Option<Caller>) -> Option<Self> {
        match caller? {
            Caller::Dmr(name) => Some(Self { profile: Profile::Dmr, name }),
            Caller::Chatbot(name) => Some(Self { profile: Profile::Chatbot, name }),
            Caller::Person(_) => None,
        }
    }
}

/// A type that a request's body is read into.
pub trait FromBody: Sized + Send {
    /// Reads the body of `request`.
    ///
    /// # Errors
    /// 400 that names the first field that is wrong; 413.
    fn from_body(request: &Request) -> Result<Self, Problem>;
}

/// No body: one that is sent is not read.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

impl FromBody for NoBody {
    fn from_body(_: &Request) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// A body as it came, of any content type.
#[derive(Clone)]
pub struct Raw(pub Vec<u8>);

impl std::fmt::Debug for Raw {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Raw({} bytes)", self.0.len())
    }
}

impl FromBody for Raw {
    fn from_body(request: &Request) -> Result<Self, Problem> {
        Ok(Self(request.body().to_vec()))
    }
}

/// A body of JSON, as a `T`.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Send> FromBody for Json<T> {
    fn from_body(request: &Request) -> Result<Self, Problem> {
        request::body(request).map(Self)
    }
}
