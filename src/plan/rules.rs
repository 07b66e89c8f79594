//! The named rules of the compiler: what decides a value that nobody wrote, or that follows from something written.

use crate::source::RuleId;

/// A named rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name, as `mlopsc explain` takes it.
    pub id: &'static str,
    /// What it decides and why, in a sentence or two.
    pub about: &'static str,
}

/// What an origin's rule stands for.
#[must_use]
pub fn rule(id: RuleId) -> &'static Rule {
    &RULES[id.index()]
}

macro_rules! rules {
    ($($name:ident $id:literal $about:literal)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u16)]
        enum Index { $($name),* }

        $(
            #[doc = concat!("The rule `", $id, "`.")]
            pub const $name: RuleId = RuleId::from_index(Index::$name as u16);
        )*

        /// All rules.
        pub static RULES: &[Rule] = &[$(Rule { id: $id, about: $about }),*];
    };
}

rules! {
    OBJECT "object" "An object's version and kind follow from what it is for."
    OBJECT_NAME "object-name" "An object is named after the stage, service, dataset, secret or table of settings that it is for, so that a reader finds the one from the other."
    NAMESPACE "namespace" "The namespace is `<project>-<environment>`, unless the environment names another one."
    LABELS "labels" "Objects carry the labels that Kubernetes recommends (app.kubernetes.io/…) and the environment; selectors use name and instance only, because they can never change."
    IMAGE_NAME "image-name" "An image is `<registry>/<project>-<image>`, tagged with the project's version, or with a hash of its content where there is no version."
    IMAGE_DIGEST "image-digest" "An image is used by the digest that the lock file has for it."
    IMAGE_QUALIFIED "image-registry" "An image without a registry is of docker.io; the full name is written, because not every engine assumes it."
    IMAGE_MIRROR "image-mirror" "Images come from the mirror of [build] in place of their own registry."
    PULL_POLICY "pull-policy" "An image with a digest never changes and is pulled where it is missing; one with only a tag is pulled each time."
    ENTRY_COMMAND "entry-command" "`entry` runs as `python /app/<entry>`, `Rscript --vanilla /app/<entry>` or `node /app/<entry>`; of Java the jar that is built, of a static site nginx. `args` follow it."
    READ_ONLY_ROOT "read-only-root" "The root of a container is read-only; `/tmp`, `writable` folders and datasets are not."
    NON_ROOT "non-root" "Containers run as a numeric user that is not root, 10001 unless said otherwise; with an exception from this rule the image decides, whatever `user` says."
    RESTRICTED "restricted" "Pods meet the Pod Security level `restricted`: no privilege, no capability, the runtime's default seccomp profile."
    NO_TOKEN "no-token" "Pods get no token of the API server: every workload has a ServiceAccount of its own, without one."
    NO_SERVICE_LINKS "no-service-links" "The environment of a container holds what was declared, not every Service of the namespace."
    HOME "home" "HOME is /tmp, the one folder that every program may write to."
    SCRATCH "scratch" "`/tmp` and `writable` folders live on the node's disk, bounded by the container's scratch space."
    SHM "shm" "/dev/shm is memory: of a GPU stage half of what it asks for, because data loaders pass batches through it."
    STAGE_RESOURCES "stage-resources" "A stage asks for 1 cpu and 2Gi of memory, and 8Gi for each GPU, unless said otherwise."
    SERVICE_RESOURCES "service-resources" "A service asks for 500m of cpu and 1Gi of memory, and 8Gi for each GPU, unless said otherwise."
    INIT_RESOURCES "init-resources" "An init step asks for 500m of cpu and 512Mi of memory, unless said otherwise."
    HELPER_RESOURCES "helper-resources" "A helper pod asks for 100m of cpu and 128Mi of memory."
    SCRATCH_SIZE "scratch-size" "A container asks for 2Gi of scratch space, unless said otherwise."
    LIMITS "limits" "A container may take what it asks for and no more, unless `limits` says otherwise."
    GPU_RESOURCE "gpu-resource" "GPUs are the extended resource nvidia.com/gpu, a MIG slice nvidia.com/mig-<profile>; helpers and init steps get none."
    GPU_PLACEMENT "gpu-placement" "A pod with GPUs tolerates the taint of the pools that have them, and selects the pool where only one fits."
    GPU_MEMORY "gpu-memory" "`min-memory` selects nodes by the label nvidia.com/gpu.memory of NVIDIA's feature discovery, in MiB."
    POOL "pool" "`placement.pool` selects the pool's label and tolerates its taint."
    SPREAD "spread" "Replicas are spread over nodes, or over zones where asked, as far as it can be done."
    NEAR "near" "`near` prefers the nodes on which pods of the other workload run."
    TOGETHER "together" "Pods that share a volume which one node at a time may mount run on one node: a pod goes where another one of them runs already."
    DATA_PATH "data-path" "A dataset is mounted at /data/<name>; its path is in DATA_<NAME>."
    CONFIG_ENV "config-env" "Each setting of a table is the environment variable CONFIG_<TABLE>_<KEY>, and all of them are one JSON file, whose path is in CONFIG_<TABLE>."
    CONFIG_FILES "config-files" "The files of a table are mounted in /etc/config/<table>, or one of them alone at the path that ends in its name. CONFIG_<TABLE> holds the path of config.json, of a table without values that of its one file, or of the folder of several."
    TEMPLATE "template" "A template becomes the file of its name without .j2, made of what the spec says."
    ENV_FILE "env-file" "Each line of an env file is an environment variable of its name."
    CONFIG_HASH "config-hash" "A ConfigMap's name ends in a hash of its content, so that a change rolls exactly the workloads that use it."
    SECRET_FILE "secret-file" "A secret's keys are files in /run/secrets/<name>; the path of each is in SECRET_<NAME>_<KEY>_FILE, or in SECRET_<NAME>_FILE where it has one."
    PORT_ENV "port-env" "The first port is in PORT, further ones in PORT_<NAME>."
    PORT_NAME "port-name" "The first port is called http, others port-<number>, unless named."
    PARALLEL_ENV "parallel-env" "A part of an Indexed Job finds its number in JOB_COMPLETION_INDEX and their number in JOB_COMPLETIONS."
    RENDEZVOUS "rendezvous" "The pods of a distributed training meet at the first of them: MASTER_ADDR, MASTER_PORT, NNODES, NODE_RANK, and PET_… for torchrun."
    PROXY "proxy" "A proxy is told to programs and builds in HTTP_PROXY, HTTPS_PROXY and NO_PROXY; what is in the cluster is reached directly."
    CHECKPOINT_ENV "checkpoint-env" "CHECKPOINT_DIR and CHECKPOINT_EVERY tell a training where and how often to keep its state."
    READ_INPUTS "read-inputs" "Inputs are mounted read-only."
    DATA_SIZE "data-size" "A dataset without a size is 10Gi."
    DATA_ACCESS "data-access" "A dataset that one pod uses is ReadWriteOnce, every other ReadWriteMany."
    DATA_CLAIM "data-claim" "A dataset is a PersistentVolumeClaim of its name."
    PREPARED "prepared" "A volume of Compose that no image of its programs makes writable is mounted first by an image that has a folder for it: of root and the group of the first pod that writes to it, who may write, as the cluster does it. Its program is not root; it makes the parts that are mounted, and leaves alone what is in a volume."
    NFS_VOLUME "nfs-volume" "An NFS export is a PersistentVolume and a claim bound to it, because Pod Security `restricted` forbids naming the server in a pod."
    BUCKET_VOLUME "bucket-volume" "A bucket that is mounted is a PersistentVolume of its CSI driver and a claim bound to it; one that is not has its URL in DATA_<NAME>, and the keys of its secret are environment variables."
    LIFETIME "lifetime" "A dataset that lives as long as a run is a volume of its pod, with a claim template; one that lives as long as a pod is a folder of its node, bounded by its size."
    KEEP "keep" "A dataset with `keep` tells Argo CD, Flux and Helm never to prune or delete its claim."
    PURGE "purge" "A dataset with a retention has a CronJob that removes older files every night, and with a `max-size` the oldest ones until the rest is not more."
    KIND "kind" "A stage is a Job, with a schedule a CronJob; a service is a Deployment, and a StatefulSet where it keeps data that one pod at a time may mount."
    JOB_END "job-end" "A Job keeps its pods for a day after it ended, unless `keep-failed` says longer; one that runs once stays. A pod that a node drain took away does not count as a failure."
    JOB_TURN "job-turn" "Stages run in the order of their data: `run-pipeline.sh`, `run-install.sh` and `run-upgrade.sh` make each Job when those before it have ended. Applying the other objects neither starts nor stops one."
    PARAMS "params" "A parameter of a stage is the variable PARAM_<NAME>. Whoever starts the stage gives it as PARAM_<STAGE>_<NAME>, and the script puts it into the ConfigMap `<stage>-params`; what starts by the clock gets its default."
    RESULTS "results" "The results of a stage are lines in the file of RESULTS_FILE, which is its termination message. The script puts them into the ConfigMap `<stage>-results`, and those that name one find it in RESULT_<STAGE>_<NAME>."
    RETRIES "retries" "A stage is tried again twice, unless said otherwise."
    TIMEOUT "timeout" "A stage may run for a day, unless said otherwise."
    CRON "cron" "A scheduled stage never runs twice at once, starts up to ten minutes late, and has a time zone."
    ON_DEMAND "on-demand" "A manual stage is a suspended CronJob: `kubectl create job --from=cronjob/<name>` runs it."
    ROLLOUT "rollout" "New pods of a service take over one by one; where a single replica holds a volume of its own, the old one stops first, and with GPUs there is never one pod more than wanted."
    SPLIT "split" "A variant is a Deployment `<service>-<variant>` of its own. A gateway sends it its share of the requests, or those with its headers; without one the replicas are shared out, at least one to each, behind the one Service."
    REPLICAS "replicas" "A service has one replica, unless said otherwise."
    AUTOSCALE "autoscale" "A HorizontalPodAutoscaler decides the number of replicas, and waits five minutes before it takes one away."
    DISRUPTION "disruption" "Where there are two replicas or more, at most one is away when nodes are drained."
    PROBES "probes" "A service that says nothing is asked for a TCP connection to its first port."
    NODES "daemon-nodes" "A DaemonSet has a pod on every node of its pool, or of all pools."
    AWAIT "await" "A step waits until a service of `after` takes connections, which its Service does when a pod is ready."
    TOKEN "token" "A workload with `permissions` gets a token of the API server, and a Role that says exactly them."
    ROUTE "route" "A route without a class attaches to the gateway of [cluster]; all paths lead to the first port unless said otherwise."
    EXPOSE "expose" "What is opened to addresses outside keeps their addresses, or no rule about them could hold."
    METRICS "metrics" "Metrics are read from `/metrics` of the first port every 30 seconds, unless said otherwise."
    GRACE "grace" "A pod has 30 seconds to stop, unless said otherwise."
    SERVICE_OBJECT "service-object" "A service with ports has a Service of its name; a StatefulSet and a distributed training have a headless one too, which gives each pod a name."
    DENY_ALL "deny-all" "Nothing in the namespace may connect to anything, in either direction, unless a policy allows it."
    ALLOW_DNS "allow-dns" "Every pod may ask the cluster's DNS."
    FLOW "flow" "A declared client or egress opens both sides, on the ports of the container."
    NAMESPACE_CLIENTS "namespace-clients" "A service that does not name its clients is open to those that name it, and where nobody does to the pods of its own namespace."
    POD_SECURITY "pod-security" "The namespace enforces the Pod Security level that all its pods meet, in the version of the cluster."
    QUOTA "quota" "The namespace's quota is what [quota] says."
    LIMIT_RANGE "limit-range" "Containers that others bring into the namespace get a request and a limit."
    ACCESS_ROLE "access-role" "A role for people may look at what runs and read its logs, and never at secrets."
    BREAK_GLASS "break-glass" "In an emergency people may stop, restart and scale what runs; they cannot read secrets or enter containers."
    PRIORITY "priority" "A PriorityClass of [cluster.priorities]; without `preempt` its pods wait and push none out."
    SECRET_OBJECT "secret-object" "A secret is an ExternalSecret, a SealedSecret, a Certificate or a reference, never a value."
    SECRET_HASH "secret-hash" "An annotation of a pod, mlopsc.dev/secret-<name>, holds a hash of what decides the values of a secret: its paths in the store, its issuer, its encrypted form. A change of these rolls exactly the workloads that read it. A value that changes in its store reaches files without that, and environment variables when a pod starts."
    LOCAL_SECRET "local-secret" "Outside of clusters the value of a secret's key is the file .secrets/<secret>/<key> beside mlops.toml, never committed. Compose reads it there; of a secret with `from = \"file\"` a copy lies at kubernetes/secrets/<secret>_<key> for kustomize, which reads no file outside its folder."
    TLS_KEYS "tls-keys" "A TLS secret has the keys tls.crt and tls.key."
    TYPE_KEYS "type-keys" "A secret of type basic-auth has the keys username and password, one of type ssh the key ssh-privatekey, one of type registry the key .dockerconfigjson."
    SECRET_ENV "secret-env" "With `as = \"env\"` each key of a secret is the environment variable of its name."
    GENERATED "generated" "A generated secret is made once by the password generator of the External Secrets Operator, one value for each key, 32 letters and digits unless said otherwise; it is never made anew while it exists."
    PATCH "patch" "A [[patches]] entry changed it after everything else."
}
