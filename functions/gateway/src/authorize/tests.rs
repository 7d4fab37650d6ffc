//! Tests of the whole authorizer: real tokens and certificates, an issuer on this machine, and the table.

use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use centops_certificates::CertificateAuthority;
use centops_domain::{
    audit::{Outcome, Record},
    callers::{Caller, Person, Role},
    chatbots::{Chatbot, Name, NewChatbot},
    credentials::{
        ApiKey, ApiKeyId, ApiKeySecret, Certificate, CertificateId, IssuedCertificate, KeyId, NewApiKey, Profile,
    },
    health::PolicyDocument,
    institutions::{Institution, NewInstitution},
    peers::{NewDmr, Peer},
    session::{NewGrant, PersonId, PersonRecord, Session, SessionToken},
};
use centops_identity::{jwks::JwksCache, token::TokenPolicy};
use centops_store::audit::Audit;
use centops_table::Table;
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_RSA_SHA256, RsaKeySize, SigningKey};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use x509_parser::{prelude::FromDer, public_key::RSAPublicKey};

use super::{
    auth_audit::AuthAudit,
    authorizer::{Authorizer, Decision, Unavailable},
    budgets::Budgets,
};

const ISSUER: &str = "https://tara.example";

/// An authorizer with its table, certificate authority and issuer key.
struct AuthorizerFixture {
    authorizer: Authorizer,
    table: Table,
    authority: CertificateAuthority,
    key: KeyPair,
    issued: u8,
}

impl AuthorizerFixture {
    async fn new() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let table = Table::start().await.expect("a table");
        let authorizer = Authorizer {
            keys: JwksCache::new(serve_jwks(&key).await).expect("a client"),
            token_policy: TokenPolicy {
                issuer: ISSUER.into(),
                audience: "centops".into(),
                leeway: 30,
                rules: "".parse().expect("the default"),
            },
            store: table.store.clone(),
            audit: AuthAudit::new(Audit::new(table.client.clone(), centops_table::AUDIT.to_owned())),
            budgets: Budgets::new(1_000),
            first_administrator: Some("EE1FIRST".to_owned()),
        };
        Self { authorizer, table, authority: authority(), key, issued: 0 }
    }

    /// Signs a certificate that CentOps has no record of yet.
    fn signed(&mut self, profile: Profile, name: &str) -> IssuedCertificate {
        let holder = KeyPair::generate().expect("a key");
        let csr = CertificateParams::default().serialize_request(&holder).expect("a request").pem().expect("PEM");
        let csr = csr.try_into().expect("a short CSR");
        self.issued += 1;
        let name: Name = name.parse().expect("a good name");
        self.authority.issue(&csr, profile, &name, 90, [self.issued; 16], now()).expect("issued")
    }

    /// Enrols the holder, unless it is enrolled. Returns the time that identifies the enrolment.
    async fn enrolled(&self, profile: Profile, name: &str) -> Timestamp {
        let (store, name): (_, Name) = (&self.table.store, name.parse().expect("a good name"));
        let audit = || centops_table::audit_context(&self.table.audit, now());
        if store.enrolment(profile, &name).await.is_err() {
            let institution = json!({"id": "ria", "name": "Infosüsteemi amet"});
            let new: NewInstitution = serde_json::from_value(institution).expect("a good institution");
            let ria = Institution::new("ria".parse().expect("a good name"), new);
            let _ = store.create_institution(&audit(), ria).await;
            let new = json!({"name": name, "uri": "https://x.example.ee/messages", "institution": "ria"});
            match profile {
                Profile::Dmr => {
                    let new: NewDmr = serde_json::from_value(new).expect("a good DMR");
                    store.create_peer(&audit(), new.register(now())).await.expect("registered");
                }
                Profile::Chatbot => {
                    let mut new = new;
                    new["type"] = json!("ministry");
                    new["contact"] = json!("it@example.ee");
                    let new: NewChatbot = serde_json::from_value(new).expect("a good chatbot");
                    store.create_chatbot(&audit(), Chatbot::enrol(new, now())).await.expect("enrolled");
                }
            }
        }
        store.enrolment(profile, &name).await.expect("enrolled").at
    }

    /// Signs a certificate and records it, after enrolling its holder.
    async fn recorded(&mut self, profile: Profile, name: &str) -> IssuedCertificate {
        let enrolled_at = self.enrolled(profile, name).await;
        let issued = self.signed(profile, name);
        let audit = centops_table::audit_context(&self.table.audit, now());
        let certificate = Certificate::new(&issued, enrolled_at, now());
        self.table.store.put_certificate(&audit, &certificate).await.expect("recorded");
        issued
    }

    /// Issues an API key to the holder.
    async fn issue_api_key(&mut self, profile: Profile, name: &str) -> ApiKeySecret {
        self.issued += 1;
        let enrolled_at = self.enrolled(profile, name).await;
        let secret = ApiKeySecret::new(KeyId::new([self.issued; 6]), [self.issued; 32]);
        let new = NewApiKey { profile, name: name.parse().expect("a good name") };
        let key = ApiKey::issued(secret.id.clone(), new, enrolled_at, now());
        let audit = centops_table::audit_context(&self.table.audit, now());
        self.table.store.put_api_key(&audit, &key, &secret.hash()).await.expect("recorded");
        secret
    }

    fn token(&self, change: &Value) -> String {
        let now = now().as_second();
        let mut claims = json!({
            "iss": ISSUER, "aud": "centops", "sub": "EE60001019906", "iat": now, "exp": now + 600, "roles": ["viewer"],
        });
        claims.as_object_mut().expect("claims").extend(change.as_object().expect("claims").clone());
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(json!({"alg": "RS256", "kid": "one"})), part(claims));
        let signature = self.key.sign(message.as_bytes()).expect("a signature");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn authorize(&self, event: &Value, at: Timestamp) -> Decision {
        self.try_authorize(event, at).await.expect("a decision")
    }

    async fn try_authorize(&self, event: &Value, at: Timestamp) -> Result<Decision, Unavailable> {
        let request: AuthorizerRequest = serde_json::from_value(event.clone()).expect("an event");
        // Each invocation has an id of its own.
        let id = format!("request-{}", next_number());
        self.authorizer.authorize(&request, &id, at).await
    }

    /// Returns the audit records that the authorizer wrote.
    async fn records(&self) -> Vec<Record> {
        let scan = self.table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
        let texts = scan.items().iter().map(|item| item.get("record").expect("a record").as_s().expect("a text"));
        let records = texts.map(|text| serde_json::from_str::<Record>(text).expect("a record"));
        records.filter(|record| record.outcome != Outcome::Done).collect()
    }
}

