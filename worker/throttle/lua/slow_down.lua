-- KEYS[1] rate limit; ARGV: now. Ads get half of what they had, down to a sixteenth; answers that come together halve it once.
if limit.cut == 0 or now - limit.cut >= 1000000 then
  limit.factor, limit.cut = math.max(63, math.floor(factor() / 2)), now
  save()
end
return limit.factor
