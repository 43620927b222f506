package abi

import (
	"log"
	"strings"
	"unicode/utf8"
)

// What a response carries of logs at the most (docs/engine-abi.md).
const (
	maxLines     = 100
	maxLineRunes = 500
)

// capture collects what upstream libraries write with the log package (Helm's warnings go there).
type capture struct {
	lines []string
}

func newCapture() *capture {
	c := &capture{}
	log.SetFlags(0)
	log.SetOutput(c)
	return c
}

// Write implements io.Writer for the log package, which hands over whole lines.
func (c *capture) Write(p []byte) (int, error) {
	c.line(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

func (c *capture) line(s string) {
	if len(c.lines) >= maxLines {
		return
	}
	if utf8.RuneCountInString(s) > maxLineRunes {
		s = string([]rune(s)[:maxLineRunes])
	}
	c.lines = append(c.lines, strings.ToValidUTF8(s, "\uFFFD"))
}

func (c *capture) end() []string { return c.lines }