/// Returns a different number at each call.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn now() -> Timestamp {
    // Tokens are verified against the real clock.
    Timestamp::now()
}

fn authority() -> CertificateAuthority {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let certificate = params.self_signed(&key).expect("a certificate");
    CertificateAuthority::from_pem(&certificate.pem(), &key.serialize_pem()).expect("an authority")
}

/// Serves the public half of `key` as a JWKS. Returns its address.
async fn serve_jwks(key: &KeyPair) -> String {
    let (_, public) = RSAPublicKey::from_der(key.public_key_raw()).expect("an RSA key");
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        URL_SAFE_NO_PAD.encode(bytes.get(zeros..).expect("a number"))
    };
    let key = json!({"kty": "RSA", "kid": "one", "n": number(public.modulus), "e": number(public.exponent)});
    let body = json!({"keys": [key]}).to_string();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri = format!("http://{}/jwks", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = connection.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    uri
}

fn event(method: &str, resource: &str) -> Value {
    json!({
        "type": "REQUEST", "methodArn": format!("arn:aws:execute-api:eu-north-1:0:api/live/{method}{resource}"),
        "resource": resource, "path": resource, "httpMethod": method, "headers": {}, "multiValueHeaders": {},
        "requestContext": {"identity": {"sourceIp": "192.0.2.10"}},
    })
}

fn with_token(mut event: Value, token: &str) -> Value {
    event["headers"]["Authorization"] = json!(format!("Bearer {token}"));
    event["multiValueHeaders"]["Authorization"] = json!([format!("Bearer {token}")]);
    event
}

fn with_certificate(mut event: Value, pem: &str) -> Value {
    event["requestContext"]["identity"]["clientCert"] = json!({
        "clientCertPem": pem, "subjectDN": "CN=admin,OU=dmr", "issuerDN": "CN=x", "serialNumber": "1",
        "validity": {"notBefore": "Nov 21 09:00:00 2025 GMT", "notAfter": "Nov 21 09:00:00 2036 GMT"},
    });
    event
}

