-- What a programme promised, version by version: an order is judged by the terms of its time. starts_at 0: from the
-- beginning.
CREATE TABLE attribution_terms (
    program_id    {{int}} NOT NULL,
    starts_at     {{int}} NOT NULL,
    model         TEXT NOT NULL CHECK (model IN ('last_click', 'first_click', 'linear', 'position')),
    precedence    TEXT NOT NULL CHECK (precedence IN ('coupon', 'click')),
    window_days   {{int}} NOT NULL,
    customer_days {{int}} NOT NULL,
    hold_days     {{int}} NOT NULL,
    trust_browser {{int}} NOT NULL,
    PRIMARY KEY (program_id, starts_at)
) {{strict}};
