package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

const punchStart = `{"member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","at":"2026-03-02T01:06:00.000000Z","zone":"Asia/Shanghai","source_type":"USER","rule_version":0`

func TestDecodeIsStrict(t *testing.T) {
	cases := []struct{ name, eventType, data, want string }{
		{"null", "PunchRecorded", `null`, "PunchRecorded: must not be null"},
		{"array", "PunchRecorded", `[]`, "PunchRecorded: must be an object"},
		{"empty text", "PunchRecorded", ``, "PunchRecorded: byte 0: unexpected EOF"},
		{"cut", "PunchRecorded", `{"member":`, "PunchRecorded /member: byte 10: unexpected EOF"},
		{"trailing data", "OwnerAdded", `{"member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02"} {}`, "OwnerAdded: byte 50: invalid character '{' after top-level value"},
		{"missing one", "OwnerAdded", `{}`, "OwnerAdded: missing member"},
		{"missing several", "GroupAssigned", `{}`, "GroupAssigned: missing group, from"},
		{"unknown field", "OwnerAdded", `{"member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","x":1}`, "OwnerAdded /x: unknown field"},
		{"case counts", "OwnerAdded", `{"Member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02"}`, "OwnerAdded /Member: unknown field"},
		{"twice", "OwnerAdded", `{"member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02"}`, "OwnerAdded /member: appears twice"},
		{"null member", "OwnerAdded", `{"member":null}`, "OwnerAdded /member: must not be null"},
		{"upper-case id", "OwnerAdded", `{"member":"5F0C1C52-88a1-8b02-a6a4-0e8a3c5b7d02"}`, "OwnerAdded /member: must be a UUID in canonical lower case, not the nil one"},
		{"nil id", "OwnerAdded", `{"member":"00000000-0000-0000-0000-000000000000"}`, "OwnerAdded /member: must be a UUID in canonical lower case, not the nil one"},
		{"braced id", "OwnerAdded", `{"member":"{5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02}"}`, "OwnerAdded /member: must be a UUID in canonical lower case, not the nil one"},
		{"optional null", "PunchRecorded", punchStart + `,"claimed_at":null}`, "PunchRecorded /claimed_at: must not be null"},
		{"short instant", "ClockAdvanced", `{"through":"2026-03-02T01:05:00Z"}`, "ClockAdvanced /through: must be an instant such as 2026-03-02T01:06:00.000000Z"},
		{"30 February", "ClockAdvanced", `{"through":"2026-02-30T01:05:00.000000Z"}`, "ClockAdvanced /through: must be an instant such as 2026-03-02T01:06:00.000000Z"},
		{"bad date", "MemberLeft", `{"left":"2026-02-30"}`, "MemberLeft /left: must be a date such as 2026-03-02"},
		{"unknown flag", "PunchRecorded", punchStart + `,"flags":["odd"]}`, "PunchRecorded /flags/0: must be one of clock_jump, clock_skew, unbound_device, shared_device, low_accuracy, impossible_speed, repeated_coordinates, photo_reused, offline_unapproved, offline, self_written"},
		{"clear coordinate", "PunchRecorded", punchStart + `,"lat":31.2}`, "PunchRecorded /lat: must be a sealed text"},
		{"clear note", "PunchRecorded", punchStart + `,"note":"late bus"}`, `PunchRecorded /note: must be sealed: "s1." and base64url`},
		{"short seal", "PunchRecorded", punchStart + `,"note":"s1.AAAA"}`, `PunchRecorded /note: must be sealed: "s1." and base64url`},
		{"fraction", "CalendarYearLoaded", `{"country":"CN","year":2026.0}`, "CalendarYearLoaded /year: must be an integer"},
		{"too small", "RuleChanged", `{"version":0}`, "RuleChanged /version: must be at least 1"},
		{"negative", "ImportReverted", `{"import":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","punches":-1}`, "ImportReverted /punches: must be at least 0"},
		{"rule is no object", "RuleChanged", `{"version":1,"effective_from":"2026-03-01","rule":"x"}`, "RuleChanged /rule: must be an object"},
		{"rule names twice", "RuleChanged", `{"version":1,"effective_from":"2026-03-01","rule":{"a":1,"a":2}}`, "RuleChanged /rule/a: appears twice"},
		{"empty name", "GroupCreated", `{"group":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","name":""}`, "GroupCreated /name: must not be empty"},
		{"number for text", "GroupCreated", `{"group":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","name":1}`, "GroupCreated /name: must be a text"},
		{"text for bool", "HolidayDeclared", `{"date":"2026-03-02","withdrawn":"yes"}`, "HolidayDeclared /withdrawn: must be true or false"},
		{"map key", "CalendarYearLoaded", `{"country":"CN","year":2026,"holidays":{"1 May":"x"}}`, "CalendarYearLoaded /holidays/1 May: must be a date such as 2026-03-02"},
		{"map key twice", "CalendarYearLoaded", `{"country":"CN","year":2026,"holidays":{"2026-05-01":"x","2026-05-01":"y"}}`, "CalendarYearLoaded /holidays/2026-05-01: appears twice"},
		{"map null", "CalendarYearLoaded", `{"country":"CN","year":2026,"holidays":{"2026-05-01":null}}`, "CalendarYearLoaded /holidays/2026-05-01: must not be null"},
		{"missing nested", "ImportStarted", `{"import":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","files":[{"bytes":1}]}`, "ImportStarted /files/0: missing sha256"},
		{"required nullable missing", "ShiftSwapped", `{"member":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","date":"2026-03-02","request":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02"}`, "ShiftSwapped: missing shift"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := newest.decode(c.eventType, 1, []byte(c.data))
			require.EqualError(t, err, c.want)
		})
	}
}

