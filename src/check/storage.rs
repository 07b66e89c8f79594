//! Where the bytes of a dataset are and how long they stay: what contradicts itself or means nothing.

use smol_str::SmolStr;

use super::case::listed;
use super::{Case, Check};
use crate::diag::{Code, Diagnostic, Severity, Sink, Spot};
use crate::plan::{Claim, Volume};
use crate::source::{At, Origin};
use crate::spec::{Bucket, BucketMount, Data, Lifetime};

pub(super) static CHECK: Check =
    Check { codes: &[&READ_ONLY_WRITTEN, &LIFETIME_SHARED, &DATA_KEY_USELESS, &BUCKET_UNCLEAR], run };

static READ_ONLY_WRITTEN: Code = Code {
    id: "read-only-written",
    severity: Severity::Error,
    explain: "\
### What it does
Reports an output that names a dataset with `read-only = true`.

### Why it matters
The volume is mounted read-only: the program would fail when it writes.

### Use instead
Another dataset for what is written, or no `read-only`.
",
};

static LIFETIME_SHARED: Code = Code {
    id: "lifetime-shared",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a dataset with a `lifetime` that several stages or services use.

### Why it matters
Such a dataset is a volume of one pod, and goes with it: what one workload writes, no other one would ever see.

### Example
```toml
[data.work]
lifetime = \"run\"
[stages.prepare]
outputs = [\"work\"]
[stages.train]
inputs = [\"work\"]
```

### Use instead
No `lifetime`, so that the dataset is a claim and stays; or a dataset for each of them. The init steps and side-cars of
one workload share it.
",
};

static DATA_KEY_USELESS: Code = Code {
    id: "data-key-useless",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a key of a dataset that means nothing beside its others, such as a `medium` without `lifetime = \"pod\"`, or
`keep` of a claim that this project does not make.

### Why it matters
It would have no effect, and a reader would believe that it has.
",
};

static BUCKET_UNCLEAR: Code = Code {
    id: "bucket-unclear",
    severity: Severity::Error,
    explain: "\
### What it does
Reports a `bucket` of which it is not clear how programs reach it: `mount = \"csi\"` without a `driver`, a `driver` or
`options` where nothing is mounted, a secret whose keys cannot be environment variables, a path in a container for a
bucket that has none.

### Use instead
`driver`, and `options` that it knows, for a bucket that is mounted; a `secret` with `keys` such as
`AWS_ACCESS_KEY_ID` for one that programs reach by its URL.
",
};

fn run(case: &Case<'_>, sink: &mut Sink) {
    for (name, data) in &case.spec().data {
        let Some(volume) = case.plan.volumes.get(name.as_str()) else { continue };
        read_only(case, volume, data, sink);
        lifetime(case, volume, data, sink);
        useless(volume, data, sink);
        if let Some(bucket) = &data.bucket {
            self::bucket(case, volume, bucket, sink);
        }
    }
}

fn read_only(case: &Case<'_>, volume: &Volume, data: &Data, sink: &mut Sink) {
    let Some(said) = data.read_only.filter(|it| it.value) else { return };
    for program in case.programs() {
        let outputs = program.workload.outputs.iter().filter_map(|it| it.data.as_ref());
        for output in outputs.filter(|it| it.as_str() == volume.name) {
            let message = format!("`{}` writes the dataset `{}`, which is read-only", program.path, volume.name);
            let diagnostic = Diagnostic::new(&READ_ONLY_WRITTEN, message).at(output, "written here");
            sink.report(diagnostic.at(Spot::key(said.origin), "nobody may write it"));
        }
    }
}

fn lifetime(case: &Case<'_>, volume: &Volume, data: &Data, sink: &mut Sink) {
    let Some(said) = data.lifetime else { return };
    let others = volume.readers.iter().filter(|it| !volume.writers.contains(it));
    let users: Vec<&SmolStr> = volume.writers.iter().chain(others).collect();
    if users.len() < 2 {
        return;
    }
    let of = if said.value == Lifetime::Run { "run" } else { "pod" };
    let names = listed(users.iter().map(|it| it.as_str()));
    let message = format!("{names} use the dataset `{}`, which belongs to the {of} of one of them", volume.name);
    let diagnostic = Diagnostic::new(&LIFETIME_SHARED, message).at(said.origin, "goes with its pod");
    let workloads = users.iter().filter_map(|it| case.plan.workloads.get(*it));
    let diagnostic = workloads.fold(diagnostic, |it, user| it.at(Spot::key(user.origin), "uses it"));
    sink.report(diagnostic.help("leave `lifetime` out, or give each of them a dataset of its own"));
}

