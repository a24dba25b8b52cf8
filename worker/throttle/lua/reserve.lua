-- KEYS[1] rate limit; ARGV: now, spacing, reserve in thousandths, longest wait (negative: only ask), slots, from the first
-- slot to the last at most, what the messages of one slot cost, whether it is for a password. Returns the wait for each slot
-- taken, one after the other with blanks, or, where the first is too far away, minus its wait, and takes nothing.
local spacing, reserve, longest = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local slots, spread, cost, for_otp = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8] == '1'
local part = factor()

local anew = limit.spacing ~= spacing or limit.reserve ~= reserve
if anew or limit.last + math.ceil(spacing * 1000 / part) <= now then
  limit.origin, limit.ads, limit.otp = math.max(now, limit.last + spacing), 0, 0
  limit.spacing, limit.reserve = spacing, reserve
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
  local point = math.max(mark, math.ceil((time - limit.origin) / spacing))
  while not suits(point) do point = point + 1 end
  return point
end

if for_otp then limit.asked = now end
local may_borrow = not for_otp and part == 1000 and limit.asked + 10000000 <= now
local near = now + (slots + 3) * spacing
local waits, begin = {}, now
for slot = 1, slots do
  if for_otp then
    begin = math.max(begin, limit.otp_shut, limit.otp_messages)
  else
    begin = math.max(begin, limit.shut, limit.messages)
  end
  local point, is_kept = first(of_ads, limit.ads, begin), false
  if reserve > 0 and (for_otp or may_borrow) then
    local spare = first(kept, limit.otp, begin)
    if spare < point and (for_otp or limit.origin + spare * spacing <= near) then point, is_kept = spare, true end
  end
  local time = limit.origin + point * spacing
  if slot == 1 and time - now > longest then
    if longest >= 0 then save() end
    return string.format('%.0f', now - time)
  end
  if time - now > (waits[1] or time - now) + spread then break end
  if is_kept then limit.otp = point + 1 else limit.ads = point + 1 end
  limit.last = math.max(limit.last, time)
  if for_otp then limit.otp_messages = time + cost end
  if cost > 0 then limit.messages = math.max(limit.messages, time) + cost end
  waits[slot] = time - now
end
save()
-- As one text: a list of numbers is read one by one.
return table.concat(waits, ' ')
