# In place of docker/buildkit-syft-scanner: Syft out of its wheel, and BuildKit's protocol for scanners around it.
FROM mlopsc-test/root-workshop
COPY syft /bin/syft
ENV SYFT_CHECK_FOR_APP_UPDATE=false
ENTRYPOINT ["/bin/sh", "-ec", "syft scan --quiet --output spdx-json=/tmp/spdx.json dir:${BUILDKIT_SCAN_SOURCE} && { printf '{\"_type\": \"https://in-toto.io/Statement/v0.1\", \"predicateType\": \"https://spdx.dev/Document\", \"predicate\": '; cat /tmp/spdx.json; printf '}'; } > ${BUILDKIT_SCAN_DESTINATION}/sbom.spdx.json"]
