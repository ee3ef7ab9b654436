-- What is known of a customer is found without reading all orders of its programme.
DROP INDEX conversion_customer;
CREATE INDEX conversion_customer ON conversion (program_id, is_test, customer_id, occurred_at) WHERE customer_id IS NOT NULL;
