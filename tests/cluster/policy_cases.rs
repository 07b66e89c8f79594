//! The evaluator of NetworkPolicies against what the documentation of Kubernetes says of its own examples
//! (concepts/services-networking/network-policies).

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::policy::{Door, End, Labels, Pod, Policy, may_enter, may_leave};

type Case = (&'static str, fn() -> Result<(), Failed>);

const CASES: &[Case] = &[
    ("a pod that no policy selects is open", open_without_policies),
    ("an empty selector selects every pod of its namespace", default_deny),
    ("no rules, no peers and no ports", nothing_against_everything),
    ("policies add up", policies_add_up),
    ("two selectors in one peer and in two", one_peer_or_two),
    ("a range with exceptions", ranges),
    ("a range of ports, a protocol, a name", ports),
    ("what policies without types are of", types),
    ("expressions", expressions),
];

pub(crate) fn trials() -> impl Iterator<Item = Trial> {
    CASES.iter().map(|(name, case)| Trial::test(format!("network policies: {name}"), case))
}

fn open_without_policies() -> Result<(), Failed> {
    let other = policy("a", json!({"podSelector": {"matchLabels": {"app": "db"}}, "policyTypes": ["Ingress"]}));
    let policies = [other];
    enters(&policies, "any pod", &pod("b", "x"), &pod("a", "web"), true)?;
    enters(&policies, "any pod", &pod("b", "x"), &pod("a", "db"), false)?;
    leaves(&policies, "ingress is not egress", &pod("a", "db"), &pod("b", "x"), true)
}

fn default_deny() -> Result<(), Failed> {
    let all = [policy("a", json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}))];
    enters(&all, "into the namespace", &pod("a", "y"), &pod("a", "x"), false)?;
    leaves(&all, "out of the namespace", &pod("a", "x"), &address("192.0.2.1"), false)?;
    enters(&all, "another namespace", &pod("a", "x"), &pod("b", "x"), true)
}

