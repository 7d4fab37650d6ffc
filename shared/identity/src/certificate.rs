//! Client certificates: parses the profile and the name in the subject, and the serial number.

use centops_domain::{
    chatbots::Name,
    credentials::{Profile, Serial},
};
use x509_parser::{parse_x509_certificate, pem::parse_x509_pem, x509::X509Name};

/// The certificate does not identify a DMR or a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCertificate {
    /// The text is not an X.509 certificate in PEM.
    #[error("not an X.509 certificate")]
    Unreadable,
    /// The subject does not have exactly one CN (a name) and one OU (a profile).
    #[error("the subject needs one CN, a name, and one OU, dmr or chatbot")]
    Subject,
    /// The serial number is longer than those that CentOps issues.
    #[error("the serial number was not issued by CentOps")]
    Serial,
}

/// The holder and the serial number of a client certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The holder's profile: DMR or chatbot.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The certificate's serial number.
    pub serial: Serial,
}

/// Parses the certificate `pem`. The gateway has verified its chain. The store knows whether CentOps issued it and
/// whether it was revoked.
///
/// # Errors
/// When it does not identify a DMR or a chatbot.
pub fn parse(pem: &str) -> Result<ClientCertificate, InvalidCertificate> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).map_err(|_| InvalidCertificate::Unreadable)?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).map_err(|_| InvalidCertificate::Unreadable)?;
    let (profile, name) = parse_subject(certificate.subject()).ok_or(InvalidCertificate::Subject)?;
    let serial = Serial::from_der(certificate.raw_serial()).ok_or(InvalidCertificate::Serial)?;
    Ok(ClientCertificate { profile, name, serial })
}

/// Returns the profile and the name, or `None` if one is missing, repeated or invalid.
fn parse_subject(subject: &X509Name<'_>) -> Option<(Profile, Name)> {
    let mut names = subject.iter_common_name();
    let mut profiles = subject.iter_organizational_unit();
    let (name, profile) = (names.next()?, profiles.next()?);
    if names.next().is_some() || profiles.next().is_some() {
        return None;
    }
    Some((profile.as_str().ok()?.parse().ok()?, name.as_str().ok()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SerialNumber};

    use super::*;

    fn certificate(subject: &[(DnType, &str)], serial: &[u8]) -> String {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in subject {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.serial_number = Some(SerialNumber::from_slice(serial));
        params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate").pem()
    }

    #[test]
    fn parses_profile_and_name_of_the_subject() {
        let (name, unit) = (DnType::CommonName, DnType::OrganizationalUnitName);
        let parse_with = |profile, cn| parse(&certificate(&[(unit.clone(), profile), (name.clone(), cn)], &[0xf0; 16]));
        let tallinn: Name = "tallinn".parse().expect("a good name");
        for (text, profile) in [("dmr", Profile::Dmr), ("chatbot", Profile::Chatbot)] {
            let expected = ClientCertificate { profile, name: tallinn.clone(), serial: Serial::new([0xf0; 16]) };
            assert_eq!(parse_with(text, "tallinn"), Ok(expected));
        }
        for (profile, cn) in
            [("admin", "tallinn"), ("", "tallinn"), ("DMR", "tallinn"), ("dmr", "Tallinn"), ("dmr", "")]
        {
            assert_eq!(parse_with(profile, cn), Err(InvalidCertificate::Subject), "{profile} {cn}");
        }
        assert_eq!(parse(&certificate(&[(name, "tallinn")], &[1])), Err(InvalidCertificate::Subject));
        assert_eq!(parse("-----BEGIN CERTIFICATE-----"), Err(InvalidCertificate::Unreadable));
    }

    #[test]
    fn rejects_a_serial_number_longer_than_issued_ones() {
        let subject = [(DnType::OrganizationalUnitName, "dmr"), (DnType::CommonName, "tallinn")];
        assert_eq!(parse(&certificate(&subject, &[1; 17])), Err(InvalidCertificate::Serial));
    }
}
