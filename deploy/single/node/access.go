package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
)

const adminUser = "admin"

// access is what a guarded node asks of its callers: TLS by its own authority, and one user's password.
type access struct {
	caFile, password string
	cert             tls.Certificate
	token            []byte
}

// openAccess reads the keys in dir, or makes them on the first start (mode 0600).
func openAccess(dir string, addr net.Addr) (*access, error) {
	a := &access{caFile: filepath.Join(dir, "ca.crt")}
	if abs, err := filepath.Abs(a.caFile); err == nil {
		a.caFile = abs
	}
	password, err := keep(filepath.Join(dir, "node.password"), func() ([]byte, error) {
		var b [24]byte
		_, err := rand.Read(b[:])
		return []byte(base64.RawURLEncoding.EncodeToString(b[:])), err
	})
	if err != nil {
		return nil, err
	}
	a.password = strings.TrimSpace(string(password))
	a.token = []byte("Basic " + base64.StdEncoding.EncodeToString([]byte(adminUser+":"+a.password)))
	if a.cert, err = certificate(dir, addr); err != nil {
		return nil, err
	}
	return a, nil
}

// keep reads a secret file, or makes it once.
func keep(path string, create func() ([]byte, error)) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return b, wrap(err, "read %s", path)
	}
	if b, err = create(); err != nil {
		return nil, fmt.Errorf("make %s: %w", path, err)
	}
	return b, writeSecret(path, b)
}

func writeSecret(path string, b []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, b, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(tmp, path)
}

// certificate loads the node's certificate; it is made anew when absent, about to end, or for another host.
func certificate(dir string, addr net.Addr) (tls.Certificate, error) {
	crt, key := filepath.Join(dir, "node.crt"), filepath.Join(dir, "node.key")
	if cert, err := tls.LoadX509KeyPair(crt, key); err == nil && stillGood(cert, addr) {
		return cert, nil
	}
	ca, caKey, err := authority(dir)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, priv, err := issue(leafTemplate(addr), ca, caKey)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := errors.Join(writePEM(key, priv), writeSecret(crt, pemOf("CERTIFICATE", der))); err != nil {
		return tls.Certificate{}, err
	}
	return tls.LoadX509KeyPair(crt, key)
}

func stillGood(cert tls.Certificate, addr net.Addr) bool {
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil || time.Until(leaf.NotAfter) < 30*24*time.Hour {
		return false
	}
	host, _, err := net.SplitHostPort(addr.String())
	ip := net.ParseIP(host)
	return err == nil && (ip == nil || ip.IsUnspecified() || leaf.VerifyHostname(host) == nil)
}

func authority(dir string) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	crt, key := filepath.Join(dir, "ca.crt"), filepath.Join(dir, "ca.key")
	if pair, err := tls.LoadX509KeyPair(crt, key); err == nil {
		ca, err := x509.ParseCertificate(pair.Certificate[0])
		priv, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
		if err == nil && ok && time.Until(ca.NotAfter) > 400*24*time.Hour {
			return ca, priv, nil
		}
	}
	t := template("daka node authority", 20*365*24*time.Hour)
	t.IsCA, t.BasicConstraintsValid, t.KeyUsage = true, true, x509.KeyUsageCertSign
	der, priv, err := issue(t, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(writePEM(key, priv), writeSecret(crt, pemOf("CERTIFICATE", der))); err != nil {
		return nil, nil, err
	}
	ca, err := x509.ParseCertificate(der)
	return ca, priv, err
}

func template(name string, life time.Duration) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	now := time.Now()
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(life)}
}

func leafTemplate(addr net.Addr) *x509.Certificate {
	t := template("daka node", 2*365*24*time.Hour)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = []string{"localhost"}
	t.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if host, _, err := net.SplitHostPort(addr.String()); err == nil {
		if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
			t.IPAddresses = append(t.IPAddresses, ip)
		}
	}
	if name, err := os.Hostname(); err == nil {
		t.DNSNames = append(t.DNSNames, name)
	}
	return t
}

func issue(t, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make a key: %w", err)
	}
	if parent == nil {
		parent, parentKey = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, &key.PublicKey, parentKey)
	return der, key, wrap(err, "make a certificate")
}

func writePEM(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeSecret(path, pemOf("EC PRIVATE KEY", der))
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func (a *access) connectionString(addr string) string {
	return fmt.Sprintf("esdb://%s:%s@%s?tls=true&tlsCaFile=%s", adminUser, a.password, addr, url.QueryEscape(a.caFile))
}

// secure is TLS by the node's own authority; nil for a nil access. A client that can also speak HTTP/1.1 gets HTTP/2 with all of HTTP.
func (a *access) secure() *tls.Config {
	if a == nil {
		return nil
	}
	return &tls.Config{Certificates: []tls.Certificate{a.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
}

// options are those of a guarded server; none for a nil access.
func (a *access) options() []grpc.ServerOption {
	if a == nil {
		return nil
	}
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
			if err := a.check(ctx, info.FullMethod); err != nil {
				return nil, err
			}
			return h(ctx, req)
		}),
		grpc.ChainStreamInterceptor(func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, h grpc.StreamHandler) error {
			if err := a.check(ss.Context(), info.FullMethod); err != nil {
				if info.IsClientStream && !info.IsServerStream {
					drain(ss)
				}
				return err
			}
			return h(srv, ss)
		}),
	}
}

// check asks every call for the password, but those by which a client finds out what it talks to.
func (a *access) check(ctx context.Context, method string) error {
	if strings.HasPrefix(method, "/event_store.client.server_features.") || strings.HasPrefix(method, "/event_store.client.gossip.") {
		return nil
	}
	md, _ := metadata.FromIncomingContext(ctx)
	for _, v := range md.Get("authorization") {
		if subtle.ConstantTimeCompare([]byte(v), a.token) == 1 {
			return nil
		}
	}
	return status.Error(codes.Unauthenticated, "the user name or the password is wrong")
}

func localAddr(ctx context.Context) (net.Addr, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok || p.LocalAddr == nil {
		return nil, false
	}
	return p.LocalAddr, true
}
