package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dakahq/daka/domain"
)

const (
	// DeviceLife is how long a device on which nobody signs in stays known.
	DeviceLife = 180 * 24 * time.Hour
	// mostDevices is how many a person may have; the one seen longest ago makes room.
	mostDevices = 20
)

// Devices are browsers on which a person has signed in before.
type Devices struct{ *database }

// NewDevice makes the secret by which a browser is known again. It opens nothing: limits that strangers have used up do not shut out a
// device on which the person has signed in before.
func NewDevice() string {
	secret := make([]byte, tokenBytes)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(secret)
}

// IsDevice says that a text has the form of a device's secret.
func IsDevice(text string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && len(raw) == tokenBytes
}

// Know notes that a person signed in on a device.
func (s *Devices) Know(ctx context.Context, device string, account domain.ID) error {
	return s.within(ctx, "note a device", func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO identity.devices (device, account, seen) VALUES ($1, $2, $3) ON CONFLICT (device, account) DO UPDATE SET seen = excluded.seen",
			s.Name("device", device), account, s.now())
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM identity.devices WHERE account = $1 AND device IN
			(SELECT device FROM identity.devices WHERE account = $1 ORDER BY seen DESC, device OFFSET $2)`, account, mostDevices)
		return err
	})
}

// Knows says that a person has signed in on a device within DeviceLife.
func (s *Devices) Knows(ctx context.Context, device string, account domain.ID) (known bool, err error) {
	if device == "" {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err = s.pool.QueryRow(ctx, "SELECT EXISTS (SELECT FROM identity.devices WHERE device = $1 AND account = $2 AND seen > $3)",
		s.Name("device", device), account, s.now().Add(-DeviceLife)).Scan(&known)
	return known, said("look for a device", err)
}

// Forget makes all devices of a person strangers.
func (s *Devices) Forget(ctx context.Context, account domain.ID) error {
	_, err := s.exec(ctx, "forget devices", "DELETE FROM identity.devices WHERE account = $1", account)
	return err
}

// Asker is a browser as far as it can be told from others.
type Asker struct {
	// Device is its secret, empty before it has one; Fresh one that it is given with this answer.
	Device, Fresh string
	Address       netip.Addr
	// Known says that the person concerned has signed in on the device before.
	Known bool
}
