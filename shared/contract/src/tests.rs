//! Tests of the generated table.

use std::collections::HashSet;

use super::*;

#[test]
fn finds_an_operation_by_method_and_path_template() {
    let route = Operation::find("GET", "/routes/{name}").expect("an operation");
    assert_eq!(*route, operations::GET_ROUTE);
    assert_eq!((route.id, route.area, route.api), ("get-route", "routes", Api::Network));
}

#[test]
fn finds_nothing_for_another_method_or_a_concrete_path() {
    assert_eq!(Operation::find("DELETE", "/routes"), None);
    assert_eq!(Operation::find("get", "/routes"), None);
    assert_eq!(Operation::find("GET", "/routes/tax"), None);
}

#[test]
fn allows_only_the_declared_callers() {
    assert!(operations::GET_ROUTE.allows(Caller::Dmr) && !operations::GET_ROUTE.allows(Caller::Chatbot));
    assert!(operations::SUBMIT_LOGS.allows(Caller::Chatbot) && !operations::SUBMIT_LOGS.allows(Caller::Dmr));
    assert_eq!(operations::CREATE_CHATBOT.callers, [Caller::Admin]);
    for caller in Caller::ALL {
        assert_eq!(operations::CREATE_CHATBOT.allows(caller), caller == Caller::Admin, "{caller:?}");
    }
}

#[test]
fn allows_every_person_where_the_contract_says_person() {
    assert_eq!(operations::SUBMIT_APPLICATION.callers, [Caller::Person]);
    for caller in Caller::ALL {
        let is_person = caller.api() == Api::Admin && caller != Caller::Anyone;
        assert_eq!(operations::SUBMIT_APPLICATION.allows(caller), is_person, "{caller:?}");
    }
}

#[test]
fn only_links_signing_in_and_signed_requests_need_no_token() {
    let public: Vec<_> = ALL.iter().filter(|operation| operation.is_public()).map(|operation| operation.id).collect();
    let expected = [
        "show-unsubscription",
        "unsubscribe",
        "show-calendar",
        "start-login",
        "finish-login",
        "receive-chat-request",
        "receive-webhook",
    ];
    assert_eq!(public, expected);
    for caller in Caller::ALL {
        assert_eq!(operations::UNSUBSCRIBE.allows(caller), caller.api() == Api::Admin, "{caller:?}");
        assert_eq!(operations::GET_ROUTE.allows(caller), caller == Caller::Dmr, "{caller:?}");
    }
}

#[test]
fn only_the_applicant_is_permitted_beyond_the_roles_and_only_at_one_invitation() {
    let beyond: Vec<_> = ALL.iter().filter(|operation| operation.applicant).map(|operation| operation.id).collect();
    assert_eq!(beyond, ["get-invitation"]);
}

#[test]
fn callers_belong_to_the_api_of_the_operation() {
    for operation in ALL {
        assert!(!operation.callers.is_empty(), "{operation:?}");
        assert!(operation.callers.iter().all(|caller| caller.api() == operation.api), "{operation:?}");
    }
}

#[test]
fn api_keys_are_needed_by_three_operations_of_older_clients() {
    let keyed: Vec<_> = ALL.iter().filter_map(|each| each.api_key.map(|location| (each.id, location))).collect();
    assert_eq!(
        keyed,
        [
            ("list-participants", ApiKeyLocation::Header),
            ("set-own-state", ApiKeyLocation::Header),
            ("list-clients", ApiKeyLocation::Authorization),
        ]
    );
}

#[test]
fn ids_and_routes_are_unique() {
    let ids: HashSet<_> = ALL.iter().map(|operation| operation.id).collect();
    let routes: HashSet<_> = ALL.iter().map(|operation| (operation.method, operation.path)).collect();
    assert_eq!((ids.len(), routes.len()), (ALL.len(), ALL.len()));
    for operation in ALL {
        assert_eq!(Operation::by_id(operation.id), Some(*operation));
    }
}

#[test]
fn each_operation_has_a_function_of_its_own_name_except_one_alias() {
    let aliases: Vec<_> =
        ALL.iter().filter(|operation| operation.id != operation.function).map(|each| each.id).collect();
    assert_eq!(aliases, ["list-participants-by-host"]);
    for operation in ALL {
        let function = FUNCTIONS.iter().find(|function| function.name == operation.function).expect("a function");
        assert_eq!(function.area, operation.area);
    }
}

#[test]
fn functions_without_an_operation_are_those_of_other_triggers() {
    let without: Vec<_> =
        FUNCTIONS.iter().map(|function| function.name).filter(|name| Operation::by_id(name).is_none()).collect();
    assert_eq!(
        without,
        [
            "authorize",
            "schedule-probes",
            "sweep-recovery",
            "probe-chatbots",
            "recount-chatbots",
            "restore-items",
            "check-versions",
            "check-credentials",
            "snapshot-routes",
            "publish-routes",
            "ingest-codes",
            "ingest-parked",
            "ingest-logs",
            "announce",
            "track-incidents",
            "correlate-incidents",
            "sweep-incidents",
            "fan-out",
            "deliver-notifications",
            "sweep-notifications",
            "record-undelivered",
            "reconcile-subscriptions",
            "schedule-reports",
            "send-reports",
            "summarise-history",
            "advance-outages",
            "publish-status",
            "post-incidents",
            "run-topic-actions"
        ]
    );
}

#[test]
fn words_of_callers_are_parsed() {
    for caller in Caller::ALL {
        assert_eq!(Caller::parse(caller.as_str()), Some(caller));
    }
    assert_eq!(Caller::parse("root"), None);
}
