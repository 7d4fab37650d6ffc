//! The operations of the contract, as the build found them in `openapi.yaml`.

use centops_domain::certificate::Profile;

/// One of the two gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// For people, with tokens.
    Admin,
    /// For DMRs and chatbots, with certificates.
    Network,
}

/// Where an API key is sent, besides the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In `X-Api-Key`.
    Header,
    /// In `Authorization`, in base64 and without a scheme.
    Authorization,
}

/// An operation of the contract.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    method: &'static str,
    resource: &'static str,
    /// Its `operationId`.
    pub id: &'static str,
    /// Where it is.
    pub api: Api,
    /// Who may call it, as `x-centops-callers` has it.
    callers: &'static [&'static str],
    /// Where it wants an API key, if it does: `x-centops-key`.
    pub key: Option<KeyPlace>,
}

static OPERATIONS: &[Operation] = include!(concat!(env!("OUT_DIR"), "/operations.rs"));

impl Operation {
    /// The operation at `resource`, a path of the contract.
    pub fn at(method: &str, resource: &str) -> Option<&'static Self> {
        OPERATIONS.iter().find(|one| one.method == method && one.resource == resource)
    }

    /// Whether the holders of certificates of `profile` may call it.
    pub fn is_for(&self, profile: Profile) -> bool {
        self.callers.contains(&profile.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_contracts() {
        let routes = Operation::at("GET", "/routes/{name}").expect("an operation");
        assert_eq!((routes.id, routes.api), ("get-route", Api::Network));
        assert!(routes.is_for(Profile::Dmr) && !routes.is_for(Profile::Chatbot));
        let logs = Operation::at("POST", "/logs").expect("an operation");
        assert!(logs.is_for(Profile::Chatbot) && !logs.is_for(Profile::Dmr));
        let create = Operation::at("POST", "/chatbots").expect("an operation");
        assert_eq!((create.api, create.callers), (Api::Admin, ["admin"].as_slice()));
        assert_eq!(Operation::at("DELETE", "/routes"), None);
        assert_eq!(Operation::at("GET", "/routes/tax"), None, "a path is not a resource");
    }

    #[test]
    fn no_operation_of_people_is_for_devices_and_the_other_way_round() {
        for operation in OPERATIONS {
            let devices = [Profile::Dmr, Profile::Chatbot].iter().any(|&profile| operation.is_for(profile));
            assert_eq!(devices, operation.api == Api::Network, "{operation:?}");
            assert!(!operation.callers.is_empty(), "{operation:?}");
        }
    }
}
