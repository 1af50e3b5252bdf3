package welkintest

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
)

func (s *Server) handleChats() {
	s.handle("Chats_SendInbound", func(c *call) (any, error) {
		patient, err := s.patient(c)
		if err != nil {
			return nil, err
		}
		return withoutOwner(s.addMessage(str(patient, "id"), str(c.object(), "message"))), nil
	})
	s.handle("Chats_List", func(c *call) (any, error) {
		place, err := s.place(c, "list")
		if err != nil {
			return nil, err
		}
		rows := s.messages.where(func(m object) bool { return m["patientId"] == c.Path["patientId"] })
		from, to := place.bounds(len(rows))
		content := []object{}
		for _, m := range rows[from:to] {
			content = append(content, withoutOwner(m))
		}
		return object{"meta": place.meta(len(rows)), "content": content}, nil
	})
	s.handle("Chats_Search", s.searchChat)
}

// addMessage adds a message from the patient to the care team. The member patientId is for the server's own use.
func (s *Server) addMessage(patientID, text string) object {
	return s.messages.add(object{
		"patientId":  patientID,
		"sender":     object{"clientType": "PATIENT", "id": patientID, "titleName": nil, "patientFullName": nil},
		"receiver":   object{"clientType": "CS_TOOL_CLIENT", "id": s.clientID, "titleName": nil, "patientFullName": nil},
		"message":    text,
		"externalId": "IM" + strings.ReplaceAll(s.newID(), "-", ""),
		"createdAt":  timestamp(s.clock.Now()),
	})
}

func withoutOwner(message object) object {
	shown := merged(message, nil)
	delete(shown, "patientId")
	return shown
}

// place is where a page of a chat begins and how large it is. Tokens hold one.
type place struct {
	Kind    string // "list" or "search": the tokens of one are no tokens of the other
	Offset  int
	Size    int
	Query   string
	HitSize int // page size of the tokens that hits carry
}

func (p place) token() any {
	data, _ := json.Marshal(p) // of texts and numbers only
	return base64.RawURLEncoding.EncodeToString(data)
}

func (p place) bounds(total int) (from, to int) {
	from = min(p.Offset, total)
	return from, min(from+p.Size, total)
}

// meta gives the tokens of the neighbouring pages.
func (p place) meta(total int) object {
	next, previous := any(nil), any(nil)
	if _, to := p.bounds(total); to < total {
		after := p
		after.Offset = to
		next = after.token()
	}
	if p.Offset > 0 {
		before := p
		before.Offset = max(0, p.Offset-p.Size)
		previous = before.token()
	}
	return object{"nextPageToken": next, "prevPageToken": previous, "pageSize": p.Size, "found": total > 0}
}

// place reads where a call wants its page to begin: its token, which must come alone, or the beginning.
func (s *Server) place(c *call, kind string) (place, error) {
	if _, err := s.patient(c); err != nil {
		return place{}, err
	}
	token := c.param("pageToken")
	if token == "" {
		return place{Kind: kind, Size: size(c, "pageSize"), Query: c.param("query"), HitSize: size(c, "contentPageSize")}, nil
	}
	if len(c.Query) > 1 {
		return place{}, badRequest("CHAT", "PAGE_TOKEN_NOT_ALONE", "pageToken must be sent without other parameters")
	}
	var p place
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || json.Unmarshal(data, &p) != nil || p.Kind != kind {
		return place{}, badRequest("CHAT", "INVALID_PAGE_TOKEN", "pageToken is none that this operation gave")
	}
	return p, nil
}

func size(c *call, param string) int {
	if n, err := strconv.Atoi(c.param(param)); err == nil && n > 0 {
		return n
	}
	return 20
}

// searchChat finds messages. A hit carries the tokens of the pages of the chat before it and from it on.
func (s *Server) searchChat(c *call) (any, error) {
	p, err := s.place(c, "search")
	if err != nil {
		return nil, err
	}
	hits := []object{}
	at := 0
	for _, m := range s.messages.rows {
		if m["patientId"] != c.Path["patientId"] {
			continue
		}
		if strings.Contains(strings.ToLower(str(m, "message")), strings.ToLower(p.Query)) {
			around := object{"nextPageToken": place{Kind: "list", Offset: at, Size: p.HitSize}.token(), "prevPageToken": nil}
			if at > 0 {
				around["prevPageToken"] = place{Kind: "list", Offset: max(0, at-p.HitSize), Size: min(at, p.HitSize)}.token()
			}
			hits = append(hits, object{"meta": around, "message": withoutOwner(m)})
		}
		at++
	}
	from, to := p.bounds(len(hits))
	return object{"meta": p.meta(len(hits)), "content": hits[from:to]}, nil
}
