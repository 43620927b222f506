// Package impure counts template functions whose result differs between two runs of the real program. In the sandbox
// they are answered with a fixed clock and seeded randomness; the counts tell a reader that a difference means nothing.
package impure

import (
	"reflect"
	"text/template"
	"time"

	"preadmit.dev/engines/abi"
)

// functions of sprig by what their results depend on.
var functions = map[string]string{
	"randAlphaNum": "random", "randAlpha": "random", "randNumeric": "random", "randAscii": "random", "randBytes": "random",
	"randInt": "random", "shuffle": "random", "uuidv4": "random", "bcrypt": "random", "htpasswd": "random",
	"encryptAES": "random", "genPrivateKey": "random", "genCA": "random", "genCAWithKey": "random",
	"genSelfSignedCert": "random", "genSelfSignedCertWithKey": "random", "genSignedCert": "random",
	"genSignedCertWithKey": "random",
	"now":                  "clock", "ago": "clock",
}

// dates take the time for a date that is none (sprig's date.go), and which of their arguments is the date.
var dates = map[string]int{
	"date": 1, "date_in_zone": 1, "dateInZone": 1, "htmlDate": 0, "htmlDateInZone": 0,
}

// Count answers wrapped functions for those of upstream that depend on time or chance.
func Count(c *abi.Call, upstream template.FuncMap) template.FuncMap {
	out := template.FuncMap{}
	for name, what := range functions {
		if f, ok := upstream[name]; ok {
			out[name] = before(f, func([]reflect.Value) { c.Impure(what) })
		}
	}
	for name, position := range dates {
		if f, ok := upstream[name]; ok {
			out[name] = before(f, func(args []reflect.Value) {
				if position < len(args) && !isDate(args[position].Interface()) {
					c.Impure("clock")
				}
			})
		}
	}
	return out
}

// before makes a function of the same type that looks at its arguments first.
func before(f any, look func(args []reflect.Value)) any {
	original := reflect.ValueOf(f)
	return reflect.MakeFunc(original.Type(), func(args []reflect.Value) []reflect.Value {
		look(args)
		if original.Type().IsVariadic() {
			return original.CallSlice(args)
		}
		return original.Call(args)
	}).Interface()
}

func isDate(v any) bool {
	switch v.(type) {
	case time.Time, *time.Time, int64, int, int32:
		return true
	}
	return false
}
