//! Datasets: where their bytes are, who shares them, and how long they stay.

use serde_json::json;

use crate::{at, emitted, is_emitted, named, notes, project};

const TRAIN: &str = "kubernetes/train.job.yaml";
const POD: &str = "/spec/template/spec";

#[test]
fn a_read_only_export_is_mounted_read_only_by_everybody() {
    let compiled = project(
        "[data.share]\nclass = \"synthetic\"\nread-only = true\nnfs = { server = \"10.20.0.5\", path = \"/x\" }\n\
         [stages.train]\nentry = \"train.py\"\ninputs = [\"share\"]\n",
        &[],
    );
    let volume = emitted(&compiled, "platform/demo-default-share.persistentvolume.yaml");
    assert_eq!(volume["spec"]["nfs"]["readOnly"], true);
    assert_eq!(volume["spec"]["accessModes"], json!(["ReadOnlyMany"]));
    let volumes = at(&compiled, TRAIN, &format!("{POD}/volumes"));
    assert_eq!(named(&volumes, "data-share")["persistentVolumeClaim"], json!({"claimName": "share", "readOnly": true}));
    let options = at(&compiled, "compose.yaml", "/volumes/share/driver_opts/o");
    assert_eq!(options, "addr=10.20.0.5,ro");
}

#[test]
fn a_dataset_of_a_run_is_a_claim_of_its_pod() {
    let compiled = project(
        "[data.work]\nclass = \"synthetic\"\nsize = \"500Gi\"\nlifetime = \"run\"\nstorage-class = \"fast\"\n\
         [stages.train]\nentry = \"train.py\"\noutputs = [\"work\"]\n",
        &[],
    );
    assert!(!is_emitted(&compiled, "kubernetes/work.persistentvolumeclaim.yaml"));
    let volumes = at(&compiled, TRAIN, &format!("{POD}/volumes"));
    let template = &named(&volumes, "data-work")["ephemeral"]["volumeClaimTemplate"];
    let expected = json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "500Gi"}},
        "storageClassName": "fast",
    });
    assert_eq!(template["spec"], expected);
    assert_eq!(template["metadata"]["labels"]["app.kubernetes.io/name"], "train");
    assert_eq!(at(&compiled, "compose.yaml", "/services/train/volumes/0/source"), "work");
    notes(&compiled, "`work` stays when the program that uses it has ended");
}

#[test]
fn a_dataset_of_a_pod_is_a_bounded_folder_of_its_node() {
    let compiled = project(
        "[data.cache]\nclass = \"synthetic\"\nsize = \"50Gi\"\nlifetime = \"pod\"\n\
         [data.fast]\nclass = \"synthetic\"\nsize = \"1Gi\"\nlifetime = \"pod\"\nmedium = \"memory\"\n\
         [services.api]\nentry = \"serve.py\"\nport = 8080\nreplicas = 2\noutputs = [\"cache\", \"fast\"]\n\
         resources = { memory = \"4Gi\" }\n",
        &[],
    );
    // Two replicas may use it: each pod has its own.
    let pod = at(&compiled, "kubernetes/api.deployment.yaml", POD);
    assert_eq!(named(&pod["volumes"], "data-cache")["emptyDir"], json!({"sizeLimit": "50Gi"}));
    assert_eq!(named(&pod["volumes"], "data-fast")["emptyDir"], json!({"medium": "Memory", "sizeLimit": "1Gi"}));
    // What is on the node's disk counts as scratch space, and the pod would be evicted if it had not asked for it.
    assert_eq!(pod["containers"][0]["resources"]["limits"]["ephemeral-storage"], "52Gi");
    assert_eq!(named(&pod["volumes"], "tmp")["emptyDir"]["sizeLimit"], "2Gi");
    let tmpfs = at(&compiled, "compose.yaml", "/services/api/tmpfs");
    assert!(tmpfs.to_string().contains("/data/fast:size=1g"), "{tmpfs}");
}

#[test]
fn what_is_kept_is_never_pruned() {
    let compiled = project(
        "[data.inbox]\nclass = \"synthetic\"\nsize = \"2Ti\"\nkeep = true\n\
         [data.index]\nclass = \"synthetic\"\nsize = \"2Gi\"\nkeep = true\nper-replica = true\n\
         [services.api]\nentry = \"serve.py\"\nport = 8080\nkind = \"StatefulSet\"\noutputs = [\"inbox\", \"index\"]\n",
        &[],
    );
    let expected = json!({
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
        "helm.sh/resource-policy": "keep",
        "kustomize.toolkit.fluxcd.io/prune": "disabled",
    });
    let claim = at(&compiled, "kubernetes/inbox.persistentvolumeclaim.yaml", "/metadata/annotations");
    assert_eq!(claim, expected);
    let set = at(&compiled, "kubernetes/api.statefulset.yaml", "/spec/volumeClaimTemplates/0/metadata/annotations");
    assert_eq!(set, expected);
    notes(&compiled, "`docker compose down --volumes` removes the dataset `inbox`");
}