fn with_header(mut event: Value, name: &str, values: &[&str]) -> Value {
    event["headers"][name] = json!(values.last());
    event["multiValueHeaders"][name] = json!(values);
    event
}

fn dmr(name: &str) -> Caller {
    Caller::Dmr(name.parse().expect("a good name"))
}

#[tokio::test]
async fn recorded_certificate_allows_only_the_operations_of_its_profile() {
    let mut fixture = AuthorizerFixture::new().await;
    let (dmr_certificate, bot) =
        (fixture.recorded(Profile::Dmr, "tallinn").await, fixture.recorded(Profile::Chatbot, "tax").await);
    let chatbot = Caller::Chatbot("tax".parse().expect("a good name"));
    for (method, resource, for_dmr) in [
        ("GET", "/routes", true),
        ("GET", "/routes/{name}", true),
        ("POST", "/codes", true),
        ("POST", "/logs", false),
        ("GET", "/updates", false),
        ("PUT", "/versions", false),
    ] {
        let decision =
            async |pem: &str| fixture.authorize(&with_certificate(event(method, resource), pem), now()).await;
        let (of_dmr, of_chatbot) = (decision(&dmr_certificate.pem).await, decision(&bot.pem).await);
        let expected = |allowed, caller| if allowed { Decision::Allow(caller) } else { Decision::Deny(caller) };
        assert_eq!(of_dmr, expected(for_dmr, dmr("tallinn")), "{resource}");
        assert_eq!(of_chatbot, expected(!for_dmr, chatbot.clone()), "{resource}");
    }
    let records = fixture.records().await;
    assert_eq!(records.len(), 6, "each denial is recorded");
    assert!(records.iter().all(|record| record.outcome == Outcome::Refused), "{records:?}");
}

#[tokio::test]
async fn certificate_without_a_record_is_unauthorized() {
    let mut fixture = AuthorizerFixture::new().await;
    let known = fixture.recorded(Profile::Dmr, "tallinn").await;
    let routes = |pem: &str| with_certificate(event("GET", "/routes"), pem);
    let signed = fixture.signed(Profile::Dmr, "tallinn").pem;
    assert_eq!(fixture.authorize(&routes(&signed), now()).await, Decision::Unauthorized);
    fixture.issued = 0;
    // The serial number of a recorded certificate, for another name and for another profile.
    let (other, not_pem) = (fixture.signed(Profile::Dmr, "tartu").pem, "no certificate");
    fixture.issued = 0;
    let chatbot = fixture.signed(Profile::Chatbot, "tallinn").pem;
    for pem in [other.as_str(), &chatbot, not_pem, ""] {
        assert_eq!(fixture.authorize(&routes(pem), now()).await, Decision::Unauthorized);
    }
    assert_eq!(fixture.authorize(&routes(&known.pem), now()).await, Decision::Allow(dmr("tallinn")));
    let reasons: Vec<_> = fixture.records().await.into_iter().filter_map(|record| record.reason).collect();
    assert_eq!(reasons.iter().filter(|reason| reason.contains("no record")).count(), 3, "{reasons:?}");
}

#[tokio::test]
async fn certificate_that_sends_too_much_is_over_budget_and_others_are_not() {
    let mut fixture = AuthorizerFixture::new().await;
    let (noisy, other) =
        (fixture.recorded(Profile::Dmr, "tallinn").await, fixture.recorded(Profile::Dmr, "tartu").await);
    fixture.authorizer.budgets = Budgets::new(2);
    let routes = |pem: &str| with_certificate(event("GET", "/routes"), pem);
    for _ in 0..2 {
        assert_eq!(fixture.authorize(&routes(&noisy.pem), now()).await, Decision::Allow(dmr("tallinn")));
    }
    let codes = with_certificate(event("POST", "/codes"), &noisy.pem);
    assert_eq!(fixture.authorize(&codes, now()).await, Decision::OverBudget(dmr("tallinn")));
    assert_eq!(fixture.authorize(&routes(&other.pem), now()).await, Decision::Allow(dmr("tartu")));
    let minute_later = now() + SignedDuration::from_mins(1);
    assert_eq!(fixture.authorize(&codes, minute_later).await, Decision::Allow(dmr("tallinn")));
}

