-- Passes canaries on to Triton, and turns its answers into alive (200) or dead, by its own words: a model that refuses
-- zeros answers 500, too. A slow model is left alone for a while, so that canaries take a small share of its time.

local BUSY = {BUSY_WORDS}
local BROKEN = {BROKEN_WORDS}
local REST = 19 -- times as long as the last answer took

local rests_until = {} -- by path; each worker has its own, and there is one

local function says(text, words)
  for _, each in ipairs(words) do
    if text:find(each, 1, true) then
      return true
    end
  end
  return false
end

function envoy_on_request(handle)
  local path, now = handle:headers():get(":path"), handle:timestamp()
  if now < (rests_until[path] or 0) then
    handle:respond({[":status"] = "200"}, "it was alive a while ago")
    return
  end
  rests_until[path] = nil
  handle:streamInfo():dynamicMetadata():set("canary", "path", path)
  handle:streamInfo():dynamicMetadata():set("canary", "began", now)
end

function envoy_on_response(handle)
  local asked = handle:streamInfo():dynamicMetadata():get("canary")
  if not asked then
    return
  end
  local status = handle:headers():get(":status")
  if status == "500" or status == "503" then
    local body = handle:body()
    local text = body and body:getBytes(0, body:length()) or ""
    if status == "500" and says(text, BROKEN) or status == "503" and not says(text, BUSY) then
      return
    end
    handle:headers():replace(":status", "200")
  end
  local now = handle:timestamp()
  rests_until[asked.path] = now + REST * (now - asked.began)
end
