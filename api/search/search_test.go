package search_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dakahq/daka/api/search"
	"github.com/dakahq/daka/projections/query"
)

// TestPeopleAreFoundByWhatIsKnownOfThem: a name, its pinyin, initials, a badge number, a phone's digits.
func TestPeopleAreFoundByWhatIsKnownOfThem(t *testing.T) {
	zhang := search.Person{Name: "张敏", Number: "A0042", Phone: "+8613800138000"}
	grace := search.Person{Name: "Grace Hopper", Number: "7", Phone: ""}
	for typed, c := range map[string]struct{ zhang, grace bool }{
		"张": {true, false}, "张敏": {true, false}, "敏": {true, false}, "zhang": {true, false}, "Zhang Min": {true, false}, "zm": {true, false},
		"zhangminx": {false, false}, "a00": {true, false}, "0042": {false, false}, "8000": {true, false}, "800": {false, false}, "138 0013": {true, false},
		"hopper": {false, true}, "gracehop": {false, true}, "７": {false, true}, "gh": {false, false}, "王": {false, false},
	} {
		words := search.For(typed)
		require.Equal(t, c.zhang, words.Find(zhang), "%q finds 张敏", typed)
		require.Equal(t, c.grace, words.Find(grace), "%q finds Grace", typed)
	}
}

// TestCollectingGoesOnWhereItStopped: every second of 100 is meant; the pages of 7 give each once, in order.
func TestCollectingGoesOnWhereItStopped(t *testing.T) {
	list := func(cursor string) (page query.Page[int], err error) {
		from := 0
		if cursor != "" {
			from, err = strconv.Atoi(cursor)
		}
		for i := from; i < min(from+30, 100); i++ {
			page.Items = append(page.Items, i)
		}
		if from+30 < 100 {
			page.Next = strconv.Itoa(from + 30)
		}
		return page, err
	}
	var all []int
	for cursor := ""; ; {
		page, err := search.Collect(7, cursor, list, func(n *int) bool { return *n%2 == 1 }, func(n *int) string { return strconv.Itoa(*n + 1) })
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Items), 7)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	require.Len(t, all, 50)
	require.IsIncreasing(t, all)
	_, err := search.Collect(7, "x", list, func(*int) bool { return true }, func(n *int) string { return fmt.Sprint(*n) })
	require.Error(t, err)
}
