//! Programs: image, command, environment, rights and resources are those of the cluster.

use super::*;
use crate::support::judges::harness::tests;

tests!(
    programs_are_what_they_are_in_the_cluster,
    the_dockerfile_is_found_from_the_context,
    nothing_may_more_than_a_restricted_pod,
    an_exception_makes_the_root_writable_here_too,
    programs_take_what_the_plan_gives_them,
);

fn programs_are_what_they_are_in_the_cluster() {
    let Some(model) = Emission::of(SPEC).model else { return };
    assert_eq!(model["name"], "mri-default");
    let services = &model["services"];
    let expected = [
        "api",
        "api_fetch",
        "api_migrate",
        "window",
        "db",
        "prepare",
        "prepare_volumes",
        "purge-model",
        "train",
        "tune",
        "viewer",
    ];
    assert_eq!(names(services), BTreeSet::from(expected));
    // Built here, so it is not the image that the digest names.
    assert_eq!(services["train"]["image"], "registry.example.org/radiology/mri-train:1.4.0");
    assert_eq!(services["train"]["pull_policy"], "build");
    assert_eq!(services["train"]["build"]["context"], "../..");
    assert_eq!(services["train"]["build"]["secrets"], json!([{ "source": "index-token" }]));
    assert_eq!(model["secrets"]["index-token"]["environment"], "INDEX_TOKEN");
    assert_eq!(services["train"]["entrypoint"], json!(["python", "/app/train.py"]));
    assert_eq!(services["train"]["command"], json!(["--epochs", "3"]));
    let digest = "a".repeat(64);
    assert_eq!(services["db"]["image"], format!("docker.io/library/postgres:18.4-trixie@sha256:{digest}"));
    assert_eq!(services["db"].get("build"), None);
    assert_eq!(services["db"]["entrypoint"], Value::Null);
    assert_eq!(services["api_fetch"]["command"], json!(["fetch"]));
    assert_eq!(services["api"]["labels"], json!({ "hospital.example/team": "imaging" }));
    assert_eq!(services["api"]["annotations"], json!({ "hospital.example/note": "ask $TEAM" }));
    assert_eq!(services["api"]["stop_grace_period"], "45s");
}

fn the_dockerfile_is_found_from_the_context() {
    let emission = Emission::of(SPEC);
    let project = TempDir::new().expect("a temporary folder can be made");
    let folder = project.path().join("deploy/default");
    for image in emission.environment.plan.images.values() {
        let dockerfile = folder.join(format!("images/{}/Dockerfile", image.name));
        std::fs::create_dir_all(dockerfile.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(&dockerfile, "").expect("the file can be written");
    }
    let Some(model) = emission.model else { return };
    let mut built = 0;
    for service in model["services"].as_object().expect("services").values() {
        let Some(build) = service["build"].as_object() else { continue };
        let text = |key: &str| build[key].as_str().expect("a text");
        let file = folder.join(text("context")).join(text("dockerfile"));
        let file = file.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(file.starts_with(folder.canonicalize().expect("it is there")), "{}", file.display());
        built += 1;
    }
    assert_eq!(built, 7);
}

fn nothing_may_more_than_a_restricted_pod() {
    let Some(model) = Emission::of(SPEC).model else { return };
    for (name, service) in model["services"].as_object().expect("services") {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(service["cap_drop"], json!(["ALL"]), "{name}");
        assert_eq!(service["security_opt"], json!(["no-new-privileges:true"]), "{name}");
        assert_eq!(service["init"], true, "{name}");
        assert_eq!(service["deploy"]["resources"]["limits"]["pids"], 4096, "{name}");
        for key in ["privileged", "cap_add", "pid", "ipc", "uts", "userns_mode", "devices", "device_cgroup_rules"] {
            assert_eq!(service.get(key), None, "{name}");
        }
        let binds = service["volumes"].as_array().into_iter().flatten().filter(|it| it["type"] != "volume");
        assert_eq!(binds.count(), 0, "{name}");
        let user = service["user"].as_str().expect("a user");
        let (uid, gid) = user.split_once(':').expect("a user and a group");
        assert!(gid.parse::<u32>().is_ok_and(|it| it > 0), "{name}: {user}");
        // Only what the kubelet does as root: see `prepare_volumes`.
        assert_eq!(uid == "0", name == "prepare_volumes", "{name}: {user}");
    }
    assert_eq!(model["services"]["train"]["user"], "20001:20002");
    assert_eq!(model["services"]["train"]["group_add"], json!(["20003"]));
    assert_eq!(model["services"]["api"].get("group_add"), None);
}

fn an_exception_makes_the_root_writable_here_too() {
    let spec = "[services.db]\nimage = \"postgres:18.4-trixie\"\n[[compliance.exceptions]]\nrule = \"read-only-root\"\n\
        target = \"services.db\"\nreason = \"writes beside its program\"\napproved-by = \"a@b.example\"\nexpires = 2027-03-31\n";
    let Some(model) = Emission::of(spec).model else { return };
    assert_eq!(model["services"]["db"].get("read_only"), None);
}

fn programs_take_what_the_plan_gives_them() {
    let Some(model) = Emission::of(SPEC).model else { return };
    let resources = &model["services"]["train"]["deploy"]["resources"];
    assert_eq!(resources["limits"]["cpus"], 2.5);
    assert_eq!(resources["limits"]["memory"], (16_u64 << 30).to_string());
    let gpu = json!([{ "driver": "nvidia", "count": 2, "capabilities": ["gpu"] }]);
    assert_eq!(resources["reservations"]["devices"], gpu);
    assert_eq!(model["services"]["train"]["shm_size"], (8_u64 << 30).to_string());
    assert_eq!(model["services"]["db"]["shm_size"], (256_u64 << 20).to_string());
    assert_eq!(model["services"]["db"]["deploy"]["resources"].get("reservations"), None);
    assert_eq!(model["services"]["api"].get("shm_size"), None);
}
