//! A client's certificate in the words of API Gateway.

use jiff::Timestamp;
use serde::Serialize;
use x509_cert::Certificate;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, EncodePem};
use x509_cert::time::Time;

/// The certificate cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the client's certificate cannot be read: {0}")]
pub struct CertificateError(String);

/// `requestContext.identity.clientCert` of an event.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientCertificate {
    /// The certificate itself.
    pub client_cert_pem: String,
    /// Whose it is, as RFC 4514 text: the most specific part first.
    #[serde(rename = "subjectDN")]
    pub subject_dn: String,
    /// Who signed it, as RFC 4514 text.
    #[serde(rename = "issuerDN")]
    pub issuer_dn: String,
    /// Pairs of hexadecimal digits with colons between.
    pub serial_number: String,
    /// From when to when it holds.
    pub validity: Validity,
}

/// The period of a certificate, each end written as `May 28 12:30:02 2019 GMT`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Validity {
    /// The first second.
    pub not_before: String,
    /// The last second.
    pub not_after: String,
}

impl ClientCertificate {
    /// Reads a certificate that the handshake has already verified.
    ///
    /// # Errors
    /// When it is not a certificate as RFC 5280 has them.
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
    let moment = Timestamp::try_from(time.to_system_time()).map_err(|error| CertificateError(error.to_string()))?;
    Ok(moment.strftime("%b %e %H:%M:%S %Y GMT").to_string())
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
    fn the_subject_is_rfc_4514_text_the_most_specific_part_first() {
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
    fn a_name_cannot_pose_as_two() {
        let names = [(DnType::OrganizationalUnitName, "chatbot"), (DnType::CommonName, "a,OU=dmr+CN=b ")];
        assert_eq!(certificate(&names).subject_dn, "CN=a\\,OU=dmr\\+CN=b\\ ,OU=chatbot");
    }

    #[test]
    fn the_other_fields_are_written_as_api_gateway_writes_them() {
        let certificate = certificate(&[(DnType::CommonName, "a")]);
        assert_eq!(certificate.serial_number, "a1:0b:ff");
        assert_eq!(certificate.validity.not_before, "May 28 00:00:00 2019 GMT");
        assert_eq!(certificate.validity.not_after, "Aug  5 00:00:00 2021 GMT");
        assert!(certificate.client_cert_pem.starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert!(certificate.client_cert_pem.ends_with("-----END CERTIFICATE-----\n"));
    }

    #[test]
    fn what_is_not_a_certificate_is_refused() {
        assert!(ClientCertificate::from_der(&[0x30, 0x00]).is_err());
    }
}