fn nothing_against_everything() -> Result<(), Failed> {
    let none = [policy("a", json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []}))];
    let all = [policy("a", json!({"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}))];
    enters(&none, "no rule", &address("192.0.2.1"), &pod("a", "x"), false)?;
    enters(&all, "an empty rule", &address("192.0.2.1"), &pod("a", "x"), true)
}

fn policies_add_up() -> Result<(), Failed> {
    let deny = policy("a", json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
    let allow = policy(
        "a",
        json!({
            "podSelector": {"matchLabels": {"app": "db"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
        }),
    );
    let both = [deny, allow];
    enters(&both, "what one allows", &pod("a", "web"), &pod("a", "db"), true)?;
    enters(&both, "what none allows", &pod("a", "x"), &pod("a", "db"), false)?;
    enters(&both, "pods of another namespace with the label", &pod("b", "web"), &pod("a", "db"), false)
}

fn one_peer_or_two() -> Result<(), Failed> {
    let namespaces = json!({"matchLabels": {"kubernetes.io/metadata.name": "b"}});
    let pods = json!({"matchLabels": {"app": "web"}});
    let one = json!([{"namespaceSelector": namespaces, "podSelector": pods}]);
    let two = json!([{"namespaceSelector": namespaces}, {"podSelector": pods}]);
    let with = |peers: Value| [policy("a", json!({"podSelector": {}, "ingress": [{"from": peers}]}))];
    enters(&with(one.clone()), "both", &pod("b", "web"), &pod("a", "db"), true)?;
    enters(&with(one.clone()), "the namespace alone", &pod("b", "x"), &pod("a", "db"), false)?;
    enters(&with(one), "the pod alone", &pod("a", "web"), &pod("a", "db"), false)?;
    enters(&with(two.clone()), "the namespace", &pod("b", "x"), &pod("a", "db"), true)?;
    enters(&with(two), "or the pod here", &pod("a", "web"), &pod("a", "db"), true)
}

fn ranges() -> Result<(), Failed> {
    let block = json!({"ipBlock": {"cidr": "172.17.0.0/16", "except": ["172.17.1.0/24"]}});
    let policies = [policy("a", json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [block]}]}))];
    leaves(&policies, "in the range", &pod("a", "x"), &address("172.17.0.9"), true)?;
    leaves(&policies, "in the exception", &pod("a", "x"), &address("172.17.1.9"), false)?;
    leaves(&policies, "beyond it", &pod("a", "x"), &address("172.18.0.9"), false)?;
    leaves(&policies, "another kind of address", &pod("a", "x"), &address("2001:db8::1"), false)
}

fn ports() -> Result<(), Failed> {
    let with = |port: Value| [policy("a", json!({"podSelector": {}, "ingress": [{"ports": [port]}]}))];
    let ask = |port: Value, door: Door, expected: bool| {
        let Pod { namespace, .. } = Pod::default();
        let client = End::Address("192.0.2.1".parse().expect("an address"));
        let End::Pod(mut server) = pod("a", "x") else { unreachable!("{namespace}") };
        server.ports = vec![("web".to_owned(), "TCP".to_owned(), 8080)];
        check(&port.to_string(), may_enter(&with(port.clone()), &client, &server, door), expected)
    };
    let tcp = |port| Door { protocol: "TCP", port };
    ask(json!({"protocol": "TCP", "port": 32000, "endPort": 32768}), tcp(32768), true)?;
    ask(json!({"protocol": "TCP", "port": 32000, "endPort": 32768}), tcp(32769), false)?;
    ask(json!({"port": 80}), tcp(80), true)?;
    ask(json!({"port": 80}), Door { protocol: "UDP", port: 80 }, false)?;
    ask(json!({"protocol": "UDP"}), Door { protocol: "UDP", port: 9 }, true)?;
    ask(json!({"port": "web"}), tcp(8080), true)?;
    ask(json!({"port": "web"}), tcp(80), false)
}

fn types() -> Result<(), Failed> {
    let ingress = [policy("a", json!({"podSelector": {}}))];
    enters(&ingress, "of ingress always", &pod("b", "x"), &pod("a", "x"), false)?;
    leaves(&ingress, "of egress not", &pod("a", "x"), &pod("b", "x"), true)?;
    let both = [policy("a", json!({"podSelector": {}, "egress": [{"ports": [{"port": 1}]}]}))];
    leaves(&both, "of egress with rules", &pod("a", "x"), &pod("b", "x"), false)?;
    let only = [policy("a", json!({"podSelector": {}, "policyTypes": ["Egress"]}))];
    enters(&only, "of egress alone", &pod("b", "x"), &pod("a", "x"), true)
}

fn expressions() -> Result<(), Failed> {
    let with = |expression: Value| {
        let selector = json!({"matchExpressions": [expression]});
        [policy("a", json!({"podSelector": {}, "ingress": [{"from": [{"podSelector": selector}]}]}))]
    };
    let db = pod("a", "db");
    let ask = |expression: Value, expected: bool| {
        enters(&with(expression.clone()), &expression.to_string(), &pod("a", "web"), &db, expected)
    };
    ask(json!({"key": "app", "operator": "In", "values": ["web", "x"]}), true)?;
    ask(json!({"key": "app", "operator": "NotIn", "values": ["web", "x"]}), false)?;
    ask(json!({"key": "tier", "operator": "NotIn", "values": ["web"]}), true)?;
    ask(json!({"key": "app", "operator": "Exists"}), true)?;
    ask(json!({"key": "app", "operator": "DoesNotExist"}), false)
}

fn policy(namespace: &str, spec: Value) -> Policy {
    serde_json::from_value(json!({"metadata": {"name": "p", "namespace": namespace}, "spec": spec})).expect("a policy")
}

fn pod(namespace: &str, app: &str) -> End {
    let labels = |key: &str, value: &str| Labels::from([(key.to_owned(), value.to_owned())]);
    let namespace_labels = labels("kubernetes.io/metadata.name", namespace);
    End::Pod(Pod { namespace: namespace.to_owned(), namespace_labels, labels: labels("app", app), ports: Vec::new() })
}

fn address(text: &str) -> End {
    End::Address(text.parse().expect("an address"))
}

const DOOR: Door = Door { protocol: "TCP", port: 80 };

fn enters(policies: &[Policy], what: &str, client: &End, server: &End, expected: bool) -> Result<(), Failed> {
    let End::Pod(server) = server else { return Err("a server is a pod".into()) };
    check(what, may_enter(policies, client, server, DOOR), expected)
}

fn leaves(policies: &[Policy], what: &str, client: &End, server: &End, expected: bool) -> Result<(), Failed> {
    let End::Pod(client) = client else { return Err("a client is a pod".into()) };
    check(what, may_leave(policies, client, server, DOOR), expected)
}

fn check(what: &str, actual: bool, expected: bool) -> Result<(), Failed> {
    if actual == expected { Ok(()) } else { Err(format!("{what}: {actual}, not {expected}").into()) }
}
