//! Authenticates the caller of a request, and decides if the operation is allowed.

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_contract::{self as contract, Api, ApiKeyLocation, Operation};
use centops_domain::{
    audit::Actor,
    callers::{Caller, Person, Role},
    credentials::{ApiKeySecret, Certificate, CertificateId, InvalidApiKey, InvalidSecret, NotValid, Profile},
    session::SessionToken,
};
use centops_identity::{
    certificate::{self, ClientCertificate, InvalidCertificate},
    jwks::{JwksCache, JwksUnavailable},
    token::{self, InvalidToken, TokenPolicy, VerifiedToken},
};
use centops_store::{Store, StoreError, credentials::Enrolment};
use jiff::Timestamp;

use super::{
    auth_audit::{AuthAudit, AuthRequest},
    budgets::Budgets,
};

/// The operation in the audit record of a request that matches none.
const NO_OPERATION: &str = "unknown";

/// Authorizes requests.
#[derive(Debug)]
pub struct Authorizer {
    pub keys: JwksCache,
    pub token_policy: TokenPolicy,
    pub store: Store,
    pub audit: AuthAudit,
    /// The requests that holders of certificates may send.
    pub budgets: Budgets,
    /// The `sub` of a person who is an administrator without a grant; none if there is none.
    pub first_administrator: Option<String>,
}

/// The decision about a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    /// The request goes on to the function.
    Allow(Caller),
    /// The caller is authenticated, but the operation is not for it: 403.
    Deny(Caller),
    /// The caller has sent too many requests: the function answers 429, and does nothing else. The certificate may not be
    /// valid any more: nothing was read to check that.
    OverBudget(Caller),
    /// The caller is not authenticated: 401.
    Unauthorized,
}

