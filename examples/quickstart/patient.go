package main

import (
	"time"

	"github.com/caremux/caremux"
	"github.com/caremux/caremux/ekacare"
)

// The patient, who is made up, is the same in all systems.
const (
	firstName = "Maya"
	lastName  = "Iyer"
	mobile    = "+919999999999"
	email     = "maya.iyer@example.com"
	homeZone  = "Asia/Kolkata"
)

var birthDate = caremux.NewDate(1988, time.March, 12)

// at is a moment of the day, by the clocks where she lives.
func at(hour, minute int) time.Time {
	return time.Date(2030, time.May, 2, hour, minute, 0, 0, ekacare.IST)
}

// moment is a time as Go or a vendor has it.
type moment interface {
	In(*time.Location) time.Time
}

// clock is what clocks show at t where she lives.
func clock(t moment) string { return t.In(ekacare.IST).Format("15:04 MST") }

// short is enough of an id to tell it from others.
func short(id string) string {
	if len(id) <= 10 {
		return id
	}
	return ".." + id[len(id)-6:]
}
