//! Images of Java, Node and static sites, and steps of a build.

use super::{dockerfile, files};
use crate::kinds::MIRRORED;
use crate::support::judges::harness::tests;

tests!(
    node_gets_what_production_needs,
    a_step_of_node_sees_what_developers_need_and_the_image_does_not,
    a_site_is_served_by_any_user_on_the_port_of_its_service,
    java_is_built_by_its_wrapper_and_run_without_it,
    steps_see_the_program_and_no_network,
);

pub(super) const FILES: &[(&str, &str)] = &[
    ("web/server.js", ""),
    ("web/package.json", "{}"),
    ("web/node_modules/a/index.js", ""),
    (
        "web/package-lock.json",
        "{\"lockfileVersion\": 3, \"packages\": {\"\": {}, \"node_modules/a\": {\"version\": \"1.0.0\", \
        \"integrity\": \"sha512-x\"}}}",
    ),
    ("web/pages/index.html", "<!doctype html>"),
    ("router/pom.xml", "<project/>"),
    ("router/mvnw", "#!/bin/sh\n"),
    ("router/.mvn/wrapper/maven-wrapper.properties", "distributionSha256Sum=00\n"),
    (
        "router/.mvn/checksums/checksums.sha256",
        "0000000000000000000000000000000000000000000000000000000000000000  a/b/1/b-1.jar\n",
    ),
    ("gate/build.gradle.kts", ""),
    ("gate/gradlew", "#!/bin/sh\n"),
    ("gate/gradle/wrapper/gradle-wrapper.properties", "distributionSha256Sum=00\n"),
    ("gate/gradle/verification-metadata.xml", "<verification-metadata><sha256 value=\"00\"/></verification-metadata>"),
];

const NODE: &str = "[services.web]\nentry = \"web/server.js\"\nport = 3000\n";
const NODE_BUILT: &str = "[images.web]\nnode = \"22\"\nrun = [\"cd web && npm run build\"]\n[services.web]\n\
    image = { use = \"web\" }\nentry = \"web/server.js\"\nport = 3000\n";
const SITE: &str = "[services.pages]\nentry = \"web/pages/index.html\"\nport = 8088\n";
const MAVEN: &str = "[services.router]\nentry = \"router/pom.xml\"\nport = 8080\n";
const GRADLE: &str = "[build]\njava = \"25\"\nsystem-packages = [\"tini=0.19.0-1\"]\n[services.gate]\n\
    entry = \"gate/build.gradle.kts\"\nport = 8080\n";
const STEPS: &str = "[images.tools]\nlanguage = \"python\"\nrun = [\"python -m compileall -q /app\", \"test \\\"$HOME\\\" = /tmp\"]\n\
    [stages.train]\nimage = { use = \"tools\" }\nentry = \"train.py\"\noutputs = [\"model\"]\n";

/// Every kind, with its name.
pub(super) const KINDS: &[(&str, &str)] = &[
    ("node", NODE),
    ("node-built", NODE_BUILT),
    ("site", SITE),
    ("maven", MAVEN),
    ("gradle", GRADLE),
    ("steps", STEPS),
];

fn node_gets_what_production_needs() {
    let text = dockerfile(NODE, &[]);
    assert!(text.contains("FROM docker.io/library/node:24-trixie-slim AS base\n"), "{text}");
    assert!(text.contains("COPY --link web/package-lock.json web/package.json /app/web/\n"), "{text}");
    assert!(
        text.contains(" && npm ci --prefix /app/web --omit=dev --ignore-scripts --no-audit --no-fund \\\n"),
        "{text}"
    );
    assert!(text.contains("COPY --link --from=builder --chmod=0555 /app /app\nCOPY --from=files /image/ /\n"));
    assert!(text.ends_with("ENTRYPOINT [\"node\", \"/app/web/server.js\"]\n"), "{text}");
    let ignore = &files(NODE, &[])["images/node/Dockerfile.dockerignore"];
    assert!(ignore.contains("\n!web\n") && ignore.ends_with("**/node_modules\n"), "{ignore}");
    let text = dockerfile(&format!("{MIRRORED}{NODE}"), &[]);
    assert!(text.contains("ENV NPM_CONFIG_REGISTRY=\"https://nexus.hospital.example/npm\" \\\n"), "{text}");
}

