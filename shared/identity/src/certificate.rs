//! Client certificates: the profile and the name in the subject, and the serial number.

use centops_domain::{
    certificate::{Profile, Serial},
    name::Name,
};
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
    /// The serial number is larger than any of ours.
    #[error("the serial number is none of CentOps's")]
    Serial,
}

/// What a certificate says of its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// What the holder is.
    pub profile: Profile,
    /// Who the holder is.
    pub name: Name,
    /// The certificate's number.
    pub serial: Serial,
}

/// What the certificate `pem` says. Its chain was verified by the gateway; whether it is one that CentOps
/// issued, and still holds, stands in the store.
///
/// # Errors
/// When it names no DMR and no chatbot.
pub fn presented(pem: &str) -> Result<Presented, InvalidCertificate> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).map_err(|_| InvalidCertificate::Unreadable)?;
    let (_, certificate) = parse_x509_certificate(&pem.contents).map_err(|_| InvalidCertificate::Unreadable)?;
    let (profile, name) = of_subject(certificate.subject()).ok_or(InvalidCertificate::Subject)?;
    let serial = Serial::of_der(certificate.raw_serial()).ok_or(InvalidCertificate::Serial)?;
    Ok(Presented { profile, name, serial })
}

fn of_subject(subject: &X509Name<'_>) -> Option<(Profile, Name)> {
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
    fn profile_and_name_come_from_the_subject() {
        let (name, unit) = (DnType::CommonName, DnType::OrganizationalUnitName);
        let of = |profile, cn| presented(&certificate(&[(unit.clone(), profile), (name.clone(), cn)], &[0xf0; 16]));
        let tallinn: Name = "tallinn".parse().expect("a good name");
        for (text, profile) in [("dmr", Profile::Dmr), ("chatbot", Profile::Chatbot)] {
            let expected = Presented { profile, name: tallinn.clone(), serial: Serial::new([0xf0; 16]) };
            assert_eq!(of(text, "tallinn"), Ok(expected));
        }
        for (profile, cn) in
            [("admin", "tallinn"), ("", "tallinn"), ("DMR", "tallinn"), ("dmr", "Tallinn"), ("dmr", "")]
        {
            assert_eq!(of(profile, cn), Err(InvalidCertificate::Subject), "{profile} {cn}");
        }
        assert_eq!(presented(&certificate(&[(name, "tallinn")], &[1])), Err(InvalidCertificate::Subject));
        assert_eq!(presented("-----BEGIN CERTIFICATE-----"), Err(InvalidCertificate::Unreadable));
    }

    #[test]
    fn a_number_that_we_never_gave_is_refused() {
        let subject = [(DnType::OrganizationalUnitName, "dmr"), (DnType::CommonName, "tallinn")];
        assert_eq!(presented(&certificate(&subject, &[1; 17])), Err(InvalidCertificate::Serial));
    }
}
