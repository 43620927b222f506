// Package part finds what differs between two manifests of one object and cuts the same parts out of typed objects, so
// that merges and decoders have only those parts to read. It knows no rule of any kind.
package part

import "encoding/json"

// member is one name and value of a JSON object, the value as it is written.
type member struct {
	name  string
	value []byte
}

// members splits a JSON object; false when the text is none, and for objects whose names would have to be read with
// care: escaped ones, and names that stand there twice.
func members(raw []byte) ([]member, bool) {
	at := space(raw, 0)
	if at >= len(raw) || raw[at] != '{' {
		return nil, false
	}
	found := make([]member, 0, 8)
	at = space(raw, at+1)
	if at < len(raw) && raw[at] == '}' {
		return found, true
	}
	for at < len(raw) {
		end, ok := text(raw, at)
		if !ok {
			return nil, false
		}
		name := raw[at+1 : end-1]
		at = space(raw, end)
		if at >= len(raw) || raw[at] != ':' {
			return nil, false
		}
		start := space(raw, at+1)
		end, ok = value(raw, start)
		if !ok {
			return nil, false
		}
		for i := range found {
			if found[i].name == string(name) {
				return nil, false
			}
		}
		for _, c := range name {
			if c == '\\' {
				return nil, false
			}
		}
		found = append(found, member{string(name), raw[start:end]})
		at = space(raw, end)
		if at >= len(raw) {
			return nil, false
		}
		if raw[at] == '}' {
			return found, true
		}
		if raw[at] != ',' {
			return nil, false
		}
		at = space(raw, at+1)
	}
	return nil, false
}

// items splits a JSON array; false when the text is none.
func items(raw []byte) ([][]byte, bool) {
	at := space(raw, 0)
	if at >= len(raw) || raw[at] != '[' {
		return nil, false
	}
	found := make([][]byte, 0, 4)
	at = space(raw, at+1)
	if at < len(raw) && raw[at] == ']' {
		return found, true
	}
	for at < len(raw) {
		end, ok := value(raw, at)
		if !ok {
			return nil, false
		}
		found = append(found, raw[at:end])
		at = space(raw, end)
		if at >= len(raw) {
			return nil, false
		}
		if raw[at] == ']' {
			return found, true
		}
		if raw[at] != ',' {
			return nil, false
		}
		at = space(raw, at+1)
	}
	return nil, false
}

func space(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\n' || raw[at] == '\r' || raw[at] == '\t') {
		at++
	}
	return at
}

// text answers where the string ends that begins at a place.
func text(raw []byte, at int) (end int, ok bool) {
	if at >= len(raw) || raw[at] != '"' {
		return 0, false
	}
	for at++; at < len(raw); at++ {
		switch raw[at] {
		case '"':
			return at + 1, true
		case '\\':
			at++
		}
	}
	return 0, false
}

// value answers where the value ends that begins at a place. The text was read as JSON before, so brackets are counted
// and not compared.
func value(raw []byte, at int) (end int, ok bool) {
	depth := 0
	for at < len(raw) {
		switch raw[at] {
		case '"':
			if at, ok = text(raw, at); !ok {
				return 0, false
			}
			if depth == 0 {
				return at, true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return at, true
			}
			if depth--; depth == 0 {
				return at + 1, true
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return at, true
			}
		}
		at++
	}
	return 0, false
}

// textOf reads a JSON string; false when the value is another one.
func textOf(raw []byte) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "", false
	}
	return s, true
}
