//! The door, whole: real tokens and certificates, an issuer on this machine, and the table.

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest as AuthorizerRequest;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use centops_certificates::CertificateAuthority;
use centops_domain::{
    audit::{Outcome, Record},
    callers::Caller,
    chatbots::Name,
    credentials::{
        ApiKey, ApiKeyId, ApiKeySecret, Certificate, CertificateId, IssuedCertificate, KeyId, NewApiKey, Profile,
    },
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
    authorizer::{Authorizer, Unavailable, Verdict},
    trail::Trail,
};

const ISSUER: &str = "https://tara.example";

/// All that stands around an authorizer.
struct Door {
    authorizer: Authorizer,
    table: Table,
    authority: CertificateAuthority,
    key: KeyPair,
    issued: u8,
}

impl Door {
    async fn new() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("a key");
        let table = Table::start().await.expect("a table");
        let authorizer = Authorizer {
            keys: JwksCache::new(publish(&key).await).expect("a client"),
            expected: TokenPolicy {
                issuer: ISSUER.into(),
                audience: "centops".into(),
                leeway: 30,
                rules: "".parse().expect("the default"),
            },
            store: table.store.clone(),
            trail: Trail::new(Audit::new(table.client.clone(), centops_table::AUDIT.to_owned())),
        };
        Self { authorizer, table, authority: authority(), key, issued: 0 }
    }

    /// A certificate that the authority signed, and that CentOps has no record of yet.
    fn signed(&mut self, profile: Profile, name: &str) -> IssuedCertificate {
        let holder = KeyPair::generate().expect("a key");
        let csr = CertificateParams::default().serialize_request(&holder).expect("a request").pem().expect("PEM");
        self.issued += 1;
        let name: Name = name.parse().expect("a good name");
        self.authority.issue(&csr, profile, &name, 90, [self.issued; 16], now()).expect("issued")
    }

    async fn recorded(&mut self, profile: Profile, name: &str) -> IssuedCertificate {
        let issued = self.signed(profile, name);
        let act = centops_table::audit_context(&self.table.audit, now());
        self.table.store.put_certificate(&act, &Certificate::new(&issued, now())).await.expect("recorded");
        issued
    }

    /// An API key of the holder.
    async fn key(&mut self, profile: Profile, name: &str) -> ApiKeySecret {
        self.issued += 1;
        let secret = ApiKeySecret::new(KeyId::new([self.issued; 6]), [self.issued; 32]);
        let new = NewApiKey { profile, name: name.parse().expect("a good name") };
        let key = ApiKey::issued(secret.id.clone(), new, now());
        let act = centops_table::audit_context(&self.table.audit, now());
        self.table.store.put_api_key(&act, &key, &secret.hash()).await.expect("recorded");
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

    async fn judge(&self, event: &Value, at: Timestamp) -> Verdict {
        self.try_judge(event, at).await.expect("a verdict")
    }

    async fn try_judge(&self, event: &Value, at: Timestamp) -> Result<Verdict, Unavailable> {
        let request: AuthorizerRequest = serde_json::from_value(event.clone()).expect("an event");
        // Each invocation has an id of its own.
        let id = format!("request-{}", next());
        self.authorizer.judge(&request, &id, at).await
    }

    /// The records of the door itself, by their operation, outcome, and reason.
    async fn records(&self) -> Vec<Record> {
        let scan = self.table.client.scan().table_name(centops_table::AUDIT).send().await.expect("a scan");
        let texts = scan.items().iter().map(|item| item.get("record").expect("a record").as_s().expect("a text"));
        let records = texts.map(|text| serde_json::from_str::<Record>(text).expect("a record"));
        records.filter(|record| record.outcome != Outcome::Done).collect()
    }
}

/// Different at each call.
fn next() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

fn now() -> Timestamp {
    // Tokens are held against the real clock.
    Timestamp::now()
}

fn authority() -> CertificateAuthority {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let certificate = params.self_signed(&key).expect("a certificate");
    CertificateAuthority::from_pem(&certificate.pem(), &key.serialize_pem()).expect("an authority")
}

