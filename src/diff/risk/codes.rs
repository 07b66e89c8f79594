//! The codes of what a change would weaken, and what `mlopsc explain` says about each.

use crate::diag::{Code, Severity};

macro_rules! code {
    ($name:ident, $id:literal, $does:literal, $matters:literal, $instead:literal) => {
        pub(super) static $name: Code = Code {
            id: $id,
            severity: Severity::Warning,
            explain: concat!(
                "### What it does\n",
                $does,
                "\n\n### Why it matters\n",
                $matters,
                "\n\n### Use instead\n",
                $instead,
                "\n"
            ),
        };
    };
}

/// All of them, in the order of their names.
pub(in crate::diff) static CODES: &[&Code] = &[
    &DATA_AT_RISK,
    &ENCRYPTION_DROPPED,
    &NETWORK_OPENED,
    &NETWORK_POLICY_REMOVED,
    &PERMISSIONS_WIDENED,
    &POD_SECURITY_LOWERED,
    &PRIVILEGES_GAINED,
    &ROOT_ALLOWED,
    &ROOT_FILESYSTEM_WRITABLE,
    &SET_BY_OTHERS,
];

code!(
    NETWORK_POLICY_REMOVED,
    "network-policy-removed",
    "Reports a NetworkPolicy that is in the cluster and not wanted any more, and one that stops speaking of a direction.",
    "Without a policy a pod reaches, and is reached by, everything that has an address. Access to systems with patients'\n\
     data has to be limited to those who need it (45 CFR 164.312(a)(1)) and transmissions guarded (164.312(e)(1)).",
    "Keep the policy, or show in the review which other policy holds the same pods."
);
code!(
    NETWORK_OPENED,
    "network-opened",
    "Reports a NetworkPolicy that would let through anybody who was held back: a rule without peers, all namespaces, or\n\
     all addresses.",
    "A path that is open to everybody is open to a program that was taken over, too (45 CFR 164.312(e)(1)).",
    "Name the peers: `clients` and `egress` of the workload take services, namespaces, hosts and ranges."
);
code!(
    ROOT_ALLOWED,
    "root-allowed",
    "Reports a container that ran as a user of its own and would be allowed to run as root.",
    "A process that leaves a container as root owns the node, and every record on it (45 CFR 164.312(a)(1)).",
    "Keep `runAsNonRoot`; an exception in [[compliance.exceptions]] says who allows it, why, and until when."
);
code!(
    ROOT_FILESYSTEM_WRITABLE,
    "root-filesystem-writable",
    "Reports a container whose root file system was read-only and would not be any more.",
    "Who can write to a program's own files can change the program, and what it does to records (45 CFR 164.312(c)(1)).",
    "Give the program a volume for what it writes; `/tmp` is one."
);
code!(
    PRIVILEGES_GAINED,
    "privileges-gained",
    "Reports a pod that would be privileged, gain capabilities, be allowed to gain more, lose its seccomp profile, or\n\
     share the node's network, processes or files.",
    "Each of these leads out of the container, to the data of everybody on the node (45 CFR 164.312(a)(1)).",
    "Ask for the one thing that is needed, for the one container that needs it."
);
code!(
    POD_SECURITY_LOWERED,
    "pod-security-lowered",
    "Reports a namespace that would take pods of a less strict Pod Security level than now.",
    "The level is the net under every other setting: it refuses what should never have been asked for.",
    "Give the workload that needs more a namespace of its own, with its reason."
);
code!(
    PERMISSIONS_WIDENED,
    "permissions-widened",
    "Reports a role that would allow more than now, and a binding that would hold for more people or programs.",
    "Access is given to those who need it and to nobody else (45 CFR 164.308(a)(4), 164.312(a)(1)).",
    "Name the verbs, the resources and, where there are few, the objects."
);
code!(
    ENCRYPTION_DROPPED,
    "encryption-dropped",
    "Reports an annotation, a parameter or a block that asks for encryption or TLS and would go, or be switched off.",
    "Records are to be encrypted where they lie (45 CFR 164.312(a)(2)(iv)) and where they travel (164.312(e)(2)(ii)).",
    "Keep it, or show in the review what encrypts the same data instead."
);
code!(
    DATA_AT_RISK,
    "data-at-risk",
    "Reports a volume claim, a volume or a namespace that is in the cluster and not wanted any more, that is being\n\
     deleted, or that could only be had by deleting what is there.",
    "Deleting it may delete the data in it. Records have to be kept whole and available (45 CFR 164.312(c)(1),\n\
     164.308(a)(7)).",
    "Leave it until its data is copied and somebody has said so."
);
code!(
    SET_BY_OTHERS,
    "set-by-others",
    "Reports a field that somebody set in the cluster, that what is wanted does not speak of, and that decides what\n\
     protects data: in a NetworkPolicy, the rules and subjects of RBAC, the enforced Pod Security of a namespace, what pods\n\
     and containers may do, containers that were added and folders of the node. Applying leaves such a field as it is, so\n\
     that the object is the same; the exit code is 1 all the same.",
    "A rule that somebody added to a policy that lets nobody in opens it, and no difference would ever show that. Who\n\
     reviews access (45 CFR 164.308(a)(1)(ii)(D), 164.312(a)(1)) has to see all of it.",
    "Take the field out of the cluster, or into the spec, where it has a line and a reason."
);
