//! One request: match, authorize, call, answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::http::request::Parts;
use jiff::Timestamp;
use tokio::time::timeout;
use tracing::{info, warn};
use uuid::Uuid;

use crate::answer::{self, Answer, Refusal};
use crate::contract::Contract;
use crate::event::{Api, Call, Client};
use crate::lambda::{CallError, Functions};
use crate::policy::Authorization;

const AUTHORIZER: &str = "authorize";
/// API Gateway takes bodies up to this size.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
const DISCARD_LIMIT: usize = 4 * BODY_LIMIT;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// What stands between a verified client and the functions.
#[derive(Debug)]
pub struct Gateway {
    api: Api,
    contract: Contract,
    functions: Functions,
}

impl Gateway {
    /// A gateway for the network operations of a contract.
    #[must_use]
    pub fn new(api: Api, contract: Contract, functions: Functions) -> Self {
        Self { api, contract, functions }
    }

    /// Answers a request, and logs it.
    pub async fn handle(&self, client: Client, request: Request<Incoming>) -> Answer {
        let started = Instant::now();
        let id = Uuid::new_v4();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let subject = client.certificate.subject_dn.clone();
        let mut answer = match self.answer(id, client, request).await {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(),
        };
        answer::name_request(&mut answer, id);
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        info!(%id, %method, path, status = answer.status().as_u16(), subject, ms, "request");
        answer
    }

    async fn answer(&self, id: Uuid, client: Client, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let (request, body) = request.into_parts();
        let body = timeout(BODY_TIMEOUT, read(body)).await.map_err(|_| Refusal::Body)??;
        let call = self.matched(id, client, request)?;
        let authorizer = self.authorize(&call).await?;
        let event = call.proxy_event(&self.api, &authorizer, &body);
        let payload = self.functions.call(&call.matched.operation, &event).await.map_err(|error| {
            warn!(%id, %error, "function");
            match error {
                CallError::Timeout(_) => Refusal::Timeout,
                CallError::TooLarge(_) => Refusal::TooLarge,
                CallError::Failed { .. } | CallError::Service { .. } => Refusal::Function,
            }
        })?;
        answer::from_function(&payload).map_err(|error| {
            warn!(%id, %error, "function");
            Refusal::Function
        })
    }

    fn matched(&self, id: Uuid, client: Client, request: Parts) -> Result<Call, Refusal> {
        let matched = self.contract.find(&request.method, request.uri.path()).ok_or(Refusal::NoOperation)?;
        Ok(Call { id, at: Timestamp::now(), client, matched, request })
    }

    /// What the authorizer says of the caller, when its policy allows the call.
    async fn authorize(&self, call: &Call) -> Result<BTreeMap<String, String>, Refusal> {
        let id = call.id;
        let unusable = |error: &dyn std::fmt::Display| {
            warn!(%id, %error, "authorizer");
            Refusal::Authorizer
        };
        let event = call.authorizer_event(&self.api);
        let payload = match self.functions.call(AUTHORIZER, &event).await {
            Ok(payload) => payload,
            Err(CallError::Failed { message, .. }) if message == "Unauthorized" => {
                return Err(Refusal::Unauthorized);
            }
            Err(error) => return Err(unusable(&error)),
        };
        let authorization: Authorization = serde_json::from_slice(&payload).map_err(|error| unusable(&error))?;
        if !authorization.allows(&call.method_arn(&self.api)) {
            return Err(Refusal::Denied);
        }
        authorization.into_context().map_err(|error| unusable(&error))
    }
}

/// Reads a body. What is over the limit is read too and dropped, up to a point: a client that still
/// writes would otherwise see its connection break instead of the answer.
async fn read(mut body: Incoming) -> Result<Bytes, Refusal> {
    let mut kept = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::Body)?.into_data() else {
            continue;
        };
        total += data.len();
        if total <= BODY_LIMIT {
            kept.extend_from_slice(&data);
        } else if total > DISCARD_LIMIT {
            break;
        }
    }
    if total > BODY_LIMIT {
        return Err(Refusal::TooLarge);
    }
    Ok(kept.into())
}
