package transport

// DecodeRecord decodes JSON that came another way than as an answer, such as in a webhook, as answers are decoded: out keeps
// the JSON, and a member of another type than documented does not fail it.
func DecodeRecord(raw []byte, out any) error { return decodeRecord(raw, out) }
