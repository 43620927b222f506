package abi

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"
	"testing"

	"preadmit.dev/engines/abi/tree"
)

// nothing is a tree without files.
type nothing struct{}

func (nothing) Stat(string) int64            { return tree.Missing }
func (nothing) Read(string, []byte)          {}
func (nothing) List(string) ([]string, bool) { return nil, false }
func (nothing) Real(string) (string, int64)  { return "", tree.Missing }

var ops = map[string]Op{
	"fine": func(c *Call) (any, error) { return map[string]int{"blobs": len(c.Blobs)}, nil },
	"code": func(*Call) (any, error) { return nil, fmt.Errorf("around: %w", Errorf(Cycle, "inner")) },
	"else": func(*Call) (any, error) { return nil, errors.New("no code") },
	"text": func(*Call) (any, error) { return nil, errors.New("bad \xff" + strings.Repeat("x", 5000)) },
	"boom": func(*Call) (any, error) { panic("first line\nsecond line") },
	"nil":  func(*Call) (any, error) { var m map[string]int; m["a"] = 1; return nil, nil },
	"loud": func(c *Call) (any, error) {
		log.Print("from the log package")
		for range 200 {
			c.Log(strings.Repeat("é", 600))
		}
		return nil, nil
	},
	"trace": func(c *Call) (any, error) {
		c.Miss("git", "a")
		c.Miss("git", "a")
		c.Miss("http", "a")
		c.Impure("clock")
		c.Impure("clock")
		return true, nil
	},
	"unwritable": func(*Call) (any, error) { return func() {}, nil },
}

func TestAnswer(t *testing.T) {
	for _, test := range []struct {
		name, header string
		blobs        [][]byte
		want         string
	}{
		{"a result", `{"op":"fine"}`, [][]byte{{}, []byte("x")}, `"result":{"blobs":2}`},
		{"the code of an inner error", `{"op":"code"}`, nil, `"error":{"code":"cycle","message":"inner"}`},
		{"an error without a code", `{"op":"else"}`, nil, `"error":{"code":"invalid","message":"no code"}`},
		{"a panic keeps its first line", `{"op":"boom"}`, nil, `"error":{"code":"panic","message":"first line"}`},
		{"a panic of Go's own", `{"op":"nil"}`, nil, `"code":"panic","message":"assignment to entry in nil map"`},
		{"an operation that is not there", `{"op":"x"}`, nil, `"code":"unknown-op"`},
		{"a header that is no JSON", `{`, nil, `"code":"bad-request"`},
		{"a result that is no JSON", `{"op":"unwritable"}`, nil, `"code":"panic"`},
		{"traces", `{"op":"trace"}`, nil, `"misses":[{"kind":"git","reference":"a"},{"kind":"http","reference":"a"}],"impure":{"clock":2}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			header, _, err := DecodeFrame(Answer(ops, EncodeFrame([]byte(test.header), test.blobs...), nothing{}))
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(header) || !strings.Contains(string(header), test.want) {
				t.Errorf("got %s, want %s in it", header, test.want)
			}
		})
	}
}

func TestAnswerCapsWhatPeopleRead(t *testing.T) {
	decode := func(op string) (r struct {
		Error Error    `json:"error"`
		Logs  []string `json:"logs"`
	}) {
		header, _, err := DecodeFrame(Answer(ops, EncodeFrame([]byte(`{"op":"`+op+`"}`)), nothing{}))
		if err == nil {
			err = json.Unmarshal(header, &r)
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if logs := decode("loud").Logs; len(logs) != maxLines || logs[0] != "from the log package" || len([]rune(logs[1])) != maxLineRunes {
		t.Errorf("%d lines, the first is %q", len(logs), logs[0])
	}
	if n := len([]rune(decode("text").Error.Message)); n > maxHead+maxTail+3 {
		t.Errorf("a message of %d characters", n)
	}
	if len(decode("boom").Logs) == 0 {
		t.Error("a panic left no stack in the logs")
	}
}

func TestFrames(t *testing.T) {
	whole := EncodeFrame([]byte("{}"), nil, []byte("blob"))
	header, blobs, err := DecodeFrame(whole)
	if err != nil || string(header) != "{}" || len(blobs) != 2 || string(blobs[1]) != "blob" {
		t.Fatalf("%q %q %v", header, blobs, err)
	}
	for n := range whole {
		if _, _, err := DecodeFrame(whole[:n]); err == nil {
			t.Errorf("the first %d bytes were taken for a frame", n)
		}
	}
	if _, _, err := DecodeFrame([]byte("\x00\x00\x00\x00\xff\xff\xff\xff")); err == nil {
		t.Error("four thousand million blobs were believed")
	}
}
