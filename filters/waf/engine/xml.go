package engine

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
)

var (
	xmlText       = []byte("/*")
	xmlAttributes = []byte("//@*")
)

// readXML fills XML:/* with the texts of a document and XML://@* with its attribute values. A document that ends too early
// yields what it has. It allocates.
func (t *Tx) readXML(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict = false
	d.AutoClose = xml.HTMLAutoClose
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.Token()
		if err != nil && err != io.EOF && !endsEarly(err) {
			t.cols[xmlValues] = t.cols[xmlValues][:0]
			return err
		}
		switch token := token.(type) {
		case nil:
			return nil
		case xml.StartElement:
			for _, a := range token.Attr {
				t.add(xmlValues, xmlAttributes, []byte(a.Value))
			}
		case xml.CharData:
			if text := bytes.TrimSpace(token); len(text) > 0 {
				t.add(xmlValues, xmlText, t.arena.copy(text))
			}
		}
	}
}

func endsEarly(err error) bool {
	var syntax *xml.SyntaxError
	return errors.As(err, &syntax) && syntax.Msg == "unexpected EOF"
}
