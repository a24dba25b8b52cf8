-- What is common: reading, aging and writing a rate limit's state.
local NAMES = {'spacing', 'reserve', 'origin', 'last', 'ads', 'otp', 'messages', 'otp_messages', 'shut', 'otp_shut',
  'asked', 'factor', 'cut', 'seen'}
local now = tonumber(ARGV[1])
local limit = {}
for at, value in ipairs(redis.call('HMGET', KEYS[1], unpack(NAMES))) do limit[NAMES[at]] = tonumber(value or '0') end
-- A clock set back would leave the limit shut for as long as it jumped; hosts differ by less than a minute.
if limit.seen > now + 60000000 then for _, name in ipairs(NAMES) do limit[name] = 0 end end

local function factor()
  if limit.cut == 0 then return 1000 end
  -- From nothing to all in a minute.
  return math.min(1000, limit.factor + math.floor(math.max(0, now - limit.cut) / 60000))
end

local function save()
  limit.seen = math.max(limit.seen, now)
  local values = {}
  for _, name in ipairs(NAMES) do
    values[#values + 1] = name
    values[#values + 1] = string.format('%.0f', limit[name])
  end
  redis.call('HSET', KEYS[1], unpack(values))
  local busy = math.max(now, limit.last + limit.spacing, limit.messages, limit.otp_messages, limit.shut, limit.otp_shut)
  redis.call('PEXPIRE', KEYS[1], math.ceil((busy - now) / 1000) + 120000)
end
