package kustomize

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"

	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/abi/tree"
)

// explain finds the innermost cause. kustomize tries each resource as a file and then as a directory and joins both
// errors; the sentence of the wrong attempt hides the one that helps.
func explain(c *abi.Call, err error) error {
	var known *abi.Error
	// A path that is outside says nothing without the file that holds it.
	if errors.As(err, &known) && known.Code != abi.OutsideRoot {
		return abi.Errorf(known.Code, "%s", readable(known.Message))
	}
	text := innermost(err.Error())
	code := codeOf(err, text)
	if len(c.Misses()) > 0 && (code == abi.Invalid || code == abi.MissingFile) {
		code = abi.Remote
	}
	return abi.Errorf(code, "%s", text)
}

const tried = "accumulation err='"

var (
	// The last one says in which directory the cause is.
	recursion = regexp.MustCompile(`^recursed accumulation of path '([^']*)': `)
	// The configuration of a builtin repeats what stands in the kustomization.
	builtin = regexp.MustCompile("(?s)^trouble configuring builtin (\\w+) with config: `.*?`: ")
	missing = regexp.MustCompile(`evalsymlink failure on '([^']*)' : lstat \S+: (file does not exist|no such file or directory)`)
	// Go's print of a half-empty node.
	node = regexp.MustCompile(` in object \{\{.*\}\}$`)
)

func innermost(text string) string {
	where := ""
	for {
		for _, prefix := range []string{"accumulating resources: ", "accumulating components: ", "accumulateDirectory: "} {
			text = strings.TrimPrefix(text, prefix)
		}
		if match := recursion.FindStringSubmatch(text); match != nil {
			text, where = text[len(match[0]):], match[1]
		}
		rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "accumulating resources: "), tried)
		if !ok {
			break
		}
		asDirectory := -1
		for _, end := range []string{"' must resolve to a file': ", "URL is a git repository': "} {
			if at := strings.Index(rest, end); at >= 0 && (asDirectory < 0 || at+len(end) < asDirectory) {
				asDirectory = at + len(end)
			}
		}
		asFile := strings.LastIndex(rest, "': must build at directory")
		switch {
		case asDirectory >= 0 && (asFile < 0 || asDirectory <= asFile):
			text = rest[asDirectory:]
		case asFile >= 0:
			text = rest[:asFile]
		default:
			// Another pair of sentences: the one of the directory stands behind the last quote.
			at := strings.LastIndex(rest, "': ")
			if at < 0 {
				return readable(within(where, text))
			}
			text = rest[at+3:]
		}
	}
	return readable(within(where, text))
}

// within names the directory of a base unless the sentence does already.
func within(where, text string) string {
	if where == "" || strings.Contains(text, where+"/") || strings.Contains(text, where+"'") {
		return text
	}
	return where + ": " + text
}

// readable writes paths as the repository names them.
func readable(text string) string {
	text = node.ReplaceAllString(builtin.ReplaceAllString(text, "${1}: "), "")
	text = strings.ReplaceAll(strings.ReplaceAll(text, mount+"/", ""), mount, ".")
	return missing.ReplaceAllString(text, "${1} does not exist")
}

func codeOf(err error, text string) string {
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(text, part) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, tree.ErrRefused) || has(tree.ErrRefused.Error()):
		return abi.Refused
	case has("cycle detected"):
		return abi.Cycle
	case has("security; file", "is not in or below", "is outside the repository"):
		return abi.OutsideRoot
	case has("unable to load external plugin", "external plugins disabled", "must specify --enable-exec", "must specify --enable-helm",
		"failed to run function", "container runtime", "runtime function",
		"helmGlobals.configHome"):
		return abi.Plugin
	case errors.Is(err, fs.ErrNotExist) || has("no such file or directory", "does not exist", "doesn't exist", "unable to find one of"):
		return abi.MissingFile
	}
	return abi.Invalid
}
