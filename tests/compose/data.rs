//! Datasets, scratch space, settings and secrets.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    datasets_are_volumes_and_scratch_is_memory,
    what_no_image_makes_writable_is_prepared_before,
    a_project_of_one_user_needs_no_preparation,
    settings_and_secrets_are_files_where_the_plan_has_them,
);

fn datasets_are_volumes_and_scratch_is_memory() {
    let emission = Emission::of(SPEC);
    let Some(model) = &emission.model else { return };
    let volumes = |name: &str| model["services"][name]["volumes"].clone();
    let mount = |source: &str, target: &str, options: Value| {
        let mut mount = json!({ "type": "volume", "source": source, "target": target });
        if options != json!({}) {
            mount["volume"] = options;
        }
        mount
    };
    let read_only = |mut mount: Value| {
        mount["read_only"] = true.into();
        mount
    };
    let scans = read_only(mount("scans", "/data/scans", json!({ "nocopy": true })));
    assert_eq!(
        volumes("prepare"),
        json!([scans, read_only(mount("archive", "/archive", json!({}))), mount("work", "/data/work", json!({}))])
    );
    let part = mount("model", "/data/model", json!({ "nocopy": true, "subpath": "runs/current" }));
    assert_eq!(volumes("train"), json!([read_only(mount("work", "/data/work", json!({}))), part]));
    assert_eq!(volumes("api"), json!([read_only(mount("model", "/model", json!({ "nocopy": true })))]));
    let scans = &model["volumes"]["scans"];
    assert_eq!(scans["driver"], "local");
    let nfs =
        json!({ "type": "nfs", "o": "addr=files.hospital.example,nfsvers=4.2,sec=krb5p", "device": ":/export/scans" });
    assert_eq!(scans["driver_opts"], nfs);
    assert_eq!(names(&model["volumes"]), BTreeSet::from(["archive", "model", "scans", "tables", "work"]));
    emission.notes_once(&["`archive`", "`imaging-archive`"]);
    let scratch = |path: &str| format!("{path}:size=2g,mode=1777,uid=10001,gid=10001,exec");
    assert_eq!(model["services"]["api"]["tmpfs"], json!([scratch("/tmp"), scratch("/var/cache/api")]));
    assert_eq!(model["services"]["train"]["tmpfs"], json!(["/tmp:size=3g,mode=1777,uid=20001,gid=20002,exec"]));
    emission.notes_once(&["every container of `api`", "`/tmp`"]);
}

fn what_no_image_makes_writable_is_prepared_before() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let service = &model["services"]["prepare_volumes"];
    assert_eq!(service["user"], "0:10001");
    assert_eq!(service["group_add"], json!(["20003"]));
    assert_eq!(service["entrypoint"], json!(["sh", "-e", "-c"]));
    let script = service["command"][0].as_str().expect("a script");
    let lines: Vec<&str> = script.lines().collect();
    // A part of `model` is mounted, and a ready-made image writes `tables`; the image of `prepare` has `/data/work`.
    assert_eq!(lines[0], "umask 002");
    assert!(lines[1].starts_with("chgrp 20003 /volumes/model && chmod 2775 /volumes/model || echo "), "{script}");
    assert_eq!(lines[2], "mkdir -p /volumes/model/runs/current");
    assert!(lines[3].starts_with("chgrp 10001 /volumes/tables && "), "{script}");
    assert_eq!(lines.len(), 4);
    let mounted: Vec<&Value> = service["volumes"].as_array().expect("volumes").iter().map(|it| &it["target"]).collect();
    assert_eq!(mounted, ["/volumes/model", "/volumes/tables"]);
    assert_eq!(service.get("profiles"), None);
    let waits = |name: &str| model["services"][name]["depends_on"].get("prepare_volumes").is_some();
    let waiting = ["api", "window", "db", "prepare", "purge-model", "train", "tune"].map(waits);
    assert_eq!(waiting, [false, false, true, false, true, true, false]);
}

fn a_project_of_one_user_needs_no_preparation() {
    let spec = "[stages.train]\nentry = \"train.py\"\noutputs = [\"model\"]\n[stages.next]\nentry = \"tools.py\"\noutputs = [\"model\"]\n";
    let Some(model) = Emission::of(spec).model else { return };
    assert_eq!(names(&model["services"]), BTreeSet::from(["next", "train"]));
    assert_eq!(model["services"]["train"]["volumes"][0].get("volume"), None);
    let other = spec.replace("[stages.next]", "[stages.next]\nuser = { uid = 20001 }");
    let Some(model) = Emission::of(&other).model else { return };
    assert_eq!(names(&model["services"]), BTreeSet::from(["next", "prepare_volumes", "train"]));
    assert_eq!(model["services"]["train"]["volumes"][0]["volume"]["nocopy"], true);
}

fn settings_and_secrets_are_files_where_the_plan_has_them() {
    let emission = Emission::of(SPEC);
    let tuning = RelPath::parse("compose/config/tuning/config.json").expect("a good path");
    let files = emission.environment.files();
    let settings: Value = serde_json::from_str(files.get(&tuning).expect("the settings")).expect("JSON");
    assert_eq!(settings, json!({ "rate": 0.25, "note": "costs $5 or ${MORE}" }));
    emission.notes_once(&["`.secrets/database` and `.secrets/salt`", "`api`", "user 10001"]);
    let Some(model) = &emission.model else { return };
    let target = json!([{ "source": "tuning_config.json", "target": "/etc/config/tuning/config.json" }]);
    assert_eq!(model["services"]["train"]["configs"], target);
    assert_eq!(model["configs"]["tuning_config.json"]["file"], "./compose/config/tuning/config.json");
    assert_eq!(model["services"]["train"]["environment"]["CONFIG_TUNING"], "/etc/config/tuning/config.json");
    assert_eq!(model["services"]["train"]["environment"]["CONFIG_TUNING_NOTE"], "costs $5 or ${MORE}");
    let secrets = json!([
        { "source": "salt_value", "target": "/run/secrets/salt/value" },
        { "source": "database_username", "target": "/etc/database/username" },
        { "source": "database_tls.key", "target": "/etc/database/tls.key" },
    ]);
    assert_eq!(model["services"]["api"]["secrets"], secrets);
    assert_eq!(model["services"]["api_fetch"].get("secrets"), None);
    let file = |name: &str| model["secrets"][name]["file"].as_str().expect("a file").to_owned();
    assert_eq!(file("salt_value"), "../../.secrets/salt/value");
    assert_eq!(file("database_tls.key"), "../../.secrets/database/tls.key");
    assert_eq!(names(&model["secrets"]).len(), 4);
}
