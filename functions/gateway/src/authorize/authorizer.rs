//! The judgement: who calls, and whether that caller gets in.

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use centops_contract::{self as contract, Api, ApiKeyLocation, Operation};
use centops_domain::{
    audit::Actor,
    callers::Caller,
    credentials::{ApiKeySecret, CertificateId, InvalidApiKey, NotValid, Profile},
};
use centops_identity::{
    certificate::{self, ClientCertificate, InvalidCertificate},
    jwks::{JwksCache, JwksUnavailable},
    token::{self, InvalidToken, TokenPolicy, VerifiedToken},
};
use centops_store::{Store, StoreError};
use jiff::Timestamp;

use super::trail::{Trail, Visit};

/// The operation in a record of a request that asks for none.
const NO_OPERATION: &str = "unknown";

/// What all judgements need.
#[derive(Debug)]
pub struct Authorizer {
    pub keys: JwksCache,
    pub expected: TokenPolicy,
    pub store: Store,
    pub trail: Trail,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on to the function.
    Allow(Caller),
    /// The caller is known, and the operation is not for it: 403.
    Deny(Caller),
    /// Nobody knows who calls: 401.
    Unauthorized,
}

/// It cannot be found out who calls.
#[derive(Debug, thiserror::Error)]
pub enum Unavailable {
    /// The issuer's keys are not there.
    #[error(transparent)]
    Keys(#[from] JwksUnavailable),
    /// The table does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a caller is not known.
#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("the contract has no such operation")]
    NoOperation,
    #[error("no bearer token")]
    NoToken,
    #[error("more than one Authorization header")]
    TwoTokens,
    #[error("a token is not for the Network API")]
    TokenAtNetwork,
    #[error("no client certificate")]
    NoCertificate,
    #[error("a certificate is not for the Admin API")]
    CertificateAtAdmin,
    #[error("the issuer has no such key")]
    NoKey,
    #[error(transparent)]
    Token(#[from] InvalidToken),
    #[error(transparent)]
    Certificate(#[from] InvalidCertificate),
    #[error("CentOps has no record of the certificate")]
    NotRecorded,
    #[error(transparent)]
    NotValid(#[from] NotValid),
    #[error("no API key")]
    NoApiKey,
    #[error(transparent)]
    ApiKey(#[from] InvalidApiKey),
    #[error("the API key is none of the holder's")]
    WrongApiKey,
}

/// Either what is found, or why the caller is not known, and what else is known of it.
type Found<T> = Result<T, Refused>;

enum Refused {
    Unknown(Unknown),
    /// By its certificate, which does not count.
    Holder(ClientCertificate, Unknown),
    Unavailable(Unavailable),
}

impl<E: Into<Unknown>> From<E> for Refused {
    fn from(why: E) -> Self {
        Self::Unknown(why.into())
    }
}

impl Authorizer {
    /// Judges `request`, whose invocation has the id `id`, at `now`, and leaves what the audit trail is to
    /// have of it.
    ///
    /// # Errors
    /// When the issuer or the table does not answer: nobody is let in then.
    pub async fn judge(&self, request: &AuthorizerRequest, id: &str, now: Timestamp) -> Result<Verdict, Unavailable> {
        let method = request.http_method.as_ref().map_or("", |method| method.as_str());
        let operation = Operation::find(method, request.resource.as_deref().unwrap_or_default());
        let visit = Visit { operation: operation.map_or(NO_OPERATION, |one| one.id), request: id, now };
        let identity = request.request_context.identity.as_ref();
        let certificate = identity.and_then(|identity| identity.client_cert.as_ref());
        let pem = certificate.map(|certificate| certificate.client_cert_pem.as_deref().unwrap_or_default());
        let found = match (operation, pem) {
            (None, _) => Err(Unknown::NoOperation.into()),
            (Some(Operation { api: Api::Admin, .. }), Some(_)) => Err(Unknown::CertificateAtAdmin.into()),
            (Some(Operation { api: Api::Admin, .. }), None) => self.person(request, visit).await,
            (Some(Operation { api: Api::Network, .. }), None) => Err(no_certificate(request).into()),
            (Some(operation), Some(pem)) => self.device(request, pem, operation, visit).await,
        };
        let address = identity.and_then(|identity| identity.source_ip.as_deref()).unwrap_or_default();
        let (by, why) = match found {
            Ok(verdict) => return Ok(verdict),
            Err(Refused::Unavailable(error)) => return Err(error),
            Err(Refused::Unknown(why)) => (address.to_owned(), why),
            Err(Refused::Holder(ClientCertificate { profile, name, serial }, why)) => {
                (format!("{profile}:{name} {serial} {address}"), why)
            }
        };
        let why = why.to_string();
        tracing::info!(why, by, operation = visit.operation, "refused");
        self.trail.refused(Actor::Unknown(by), visit, &why).await;
        Ok(Verdict::Unauthorized)
    }

    /// The bearer of the token of `request`.
    async fn person(&self, request: &AuthorizerRequest, visit: Visit<'_>) -> Found<Verdict> {
        if request.multi_value_headers.get_all("authorization").iter().count() > 1 {
            return Err(Unknown::TwoTokens.into());
        }
        let bearer = bearer(request).ok_or(Unknown::NoToken)?;
        let id = token::key_id(bearer)?;
        let key = self.keys.get(&id).await.map_err(|error| Refused::Unavailable(error.into()))?;
        let accepted = token::verify(bearer, &key.ok_or(Unknown::NoKey)?, &self.expected)?;
        self.trail.login(bearer, &accepted, visit).await;
        let VerifiedToken { person, .. } = accepted;
        Ok(Verdict::Allow(Caller::Person(person)))
    }

    /// The holder of the certificate `pem`, whose chain the gateway verified. CentOps must have a record of
    /// it, read anew each time, so a revocation holds from the next request on. One read unit, and one for an
    /// API key.
    async fn device(
        &self,
        request: &AuthorizerRequest,
        pem: &str,
        operation: &Operation,
        visit: Visit<'_>,
    ) -> Found<Verdict> {
        let presented = certificate::parse(pem)?;
        let ClientCertificate { profile, ref name, serial } = presented;
        let id = CertificateId { profile, name: name.clone(), serial };
        let record = match self.store.certificate(&id).await {
            Ok(record) => record.value,
            Err(StoreError::NotFound) => return Err(Refused::Holder(presented, Unknown::NotRecorded)),
            Err(error) => return Err(Refused::Unavailable(error.into())),
        };
        if let Err(why) = record.check_validity(visit.now) {
            return Err(Refused::Holder(presented, why.into()));
        }
        if operation.allows(caller_word(profile)) {
            return match operation.api_key {
                None => Ok(Verdict::Allow(profile.caller(presented.name))),
                Some(place) => self.keyed(request, place, presented).await,
            };
        }
        let caller = profile.caller(presented.name);
        let why = format!("The operation is not for the profile {profile}.");
        tracing::info!(why, operation = visit.operation, "denied");
        self.trail.refused(Actor::from(Some(caller.clone())), visit, &why).await;
        Ok(Verdict::Deny(caller))
    }

    /// The holder `presented`, where it sends an API key of its own too.
    async fn keyed(
        &self,
        request: &AuthorizerRequest,
        place: ApiKeyLocation,
        presented: ClientCertificate,
    ) -> Found<Verdict> {
        let secret = match api_key(request, place) {
            Ok(secret) => secret,
            Err(why) => return Err(Refused::Holder(presented, why)),
        };
        match self.store.verify_api_key(presented.profile, &presented.name, &secret).await {
            Ok(true) => Ok(Verdict::Allow(presented.profile.caller(presented.name))),
            Ok(false) => Err(Refused::Holder(presented, Unknown::WrongApiKey)),
            Err(error) => Err(Refused::Unavailable(error.into())),
        }
    }
}

/// The one API key that `request` has at `place`.
fn api_key(request: &AuthorizerRequest, place: ApiKeyLocation) -> Result<ApiKeySecret, Unknown> {
    let (header, read): (_, fn(&str) -> _) = match place {
        ApiKeyLocation::Header => ("x-api-key", ApiKeySecret::from_header),
        ApiKeyLocation::Authorization => ("authorization", ApiKeySecret::from_authorization),
    };
    let mut sent = request.multi_value_headers.get_all(header).iter();
    let (Some(value), None) = (sent.next(), sent.next()) else { return Err(Unknown::NoApiKey) };
    Ok(read(value.to_str().map_err(|_| InvalidApiKey)?)?)
}

/// Returns the contract's word for the holders of certificates of `profile`.
fn caller_word(profile: Profile) -> contract::Caller {
    match profile {
        Profile::Dmr => contract::Caller::Dmr,
        Profile::Chatbot => contract::Caller::Chatbot,
    }
}

fn bearer(request: &AuthorizerRequest) -> Option<&str> {
    let header = request.headers.get("authorization").and_then(|value| value.to_str().ok());
    header.and_then(token::from_header)
}

fn no_certificate(request: &AuthorizerRequest) -> Unknown {
    if bearer(request).is_some() { Unknown::TokenAtNetwork } else { Unknown::NoCertificate }
}
