package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// What is in flight when the program stops may take this long: first the requests, then the jobs. Together they
// stay within the ten seconds that container managers usually wait.
const (
	requestStopTime = 7 * time.Second
	jobStopTime     = 3 * time.Second
)

// serve runs the program until ctx ends. The ports are taken first: when one is not free, nothing has been
// written yet.
func serve(ctx context.Context, config Config) error {
	doors, err := listenAll(ctx, config)
	if err != nil {
		return err
	}
	defer doors.close()
	spendMemory()
	h, err := openHouse(ctx, config)
	if err != nil {
		return err
	}
	defer h.close()
	shareProcessors() // after auth has counted them
	if err := h.prepare(ctx); err != nil {
		return err
	}
	return h.run(ctx, doors)
}

// doors are the listening sockets; nil means there is none.
type doors struct{ app, metrics, demo net.Listener }

func listenAll(ctx context.Context, config Config) (d doors, err error) {
	if d.app, err = listen(ctx, "ADDR", config.Addr); err != nil {
		return d, err
	}
	if d.metrics, err = listen(ctx, "METRICS_ADDR", config.MetricsAddr); err != nil {
		d.close()
		return d, err
	}
	if config.demo() {
		if d.demo, err = listen(ctx, "DEMO_CLIENT_ADDR", config.DemoClientAddr); err != nil {
			d.close()
			return d, err
		}
	}
	return d, nil
}

func (d doors) close() {
	for _, l := range []net.Listener{d.app, d.metrics, d.demo} {
		if l != nil {
			_ = l.Close() // closed already when the server was stopped
		}
	}
}

func listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken: stop the program that listens there, or set %s to another address", addr, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s cannot be used: %w", setting, addr, err)
	}
	return listener, nil
}

// prepare brings the database up to date and fills in what the first start needs.
func (h *house) prepare(ctx context.Context) error {
	if err := h.migrate(ctx); err != nil {
		return err
	}
	if err := h.admin.ReadSettings(ctx); err != nil {
		return err
	}
	if err := h.prepareOAuth(ctx); err != nil { // oauth
		return err // oauth
	} // oauth
	if h.config.demo() {
		return h.seed(ctx)
	}
	return nil
}

// migrate runs by itself outside production. There an operator decides when the schema changes.
func (h *house) migrate(ctx context.Context) error {
	if !h.config.production() || h.config.AutoMigrate {
		return h.db.Migrate(ctx)
	}
	return h.checkMigrated(ctx)
}

func (h *house) checkMigrated(ctx context.Context) error {
	pending, err := h.db.PendingMigrations(ctx)
	if err != nil {
		return fmt.Errorf("look for pending migrations: %w", err)
	}
	if pending > 0 {
		return fmt.Errorf("%d migrations are pending: run `app migrate up`, or set AUTO_MIGRATE=true", pending)
	}
	return nil
}

// run serves until ctx ends, then stops in the order that loses nothing: no new requests, those in flight, the
// jobs they left, the database.
func (h *house) run(ctx context.Context, d doors) error {
	var demo http.Handler // oauth
	if d.demo != nil {    // oauth
		var err error                               // oauth
		if demo, err = h.demoClient(); err != nil { // oauth
			return err // oauth
		} // oauth
	} // oauth
	if err := h.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start jobs: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.web.Listener(d.app) })
	group.Go(func() error { return giveMemoryBack(ctx) })
	group.Go(func() error { return h.counting.run(ctx) })
	group.Go(func() error { return h.watch(ctx) })
	group.Go(func() error { return h.followSettings(ctx, time.Tick(settingsPoll)) })
	serveHTTP(ctx, group, d.metrics, h.metrics.handler())
	serveHTTP(ctx, group, d.demo, demo) // oauth
	group.Go(func() error {
		<-ctx.Done()
		h.ready.Store(false)
		return h.web.ShutdownWithTimeout(requestStopTime)
	})
	h.ready.Store(true)
	if err := h.greet(ctx, os.Stdout); err != nil {
		h.log.Error("no set-up link", "error", err)
	}
	err := group.Wait()
	stop, cancel := context.WithTimeout(context.Background(), jobStopTime)
	defer cancel()
	err = errors.Join(err, h.queue.Stop(stop))
	h.counting.write(stop) // of the last minute
	return err
}

// serveHTTP serves a net/http handler in the group until ctx ends.
func serveHTTP(ctx context.Context, group *errgroup.Group, listener net.Listener, handler http.Handler) {
	if listener == nil {
		return
	}
	server := &http.Server{Handler: handler, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), requestStopTime)
		defer cancel()
		return server.Shutdown(stop)
	})
}

// every does work each time so long has passed, until ctx ends.
func every(ctx context.Context, wait time.Duration, work func()) error {
	tick := time.NewTicker(wait)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			work()
		}
	}
}
