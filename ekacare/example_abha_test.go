package ekacare_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/caremux/caremux/ekacare"
	"github.com/caremux/caremux/ekacare/ekacaretest"
)

// withABHAs is a server that knows two ABHAs of one mobile number.
func withABHAs() (*ekacaretest.Server, *ekacare.Client) {
	srv, c := clinic()
	srv.AddABHA(ekacaretest.ABHA{Address: "asha@abdm", Name: "Asha Rao", Mobile: "9876543210"})
	srv.AddABHA(ekacaretest.ABHA{Address: "ravi@abdm", Name: "Ravi Rao", Mobile: "9876543210"})
	return srv, c
}

func ExampleABHALoginService_Begin() {
	srv, c := withABHAs()
	defer srv.Close()
	ctx := context.Background()
	login, err := c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
		Method:     new(ekacare.ABHALoginMethodMobile),
		Identifier: new("9876543210"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(login.Hint)

	_, err = login.Verify(ctx, "000000")
	fmt.Println("wrong, try again:", errors.Is(err, ekacare.ErrWrongOTP))
	next, err := login.Verify(ctx, srv.OTP())
	if err != nil {
		log.Fatal(err)
	}
	switch {
	case next.Done != nil:
		fmt.Println("logged in as", next.Done.Profile.ABHAAddress)
	case next.Select != nil:
		for _, p := range next.Select.Profiles {
			fmt.Println(p.ABHAAddress, p.Name)
		}
		account, err := next.Select.Choose(ctx, "ravi@abdm")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("logged in as", account.Profile.ABHAAddress)
	case next.CreateByMobile != nil:
		fmt.Println("no ABHA yet")
	}
	// Output:
	// OTP sent to ******3210
	// wrong, try again: true
	// asha@abdm Asha Rao
	// ravi@abdm Ravi Rao
	// logged in as ravi@abdm
}

// A web service keeps the step between the request that begins the login and the one that brings the password.
func ExampleABHASavedStep() {
	srv, c := withABHAs()
	defer srv.Close()
	ctx := context.Background()
	sessions := map[string]string{} // on the server, as secret as a session

	begun, err := c.ABHALogin.Begin(ctx, &ekacare.ABHALoginInit{
		Method: new(ekacare.ABHALoginMethodPHRAddress), Identifier: new("asha@abdm"),
	})
	if err != nil {
		log.Fatal(err)
	}
	saved, err := begun.Save()
	if err != nil {
		log.Fatal(err)
	}
	sessions["cookie"] = string(saved)
	fmt.Println(begun, "kept as", saved)

	login, err := c.ABHALogin.ResumeOTP(ekacare.ABHASavedStep(sessions["cookie"]))
	if err != nil {
		log.Fatal(err)
	}
	next, err := login.Verify(ctx, srv.OTP())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(next.Done.Profile.FullName)
	// Output:
	// ABHA step login_otp kept as saved ABHA step login_otp
	// Asha Rao
}

func ExampleABHARegistrationService_BeginAadhaar() {
	srv, c := clinic()
	defer srv.Close()
	srv.LinkAadhaar("123412341234", "9876543210")
	ctx := context.Background()
	otp, err := c.ABHARegistration.BeginAadhaar(ctx, "123412341234")
	if err != nil {
		log.Fatal(err)
	}
	next, err := otp.Verify(ctx, "9000000001", srv.OTP()) // another mobile number than that of the Aadhaar
	if err != nil {
		log.Fatal(err)
	}
	if next.ConfirmMobile != nil {
		fmt.Println(next.ConfirmMobile.Hint)
		if next, err = next.ConfirmMobile.Verify(ctx, srv.OTP()); err != nil {
			log.Fatal(err)
		}
	}
	if next.Create != nil {
		account, err := next.Create.Create(ctx, "asha@abdm")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("registered as", account.Profile.ABHAAddress)
	}
	// Output:
	// OTP sent to ******0001
	// registered as asha@abdm
}

func ExampleABHASessionKeeper_Run() {
	srv, c := withABHAs()
	defer srv.Close()
	srv.ExpireABHASessions()
	patient := c.For(ekacare.Identity{PatientID: "oid-1"})
	keeper := patient.ABHASession.Keep("asha@abdm", func(context.Context) (string, error) {
		fmt.Println("asking the patient")
		return srv.OTP(), nil
	})
	var profile *ekacare.ABHAProfile
	err := keeper.Run(context.Background(), func(ctx context.Context) (err error) {
		profile, err = patient.ABHAProfile.Get(ctx, nil)
		return err
	})
	fmt.Println(profile != nil, err)
	// Output:
	// asking the patient
	// true <nil>
}
