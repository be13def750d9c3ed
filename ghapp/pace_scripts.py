"""The Lua scripts of the pace. Each is one atomic step; the clock is Redis's own."""

from ghapp.scripts import NOW

#: Outcomes of `SLOT`.
TAKEN, REFUSED, LIMITED = b"taken", b"refused", b"limited"

#: Takes the next slot, if it is near enough. Answers {outcome, its time, seconds to wait}.
#: `kept`: what the others than digests may not have of an hour's budget. `me`: `u:<key>` is urgent, `c:<key>` is not.
#: Slots only ever follow each other, so the hour before a slot has too many exactly when the one that lies the
#: whole budget back lies less than an hour back.
SLOT = (
    NOW
    + """
local slots, turns, limited = KEYS[1], KEYS[2], KEYS[3]
local installation, me, urgent = ARGV[1], ARGV[2], string.sub(ARGV[2], 1, 2) == 'u:'
local interval, budget, kept, hour = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local ahead, grace = tonumber(ARGV[7]), tonumber(ARGV[8])
local function answer(outcome, at)
  return {outcome, string.format('%.6f', at), string.format('%.6f', at - now)}
end
local ends = tonumber(redis.call('ZSCORE', limited, installation) or 0)
if ends > now then return answer('limited', ends) end
redis.call('ZREMRANGEBYSCORE', slots, '-inf', now - hour)
redis.call('ZREMRANGEBYSCORE', turns, '-inf', now - grace)
if not urgent then
  budget = budget - kept
  -- So that a digest that asks next need not wait for longer than it may.
  ahead = math.max(0, ahead - interval)
end
-- When one who comes after so many others may write.
local function free(others)
  local last = redis.call('ZRANGE', slots, -1, -1)[1]
  local at = math.max(now, last and tonumber(last) + interval or 0) + others * interval
  if others >= budget then return math.max(at, now + hour) end
  local oldest = redis.call('ZRANGE', slots, others - budget, others - budget)[1]
  return math.max(at, oldest and tonumber(oldest) + hour or 0)
end
local mine = tonumber(redis.call('ZSCORE', turns, me) or math.huge)
local digests, cards, after = 0, 0, 0
local waiting = redis.call('ZRANGE', turns, 0, -1, 'WITHSCORES')
for i = 1, #waiting, 2 do
  local turn = tonumber(waiting[i + 1])
  if waiting[i] == me then
    -- Nobody waits for himself.
  elseif string.sub(waiting[i], 1, 2) == 'u:' then
    if not urgent then after = turn + interval end
    if not urgent or turn < mine then digests = digests + 1 end
  elseif not urgent and turn < mine then
    cards = cards + 1
  end
end
local at = free(0)
if at <= now + ahead and (urgent or (digests == 0 and (cards == 0 or mine < math.huge))) then
  redis.call('ZADD', slots, at, string.format('%.6f', at))
  redis.call('EXPIRE', slots, math.ceil(hour) + 60)
  redis.call('ZREM', turns, me)
  return answer('taken', at)
end
at = math.min(math.max(free(digests + cards), after), now + hour)
redis.call('ZADD', turns, at, me)
redis.call('EXPIRE', turns, math.ceil(hour + grace) + 60)
return answer('refused', at)
"""
)

#: Keeps until when GitHub refuses an installation; answers the seconds until then.
#: Without a named time: `least`, then twice as long as before, while the time before is remembered. Refusals of
#: requests that were under way when the first one came are no second one.
STOP = (
    NOW
    + """
local limited, backoff, installation = KEYS[1], KEYS[2], ARGV[1]
local seconds, least, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local ends = tonumber(redis.call('ZSCORE', limited, installation) or 0)
redis.call('ZREMRANGEBYSCORE', limited, '-inf', now)
if not seconds then
  if ends > now then return string.format('%.6f', ends - now) end
  seconds = math.min(most, 2 * tonumber(redis.call('GET', backoff) or least / 2))
  redis.call('SET', backoff, seconds, 'EX', math.ceil(2 * seconds))
end
ends = math.max(ends, now + seconds)
redis.call('ZADD', limited, ends, installation)
return string.format('%.6f', ends - now)
"""
)

#: The seconds for which GitHub still refuses an installation; 0 or less: it does not.
LEFT = (
    NOW
    + """
local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
return string.format('%.6f', ends and tonumber(ends) - now or 0)
"""
)
