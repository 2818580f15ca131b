package node

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

const (
	maxName    = 64 << 10 // bytes of a stream's or a group's name
	maxMetas   = 8        // "$$" in front of a name
	shownName  = 1 << 10  // bytes of a name in a trailer or a message
	maxPattern = 16 << 10 // bytes of a filter's regular expression
)

// streamName reads a name as it came; bytes that are no UTF-8 become U+FFFD, as in EventStoreDB.
func streamName(b []byte) (string, error) {
	name := string(b)
	if !utf8.ValidString(name) {
		name = string([]rune(name))
	}
	switch {
	case name == "":
		return "", invalid("the stream name is empty")
	case len(name) > maxName:
		return "", invalid("the stream name has %d bytes; %d are the most", len(name), maxName)
	case strings.HasPrefix(name, strings.Repeat(metaPrefix, maxMetas+1)):
		return "", invalid("the stream name begins with more than %d times '$$'", maxMetas)
	}
	return name, nil
}

// shown is a name short enough for a header.
func shown(name string) string {
	if len(name) <= shownName {
		return name
	}
	cut := shownName
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… (%d bytes)", name[:cut], len(name))
}

// headerText is a trailer's value in ASCII: text of printable ASCII as it is, any other percent-encoded. Clients drop a
// header with other bytes, and miss what they look for.
func headerText(text string) string {
	if printable(text) {
		return text
	}
	return url.PathEscape(text)
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return strings.TrimSpace(text) == text
}
