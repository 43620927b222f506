// Package yamlfile reads YAML files of the tree as kubectl does, with the lines of documents and fields.
package yamlfile

import (
	"bytes"
)

// A chunk is the text of one document and the one-based line on which it starts.
type chunk struct {
	text []byte
	line int
}

// split cuts a file at lines that start with `---` and end there, or go on after a blank: k8s.io/apimachinery's YAML
// reader does the same. Chunks that hold nothing but blanks and comments are left out.
func split(b []byte) []chunk {
	var out []chunk
	line, start, startLine := 1, 0, 1
	flush := func(end int) {
		if text := b[start:end]; !blank(text) {
			out = append(out, trim(chunk{text: text, line: startLine}))
		}
	}
	for at := 0; at < len(b); line++ {
		end := bytes.IndexByte(b[at:], '\n')
		next := len(b)
		if end >= 0 {
			next = at + end + 1
		}
		if isSeparator(b[at:next]) {
			flush(at)
			// What stands behind the dashes belongs to the document.
			start, startLine = at+3, line
		} else if bytes.HasPrefix(b[at:next], []byte("...")) && len(bytes.TrimSpace(b[at:next])) == 3 {
			flush(at)
			start, startLine = next, line+1
		}
		at = next
	}
	flush(len(b))
	return out
}

func isSeparator(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("---")) {
		return false
	}
	return len(line) == 3 || bytes.IndexByte([]byte(" \t\r\n"), line[3]) >= 0
}

func blank(b []byte) bool {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte("\n"))
		line = bytes.TrimSpace(line)
		// Directives stand before a document that has a separator of its own.
		if len(line) > 0 && line[0] != '#' && line[0] != '%' {
			return false
		}
	}
	return true
}

// trim moves the start to the first line that is neither blank nor a comment: that is what a person looks for.
func trim(c chunk) chunk {
	for {
		line, rest, found := bytes.Cut(c.text, []byte("\n"))
		if text := bytes.TrimSpace(line); !found || len(text) > 0 && text[0] != '#' && text[0] != '%' {
			return c
		}
		c.text, c.line = rest, c.line+1
	}
}
