package domain

import "time"

// How far the time inside a client's command id may be from the server's on first sight (events §1).
const (
	CommandAhead  = 24 * time.Hour
	CommandBehind = 40 * 24 * time.Hour
)

// CheckCommandID refuses ids that no client may make: only a UUIDv7 is good (events §1).
func CheckCommandID(id ID) error {
	if _, ok := TimeOfV7(id); !ok {
		return Refuse("command_id_invalid", "the Idempotency-Key must be a UUID of version 7, made before the first try; %s is not", id)
	}
	return nil
}

// CheckCommandTime judges a client's id on first sight only, after it was looked up (events §1).
func CheckCommandTime(id ID, now Instant) error {
	if err := CheckCommandID(id); err != nil {
		return err
	}
	made, _ := TimeOfV7(id)
	switch late := now.Time().Sub(made); {
	case late > CommandBehind:
		return Refuse("command_id_time", "the Idempotency-Key is %d days old; make a new one and keep claimed_at (the server's time is %s)", int(late/(24*time.Hour)), now)
	case late < -CommandAhead:
		return Refuse("command_id_time", "the Idempotency-Key is more than 24 hours ahead; set the clock and make a new one (the server's time is %s)", now)
	}
	return nil
}

// CommandMonth is the yyyymm that a client's command id addresses: the UTC month inside the UUIDv7 (events §1).
func CommandMonth(id ID) (string, error) {
	made, ok := TimeOfV7(id)
	if !ok {
		return "", CheckCommandID(id)
	}
	return made.Format("200601"), nil
}

// WallMonth is the yyyymm that a derived id addresses: year and month of the wall-clock text, whatever the zone (events §1).
func WallMonth(wall string) string { return wall[:4] + wall[5:7] }
