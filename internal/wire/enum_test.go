package wire

import (
	"encoding/json"
	"testing"
)

type mood int

var (
	moodNames      = map[mood]string{0: "Calm", 1: "Chearful", -1: "Sad"}
	otherMoodNames = map[string]mood{"Cheerful": 1}
)

func (m *mood) UnmarshalJSON(data []byte) error {
	return UnmarshalEnum(data, m, moodNames, otherMoodNames)
}
func (m mood) String() string { return EnumName(m, moodNames) }

func TestUnmarshalEnum(t *testing.T) {
	for _, tt := range []struct {
		data string
		want mood
		name string
	}{
		{`0`, 0, "Calm"}, {`1`, 1, "Chearful"}, {`-1`, -1, "Sad"}, {`"1"`, 1, "Chearful"}, {`1.0`, 1, "Chearful"},
		{`17`, 17, "17"}, {`"17"`, 17, "17"},
		{`"Chearful"`, 1, "Chearful"}, {`"Cheerful"`, 1, "Chearful"}, {`"CHEERFUL"`, 1, "Chearful"},
		{`"sad"`, -1, "Sad"}, {`"\u0053ad"`, -1, "Sad"},
		{`null`, 0, "Calm"},
		{`"Furious"`, UnknownCode, "unknown"}, {`""`, UnknownCode, "unknown"}, {`1.5`, UnknownCode, "unknown"},
		{`true`, UnknownCode, "unknown"},
		{`{"code":1}`, UnknownCode, "unknown"}, {`[1]`, UnknownCode, "unknown"}, {`1e99`, UnknownCode, "unknown"},
		{`9007199254740993`, UnknownCode, "unknown"}, {`"NaN"`, UnknownCode, "unknown"}, {`"Inf"`, UnknownCode, "unknown"},
	} {
		read := struct {
			Before string
			Mood   mood
			After  string
		}{Mood: 5}
		if err := json.Unmarshal([]byte(`{"before":"b","mood":`+tt.data+`,"after":"a"}`), &read); err != nil {
			t.Errorf("%s: %v", tt.data, err)
		}
		want := tt.want
		if tt.data == "null" {
			want = read.Mood // the decoder of Go 1.27 may or may not ask
			if want != 0 && want != 5 {
				t.Errorf("null gives %d", want)
			}
		} else if read.Mood.String() != tt.name {
			t.Errorf("%s is called %s, want %s", tt.data, read.Mood, tt.name)
		}
		if read.Mood != want || read.Before != "b" || read.After != "a" {
			t.Errorf("%s gives %+v, want %d and its neighbours", tt.data, read, want)
		}
	}
}

func FuzzUnmarshalEnum(f *testing.F) {
	for _, seed := range []string{`1`, `"Sad"`, `"0x1p4"`, `1e300`, `{}`, `"`, ``} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		var m mood
		if err := UnmarshalEnum([]byte(data), &m, moodNames, otherMoodNames); err != nil {
			t.Errorf("%q: %v", data, err)
		}
		if m.String() == "" {
			t.Errorf("%q has no name", data)
		}
	})
}
