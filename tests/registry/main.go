// Registry is a real registry for the tests, and a second opinion on what is in it.
//
//	registry serve                         says its port, and ends when its input does
//	registry push REFERENCE TEXT PLATFORM… pushes an image of one file with this text
//	registry digest REFERENCE              says what `crane digest` says
//	registry layout REFERENCE FOLDER       writes a layout that says what it holds
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "serve":
		return serve()
	case len(args) >= 4 && args[0] == "push":
		return push(args[1], args[2], args[3:])
	case len(args) == 2 && args[0] == "digest":
		digest, err := crane.Digest(args[1])
		fmt.Println(digest)
		return err
	case len(args) == 3 && args[0] == "layout":
		return write(args[1], args[2])
	}
	return fmt.Errorf("see the top of main.go")
}

// serve ends with whoever holds the other end of its input, however that ends.
func serve() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	return http.Serve(listener, registry.New(quiet))
}

// push makes the same image of the same text every time. One platform makes an image, several an index.
func push(reference, text string, platforms []string) error {
	to, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	index := mutate.IndexMediaType(empty.Index, "application/vnd.oci.image.index.v1+json")
	for _, it := range platforms {
		platform, err := v1.ParsePlatform(it)
		if err != nil {
			return err
		}
		image, err := crane.Image(map[string][]byte{"text": []byte(text)})
		if err != nil {
			return err
		}
		config, err := image.ConfigFile()
		if err != nil {
			return err
		}
		config = config.DeepCopy()
		config.OS, config.Architecture, config.Variant = platform.OS, platform.Architecture, platform.Variant
		if image, err = mutate.ConfigFile(image, config); err != nil {
			return err
		}
		if len(platforms) == 1 {
			return remote.Write(to, image)
		}
		descriptor := v1.Descriptor{Platform: platform}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: descriptor})
	}
	return remote.WriteIndex(to, index)
}

func write(reference, folder string) error {
	from, err := name.ParseReference(reference)
	if err != nil {
		return err
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	descriptor, err := remote.Get(from)
	if err != nil {
		return err
	}
	named := layout.WithAnnotations(map[string]string{"io.containerd.image.name": reference})
	if descriptor.MediaType.IsIndex() {
		index, err := descriptor.ImageIndex()
		if err != nil {
			return err
		}
		return path.AppendIndex(index, named)
	}
	image, err := descriptor.Image()
	if err != nil {
		return err
	}
	return path.AppendImage(image, named)
}
