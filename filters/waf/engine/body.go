package engine

import (
	"bytes"
	"errors"

	"sallyport/filters/waf/seclang"
)

// readBody fills the variables of the body with the parser that phase 1 has chosen.
func (t *Tx) readBody(body []byte) {
	if t.forceBody && len(t.scalars[seclang.ReqbodyProcessor]) == 0 {
		t.scalars[seclang.ReqbodyProcessor] = urlencoded
	}
	var err error
	switch string(t.scalars[seclang.ReqbodyProcessor]) {
	case "":
		return
	case "URLENCODED":
		t.addForm(argsPost, body)
		t.setRequestBody(body)
	case "RAW":
		t.setRequestBody(body)
	case "JSON":
		err = t.readJSON(body)
	case "XML":
		err = t.readXML(body)
	case "MULTIPART":
		err = t.readMultipart(body)
	default:
		err = errors.New("invalid body processor")
	}
	if err != nil {
		t.failBody(err)
	}
}

func (t *Tx) setRequestBody(body []byte) {
	t.scalars[seclang.RequestBody] = body
	t.scalars[seclang.RequestBodyLength] = t.number(len(body))
}

// failBody tells the rules that the body could not be read.
func (t *Tx) failBody(err error) {
	text := []byte(err.Error())
	t.scalars[seclang.ReqbodyError] = one
	t.scalars[seclang.ReqbodyErrorMsg] = bytes.Join([][]byte{t.scalars[seclang.ReqbodyProcessor], text}, []byte(": "))
	t.scalars[seclang.ReqbodyProcessorError] = one
	t.scalars[seclang.ReqbodyProcessorErrorMsg] = text
}
