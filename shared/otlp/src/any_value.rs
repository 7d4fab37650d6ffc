//! Values of `opentelemetry/proto/common/v1`.

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

use crate::json;

/// A value of any type; none for `{}` and `null`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AnyValue {
    /// The value.
    #[prost(oneof = "Value", tags = "1, 2, 3, 4, 5, 6, 7")]
    pub value: Option<Value>,
}

/// The types of [`AnyValue`].
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Value {
    /// A text.
    #[prost(string, tag = "1")]
    Text(String),
    /// A truth value.
    #[prost(bool, tag = "2")]
    Bool(bool),
    /// An integer.
    #[prost(int64, tag = "3")]
    Int(i64),
    /// A floating-point number.
    #[prost(double, tag = "4")]
    Double(f64),
    /// A list.
    #[prost(message, tag = "5")]
    Array(ArrayValue),
    /// A list of keys with values.
    #[prost(message, tag = "6")]
    Map(KeyValueList),
    /// Raw bytes.
    #[prost(bytes = "bytes", tag = "7")]
    Bytes(Bytes),
}

/// A list of values.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct ArrayValue {
    /// The values.
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub values: Vec<AnyValue>,
}

/// A list of keys with values. Keys may repeat.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct KeyValueList {
    /// The keys with values.
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub values: Vec<KeyValue>,
}

/// A key with a value.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default)]
pub struct KeyValue {
    /// The key.
    #[prost(string, tag = "1")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub key: String,
    /// The value.
    #[prost(message, optional, tag = "2")]
    pub value: Option<AnyValue>,
}

/// The fields of [`AnyValue`] in JSON, of which at most one is set.
#[derive(Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the protocol")]
#[serde(rename_all = "camelCase", default)]
struct JsonValue {
    string_value: Option<String>,
    bool_value: Option<bool>,
    #[serde(deserialize_with = "json::optional_integer")]
    int_value: Option<i64>,
    #[serde(deserialize_with = "json::optional_double")]
    double_value: Option<f64>,
    array_value: Option<ArrayValue>,
    kvlist_value: Option<KeyValueList>,
    #[serde(deserialize_with = "json::optional_base64")]
    bytes_value: Option<Bytes>,
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Option::<JsonValue>::deserialize(deserializer)?.unwrap_or_default();
        let value = (fields.string_value.map(Value::Text))
            .or(fields.bool_value.map(Value::Bool))
            .or(fields.int_value.map(Value::Int))
            .or(fields.double_value.map(Value::Double))
            .or(fields.array_value.map(Value::Array))
            .or(fields.kvlist_value.map(Value::Map))
            .or(fields.bytes_value.map(Value::Bytes));
        Ok(Self { value })
    }
}

/// Plain JSON, without the type tags of OTLP: for messages. Bytes are base64; numbers that JSON lacks are null.
impl Serialize for AnyValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            None => serializer.serialize_unit(),
            Some(Value::Text(text)) => serializer.serialize_str(text),
            Some(Value::Bool(value)) => serializer.serialize_bool(*value),
            Some(Value::Int(value)) => serializer.serialize_i64(*value),
            Some(Value::Double(value)) => serializer.serialize_f64(*value),
            Some(Value::Array(list)) => serializer.collect_seq(&list.values),
            Some(Value::Map(list)) => {
                let mut map = serializer.serialize_map(Some(list.values.len()))?;
                for KeyValue { key, value } in &list.values {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
            Some(Value::Bytes(bytes)) => serializer.serialize_str(&json::base64(bytes)),
        }
    }
}
