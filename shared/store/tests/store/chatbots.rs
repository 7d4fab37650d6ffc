//! Enrolment, changes, removal and lists of chatbots.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::{
    Client,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        query::QueryOutput,
    },
    types::AttributeValue,
};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use centops_domain::{
    chatbots::{Chatbot, ChatbotChange, Name, Status},
    health::{CauseSummary, Control, ControlMode, ControlSummary, NewControl, Standing},
};
use centops_store::{
    IfMatch, Store, StoreError,
    chatbots::{ChatbotFilter, InstitutionPosition},
};

use crate::support::{Table, after, chatbot, chatbot_of, create_institution, institution, name, outage, peer, start};

fn change(json: serde_json::Value) -> ChatbotChange {
    serde_json::from_value(json).expect("a good change")
}

#[tokio::test]
async fn second_enrolment_of_a_name_returns_exists() {
    let table = Table::new().await;
    let created =
        table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    assert!(matches!(
        table.store.create_chatbot(&table.audit_context(after(1)), chatbot("tax", after(1))).await,
        Err(StoreError::Exists)
    ));
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there"), created, "the second changed nothing");
    assert!(matches!(table.store.chatbot(&name("police")).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn version_of_a_removed_chatbot_is_refused_after_an_enrolment_at_the_same_time() {
    let table = Table::new().await;
    let enrol = async |second| {
        table.store.create_chatbot(&table.audit_context(after(second)), chatbot("tax", start())).await.expect("created")
    };
    let removed = enrol(0).await;
    table.store.delete_chatbot(&table.audit_context(after(1)), &name("tax"), None, &table.policy).await.expect("gone");
    enrol(2).await;
    let contact = change(serde_json::json!({"contact": "new@example.ee"}));
    let (context, name) = (table.audit_context(after(3)), name("tax"));
    let updated = table.store.update_chatbot(&context, &name, Some(removed.version), &contact).await;
    assert!(matches!(updated, Err(StoreError::Changed)));
}

#[tokio::test]
async fn one_of_concurrent_enrolments_wins() {
    let table = Table::new().await;
    let enrol = async |second| {
        table.store.create_chatbot(&table.audit_context(after(second)), chatbot("tax", after(second))).await
    };
    let tries = (0..8).map(enrol);
    let won = futures::future::join_all(tries).await.into_iter().flatten().count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn list_contains_each_chatbot_once_for_any_page_size() {
    let table = Table::new().await;
    let names: BTreeSet<_> = (0..7).map(|n| name(&format!("bot-{n}"))).collect();
    for name in &names {
        table
            .store
            .create_chatbot(&table.audit_context(start()), chatbot(name.as_str(), start()))
            .await
            .expect("created");
    }
    for limit in [1, 3, 7, 100] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = table.store.chatbots(&ChatbotFilter::default(), cursor.as_ref(), limit).await.expect("a page");
            seen.extend(page.items.into_iter().map(|chatbot| chatbot.name));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert!(seen.iter().eq(names.iter()), "limit {limit}: {seen:?}");
    }
}

#[tokio::test]
async fn full_page_that_ends_the_list_has_no_next() {
    let table = Table::new().await;
    for (bot, kind) in
        [("a", "ministry"), ("b", "institution"), ("c", "ministry"), ("d", "institution"), ("e", "ministry")]
    {
        let bot = Chatbot { kind: kind.parse().expect("a type"), ..chatbot(&format!("bot-{bot}"), start()) };
        table.store.create_chatbot(&table.audit_context(start()), bot).await.expect("created");
    }
    let page = async |filter: &ChatbotFilter, after: Option<&str>, limit| {
        let page = table.store.chatbots(filter, after.map(name).as_ref(), limit).await.expect("a page");
        (page.items.into_iter().map(|bot| String::from(bot.name)).collect::<Vec<_>>(), page.next.map(String::from))
    };
    let (all, last) = (ChatbotFilter::default(), "bot-e");
    for limit in 1..=6 {
        let (names, next) = page(&all, None, limit).await;
        assert_eq!(names.len(), usize::try_from(limit.min(5)).expect("a length"));
        assert_eq!(next.is_some(), limit < 5, "limit {limit} of 5");
        assert!(next.is_none_or(|next| Some(&next) == names.last()));
    }
    assert_eq!(page(&all, Some("bot-c"), 2).await, (vec!["bot-d".to_owned(), last.to_owned()], None));
    assert_eq!(page(&all, Some(last), 2).await, (vec![], None));
    let filter = ChatbotFilter { kind: "ministry".parse().ok(), ..ChatbotFilter::default() };
    assert_eq!(page(&filter, Some("bot-b"), 2).await, (vec!["bot-c".to_owned(), last.to_owned()], None));
    let (names, next) = page(&filter, Some("bot-a"), 1).await;
    assert_eq!((names, next.as_deref()), (vec!["bot-c".to_owned()], Some("bot-c")), "one was read too many");
}

/// Returns the pages of a list by institution as `institution/name`.
async fn pages_of(
    table: &Table,
    institutions: &BTreeSet<Name>,
    filter: &ChatbotFilter,
    limit: i32,
) -> Vec<Vec<String>> {
    let (mut pages, mut from) = (Vec::new(), None);
    loop {
        let page = table.store.chatbots_of(institutions, filter, from.as_ref(), limit).await.expect("a page");
        pages.push(page.items.iter().map(|bot| format!("{}/{}", bot.institution, bot.name)).collect());
        let Some(next) = page.next else { return pages };
        from = Some(next.to_string().parse().expect("its own wire form"));
    }
}

#[tokio::test]
async fn list_of_institutions_is_by_institution_and_name_for_any_page_size() {
    let table = Table::new().await;
    let all = [("a", "tax"), ("b", "ppa"), ("c", "tax"), ("d", "emta"), ("e", "tax"), ("f", "ppa"), ("g", "rmk")];
    for (bot, institution) in all {
        let context = table.audit_context(start());
        table.store.create_chatbot(&context, chatbot_of(&format!("bot-{bot}"), institution)).await.expect("created");
    }
    create_institution(&table, institution("ppa", "Politseiamet")).await.expect("created");
    table
        .store
        .create_peer(&table.audit_context(start()), peer("bot-c-dmr", "ppa"))
        .await
        .expect("a peer is no chatbot");
    let owned: BTreeSet<Name> = ["none", "ppa", "rik", "rmk", "tax"].into_iter().map(name).collect();
    let listed = ["ppa/bot-b", "ppa/bot-f", "rmk/bot-g", "tax/bot-a", "tax/bot-c", "tax/bot-e"];
    for limit in 1..=7 {
        let pages = pages_of(&table, &owned, &ChatbotFilter::default(), limit).await;
        let size = usize::try_from(limit).expect("a size");
        assert!(pages.iter().map(Vec::as_slice).eq(listed.chunks(size)), "limit {limit}: {pages:?}");
    }
    let kind = ChatbotFilter { kind: "institution".parse().ok(), ..ChatbotFilter::default() };
    assert_eq!(pages_of(&table, &owned, &kind, 100).await, [[""; 0]]);
    assert_eq!(
        pages_of(&table, &BTreeSet::new(), &ChatbotFilter::default(), 100).await,
        [[""; 0]],
        "an owner of nothing"
    );
}

/// A cursor of a page may be used after the institutions of the token changed.
#[tokio::test]
async fn position_in_an_institution_that_is_no_longer_listed_stays_valid() {
    let table = Table::new().await;
    for (bot, institution) in [("bot-a", "emta"), ("bot-b", "ppa"), ("bot-c", "tax")] {
        table.store.create_chatbot(&table.audit_context(start()), chatbot_of(bot, institution)).await.expect("created");
    }
    let owned = ["emta", "tax"].into_iter().map(name).collect();
    let from = "ppa#bot-b".parse().expect("a position");
    let page = table.store.chatbots_of(&owned, &ChatbotFilter::default(), Some(&from), 10).await.expect("a page");
    assert_eq!(page.items.iter().map(|bot| bot.name.as_str()).collect::<Vec<_>>(), ["bot-c"]);
    for invalid in ["", "tax", "#bot", "TAX#bot", "tax#B", "tax#bot#c"] {
        assert!(invalid.parse::<InstitutionPosition>().is_err(), "{invalid:?}");
    }
}

#[tokio::test]
async fn owner_of_hundreds_of_institutions_lists_its_chatbots_in_bounded_pages() {
    let table = Table::new().await;
    let owned: BTreeSet<Name> = (0..400).map(|number| name(&format!("institution-of-the-owner-{number:03}"))).collect();
    for (bot, institution) in [("bot-a", "institution-of-the-owner-399"), ("bot-b", "tax-board")] {
        let context = table.audit_context(start());
        table.store.create_chatbot(&context, chatbot_of(bot, institution)).await.expect("created");
    }
    let filter = ChatbotFilter { status: Some(Status::Unknown), kind: "ministry".parse().ok() };
    let pages = pages_of(&table, &owned, &filter, 100).await;
    assert_eq!(pages.len(), 4, "at most 100 queries a page");
    assert_eq!(pages.concat(), ["institution-of-the-owner-399/bot-a"]);
}

/// The index lags behind the table. What it names is read from the table, so a former owner sees nothing.
#[tokio::test]
async fn outdated_entry_of_the_index_shows_nothing() {
    let query = mock!(Client::query).then_output(|| {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let entry = |bot: &str| {
            [("institution", "tax"), ("pk", "CHATBOTS"), ("sk", bot)]
                .map(|(name, value)| (name.to_owned(), text(value)))
        };
        QueryOutput::builder().items(entry("gone").into()).items(entry("moved").into()).build()
    });
    let table = Table::new().await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot_of("moved", "ppa")).await.expect("created");
    let moved = table.client.get_item().table_name("centops").key("pk", AttributeValue::S("CHATBOTS".into()));
    let moved = moved.key("sk", AttributeValue::S("moved".into())).send().await.expect("read").item.expect("there");
    let get = mock!(Client::batch_get_item)
        .match_requests(|request| {
            let tables = request.request_items().expect("tables");
            tables["centops"].consistent_read() == Some(true) && tables["centops"].keys().len() == 2
        })
        .then_output(move || BatchGetItemOutput::builder().responses("centops", vec![moved.clone()]).build());
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&query, &get]);
    let (store, owned) = (Store::new(client, "centops".into()), [name("tax")].into());
    let page = store.chatbots_of(&owned, &ChatbotFilter::default(), None, 100).await.expect("a page");
    assert_eq!((page.items, page.next), (vec![], None));
}

