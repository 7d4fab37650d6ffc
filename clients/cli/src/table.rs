//! Tables for people: columns by operation, aligned, without what a terminal would obey.

use serde_json::Value;

/// A column: its heading, and the JSON pointer of its value.
type Column = (&'static str, &'static str);

const CHATBOTS: &[Column] = &[
    ("NAME", "/name"),
    ("STATUS", "/status"),
    ("SINCE", "/statusSince"),
    ("TYPE", "/type"),
    ("INSTITUTION", "/institution"),
    ("URI", "/uri"),
];
const INCIDENTS: &[Column] = &[
    ("ID", "/id"),
    ("CHATBOT", "/chatbot"),
    ("STATE", "/state"),
    ("STATUS", "/status"),
    ("BEGAN", "/began"),
    ("INSTITUTION", "/institution"),
];
const EVENTS: &[Column] = &[("AT", "/at"), ("TYPE", "/type"), ("CHATBOT", "/chatbot"), ("ID", "/id")];
const DMRS: &[Column] = &[("NAME", "/name"), ("STATUS", "/status"), ("INSTITUTION", "/institution"), ("URI", "/uri")];
const LOGS: &[Column] = &[("AT", "/at"), ("LEVEL", "/level"), ("MESSAGE", "/message")];
const PEOPLE: &[Column] = &[("ID", "/id"), ("NAME", "/name"), ("SUBJECT", "/subject"), ("GRANTS", "/grants")];
const ROUTES: &[Column] = &[("NAME", "/name"), ("TYPE", "/type"), ("URI", "/uri")];
const CERTIFICATES: &[Column] = &[
    ("PROFILE", "/profile"),
    ("NAME", "/name"),
    ("SERIAL", "/serial"),
    ("ENDS", "/notAfter"),
    ("REVOKED", "/revokedAt"),
];
const INVITATIONS: &[Column] =
    &[("ID", "/id"), ("INSTITUTION", "/institution"), ("EMAIL", "/email"), ("STATUS", "/status"), ("UNTIL", "/until")];

/// Returns the columns of the items of an operation; none if they are those of the items' fields.
fn columns(operation: &str) -> Option<&'static [Column]> {
    Some(match operation {
        "list-chatbots" => CHATBOTS,
        "list-incidents" | "list-members" => INCIDENTS,
        "list-events" | "list-chatbot-events" => EVENTS,
        "list-invitations" | "list-own-invitations" => INVITATIONS,
        "list-institutions" => {
            &[("ID", "/id"), ("NAME", "/name"), ("STATUS", "/status"), ("TYPE", "/type"), ("CONTACT", "/contact")]
        }
        "list-subscriptions" => &[
            ("ID", "/id"),
            ("CHANNEL", "/channel"),
            ("ADDRESS", "/address"),
            ("STATE", "/state/name"),
            ("INSTITUTION", "/coverage/institution"),
        ],
        "list-planned-outages" => &[
            ("ID", "/id"),
            ("INSTITUTION", "/institution"),
            ("STATE", "/state"),
            ("START", "/rule/start"),
            ("MINUTES", "/rule/minutes"),
            ("REASON", "/reason"),
        ],
        "list-dmrs" => DMRS,
        "list-releases" => &[
            ("COMPONENT", "/component"),
            ("VERSION", "/version"),
            ("SEVERITY", "/severity"),
            ("PUBLISHED", "/publishedAt"),
            ("WITHDRAWN", "/withdrawal/reason"),
        ],
        "list-people" => PEOPLE,
        "list-certificates" => CERTIFICATES,
        "list-logs" => LOGS,
        "list-audit" => &[
            ("AT", "/at"),
            ("BY", "/by/name"),
            ("OPERATION", "/operation"),
            ("OUTCOME", "/outcome"),
            ("CHATBOT", "/chatbot"),
            ("INSTITUTION", "/institution"),
        ],
        "get-routes" => ROUTES,
        _ => return None,
    })
}

/// Returns items as a table.
pub fn list(operation: &str, items: &[Value], is_coloured: bool) -> String {
    let (headings, pointers): (Vec<String>, Vec<String>) = match columns(operation) {
        Some(columns) => {
            columns.iter().map(|(heading, pointer)| ((*heading).to_owned(), (*pointer).to_owned())).unzip()
        }
        None => scalar_fields(items),
    };
    if headings.is_empty() {
        return items.iter().map(|item| cell(Some(item)) + "\n").collect();
    }
    let rows = items.iter().map(|item| pointers.iter().map(|pointer| cell(item.pointer(pointer))).collect());
    let rows: Vec<Vec<String>> = std::iter::once(headings).chain(rows).collect();
    aligned(&rows, is_coloured)
}

/// Returns the fields of an object, one a line.
pub fn fields(item: &Value, is_coloured: bool) -> String {
    let mut rows = Vec::new();
    flatten("", item, &mut rows);
    aligned(&rows, is_coloured)
}