#[test]
fn function_learns_that_its_caller_is_over_budget() {
    let arn = "arn:aws:execute-api:eu-north-1:0:api/live/POST/codes";
    let over = super::response::over_budget(arn, dmr("tallinn"));
    assert_eq!(over["context"]["overBudget"], "true");
    let statement = &over["policyDocument"]["Statement"][0];
    assert_eq!((&statement["Effect"], &statement["Resource"]), (&json!("Allow"), &json!(arn)));
    assert_eq!(super::response::allow(arn, dmr("tallinn"))["context"].get("overBudget"), None);
}

#[tokio::test]
async fn revoked_or_expired_certificate_is_unauthorized_at_once() {
    let mut fixture = AuthorizerFixture::new().await;
    let one = fixture.recorded(Profile::Dmr, "tallinn").await;
    let routes = with_certificate(event("GET", "/routes"), &one.pem);
    assert_eq!(fixture.authorize(&routes, one.not_after).await, Decision::Allow(dmr("tallinn")));
    let later = one.not_after + SignedDuration::from_secs(1);
    assert_eq!(fixture.authorize(&routes, later).await, Decision::Unauthorized);
    let earlier = one.not_before - SignedDuration::from_secs(1);
    assert_eq!(fixture.authorize(&routes, earlier).await, Decision::Unauthorized);
    assert_eq!(fixture.authorize(&routes, now()).await, Decision::Allow(dmr("tallinn")));
    let id = CertificateId { profile: one.profile, name: one.name.clone(), serial: one.serial };
    let audit = centops_table::audit_context(&fixture.table.audit, now());
    fixture.table.store.revoke_certificate(&audit, &id, "lost").await.expect("revoked");
    assert_eq!(fixture.authorize(&routes, now()).await, Decision::Unauthorized);
}

#[tokio::test]
async fn tokens_on_the_network_api_and_certificates_on_the_admin_api_are_unauthorized() {
    let mut fixture = AuthorizerFixture::new().await;
    let (dmr_certificate, token) =
        (fixture.recorded(Profile::Dmr, "tallinn").await.pem, fixture.token(&json!({"roles": ["admin"]})));
    for event in [
        with_certificate(event("GET", "/chatbots"), &dmr_certificate),
        with_token(with_certificate(event("GET", "/chatbots"), &dmr_certificate), &token),
        with_token(event("GET", "/routes"), &token),
        event("GET", "/routes"),
        event("GET", "/chatbots"),
        with_token(event("GET", "/nowhere"), &token),
        with_certificate(event("OPTIONS", "/routes"), &dmr_certificate),
    ] {
        assert_eq!(fixture.authorize(&event, now()).await, Decision::Unauthorized, "{event}");
    }
    let both = with_token(with_certificate(event("GET", "/routes"), &dmr_certificate), &token);
    assert_eq!(fixture.authorize(&both, now()).await, Decision::Allow(dmr("tallinn")), "the certificate counts there");
    assert!(matches!(
        fixture.authorize(&with_token(event("GET", "/chatbots"), &token), now()).await,
        Decision::Allow(Caller::Person(_))
    ));
}

/// Formats an API key as the value of its header.
type FormatKey = fn(&ApiKeySecret) -> String;

/// The paths that require an API key, with the header and the format of the key.
const PATHS_WITH_API_KEY: [(&str, &str, FormatKey); 2] = [
    ("/public/participants", "X-Api-Key", ApiKeySecret::reveal),
    ("/integration/clients", "Authorization", |key| STANDARD.encode(key.reveal().replacen('.', ":", 1))),
];

