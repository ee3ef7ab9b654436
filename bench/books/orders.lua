-- Orders with an id of their own, one a call.
local run = os.getenv("BENCH_RUN")
local threads, next = 0, 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function request()
    next = next + 1
    local body = string.format('{"order_id":"%s-%d-%d","amount":%d,"currency":"EUR","coupon":"CODE%d","customer_id":"c-%d"}', run, number,
        next, 1000 + next * 7919 % 50000, next % 20, next % 5000)
    return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY") }, body)
end

function done(summary, latency)
    io.write(string.format('JSON {"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.status + summary.errors.timeout))
end
