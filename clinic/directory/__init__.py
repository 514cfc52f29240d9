"""The providers and organisations outside, who send us clients or are sent them."""
