package yamlfile

import (
	"bytes"
	"unicode/utf8"

	"preadmit.dev/engines/abi"
)

// Limits of one file (shared/threats.md, default limits): Argo CD refuses 10 MB of manifests per application.
const (
	maxBytes     = 10_000_000
	maxDocuments = 20_000
	maxDepth     = 100
	// Nodes of a document with aliases, if they were expanded.
	maxExpanded = 100_000
	// Bytes of its scalars, likewise: a long text under many aliases has few nodes. Argo CD's limit of a whole file.
	maxExpandedBytes = maxBytes
)

// readable answers the text without its byte order mark, or why it is none.
func readable(b []byte) ([]byte, *abi.Error) {
	if len(b) > maxBytes {
		return nil, abi.Errorf(abi.Limit, "the file has %d bytes, the limit is 10 MB", len(b))
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")) {
		return nil, abi.Errorf(abi.Invalid, "the file is UTF-16; manifests are UTF-8")
	}
	if at := bytes.IndexByte(b, 0); at >= 0 {
		return nil, abi.Errorf(abi.Invalid, "line %d holds a NUL byte", lineOf(b, at))
	}
	if !utf8.Valid(b) {
		return nil, abi.Errorf(abi.Invalid, "line %d is not UTF-8", lineOf(b, invalidAt(b)))
	}
	return b, nil
}

func lineOf(b []byte, at int) int { return 1 + bytes.Count(b[:at], []byte("\n")) }

func invalidAt(b []byte) int {
	at := 0
	for at < len(b) {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return at
}

// tooDeep looks at brackets of flow style before a parser recurses into them. Quoted brackets count too: a text of a
// hundred unclosed brackets is no manifest that anybody misses, and nested ones close again.
func tooDeep(b []byte) bool {
	depth := 0
	quote := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quote != 0:
			if c == quote || c == '\n' {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			if depth++; depth > maxDepth*100 {
				return true
			}
		case c == ']' || c == '}':
			depth = max(depth-1, 0)
		}
	}
	return false
}

// depthOf answers how deep JSON text is nested.
func depthOf(j []byte) (depth int) {
	level := 0
	for i := 0; i < len(j); i++ {
		switch j[i] {
		case '"':
			for i++; i < len(j) && j[i] != '"'; i++ {
				if j[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			level++
			depth = max(depth, level)
		case ']', '}':
			level--
		}
	}
	return depth
}
