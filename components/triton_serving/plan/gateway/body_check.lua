-- Refuses requests whose JSON is nested too deeply: Triton 24.10 dies of it. One pass over the bytes, without recursion.
-- A request of Triton's binary form is JSON only up to Inference-Header-Content-Length.

local DEEPEST = JSON_DEPTH
local PIECE = 65536 -- looked at together, so that a large body is not copied at once
local QUOTE, BACKSLASH, BRACKET, BRACE, END_BRACKET, END_BRACE = 34, 92, 91, 123, 93, 125

local function too_deep(body, length)
  local depth, quoted, escaped = 0, false, false
  for start = 0, length - 1, PIECE do
    local text = body:getBytes(start, math.min(PIECE, length - start))
    for index = 1, #text do
      local byte = text:byte(index)
      if quoted then
        if escaped then
          escaped = false
        elseif byte == BACKSLASH then
          escaped = true
        elseif byte == QUOTE then
          quoted = false
        end
      elseif byte == QUOTE then
        quoted = true
      elseif byte == BRACKET or byte == BRACE then
        depth = depth + 1
        if depth > DEEPEST then
          return true
        end
      elseif (byte == END_BRACKET or byte == END_BRACE) and depth > 0 then
        depth = depth - 1
      end
    end
  end
  return false
end

local function problem(request)
  local body = request:body()
  local length = body and body:length() or 0
  local given = request:headers():get("inference-header-content-length")
  if given and not given:match("^%d+$") then
    return "Inference-Header-Content-Length must be one number of bytes"
  end
  local head = given and tonumber(given) or length
  if head > length then
    return "Inference-Header-Content-Length is larger than the body"
  elseif head > DEEPEST and too_deep(body, head) then
    return "JSON is nested more than " .. DEEPEST .. " levels deep"
  end
end

function envoy_on_request(request)
  -- Envoy lets a request through whose script fails; this one does not fail.
  local done, found = pcall(problem, request)
  local reason = not done and "the body could not be checked" or found
  if reason then
    request:respond({[":status"] = "400"}, reason)
  end
end
