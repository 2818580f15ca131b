package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	tokenFile = "admin.token"
	minToken  = 32 // characters
)

// defaultData is ./var; as root a place that an unprivileged Postgres can reach (design §7).
func defaultData() string {
	if os.Geteuid() == 0 {
		return "/var/lib/daka"
	}
	return "var"
}

// adminToken reads the administrator's token, or makes one: 32 random bytes in hex, mode 0600.
func adminToken(data string) (token string, made bool, err error) {
	path := filepath.Join(data, tokenFile)
	text, err := os.ReadFile(path)
	if err == nil {
		token = strings.TrimSpace(string(text))
		if len(token) < minToken {
			return "", false, fmt.Errorf("%s holds no token: it needs at least %d characters; remove it and a new one is made", path, minToken)
		}
		return token, false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("read the administrator token: %w", err)
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", false, fmt.Errorf("make the administrator token: %w", err)
	}
	token = hex.EncodeToString(secret)
	if err := os.WriteFile(path, []byte(token+"\n"), 0o600); err != nil {
		return "", false, fmt.Errorf("write the administrator token: %w", err)
	}
	return token, true, nil
}
