package seclang

import "strings"

// A Variable is a collection that a rule can look at.
type Variable uint8

// The variables, in Coraza's names. The comment says what a collection holds where the name alone does not.
const (
	Unknown Variable = iota
	Args
	ArgsCombinedSize
	ArgsGet
	ArgsGetNames
	ArgsNames
	ArgsPath
	ArgsPost
	ArgsPostNames
	ArgumentsLimitReached
	Duration
	Files
	FilesCombinedSize
	FilesNames
	FilesSizes
	FullRequestLength
	HighestSeverity
	InboundDataError
	MatchedVar
	MatchedVarName
	MatchedVars
	MatchedVarsNames
	MultipartDataAfter
	MultipartDuplicatePartHeader
	MultipartFilename
	MultipartFilenameCharset
	MultipartFilenameLanguage
	MultipartInvalidQuoting
	MultipartName
	MultipartPartHeaders
	MultipartStrictError
	OutboundDataError
	QueryString
	RemoteAddr
	RemoteHost
	RemotePort
	ReqbodyError
	ReqbodyErrorMsg
	ReqbodyProcessor
	ReqbodyProcessorError
	ReqbodyProcessorErrorMsg
	RequestBasename
	RequestBody
	RequestBodyLength
	RequestCookies
	RequestCookiesNames
	RequestFilename
	RequestHeaders
	RequestHeadersNames
	RequestLine
	RequestMethod
	RequestProtocol
	RequestURI
	RequestURIRaw
	ResponseBody
	ResponseContentLength
	ResponseContentType
	ResponseHeaders
	ResponseHeadersNames
	ResponseProtocol
	ResponseStatus
	RuleMeta
	ServerAddr
	ServerName
	ServerPort
	StatusLine
	Time
	TimeDay
	TimeEpoch
	TimeHour
	TimeMin
	TimeMon
	TimeSec
	TimeWday
	TimeYear
	TX
	UniqueID
	URIParseError
	UrlencodedError
	XML // keys "/*" (text) and "//@*" (attribute values)
	NumVariables
)