#[tokio::test]
async fn api_key_is_accepted_only_with_the_certificate_of_its_holder() {
    let mut fixture = AuthorizerFixture::new().await;
    let (own, others) =
        (fixture.recorded(Profile::Dmr, "tallinn").await, fixture.recorded(Profile::Dmr, "tartu").await);
    let key = fixture.issue_api_key(Profile::Dmr, "tallinn").await;
    let chatbot_key = fixture.issue_api_key(Profile::Chatbot, "tax").await;
    let guessed = ApiKeySecret::new(key.id.clone(), [0; 32]);
    for (resource, header, format_key) in PATHS_WITH_API_KEY {
        let request =
            |pem: &str, values: &[&str]| with_header(with_certificate(event("GET", resource), pem), header, values);
        let decision = async |event: &Value| fixture.authorize(event, now()).await;
        let good = format_key(&key);
        assert_eq!(decision(&request(&own.pem, &[&good])).await, Decision::Allow(dmr("tallinn")), "{resource}");
        let none = with_certificate(event("GET", resource), &own.pem);
        assert_eq!(decision(&none).await, Decision::Unauthorized, "{resource}: no key");
        assert_eq!(decision(&request(&others.pem, &[&good])).await, Decision::Unauthorized, "{resource}: another's");
        let without = with_header(event("GET", resource), header, &[&good]);
        assert_eq!(decision(&without).await, Decision::Unauthorized, "{resource}: no certificate");
        for wrong in
            [format_key(&chatbot_key), format_key(&guessed), format!("Basic {good}"), String::new(), "x".repeat(50)]
        {
            assert_eq!(decision(&request(&own.pem, &[&wrong])).await, Decision::Unauthorized, "{resource}: {wrong}");
        }
        assert_eq!(decision(&request(&own.pem, &[&good, &good])).await, Decision::Unauthorized, "{resource}: two keys");
    }
    let id = ApiKeyId { profile: Profile::Dmr, name: "tallinn".parse().expect("a name"), id: key.id.clone() };
    let audit = centops_table::audit_context(&fixture.table.audit, now());
    fixture.table.store.revoke_api_key(&audit, &id, "lost").await.expect("revoked");
    for (resource, header, format_key) in PATHS_WITH_API_KEY {
        let event = with_header(with_certificate(event("GET", resource), &own.pem), header, &[&format_key(&key)]);
        assert_eq!(fixture.authorize(&event, now()).await, Decision::Unauthorized, "{resource}: revoked");
    }
    let text = serde_json::to_string(&fixture.records().await).expect("json");
    let secret = key.reveal();
    assert!(!text.contains(secret.split_once('.').expect("two parts").1), "no record repeats a secret");
}

#[tokio::test]
async fn api_key_allows_no_operation_of_another_profile_and_is_required_nowhere_else() {
    let mut fixture = AuthorizerFixture::new().await;
    let bot = fixture.recorded(Profile::Chatbot, "tax").await;
    let key = fixture.issue_api_key(Profile::Chatbot, "tax").await;
    let chatbot = Caller::Chatbot("tax".parse().expect("a good name"));
    let clients = with_certificate(event("GET", "/integration/clients"), &bot.pem);
    assert_eq!(fixture.authorize(&clients, now()).await, Decision::Deny(chatbot.clone()), "whatever key it has");
    let listed = with_certificate(event("GET", "/participants"), &bot.pem);
    assert_eq!(fixture.authorize(&listed, now()).await, Decision::Allow(chatbot.clone()), "a certificate is enough");
    let state = with_certificate(event("PUT", "/public/participants/my/state"), &bot.pem);
    assert_eq!(fixture.authorize(&state, now()).await, Decision::Unauthorized);
    let state = with_header(state, "X-Api-Key", &[&key.reveal()]);
    assert_eq!(fixture.authorize(&state, now()).await, Decision::Allow(chatbot));
}

#[tokio::test]
async fn two_tokens_are_unauthorized() {
    let fixture = AuthorizerFixture::new().await;
    let mut event = with_token(event("GET", "/chatbots"), &fixture.token(&json!({})));
    event["multiValueHeaders"]["Authorization"] = json!(["Bearer x", event["headers"]["Authorization"]]);
    assert_eq!(fixture.authorize(&event, now()).await, Decision::Unauthorized);
}

#[tokio::test]
async fn login_is_recorded_once_for_each_token_and_without_the_token() {
    let fixture = AuthorizerFixture::new().await;
    let (first, second) = (fixture.token(&json!({})), fixture.token(&json!({"jti": "2"})));
    for token in [&first, &first, &second] {
        fixture.authorize(&with_token(event("GET", "/chatbots"), token), now()).await;
    }
    // Another environment, which has not recorded them.
    let audit = AuthAudit::new(Audit::new(fixture.table.client.clone(), centops_table::AUDIT.to_owned()));
    let fixture = AuthorizerFixture { authorizer: Authorizer { audit, ..fixture.authorizer }, ..fixture };
    fixture.authorize(&with_token(event("GET", "/chatbots"), &first), now()).await;
    let records = fixture.records().await;
    assert_eq!(records.len(), 2, "{records:?}");
    for record in &records {
        assert_eq!((record.outcome, record.person()), (Outcome::Login, Some("EE60001019906")));
        let text = serde_json::to_string(record).expect("json");
        assert!([&first, &second].iter().all(|token| token.split('.').all(|part| !text.contains(part))), "{text}");
    }
}

