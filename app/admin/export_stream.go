package admin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"latchkey/models"
)

const (
	exportLimit     = 15 * time.Minute // for the whole file
	exportBlockTime = 30 * time.Second // for the reader to take one block
	exportBuffer    = 64 << 10
)

// errExporting says that an operator has a download under way.
var errExporting = errors.New("an export of this operator is under way")

// download is a file under way to an operator.
type download struct {
	name    string // of the file, without its end
	format  exportFormat
	columns []string
	read    func(ctx context.Context, block func(rows [][]any) error) error
	done    func(ctx context.Context, rows int, cut error) (models.AuditChain, error) // its audit row, before the last record
}

// listExport is a list that an operator may have as a file: its things in blocks, and what the audit log is told of it.
type listExport[T any] interface {
	Each(ctx context.Context, each func([]T) error) error
	Done(ctx context.Context, rows int, cut error) (models.AuditChain, error)
}

// downloadOf is an export as a file whose rows are what record makes of each thing.
func downloadOf[T any](name, format string, columns []string, x listExport[T], record func(T) []any) download {
	read := func(ctx context.Context, block func([][]any) error) error {
		return x.Each(ctx, func(list []T) error {
			rows := make([][]any, len(list))
			for i, one := range list {
				rows[i] = record(one)
			}
			return block(rows)
		})
	}
	return download{name: name, format: exportFormats[format], columns: columns, read: read, done: x.Done}
}

// exporting are the operators with a download under way from this process: one at a time each.
type exporting struct{ operators sync.Map }

func (e *exporting) begin(id string) bool {
	_, taken := e.operators.LoadOrStore(id, true)
	return !taken
}

func (e *exporting) end(id string) { e.operators.Delete(id) }

// send streams a file: block by block, so that it may be of any length, take longer than a request, and needs no more room
// than a block. begin comes first of all, when it is certain that the operator may have a file now. Errors: errExporting, and
// what begin says.
func (h *Handler) send(c *fiber.Ctx, begin func() (download, error)) error {
	if c.Context().IsHead() { // asks whether there is a file, and takes none
		return nil
	}
	id := operator(c).ID
	if !h.exports.begin(id) {
		return errExporting
	}
	d, err := begin()
	if err != nil {
		h.exports.end(id)
		return err
	}
	c.Set(fiber.HeaderContentType, d.format.contentType)
	c.Set(fiber.HeaderContentDisposition, `attachment; filename="`+d.name+"."+d.format.extension+`"`)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderCacheControl, "no-store")
	ctx, conn := context.WithoutCancel(c.UserContext()), c.Context().Conn() // the request is answered before its body is
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer h.exports.end(id)
		ctx, cancel := context.WithTimeout(ctx, exportLimit)
		defer cancel()
		if err := h.stream(ctx, d, w, conn); err != nil {
			h.Log.WarnContext(ctx, "export cut short", "file", d.name, "error", err, "request", models.OriginOf(ctx).RequestID)
		}
	})
	return nil
}

// stream writes the file. A fault ends it without its last record; nothing else can be said in a file that has begun.
func (h *Handler) stream(ctx context.Context, d download, w *bufio.Writer, conn net.Conn) (err error) {
	defer func() {
		if fault := recover(); fault != nil { // on a goroutine of the server, where it would end the process
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	rows, out := 0, bufio.NewWriterSize(w, exportBuffer)
	file, cut := d.format.open(out, d.columns)
	if cut == nil {
		cut = d.read(ctx, func(block [][]any) error {
			if err := writeBlock(file, block); err != nil {
				return err
			}
			rows += len(block)
			return pushOn(out, conn)
		})
	}
	chain, err := d.done(context.WithoutCancel(ctx), rows, cut)
	if err := errors.Join(cut, err); err != nil {
		return err
	}
	return errors.Join(file.end(rows, chain), out.Flush())
}

func writeBlock(file recordWriter, block [][]any) error {
	for _, row := range block {
		if err := file.record(row); err != nil {
			return err
		}
	}
	return file.flush()
}

// pushOn sends what was written, and gives the connection time for it: the server allows a whole answer less than a long
// file needs.
func pushOn(w *bufio.Writer, conn net.Conn) error {
	if err := conn.SetWriteDeadline(time.Now().Add(exportBlockTime)); err != nil {
		return err
	}
	return w.Flush()
}