/// A service that authentication needs does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The issuer's keys cannot be read.
    #[error(transparent)]
    Keys(#[from] JwksUnavailable),
    /// The table cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reason why a caller is not authenticated.
#[derive(Debug, thiserror::Error)]
enum UnknownCaller {
    #[error("the contract has no such operation")]
    NoOperation,
    #[error("no bearer token")]
    NoToken,
    #[error("more than one Authorization header")]
    SeveralTokens,
    #[error("a token is not for the Network API")]
    TokenOnNetworkApi,
    #[error("no client certificate")]
    NoCertificate,
    #[error("a certificate is not for the Admin API")]
    CertificateOnAdminApi,
    #[error("the session token is malformed")]
    SessionToken(#[from] InvalidSecret),
    #[error("the session is over, or there was none")]
    NoSession,
    #[error("the issuer has no key of the token's key id")]
    NoIssuerKey,
    #[error(transparent)]
    Token(#[from] InvalidToken),
    #[error(transparent)]
    Certificate(#[from] InvalidCertificate),
    #[error("CentOps has no record of the certificate")]
    NotRecorded,
    #[error("the certificate was issued to a former enrolment of its holder")]
    NotEnrolled,
    #[error("the DMR is disabled")]
    Disabled,
    #[error(transparent)]
    NotValid(#[from] NotValid),
    #[error("no API key")]
    NoApiKey,
    #[error(transparent)]
    ApiKey(#[from] InvalidApiKey),
    #[error("the API key is not one of the certificate holder's")]
    WrongApiKey,
}

enum AuthFailure {
    Unknown(UnknownCaller),
    /// The certificate is readable, but does not authenticate its holder.
    Holder(ClientCertificate, UnknownCaller),
    Unavailable(Unavailable),
}

impl<E: Into<UnknownCaller>> From<E> for AuthFailure {
    fn from(reason: E) -> Self {
        Self::Unknown(reason.into())
    }
}

impl Authorizer {
    /// Authorizes `event`, of the invocation `id`, at `now`. Writes the audit records of logins and refusals.
    ///
    /// # Errors
    /// When the issuer or the table does not answer: no request is allowed then.
    pub async fn authorize(
        &self,
        event: &AuthorizerRequest,
        id: &str,
        now: Timestamp,
    ) -> Result<Decision, Unavailable> {
        let method = event.http_method.as_ref().map_or("", |method| method.as_str());
        let operation = Operation::find(method, event.resource.as_deref().unwrap_or_default());
        let request = AuthRequest { operation: operation.map_or(NO_OPERATION, |found| found.id), id, now };
        let identity = event.request_context.identity.as_ref();
        let certificate = identity.and_then(|identity| identity.client_cert.as_ref());
        let pem = certificate.map(|certificate| certificate.client_cert_pem.as_deref().unwrap_or_default());
        let decision = match (operation, pem) {
            (None, _) => Err(UnknownCaller::NoOperation.into()),
            (Some(Operation { api: Api::Admin, .. }), Some(_)) => Err(UnknownCaller::CertificateOnAdminApi.into()),
            (Some(Operation { api: Api::Admin, .. }), None) => self.authorize_person(event, request).await,
            (Some(Operation { api: Api::Network, .. }), None) => Err(missing_certificate(event).into()),
            (Some(operation), Some(pem)) => self.authorize_device(event, pem, operation, request).await,
        };
        let address = identity.and_then(|identity| identity.source_ip.as_deref()).unwrap_or_default();
        let (by, reason) = match decision {
            Ok(decision) => return Ok(decision),
            Err(AuthFailure::Unavailable(error)) => return Err(error),
            Err(AuthFailure::Unknown(reason)) => (address.to_owned(), reason),
            Err(AuthFailure::Holder(ClientCertificate { profile, name, serial }, reason)) => {
                (format!("{profile}:{name} {serial} {address}"), reason)
            }
        };
        let reason = reason.to_string();
        tracing::info!(reason, by, operation = request.operation, id, "request refused id={id}");
        self.audit.record_refusal(Actor::Unknown(by), request, &reason).await;
        Ok(Decision::Unauthorized)
    }

    /// Authenticates the person who sent the bearer token of `event`.
    async fn authorize_person(
        &self,
        event: &AuthorizerRequest,
        request: AuthRequest<'_>,
    ) -> Result<Decision, AuthFailure> {
        if event.multi_value_headers.get_all("authorization").iter().count() > 1 {
            return Err(UnknownCaller::SeveralTokens.into());
        }
        let bearer = bearer(event).ok_or(UnknownCaller::NoToken)?;
        if SessionToken::is_meant_by(bearer) {
            return self.authorize_session(bearer, request).await;
        }
        let key_id = token::key_id(bearer)?;
        let keys = self.keys.get(&key_id).await.map_err(|error| AuthFailure::Unavailable(error.into()))?;
        if keys.is_empty() {
            return Err(UnknownCaller::NoIssuerKey.into());
        }
        let verified = token::verify(bearer, &keys, &self.token_policy)?;
        self.audit.record_login(bearer, &verified, request).await;
        let VerifiedToken { person, .. } = verified;
        Ok(Decision::Allow(Caller::Person(person)))
    }

    /// Authenticates the person whose session has the token `bearer`. The session and the grants are read for each request
    /// that the gateway has no answer for, so that a logout or a withdrawn grant takes effect within a minute. Two read
    /// units.
    async fn authorize_session(&self, bearer: &str, request: AuthRequest<'_>) -> Result<Decision, AuthFailure> {
        let hash = SessionToken::parse(bearer)?.hash();
        let unavailable = |error: StoreError| AuthFailure::Unavailable(error.into());
        let session = match self.store.session(&hash, request.now).await {
            Ok(session) => session.value,
            Err(StoreError::NotFound) => return Err(UnknownCaller::NoSession.into()),
            Err(error) => return Err(unavailable(error)),
        };
        let record = self.store.person_of(&session.subject).await.map_err(unavailable)?;
        let mut person = record.map_or_else(
            || Person { subject: session.subject.clone(), roles: [].into(), institutions: [].into() },
            |record| record.value.caller(request.now),
        );
        if self.first_administrator.as_ref() == Some(&session.subject) {
            person.roles.insert(Role::Admin);
        }
        let verified = VerifiedToken { person, issued_at: session.started_at };
        self.audit.record_login(bearer, &verified, request).await;
        Ok(Decision::Allow(Caller::Person(verified.person)))
    }

    /// Authenticates the holder of the certificate `pem`, and checks that `operation` is for its profile. The gateway
    /// has verified the certificate's chain. The certificate's record and its holder are read for each request, so a
    /// revocation, a removal and a disabled DMR take effect with the next one. Costs two read units, and one for an API
    /// key.
    async fn authorize_device(
        &self,
        event: &AuthorizerRequest,
        pem: &str,
        operation: &Operation,
        request: AuthRequest<'_>,
    ) -> Result<Decision, AuthFailure> {
        let presented = certificate::parse(pem)?;
        let ClientCertificate { profile, ref name, serial } = presented;
        // Before anything is read for it: what is too much costs as little as possible.
        if !self.budgets.spend(serial, request.now) {
            tracing::info!(operation = request.operation, "over budget: {profile}:{name}");
            return Ok(Decision::OverBudget(profile.caller(presented.name)));
        }
        let id = CertificateId { profile, name: name.clone(), serial };
        let read = self.store.presented_certificate(&id).await;
        let (record, enrolment) = read.map_err(|error| AuthFailure::Unavailable(error.into()))?;
        let enrolled_at = match check_holder(record, enrolment, request.now) {
            Ok(enrolled_at) => enrolled_at,
            Err(reason) => return Err(AuthFailure::Holder(presented, reason)),
        };
        if operation.allows(contract_caller(profile)) {
            return match operation.api_key {
                None => Ok(Decision::Allow(profile.caller(presented.name))),
                Some(location) => self.check_api_key(event, location, presented, enrolled_at).await,
            };
        }
        let caller = profile.caller(presented.name);
        let reason = format!("The operation is not for the profile {profile}.");
        let AuthRequest { operation, id, .. } = request;
        tracing::info!(reason, operation, id, "request denied id={id}");
        self.audit.record_refusal(Actor::from(Some(caller.clone())), request, &reason).await;
        Ok(Decision::Deny(caller))
    }

    /// Allows the holder of the certificate `presented` if `event` also has an API key of that holder at `location`,
    /// issued to the same enrolment.
    async fn check_api_key(
        &self,
        event: &AuthorizerRequest,
        location: ApiKeyLocation,
        presented: ClientCertificate,
        enrolled_at: Timestamp,
    ) -> Result<Decision, AuthFailure> {
        let secret = match api_key(event, location) {
            Ok(secret) => secret,
            Err(reason) => return Err(AuthFailure::Holder(presented, reason)),
        };
        match self.store.verify_api_key(presented.profile, &presented.name, enrolled_at, &secret).await {
            Ok(true) => Ok(Decision::Allow(presented.profile.caller(presented.name))),
            Ok(false) => Err(AuthFailure::Holder(presented, UnknownCaller::WrongApiKey)),
            Err(error) => Err(AuthFailure::Unavailable(error.into())),
        }
    }
}

/// Checks that the certificate of `record` is valid at `now` and was issued to the current `enrolment` of its holder.
/// Returns the time that identifies the enrolment.
fn check_holder(
    record: Option<Certificate>,
    enrolment: Option<Enrolment>,
    now: Timestamp,
) -> Result<Timestamp, UnknownCaller> {
    let record = record.ok_or(UnknownCaller::NotRecorded)?;
    record.check_validity(now)?;
    match enrolment {
        Some(Enrolment { at, is_disabled: false }) if at == record.enrolled_at => Ok(at),
        Some(Enrolment { at, is_disabled: true }) if at == record.enrolled_at => Err(UnknownCaller::Disabled),
        _ => Err(UnknownCaller::NotEnrolled),
    }
}

/// Returns the API key of `event` at `location`. More than one is an error.
fn api_key(event: &AuthorizerRequest, location: ApiKeyLocation) -> Result<ApiKeySecret, UnknownCaller> {
    let (header, parse): (_, fn(&str) -> _) = match location {
        ApiKeyLocation::Header => ("x-api-key", ApiKeySecret::from_header),
        ApiKeyLocation::Authorization => ("authorization", ApiKeySecret::from_authorization),
    };
    let mut sent = event.multi_value_headers.get_all(header).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else { return Err(UnknownCaller::NoApiKey) };
    Ok(parse(value.to_str().map_err(|_| InvalidApiKey)?)?)
}

/// Returns the contract's word for the holders of certificates of `profile`.
fn contract_caller(profile: Profile) -> contract::Caller {
    match profile {
        Profile::Dmr => contract::Caller::Dmr,
        Profile::Chatbot => contract::Caller::Chatbot,
    }
}

fn bearer(event: &AuthorizerRequest) -> Option<&str> {
    let header = event.headers.get("authorization").and_then(|value| value.to_str().ok());
    header.and_then(token::from_header)
}

fn missing_certificate(event: &AuthorizerRequest) -> UnknownCaller {
    if bearer(event).is_some() { UnknownCaller::TokenOnNetworkApi } else { UnknownCaller::NoCertificate }
}
