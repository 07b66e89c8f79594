package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// dockerfile runs the checks of `docker build --check`, experimental ones included, without a
// daemon and without a registry. Giving the check options from outside also makes BuildKit ignore
// a `# check=skip=...` line, by which a file could excuse itself.
func dockerfile(path string) Report {
	report := newReport(path)
	results, err := lintDockerfile(context.Background(), path)
	if err != nil {
		report.add("read", err.Error(), 0)
		return report
	}
	for _, warning := range results.Warnings {
		report.add(warning.RuleName, warning.Detail, firstLine(warning.Location))
	}
	if results.Error != nil {
		report.add("build", results.Error.Message, firstLine(&results.Error.Location))
	}
	return report
}

func lintDockerfile(ctx context.Context, path string) (*lint.LintResults, error) {
	builder := &folderBuilder{folder: filepath.Dir(path), dockerfile: filepath.Base(path)}
	ui, err := dockerui.NewClient(builder)
	if err != nil {
		return nil, err
	}
	source, err := ui.ReadEntrypoint(ctx, "Dockerfile")
	if err != nil {
		return nil, err
	}
	return dockerfile2llb.DockerfileLint(ctx, source.Data, dockerfile2llb.ConvertOpt{
		Config:       ui.Config,
		Client:       ui,
		SourceMap:    source.SourceMap,
		MetaResolver: builder,
	})
}

func firstLine(location *pb.Location) int {
	if location == nil || len(location.Ranges) == 0 {
		return 0
	}
	return int(location.Ranges[0].Start.Line)
}

// folderBuilder is the least builder that BuildKit's frontend talks to: it reads the Dockerfile
// and its ignore file (`<Dockerfile>.dockerignore`, else `.dockerignore` beside it) from one folder,
// knows an image of every name, and builds nothing. The methods that the checks never call are those
// of the nil interfaces it embeds.
type folderBuilder struct {
	client.Client
	client.Reference
	folder     string
	dockerfile string
}

func (b *folderBuilder) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts: map[string]string{
			"filename":                            b.dockerfile,
			"build-arg:BUILDKIT_DOCKERFILE_CHECK": "experimental=all",
		},
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    gateway.Caps.CapSet(gateway.Caps.All()),
	}
}

func (b *folderBuilder) Inputs(context.Context) (map[string]llb.State, error) {
	return nil, nil
}

func (b *folderBuilder) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	result := client.NewResult()
	result.SetRef(b)
	return result, nil
}

func (b *folderBuilder) ReadFile(_ context.Context, request client.ReadRequest) ([]byte, error) {
	return os.ReadFile(filepath.Join(b.folder, request.Filename))
}

// ResolveImageConfig answers for the platform it is asked for: which platforms an image has is known
// only to its registry.
func (b *folderBuilder) ResolveImageConfig(
	_ context.Context, ref string, opt sourceresolver.Opt,
) (string, digest.Digest, []byte, error) {
	platform := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	if opt.ImageOpt != nil && opt.ImageOpt.Platform != nil {
		platform = *opt.ImageOpt.Platform
	}
	config, err := json.Marshal(ocispecs.Image{Platform: platform})
	return ref, digest.FromBytes(config), config, err
}

func (b *folderBuilder) ResolveSourceMetadata(
	context.Context, *pb.SourceOp, sourceresolver.Opt,
) (*sourceresolver.MetaResponse, error) {
	return nil, errors.New("only images are known here")
}
