package node

import (
	"time"

	"github.com/dakahq/daka/deploy/single/node/lite"
)

// view is what a reader sees of one stream at one moment.
type view struct {
	id, head, first   int64
	found, tombstoned bool
	softDeleted       bool
	maxAge            time.Duration
}

// look finds a stream with its head and what its metadata hides; it belongs inside a transaction.
func (r *reader) look(name string) (view, error) {
	v := view{head: noStream}
	if isMeta(name) {
		of, err := r.look(name[len(metaPrefix):])
		if err != nil || of.tombstoned {
			return view{tombstoned: of.tombstoned}, err
		}
	}
	id, found, err := r.one(r.find, name)
	if err != nil {
		return v, err
	}
	if found {
		if v.head, v.found, err = r.headOf(id); err != nil {
			return v, err
		}
		v.id, v.tombstoned = id, v.head == tombstoneRev
	}
	if isMeta(name) {
		v.first = max(v.head, 0)
		return v, nil
	}
	keep, err := r.retentionOf(name)
	v.first, v.maxAge, v.softDeleted = keep.first(v.head), keep.maxAge, keep.before == deletedBefore
	return v, err
}

func (r *reader) one(q *lite.Stmt, text string) (int64, bool, error) {
	q.BindText(1, text)
	row, err := q.Step()
	if err != nil || !row {
		return 0, false, unreadableOrNil(err, text)
	}
	defer q.Reset()
	return q.Int64(0), true, nil
}

func unreadableOrNil(err error, what string) error {
	if err == nil {
		return nil
	}
	return unreadable(err, "%q", what)
}

func (r *reader) headOf(id int64) (int64, bool, error) {
	r.head.BindInt64(1, id)
	row, err := r.head.Step()
	if err != nil || !row {
		return noStream, false, unreadableOrNil(err, "the head of a stream")
	}
	defer r.head.Reset()
	return r.head.Int64(0), true, nil
}

func (r *reader) retentionOf(name string) (retention, error) {
	id, found, err := r.one(r.find, metaOf(name))
	if err != nil || !found {
		return retention{}, err
	}
	r.meta.BindInt64(1, id)
	row, err := r.meta.Step()
	if err != nil || !row {
		return retention{}, unreadableOrNil(err, "the metadata of "+name)
	}
	defer r.meta.Reset()
	return parseRetention(r.meta.Bytes(0), r.meta.Int64(1) != 0), nil
}

// lastBelow is the highest revision of a stream below another, -1 for none.
func (r *reader) lastBelow(id, rev int64) (int64, error) {
	r.below.BindInt64(1, id)
	r.below.BindInt64(2, rev)
	row, err := r.below.Step()
	if err != nil || !row {
		return noStream, unreadableOrNil(err, "the last revision of a stream")
	}
	defer r.below.Reset()
	return r.below.Int64(0), nil
}
