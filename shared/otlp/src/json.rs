//! Field formats of the JSON encoding.

use std::str::FromStr;

use base64::{
    Engine,
    alphabet::STANDARD as ALPHABET,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de::Error};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Unsigned(u64),
    Signed(i64),
    Double(f64),
    Text(String),
}

/// Reads a value; `null` is the default.
pub fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

/// Reads a 64-bit integer, as a number or as text.
pub fn optional_integer<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr + TryFrom<u64> + TryFrom<i64>,
{
    let parsed = match Option::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Number::Unsigned(number)) => T::try_from(number).ok(),
        Some(Number::Signed(number)) => T::try_from(number).ok(),
        Some(Number::Text(text)) => text.parse().ok(),
        Some(Number::Double(_)) => None,
    };
    parsed.map(Some).ok_or_else(|| D::Error::custom("expected a 64-bit integer, as a number or as text"))
}

/// Reads a 64-bit integer, as a number or as text; `null` is 0.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(optional_integer(deserializer)?.unwrap_or_default())
}

/// Reads a number; text for those that JSON lacks.
#[allow(clippy::cast_precision_loss, reason = "a double has 53 bits in every encoding")]
pub fn optional_double<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        None => None,
        Some(Number::Unsigned(number)) => Some(number as f64),
        Some(Number::Signed(number)) => Some(number as f64),
        Some(Number::Double(number)) => Some(number),
        Some(Number::Text(text)) => Some(text.parse().map_err(D::Error::custom)?),
    })
}

/// Reads bytes from base64, padded or not.
pub fn optional_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| BASE64.decode(text).map(Bytes::from)).transpose().map_err(D::Error::custom)
}

/// Returns `bytes` as padded base64.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads bytes from hexadecimal digits of either case.
pub fn hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Option<Vec<u8>> = text.as_bytes().iter().map(digit).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0);
    let digits = digits.ok_or_else(|| D::Error::custom("expected pairs of hexadecimal digits"))?;
    Ok(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}
