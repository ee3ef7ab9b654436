-- Clicks as browsers send them: random codes out of those that the bench made, one after the other.
local close = os.getenv("BENCH_CLOSE") == "1"
local count = tonumber(os.getenv("BENCH_CODES"))
local agents = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
}
local requests, next, cookies = {}, 0, {}
for cookie in (os.getenv("BENCH_COOKIES") or ""):gmatch("%w+") do cookies[#cookies + 1] = cookie end

function init(args)
    math.randomseed(tonumber(os.getenv("BENCH_SEED") or "1"))
    local links = tonumber(os.getenv("BENCH_LINKS"))
    for i = 1, count do
        local headers = {
            ["Host"] = wrk.host .. ":" .. wrk.port,
            ["User-Agent"] = agents[i % #agents + 1],
            ["Accept"] = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            ["Referer"] = "https://blog.example/kettles/",
        }
        if cookies[1] then headers["Cookie"] = "trb=" .. cookies[i % #cookies + 1] end
        if close then headers["Connection"] = "close" end
        requests[i] = wrk.format("GET", string.format("/c/bench%d", math.random(links) - 1), headers)
    end
end

function request()
    next = next % count + 1
    return requests[next]
end

function done(summary, latency)
    io.write(string.format('JSON {"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests,
        summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.connect + summary.errors.read +
        summary.errors.write + summary.errors.status + summary.errors.timeout))
end
