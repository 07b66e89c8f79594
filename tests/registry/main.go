// Registry is a real registry for the tests, and a second opinion on what is in it.
//
//	registry serve                         says its port, and ends when its input does
//	registry serve HOST FILE               the same with TLS for a host; the authority's certificate goes to the file
//	registry push REFERENCE TEXT PLATFORM… pushes an image of one file with this text
//	registry digest REFERENCE              says what `crane digest` says
//	registry layout REFERENCE FOLDER       writes a layout that says what it holds
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

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
		return serve(net.Listen)
	case len(args) == 3 && args[0] == "serve":
		return serve(secure(args[1], args[2]))
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
func serve(listen func(network, address string) (net.Listener, error)) error {
	listener, err := listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	quiet := log.New(io.Discard, "", 0)
	server := http.Server{Handler: unsafe(registry.New(registry.Logger(quiet))), ErrorLog: quiet}
	return server.Serve(listener)
}

// unsafe leads whoever asks for some images away from TLS.
func unsafe(others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/v2/unsafe-login/"):
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token",service="here"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
		case strings.HasPrefix(r.URL.Path, "/v2/unsafe-redirect/"):
			http.Redirect(w, r, "http://"+r.Host+"/elsewhere", http.StatusTemporaryRedirect)
		default:
			others.ServeHTTP(w, r)
		}
	})
}

// secure makes a certificate for a host that lasts as long as a test.
func secure(host, file string) func(network, address string) (net.Listener, error) {
	return func(network, address string) (net.Listener, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(1),
			Subject:               pkix.Name{CommonName: "authority of the tests"},
			NotBefore:             time.Now().Add(-time.Hour),
			NotAfter:              time.Now().Add(time.Hour),
			IsCA:                  true,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
			ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}
		authority, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return nil, err
		}
		// A certificate of its own for the server: an authority is not one.
		template.SerialNumber, template.IsCA, template.KeyUsage = big.NewInt(2), false, x509.KeyUsageDigitalSignature
		template.Subject, template.DNSNames = pkix.Name{CommonName: host}, []string{host}
		parent, err := x509.ParseCertificate(authority)
		if err != nil {
			return nil, err
		}
		certificate, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			return nil, err
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority})
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return nil, err
		}
		pair := tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
		return tls.Listen(network, address, &tls.Config{Certificates: []tls.Certificate{pair}})
	}
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
