//! Serial numbers of certificates.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The serial number of a certificate, 128 bits. As text 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Serial([u8; 16]);

/// A text that is not a [`Serial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial number has 32 digits of 0-9 and a-f")]
pub struct InvalidSerial;

impl Serial {
    /// Returns the serial number with these bytes, big-endian.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the serial number of a DER certificate: big-endian, of any length. None if it exceeds 128 bits.
    #[must_use]
    pub fn from_der(bytes: &[u8]) -> Option<Self> {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let digits = bytes.get(zeros..)?;
        let mut serial = [0; 16];
        serial.get_mut(16_usize.checked_sub(digits.len())?..)?.copy_from_slice(digits);
        Some(Self(serial))
    }

    /// Returns the bytes, big-endian.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Serial {
    type Err = InvalidSerial;

    fn from_str(text: &str) -> Result<Self, InvalidSerial> {
        let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| fits).ok_or(InvalidSerial)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl TryFrom<String> for Serial {
    type Error = InvalidSerial;

    fn try_from(text: String) -> Result<Self, InvalidSerial> {
        text.parse()
    }
}

impl From<Serial> for String {
    fn from(serial: Serial) -> Self {
        serial.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_number_has_one_spelling() {
        let high = [0xff; 16];
        let der = [&[0][..], &high].concat();
        assert_eq!(Serial::from_der(&der), Some(Serial::new(high)));
        let mut low = [0; 16];
        low[15] = 5;
        assert_eq!(Serial::from_der(&[5]), Some(Serial::new(low)));
        assert_eq!(Serial::new(low).to_string(), "00000000000000000000000000000005");
        assert_eq!(Serial::from_der(&[1; 17]), None);
        assert_eq!("ff".repeat(16).parse(), Ok(Serial::new(high)));
        for bad in ["", "5", &"FF".repeat(16), &"0".repeat(33), &format!("+{}", "0".repeat(31)), &"õ".repeat(16)] {
            assert_eq!(bad.parse::<Serial>(), Err(InvalidSerial), "{bad}");
        }
    }
}
