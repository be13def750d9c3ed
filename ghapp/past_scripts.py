"""The Lua scripts of the stored history. Each is one atomic step over a chain of names and the records of commits."""

#: What both begin with: places of the names in the chain, and the oldest ones beyond the most that are kept.
_CHAIN = """
local function places(chain)
  local at = {}
  for i, name in ipairs(chain) do at[name] = i end
  return at
end
local function trim(chain, records, most, ttl)
  local extra = redis.call('LLEN', chain) - most
  if extra > 0 then
    for _, name in ipairs(redis.call('LRANGE', chain, 0, extra - 1)) do redis.call('HDEL', records, name) end
    redis.call('LTRIM', chain, extra, -1)
    redis.call('HDEL', records, 'whole')
  end
  redis.call('EXPIRE', chain, ttl)
  redis.call('EXPIRE', records, ttl)
end
"""

#: Brings the chain up to the branch, which went from `base` over `names`. What the branch left is taken off when `cut`
#: says so, else a chain that is ahead stays so. A chain that has nothing in common with the branch is forgotten, unless
#: both begin: the repository was empty.
EXTEND = (
    _CHAIN
    + """
local chain, records = KEYS[1], KEYS[2]
local most, ttl, cut, is_first = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1', ARGV[4] == '1'
local there = redis.call('LRANGE', chain, 0, -1)
local at, first = places(there), nil
for j = 5, #ARGV do
  if at[ARGV[j]] then first = j break end
end
local nexts = 5
if first then
  local i = at[ARGV[first]]
  while first <= #ARGV and there[i] == ARGV[first] do i, first = i + 1, first + 1 end
  nexts = first
  if there[i] and (first <= #ARGV or cut) then redis.call('LTRIM', chain, 0, i - 2) end
elseif #there > 0 or not is_first then
  redis.call('DEL', chain, records)
end
for j = nexts, #ARGV do redis.call('RPUSH', chain, ARGV[j]) end
trim(chain, records, most, ttl)
return 1
"""
)

#: Puts what a clone holds in the place of the chain; what landed after its head stays. 0: the clone and the chain have
#: nothing in common, and nothing was done.
SEED = (
    _CHAIN
    + """
local chain, records, state = KEYS[1], KEYS[2], KEYS[3]
local most, ttl, packed, whole, force = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local there, tail = redis.call('LRANGE', chain, 0, -1), {}
local at = places(there)
if #there > 0 and #ARGV > 5 and not force then
  local from = at[ARGV[#ARGV]]
  if from then
    for i = from + 1, #there do tail[#tail + 1] = there[i] end
  else
    local is_ahead = false
    for j = #ARGV, 6, -1 do
      if ARGV[j] == there[#there] then is_ahead = true break end
    end
    if not is_ahead then return 0 end
  end
end
local kept = {}
for _, name in ipairs(tail) do kept[name] = true end
for _, name in ipairs(redis.call('HKEYS', records)) do
  if not kept[name] then redis.call('HDEL', records, name) end
end
redis.call('DEL', chain)
for j = 6, #ARGV do redis.call('RPUSH', chain, ARGV[j]) end
for _, name in ipairs(tail) do redis.call('RPUSH', chain, name) end
redis.call('HSET', records, 'packed', packed)
if whole ~= '' then redis.call('HSET', records, 'whole', whole) end
redis.call('DEL', state)
trim(chain, records, most, ttl)
return 1
"""
)

#: Puts one record for many in their place, when the history is still there.
FOLD = """
if redis.call('HEXISTS', KEYS[1], 'packed') == 0 then return 0 end
redis.call('HSET', KEYS[1], 'packed', ARGV[2])
for j = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[j]) end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""

#: Keeps the record of a commit of the chain, when there is a chain that has it.
PUT = """
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return 0 end
for _, name in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if name == ARGV[2] then
    redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
    redis.call('EXPIRE', KEYS[2], ARGV[1])
    return 1
  end
end
return 0
"""
