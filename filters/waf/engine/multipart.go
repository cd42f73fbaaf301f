package engine

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"sallyport/filters/waf/seclang"
)

// readMultipart fills ARGS_POST with the fields of a form and FILES and its kin with its files. A file's content is looked
// at by no rule, so only its size is taken. It allocates.
func (t *Tx) readMultipart(body []byte) error {
	media, params, err := mime.ParseMediaType(string(t.header("content-type")))
	if err != nil {
		t.scalars[seclang.MultipartStrictError] = one
		return err
	}
	if !strings.HasPrefix(media, "multipart/") {
		return errors.New("not a multipart body")
	}
	cut := string(t.scalars[seclang.InboundDataError]) == "1"
	reader := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	total := 0
	for {
		part, err := reader.NextPart()
		if err == io.EOF || errors.Is(err, io.EOF) && cut {
			return nil
		}
		if err != nil {
			t.scalars[seclang.MultipartStrictError] = one
			return err
		}
		file := t.addPartHeaders(part)
		data, err := io.ReadAll(part)
		early := errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !early {
			t.scalars[seclang.MultipartStrictError] = one
			return err
		}
		if early && !cut {
			t.scalars[seclang.MultipartStrictError] = one
		}
		total += len(data)
		name := []byte(part.FormName())
		if file.effective() == "" {
			t.add(argsPost, name, data)
		} else {
			t.addFile(name, file, len(data))
		}
		t.scalars[seclang.FilesCombinedSize] = t.number(total)
		if early {
			return nil
		}
	}
}

// addPartHeaders fills the MULTIPART_ variables of one part.
func (t *Tx) addPartHeaders(part *multipart.Part) fileName {
	name := []byte(part.FormName())
	duplicate := false
	for key, values := range part.Header {
		duplicate = duplicate || len(values) > 1
		for _, v := range values {
			t.add(multipartPartHeaders, name, []byte(key+": "+v))
		}
	}
	file := parseFileName(part.Header.Get("Content-Disposition"))
	duplicate = duplicate || file.duplicate
	if duplicate {
		t.scalars[seclang.MultipartDuplicatePartHeader] = one
	}
	if file.quoted {
		t.scalars[seclang.MultipartInvalidQuoting] = one
	}
	if duplicate || file.malformed || file.quoted {
		t.scalars[seclang.MultipartStrictError] = one
	}
	t.add(multipartName, name, name)
	if file.name != "" {
		t.add(multipartFilename, name, []byte(file.name))
	}
	if file.other != "" {
		t.add(multipartFilename, name, []byte(file.other))
	}
	if file.extended {
		t.add(multipartFilenameCharset, name, []byte(file.charset))
		t.add(multipartFilenameLanguage, name, []byte(file.language))
	}
	return file
}

func (t *Tx) addFile(field []byte, file fileName, size int) {
	names := []string{file.effective()}
	if file.other != "" && file.other != names[0] {
		names = append(names, file.other)
	}
	for _, n := range names {
		t.add(files, nil, []byte(n))
		t.setFileSize([]byte(n), t.number(size))
	}
	t.add(filesNames, nil, field)
}

func (t *Tx) setFileSize(name, size []byte) {
	folded := t.fold(name)
	for i := range t.cols[filesSizes] {
		if e := &t.cols[filesSizes][i]; bytes.Equal(e.folded, folded) {
			e.key, e.value = name, size
			return
		}
	}
	t.add(filesSizes, name, size)
}
