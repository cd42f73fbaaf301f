package engine

import (
	"net/netip"
	"strconv"
	"time"

	"sallyport/filters/waf/seclang"
)

// A Tx is one request as the rules see it. Its caller feeds it in this order: Reset, Client, RequestLine, RequestHeader for
// each field, RunRequestHeaders, RunRequestBody; then, if responses are looked at, ResponseLine, ResponseHeader for each
// field, RunResponseHeaders, RunResponseBody; RunLogging at the end.
//
// Everything that it is given must stay unchanged until the next Reset; everything that it returns is valid until then. It
// serves one goroutine at a time.
type Tx struct {
	Verbose bool // expand messages of rules that do not log, too, and log data

	p       *Program
	phase   seclang.Phase
	engine  seclang.EngineMode
	scalars [seclang.NumVariables][]byte
	cols    [numCollections][]entry
	tx      [][]byte // members of TX that the program names; nil is "not set"
	txOther []entry  // other members
	client  netip.Addr
	now     time.Time

	bodyAccess, forceBody, responseBodyAccess, forceResponseBody bool

	skipAfter  string
	skip       int
	allow      allowance
	removed    bitset
	exceptions []exception
	capturing  bool
	current    *rule

	interrupt    Interruption
	interruption *Interruption
	wouldBe      *Interruption
	matches      []Match
	hits         []Hit
	hitsStart    int
	note         Note

	plan      *plan // nil: run the program as it is written
	leftPlan  int   // the rule at which the plan was left
	leftPhase seclang.Phase
	reached   int // the rule at which the last phase ended
	sifting
	arena       arena
	work, spare []byte
	members     []member
	path        []byte // scratch of the JSON walk
}

// allowance is how far an allow action reaches.
type allowance uint8

const (
	allowNothing allowance = iota
	allowPhase
	allowRequest
	allowAll
)

// maxHits bounds how many matching values are remembered for one request.
const maxHits = 256

// An Interruption is what a disruptive action asks for.
type Interruption struct {
	Rule     int
	Status   int
	Action   seclang.ActionKind // Deny, Drop or Redirect
	Location string             // of Redirect
}

// A Match is one rule (with its whole chain) that matched.
type Match struct {
	Rule *seclang.Rule
	Note

	firstHit, lastHit int
}

// A Note is a rule's message and log data, expanded. Log data is there when the Tx is verbose.
type Note struct {
	Message, Data []byte
}

// A Hit is one value that matched a rule or a link of its chain.
type Hit struct {
	Variable seclang.Variable
	Key      []byte
	Value    []byte // as the operator saw it
}

// Reset makes the Tx ready for a request under a program.
func (t *Tx) Reset(p *Program) {
	t.p = p
	t.phase = seclang.AnyPhase
	t.engine = p.set.Engine
	t.scalars = initialScalars
	for i := range t.cols {
		t.cols[i] = t.cols[i][:0]
	}
	if cap(t.tx) < len(p.txKeys) {
		t.tx = make([][]byte, len(p.txKeys))
	}
	t.tx = t.tx[:len(p.txKeys)]
	t.plan, t.leftPlan = p.plan, 0
	if p.plan != nil {
		copy(t.tx, p.plan.initial)
		t.sifting.reset(p)
	} else {
		clear(t.tx)
		for i := 0; i <= 10; i++ {
			t.tx[i] = emptyValue
		}
	}
	t.txOther = t.txOther[:0]
	t.client = netip.Addr{}
	t.bodyAccess, t.responseBodyAccess = p.set.RequestBodyAccess, p.set.ResponseBodyAccess
	t.forceBody, t.forceResponseBody = false, false
	t.skipAfter, t.skip, t.allow = "", 0, allowNothing
	t.removed = t.removed[:0]
	t.exceptions = t.exceptions[:0]
	t.capturing, t.current = false, nil
	t.interruption, t.wouldBe = nil, nil
	t.matches, t.hits, t.hitsStart = t.matches[:0], t.hits[:0], 0
	t.arena.reset()
	if p.usesTime {
		t.now = time.Now()
	}
}

// initialScalars are the variables that have a value before anything is known.
var initialScalars = func() (s [seclang.NumVariables][]byte) {
	zero := []byte("0")
	for _, v := range []seclang.Variable{
		seclang.FilesCombinedSize, seclang.UrlencodedError, seclang.URIParseError, seclang.ArgumentsLimitReached,
		seclang.FullRequestLength, seclang.MultipartDataAfter, seclang.MultipartDuplicatePartHeader, seclang.MultipartInvalidQuoting,
		seclang.OutboundDataError, seclang.ReqbodyError, seclang.ReqbodyProcessorError, seclang.RequestBodyLength, seclang.Duration,
	} {
		s[v] = zero
	}
	s[seclang.HighestSeverity] = []byte("255")
	return s
}()

var one = []byte("1")

