-- The world that a script of a repository sees, and how it is run there.
--
-- Comes in: `call(name, json) -> ok, json`, the helpers of the other side, and how many steps a
-- script may take. Goes out: `run(source, name, returns, ...)`, the JSON of what the function of
-- that name returns; errors are strings. Lua as Karmada's scripts know it, with the same functions
-- refused, and the same answer every time: `pairs` goes by key, `math.random` starts anew.

local call, steps = ...

local type, error, pcall, next, load, select = type, error, pcall, next, load, select
local sort, concat, pack = table.sort, table.concat, table.pack
local format, gsub, byte = string.format, string.gsub, string.byte
local sethook = debug.sethook
local huge, floor = math.huge, math.floor
local plain_tostring, time, date = tostring, os.time, os.date

local LONGEST = 1000000
local DEEPEST = 200
local HOOK_EVERY = 1000

math.randomseed(1)

-- Numbers as gopher-lua writes them: whole ones without a dot or an exponent, others in full.
local function text(number)
  if number == floor(number) and number > -1e18 and number < 1e18 then
    return format("%.0f", number)
  end
  for digits = 14, 17 do
    local written = format("%." .. digits .. "g", number)
    if tonumber(written) == number then
      return written
    end
  end
  return plain_tostring(number)
end

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\" }

local function escape(sign)
  return ESCAPES[sign] or format("\\u%04x", byte(sign))
end

local encode