/// `DynamoDB` answers a part of a batch when the table is throttled.
#[tokio::test]
async fn unprocessed_keys_are_read_again() {
    let throttled = mock!(Client::batch_get_item).then_compute_output(|request: &BatchGetItemInput| {
        let wanted = request.request_items().expect("tables")["centops"].clone();
        BatchGetItemOutput::builder().unprocessed_keys("centops", wanted).build()
    });
    let table = Table::new().await;
    create_institution(&table, institution("tax", "Maksuamet")).await.expect("created");
    let item = table.client.get_item().table_name("centops").key("pk", AttributeValue::S("INSTITUTIONS".into()));
    let item = item.key("sk", AttributeValue::S("tax".into())).send().await.expect("read").item.expect("there");
    let read = mock!(Client::batch_get_item)
        .match_requests(|request| request.request_items().expect("tables")["centops"].keys().len() == 1)
        .then_output(move || BatchGetItemOutput::builder().responses("centops", vec![item.clone()]).build());
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, [&throttled, &read]);
    let found = Store::new(client, "centops".into()).institutions_by_id(&[name("tax")].into()).await.expect("read");
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["tax"]);
}

#[tokio::test]
async fn list_matches_filter() {
    let table = Table::new().await;
    table.online("tax", start()).await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("police", start())).await.expect("created");
    table
        .store
        .update_chatbot(
            &table.audit_context(after(1)),
            &name("police"),
            None,
            &change(serde_json::json!({"institution": "ppa", "type": "institution"})),
        )
        .await
        .expect("changed");
    let list = async |filter: ChatbotFilter| {
        let page = table.store.chatbots(&filter, None, 100).await.expect("a page");
        page.items.into_iter().map(|chatbot| String::from(chatbot.name)).collect::<Vec<_>>()
    };
    assert_eq!(list(ChatbotFilter { status: Some(Status::Online), ..ChatbotFilter::default() }).await, ["tax"]);
    assert_eq!(list(ChatbotFilter { kind: "institution".parse().ok(), ..ChatbotFilter::default() }).await, ["police"]);
    let moved = ["tax-board", "ppa"].map(name).into();
    assert_eq!(pages_of(&table, &moved, &ChatbotFilter::default(), 9).await, [["ppa/police", "tax-board/tax"]]);
    let online = ChatbotFilter { status: Some(Status::Online), ..ChatbotFilter::default() };
    assert_eq!(pages_of(&table, &moved, &online, 9).await, [["tax-board/tax"]]);
}

