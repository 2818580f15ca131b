package domain

// AccessRecorded says that somebody read what belongs to others; it is written before the first byte is shown.
type AccessRecorded struct {
	Actor Actor `json:"actor"`
	// Subjects are the members whose data were shown.
	Subjects []ID `json:"subjects"`
	// Fields are what was shown, such as lat, lng, address, ssid, photo.
	Fields []string `json:"fields"`
	// Purpose is the operation that showed it, as the HTTP documents name it.
	Purpose string `json:"purpose"`
	// QueryHash is the request's, under the organization's key: lower-case hex of an HMAC-SHA-256 (events §2).
	QueryHash string  `json:"query_hash"`
	At        Instant `json:"at"`
}

func (AccessRecorded) EventType() string { return "AccessRecorded" }

// AccessStream holds what one actor read on a day (UTC).
func AccessStream(org ID, actor Actor, at Instant) string {
	return "access-" + org.String() + "." + actor.ID + "." + at.Time().Format("20060102")
}

// AccessState is empty: every read is recorded anew.
type AccessState struct{}

// Evolve folds one event.
func (s AccessState) Evolve(Recorded) AccessState { return s }
