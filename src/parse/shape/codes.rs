//! The kinds of mistakes in keys, types and values.

use crate::diag::{Code, Severity};

pub(crate) static UNKNOWN_KEY: Code = Code {
    id: "unknown-key",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key that the language does not have.

### Why it matters
A misspelt key that is ignored is a setting that never takes effect, and nobody notices.

### Example
```toml
[services.predict]
replcas = 3
```

### Use instead
The key that the message suggests, or one of those that it lists.
",
};

pub(crate) static MISPLACED_KEY: Code = Code {
    id: "misplaced-key",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key that the language has, but not in this table.

### Why it matters
A stage that is given a `port` listens on nothing; the key would do nothing where it stands.

### Use instead
The table that the message names.
",
};

pub(crate) static UNBUILT_KEY: Code = Code {
    id: "not-built",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a table, key or word that belongs to the language, but that this version of mlopsc does not compile.

### Why it matters
It would have no effect, and a reader of the spec would believe that it has.

### Use instead
Leave it out until a version compiles it.
",
};

pub(crate) static WRONG_TYPE: Code = Code {
    id: "wrong-type",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a value of another type than the key takes, such as a string where a number is expected.

### Example
```toml
[services.predict]
replicas = \"3\"
```

### Use instead
A value of the type that the message names; here `replicas = 3`.
",
};

pub(crate) static WRONG_VALUE: Code = Code {
    id: "wrong-value",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a value of the right type that cannot stand there: a quantity without a unit, a port of 70000, a path that
leaves the project.

### Why it matters
Kubernetes, Docker or the program would refuse it later, with less to go by.

### Use instead
The form that the message describes.
",
};

pub(crate) static UNKNOWN_WORD: Code = Code {
    id: "unknown-word",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a word that is not one of those that the key takes.

### Example
`access = \"ReadWriteMayn\"`

### Use instead
One of the words that the message lists.
",
};

pub(crate) static BAD_NAME: Code = Code {
    id: "bad-name",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a name that cannot become the name of a Kubernetes object, a DNS label, an environment variable or a label.

### Example
`[stages.Train_Model]`

### Use instead
Lower-case letters, digits and `-`: `[stages.train-model]`.
",
};
