package domain

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Stream names are built here and nowhere else (events §1, §4): `<category>-<org>[.<rest>]`.

// OrgStream holds an organization's own events.
func OrgStream(org ID) string { return "org-" + org.String() }

// AccountStream holds a person's account.
func AccountStream(account ID) string { return "account-" + account.String() }

// MemberStream holds one membership.
func MemberStream(org, member ID) string { return "member-" + org.String() + "." + member.String() }

// BadgeStream reserves a number; the number itself is hashed (events §1).
func BadgeStream(org ID, number string) string {
	hash := NewPreimage("daka/badge/1").LPID(org).LP(number).ID()
	return "badge-" + org.String() + "." + hash.String()
}

// HandleStream reserves an organization's sign-in name; the name itself is hashed (events §1).
func HandleStream(handle string) string {
	return "handle-" + NewPreimage("daka/handle/1").LP(handle).ID().String()
}

// InvitationStream holds one invitation and who used it.
func InvitationStream(org, invitation ID) string {
	return "invitation-" + org.String() + "." + invitation.String()
}

// GroupStream holds an attendance group and its rules.
func GroupStream(org, group ID) string { return "group-" + org.String() + "." + group.String() }

// RosterStream holds a member's roster of one business month.
func RosterStream(org, member ID, year int, month time.Month) string {
	return fmt.Sprintf("roster-%s.%s.%04d%02d", org, member, year, month)
}

// CalendarStream holds an organization's holidays and workdays.
func CalendarStream(org ID) string { return "calendar-" + org.String() }

// ClockStream holds how far time has passed, by UTC month of `through`.
func ClockStream(org ID, through Instant) string {
	return "clock-" + org.String() + "." + through.Time().Format("200601")
}

// TimesheetStream holds a member's punches; yyyymm is an address from the command id, never a business month (events §1).
func TimesheetStream(org, member ID, yyyymm string) string {
	return "timesheet-" + org.String() + "." + member.String() + "." + yyyymm
}

// ImportStream holds one import.
func ImportStream(org, imp ID) string { return "import-" + org.String() + "." + imp.String() }

// RequestStream holds one request.
func RequestStream(org, request ID) string { return "request-" + org.String() + "." + request.String() }

// BalanceStream holds a member's quotas and claimed ranges.
func BalanceStream(org, member ID) string { return "balance-" + org.String() + "." + member.String() }

// MachineStream holds one attendance machine.
func MachineStream(org, machine ID) string { return "machine-" + org.String() + "." + machine.String() }

// InstallationStream holds what was said about the whole installation. There is one in a ledger, so its id is the same everywhere: a start
// finds it without searching, and two first starts cannot found twice.
func InstallationStream() string { return "installation-" + installationID().String() }

func installationID() ID { return NewPreimage("daka/installation/1").ID() }

// StreamName is a stream's name taken apart.
type StreamName struct {
	Category string
	Org      ID
	// Rest is what follows the organization's id, without its dot.
	Rest string
}

// tailLimit is far more than what stands behind the category of any name that is built here, in bytes.
const tailLimit = 1000

// ParseStream takes a ledger stream's name apart; ok is false for names that are not the ledger's.
func ParseStream(name string) (s StreamName, ok bool) {
	category, tail, found := strings.Cut(name, "-")
	if !found || !isCategory(category) || len(tail) < 36 || len(tail) > tailLimit || !printable(tail) {
		return StreamName{}, false
	}
	org, err := uuid.Parse(tail[:36])
	if err != nil || (len(tail) > 36 && tail[36] != '.') {
		return StreamName{}, false
	}
	s = StreamName{Category: category, Org: org}
	if len(tail) > 36 {
		s.Rest = tail[37:]
	}
	if category == "account" || category == "handle" || category == "installation" {
		s.Org = uuid.Nil
		s.Rest = tail
	}
	return s, true
}

// printable says that a text is of whole characters, none of them for control.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// Categories are the ledger's stream categories (events §4).
func Categories() []string {
	return []string{
		"account", "org", "member", "badge", "invitation", "group", "roster", "calendar", "clock",
		"timesheet", "import", "request", "balance", "period", "machine", "access", "handle", "installation",
	}
}

func isCategory(c string) bool {
	switch c {
	case "account", "org", "member", "badge", "invitation", "group", "roster", "calendar", "clock",
		"timesheet", "import", "request", "balance", "period", "machine", "access", "handle", "installation":
		return true
	}
	return false
}
