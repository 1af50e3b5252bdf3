package welkintest

import (
	"maps"
	"slices"
)

func (s *Server) handleTasks() {
	s.handle("Tasks_Create", func(c *call) (any, error) {
		task := object{
			"id": s.newID(), "createdAt": timestamp(s.clock.Now()), "author": s.reference(s.clientID),
			"watchers": []any{}, "comments": []any{},
		}
		s.changeTask(task, c.object())
		return s.tasks.add(task), nil
	})
	s.handle("Tasks_Get", func(c *call) (any, error) { return s.task(c.Path["taskId"]) })
	s.handle("Tasks_List", func(c *call) (any, error) {
		return metaInfo(s.tasks.where(func(task object) bool { return taskListed(task, c) }), c.Query), nil
	})
	s.handle("Tasks_UpdateStatusBatch", func(c *call) (any, error) {
		var request struct {
			TaskIDs []string `json:"taskIds"`
			Status  string
		}
		if err := c.Decode(&request); err != nil {
			return nil, err
		}
		changed := []object{}
		for _, id := range request.TaskIDs {
			task, err := s.task(id)
			if err != nil {
				return nil, err
			}
			changed = append(changed, task)
		}
		for _, task := range changed {
			s.changeTask(task, object{"status": request.Status})
		}
		return changed, nil
	})
	s.changingTask("Tasks_Update", func(task object, c *call) { s.changeTask(task, c.object()) })
	s.changingTask("Tasks_AddWatcher", func(task object, c *call) {
		watchers := append(task["watchers"].([]any), s.reference(str(c.object(), "id")))
		s.changeTask(task, object{"watchers": watchers})
	})
	s.changingTask("Tasks_RemoveWatcher", func(task object, c *call) { dropByID(task, "watchers", c.Path["watcherId"]) })
	s.changingTask("Tasks_AddComment", func(task object, c *call) {
		s.changeTask(task, object{"comments": append(task["comments"].([]any), c.object())})
	})
	s.handle("Tasks_RemoveComment", func(c *call) (any, error) {
		task, err := s.task(c.Path["taskId"])
		if err != nil {
			return nil, err
		}
		dropByID(task, "comments", c.Path["commentId"])
		return []object{task}, nil // alone among its siblings, as documented
	})
}

// changingTask handles an operation that changes the task of its path and responds with it.
func (s *Server) changingTask(id string, change func(task object, c *call)) {
	s.handle(id, func(c *call) (any, error) {
		task, err := s.task(c.Path["taskId"])
		if err != nil {
			return nil, err
		}
		change(task, c)
		return task, nil
	})
}

func (s *Server) task(id string) (object, error) {
	if task := s.tasks.find(object{"id": id}); task != nil {
		return task, nil
	}
	return nil, notFound("Task")
}

// changeTask sets fields of a task. Persons get their names, comments what the server knows of them.
func (s *Server) changeTask(task, fields object) {
	maps.Copy(task, fields)
	for _, name := range []string{"assignee", "patient"} {
		if person, ok := task[name].(object); ok {
			task[name] = s.reference(str(person, "id"))
		}
	}
	watchers, _ := task["watchers"].([]any)
	for i, watcher := range watchers {
		if watcher, ok := watcher.(object); ok {
			watchers[i] = s.reference(str(watcher, "id"))
		}
	}
	comments, _ := task["comments"].([]any)
	for _, comment := range comments {
		if comment, ok := comment.(object); ok && comment["id"] == nil {
			comment["id"], comment["createdAt"] = s.newID(), timestamp(s.clock.Now())
			comment["author"] = s.reference(s.clientID)
		}
	}
	task["updatedAt"] = timestamp(s.clock.Now())
}

// reference names a person by id and name.
func (s *Server) reference(id string) object {
	if id == s.clientID {
		return object{"id": id, "name": s.clientName()}
	}
	return object{"id": id, "name": s.nameOf(id)}
}

func dropByID(task object, list, id string) {
	items, _ := task[list].([]any)
	task[list] = slices.DeleteFunc(items, func(item any) bool {
		o, _ := item.(object)
		return o["id"] == id
	})
}

// taskListed reports whether a task fits the parameters of a list.
func taskListed(task object, c *call) bool {
	if !taskConcerns(task, c) {
		return false
	}
	for _, name := range []string{"status", "priority"} {
		if wanted := c.list(name); wanted != nil && !slices.Contains(wanted, str(task, name)) {
			return false
		}
	}
	due := timeOf(task, "dueDate")
	return (c.param("dueDate") == "" || due.Equal(c.moment("dueDate", due))) &&
		(c.param("dueBefore") == "" || !due.IsZero() && due.Before(c.moment("dueBefore", due))) &&
		contains(task, c.param("description"), "description") &&
		contains(task, c.param("search"), "name", "description")
}

// taskConcerns reports whether a task fits the parameters that name people.
func taskConcerns(task object, c *call) bool {
	id := func(name string) string {
		person, _ := task[name].(object)
		return str(person, "id")
	}
	watched := func(by string) bool {
		watchers, _ := task["watchers"].([]any)
		return slices.ContainsFunc(watchers, func(w any) bool { person, _ := w.(object); return person["id"] == by })
	}
	for param, member := range map[string]string{"assigneeId": "assignee", "patientId": "patient", "authorId": "author"} {
		if want := c.param(param); want != "" && id(member) != want {
			return false
		}
	}
	related := c.param("relatedUserId")
	return (c.param("watcherId") == "" || watched(c.param("watcherId"))) &&
		(related == "" || id("assignee") == related || watched(related))
}