local function encode_list(value, out, seen, depth)
  local count = 0
  for _ in next, value do
    count = count + 1
  end
  for at = 1, count do
    if value[at] == nil then
      error("a table has both numbers and names for keys, or gaps in its numbers", 0)
    end
    out[#out + 1] = at == 1 and "[" or ","
    encode(value[at], out, seen, depth)
  end
  out[#out + 1] = "]"
end

local function encode_map(value, out, seen, depth)
  local keys = {}
  for key in next, value do
    if type(key) ~= "string" then
      error("a table has keys that are no names, or numbers and names together", 0)
    end
    keys[#keys + 1] = key
  end
  sort(keys)
  for at, key in ipairs(keys) do
    out[#out + 1] = at == 1 and "{" or ","
    encode(key, out, seen, depth)
    out[#out + 1] = ":"
    encode(value[key], out, seen, depth)
  end
  out[#out + 1] = "}"
end

local function encode_table(value, out, seen, depth)
  if seen[value] then
    error("a table stands in two places of the result", 0)
  end
  if depth > DEEPEST then
    error("the result is nested too deeply", 0)
  end
  seen[value] = true
  local first = next(value)
  if first == nil then
    out[#out + 1] = "[]"
  elseif type(first) == "number" then
    encode_list(value, out, seen, depth + 1)
  else
    encode_map(value, out, seen, depth + 1)
  end
end

-- JSON; an empty table is `[]`, whatever it was meant to be.
function encode(value, out, seen, depth)
  local kind = type(value)
  if kind == "table" then
    encode_table(value, out, seen, depth)
  elseif kind == "string" then
    out[#out + 1] = '"' .. gsub(value, '[%c"\\]', escape) .. '"'
  elseif kind == "number" then
    if value ~= value or value == huge or value == -huge then
      error("a number of the result is not finite", 0)
    end
    out[#out + 1] = format("%.17g", value)
  elseif kind == "boolean" then
    out[#out + 1] = plain_tostring(value)
  elseif kind == "nil" then
    out[#out + 1] = "null"
  else
    error("the result holds a " .. kind, 0)
  end
end

local function json(...)
  local out, seen = {}, {}
  for at = 1, select("#", ...) do
    out[#out + 1] = at == 1 and "[" or ","
    encode((select(at, ...)), out, seen, 0)
  end
  return select("#", ...) == 0 and "[]" or concat(out) .. "]"
end

-- What a script may use -----------------------------------------------------------------------

local KEPT = {
  _G = true, _VERSION = true, assert = true, error = true, ipairs = true, math = true, next = true,
  pcall = true, select = true, string = true, table = true, tonumber = true, type = true,
  xpcall = true,
}
local REFUSED = {
  "collectgarbage", "dofile", "getfenv", "getmetatable", "load", "loadfile", "loadstring", "module",
  "newproxy", "rawequal", "rawget", "rawset", "setfenv", "setmetatable",
}
local REFUSED_STRING = { "dump", "gsub", "rep" }
local BOUND_STRING = { "byte", "find", "format", "gmatch", "lower", "match", "reverse", "sub", "upper" }

for name in next, _G do
  if not KEPT[name] then
    _G[name] = nil
  end
end

local function refused(name)
  return function()
    error(name .. " is not there for scripts", 2)
  end
end

for _, name in ipairs(REFUSED) do
  _G[name] = refused(name)
end
for _, name in ipairs(REFUSED_STRING) do
  string[name] = refused("string." .. name)
end
for _, name in ipairs(BOUND_STRING) do
  local original = string[name]
  string[name] = function(subject, ...)
    if type(subject) == "string" and #subject > LONGEST then
      error("string." .. name .. ": the string is longer than " .. LONGEST .. " bytes", 2)
    end
    return original(subject, ...)
  end
end

string.gfind = string.gmatch
unpack = table.unpack

function print() end

function tostring(value)
  local kind = type(value)
  if kind == "number" then
    return text(value)
  elseif kind == "table" or kind == "function" then
    return kind
  end
  return plain_tostring(value)
end

local function before(one, other)
  local first, second = type(one), type(other)
  if first ~= second then
    return first < second
  end
  return (first == "number" or first == "string") and one < other
end

function pairs(subject)
  if type(subject) ~= "table" then
    error("bad argument #1 to 'pairs' (table expected, got " .. type(subject) .. ")", 2)
  end
  local keys = {}
  for key in next, subject do
    keys[#keys + 1] = key
  end
  sort(keys, before)
  local at = 0
  return function()
    while true do
      at = at + 1
      local key = keys[at]
      if key == nil then
        return nil
      end
      local value = subject[key]
      if value ~= nil then
        return key, value
      end
    end
  end
end

-- `timed` tells that the answer depends on when it was asked for.
local timed = false

os = {}

function os.time(parts)
  if parts == nil then
    timed = true
    return time()
  end
  return time(parts)
end

function os.date(form, at)
  timed = timed or at == nil
  return date(form, at)
end

local kube = {}

for _, name in ipairs({ "resourceAdd", "accuratePodRequirements", "getPodDependencies", "getResourceQuantity" }) do
  kube[name] = function(...)
    local ok, result = call(name, json(...))
    if not ok then
      error("kube." .. name .. ": " .. plain_tostring(result), 2)
    end
    return result
  end
end

function require(name)
  if name ~= "kube" then
    error("there is no module " .. tostring(name) .. "; there is kube", 2)
  end
  return kube
end

-- How it is run -------------------------------------------------------------------------------

local spent = 0

local function exhausted()
  error("it takes more than " .. format("%d", steps) .. " steps", 0)
end

local function count()
  spent = spent + HOOK_EVERY
  if spent > steps then
    sethook(exhausted, "", 1) -- from now on every step: no pcall of the script can go on
    exhausted()
  end
end

local function words(problem)
  if type(problem) == "string" then
    return problem
  end
  return "it raised a " .. type(problem)
end

return function(source, name, returns, ...)
  local chunk, wrong = load(source, "=script", "t")
  if not chunk then
    error(wrong, 0)
  end
  sethook(count, "", HOOK_EVERY)
  local ok, problem = pcall(chunk)
  local found = _G[name]
  local results
  if ok and type(found) == "function" then
    results = pack(pcall(found, ...))
    ok, problem = results[1], results[2]
  end
  sethook()
  if not ok then
    error(words(problem), 0)
  end
  if type(found) ~= "function" then
    error("it defines no function " .. name, 0)
  end
  if returns == 1 then
    return json(results[2]), timed
  end
  return json(results[2], results[3]), timed
end
