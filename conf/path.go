package conf

import "path/filepath"

// Path is a file or folder. It is written relative to the file that names it, and absolute here.
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
}
