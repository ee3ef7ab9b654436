-- Orders, each with an id of its own; one a call, or a batch.
local batch = tonumber(os.getenv("BENCH_BATCH"))
local run = os.getenv("BENCH_RUN")
local threads, next = 0, 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

local function order()
    next = next + 1
    return string.format('{"order_id":"%s-%d-%d","amount":%d,"currency":"EUR","coupon":"CODE%d","customer_id":"c-%d"}', run, number, next,
        1000 + next * 7919 % 50000, next % 20, next % 5000)
end

function request()
    local body = order()
    if batch > 1 then
        local all = { body }
        for i = 2, batch do all[i] = order() end
        body = '{"conversions":[' .. table.concat(all, ",") .. "]}"
    end
    return wrk.format("POST", wrk.path, { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY") }, body)
end

function done(summary, latency)
    io.write(string.format('JSON {"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"errors":%d}\n', summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.status + summary.errors.timeout))
end
