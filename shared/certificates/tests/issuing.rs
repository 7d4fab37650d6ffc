//! Tests of issued certificates and rejected CSRs. The files in `requests/` were made with the Python package
//! `cryptography`, OpenSSL 3.0 and (`java-…`) Java's `keytool`. `windows-…` has the form that Windows writes with
//! `AlternateSignatureAlgorithm`. The private keys are not stored.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{fs, path::Path};

use centops_certificates::{CertificateAuthority, InvalidAuthority, InvalidCsr, InvalidSignature};
use centops_domain::{
    chatbots::Name,
    credentials::{Csr, IssuedCertificate, Profile, Serial},
};
use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384};
use x509_parser::{certificate::X509Certificate, parse_x509_certificate, pem::parse_x509_pem};

const SERIAL: [u8; 16] = [0xf0; 16];

fn now() -> Timestamp {
    "2026-11-21T09:30:56.123Z".parse().expect("a time")
}

fn name() -> Name {
    "tallinn".parse().expect("a good name")
}

fn request(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/requests/{file}.pem"))).expect(file)
}

/// Returns the certificate of an authority that expires at the start of the year `expiry`.
fn ca_certificate(key: &KeyPair, expiry: i32, change: impl Fn(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "CentOps authority");
    params.distinguished_name.push(DnType::OrganizationName, "Buerokratt");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(expiry, 1, 1);
    change(&mut params);
    params.self_signed(key).expect("a certificate").pem()
}

fn key() -> KeyPair {
    KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("a key")
}

/// Returns an authority and its certificate.
fn authority() -> (CertificateAuthority, String) {
    let key = key();
    let certificate = ca_certificate(&key, 2036, |_| ());
    (CertificateAuthority::from_pem(&certificate, &key.serialize_pem()).expect("an authority"), certificate)
}

fn csr_of(pem: &str) -> Csr {
    Csr::try_from(pem.to_owned()).expect("a short CSR")
}

fn issue(authority: &CertificateAuthority, csr: &str) -> Result<IssuedCertificate, InvalidCsr> {
    authority.issue(&csr_of(csr), Profile::Dmr, &name(), 90, SERIAL, now())
}

/// Parses `pem` and passes the certificate to `check`.
fn with_certificate<T>(pem: &str, check: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
    let (_, block) = parse_x509_pem(pem.as_bytes()).expect("PEM");
    let (rest, certificate) = parse_x509_certificate(&block.contents).expect("a certificate");
    assert!(rest.is_empty());
    check(&certificate)
}

#[test]
fn rsa_public_key_is_returned_as_pem() {
    let (authority, _) = authority();
    for file in ["rsa2048-sha512", "rsa4096"] {
        let issued = issue(&authority, &request(file)).expect(file);
        let pem = issued.rsa_public_key.expect("a key");
        assert!(
            pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"),
            "{pem}"
        );
        assert!(!pem.contains('\r'), "{pem}");
        let (_, block) = parse_x509_pem(pem.as_bytes()).expect("PEM");
        with_certificate(&issued.pem, |certificate| assert_eq!(certificate.public_key().raw, block.contents, "{file}"));
    }
    for file in ["p256", "p384-sha256"] {
        assert_eq!(issue(&authority, &request(file)).expect(file).rsa_public_key, None, "{file}");
    }
}

#[test]
fn certificate_takes_only_the_key_from_the_csr() {
    let (authority, own) = authority();
    for file in ["p256", "p384-sha256", "rsa2048-sha512", "rsa4096", "wishes"] {
        let csr = request(file);
        let issued = issue(&authority, &csr).expect(file);
        with_certificate(&issued.pem, |certificate| {
            assert_eq!(certificate.subject().to_string(), "O=Buerokratt, OU=dmr, CN=tallinn", "{file}");
            let mut extensions: Vec<_> = certificate
                .extensions()
                .iter()
                .map(|extension| (extension.oid.to_id_string(), extension.critical))
                .collect();
            extensions.sort();
            let expected = [
                ("2.5.29.14", false), // subject key identifier
                ("2.5.29.15", true),  // key usage
                ("2.5.29.19", true),  // basic constraints
                ("2.5.29.35", false), // authority key identifier
                ("2.5.29.37", false), // extended key usage
            ];
            assert_eq!(extensions, expected.map(|(oid, critical)| (oid.to_owned(), critical)), "{file}");
            assert!(!certificate.is_ca());
            let usage = certificate.key_usage().expect("one").expect("one").value;
            assert_eq!(usage.flags, 1, "digital signature and nothing else");
            let extended = certificate.extended_key_usage().expect("one").expect("one").value;
            assert!(extended.client_auth && !extended.server_auth && !extended.any && extended.other.is_empty());
            let (_, block) = parse_x509_pem(csr.as_bytes()).expect("PEM");
            let key = certificate.public_key().raw;
            assert!(block.contents.windows(key.len()).any(|part| part == key), "{file}: the key of the request");
            with_certificate(&own, |own| {
                certificate.verify_signature(Some(own.public_key())).expect(file);
                assert_eq!(certificate.issuer().as_raw(), own.subject().as_raw());
            });
        });
    }
}

#[test]
fn serial_and_validity_are_the_given_ones() {
    let (authority, _) = authority();
    let issued = issue(&authority, &request("p256")).expect("issued");
    assert_eq!(issued.serial, Serial::new(SERIAL));
    assert_eq!(issued.not_before, "2026-11-21T09:25:56Z".parse::<Timestamp>().expect("a time"));
    assert_eq!(issued.not_after, "2027-02-19T09:30:56Z".parse::<Timestamp>().expect("a time"));
    with_certificate(&issued.pem, |certificate| {
        assert_eq!(Serial::from_der(certificate.raw_serial()), Some(issued.serial));
        assert!(certificate.raw_serial().len() == 17, "positive, though its first bit is set");
        assert_eq!(certificate.validity().not_before.timestamp(), issued.not_before.as_second());
        assert_eq!(certificate.validity().not_after.timestamp(), issued.not_after.as_second());
    });
}

