package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ports prints free ports, which all stay taken until the last of them is found.
func ports(count string) error {
	wanted, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	for range wanted {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer listener.Close()
		fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	}
	return nil
}

// keys writes an authority (ca.crt), a server's certificate that it signed
// (tls.crt, tls.key), and a key for tokens (sa.key).
func keys(folder string) error {
	authorityKey, err := newKey()
	if err != nil {
		return err
	}
	authority := certificate(1, "loopback authority")
	authority.IsCA = true
	authority.KeyUsage = x509.KeyUsageCertSign
	serverKey, err := newKey()
	if err != nil {
		return err
	}
	server := certificate(2, "loopback server")
	server.KeyUsage = x509.KeyUsageDigitalSignature
	server.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	server.DNSNames = []string{"localhost", "kubernetes.default.svc"}
	tokenKey, err := newKey()
	if err != nil {
		return err
	}
	for _, write := range []func() error{
		func() error {
			return writeCertificate(folder, "ca.crt", authority, authority, authorityKey, authorityKey)
		},
		func() error { return writeCertificate(folder, "tls.crt", server, authority, serverKey, authorityKey) },
		func() error { return writeKey(folder, "tls.key", serverKey) },
		func() error { return writeKey(folder, "sa.key", tokenKey) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func certificate(number int64, name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:          big.NewInt(number),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(7 * 24 * time.Hour),
		BasicConstraintsValid: true,
	}
}

func writeCertificate(folder, name string, it, signer *x509.Certificate, key, signerKey *ecdsa.PrivateKey) error {
	signed, err := x509.CreateCertificate(rand.Reader, it, signer, &key.PublicKey, signerKey)
	if err != nil {
		return err
	}
	return writePEM(folder, name, "CERTIFICATE", signed)
}

func writeKey(folder, name string, key *ecdsa.PrivateKey) error {
	encoded, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(folder, name, "EC PRIVATE KEY", encoded)
}

func writePEM(folder, name, kind string, content []byte) error {
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	return os.WriteFile(filepath.Join(folder, name), text, 0o600)
}
