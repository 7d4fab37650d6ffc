use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use rcgen::{CertificateParams, CertificateSigningRequestParams, DnType, Issuer, KeyPair};
use serde_json::{Value, json};

use crate::{
    support::server::{Received, Sent, Server},
    world::run,
};

const ID: &str = "0190a6a4-0000-7000-8000-000000000000";
const CODE: &str = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Signs the request of a body, as an authority: valid from `start` to `end` days from now.
fn sign(request: &Received, start: i64, end: i64) -> String {
    let csr = request.json()["csr"].as_str().expect("a request").to_owned();
    signed(&CertificateSigningRequestParams::from_pem(&csr).expect("a valid request").public_key, start, end)
}

fn signed(key: &impl rcgen::PublicKeyData, start: i64, end: i64) -> String {
    let authority_key = KeyPair::generate().expect("a key");
    let issuer = Issuer::new(CertificateParams::new(vec![]).expect("parameters"), authority_key);
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "maks");
    let day = |days: i64| {
        time::OffsetDateTime::from_unix_timestamp(jiff::Timestamp::now().as_second() + days * 86_400).expect("a time")
    };
    (params.not_before, params.not_after) = (day(start), day(end));
    params.signed_by(key, &issuer).expect("a certificate").pem()
}

fn mode(file: &Path) -> u32 {
    fs::metadata(file).expect("a file").permissions().mode() & 0o777
}

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let manifest = "apiVersion: centops.ee/v1\nkind: Chatbot\nmetadata: {name: maks}\nspec: {uri: 'https://maks.ee/m', \
                        type: institution, institution: tax, contact: a@b.ee}\n";
        fs::write(folder.path().join("maks.yaml"), manifest).expect("a file");
        Self { folder }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, server: &Server, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_centops"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("CENTOPS_ADMIN", server.url()).env("CENTOPS_NETWORK", server.url()).env("CENTOPS_TOKEN", "a.b.c");
        command.env("CENTOPS_INVITATION_CODE", CODE);
        command.env("CENTOPS_CERTIFICATE", self.file("certificate.pem")).env("CENTOPS_KEY", self.file("key.pem"));
        command
    }
}

fn invitation(status: &str, more: &Value) -> Value {
    let mut invitation = json!({"id": ID, "institution": "tax", "status": status, "until": "2026-12-01T00:00:00Z", "history": [
        {"status": status, "at": "2026-11-27T09:12:00Z", "reason": "Wrong address"}]});
    invitation.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    invitation
}

/// Plays an administrator who decides at the third read.
fn deciding(is_approved: bool) -> Server {
    let (reads, pem) = (AtomicUsize::new(0), std::sync::Mutex::new(String::new()));
    Server::start(move |request| {
        if request.method == "PUT" {
            assert_eq!(request.path, format!("/invitations/{ID}/application"));
            *pem.lock().expect("pem") = sign(request, 0, 90);
            return Sent::json(200, &invitation("submitted", &json!({})));
        }
        match (reads.fetch_add(1, Ordering::SeqCst), is_approved) {
            (0 | 1, _) => Sent::json(200, &invitation("submitted", &json!({}))),
            (_, false) => Sent::json(200, &invitation("rejected", &json!({}))),
            (_, true) => {
                let certificate = json!({"serial": "0".repeat(32), "notAfter": "2027-02-25T00:00:00Z", "pem": *pem.lock().expect("pem")});
                Sent::json(200, &invitation("approved", &json!({"certificate": certificate})))
            }
        }
    })
}

const ENROL: [&str; 6] = ["enrol", ID, "-f", "maks.yaml", "--interval", "0.01"];

#[test]
fn enrolment_writes_a_key_and_its_certificate_for_the_owner_only() {
    let (place, server) = (Place::new(), deciding(true));
    let result = run(place.command(&server, &ENROL), "");
    assert_eq!(result.code, 0, "{}", result.err);
    assert_eq!((mode(&place.file("key.pem")), mode(&place.file("certificate.pem"))), (0o600, 0o600));
    let requests = server.take();
    let body = requests[0].json();
    assert_eq!(
        body["chatbot"],
        json!({"name": "maks", "uri": "https://maks.ee/m", "type": "institution", "contact": "a@b.ee"})
    );
    assert_eq!(body["code"], CODE);
    let sent: String = requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
    assert!(!sent.contains("PRIVATE KEY"));
    assert_eq!(centops_client::schema::schemas().check_named("NewApplication", &body), []);
    let again = run(place.command(&server, &ENROL), "");
    assert_eq!(again.code, 1, "an existing certificate is not replaced");
}

#[test]
fn interrupted_enrolment_goes_on_with_the_same_key() {
    let (place, server) = (Place::new(), deciding(true));
    let first = run(place.command(&server, &[&ENROL[..], &["--no-wait"]].concat()), "");
    assert_eq!(first.code, 0, "{}", first.err);
    let key = fs::read_to_string(place.file("key.pem")).expect("a key");
    assert_eq!(run(place.command(&server, &ENROL), "").code, 0);
    assert_eq!(fs::read_to_string(place.file("key.pem")).expect("a key"), key);
}

