//go:build !linux

package main

import "errors"

// pinned cannot be done on this system.
func pinned(int, int, func() error) (func(), error) { return nil, errors.ErrUnsupported }
