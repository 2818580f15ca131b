package wire

import (
	"embed"
	"fmt"
	"reflect"
	"sort"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dakahq/daka/domain"
)

//go:embed schemas/*.json
var schemas embed.FS

// kind is an event type at its newest version, and how its bytes are read.
type kind struct {
	name    string
	version int
	goType  reflect.Type
	plan    *plan
	decode  func(data []byte) (domain.Event, error)
}

// registry knows every event type and how older versions are lifted.
type registry struct {
	kinds     map[string]*kind
	upcasters map[step]upcaster
}

// newest is the registry of the program: every type is at version 1 and nothing has to be lifted yet.
var newest = newRegistry(nil,
	of[domain.AccountRegistered](1), of[domain.AccountChanged](1), of[domain.AccountErased](1),
	of[domain.OrganizationCreated](1), of[domain.OrganizationChanged](1),
	of[domain.DepartmentAdded](1), of[domain.DepartmentChanged](1), of[domain.DepartmentClosed](1),
	of[domain.OwnerAdded](1), of[domain.OwnerRemoved](1),
	of[domain.AttendanceEnabled](1), of[domain.AttendanceDisabled](1),
	of[domain.ApproversChanged](1), of[domain.MonitoringChanged](1), of[domain.LeaveTypeDefined](1),
	of[domain.MemberProvisioned](1), of[domain.MemberJoined](1), of[domain.MemberLinked](1),
	of[domain.MemberChanged](1), of[domain.MemberLeft](1), of[domain.GroupAssigned](1), of[domain.PenaltyWaived](1), of[domain.PenaltyRestored](1),
	of[domain.RoleGranted](1), of[domain.RoleRevoked](1),
	of[domain.JoinRequested](1), of[domain.JoinApproved](1), of[domain.JoinRejected](1), of[domain.RoleProposed](1), of[domain.OwnerRemovalProposed](1),
	of[domain.InvitationIssued](1), of[domain.InvitationUsed](1), of[domain.InvitationRevoked](1),
	of[domain.TokenIssued](1), of[domain.TokenRevoked](1),
	of[domain.HandleClaimed](1), of[domain.HandleReleased](1),
	of[domain.BadgeAssigned](1), of[domain.BadgeReleased](1),
	of[domain.GroupCreated](1), of[domain.RuleChanged](1), of[domain.GroupClosed](1), of[domain.GroupLinked](1), of[domain.GroupUnlinked](1),
	of[domain.ShiftScheduled](1), of[domain.ShiftSwapped](1),
	of[domain.HolidayDeclared](1), of[domain.WorkdayDeclared](1), of[domain.CalendarYearLoaded](1),
	of[domain.ClockAdvanced](1),
	of[domain.PunchRecorded](1), of[domain.PunchPlaced](1), of[domain.PunchReviewed](1),
	of[domain.PunchVoided](1), of[domain.PunchRestored](1), of[domain.SlotCorrected](1),
	of[domain.ImportStarted](1), of[domain.ImportFinished](1), of[domain.ImportReverted](1),
	of[domain.MakeupRequested](1), of[domain.LeaveRequested](1), of[domain.TripRequested](1),
	of[domain.OutRequested](1), of[domain.OvertimeRequested](1), of[domain.RequestCommented](1),
	of[domain.RequestApproved](1), of[domain.RequestRejected](1),
	of[domain.RequestWithdrawn](1), of[domain.RequestCancelled](1),
	of[domain.AccessRecorded](1),
	of[domain.MakeupCounted](1), of[domain.LeaveReserved](1), of[domain.LeaveReleased](1),
	of[domain.InstallationFounded](1), of[domain.KeyStoreReplaced](1), of[domain.RollbackDeclared](1),
)

func newRegistry(upcasters map[step]upcaster, kinds ...*kind) *registry {
	r := &registry{kinds: make(map[string]*kind, len(kinds)), upcasters: upcasters}
	for _, k := range kinds {
		r.kinds[k.name] = k
	}
	return r
}

func of[E domain.Event](version int) *kind {
	var zero E
	p := planOf(reflect.TypeFor[E]())
	return &kind{
		name: zero.EventType(), version: version, goType: reflect.TypeFor[E](), plan: p,
		decode: func(data []byte) (domain.Event, error) {
			var e E
			err := p.unmarshal(data, reflect.ValueOf(&e).Elem())
			return e, err
		},
	}
}

// target lets json.Unmarshal, with its pooled decoders and its check of trailing data, follow a plan.
type target struct {
	plan *plan
	v    reflect.Value
}

// UnmarshalJSONFrom follows the plan.
func (t *target) UnmarshalJSONFrom(dec *jsontext.Decoder) error { return t.plan.decode(dec, t.v) }

// unmarshal follows the plan over the whole of data. The plan itself finds names that appear twice, which costs less than the decoder's way.
func (p *plan) unmarshal(data []byte, v reflect.Value) error {
	return json.Unmarshal(data, &target{p, v}, jsontext.AllowDuplicateNames(true))
}

// Types lists every event type, sorted.
func Types() []string {
	names := make([]string, 0, len(newest.kinds))
	for name := range newest.kinds {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Version is the newest version of a type, 0 for an unknown one.
func Version(eventType string) int {
	if k, ok := newest.kinds[eventType]; ok {
		return k.version
	}
	return 0
}

// Schema is the JSON Schema of a type's recorded bytes, nil when there is none.
func Schema(eventType string, version int) []byte {
	text, err := schemas.ReadFile(fmt.Sprintf("schemas/%s.v%d.json", eventType, version))
	if err != nil {
		return nil
	}
	return text
}