/// Keys that mean nothing, each with the key that is the reason.
fn useless(volume: &Volume, data: &Data, sink: &mut Sink) {
    let (access, class) = (data.access.map(|it| it.origin), data.storage_class.as_ref().map(|it| it.origin));
    let keep = data.keep.filter(|it| it.value).map(|it| it.origin);
    let retention = data.retention.as_ref().map(|it| it.origin);
    let medium = data.medium.map(|it| it.origin);
    let lifetime = data.lifetime.map(|it| it.origin).unwrap_or_default();
    let bucket = data.bucket.as_ref().map(|it| it.origin).unwrap_or_default();
    let mut report = |key: &str, at: Option<Origin>, because: Origin, why: &str| {
        let Some(at) = at else { return };
        let message = format!("`{key}` of the dataset `{}` has no effect", volume.name);
        let diagnostic = Diagnostic::new(&DATA_KEY_USELESS, message).at(Spot::key(at), "means nothing here");
        sink.report(if because.node.is_some() { diagnostic.at(Spot::key(because), why) } else { diagnostic.help(why) });
    };
    if !matches!(volume.claim, Claim::Pod { .. }) {
        report("medium", medium, Origin::NONE, "it goes with `lifetime = \"pod\"`");
    }
    match &volume.claim {
        Claim::Pod { .. } | Claim::Run => {
            report("keep", keep, lifetime, "its bytes go with the pod");
            report("retention", retention, lifetime, "its bytes go with the pod");
            if matches!(volume.claim, Claim::Pod { .. }) {
                report("access", access, lifetime, "there is no claim");
                report("storage-class", class, lifetime, "there is no claim");
            }
        }
        Claim::Url { .. } => {
            let keys = [
                ("keep", keep),
                ("retention", retention),
                ("access", access),
                ("storage-class", class),
                ("size", data.size.as_ref().map(|it| it.origin)),
                ("path", data.path.as_ref().map(|it| it.origin)),
            ];
            keys.iter().for_each(|(key, at)| report(key, *at, bucket, "reached by its URL: there is no volume"));
        }
        Claim::Existing => {
            let claim = data.claim.as_ref().map(|it| it.origin).unwrap_or_default();
            report("keep", keep, claim, "this project does not make the claim, and never removes it");
        }
        Claim::New | Claim::PerReplica | Claim::Nfs { .. } | Claim::Bucket(_) => {}
    }
    if let Some(read_only) = data.read_only.filter(|it| it.value) {
        report("retention", retention, read_only.origin, "nobody may remove anything from it");
    }
}

fn bucket(case: &Case<'_>, volume: &Volume, bucket: &At<Bucket>, sink: &mut Sink) {
    let mut report = |message: String, at: Spot, label: &str, help: &str| {
        sink.report(Diagnostic::new(&BUCKET_UNCLEAR, message).at(at, label).help(help));
    };
    let name = &volume.name;
    if bucket.reached_by() == BucketMount::Csi {
        if bucket.driver.is_none() {
            let at = bucket.mount.map_or(Spot::key(bucket.origin), |it| Spot::value(it.origin));
            let message = format!("the bucket of the dataset `{name}` is to be mounted, and has no `driver`");
            report(message, at, "by which driver?", "name the CSI driver of the cluster, such as `s3.csi.aws.com`");
        }
        return;
    }
    let options = bucket.options.values().next().map(|it| ("options", it.origin));
    let driver = bucket.driver.as_ref().map(|it| ("driver", it.origin));
    for (key, origin) in driver.into_iter().chain(options) {
        let message = format!("`{key}` of the bucket of the dataset `{name}` has no effect");
        report(message, Spot::key(origin), "nothing is mounted", "say `mount = \"csi\"` if a driver is to mount it");
    }
    if let Some((secret, known)) = bucket.secret.as_ref().and_then(|it| Some((it, case.plan.secrets.get(it.as_str())?)))
        && let Some(key) = known.keys.iter().find(|it| it.variable().is_none())
    {
        let message = format!("the key `{}` of `secrets.{secret}` is no name of an environment variable", key.key);
        let help = "give the secret `keys` such as `AWS_ACCESS_KEY_ID`";
        report(message, Spot::value(secret.origin), "its keys become variables", help);
    }
    for program in case.programs() {
        let it = program.workload;
        let mounts = it.inputs.iter().chain(&it.outputs);
        for mount in mounts.filter(|it| it.data.as_ref().is_some_and(|it| it.as_str() == name)) {
            let paths = [mount.path.as_ref().map(|it| it.origin), mount.sub_path.as_ref().map(|it| it.origin)];
            for origin in paths.into_iter().flatten() {
                let message = format!("`{}` gives the dataset `{name}` a path, and it is not mounted", program.path);
                let help = "its URL is in `DATA_<NAME>`; say `mount = \"csi\"` if a driver is to mount it";
                report(message, Spot::key(origin), "means nothing for a bucket by URL", help);
            }
        }
    }
}
