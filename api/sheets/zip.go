package sheets

import (
	"archive/zip"
	"fmt"
	"io"
	"iter"
)

// RegisterBooks writes registers as workbooks of so many people each, in a zip: one workbook of thousands of sheets nobody opens.
func (f *File) RegisterBooks(w io.Writer, people People, each int) error {
	next, stop := iter.Pull2(people)
	defer stop()
	out := zip.NewWriter(w)
	person, err, more := next()
	for i := 1; more; i++ {
		entry, create := out.Create(fmt.Sprintf("registers-%03d.xlsx", i))
		if create != nil {
			return fmt.Errorf("write the registers: %w", create)
		}
		some := func(yield func(*Person, error) bool) {
			for n := 0; more && n < each; n++ {
				if !yield(person, err) {
					return
				}
				person, err, more = next()
			}
		}
		if err := f.Registers(entry, some); err != nil {
			return err
		}
	}
	return out.Close()
}
