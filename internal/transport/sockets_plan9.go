package transport

import "strings"

func refusedConnection(_ error, text string) bool {
	return strings.Contains(text, "connection refused")
}

func resetConnection(_ error, text string) bool {
	return strings.Contains(text, "connection reset") || strings.Contains(text, "hungup")
}