fn a_step_of_node_sees_what_developers_need_and_the_image_does_not() {
    let text = dockerfile(NODE_BUILT, &[]);
    assert!(text.contains("FROM docker.io/library/node:22-trixie-slim AS base\n"), "{text}");
    assert!(text.contains(" && npm ci --prefix /app/web --ignore-scripts --no-audit --no-fund \\\n"), "{text}");
    assert!(
        text.contains("RUN --network=none [\"npm\", \"prune\", \"--prefix\", \"/app/web\", \"--omit=dev\""),
        "{text}"
    );
}

fn a_site_is_served_by_any_user_on_the_port_of_its_service() {
    let files = files(SITE, &[]);
    let text = &files["images/static/Dockerfile"];
    assert!(text.contains("FROM docker.io/library/nginx:1.30.5-alpine-slim AS base\n"), "{text}");
    assert!(text.contains("COPY --link web/pages /image/app/web/pages/\n"), "{text}");
    let conf = "COPY --link [\"deploy/default/images/static/nginx.conf\", \"/image/etc/nginx/nginx.conf\"]\n";
    assert!(text.contains(conf), "{text}");
    assert!(text.contains("USER 10001:10001\n") && text.ends_with("ENTRYPOINT [\"nginx\"]\n"), "{text}");
    let conf = &files["images/static/nginx.conf"];
    assert!(
        conf.contains("listen 8088;") && conf.contains("root /app/web/pages;\n        index index.html;"),
        "{conf}"
    );
    assert!(conf.contains("add_header Cache-Control no-cache always;"), "the times of files do not tell their age");
    assert!(
        files["images/static/Dockerfile.dockerignore"]
            .contains("!web/pages\n!deploy/default/images/static/nginx.conf\n")
    );
}

fn java_is_built_by_its_wrapper_and_run_without_it() {
    let text = dockerfile(MAVEN, &[]);
    assert!(text.contains("FROM docker.io/library/eclipse-temurin:21-jre-noble AS base\n"), "{text}");
    assert!(text.contains("FROM docker.io/library/eclipse-temurin:21-jdk-noble AS builder\n"), "{text}");
    assert!(text.contains("COPY --link router /build/router/\nWORKDIR /build/router\n"), "{text}");
    assert!(text.contains(
        " && sh ./mvnw --batch-mode --no-transfer-progress -DskipTests \\\n        -Daether.trustedChecksumsSource.summaryFile=true"
    ));
    assert!(text.contains("FROM base AS runtime\n") && !text.contains("/app/router/"), "{text}");
    assert!(text.ends_with("ENTRYPOINT [\"java\", \"-jar\", \"/app/router.jar\"]\n"), "{text}");
    let ignore = &files(MAVEN, &[])["images/java/Dockerfile.dockerignore"];
    assert!(ignore.ends_with("router/target\nrouter/build\n!router/.mvn\n"), "{ignore}");
    let text = dockerfile(&format!("{MIRRORED}{MAVEN}"), &[]);
    assert!(text.contains("<mirrorOf>*</mirrorOf><url>https://nexus.hospital.example/maven</url>"), "{text}");
    let text = dockerfile(GRADLE, &[]);
    assert!(
        text.contains("eclipse-temurin:25-jre-noble AS base\n") && text.contains("    tini=0.19.0-1 \\\n"),
        "{text}"
    );
    assert!(text.contains(" && sh ./gradlew --no-daemon --console=plain assemble \\\n"), "{text}");
}

fn steps_see_the_program_and_no_network() {
    let text = dockerfile(STEPS, &[]);
    let step = "RUN --network=none [\"/bin/sh\", \"-ec\", \"test \\\"$HOME\\\" = /tmp\"]\n";
    let (before, after) = text.split_once(step).expect("the step");
    assert!(before.contains("ENV LANG=C.UTF-8 \\\n    PATH=/venv/bin:${PATH}"), "{before}");
    assert!(
        before.contains(
            "COPY --link *.py /app/\nARG SOURCE_DATE_EPOCH=0\nRUN --network=none [\"/bin/sh\", \"-ec\", \"python -m"
        ),
        "{before}"
    );
    assert!(
        after.contains("COPY --link --from=builder --chmod=0555 /app /app\n") && !after.contains("*.py"),
        "{after}"
    );
}
