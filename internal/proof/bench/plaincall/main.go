// Command plaincall makes the call of onecall by hand, for the size of its binary.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
)

func call(ctx context.Context, method, url, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	slog.Debug("call", "status", resp.StatusCode)
	return json.Unmarshal(data, out)
}

func main() {
	base := "https://api.live.welkincloud.io/" + os.Getenv("WELKIN_TENANT")
	var login struct{ Token string }
	err := call(context.Background(), "POST", base+"/admin/api_clients/"+os.Getenv("WELKIN_CLIENT_NAME"), "",
		map[string]string{"secret": os.Getenv("WELKIN_SECRET")}, &login)
	var p struct{ ID string }
	if err == nil {
		err = call(context.Background(), "GET", base+"/"+os.Getenv("WELKIN_INSTANCE")+"/patients/"+os.Args[1], login.Token, nil, &p)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(p.ID)
}
