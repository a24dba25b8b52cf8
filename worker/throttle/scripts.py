"""How are slots given away in Redis? The Lua of the lanes; one key a lane, all times and pauses in microseconds.

The sum of what is sent can be read off the code. All calls of a lane begin at points of one grid, which are `spacing`
(1 / rate, rounded up) apart, and each point is given away at most once: so in any half-open second there are at most `rate`
of them, evenly spaced, whoever asks. Of each thousand points `reserve` are kept for one-time passwords; ads take the others.
Two marks, `ads` and `otp`, are the first point of each kind that is still free. They only move on, and each request moves
the mark of the kind of point it takes beyond it: hence "at most once". A one-time password takes the nearest point of
either kind; ads are reserved up to some seconds ahead, so it never waits behind them longer than to the next point that
is kept. Ads take kept points only while no password was asked for in the last ten seconds, and only near ones, so the first
password after a rest waits for a few points more. When nothing was taken for the length of one spacing, the grid begins anew
at the next request: it lies one spacing or more behind the last point, and a call to a quiet provider waits for nothing.

`factor` (in thousandths) thins the points of ads after the provider said "slow down": it halves at once and grows with
time. `messages` is a second clock: an order of many messages shuts it for as long as they take at the contract's rate, and
the next order waits for both. Passwords wait for passwords only, but their messages push the clock of ads.
"""

from typing import Final

#: What is common: reading, aging and writing a lane's state.
LANE: Final = """
local NAMES = {'spacing', 'reserve', 'origin', 'last', 'ads', 'otp', 'messages', 'otp_messages', 'shut', 'otp_shut',
  'asked', 'factor', 'cut', 'seen'}
local now = tonumber(ARGV[1])
local lane = {}
for at, value in ipairs(redis.call('HMGET', KEYS[1], unpack(NAMES))) do lane[NAMES[at]] = tonumber(value or '0') end
-- A clock set back would leave the lane shut for as long as it jumped; hosts differ by less than a minute.
if lane.seen > now + 60000000 then for _, name in ipairs(NAMES) do lane[name] = 0 end end

local function factor()
  if lane.cut == 0 then return 1000 end
  -- From nothing to all in a minute.
  return math.min(1000, lane.factor + math.floor(math.max(0, now - lane.cut) / 60000))
end

local function save()
  lane.seen = math.max(lane.seen, now)
  local values = {}
  for _, name in ipairs(NAMES) do
    values[#values + 1] = name
    values[#values + 1] = string.format('%.0f', lane[name])
  end
  redis.call('HSET', KEYS[1], unpack(values))
  local busy = math.max(now, lane.last + lane.spacing, lane.messages, lane.otp_messages, lane.shut, lane.otp_shut)
  redis.call('PEXPIRE', KEYS[1], math.ceil((busy - now) / 1000) + 120000)
end
"""

#: KEYS[1] lane; ARGV: now, spacing, reserve in thousandths, longest wait (negative: only ask), slots, from the first slot to
#: the last at most, what the messages of one slot cost, whether it is for a password. Returns the wait for each slot taken,
#: or, where the first is too far away, minus its wait, and takes nothing.
RESERVE: Final = (
    LANE
    + """
local spacing, reserve, longest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local slots, spread, cost, for_otp = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local part = factor()

local anew = lane.spacing ~= spacing or lane.reserve ~= reserve
if anew or lane.last + math.ceil(spacing * 1000 / part) <= now then
  lane.origin, lane.ads, lane.otp = math.max(now, lane.last + spacing), 0, 0
  lane.spacing, lane.reserve = spacing, reserve
end

local function kept(point)
  local at = point % 1000
  return math.floor((at + 1) * reserve / 1000) > math.floor(at * reserve / 1000)
end
local function of_ads(point)
  local at = point % 1000
  local rank = at - math.floor(at * reserve / 1000)
  return not kept(point) and math.floor(rank * part / 1000) > math.floor((rank - 1) * part / 1000)
end
local function first(suits, mark, time)
  local point = math.max(mark, math.ceil((time - lane.origin) / spacing))
  while not suits(point) do point = point + 1 end
  return point
end

if for_otp then lane.asked = now end
local may_borrow = not for_otp and part == 1000 and lane.asked + 10000000 <= now
local near = now + (slots + 3) * spacing
local waits, begin = {}, now
for slot = 1, slots do
  if for_otp then
    begin = math.max(begin, lane.otp_shut, lane.otp_messages)
  else
    begin = math.max(begin, lane.shut, lane.messages)
  end
  local point, is_kept = first(of_ads, lane.ads, begin), false
  if reserve > 0 and (for_otp or may_borrow) then
    local spare = first(kept, lane.otp, begin)
    if spare < point and (for_otp or lane.origin + spare * spacing <= near) then point, is_kept = spare, true end
  end
  local time = lane.origin + point * spacing
  if slot == 1 and time - now > longest then
    if longest >= 0 then save() end
    return {now - time}
  end
  if time - now > (waits[1] or time - now) + spread then break end
  if is_kept then lane.otp = point + 1 else lane.ads = point + 1 end
  lane.last = math.max(lane.last, time)
  if for_otp then lane.otp_messages = time + cost end
  if cost > 0 then lane.messages = math.max(lane.messages, time) + cost end
  waits[slot] = time - now
end
save()
return waits
"""
)

#: KEYS[1] lane; ARGV: now, pause, whether a password was told so. The lane stays shut for at least the pause.
HOLD: Final = (
    LANE
    + """
local until_then = now + tonumber(ARGV[2])
lane.shut = math.max(lane.shut, until_then)
if ARGV[3] == '1' then lane.otp_shut = math.max(lane.otp_shut, until_then) end
save()
return 0
"""
)

#: KEYS[1] lane; ARGV: now. Ads get half of what they had, down to a sixteenth; answers that come together halve it once.
SLOW_DOWN: Final = (
    LANE
    + """
if lane.cut == 0 or now - lane.cut >= 1000000 then
  lane.factor, lane.cut = math.max(63, math.floor(factor() / 2)), now
  save()
end
return lane.factor
"""
)
