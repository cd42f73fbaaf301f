package conf

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Path is a file that exists. It is written relative to the file that names it, and absolute here.
type Path string

func (p *Path) fromNode(d *decoder, n *node) {
	if n.kind != kindString {
		d.wrong(n, `a file name, such as "ca.pem"`)
		return
	}
	if n.text == "" {
		d.errorf(n.place, `"" is not a file name`)
		return
	}
	*p = Path(n.text)
	if !filepath.IsAbs(n.text) {
		*p = Path(filepath.Join(n.dir, n.text))
	}
	if info, err := os.Stat(string(*p)); err != nil {
		d.errorf(n.place, "%s: %s", n.key, fileError(n.text, err))
	} else if info.IsDir() {
		d.errorf(n.place, "%s: %q is a folder", n.key, n.text)
	}
}

// fileError says why a file cannot be used, with the name that is written.
func fileError(name string, err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("there is no file %q", name)
	}
	var path *os.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Sprintf("cannot read %q: %v", name, err)
}

// Folder is a folder, which may not exist yet. It is written relative to the file that names it, and absolute here.
type Folder string

func (f *Folder) fromNode(d *decoder, n *node) {
	if n.kind != kindString || n.text == "" {
		d.wrong(n, `a folder's name, such as "/var/lib/sallyport"`)
		return
	}
	*f = Folder(n.text)
	if !filepath.IsAbs(n.text) {
		*f = Folder(filepath.Join(n.dir, n.text))
	}
}

// Output is where lines go: "stdout", "stderr", "off", or a file that may not exist yet. A file is written relative to the file that
// names it, and absolute here.
type Output string

// The outputs that are not files.
const (
	Stdout Output = "stdout"
	Stderr Output = "stderr"
	NoLog  Output = "off"
)

// IsFile reports whether o is a file.
func (o Output) IsFile() bool { return o != Stdout && o != Stderr && o != NoLog }

func (o *Output) fromNode(d *decoder, n *node) {
	if n.kind != kindString || n.text == "" {
		d.wrong(n, `"stdout", "stderr", "off" or a file's name`)
		return
	}
	*o = Output(n.text)
	if o.IsFile() && !filepath.IsAbs(n.text) {
		*o = Output(filepath.Join(n.dir, n.text))
	}
}
