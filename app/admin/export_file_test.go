package admin

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"latchkey/models"
)

// written is one record in a format, as a file of its own.
func written(t testing.TB, format string, columns []string, values ...any) string {
	t.Helper()
	var file bytes.Buffer
	out, err := exportFormats[format].open(&file, columns)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.record(values); err != nil {
		t.Fatal(err)
	}
	if err := out.end(1, models.AuditChain{Last: &models.AuditSeal{Number: 7, Seal: []byte{0xab}}}); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// TestSpreadsheetCells (D-12): no cell begins a formula, and none says another thing than it did.
func TestSpreadsheetCells(t *testing.T) {
	columns := []string{"a", "b", "c"}
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"": "", "a=1": "a=1", "'=1": "'=1", `a","=1`: `a","=1`, "a\n=1": "a\n=1", "#end": "#end", "ü": "ü",
	} {
		rows := readCSV(t, written(t, "csv", columns, "first", cell, int64(-1)))
		if len(rows) != 3 {
			t.Fatalf("%q: %d rows", cell, len(rows))
		}
		if !slices.Equal(rows[0], columns) || !slices.Equal(rows[1], []string{"first", normalBreaks(want), "'-1"}) {
			t.Errorf("%q became %q", cell, rows[1])
		}
	}
}

func readCSV(t testing.TB, file string) [][]string {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(file))
	reader.FieldsPerRecord = -1 // the last record is shorter than the others
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatalf("%q: %v", file, err)
	}
	return rows
}

// normalBreaks is what reading a CSV file makes of line breaks inside a cell.
func normalBreaks(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// TestCellsAreTexts (D-12): whatever is a text stands in a cell as it is, by value or not, under its own type or not.
func TestCellsAreTexts(t *testing.T) {
	text := "app.test"
	for _, value := range []any{text, &text, models.Action(text)} {
		if cell, err := cellText(value); err != nil || cell != text {
			t.Errorf("%T became %q, %v", value, cell, err)
		}
	}
}

// TestExportTrailer (D-12): the last record says how many there were and how far the log was sealed.
func TestExportTrailer(t *testing.T) {
	columns := []string{"a", "b"}
	for format, want := range map[string]string{
		"csv":    "a,b\nx,\"{\"\"n\"\":1}\"\n#end,1,7,ab\n",
		"ndjson": "{\"a\":\"x\",\"b\":{\"n\":1}}\n{\"end\":true,\"rows\":1,\"seal\":7,\"head\":\"ab\"}\n",
	} {
		if got := written(t, format, columns, "x", map[string]any{"n": 1}); got != want {
			t.Errorf("%s: %q", format, got)
		}
	}
}

// FuzzCSV (T-1908): whatever a cell holds, no cell starts a formula, and no cell becomes two.
func FuzzCSV(f *testing.F) {
	for _, cell := range []string{"", "=1+1", "\"\r\n=1", "a,=1", "\x00=", "\r\n", "\ufeff=1", `"`, `""=1`, "-", "\t"} {
		f.Add(cell, cell)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		rows := readCSV(t, written(t, "csv", []string{"a", "b"}, first, second))
		if len(rows) != 3 || len(rows[1]) != 2 || rows[2][0] != "#end" {
			t.Fatalf("%q, %q became %q", first, second, rows)
		}
		for i, was := range []string{first, second} {
			cell := rows[1][i]
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") {
				t.Errorf("%q starts a formula", cell)
			}
			if said := normalBreaks(was); cell != said && cell != normalBreaks("'"+was) {
				t.Errorf("%q became %q", was, cell)
			}
		}
		line, _, _ := strings.Cut(written(t, "ndjson", []string{"a", "b"}, first, second), "\n")
		var said map[string]string
		if err := json.Unmarshal([]byte(line), &said); err != nil || strings.ContainsAny(line, "<>") || utf8.ValidString(first) && said["a"] != first {
			t.Errorf("%q: %v", line, err)
		}
	})
}
