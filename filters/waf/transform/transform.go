// Package transform has the transformations of SecLang (t:lowercase and its kin), byte for byte as Coraza 3.8 does them.
//
// A transformation appends to a buffer of the caller and allocates nothing else, except where its comment says so. Most
// values that a gateway sees contain nothing that a transformation would touch, so each one names its triggers: a value
// without any of these bytes is its own transform and need not be computed.
package transform

// A Func appends the transform of src to dst. changed is what Coraza reports for multiMatch: whether the result counts as a
// new value. It is not always the same as whether the bytes differ. dst and src do not overlap.
type Func func(dst, src []byte) (out []byte, changed bool)

// A Transform is one named transformation.
type Transform struct {
	Name string
	Func Func

	// Triggers are the bytes without which a value is left as it is. Nil means that any value may change.
	Triggers *[256]bool
	// FoldsCase says that ASCII letters trigger no more than a change of their case.
	FoldsCase bool
	// Shrinks says that the result of an ASCII value has no bytes, but for spaces and letters of another case, that the value
	// has not.
	Shrinks bool
	// CaseBlind says that values which differ in the case of ASCII letters have results that differ in no more.
	CaseBlind bool
}

// Lookup returns the transformation with a lower-case name.
func Lookup(name string) (*Transform, bool) {
	t, ok := table[name]
	return t, ok
}

var table = func() map[string]*Transform {
	m := map[string]*Transform{}
	for i := range all {
		m[all[i].Name] = &all[i]
	}
	return m
}()

var all = [...]Transform{
	{Name: "base64decode", Func: func(dst, src []byte) ([]byte, bool) { return base64Decode(dst, src, false), true }},
	{Name: "base64decodeext", Func: func(dst, src []byte) ([]byte, bool) { return base64Decode(dst, src, true), true }},
	{Name: "base64encode", Func: base64Encode},
	{Name: "cmdline", Func: cmdLine, Triggers: triggers("\"'\\^ ,;\t\r\n/(", 'A', 'Z'), FoldsCase: true, CaseBlind: true, Shrinks: true},
	{Name: "compresswhitespace", Func: compressWhitespace, Triggers: triggers("\t\n\v\f\r ", 0x80, 0xff), CaseBlind: true, Shrinks: true},
	{Name: "cssdecode", Func: cssDecode, Triggers: triggers(`\`, 1, 0), CaseBlind: true},
	{Name: "escapeseqdecode", Func: escapeSeqDecode, Triggers: triggers(`\`, 1, 0)},
	{Name: "hexdecode", Func: hexDecode},
	{Name: "hexencode", Func: hexEncode},
	{Name: "htmlentitydecode", Func: htmlEntityDecode, Triggers: triggers("&", 1, 0)},
	{Name: "jsdecode", Func: jsDecode, Triggers: triggers(`\`, 1, 0)},
	{Name: "length", Func: length},
	{Name: "lowercase", Func: lowercase, Triggers: triggers(upperAndHigh, 'A', 'Z'), FoldsCase: true, CaseBlind: true, Shrinks: true},
	{Name: "md5", Func: md5Sum},
	{Name: "normalizepath", Func: normalizePath, Triggers: triggers("./", 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "normalizepathwin", Func: normalizePathWin, Triggers: triggers("./\\: ", 1, 0), CaseBlind: true},
	{Name: "removecomments", Func: removeComments, Triggers: triggers("/<-#", 1, 0), CaseBlind: true},
	{Name: "removecommentschar", Func: removeCommentsChar, Triggers: triggers("/*<-#", 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "removenulls", Func: removeNulls, Triggers: triggers("\x00", 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "removewhitespace", Func: removeWhitespace, Triggers: triggers("\t\n\v\f\r ", 0x80, 0xff), CaseBlind: true, Shrinks: true},
	{Name: "replacecomments", Func: replaceComments, Triggers: triggers("/", 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "replacenulls", Func: replaceNulls, Triggers: triggers("\x00", 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "sha1", Func: sha1Sum},
	{Name: "trim", Func: trim, Triggers: triggers(spaces, 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "trimleft", Func: trimLeft, Triggers: triggers(spaces, 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "trimright", Func: trimRight, Triggers: triggers(spaces, 1, 0), CaseBlind: true, Shrinks: true},
	{Name: "uppercase", Func: uppercase, Triggers: triggers(upperAndHigh, 'a', 'z'), FoldsCase: true, CaseBlind: true, Shrinks: true},
	{Name: "urldecode", Func: urlDecode, Triggers: triggers("%+", 1, 0), CaseBlind: true},
	{Name: "urldecodeuni", Func: urlDecodeUni, Triggers: triggers("%+", 1, 0), CaseBlind: true},
	{Name: "urlencode", Func: urlEncode},
	{Name: "utf8tounicode", Func: utf8ToUnicode, Triggers: triggers("", 0x80, 0xff), CaseBlind: true},
}

// upperAndHigh are the bytes above ASCII: a letter there may have another case.
var upperAndHigh = func() string {
	b := make([]byte, 0, 128)
	for c := 0x80; c <= 0xff; c++ {
		b = append(b, byte(c))
	}
	return string(b)
}()

// triggers returns the set of the bytes of s and of those from lo to hi.
func triggers(s string, lo, hi int) *[256]bool {
	var set [256]bool
	for i := 0; i < len(s); i++ {
		set[s[i]] = true
	}
	for c := lo; c <= hi; c++ {
		set[c] = true
	}
	return &set
}
