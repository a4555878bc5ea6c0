package admin

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"

	"latchkey/models"
)

// exportFormat is a kind of file that a list can be downloaded as.
type exportFormat struct {
	extension, contentType string
	open                   func(w io.Writer, columns []string) (recordWriter, error)
}

// recordWriter writes one record after another; flush sends on what waits in a buffer. The last one says how many there were
// and how far the audit log was sealed: a file that was cut short lacks it.
type recordWriter interface {
	record(values []any) error
	flush() error
	end(rows int, chain models.AuditChain) error
}

// exportFormats are all of them, by the end of the path.
var exportFormats = map[string]exportFormat{
	"csv":    {"csv", "text/csv; charset=utf-8; header=present", openCSV},
	"ndjson": {"ndjson", "application/x-ndjson; charset=utf-8", openNDJSON},
}

// csvRecords is a table for spreadsheets: a row of names, then a row for each record.
type csvRecords struct {
	out *csv.Writer
	row []string // used again for each record
}

func openCSV(w io.Writer, columns []string) (recordWriter, error) {
	file := csvRecords{csv.NewWriter(w), make([]string, len(columns))} // lines end as they do in cells: a writer of CR LF changes what cells say
	return file, file.out.Write(columns)
}

func (f csvRecords) record(values []any) error {
	for i, value := range values {
		text, err := cellText(value)
		if err != nil {
			return err
		}
		f.row[i] = spreadsheetCell(text)
	}
	return f.out.Write(f.row[:len(values)])
}

func (f csvRecords) end(rows int, chain models.AuditChain) error {
	number, seal := chainPosition(chain)
	return errors.Join(f.out.Write([]string{"#end", strconv.Itoa(rows), strconv.FormatInt(number, 10), seal}), f.flush())
}

func (f csvRecords) flush() error {
	f.out.Flush()
	return f.out.Error()
}

// spreadsheetCell keeps a text from being read as a formula: whoever chose it would run it on an operator's machine.
func spreadsheetCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// cellText is a value as one text.
func cellText(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case *string: // as of rows by the million, which are not copied
		return *v, nil
	case time.Time:
		return exportTime(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case nil:
		return "", nil
	case map[string]models.Change:
		if len(v) == 0 { // as most are: the encoder need not look
			return "{}", nil
		}
	case map[string]any:
		if len(v) == 0 {
			return "{}", nil
		}
	}
	if named := reflect.ValueOf(value); named.Kind() == reflect.String { // as the name of an act
		return named.String(), nil
	}
	text, err := json.Marshal(value)
	return string(text), err
}

func exportTime(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// jsonRecords is a JSON object on each line, its fields in the order of the columns.
type jsonRecords struct {
	out     io.Writer
	columns []string
}

func openNDJSON(w io.Writer, columns []string) (recordWriter, error) {
	return jsonRecords{w, columns}, nil
}

func (f jsonRecords) record(values []any) error {
	var line bytes.Buffer
	for i, value := range values {
		if at, isTime := value.(time.Time); isTime {
			value = exportTime(at)
		}
		text, err := json.Marshal(value) // with < and > escaped: a browser that takes it for a page finds no tag
		if err != nil {
			return err
		}
		fmt.Fprintf(&line, "%c%q:%s", "{,"[min(i, 1)], f.columns[i], text)
	}
	line.WriteString("}\n")
	_, err := f.out.Write(line.Bytes())
	return err
}

func (f jsonRecords) flush() error { return nil }

func (f jsonRecords) end(rows int, chain models.AuditChain) error {
	number, seal := chainPosition(chain)
	return json.NewEncoder(f.out).Encode(struct {
		End  bool   `json:"end"`
		Rows int    `json:"rows"`
		Seal int64  `json:"seal"`
		Head string `json:"head"`
	}{true, rows, number, seal})
}

// chainPosition is the newest seal, by its number and in hex; 0 and "" before there is one.
func chainPosition(chain models.AuditChain) (number int64, seal string) {
	if chain.Last == nil {
		return 0, ""
	}
	return chain.Last.Number, hex.EncodeToString(chain.Last.Seal)
}