#[test]
fn rejection_has_its_reason_and_an_exit_code() {
    let (place, server) = (Place::new(), deciding(false));
    let result = run(place.command(&server, &ENROL), "");
    assert_eq!(result.code, 6);
    assert!(result.err.contains("the application is rejected: Wrong address"), "{}", result.err);
    assert!(!place.file("certificate.pem").exists());
}

/// Writes a key and a certificate of it.
fn hold(place: &Place, start: i64, end: i64) -> String {
    let key = KeyPair::generate().expect("a key");
    fs::write(place.file("key.pem"), key.serialize_pem()).expect("a file");
    fs::set_permissions(place.file("key.pem"), fs::Permissions::from_mode(0o600)).expect("a mode");
    let pem = signed(&key, start, end);
    fs::write(place.file("certificate.pem"), &pem).expect("a file");
    pem
}

fn renewing() -> Server {
    Server::start(|request| {
        let body = json!({"serial": "0".repeat(32), "profile": "chatbot", "name": "maks", "notBefore": "2026-11-27T00:00:00Z",
            "notAfter": "2027-02-25T00:00:00Z", "pem": sign(request, 0, 90)});
        Sent::json(201, &body)
    })
}

fn is_pair(place: &Place) -> bool {
    let key = KeyPair::from_pem(&fs::read_to_string(place.file("key.pem")).expect("a key")).expect("a key");
    let text = fs::read(place.file("certificate.pem")).expect("a certificate");
    let (_, pem) = x509_parser::pem::parse_x509_pem(&text).expect("PEM");
    let certificate = pem.parse_x509().expect("a certificate");
    certificate.public_key().raw == rcgen::PublicKeyData::subject_public_key_info(&key)
}

#[test]
fn certificate_is_renewed_with_a_new_key_when_it_is_due() {
    let (place, server) = (Place::new(), renewing());
    let former = hold(&place, -70, 20);
    let former_key = fs::read_to_string(place.file("key.pem")).expect("a key");
    let result = run(place.command(&server, &["certificate", "renew"]), "");
    assert_eq!(result.code, 0, "{}", result.err);
    assert_ne!(fs::read_to_string(place.file("certificate.pem")).expect("a certificate"), former);
    assert_ne!(fs::read_to_string(place.file("key.pem")).expect("a key"), former_key);
    assert!(is_pair(&place) && !place.file("key.pem.new").exists());
    assert_eq!((mode(&place.file("key.pem")), mode(&place.file("certificate.pem"))), (0o600, 0o600));
    let again = run(place.command(&server, &["certificate", "renew"]), "");
    assert!(again.code == 0 && again.err.contains("not due until"), "{}", again.err);
    assert_eq!(server.take().len(), 1);
}

#[test]
fn certificate_that_is_not_due_is_renewed_within_the_given_length_only() {
    let (place, server) = (Place::new(), renewing());
    hold(&place, -30, 60);
    assert_eq!(run(place.command(&server, &["certificate", "renew", "--within", "50d"]), "").code, 0);
    assert!(server.take().is_empty());
    assert_eq!(run(place.command(&server, &["certificate", "renew", "--within", "61d"]), "").code, 0);
    assert_eq!(server.take().len(), 1);
}

#[test]
fn refused_renewal_leaves_the_former_pair() {
    let (place, server) =
        (Place::new(), Server::start(|_| Sent::json(409, &json!({"type": "x", "title": "Too early", "status": 409}))));
    let former = hold(&place, -70, 20);
    assert_eq!(run(place.command(&server, &["certificate", "renew"]), "").code, 5);
    assert_eq!(fs::read_to_string(place.file("certificate.pem")).expect("a certificate"), former);
    assert!(is_pair(&place) && !place.file("key.pem.new").exists());
}

#[test]
fn renewal_that_was_interrupted_between_its_files_is_completed() {
    let (place, server) = (Place::new(), renewing());
    hold(&place, -1, 89);
    fs::rename(place.file("key.pem"), place.file("key.pem.new")).expect("renamed");
    let stale = KeyPair::generate().expect("a key");
    fs::write(place.file("key.pem"), stale.serialize_pem()).expect("a file");
    fs::set_permissions(place.file("key.pem"), fs::Permissions::from_mode(0o600)).expect("a mode");
    assert_eq!(run(place.command(&server, &["certificate", "renew"]), "").code, 0);
    assert!(is_pair(&place) && !place.file("key.pem.new").exists());
    assert!(server.take().is_empty(), "it is not due");
}

#[test]
fn api_key_goes_to_a_file_and_not_to_the_output() {
    let place = Place::new();
    let secret = format!("abcdef.{}", "x".repeat(43));
    let answer = json!({"id": "abcdef", "profile": "chatbot", "name": "maks", "apiKey": secret});
    let server = Server::start(move |_| Sent::json(201, &answer));
    let result = run(place.command(&server, &["api-key", "issue", "chatbot", "maks", "--file", "api.key"]), "");
    assert_eq!(result.code, 0, "{}", result.err);
    assert!(!result.out.contains(&secret) && !result.err.contains(&secret));
    assert_eq!(fs::read_to_string(place.file("api.key")).expect("a key"), secret);
    assert_eq!(mode(&place.file("api.key")), 0o600);
}