/// Returns what identifies an item: its name, id or serial number.
pub fn name(item: &Value) -> String {
    let fields = ["name", "id", "serial", "component", "at"];
    let found = fields.iter().find_map(|field| item.get(field)?.as_str());
    visible(found.or_else(|| item.as_str()).unwrap_or("-"))
}

/// Returns text without control characters: a log message must not command the terminal.
pub fn visible(text: &str) -> String {
    text.chars().flat_map(|c| if is_obeyed(c) { c.escape_default().collect() } else { vec![c] }).collect()
}

/// The same, but lines stay lines.
pub fn visible_lines(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// Control characters, and those that change the direction of text.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn scalar_fields(items: &[Value]) -> (Vec<String>, Vec<String>) {
    let first = items.first().and_then(Value::as_object);
    let names = first.into_iter().flatten().filter(|(_, value)| !value.is_object() && !value.is_array());
    names.map(|(name, _)| (name.to_uppercase(), format!("/{}", name.replace('~', "~0").replace('/', "~1")))).unzip()
}

fn flatten(prefix: &str, value: &Value, rows: &mut Vec<Vec<String>>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten(&path, field, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (at, item) in items.iter().enumerate() {
                flatten(&format!("{prefix}[{at}]"), item, rows);
            }
        }
        other => rows.push(vec![visible(prefix), cell(Some(other))]),
    }
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => visible(text),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(Value::Object(fields)) if fields.is_empty() => "-".to_owned(),
        Some(Value::Object(fields)) => fields.keys().map(|name| visible(name)).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    }
}

/// Returns rows with columns of one width. The last column is not padded.
fn aligned(rows: &[Vec<String>], is_coloured: bool) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            text.push_str(&painted(cell, is_coloured));
            if at + 1 < row.len() {
                let padding = widths[at] - cell.chars().count() + 2;
                text.extend(std::iter::repeat_n(' ', padding));
            }
        }
        text.push('\n');
    }
    text
}

/// Statuses that need somebody are red, those that do not are green.
fn painted(cell: &str, is_coloured: bool) -> String {
    let colour = match cell {
        "Online" | "Active" | "active" | "confirmed" => 32,
        "Offline" | "failing" | "open" | "critical" => 31,
        "Unknown" | "pending" | "acknowledged" | "requested" | "mandatory" => 33,
        _ => return cell.to_owned(),
    };
    if is_coloured { format!("\x1b[{colour}m{cell}\x1b[0m") } else { cell.to_owned() }
}

/// Returns a value as text: texts without quotes.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn chatbots_have_their_columns() {
        let items = [
            json!({"name": "tax-board", "status": "Online", "statusSince": "2026-11-27T09:12:00Z", "type": "institution",
                "institution": "tax-and-customs", "uri": "https://bot.emta.ee/messages"}),
            json!({"name": "ilm", "status": "Offline", "statusSince": "2026-11-27T09:12:00Z", "type": "ministry",
                "institution": "keskkond", "uri": "https://ilm.ee/"}),
        ];
        assert_eq!(
            list("list-chatbots", &items, false),
            "NAME       STATUS   SINCE                 TYPE         INSTITUTION      URI\n\
             tax-board  Online   2026-11-27T09:12:00Z  institution  tax-and-customs  https://bot.emta.ee/messages\n\
             ilm        Offline  2026-11-27T09:12:00Z  ministry     keskkond         https://ilm.ee/\n"
        );
    }

    #[test]
    fn coloured_table_is_aligned_as_the_plain_one() {
        let items = [json!({"name": "a", "status": "Online"}), json!({"name": "b", "status": "Offline"})];
        let coloured = list("list-dmrs", &items, true);
        assert!(coloured.contains("\x1b[32mOnline\x1b[0m   -"), "{coloured:?}");
        let plain = coloured.replace("\x1b[32m", "").replace("\x1b[31m", "").replace("\x1b[0m", "");
        assert_eq!(plain, list("list-dmrs", &items, false));
    }

    #[test]
    fn terminal_does_not_obey_a_log_message() {
        let items = [json!({"at": "now", "level": "error", "message": "\u{1b}]0;owned\u{7}\nfake\u{202e}"})];
        let text = list("list-logs", &items, false);
        assert_eq!(text.lines().count(), 2);
        assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'), "{text:?}");
        assert!(text.contains("\\nfake"));
    }

    #[test]
    fn object_is_shown_by_field() {
        let item =
            json!({"name": "a", "rule": {"minutes": 5}, "steps": [{"at": "x"}], "empty": {}, "list": ["a", "b"]});
        assert_eq!(
            fields(&item, false),
            "empty         -\nlist          a,b\nname          a\nrule.minutes  5\nsteps[0].at   x\n"
        );
    }

    #[test]
    fn other_items_have_the_columns_of_their_plain_fields() {
        let items = [json!({"id": "x", "data": {"a": 1}, "n": 2})];
        assert_eq!(list("list-something", &items, false), "ID  N\nx   2\n");
    }
}
