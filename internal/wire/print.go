package wire

import (
	"fmt"
	"io"
	"strconv"
)

// FormatText prints the same text for every verb. It is what a Format method is made of that keeps values out of prints.
func FormatText(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(f, text)
}