const S3: &str = "[secrets.s3]\nfrom = \"external-secrets\"\nstore = \"vault\"\n\
    keys = { AWS_ACCESS_KEY_ID = \"reading/s3#id\", AWS_SECRET_ACCESS_KEY = \"reading/s3#key\" }\n";

#[test]
fn a_bucket_with_a_driver_is_a_volume_of_it() {
    let compiled = project(
        &format!(
            "{S3}[data.models]\nclass = \"synthetic\"\nsize = \"1Ti\"\n\
             bucket = {{ url = \"s3://models\", secret = \"s3\", driver = \"s3.csi.example\", \
             options = {{ region = \"eu-1\" }} }}\n\
             [stages.train]\nentry = \"train.py\"\ninputs = [\"models\"]\n"
        ),
        &[],
    );
    let volume = at(&compiled, "platform/demo-default-models.persistentvolume.yaml", "/spec");
    let expected = json!({
        "driver": "s3.csi.example",
        "volumeHandle": "demo-default-models",
        "volumeAttributes": {"region": "eu-1", "url": "s3://models"},
        "nodePublishSecretRef": {"name": "s3", "namespace": "demo-default"},
    });
    assert_eq!(volume["csi"], expected);
    assert_eq!(volume["claimRef"], json!({"namespace": "demo-default", "name": "models"}));
    let claim = at(&compiled, "kubernetes/models.persistentvolumeclaim.yaml", "/spec");
    assert_eq!(claim["volumeName"], "demo-default-models");
    assert_eq!(claim["storageClassName"], "");
    notes(&compiled, "`models` is a volume of its own, not the bucket `s3://models`");
}

#[test]
fn a_bucket_by_url_is_a_variable_and_its_credentials_are_others() {
    let compiled = project(
        &format!(
            "{S3}[data.models]\nclass = \"synthetic\"\nbucket = {{ url = \"s3://models/2026\", secret = \"s3\" }}\n\
             [stages.train]\nentry = \"train.py\"\ninputs = [\"models\"]\nenv = {{ SOURCE = {{ data = \"models\" }} }}\n"
        ),
        &[],
    );
    let container = at(&compiled, TRAIN, &format!("{POD}/containers/0"));
    assert_eq!(named(&container["env"], "DATA_MODELS")["value"], "s3://models/2026");
    assert_eq!(named(&container["env"], "SOURCE")["value"], "s3://models/2026");
    let key = &named(&container["env"], "AWS_SECRET_ACCESS_KEY")["valueFrom"]["secretKeyRef"];
    assert_eq!(*key, json!({"name": "s3", "key": "AWS_SECRET_ACCESS_KEY"}));
    assert!(!container["volumeMounts"].to_string().contains("models"));
    assert!(!is_emitted(&compiled, "kubernetes/models.persistentvolumeclaim.yaml"));
    let compose = at(&compiled, "compose.yaml", "/services/train/environment/DATA_MODELS");
    assert_eq!(compose, "s3://models/2026");
}

#[test]
fn pods_that_share_a_volume_of_one_node_run_on_one_node() {
    let compiled = project(
        "[data.inbox]\nclass = \"synthetic\"\nsize = \"2Ti\"\nretention = \"14d\"\n\
         [cluster.pools.gpu]\nnodes = 1\ngpu = { model = \"A100-80GB\", per-node = 1 }\ntaint = \"gpu=:NoSchedule\"\n\
         [services.api]\nentry = \"serve.py\"\nport = 8080\noutputs = [\"inbox\"]\nplacement = { pool = \"gpu\" }\n",
        &[],
    );
    let term = json!([{
        "labelSelector": {"matchLabels": {
            "app.kubernetes.io/instance": "demo-default",
            "mlopsc.dev/shares-inbox": "true",
        }},
        "topologyKey": "kubernetes.io/hostname",
    }]);
    let pods = [
        ("kubernetes/api.statefulset.yaml", "/spec/template"),
        ("kubernetes/purge-inbox.cronjob.yaml", "/spec/jobTemplate/spec/template"),
    ];
    for (path, template) in pods {
        let pod = at(&compiled, path, template);
        let must = "/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution";
        assert_eq!(pod.pointer(must), Some(&term), "{path}");
        assert_eq!(pod["metadata"]["labels"]["mlopsc.dev/shares-inbox"], "true", "{path}");
        // The purge follows the service onto nodes with a taint.
        assert_eq!(pod["spec"]["tolerations"][0]["key"], "gpu", "{path}");
    }
}

#[test]
fn a_rolling_update_stays_on_the_node_of_its_volume() {
    let tables = |access: &str| {
        format!(
            "[data.models]\nclass = \"synthetic\"\nsize = \"1Gi\"\nsource = \"external\"\naccess = \"{access}\"\n\
             [services.api]\nentry = \"serve.py\"\nport = 8080\ninputs = [\"models\"]\n"
        )
    };
    let affinity = |access: &str| {
        at(&project(&tables(access), &[]), "kubernetes/api.deployment.yaml", "/spec/template/spec/affinity/podAffinity")
    };
    assert!(affinity("ReadWriteOnce").is_object());
    assert!(affinity("ReadWriteMany").is_null());
}