// scalar returns the value of a variable that is not a collection.
func (t *Tx) scalar(v seclang.Variable) []byte {
	switch v {
	case seclang.ArgsCombinedSize:
		return t.number(t.argsSize())
	case seclang.Time:
		return t.now.AppendFormat(nil, time.TimeOnly)
	case seclang.TimeHour:
		return t.now.AppendFormat(nil, "15")
	case seclang.TimeMin:
		return t.now.AppendFormat(nil, "04")
	case seclang.TimeSec:
		return t.now.AppendFormat(nil, "05")
	case seclang.TimeDay:
		return t.number(t.now.Day())
	case seclang.TimeMon:
		return t.number(int(t.now.Month()))
	case seclang.TimeYear:
		return t.number(t.now.Year())
	case seclang.TimeWday:
		return t.number(int(t.now.Weekday()))
	case seclang.TimeEpoch:
		return strconv.AppendInt(nil, t.now.Unix(), 10)
	}
	return t.scalars[v]
}

// Client says where the request comes from.
func (t *Tx) Client(addr netip.Addr, port uint16) {
	t.client = addr
	t.arena.reserve(64)
	mark := t.arena.begin()
	if addr.IsValid() {
		t.arena.buf = addr.AppendTo(t.arena.buf)
	}
	t.scalars[seclang.RemoteAddr] = t.arena.end(mark)
	mark = t.arena.begin()
	t.arena.buf = strconv.AppendUint(t.arena.buf, uint64(port), 10)
	t.scalars[seclang.RemotePort] = t.arena.end(mark)
}

// UniqueID gives the request's id.
func (t *Tx) UniqueID(id []byte) { t.scalars[seclang.UniqueID] = id }

// Server says at which address the request arrived and for which host.
func (t *Tx) Server(name []byte) { t.scalars[seclang.ServerName] = name }

// RunRequestHeaders evaluates phase 1 and returns what interrupts the request, or nil.
func (t *Tx) RunRequestHeaders() *Interruption {
	if t.engine == seclang.EngineOff {
		return nil
	}
	if t.plan != nil {
		for _, v := range [...]seclang.Variable{seclang.RequestFilename, seclang.RequestBasename, seclang.RequestURI, seclang.RequestURIRaw,
			seclang.RequestLine, seclang.RequestMethod, seclang.RequestProtocol, seclang.QueryString} {
			t.siftScalar(v)
		}
		t.siftCollection(requestHeaders, 0)
		t.siftCollection(requestCookies, 0)
		t.siftCollection(argsGet, 0)
	}
	t.run(seclang.RequestHeadersPhase)
	return t.interruption
}

// RunRequestBody reads the body and evaluates phase 2. cut says that the body was longer and only its beginning is here.
func (t *Tx) RunRequestBody(body []byte, cut bool) *Interruption {
	if t.engine == seclang.EngineOff || t.interruption != nil {
		return t.interruption
	}
	if cut {
		t.scalars[seclang.InboundDataError] = one
	}
	if t.bodyAccess && len(body) > 0 {
		t.readBody(body)
		if t.plan != nil {
			t.siftScalar(seclang.RequestBody)
			for _, c := range [...]collection{argsPost, files, filesNames, filesSizes, multipartFilename, multipartFilenameCharset,
				multipartFilenameLanguage, multipartName, multipartPartHeaders, xmlValues} {
				t.siftCollection(c, 0)
			}
		}
	}
	t.run(seclang.RequestBodyPhase)
	return t.interruption
}

// RunLogging evaluates phase 5.
func (t *Tx) RunLogging() {
	if t.engine != seclang.EngineOff {
		t.run(seclang.LoggingPhase)
	}
}

// Interruption returns what interrupts the request: nil when nothing does. wouldBe says that the engine only detects.
func (t *Tx) Interruption() (in *Interruption, wouldBe bool) {
	if t.interruption == nil && t.wouldBe != nil {
		return t.wouldBe, true
	}
	return t.interruption, false
}

// Matches returns the rules that matched, in the order in which they did. Rules of the set-up that match for every request
// and say nothing to the log are not among them.
func (t *Tx) Matches() []Match { return t.matches }

// MatchedIDs appends the ids of all rules that matched, those of the set-up included, in no order.
func (t *Tx) MatchedIDs(dst []int) []int {
	for i := range t.matches {
		dst = append(dst, t.matches[i].Rule.ID)
	}
	if t.p.plan == nil {
		return dst
	}
	for ph := range t.phase + 1 {
		for _, i := range t.p.plan.phases[ph].given {
			if ph == t.phase && i > t.reached || t.leftPlan > 0 && (ph > t.leftPhase || ph == t.leftPhase && i > t.leftPlan) {
				break
			}
			if id := t.p.rules[i].id; id != 0 {
				dst = append(dst, id)
			}
		}
	}
	return dst
}

// Hits returns the values that made a rule match.
func (t *Tx) Hits(m *Match) []Hit { return t.hits[m.firstHit:m.lastHit] }

// Score returns the anomaly score that the Core Rule Set has come to, 0 under other rules.
func (t *Tx) Score() int { return toNumber(t.getTX(scoreKey)) }

var scoreKey = []byte("blocking_inbound_anomaly_score")

// Var returns a member of TX, nil when it is not set. The key is in lower case.
func (t *Tx) Var(key string) []byte { return t.getTX([]byte(key)) }
