package main

import (
	"net/http"

	"latchkey/app/demo"
)

// demoClient is the third-party app that runs beside this one.
func (h *house) demoClient() (http.Handler, error) {
	secret, err := h.demoClientSecret()
	if err != nil {
		return nil, err
	}
	return demo.New(demo.Config{
		Issuer: h.config.BaseURL, ClientID: demoClientID, ClientSecret: secret, PublicURL: h.config.demoClientURL(),
	}), nil
}
