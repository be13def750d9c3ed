"""The Lua scripts of the job queue. Each is one atomic step; the clock is Redis's own."""

#: Outcomes of work that `RELEASE` understands.
WORKED, FAILED, PUT_BACK = "worked", "failed", "put back"
#: What `MARK` answers when the key was not due before.
NEWLY_DUE = 2

#: Hints of a key that are kept, the newest; `HINTS` in keys.py.
MOST_HINTS = 200

NOW = "local t = redis.call('TIME') local now = t[1] + t[2] / 1000000 "

#: Those of `lines` whose installations are not stopped, and that GitHub does not refuse just now.
UNLIMITED = """
local function unlimited(lines, limited, stopped)
  local refused, left = {}, {}
  for _, installation in ipairs(redis.call('ZRANGEBYSCORE', limited, '(' .. now, '+inf')) do
    refused[installation] = true
  end
  for _, installation in ipairs(redis.call('SMEMBERS', stopped)) do refused[installation] = true end
  for _, name in ipairs(lines) do
    if not refused[string.match(name, ':(.*)')] then left[#left + 1] = name end
  end
  return left
end
"""

#: Records the delivery and marks the key due: both or neither. 0: the delivery is known, 1: due, 2: newly due.
MARK = (
    NOW
    + """
local delivery, lines, line, due, hints = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local key, name, installation, delay, ttl, hint = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
if delivery ~= '' and not redis.call('SET', delivery, key, 'NX', 'EX', ttl) then return 0 end
-- The repository was transferred, or the App installed anew: the key waits in one line only.
local old = redis.call('HGET', due, 'line')
if old and old ~= name then redis.call('ZREM', string.sub(line, 1, #line - #name) .. old, key) end
local version = redis.call('HINCRBY', due, 'version', 1)
redis.call('HSET', due, 'installation', installation, 'line', name)
if hint ~= '' then
  local at = string.format('%.3f', now)
  redis.call('RPUSH', hints, '{"n": ' .. version .. ', "at": ' .. at .. ', "hint": ' .. hint .. '}')
  redis.call('LTRIM', hints, -"""
    + str(MOST_HINTS)
    + """, -1)
end
redis.call('ZADD', lines, 'NX', 0, name)
return 1 + redis.call('ZADD', line, 'NX', now + delay, key)
"""
)

#: Takes the next key that is due and free: by class, then the installation served longest ago, then the oldest.
#: Keys of the last two classes wait for git or a model: they never hold all workers. An installation has one history
#: read at a time.
#: When several installations have something due, none holds more than half the workers.
#: An installation that GitHub refuses for a time has nothing due until then.
TAKE = (
    NOW
    + UNLIMITED
    + """
local lines, leases, holders, line_prefix, due_prefix = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local holder, seconds, half = ARGV[1], ARGV[2], tonumber(ARGV[3])
for _, lost in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', now)) do
  redis.call('ZREM', leases, lost) redis.call('HDEL', holders, lost)
end
local held, held_total, slow, seeding = {}, 0, 0, {}
for _, key in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  local installation = redis.call('HGET', due_prefix .. key, 'installation') or ''
  held[installation] = (held[installation] or 0) + 1
  held_total = held_total + 1
  local kind = string.match(key, '^%a+')
  if kind == 'history' then seeding[installation] = true end
  if kind == 'history' or kind == 'reading' then slow = slow + 1 end
end
local names, several, first = unlimited(redis.call('ZRANGE', lines, 0, -1), KEYS[6], KEYS[7]), false, nil
for _, name in ipairs(names) do
  local waits = redis.call('ZCOUNT', line_prefix .. name, '-inf', now) > 0
  local installation = waits and string.match(name, ':(.*)') or first
  if first and first ~= installation then several = true end
  first = first or installation
end
for class = 0, (slow < tonumber(ARGV[4])) and 5 or 3 do
  for _, name in ipairs(names) do
    local installation = string.match(name, ':(.*)')
    local is_free = not (class == 4 and seeding[installation]) and (not several or (held[installation] or 0) < half)
    if string.sub(name, 1, 1) == tostring(class) and is_free then
      local line = line_prefix .. name
      for _, key in ipairs(redis.call('ZRANGEBYSCORE', line, '-inf', now, 'LIMIT', 0, held_total + 1)) do
        if not redis.call('ZSCORE', leases, key) then
          redis.call('ZADD', leases, now + seconds, key)
          redis.call('HSET', holders, key, holder)
          redis.call('ZADD', lines, now, name)
          local found = redis.call('HMGET', due_prefix .. key, 'version', 'installation', 'failures')
          return {key, found[1] or '0', found[2] or '0', found[3] or '0'}
        end
      end
    end
  end
end
return false
"""
)

#: Ends a lease. The key is forgotten when nothing marked it meanwhile; else it is due again after `delay`.
#: An `outcome` other than WORKED leaves the key due after `delay`. 0: the lease was lost, 1: done, 2: due again.
RELEASE = (
    NOW
    + """
local leases, holders, due, line_prefix, hints = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local key, holder, version, delay, outcome, read = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
if redis.call('HGET', holders, key) ~= holder then return 0 end
redis.call('HDEL', holders, key)
redis.call('ZREM', leases, key)
local name = redis.call('HGET', due, 'line')
-- The installation was uninstalled meanwhile, and its keys are forgotten.
if not name then return 1 end
local line = line_prefix .. name
if outcome ~= 'worked' then
  if outcome == 'failed' then redis.call('HINCRBY', due, 'failures', 1) end
  redis.call('ZADD', line, 'XX', now + delay, key)
  return 2
end
local hint = redis.call('LINDEX', hints, 0)
while hint and cjson.decode(hint).n <= read do
  redis.call('LPOP', hints)
  hint = redis.call('LINDEX', hints, 0)
end
if redis.call('HGET', due, 'version') == version then
  redis.call('ZREM', line, key)
  redis.call('DEL', due)
  return 1
end
redis.call('HDEL', due, 'failures')
redis.call('ZADD', line, 'XX', now + delay, key)
return 2
"""
)

#: Ends the lease of a key if `value` still holds it. 1: it did.
FREE = """
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('ZREM', KEYS[1], ARGV[1])
"""

#: Removes the oldest of RQ's jobs that wait, with what is stored of it. 1: there was one.
DROP = """
local waiting = redis.call('LPOP', KEYS[1])
return waiting and redis.call('DEL', KEYS[2] .. waiting) or 0
"""

#: Forgets the keys that wait in the given lines, with their hints; answers which. A job under way just ends.
FORGET = """
local lines, line_prefix, due_prefix, hints_prefix, found = KEYS[1], KEYS[2], KEYS[3], KEYS[4], {}
for _, name in ipairs(ARGV) do
  for _, key in ipairs(redis.call('ZRANGE', line_prefix .. name, 0, -1)) do
    redis.call('DEL', due_prefix .. key, hints_prefix .. key)
    found[#found + 1] = key
  end
  redis.call('DEL', line_prefix .. name)
  redis.call('ZREM', lines, name)
end
return found
"""

#: How many keys are due and free, at most `limit`.
READY = (
    NOW
    + UNLIMITED
    + """
local ready, limit = 0, tonumber(ARGV[1])
for _, name in ipairs(unlimited(redis.call('ZRANGE', KEYS[1], 0, -1), KEYS[4], KEYS[5])) do
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3] .. name, '-inf', now, 'LIMIT', 0, limit)) do
    local ends = redis.call('ZSCORE', KEYS[2], key)
    if not ends or tonumber(ends) <= now then ready = ready + 1 end
  end
  if ready >= limit then return limit end
end
return ready
"""
)