#[test]
fn certificate_expires_no_later_than_its_authority() {
    let key = key();
    let authority = CertificateAuthority::from_pem(&ca_certificate(&key, 2027, |_| ()), &key.serialize_pem())
        .expect("an authority");
    let expiry = "2027-01-01T00:00:00Z".parse::<Timestamp>().expect("a time");
    assert_eq!(authority.not_after(), expiry);
    assert_eq!(issue(&authority, &request("p256")).expect("issued").not_after, expiry);
    let before = expiry - SignedDuration::from_hours(24 * 90);
    let whole =
        authority.issue(&csr_of(&request("p256")), Profile::Chatbot, &name(), 90, SERIAL, before).expect("issued");
    assert_eq!((whole.not_after, whole.profile), (expiry, Profile::Chatbot));
}

#[test]
fn rejects_weak_and_unsupported_keys() {
    let (authority, _) = authority();
    for file in ["rsa1024", "rsa5120", "p521", "k256", "ed25519"] {
        assert_eq!(issue(&authority, &request(file)), Err(InvalidCsr::Key), "{file}");
    }
}

#[test]
fn signatures_of_common_tools_are_accepted() {
    let (authority, _) = authority();
    for file in [
        "p256-sha512",
        "p384-sha384",
        "p384-sha512",
        "rsa3072-sha384",
        "rsa-pss-sha256",
        "rsa-pss-sha512-longest-salt",
        "java-p384-sha512",
        "java-rsa2048-sha384",
        "java-rsa-pss",
        "windows-p384-specified",
    ] {
        let csr = request(file);
        assert!(issue(&authority, &csr).is_ok(), "{file}: {:?}", issue(&authority, &csr));
        let mut forged = pem(&csr);
        let subject = forged.windows(7).position(|part| part == b"tallinn").expect("the subject");
        *forged.get_mut(subject).expect("a byte") ^= 1;
        let forged = to_pem("CERTIFICATE REQUEST", &forged);
        assert_eq!(issue(&authority, &forged), Err(InvalidSignature::NotVerified.into()), "{file}");
    }
}

#[test]
fn unverified_method_is_named() {
    let (authority, _) = authority();
    for (file, method) in [
        ("p256-sha1", "ecdsa-with-SHA1"),
        ("p384-sha3-256", "2.16.840.1.101.3.4.3.10"),
        ("rsa-sha224", "sha224WithRSAEncryption"),
        ("rsa-pss-sha1", "rsassa-pss with id-SHA1 and MGF1 with id-SHA1"),
        ("rsa-pss-sha256-mgf1-sha512", "rsassa-pss with sha256 and MGF1 with sha512"),
    ] {
        let refused = issue(&authority, &request(file)).expect_err(file).to_string();
        assert!(refused.starts_with(&format!("the request is signed with {method}: ")), "{file}: {refused}");
    }
}

#[test]
fn rejects_a_csr_not_signed_by_its_own_key() {
    let (authority, _) = authority();
    let changed = |at_end: bool| {
        let mut block = pem(&request("p256"));
        // The changed byte is in the signature, or in the subject ("admin").
        let index = if at_end {
            block.len() - 5
        } else {
            block.windows(5).position(|part| part == b"admin").expect("the subject")
        };
        *block.get_mut(index).expect("a byte") ^= 1;
        to_pem("CERTIFICATE REQUEST", &block)
    };
    assert_eq!(issue(&authority, &changed(false)), Err(InvalidSignature::NotVerified.into()));
    assert_eq!(issue(&authority, &changed(true)), Err(InvalidSignature::NotVerified.into()));
}

#[test]
fn rejects_texts_that_are_not_one_csr() {
    let (authority, own) = authority();
    let good = request("p256");
    let trailing = to_pem("CERTIFICATE REQUEST", &[pem(&good), vec![0]].concat());
    let empty = to_pem("CERTIFICATE REQUEST", &[]);
    for bad in ["", "-----BEGIN CERTIFICATE REQUEST-----", "õ", &own, &format!("{good}{good}"), &trailing, &empty] {
        assert_eq!(issue(&authority, bad), Err(InvalidCsr::Unreadable), "{bad}");
    }
    let old = good.replace("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST");
    assert!(issue(&authority, &format!("{old}\n \n")).is_ok(), "older programs write this label");
}

#[test]
fn rejects_mismatched_or_incomplete_authorities() {
    let (key, other) = (key(), key());
    let good = ca_certificate(&key, 2036, |_| ());
    assert!(matches!(CertificateAuthority::from_pem(&good, &other.serialize_pem()), Err(InvalidAuthority::Mismatch)));
    assert!(matches!(CertificateAuthority::from_pem(&good, "nothing"), Err(InvalidAuthority::Key(_))));
    assert!(matches!(
        CertificateAuthority::from_pem("nothing", &key.serialize_pem()),
        Err(InvalidAuthority::Certificate)
    ));
    let leaf = ca_certificate(&key, 2036, |params| params.is_ca = IsCa::ExplicitNoCa);
    let no_signer = ca_certificate(&key, 2036, |params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    for certificate in [leaf, no_signer] {
        let result = CertificateAuthority::from_pem(&certificate, &key.serialize_pem());
        assert!(matches!(result, Err(InvalidAuthority::NotACa)));
    }
}

fn pem(text: &str) -> Vec<u8> {
    parse_x509_pem(text.as_bytes()).expect("PEM").1.contents
}

fn to_pem(label: &str, contents: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(contents))
}
