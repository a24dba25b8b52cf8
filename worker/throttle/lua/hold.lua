-- KEYS[1] rate limit; ARGV: now, pause, whether a password was told so. It stays shut for at least the pause.
local until_then = now + tonumber(ARGV[2])
limit.shut = math.max(limit.shut, until_then)
if ARGV[3] == '1' then limit.otp_shut = math.max(limit.otp_shut, until_then) end
save()
return 0
