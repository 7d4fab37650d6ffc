//! Client certificates: the profile and the name in the subject.

use centops_domain::{caller::Caller, name::Name};
use x509_parser::{parse_x509_certificate, pem::parse_x509_pem, x509::X509Name};

/// A certificate that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCertificate {
    /// Not PEM of an X.509 certificate.
    #[error("not an X.509 certificate")]
    Unreadable,
    /// The subject has not exactly one CN, a name, and one OU, a profile.
    #[error("the subject needs one CN, a name, and one OU, dmr or chatbot")]
    Subject,
}

/// The caller that the certificate `pem` names. Its chain was verified by the gateway.
///
/// # Errors
/// When it names no DMR and no chatbot.
pub fn caller(pem: &str) -> Result<Caller, InvalidCertificate> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).map_err(|_| InvalidCertificate::Unreadable)?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).map_err(|_| InvalidCertificate::Unreadable)?;
    of_subject(certificate.subject()).ok_or(InvalidCertificate::Subject)
}

fn of_subject(subject: &X509Name<'_>) -> Option<Caller> {
    let mut names = subject.iter_common_name();
    let mut profiles = subject.iter_organizational_unit();
    let (name, profile) = (names.next()?, profiles.next()?);
    if names.next().is_some() || profiles.next().is_some() {
        return None;
    }
    let name: Name = name.as_str().ok()?.parse().ok()?;
    match profile.as_str().ok()? {
        "dmr" => Some(Caller::Dmr(name)),
        "chatbot" => Some(Caller::Chatbot(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

    use super::*;

    fn certificate(subject: &[(DnType, &str)]) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate").pem()
    }

    #[test]
    fn profile_and_name_come_from_the_subject() {
        let (name, unit) = (DnType::CommonName, DnType::OrganizationalUnitName);
        let of = |profile, cn| caller(&certificate(&[(unit.clone(), profile), (name.clone(), cn)]));
        let tallinn: Name = "tallinn".parse().expect("a good name");
        assert_eq!(of("dmr", "tallinn"), Ok(Caller::Dmr(tallinn.clone())));
        assert_eq!(of("chatbot", "tallinn"), Ok(Caller::Chatbot(tallinn)));
        for (profile, cn) in
            [("admin", "tallinn"), ("", "tallinn"), ("DMR", "tallinn"), ("dmr", "Tallinn"), ("dmr", "")]
        {
            assert_eq!(of(profile, cn), Err(InvalidCertificate::Subject), "{profile} {cn}");
        }
        assert_eq!(caller(&certificate(&[(name, "tallinn")])), Err(InvalidCertificate::Subject));
        assert_eq!(caller("-----BEGIN CERTIFICATE-----"), Err(InvalidCertificate::Unreadable));
    }
}
