//! A client certificate in the form of API Gateway's events.

use jiff::Timestamp;
use serde::Serialize;
use x509_cert::Certificate;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, EncodePem};
use x509_cert::time::Time;

/// A client certificate that cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("cannot parse the client certificate: {0}")]
pub struct CertificateError(String);

/// The member `requestContext.identity.clientCert` of an event.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificate {
    /// The certificate, PEM.
    pub client_cert_pem: String,
    /// The subject as RFC 4514 text: the most specific attribute first.
    #[serde(rename = "subjectDN")]
    pub subject_dn: String,
    /// The issuer as RFC 4514 text.
    #[serde(rename = "issuerDN")]
    pub issuer_dn: String,
    /// The serial number: pairs of hexadecimal digits, separated by colons.
    pub serial_number: String,
    /// The period of validity.
    pub validity: Validity,
}

/// A period of validity. The format of both times is `May 28 12:30:02 2019 GMT`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validity {
    /// The first second of the period.
    pub not_before: String,
    /// The last second of the period.
    pub not_after: String,
}

impl ClientCertificate {
    /// Parses a certificate that the handshake has verified.
    ///
    /// # Errors
    /// Returns an error if it is not an RFC 5280 certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = Certificate::from_der(der).map_err(|error| CertificateError(error.to_string()))?;
        let pem = certificate.to_pem(LineEnding::LF).map_err(|error| CertificateError(error.to_string()))?;
        let tbs = certificate.tbs_certificate();
        Ok(Self {
            client_cert_pem: pem,
            subject_dn: tbs.subject().to_string(),
            issuer_dn: tbs.issuer().to_string(),
            serial_number: serial_text(tbs.serial_number().as_bytes()),
            validity: Validity {
                not_before: time_text(&tbs.validity().not_before)?,
                not_after: time_text(&tbs.validity().not_after)?,
            },
        })
    }
}

fn serial_text(bytes: &[u8]) -> String {
    let magnitude = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    magnitude.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn time_text(time: &Time) -> Result<String, CertificateError> {
    let timestamp = Timestamp::try_from(time.to_system_time()).map_err(|error| CertificateError(error.to_string()))?;
    Ok(timestamp.strftime("%b %e %H:%M:%S %Y GMT").to_string())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SerialNumber, date_time_ymd};

    use super::*;

    fn certificate(names: &[(DnType, &str)]) -> ClientCertificate {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in names {
            params.distinguished_name.push(kind.clone(), *value);
        }
        params.serial_number = Some(SerialNumber::from_slice(&[0xa1, 0x0b, 0xff]));
        params.not_before = date_time_ymd(2019, 5, 28);
        params.not_after = date_time_ymd(2021, 8, 5);
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        ClientCertificate::from_der(certificate.der()).unwrap()
    }

    #[test]
    fn subject_is_rfc_4514_text_with_the_most_specific_attribute_first() {
        let names = [
            (DnType::OrganizationName, "Buerokratt"),
            (DnType::OrganizationalUnitName, "dmr"),
            (DnType::CommonName, "dmr-tallinn"),
        ];
        let certificate = certificate(&names);
        assert_eq!(certificate.subject_dn, "CN=dmr-tallinn,OU=dmr,O=Buerokratt");
        assert_eq!(certificate.issuer_dn, certificate.subject_dn);
    }

    #[test]
    fn separators_in_a_name_are_escaped() {
        let names = [(DnType::OrganizationalUnitName, "chatbot"), (DnType::CommonName, "a,OU=dmr+CN=b ")];
        assert_eq!(certificate(&names).subject_dn, "CN=a\\,OU=dmr\\+CN=b\\ ,OU=chatbot");
    }

    #[test]
    fn other_fields_have_the_format_of_api_gateway() {
        let certificate = certificate(&[(DnType::CommonName, "a")]);
        assert_eq!(certificate.serial_number, "a1:0b:ff");
        assert_eq!(certificate.validity.not_before, "May 28 00:00:00 2019 GMT");
        assert_eq!(certificate.validity.not_after, "Aug  5 00:00:00 2021 GMT");
        assert!(certificate.client_cert_pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert!(certificate.client_cert_pem.ends_with("-----END CERTIFICATE-----\n"));
    }

    #[test]
    fn invalid_certificate_is_an_error() {
        assert!(ClientCertificate::from_der(&[0x30, 0x00]).is_err());
    }
}
