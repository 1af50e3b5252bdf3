package ekacare

import (
	"strings"
	"time"

	"github.com/caremux/caremux"
)

// The formats are checked by the steps, before anything is sent. The raw calls leave them to the vendor.

// checkOTP allows for passwords of other lengths than the usual six: the documents name none.
func checkOTP(otp string) error {
	plain := !strings.ContainsFunc(otp, func(r rune) bool { return r < '0' || r > '9' })
	if !plain || len(otp) < 4 || len(otp) > 8 {
		return invalidArgument("otp", "must have 4 to 8 digits and nothing else")
	}
	return nil
}

// checkAddress wants what can be an ABHA address. The part after the @ may be missing: suggestions come without it.
func checkAddress(field, address string) error {
	name, domain, dotted := strings.Cut(address, "@")
	allowed := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !wordRune(r) && r != '.' && r != '-' })
	}
	if !allowed(name) || dotted && !allowed(domain) {
		return invalidArgument(field, "must be an ABHA address such as name@abdm")
	}
	return nil
}

// checkABHANumber takes 12345678901234 and 12-3456-7890-1234.
func checkABHANumber(field, number string) error {
	plain := number
	if parts := strings.Split(number, "-"); len(parts) == 4 && len(parts[0]) == 2 && len(parts[1]) == 4 && len(parts[2]) == 4 {
		plain = strings.Join(parts, "")
	}
	if digits(field, plain, 14) != nil {
		return invalidArgument(field, "must be an ABHA number of 14 digits, such as 12-3456-7890-1234")
	}
	return nil
}

// checkLogin checks that the identifier fits the method.
func checkLogin(login *ABHALoginInit) error {
	if login == nil || login.Method == nil || *login.Method == "" {
		return invalidArgument("method", "is required")
	}
	if login.Identifier == nil || *login.Identifier == "" {
		return invalidArgument("identifier", "is required")
	}
	identifier := *login.Identifier
	switch *login.Method {
	case ABHALoginMethodMobile:
		return digits("identifier", identifier, 10)
	case ABHALoginMethodAadhaarNumber:
		return digits("identifier", identifier, 12)
	case ABHALoginMethodABHANumber:
		return checkABHANumber("identifier", identifier)
	case ABHALoginMethodPHRAddress:
		return checkAddress("identifier", identifier)
	case ABHALoginMethodSearch:
		if digits("identifier", identifier, 1, 2, 3) != nil {
			return invalidArgument("identifier", "must be the index of an account of the search")
		}
		if login.TxnID == nil || *login.TxnID == "" {
			return invalidArgument("txn_id", "is required when method is search")
		}
	}
	return nil
}

// checkProfile checks the day of birth and the postal code of a new account.
func checkProfile(p *ABHAProfileInput) error {
	if p == nil {
		return invalidArgument("profile", "is required")
	}
	if !caremux.NewDate(p.YearOfBirth, time.Month(p.MonthOfBirth), p.DayOfBirth).Valid() || p.YearOfBirth < 1800 {
		return invalidArgument("profile.day_of_birth", "must be a day of the calendar, with month_of_birth and year_of_birth")
	}
	if digits("pincode", p.Pincode, 6) != nil {
		return invalidArgument("profile.pincode", "must have 6 digits and nothing else")
	}
	return nil
}