var variableNames = [NumVariables]string{
	Args: "ARGS", ArgsCombinedSize: "ARGS_COMBINED_SIZE", ArgsGet: "ARGS_GET", ArgsGetNames: "ARGS_GET_NAMES",
	ArgsNames: "ARGS_NAMES", ArgsPath: "ARGS_PATH", ArgsPost: "ARGS_POST", ArgsPostNames: "ARGS_POST_NAMES",
	ArgumentsLimitReached: "ARGUMENTS_LIMIT_REACHED", Duration: "DURATION", Files: "FILES", FilesCombinedSize: "FILES_COMBINED_SIZE",
	FilesNames: "FILES_NAMES", FilesSizes: "FILES_SIZES", FullRequestLength: "FULL_REQUEST_LENGTH", HighestSeverity: "HIGHEST_SEVERITY",
	InboundDataError: "INBOUND_DATA_ERROR", MatchedVar: "MATCHED_VAR", MatchedVarName: "MATCHED_VAR_NAME", MatchedVars: "MATCHED_VARS",
	MatchedVarsNames: "MATCHED_VARS_NAMES", MultipartDataAfter: "MULTIPART_DATA_AFTER",
	MultipartDuplicatePartHeader: "MULTIPART_DUPLICATE_PART_HEADER", MultipartFilename: "MULTIPART_FILENAME",
	MultipartFilenameCharset: "MULTIPART_FILENAME_CHARSET", MultipartFilenameLanguage: "MULTIPART_FILENAME_LANGUAGE",
	MultipartInvalidQuoting: "MULTIPART_INVALID_QUOTING", MultipartName: "MULTIPART_NAME", MultipartPartHeaders: "MULTIPART_PART_HEADERS",
	MultipartStrictError: "MULTIPART_STRICT_ERROR", OutboundDataError: "OUTBOUND_DATA_ERROR", QueryString: "QUERY_STRING",
	RemoteAddr: "REMOTE_ADDR", RemoteHost: "REMOTE_HOST", RemotePort: "REMOTE_PORT", ReqbodyError: "REQBODY_ERROR",
	ReqbodyErrorMsg: "REQBODY_ERROR_MSG", ReqbodyProcessor: "REQBODY_PROCESSOR", ReqbodyProcessorError: "REQBODY_PROCESSOR_ERROR",
	ReqbodyProcessorErrorMsg: "REQBODY_PROCESSOR_ERROR_MSG", RequestBasename: "REQUEST_BASENAME", RequestBody: "REQUEST_BODY",
	RequestBodyLength: "REQUEST_BODY_LENGTH", RequestCookies: "REQUEST_COOKIES", RequestCookiesNames: "REQUEST_COOKIES_NAMES",
	RequestFilename: "REQUEST_FILENAME", RequestHeaders: "REQUEST_HEADERS", RequestHeadersNames: "REQUEST_HEADERS_NAMES",
	RequestLine: "REQUEST_LINE", RequestMethod: "REQUEST_METHOD", RequestProtocol: "REQUEST_PROTOCOL", RequestURI: "REQUEST_URI",
	RequestURIRaw: "REQUEST_URI_RAW", ResponseBody: "RESPONSE_BODY", ResponseContentLength: "RESPONSE_CONTENT_LENGTH",
	ResponseContentType: "RESPONSE_CONTENT_TYPE", ResponseHeaders: "RESPONSE_HEADERS", ResponseHeadersNames: "RESPONSE_HEADERS_NAMES",
	ResponseProtocol: "RESPONSE_PROTOCOL", ResponseStatus: "RESPONSE_STATUS", RuleMeta: "RULE", ServerAddr: "SERVER_ADDR",
	ServerName: "SERVER_NAME", ServerPort: "SERVER_PORT", StatusLine: "STATUS_LINE", Time: "TIME", TimeDay: "TIME_DAY",
	TimeEpoch: "TIME_EPOCH", TimeHour: "TIME_HOUR", TimeMin: "TIME_MIN", TimeMon: "TIME_MON", TimeSec: "TIME_SEC", TimeWday: "TIME_WDAY",
	TimeYear: "TIME_YEAR", TX: "TX", UniqueID: "UNIQUE_ID", URIParseError: "URI_PARSE_ERROR", UrlencodedError: "URLENCODED_ERROR", XML: "XML",
}

// variablesByName maps the upper-case name to its variable.
var variablesByName = func() map[string]Variable {
	m := make(map[string]Variable, NumVariables)
	for v, name := range variableNames {
		if name != "" {
			m[name] = Variable(v)
		}
	}
	m["REQUEST_XML"] = XML
	return m
}()

// String returns the variable's SecLang name.
func (v Variable) String() string {
	if v >= NumVariables || variableNames[v] == "" {
		return "UNKNOWN"
	}
	return variableNames[v]
}

// LookupVariable finds a variable by its name in any letter case.
func LookupVariable(name string) (Variable, bool) {
	v, ok := variablesByName[strings.ToUpper(name)]
	return v, ok
}

// Keyed says whether the variable is a collection with keys, so that a rule may select with VARIABLE:key.
func (v Variable) Keyed() bool {
	switch v {
	case Args, ArgsGet, ArgsPost, ArgsPath, ArgsNames, ArgsGetNames, ArgsPostNames, RequestHeaders, RequestHeadersNames,
		RequestCookies, RequestCookiesNames, ResponseHeaders, ResponseHeadersNames, Files, FilesNames, FilesSizes,
		MultipartFilename, MultipartFilenameCharset, MultipartFilenameLanguage, MultipartName, MultipartPartHeaders,
		MatchedVars, MatchedVarsNames, TX, RuleMeta, XML:
		return true
	}
	return false
}

// KeepsKeyCase says whether a selector of this variable is compared as it was written. The keys of the collections
// themselves are always compared in lower case; for ARGS_NAMES:Foo this means that the selector never fits, as in Coraza.
func (v Variable) KeepsKeyCase() bool {
	switch v {
	case Args, ArgsNames, ArgsGet, ArgsPost, ArgsGetNames, ArgsPostNames:
		return true
	}
	return false
}
