package sheets

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCellsThatASpreadsheetWouldRun(t *testing.T) {
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "−"} {
		for _, before := range []string{"", " ", "\t", "\r", "\n", "\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u2060", "\u00ad", "\u3164", "\ufe0f", " \u200b\ufeff "} {
			require.Equal(t, "'"+before+sign+"1+1", SafeText(before+sign+"1+1"), "%q", before+sign)
		}
	}
	for text, want := range map[string]string{"\t": "'\t", "\ra": "'\ra", "007": "007", "": "", "a=1": "a=1", " 张三": " 张三", "\u200b": "\u200b", "李-雷": "李-雷"} {
		require.Equal(t, want, SafeText(text))
	}
}
