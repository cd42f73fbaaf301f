package state

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/redis/rueidis"
)

// script is a program that runs inside the store, known there by its digest.
type script struct{ text, digest string }

func newScript(text string) script {
	sum := sha1.Sum([]byte(text))
	return script{text, hex.EncodeToString(sum[:])}
}

// takeScript takes tokens from a bucket that has one level for each of its windows.
//
// KEYS[1]: the bucket. ARGV: need, want, the per mille of a whole bucket to begin with where the store has none, the per
// mille to take away where it has one, then for each window its count, its period in microseconds and its burst. It takes as many tokens as there are, up to want,
// but none at all where there are fewer than need; a want below zero is tokens that come back. It returns how many it took, the microseconds until need could be
// taken, which window decided (from 0), and what that one holds after.
//
// What is kept is the time and the levels, as text: a double does not hold both microseconds and their fractions.
var takeScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local need, want, mille, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local windows = (#ARGV - 4) / 3
local kept = {}
for word in string.gmatch(redis.call('GET', KEYS[1]) or '', '%S+') do
  kept[#kept + 1] = tonumber(word)
end
local known = #kept == windows + 1
local levels, free, wait, decided, full = {}, want, 0, 0, 0
for i = 1, windows do
  local count, period, burst = tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3]), tonumber(ARGV[3 * i + 4])
  local level = burst * mille / 1000
  if known then
    level = kept[i + 1]
    if now > kept[1] then
      level = level + (now - kept[1]) * count / period
    end
  end
  if level > burst then
    level = burst
  end
  if known and owed > 0 then
    level = math.max(0, level - burst * owed / 1000)
  end
  levels[i] = level
  local missing = math.ceil((need - level) * period / count)
  if missing > wait then
    wait, decided = missing, i - 1
  end
  local whole = math.floor(level)
  if whole < free then
    free = whole
    if wait == 0 then
      decided = i - 1
    end
  end
  local fill = (burst - level + want) * period / count
  if fill > full then
    full = fill
  end
end
if want < 0 then
  free = want
elseif free < need then
  free = 0
end
if free ~= 0 or owed > 0 or not known then
  local text = string.format('%.0f', now)
  for i = 1, windows do
    levels[i] = levels[i] - free
    text = text .. string.format(' %.9f', levels[i])
  end
  redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', math.ceil(full / 1000) + 1000))
end
return {free, wait, decided, math.floor(levels[decided + 1])}
`)

// beatScript is a node's sign of life.
//
// KEYS: the nodes, the epoch. ARGV: this node, the milliseconds that a sign lasts, a new epoch. The epoch is what tells
// that the store has lost its memory: it is written once. It returns the epoch and the nodes alive.
var beatScript = newScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[2]))
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[3]
  redis.call('SET', KEYS[2], epoch)
end
return {epoch, redis.call('ZRANGE', KEYS[1], 0, -1)}
`)

// sendScript appends to a stream and drops what is older than it is worth.
//
// KEYS[1]: the stream. ARGV: the milliseconds to keep messages, the sender, the payload. It returns the message's id.
var sendScript = newScript(`
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]
local id = redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%.0f', oldest), '*', 'from', ARGV[2], 'data', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return id
`)

// run runs the script, and sends its text when the store does not know the digest.
func (s script) run(ctx context.Context, c rueidis.Client, keys, args []string) rueidis.RedisResult {
	r := c.Do(ctx, s.command(c, "EVALSHA", s.digest, keys, args))
	if unknownScript(r.Error()) {
		r = c.Do(ctx, s.command(c, "EVAL", s.text, keys, args))
	}
	return r
}

func (s script) command(c rueidis.Client, verb, what string, keys, args []string) rueidis.Completed {
	count := "1"
	if len(keys) == 2 {
		count = "2"
	}
	return c.B().Arbitrary(verb, what, count).Keys(keys...).Args(args...).Build()
}

func unknownScript(err error) bool {
	r, ok := rueidis.IsRedisErr(err)
	return ok && strings.HasPrefix(r.Error(), "NOSCRIPT")
}