/// Serves the public half of `key` and says where.
async fn publish(key: &KeyPair) -> String {
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
async fn a_recorded_certificate_gets_in_to_the_operations_of_its_profile() {
    let mut door = Door::new().await;
    let (room, bot) = (door.recorded(Profile::Dmr, "tallinn").await, door.recorded(Profile::Chatbot, "tax").await);
    let chatbot = Caller::Chatbot("tax".parse().expect("a good name"));
    for (method, resource, for_dmr) in [
        ("GET", "/routes", true),
        ("GET", "/routes/{name}", true),
        ("POST", "/codes", true),
        ("POST", "/logs", false),
        ("GET", "/updates", false),
        ("PUT", "/versions", false),
    ] {
        let verdict = async |pem: &str| door.judge(&with_certificate(event(method, resource), pem), now()).await;
        let (of_dmr, of_chatbot) = (verdict(&room.pem).await, verdict(&bot.pem).await);
        let expected = |allowed, caller| if allowed { Verdict::Allow(caller) } else { Verdict::Deny(caller) };
        assert_eq!(of_dmr, expected(for_dmr, dmr("tallinn")), "{resource}");
        assert_eq!(of_chatbot, expected(!for_dmr, chatbot.clone()), "{resource}");
    }
    let records = door.records().await;
    assert_eq!(records.len(), 6, "each denial is recorded");
    assert!(records.iter().all(|record| record.outcome == Outcome::Refused), "{records:?}");
}

#[tokio::test]
async fn a_certificate_without_a_record_is_nobodys() {
    let mut door = Door::new().await;
    let known = door.recorded(Profile::Dmr, "tallinn").await;
    let routes = |pem: &str| with_certificate(event("GET", "/routes"), pem);
    let signed = door.signed(Profile::Dmr, "tallinn").pem;
    assert_eq!(door.judge(&routes(&signed), now()).await, Verdict::Unauthorized);
    door.issued = 0;
    // The number of a recorded one, for another name and for another profile.
    let (other, printer) = (door.signed(Profile::Dmr, "tartu").pem, "no certificate");
    door.issued = 0;
    let chatbot = door.signed(Profile::Chatbot, "tallinn").pem;
    for pem in [other.as_str(), &chatbot, printer, ""] {
        assert_eq!(door.judge(&routes(pem), now()).await, Verdict::Unauthorized);
    }
    assert_eq!(door.judge(&routes(&known.pem), now()).await, Verdict::Allow(dmr("tallinn")));
    let reasons: Vec<_> = door.records().await.into_iter().filter_map(|record| record.reason).collect();
    assert_eq!(reasons.iter().filter(|reason| reason.contains("no record")).count(), 3, "{reasons:?}");
}

#[tokio::test]
async fn a_revocation_and_the_end_hold_at_once() {
    let mut door = Door::new().await;
    let one = door.recorded(Profile::Dmr, "tallinn").await;
    let routes = with_certificate(event("GET", "/routes"), &one.pem);
    assert_eq!(door.judge(&routes, one.not_after).await, Verdict::Allow(dmr("tallinn")));
    let later = one.not_after + SignedDuration::from_secs(1);
    assert_eq!(door.judge(&routes, later).await, Verdict::Unauthorized);
    let earlier = one.not_before - SignedDuration::from_secs(1);
    assert_eq!(door.judge(&routes, earlier).await, Verdict::Unauthorized);
    assert_eq!(door.judge(&routes, now()).await, Verdict::Allow(dmr("tallinn")));
    let id = CertificateId { profile: one.profile, name: one.name.clone(), serial: one.serial };
    let act = centops_table::audit_context(&door.table.audit, now());
    door.table.store.revoke_certificate(&act, &id, "lost").await.expect("revoked");
    assert_eq!(door.judge(&routes, now()).await, Verdict::Unauthorized);
}

#[tokio::test]
async fn neither_is_good_at_the_others_api() {
    let mut door = Door::new().await;
    let (room, token) = (door.recorded(Profile::Dmr, "tallinn").await.pem, door.token(&json!({"roles": ["admin"]})));
    for event in [
        with_certificate(event("GET", "/chatbots"), &room),
        with_token(with_certificate(event("GET", "/chatbots"), &room), &token),
        with_token(event("GET", "/routes"), &token),
        event("GET", "/routes"),
        event("GET", "/chatbots"),
        with_token(event("GET", "/nowhere"), &token),
        with_certificate(event("OPTIONS", "/routes"), &room),
    ] {
        assert_eq!(door.judge(&event, now()).await, Verdict::Unauthorized, "{event}");
    }
    let both = with_token(with_certificate(event("GET", "/routes"), &room), &token);
    assert_eq!(door.judge(&both, now()).await, Verdict::Allow(dmr("tallinn")), "the certificate counts there");
    assert!(matches!(
        door.judge(&with_token(event("GET", "/chatbots"), &token), now()).await,
        Verdict::Allow(Caller::Person(_))
    ));
}

/// How a key is sent.
type Send = fn(&ApiKeySecret) -> String;

/// Each operation that wants a key, where it wants it, and how a key is sent there.
const KEYED: [(&str, &str, Send); 2] = [
    ("/public/participants", "X-Api-Key", ApiKeySecret::reveal),
    ("/integration/clients", "Authorization", |key| STANDARD.encode(key.reveal().replacen('.', ":", 1))),
];

#[tokio::test]
async fn an_api_key_lets_in_its_own_holder_beside_the_certificate() {
    let mut door = Door::new().await;
    let (own, others) = (door.recorded(Profile::Dmr, "tallinn").await, door.recorded(Profile::Dmr, "tartu").await);
    let key = door.key(Profile::Dmr, "tallinn").await;
    let namesake = door.key(Profile::Chatbot, "tallinn").await;
    let guessed = ApiKeySecret::new(key.id.clone(), [0; 32]);
    for (resource, header, send) in KEYED {
        let asked =
            |pem: &str, values: &[&str]| with_header(with_certificate(event("GET", resource), pem), header, values);
        let verdict = async |event: &Value| door.judge(event, now()).await;
        let good = send(&key);
        assert_eq!(verdict(&asked(&own.pem, &[&good])).await, Verdict::Allow(dmr("tallinn")), "{resource}");
        let none = with_certificate(event("GET", resource), &own.pem);
        assert_eq!(verdict(&none).await, Verdict::Unauthorized, "{resource}: no key");
        assert_eq!(verdict(&asked(&others.pem, &[&good])).await, Verdict::Unauthorized, "{resource}: another's");
        let without = with_header(event("GET", resource), header, &[&good]);
        assert_eq!(verdict(&without).await, Verdict::Unauthorized, "{resource}: no certificate");
        for wrong in [send(&namesake), send(&guessed), format!("Basic {good}"), String::new(), "x".repeat(50)] {
            assert_eq!(verdict(&asked(&own.pem, &[&wrong])).await, Verdict::Unauthorized, "{resource}: {wrong}");
        }
        assert_eq!(verdict(&asked(&own.pem, &[&good, &good])).await, Verdict::Unauthorized, "{resource}: two keys");
    }
    let id = ApiKeyId { profile: Profile::Dmr, name: "tallinn".parse().expect("a name"), id: key.id.clone() };
    let act = centops_table::audit_context(&door.table.audit, now());
    door.table.store.revoke_api_key(&act, &id, "lost").await.expect("revoked");
    for (resource, header, send) in KEYED {
        let event = with_header(with_certificate(event("GET", resource), &own.pem), header, &[&send(&key)]);
        assert_eq!(door.judge(&event, now()).await, Verdict::Unauthorized, "{resource}: revoked");
    }
    let text = serde_json::to_string(&door.records().await).expect("json");
    let secret = key.reveal();
    assert!(!text.contains(secret.split_once('.').expect("two parts").1), "no record repeats a secret");
}

#[tokio::test]
async fn a_key_opens_no_operation_of_another_profile_and_is_wanted_nowhere_else() {
    let mut door = Door::new().await;
    let bot = door.recorded(Profile::Chatbot, "tax").await;
    let key = door.key(Profile::Chatbot, "tax").await;
    let chatbot = Caller::Chatbot("tax".parse().expect("a good name"));
    let clients = with_certificate(event("GET", "/integration/clients"), &bot.pem);
    assert_eq!(door.judge(&clients, now()).await, Verdict::Deny(chatbot.clone()), "whatever key it has");
    let listed = with_certificate(event("GET", "/participants"), &bot.pem);
    assert_eq!(door.judge(&listed, now()).await, Verdict::Allow(chatbot.clone()), "a certificate is enough");
    let state = with_certificate(event("PUT", "/public/participants/my/state"), &bot.pem);
    assert_eq!(door.judge(&state, now()).await, Verdict::Unauthorized);
    let state = with_header(state, "X-Api-Key", &[&key.reveal()]);
    assert_eq!(door.judge(&state, now()).await, Verdict::Allow(chatbot));
}

#[tokio::test]
async fn two_tokens_are_none() {
    let door = Door::new().await;
    let mut event = with_token(event("GET", "/chatbots"), &door.token(&json!({})));
    event["multiValueHeaders"]["Authorization"] = json!(["Bearer x", event["headers"]["Authorization"]]);
    assert_eq!(door.judge(&event, now()).await, Verdict::Unauthorized);
}

#[tokio::test]
async fn a_login_is_one_record_a_token_and_never_the_token() {
    let door = Door::new().await;
    let (first, second) = (door.token(&json!({})), door.token(&json!({"jti": "2"})));
    for token in [&first, &first, &second] {
        door.judge(&with_token(event("GET", "/chatbots"), token), now()).await;
    }
    // Another environment, which has not seen them.
    let trail = Trail::new(Audit::new(door.table.client.clone(), centops_table::AUDIT.to_owned()));
    let Authorizer { keys, expected, store, .. } = door.authorizer;
    let door = Door { authorizer: Authorizer { keys, expected, store, trail }, ..door };
    door.judge(&with_token(event("GET", "/chatbots"), &first), now()).await;
    let records = door.records().await;
    assert_eq!(records.len(), 2, "{records:?}");
    for record in &records {
        assert_eq!((record.outcome, record.person()), (Outcome::Login, Some("EE60001019906")));
        let text = serde_json::to_string(record).expect("json");
        assert!([&first, &second].iter().all(|token| token.split('.').all(|part| !text.contains(part))), "{text}");
    }
}

#[tokio::test]
async fn a_flood_of_refusals_leaves_sixty_records_a_minute() {
    let door = Door::new().await;
    let start: Timestamp = "2026-11-21T09:30:00Z".parse().expect("a time");
    for _ in 0..100 {
        door.judge(&event("GET", "/chatbots"), start).await;
    }
    let records = door.records().await;
    assert_eq!(records.len(), 60);
    let one = records.first().expect("one");
    assert_eq!((one.operation.as_str(), one.reason.as_deref()), ("list-chatbots", Some("no bearer token")));
    assert_eq!(serde_json::to_value(&one.by).expect("json"), json!({"kind": "unknown", "name": "192.0.2.10"}));
}

#[tokio::test]
async fn without_the_issuer_or_the_table_nobody_is_let_in() {
    let mut door = Door::new().await;
    let token = door.token(&json!({}));
    let room = door.recorded(Profile::Dmr, "tallinn").await.pem;
    door.authorizer.keys = JwksCache::new("http://127.0.0.1:1/".into()).expect("a client");
    let asked = door.try_judge(&with_token(event("GET", "/chatbots"), &token), now()).await;
    assert!(matches!(asked, Err(Unavailable::Keys(_))));
    door.table.client.delete_table().table_name(centops_table::NAME).send().await.expect("deleted");
    let asked = door.try_judge(&with_certificate(event("GET", "/routes"), &room), now()).await;
    assert!(matches!(asked, Err(Unavailable::Store(_))));
}