#[tokio::test]
async fn stale_version_changes_nothing() {
    let table = Table::new().await;
    let first =
        table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let contact = |mail: &str| change(serde_json::json!({ "contact": mail }));
    let second = table
        .store
        .update_chatbot(&table.audit_context(after(1)), &name("tax"), Some(first.version), &contact("a@example.ee"))
        .await
        .expect("changed");
    assert!(second.version > first.version);
    let stale = table
        .store
        .update_chatbot(&table.audit_context(after(2)), &name("tax"), Some(first.version), &contact("b@example.ee"))
        .await;
    assert!(matches!(stale, Err(StoreError::Changed)));
    assert!(matches!(
        table
            .store
            .delete_chatbot(&table.audit_context(after(3)), &name("tax"), Some(first.version), &table.policy)
            .await,
        Err(StoreError::Changed)
    ));
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there"), second);
    assert!(matches!(
        table
            .store
            .update_chatbot(&table.audit_context(start()), &name("police"), None, &contact("a@example.ee"))
            .await,
        Err(StoreError::NotFound)
    ));
    assert!(matches!(
        table.store.delete_chatbot(&table.audit_context(start()), &name("police"), None, &table.policy).await,
        Err(StoreError::NotFound)
    ));
}

#[tokio::test]
async fn list_of_versions_accepts_each_and_unknown_name_precedes_a_failed_one() {
    let table = Table::new().await;
    let read =
        table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let contact = change(serde_json::json!({"contact": "a@example.ee"}));
    let update = async |name: &Name, expected: IfMatch| {
        table.store.update_chatbot(&table.audit_context(after(1)), name, expected, &contact).await
    };
    let none = IfMatch::Versions(Vec::new());
    assert!(matches!(update(&name("tax"), none.clone()).await, Err(StoreError::Changed)));
    assert!(matches!(update(&name("police"), none.clone()).await, Err(StoreError::NotFound)), "404 before 412");
    let context = table.audit_context(after(2));
    let deleted = table.store.delete_chatbot(&context, &name("police"), none, &table.policy).await;
    assert!(matches!(deleted, Err(StoreError::NotFound)), "404 before 412");
    update(&name("tax"), IfMatch::Versions(vec![1, read.version])).await.expect("the current one is listed");
    assert!(matches!(update(&name("tax"), Some(read.version).into()).await, Err(StoreError::Changed)));
    update(&name("tax"), IfMatch::Any).await.expect("any");
}

