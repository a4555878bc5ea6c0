package oauthserver

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"latchkey/models"
	"latchkey/views"
)

// errorPage tells a person what went wrong. It never redirects and shows nothing of the request.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, err error) {
	e := s.explain(r, err)
	s.errorPageWith(w, r, e, s.errorWords(r, e))
}

func (s *Server) errorPageWith(w http.ResponseWriter, r *http.Request, e *oauthError, page views.OAuthErrorPage) {
	noteError(w, e.Code)
	setRetryAfter(w, e.RetryAfter)
	if s.toast(w, r, e.status(), page.Sentence+" "+page.Advice) {
		return
	}
	views.PageOf(r.Context()).Address = func() string { return r.URL.Path } // shows nothing that the request said
	s.page(w, r, e.status(), views.OAuthError(page), "")
}

// toast says a sentence where a part of another page was asked for, and tells whether it was: that page stays.
func (s *Server) toast(w http.ResponseWriter, r *http.Request, status int, sentence string) bool {
	if !views.WantsFragmentHTTP(r) {
		return false
	}
	if err := views.RenderPartialsHTTP(w, r, status, views.ToastPartial("error", sentence)); err != nil {
		s.pageFault(w, r, err)
	}
	return true
}

// errorWords are the sentences for a refusal: by status where the status says it all, else by code.
func (s *Server) errorWords(r *http.Request, e *oauthError) views.OAuthErrorPage {
	words := func(sentence, advice string) views.OAuthErrorPage {
		return views.OAuthErrorPage{
			Sentence: sentence, Advice: advice, Code: e.Code, Description: e.Description,
			Reference: models.OriginOf(r.Context()).RequestID,
		}
	}
	const again = "Go back to the app and begin again."
	switch e.status() {
	case http.StatusForbidden:
		return words("This answer did not come from our own page.", again)
	case http.StatusNotFound:
		return words("We cannot find this step.", "Did you begin in another browser? Go back to the app and begin again here.")
	case http.StatusMethodNotAllowed:
		return words("This address cannot be used in that way.", again)
	case http.StatusGone:
		return words("This step is over.", "It was answered already, or it waited too long. "+again)
	case http.StatusRequestEntityTooLarge:
		return words("The app sent too much at once.", again)
	case http.StatusUnsupportedMediaType:
		return words("The app sent a format that we do not read.", again)
	case http.StatusTooManyRequests:
		return words("Too many requests came from here.", "Wait a minute, then try again.")
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		return words("Something broke on our side.", "It is not your fault, and we have a record of it. Try again in a moment.")
	}
	const makers = " If it happens again, tell the people who make the app."
	if e.Code == "invalid_client" {
		return words("We do not know the app that sent you here.", "Go back to the app and try once more."+makers)
	}
	return words("The app that sent you here made a mistake.", "Nothing was shared with it. Go back to the app and try once more."+makers)
}

// page draws a page with the headers every page of this package has. formTarget is what form-action
// allows beside our own origin: Chromium applies it to every redirect that follows the form.
func (s *Server) page(w http.ResponseWriter, r *http.Request, status int, component templ.Component, formTarget string) {
	h := w.Header()
	h.Set("Content-Security-Policy", views.ContentPolicy(formTarget))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	// no-referrer would make browsers send "Origin: null" with our own forms. There is no
	// Cross-Origin-Opener-Policy: it would cut off a client that opened this page as a popup.
	h.Set("Referrer-Policy", "same-origin")
	views.PageOf(r.Context()).FormTarget = formTarget // for the middleware around us
	err := views.RenderHTTP(w, r, status, component)
	if errors.Is(err, views.ErrNoFragment) {
		s.errorPage(w, r, &oauthError{Status: http.StatusBadRequest, Code: "invalid_request", Description: "the page has no such part"})
		return
	}
	if err != nil {
		s.pageFault(w, r, err)
	}
}

// pageFault is for a page that cannot be drawn.
func (s *Server) pageFault(w http.ResponseWriter, r *http.Request, err error) {
	s.log().ErrorContext(r.Context(), "oauth page failed", "route", r.Pattern, "error", err)
	http.Error(w, "Something broke on our side.", http.StatusInternalServerError)
}