func TestInvalidUTF8IsRefused(t *testing.T) {
	_, err := newest.decode("GroupCreated", 1, []byte("{\"group\":\"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02\",\"name\":\"\xff\"}"))
	require.ErrorContains(t, err, "GroupCreated /name: byte")
	_, _, err = Encode(sampleStream, sampleEvent, domain.GroupCreated{Group: sampleGroup, Name: "\xff"}, sampleMetadata(), nil)
	require.ErrorContains(t, err, "invalid UTF-8")
}

func TestUnknownTypesAndVersions(t *testing.T) {
	_, meta, err := Encode(sampleStream, sampleEvent, domain.AttendanceEnabled{}, sampleMetadata(), nil)
	require.NoError(t, err)
	_, _, err = Decode("Nonsense", []byte(`{}`), meta)
	var unknown *UnknownEvent
	require.ErrorAs(t, err, &unknown)
	require.EqualError(t, err, `unknown event type "Nonsense": it was written by a newer version, or not by this program`)
	later := []byte(strings.Replace(string(meta), `"schema":1`, `"schema":2`, 1))
	_, _, err = Decode("AttendanceEnabled", []byte(`{}`), later)
	require.EqualError(t, err, "unknown version 2 of event AttendanceEnabled: it was written by a newer version of this program")
}

func TestMetadataIsStrict(t *testing.T) {
	_, meta, err := Encode(sampleStream, sampleEvent, domain.AttendanceEnabled{}, sampleMetadata(), nil)
	require.NoError(t, err)
	require.Equal(t, `{"command_id":"0198c0de-0000-7000-8000-000000000001","request_hash":"ab12cd34","actor":{"kind":"token","id":"admin"},"via":"admin-token",`+
		`"org":"0b0e7d8e-6d3b-8c55-9f0e-3a1c5d7e9f01","subject":"5f0c1c52-88a1-8b02-a6a4-0e8a3c5b7d02","received_at":"2026-03-02T01:06:30.123456Z",`+
		`"correlation_id":"0198c0de-0000-7000-8000-000000000001","schema":1}`, string(meta))
	for _, c := range []struct{ old, new, want string }{
		{`"schema":1`, `"schema":1,"extra":1`, "metadata /extra: unknown field"},
		{`"schema":1`, `"schema":0`, "metadata /schema: must be at least 1"},
		{`,"schema":1`, ``, "metadata: missing schema"},
		{`"kind":"token"`, `"kind":"robot"`, "metadata /actor/kind: must be one of member, account, token, machine, system"},
		{`"id":"admin"`, `"id":""`, "metadata /actor/id: must not be empty"},
		{`"org":"0b0e7d8e-6d3b-8c55-9f0e-3a1c5d7e9f01"`, `"org":null`, "metadata /org: must not be null"},
	} {
		bad := strings.Replace(string(meta), c.old, c.new, 1)
		_, _, err := Decode("AttendanceEnabled", []byte(`{}`), []byte(bad))
		require.EqualError(t, err, c.want)
	}
}

func TestEncodeRefuses(t *testing.T) {
	personal := domain.PunchReviewed{Punch: sampleEvent, Review: "approved", Reason: domain.Private("ok")}
	_, _, err := Encode(sampleStream, sampleEvent, personal, sampleMetadata(), nil)
	require.EqualError(t, err, "PunchReviewed /reason: a personal value, but no key to seal it")

	m := sampleMetadata()
	m.KeyID = nil
	_, _, err = Encode(sampleStream, sampleEvent, personal, m, sampleSeal(t))
	require.EqualError(t, err, "encode PunchReviewed: personal values are sealed, but the metadata name no key")

	personal.Reason = &domain.Sealed[string]{Text: "s1.copied"}
	_, _, err = Encode(sampleStream, sampleEvent, personal, sampleMetadata(), sampleSeal(t))
	require.EqualError(t, err, "PunchReviewed /reason: the value is sealed already")

	_, _, err = Encode(sampleStream, sampleEvent, domain.OwnerAdded{}, sampleMetadata(), nil)
	require.EqualError(t, err, "encode OwnerAdded: it could not be read again: OwnerAdded /member: must be a UUID in canonical lower case, not the nil one")

	_, _, err = Encode(sampleStream, sampleEvent, domain.RequestCommented{Request: sampleOther, Member: sampleMember}, sampleMetadata(), sampleSeal(t))
	require.EqualError(t, err, "encode RequestCommented: it could not be read again: RequestCommented /comment: must not be null")
}

func FuzzDecode(f *testing.F) {
	for _, edge := range []string{`null`, `{}`, `[]`, `""`, `0`, `{"member":null}`, `{"a":{"a":{}}}`, "\xff", `{"flags":[null]}`, `{"holidays":{"":null}}`, punchStart + `}`} {
		for _, name := range []string{"PunchRecorded", "ImportFinished", "CalendarYearLoaded", "RuleChanged", "ShiftScheduled"} {
			f.Add(name, []byte(edge))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		e, err := newest.decode(name, 1, data)
		if err != nil {
			return
		}
		again, err := marshal(e)
		require.NoError(t, err)
		twice, err := newest.decode(name, 1, again)
		require.NoError(t, err)
		require.Equal(t, e, twice)
	})
}
