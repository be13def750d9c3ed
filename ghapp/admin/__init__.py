"""The admin page of the receiver: what stands in Redis, for whoever knows ADMIN_TOKEN. It changes nothing."""
