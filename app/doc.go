// Command app is the whole program: the only package that knows all the others.
//
//	main.go        config → database → auth → oauthserver → routes; all wiring, nothing else
//	routes.go      the table of contents: what a request passes through, in order
//	serve.go       from the first migration to the graceful stop
//	config.go      every setting, read from the environment once and checked
//	middleware.go  request id, deadline, log; headers.go, same_origin.go, flood.go and forms.go beside it
//	accounts.go    answers oauthserver's questions about people with auth
//	oauth.go       sets oauthserver up, mounts it, and tells it what ended in auth
//	nethttp.go     serves a net/http handler from Fiber
//	errors.go      an error becomes a page, here and nowhere else
//	commands.go    the subcommands
//
// notes_handler.go, api_handler.go and home_handler.go are the example product: copy them. jobs/ works
// the queue, mail/ delivers letters, demo/ is a third-party program that signs people in through this one.
package main
