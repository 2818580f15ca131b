package domain_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/domain"
)

// goldenIDs were computed by another program, from the words of events §1 alone.
var goldenIDs = map[string]string{
	"event":  "9f172715-773a-8ec8-86e1-e797aa0f39d7",
	"effect": "dfde090c-c799-8150-86c7-51feb23492ce",
	"clock":  "11d3bf48-c06e-895b-8773-88cd6a19a1d6",
	"server": "6c4f4127-0ddc-8427-a709-9eb89b45f456",
	"member": "57683d96-2a90-860e-89b8-0b24cf0835f6",
	"joined": "5e135781-43f9-89ca-9691-8c6709a4f0fa",
	"punch":  "c4c15f2a-d6cd-8f78-97c7-5c7bf2ff7f47",
	"handle": "99837536-432b-8b62-adb9-44506f10e025",
	"badge":  "947b67d7-4a4b-8c5a-a682-5ba2ccf541b9",
}

// TestIDsNeverChange fixes the bytes that a ledger is addressed by.
func TestIDsNeverChange(t *testing.T) {
	command := uuid.MustParse("0198c0de-0000-7000-8000-000000000001")
	for name, id := range map[string]domain.ID{
		"event":  domain.EventID(org, "org-"+org.String(), command, 1),
		"effect": domain.EffectID(command, 2),
		"clock":  domain.ClockID(org, at("2026-03-02T01:05:00Z")),
		"server": domain.ServerID("org", command),
		"member": domain.ProvisionedMemberID(org, "0042", 3),
		"joined": domain.JoinedMemberID(org, anna),
		"punch":  domain.PunchFact{Org: org, Source: "file", Number: "0042", Wall: "2026-03-02T09:06:00", Zone: "Asia/Shanghai", State: "IN"}.CommandID(),
	} {
		require.Equal(t, goldenIDs[name], id.String(), name)
		require.Equal(t, uuid.Version(8), id.Version(), name)
		require.Equal(t, uuid.RFC4122, id.Variant(), name)
	}
	require.Equal(t, "handle-"+goldenIDs["handle"], domain.HandleStream("qingsong-2"))
	require.Equal(t, "badge-"+org.String()+"."+goldenIDs["badge"], domain.BadgeStream(org, "0042"))
}
