// Package message makes upstream's sentences fit for a report: short, and without values of Secrets.
package message

import (
	"encoding/json"
	"regexp"
	"strings"
)

// longestValue is how many bytes of a refused value are worth a reader's time: enough for any name, port or quantity.
const longestValue = 160

// value finds where field errors quote what was refused.
var value = regexp.MustCompile(`(?:Invalid value|Unsupported value|Duplicate value|Not found): `)

// Shorten replaces a long value that a field error quotes (whole structs, as JSON or as Go prints them) by its
// beginning; the reason after it stays.
func Shorten(text string) string {
	if match := dumped.FindStringSubmatch(text); match != nil {
		return match[1] + ", got " + typeOf(match[2])
	}
	return mapValue(text, func(quoted string) string {
		if len(quoted) <= longestValue {
			return quoted
		}
		return strings.ToValidUTF8(quoted[:longestValue/2], "") + "…"
	})
}

// dumped finds where structured-merge-diff prints a value of a wrong type as Go prints its own struct around it. The
// value may come from a Secret, and its type says all.
var dumped = regexp.MustCompile(`(?s)^(expected [^&]*), got &(?:value\.valueUnstructured)?\{(?:Value:)?(.*)\}$`)

var number = regexp.MustCompile(`^-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$`)

// typeOf names the type of a value that Go printed.
func typeOf(printed string) string {
	switch {
	case printed == "true" || printed == "false":
		return "a boolean"
	case number.MatchString(printed):
		return "a number"
	case strings.HasPrefix(printed, "map["):
		return "a map"
	case strings.HasPrefix(printed, "["):
		return "a list"
	}
	return "a string"
}

// WithoutValue removes the value that a field error quotes.
func WithoutValue(text string) string {
	return mapValue(text, func(string) string { return hidden })
}

// character finds where JSON's syntax errors quote what they stumbled over.
var character = regexp.MustCompile(`invalid character '[^']*'`)

// WithoutCharacter removes the character that a syntax error quotes.
func WithoutCharacter(text string) string {
	return character.ReplaceAllString(text, "invalid character "+hidden)
}

func mapValue(text string, replace func(string) string) string {
	at := value.FindStringIndex(text)
	if at == nil {
		return text
	}
	rest := text[at[1]:]
	size := valueSize(rest)
	return text[:at[1]] + replace(rest[:size]) + rest[size:]
}

// valueSize is the length of the quoted value at the start of a text: JSON, or a Go value with balanced braces, or
// everything up to the next colon.
func valueSize(text string) int {
	decoder := json.NewDecoder(strings.NewReader(text))
	var whole json.RawMessage
	if decoder.Decode(&whole) == nil {
		return int(decoder.InputOffset())
	}
	if open := strings.IndexByte(text, '{'); open >= 0 && open < colon(text) {
		return closingBrace(text, open)
	}
	return colon(text)
}

func colon(text string) int {
	if at := strings.Index(text, ": "); at >= 0 {
		return at
	}
	return len(text)
}

// closingBrace is the offset behind the brace that closes the one at open; quoted text is skipped.
func closingBrace(text string, open int) int {
	depth, quoted := 0, false
	for i := open; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
