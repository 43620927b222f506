package repository

import (
	"fmt"
	"strings"
)

// The libraries of CEL turn errors into texts, so the mark is in the text. The overlay's refusal of HTTP has it too.
const mark = "not available to preadmit: "

// refuse is an error that says what is not known here.
func refuse(format string, values ...any) error {
	return fmt.Errorf(mark+format, values...)
}

// Unavailable is the reason in the text of an error that came from a refused call, or nothing.
func Unavailable(text string) (string, bool) {
	_, reason, found := strings.Cut(text, mark)
	return reason, found
}
