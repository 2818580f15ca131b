package query

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dakahq/daka/domain"
	"github.com/dakahq/daka/projections/tables"
)

// Models answers questions from the read models, a noun each. Its connections look through the views of this program's shape, which always show
// whole tables.
type Models struct {
	*connection
	Accesses      *Accesses
	Anomalies     *Anomalies
	Calendar      *Calendar
	Dashboards    *Dashboards
	Days          *Days
	Groups        *Groups
	Imports       *Imports
	JoinRequests  *JoinRequests
	Ledgers       *Ledgers
	Members       *Members
	Months        *Months
	Organizations *Organizations
	Penalties     *Penalties
	Punches       *Punches
	Requests      *Requests
	Roster        *Roster
}

// Accesses tells who read whose places and photos.
type Accesses struct{ *connection }

// Anomalies lists the anomalies of days.
type Anomalies struct{ *connection }

// Calendar tells holidays and workdays.
type Calendar struct{ *connection }

// Dashboards counts a date at a glance.
type Dashboards struct{ *connection }

// Days answers about days, and whether they are behind the ledger.
type Days struct{ *connection }

// Groups lists attendance groups and their rules.
type Groups struct{ *connection }

// Imports tells how imports went.
type Imports struct{ *connection }

// JoinRequests lists requests to join.
type JoinRequests struct{ *connection }

// Ledgers tells how long organizations' ledgers are, and what is parked.
type Ledgers struct{ *connection }

// Members answers about memberships and the numbers that they held.
type Members struct{ *connection }

// Months adds days up to months.
type Months struct{ *connection }

// Organizations answers about organizations, their departments and leave types.
type Organizations struct{ *connection }

// Penalties tells what follows from a month's verdicts.
type Penalties struct{ *connection }

// Punches lists punches.
type Punches struct{ *connection }

// Requests answers about requests of members.
type Requests struct{ *connection }

// Roster lists planned dates.
type Roster struct{ *connection }

// New reads as app for people, and as owner for operations. Nothing is shown before Show says so.
func New(owner, app *pgxpool.Pool) *Models {
	c := &connection{owner: owner, App: app}
	return &Models{
		c, &Accesses{c}, &Anomalies{c}, &Calendar{c}, &Dashboards{c}, &Days{c}, &Groups{c}, &Imports{c}, &JoinRequests{c}, &Ledgers{c}, &Members{c}, &Months{c}, &Organizations{c}, &Penalties{c}, &Punches{c}, &Requests{c}, &Roster{c},
	}
}

// connection is where questions look.
type connection struct {
	// shown says that the views stand and that the walls between organizations hold.
	shown atomic.Bool
	// owner is for what spans organizations; app is the application's role, which owns nothing.
	owner, App *pgxpool.Pool
}

// Show says whether the views stand and the walls between organizations hold; before that nobody reads.
func (c *connection) Show(stands bool) { c.shown.Store(stands) }

// IsShown says whether people can read.
func (c *connection) IsShown() bool { return c.shown.Load() }

// Within looks from one organization.
func (c *connection) Within(org domain.ID) tables.View {
	return tables.LookFrom(c.App, org, c.shown.Load())
}

// Across looks over all organizations, for operations.
func (c *connection) Across() tables.View { return tables.LookAcross(c.owner) }

// WithTenant runs do in a read-only transaction of the application's role that sees one organization.
func (c *connection) WithTenant(ctx context.Context, org domain.ID, do func(pgx.Tx) error) error {
	if !c.shown.Load() {
		return tables.ErrBuilding
	}
	return tables.InTenant(ctx, c.App, org, do)
}

// onlyThose narrows a query to members given as the n-th argument, NULL for everybody. A list in a sub-select is hashed, however long.
func onlyThose(column string, n int) string {
	return fmt.Sprintf(" AND ($%d::uuid[] IS NULL OR %s IN (SELECT unnest($%d::uuid[]))) ", n, column, n)
}
