package message

import (
	"encoding/base64"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"
)

// hidden stands for a value that must not be shown.
const hidden = "(hidden)"

// shortest is the length in bytes from which a value is hidden inside of words too. A value of "a" would otherwise
// take every sentence apart; as a word of its own it is hidden nevertheless.
const shortest = 4

// Secrets are values that must not reach any message.
type Secrets struct{ values map[string]bool }

// Collect adds the values of a core/v1 Secret in its JSON form; other kinds are left alone. It answers whether the
// object is one.
func (s *Secrets) Collect(object map[string]any) bool {
	if object["kind"] != "Secret" || object["apiVersion"] != "v1" {
		return false
	}
	for _, name := range []string{"data", "stringData"} {
		entries, _ := object[name].(map[string]any)
		for _, entry := range entries {
			text, _ := entry.(string)
			s.add(text)
			if decoded, err := base64.StdEncoding.DecodeString(text); name == "data" && err == nil {
				s.add(string(decoded))
			}
			if name == "stringData" {
				s.add(base64.StdEncoding.EncodeToString([]byte(text)))
			}
		}
	}
	return true
}

func (s *Secrets) add(text string) {
	if text == "" {
		return
	}
	if s.values == nil {
		s.values = map[string]bool{}
	}
	s.values[text] = true
	if trimmed := strings.TrimSpace(text); trimmed != "" {
		// Messages are trimmed, and so would be what they quote.
		s.values[trimmed] = true
	}
}

// Hide replaces every collected value in a text, the longest first.
func (s *Secrets) Hide(text string) string {
	if len(s.values) == 0 {
		return text
	}
	values := make([]string, 0, len(s.values))
	for v := range s.values {
		values = append(values, v)
	}
	sort.Slice(values, func(i, j int) bool {
		if len(values[i]) != len(values[j]) {
			return len(values[i]) > len(values[j])
		}
		return values[i] < values[j]
	})
	for _, v := range values {
		// Bytes that are no text are in no sentence by chance, and no regular expression can name them.
		if len(v) >= shortest || !utf8.ValidString(v) {
			text = strings.ReplaceAll(text, v, hidden)
			continue
		}
		word := regexp.MustCompile(`(^|[^A-Za-z0-9])` + regexp.QuoteMeta(v) + `([^A-Za-z0-9]|$)`)
		text = word.ReplaceAllString(text, "${1}"+hidden+"${2}")
	}
	return text
}

// Add takes over what other knows.
func (s *Secrets) Add(other *Secrets) {
	for v := range other.values {
		s.add(v)
	}
}