#[tokio::test]
async fn reenrolled_name_never_repeats_a_version() {
    let table = Table::new().await;
    let first =
        table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    table
        .store
        .delete_chatbot(&table.audit_context(after(1)), &name("tax"), None, &table.policy)
        .await
        .expect("deleted");
    table.store.create_chatbot(&table.audit_context(after(2)), chatbot("tax", after(2))).await.expect("created again");
    let stale = table
        .store
        .delete_chatbot(&table.audit_context(after(3)), &name("tax"), Some(first.version), &table.policy)
        .await;
    assert!(matches!(stale, Err(StoreError::Changed)));
}

#[tokio::test]
async fn unchanged_versions_are_not_written() {
    let table = Table::new().await;
    table.store.create_chatbot(&table.audit_context(start()), chatbot("tax", start())).await.expect("created");
    let versions = |json| serde_json::from_value(json).expect("good versions");
    table
        .store
        .report_versions(
            &table.audit_context(after(1)),
            &name("tax"),
            &versions(serde_json::json!({"ruuter": "1.0.0"})),
        )
        .await
        .expect("reported");
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there").value.updated_at, start());
    let newer = versions(serde_json::json!({"ruuter": "2.0.0"}));
    table.store.report_versions(&table.audit_context(after(1)), &name("tax"), &newer).await.expect("reported");
    assert_eq!(table.store.chatbot(&name("tax")).await.expect("there").value.versions, newer);
}

#[tokio::test]
async fn chatbot_says_why_it_has_its_status_and_an_override_of_a_routed_one_changes_no_route() {
    let table = Table::new().await;
    let stored = async |name: &Name| table.store.chatbot(name).await.expect("stored").value;
    let enrolled = chatbot("new", start());
    table.store.create_chatbot(&table.audit_context(start()), enrolled).await.expect("enrolled");
    assert_eq!(stored(&name("new")).await.standing.cause, Some(CauseSummary::Enrolled));

    let tax = table.online("tax", start()).await;
    assert_eq!(stored(&tax).await.standing, Standing::default());
    let (revision, since) = (table.revision().await, stored(&tax).await.status_since);
    let reason = "Server room moves".to_owned().try_into().expect("a reason");
    let hold = NewControl { mode: ControlMode::Hold, reason, until: None };
    let hold = Control::new(hold, "EE1".to_owned(), after(10));
    table
        .store
        .set_control(&table.audit_context(after(10)), &tax, Some(hold.clone()), &table.policy)
        .await
        .expect("held");
    let frozen = stored(&tax).await;
    assert_eq!(frozen.standing.control, Some(ControlSummary::from(&hold)));
    assert_eq!((frozen.status, frozen.status_since, table.revision().await), (Status::Online, since, revision));
    table.store.set_control(&table.audit_context(after(20)), &tax, None, &table.policy).await.expect("ended");
    assert_eq!((stored(&tax).await.standing, table.revision().await), (Standing::default(), revision));

    table.store.observe(&tax, &outage(1, after(60)), &table.policy, after(60), 0.0).await.expect("observed");
    let ejected = stored(&tax).await;
    let Some(CauseSummary::Failing { witnesses }) = &ejected.standing.cause else { panic!("{:?}", ejected.standing) };
    assert_eq!((ejected.status, witnesses.len()), (Status::Offline, 2));
    let page = table.store.chatbots(&ChatbotFilter::default(), None, 1000).await.expect("a page");
    assert!(page.items.contains(&ejected), "the list has it too");
    let health = table.store.health(&tax).await.expect("stored").value;
    assert_eq!(ejected.standing, Standing::of(&health));
}
