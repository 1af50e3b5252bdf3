package redisstore

import "github.com/redis/go-redis/v9"

// The keys of all scripts: a hash of the messages by id; the stream of what is due, each entry with the id and the attempts before it;
// a sorted set of attempts:id by the time at which they are due; the stream of dead letters. An entry without a message is of
// one that was completed, and is dropped.

var enqueueScript = redis.NewScript(`
local max = tonumber(ARGV[1])
if max > 0 and redis.call('HEXISTS', KEYS[1], ARGV[2]) == 0 and
  redis.call('HLEN', KEYS[1]) + redis.call('XLEN', KEYS[4]) + (#ARGV - 1) / 2 > max then
  return 0
end
for i = 2, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('XADD', KEYS[2], '*', 'id', ARGV[i], 'attempts', 0)
  end
end
return 1`)

// What every script begins with that is for the owner of a lease: ARGV is the group, the entry, its deliveries, the id.
const ifHeld = `
local pending = redis.pcall('XPENDING', KEYS[2], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err or not pending[1] or pending[1][4] ~= tonumber(ARGV[3]) then return 0 end
local message = redis.call('HGET', KEYS[1], ARGV[4])
if not message then return 0 end
local function settle()
  redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
  redis.call('XDEL', KEYS[2], ARGV[2])
end
`

const clock = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

var (
	takeScript = redis.NewScript(clock + `
local group, idle, window = ARGV[1], ARGV[2], ARGV[3]
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, 100)) do
  local colon = string.find(member, ':', 1, true)
  redis.call('XADD', KEYS[2], '*', 'id', string.sub(member, colon + 1), 'attempts', string.sub(member, 1, colon - 1))
  redis.call('ZREM', KEYS[3], member)
end
local function job(entry, deliveries)
  local id, attempts = entry[2][2], tonumber(entry[2][4])
  local message = redis.call('HGET', KEYS[1], id)
  if message then
    redis.call('XCLAIM', KEYS[2], group, group, 0, entry[1], 'IDLE', idle, 'JUSTID')
    return {entry[1], id, attempts + deliveries, deliveries, message}
  end
  redis.call('XACK', KEYS[2], group, entry[1])
  redis.call('XDEL', KEYS[2], entry[1])
end
local cursor = '0-0'
repeat
  local claimed = redis.pcall('XAUTOCLAIM', KEYS[2], group, group, window, cursor, 'COUNT', 1)
  if claimed.err then
    redis.call('XGROUP', 'CREATE', KEYS[2], group, 0, 'MKSTREAM')
    break
  end
  for _, entry in ipairs(claimed[2]) do
    local found = job(entry, redis.call('XPENDING', KEYS[2], group, entry[1], entry[1], 1)[1][4])
    if found then return found end
  end
  cursor = claimed[1]
until cursor == '0-0'
for _ = 1, 1000 do
  local read = redis.call('XREADGROUP', 'GROUP', group, group, 'COUNT', 1, 'STREAMS', KEYS[2], '>')
  if not read then break end
  local found = job(read[1][2][1], 1)
  if found then return found end
end
local wait = tonumber(ARGV[4])
local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
if first[2] then wait = math.max(math.min(wait, first[2] - now), 1) end
local info, last = redis.call('XINFO', 'STREAM', KEYS[2]), '0-0'
for i = 1, #info, 2 do
  if info[i] == 'last-generated-id' then last = info[i + 1] end
end
return {last, string.format('%.0f', wait)}`)

	extendLeaseScript = redis.NewScript(ifHeld + `
redis.call('XCLAIM', KEYS[2], ARGV[1], ARGV[1], 0, ARGV[2], 'IDLE', ARGV[5], 'JUSTID')
return 1`)

	completeScript = redis.NewScript(`
redis.call('HDEL', KEYS[1], ARGV[3])
redis.call('XACK', KEYS[2], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[2], ARGV[2])
return 1`)

	retryScript = redis.NewScript(ifHeld + clock + `
settle()
if tonumber(ARGV[6]) == 0 then
  redis.call('XADD', KEYS[2], '*', 'id', ARGV[4], 'attempts', ARGV[5])
else
  redis.call('ZADD', KEYS[3], string.format('%.0f', now + ARGV[6]), ARGV[5] .. ':' .. ARGV[4])
end
return 1`)

	buryScript = redis.NewScript(ifHeld + `
redis.call('XADD', KEYS[4], '*', 'message', message, 'attempts', ARGV[5], 'reason', ARGV[6])
redis.call('HDEL', KEYS[1], ARGV[4])
settle()
return 1`)

	exhumeScript = redis.NewScript(`
local letter = redis.call('XRANGE', KEYS[4], ARGV[1], ARGV[1])[1]
if not letter then return 0 end
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[2], letter[2][2])
  redis.call('XADD', KEYS[2], '*', 'id', ARGV[2], 'attempts', 0)
end
redis.call('XDEL', KEYS[4], ARGV[1])
return 1`)
)
