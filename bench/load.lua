-- Load for wrk. After `--`: METHOD, how many requests at once, a file with the body or `-`, then headers as
-- NAME and VALUE. The summary is printed as one line of JSON.
--
-- With BENCH_DYNAMIC every request is made by `request`, which costs the load generator more: for requests that
-- change and for several at once.
local head, tail, number, together

local function read(path)
  local file = assert(io.open(path, "rb"))
  local body = file:read("*a")
  file:close()
  return body
end

function init(args)
  wrk.method = args[1]
  if args[3] ~= "-" then
    wrk.body = read(args[3])
    wrk.headers["Content-Type"] = "application/json"
  end
  for index = 4, #args, 2 do
    wrk.headers[args[index]] = args[index + 1]
  end
  local one = wrk.format()
  local before, after = one:find("@@@@@@@@", 1, true)
  if before then
    head, tail, number = one:sub(1, before - 1), one:sub(after + 1), 10000000
  else
    together = one:rep(tonumber(args[2]))
  end
end

if os.getenv("BENCH_DYNAMIC") then
  function request()
    if together then
      return together
    end
    number = number + 1
    return head .. number .. tail
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "failed": %d, "p50": %.1f, "p99": %.1f}\n',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
