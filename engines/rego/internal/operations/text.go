package operations

import "unicode/utf8"

// maxText is what a message may have, in bytes: twice what the API server lets a policy say. A longer one is cut, and
// the cut is told.
const maxText = 10 * 1024

func shorten(s string) string {
	short, _ := cut(s)
	return short
}

// cut leaves the start of a text, and tells how many bytes it had when some are missing.
func cut(s string) (string, int) {
	if len(s) <= maxText {
		return s, 0
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " …", len(s)
}