#[tokio::test]
async fn audit_table_that_does_not_answer_holds_up_no_request() {
    let fixture = AuthorizerFixture::new().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let config = fixture.table.client.config().to_builder().endpoint_url(address).build();
    let audit = AuthAudit::new(Audit::new(aws_sdk_dynamodb::Client::from_conf(config), "audit".to_owned()));
    let fixture = AuthorizerFixture { authorizer: Authorizer { audit, ..fixture.authorizer }, ..fixture };
    let good = with_token(event("GET", "/chatbots"), &fixture.token(&json!({})));
    for (request, is_allowed) in [(&good, true), (&good, true), (&event("GET", "/chatbots"), false)] {
        let decision = tokio::time::timeout(Duration::from_secs(5), fixture.authorize(request, now())).await;
        assert_eq!(matches!(decision, Ok(Decision::Allow(_))), is_allowed, "{decision:?}");
        assert!(decision.is_ok(), "it waits for the audit table");
    }
}

#[tokio::test]
async fn at_most_sixty_refusals_are_recorded_each_minute() {
    let fixture = AuthorizerFixture::new().await;
    let start: Timestamp = "2026-11-21T09:30:00Z".parse().expect("a time");
    for _ in 0..100 {
        fixture.authorize(&event("GET", "/chatbots"), start).await;
    }
    let records = fixture.records().await;
    assert_eq!(records.len(), 60);
    let one = records.first().expect("one");
    assert_eq!((one.operation.as_str(), one.reason.as_deref()), ("list-chatbots", Some("no bearer token")));
    assert_eq!(serde_json::to_value(&one.by).expect("json"), json!({"kind": "unknown", "name": "192.0.2.10"}));
}

#[tokio::test]
async fn no_request_is_allowed_without_the_issuer_or_the_table() {
    let mut fixture = AuthorizerFixture::new().await;
    let token = fixture.token(&json!({}));
    let dmr_certificate = fixture.recorded(Profile::Dmr, "tallinn").await.pem;
    fixture.authorizer.keys = JwksCache::new("http://127.0.0.1:1/".into()).expect("a client");
    let result = fixture.try_authorize(&with_token(event("GET", "/chatbots"), &token), now()).await;
    assert!(matches!(result, Err(Unavailable::Keys(_))));
    fixture.table.client.delete_table().table_name(centops_table::NAME).send().await.expect("deleted");
    let result = fixture.try_authorize(&with_certificate(event("GET", "/routes"), &dmr_certificate), now()).await;
    assert!(matches!(result, Err(Unavailable::Store(_))));
}

#[tokio::test]
async fn credentials_of_a_former_enrolment_are_unauthorized_before_they_are_swept() {
    let mut fixture = AuthorizerFixture::new().await;
    let (certificate, tax): (_, Name) =
        (fixture.recorded(Profile::Chatbot, "tax").await, "tax".parse().expect("a good name"));
    let updates = with_certificate(event("GET", "/updates"), &certificate.pem);
    assert_eq!(fixture.authorize(&updates, now()).await, Decision::Allow(Caller::Chatbot(tax.clone())));
    let store = fixture.table.store.clone();
    let audit = || centops_table::audit_context(&fixture.table.audit, now());
    store.delete_chatbot(&audit(), &tax, None, &PolicyDocument::default()).await.expect("removed");
    // As if the sweep had not run: the record is valid again.
    let id = CertificateId { profile: Profile::Chatbot, name: tax.clone(), serial: certificate.serial };
    let unsweep = fixture.table.client.update_item().table_name(centops_table::NAME);
    let unsweep =
        unsweep.key("pk", AttributeValue::S("CERTIFICATES".into())).key("sk", AttributeValue::S(id.to_string()));
    let unsweep = unsweep.update_expression("REMOVE revokedAt, revocationReason");
    unsweep.send().await.expect("not revoked");
    assert_eq!(store.certificate(&id).await.expect("stored").value.revoked_at, None);
    assert_eq!(fixture.authorize(&updates, now()).await, Decision::Unauthorized, "nobody is enrolled");
    fixture.enrolled(Profile::Chatbot, "tax").await;
    assert_eq!(fixture.authorize(&updates, now()).await, Decision::Unauthorized, "another enrolment");
    let reasons: Vec<_> = fixture.records().await.into_iter().filter_map(|record| record.reason).collect();
    assert_eq!(reasons, ["the certificate was issued to a former enrolment of its holder"; 2]);
}

