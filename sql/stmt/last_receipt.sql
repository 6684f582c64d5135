-- last_receipt.sql - when the last events were received.
SELECT received_us FROM receipt ORDER BY first_event_id DESC LIMIT 1;
