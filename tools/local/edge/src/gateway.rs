//! The request path: match an operation, call the authorizer, invoke the function, respond.

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

use crate::event::{Api, GatewayRequest, TlsClient};
use crate::lambda::{Functions, InvocationError};
use crate::operations::OperationRouter;
use crate::policy::Authorization;
use crate::response::{self, GatewayError, HttpResponse};

const AUTHORIZER: &str = "authorize";
/// The size limit of a request body: that of API Gateway.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
const DISCARD_LIMIT: usize = 4 * BODY_LIMIT;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers the requests of verified clients.
#[derive(Debug)]
pub struct Gateway {
    api: Api,
    operations: OperationRouter,
    functions: Functions,
}

impl Gateway {
    /// Creates a gateway.
    #[must_use]
    pub fn new(api: Api, operations: OperationRouter, functions: Functions) -> Self {
        Self { api, operations, functions }
    }

    /// Answers a request and logs it.
    pub async fn handle(&self, client: TlsClient, request: Request<Incoming>) -> HttpResponse {
        let started = Instant::now();
        let id = Uuid::new_v4();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let subject = client.certificate.subject_dn.clone();
        let mut response = match self.respond(id, client, request).await {
            Ok(response) => response,
            Err(error) => error.response(),
        };
        response::set_request_id(&mut response, id);
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        info!(%id, %method, path, status = response.status().as_u16(), subject, ms, "request handled");
        response
    }

    async fn respond(
        &self,
        id: Uuid,
        client: TlsClient,
        request: Request<Incoming>,
    ) -> Result<HttpResponse, GatewayError> {
        let (head, body) = request.into_parts();
        let body = timeout(BODY_TIMEOUT, read_body(body)).await.map_err(|_| GatewayError::BadRequestBody)??;
        let request = self.match_operation(id, client, head)?;
        let authorizer = self.authorize(&request).await?;
        let event = request.proxy_event(&self.api, &authorizer, &body);
        let function = request.operation.function;
        let payload = self.functions.invoke(function, &event).await.map_err(|error| {
            warn!(%id, function, %error, "function invocation failed");
            match error {
                InvocationError::Timeout(_) => GatewayError::IntegrationTimeout,
                InvocationError::TooLarge(_) => GatewayError::RequestTooLarge,
                InvocationError::Failed { .. } | InvocationError::Service { .. } => GatewayError::IntegrationFailure,
            }
        })?;
        response::from_function(&payload).map_err(|error| {
            warn!(%id, function, %error, "function response rejected");
            GatewayError::IntegrationFailure
        })
    }

    fn match_operation(&self, id: Uuid, client: TlsClient, head: Parts) -> Result<GatewayRequest, GatewayError> {
        let operation =
            self.operations.find(&head.method, head.uri.path()).ok_or(GatewayError::MissingAuthenticationToken)?;
        Ok(GatewayRequest { id, received_at: Timestamp::now(), client, operation, head })
    }

    /// Calls the authorizer. Returns its context if its policy allows the request.
    async fn authorize(&self, request: &GatewayRequest) -> Result<BTreeMap<String, String>, GatewayError> {
        let id = request.id;
        let configuration_error = |error: &dyn std::fmt::Display| {
            warn!(%id, %error, "authorizer response rejected");
            GatewayError::AuthorizerConfiguration
        };
        let event = request.authorizer_event(&self.api);
        let payload = match self.functions.invoke(AUTHORIZER, &event).await {
            Ok(payload) => payload,
            Err(InvocationError::Failed { message, .. }) if message == "Unauthorized" => {
                return Err(GatewayError::Unauthorized);
            }
            Err(error) => return Err(configuration_error(&error)),
        };
        let authorization: Authorization =
            serde_json::from_slice(&payload).map_err(|error| configuration_error(&error))?;
        if !authorization.allows(&request.method_arn(&self.api)) {
            return Err(GatewayError::AccessDenied);
        }
        authorization.into_context().map_err(|error| configuration_error(&error))
    }
}

/// Reads a body up to the limit.
///
/// The rest of a larger body is read and dropped, up to a second limit: if the connection were closed while the client
/// still writes, the client would not see the response.
async fn read_body(mut body: Incoming) -> Result<Bytes, GatewayError> {
    let mut content = Vec::new();
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| GatewayError::BadRequestBody)?.into_data() else {
            continue;
        };
        total += data.len();
        if total <= BODY_LIMIT {
            content.extend_from_slice(&data);
        } else if total > DISCARD_LIMIT {
            break;
        }
    }
    if total > BODY_LIMIT {
        return Err(GatewayError::RequestTooLarge);
    }
    Ok(content.into())
}