#[tokio::test]
async fn disabled_dmr_is_unauthorized_until_it_is_enabled() {
    let mut fixture = AuthorizerFixture::new().await;
    let certificate = fixture.recorded(Profile::Dmr, "tallinn").await;
    let routes = with_certificate(event("GET", "/routes"), &certificate.pem);
    for (active, decision) in [(false, Decision::Unauthorized), (true, Decision::Allow(dmr("tallinn")))] {
        let audit = centops_table::audit_context(&fixture.table.audit, now());
        let change = |peer| Peer { active, ..peer };
        let name = "tallinn".parse().expect("a good name");
        fixture.table.store.update_peer(&audit, &name, None, change).await.expect("changed");
        assert_eq!(fixture.authorize(&routes, now()).await, decision);
    }
}

impl AuthorizerFixture {
    /// Signs `subject` in at `at`. Returns the token of the session.
    async fn sign_in(&self, subject: &str, at: Timestamp) -> SessionToken {
        let token = SessionToken::new([u8::try_from(next_number() % 251).expect("a byte"); 32]);
        let session = Session::new(subject.to_owned(), "Kati Kask".to_owned(), at);
        self.table.store.create_session(&token.hash(), session).await.expect("created");
        token
    }

    async fn authorize_session(&self, token: &str, at: Timestamp) -> Decision {
        self.authorize(&with_token(event("GET", "/chatbots"), token), at).await
    }
}

fn person(subject: &str, roles: &[Role]) -> Decision {
    let roles = roles.iter().copied().collect();
    Decision::Allow(Caller::Person(Person { subject: subject.to_owned(), roles, institutions: [].into() }))
}

#[tokio::test]
async fn session_has_the_grants_of_its_person_until_it_ends() {
    let fixture = AuthorizerFixture::new().await;
    let (store, start) = (&fixture.table.store, now());
    let minutes = |minutes| start + SignedDuration::from_mins(minutes);
    let (token, first) = (fixture.sign_in("EE2", start).await, fixture.sign_in("EE1FIRST", start).await);
    let allowed = async |at| fixture.authorize_session(&token.reveal(), at).await;
    assert_eq!(allowed(start).await, person("EE2", &[]), "no grant, no role");
    assert_eq!(fixture.authorize_session(&first.reveal(), start).await, person("EE1FIRST", &[Role::Admin]));

    let audit = centops_table::audit_context(&fixture.table.audit, start);
    let id = PersonId::new(start, &[1; 10]);
    let (subject, name) = ("EE2".to_owned(), "Kati Kask".to_owned());
    store.add_person(&audit, PersonRecord { id, subject, name, grants: [].into() }).await.expect("added");
    let reason = "Duty officer".to_owned().try_into().expect("a reason");
    let new = NewGrant { institutions: [].into(), reason, until: Some(minutes(20)) };
    let grant = new.grant(Role::Viewer, "EE1FIRST", start).expect("a grant");
    let audit = centops_table::audit_context(&fixture.table.audit, start);
    store.set_grant(&audit, id, None, Role::Viewer, Some(grant)).await.expect("granted");
    assert_eq!(allowed(minutes(19)).await, person("EE2", &[Role::Viewer]));
    assert_eq!(allowed(minutes(20)).await, person("EE2", &[]), "the grant is over");

    assert_eq!(allowed(minutes(30)).await, Decision::Unauthorized, "the session was not renewed");
    store.renew_session(&token.hash(), minutes(29)).await.expect("renewed");
    assert_eq!(allowed(minutes(58)).await, person("EE2", &[]));
    store.end_session(&token.hash()).await.expect("ended");
    assert_eq!(allowed(minutes(58)).await, Decision::Unauthorized);
    assert!(store.renew_session(&token.hash(), minutes(58)).await.is_err(), "an end is an end");
}

#[tokio::test]
async fn what_is_no_session_token_is_unauthorized() {
    let fixture = AuthorizerFixture::new().await;
    let token = fixture.sign_in("EE2", now()).await.reveal();
    for bad in ["centops_", &token[..token.len() - 1], &format!("{token}A"), &token.replacen("centops_", "CENTOPS_", 1)]
    {
        assert_eq!(fixture.authorize_session(bad, now()).await, Decision::Unauthorized, "{bad}");
    }
    let network = with_token(event("GET", "/routes"), &token);
    assert_eq!(fixture.authorize(&network, now()).await, Decision::Unauthorized);
}
