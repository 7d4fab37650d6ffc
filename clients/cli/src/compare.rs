//! Comparison of what a file names with what the server has. What the file does not name is left alone.

use serde_json::{Map, Value};

/// A field that a file names and that has another value on the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The path of the field: `settings.language`.
    pub field: String,
    /// The value on the server; none if it has none.
    pub from: Option<Value>,
    /// The value of the file.
    pub to: Value,
}

/// Returns the fields of `wanted` that are other in `current`.
pub fn differences(current: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(current, wanted, "", &mut found);
    found
}

fn collect(current: &Map<String, Value>, wanted: &Map<String, Value>, prefix: &str, found: &mut Vec<Difference>) {
    // By name: whether a map keeps the order of a file depends on how the program was built.
    let mut fields: Vec<_> = wanted.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    for (name, to) in fields {
        let field = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (current.get(name), to) {
            (Some(Value::Object(from)), Value::Object(to)) => collect(from, to, &field, found),
            (Some(from), to) if is_same(from, to) => {}
            (from, to) => found.push(Difference { field, from: from.cloned(), to: to.clone() }),
        }
    }
}

/// Lists of texts and numbers are sets in the contract, so their order is no difference.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().all(|item| other.iter().any(|candidate| is_same(item, candidate)))
        }
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        _ => one == other,
    }
}

/// Returns `current` with the fields of `wanted` in the place of its own.
pub fn merged(current: &Map<String, Value>, wanted: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = current.clone();
    for (name, to) in wanted {
        let value = match (current.get(name), to) {
            (Some(Value::Object(from)), Value::Object(to)) => Value::Object(self::merged(from, to)),
            _ => to.clone(),
        };
        merged.insert(name.clone(), value);
    }
    merged
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(fields) = value else { panic!("no object") };
        fields
    }

    #[test]
    fn absent_fields_are_no_difference() {
        let current = object(json!({"uri": "a", "contact": "b", "settings": {"language": "et", "zone": "UTC"}}));
        let wanted = object(json!({"uri": "a", "settings": {"language": "en"}}));
        let found = differences(&current, &wanted);
        assert_eq!(
            found,
            [Difference { field: "settings.language".to_owned(), from: Some(json!("et")), to: json!("en") }]
        );
    }

    #[test]
    fn order_of_a_list_is_no_difference() {
        assert!(is_same(&json!(["a", "b"]), &json!(["b", "a"])));
        assert!(!is_same(&json!(["a", "b"]), &json!(["a"])));
        assert!(!is_same(&json!(["a", "a"]), &json!(["a", "b"])) || !is_same(&json!(["a", "b"]), &json!(["a", "a"])));
    }

    #[test]
    fn integer_and_decimal_of_one_value_are_no_difference() {
        assert!(is_same(&json!(5), &json!(5.0)));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            (0..5).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
            prop::collection::vec("[ab]", 0..3).prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect()))
        })
    }

    fn objects() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::btree_map("[abcd]", values(), 0..4).prop_map(|fields| fields.into_iter().collect())
    }

    proptest! {
        #[test]
        fn merged_has_no_difference(current in objects(), wanted in objects()) {
            prop_assert_eq!(differences(&merged(&current, &wanted), &wanted), []);
        }

        #[test]
        fn fields_that_are_not_named_stay(current in objects(), wanted in objects()) {
            let merged = merged(&current, &wanted);
            for (name, value) in &current {
                if !wanted.contains_key(name) {
                    prop_assert_eq!(merged.get(name), Some(value));
                }
            }
        }

        #[test]
        fn object_does_not_differ_from_itself(current in objects()) {
            prop_assert_eq!(differences(&current, &current), []);
        }
    }
}
