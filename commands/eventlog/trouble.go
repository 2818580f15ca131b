package eventlog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// trouble says why a server that takes connections is not understood, with the setting that mends it; nil when it cannot tell. The client only
// says that its deadline passed.
func (c *connection) trouble(address string) error {
	ctx, cancel := context.WithTimeout(c.life, 2*dialTimeout)
	defer cancel()
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	err = handshake(ctx, address, &tls.Config{
		ServerName: host, RootCAs: c.config.RootCAs, InsecureSkipVerify: c.config.SkipCertificateVerification || c.config.DisableTLS,
	})
	if c.config.DisableTLS {
		if err == nil {
			return fmt.Errorf("%w: %s speaks TLS, and the connection string says tls=false; leave that out", ErrTLS, address)
		}
		return nil
	}
	return certificateTrouble(address, err)
}

// handshake speaks TLS with a server, and reads until it stays silent: a server that wants a certificate of ours says so after the handshake.
func handshake(ctx context.Context, address string, config *tls.Config) error {
	config.NextProtos = []string{"h2"}
	conn, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1))
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// silence is how long a server may take to refuse a client without a certificate.
const silence = 200 * time.Millisecond

// certificateTrouble names what is wrong between two sides of a TLS handshake.
func certificateTrouble(address string, err error) error {
	var (
		plain     tls.RecordHeaderError
		authority x509.UnknownAuthorityError
		roots     x509.SystemRootsError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		alert     tls.AlertError
	)
	switch {
	case errors.As(err, &plain):
		return fmt.Errorf("%w: %s answers without TLS; say tls=false in the connection string, or switch TLS on at the server", ErrTLS, address)
	case errors.As(err, &authority), errors.As(err, &roots):
		return fmt.Errorf("%w: the certificate of %s is signed by an authority that is not known here; name its file in the connection string, tlsCAFile=/path/ca.crt (%w)",
			ErrTLS, address, err)
	case errors.As(err, &name):
		return fmt.Errorf("%w: the certificate of %s is for other names; connect by one of its names (%w)", ErrTLS, address, err)
	case errors.As(err, &invalid):
		return fmt.Errorf("%w: the certificate of %s is not valid; give the server a new one (%w)", ErrTLS, address, err)
	case errors.As(err, &alert):
		return fmt.Errorf("%w: %s refuses the connection; if it wants a certificate of ours, name it with userCertFile= and userKeyFile= (%w)", ErrTLS, address, err)
	}
	return nil
}
