"""What people see: status, health, metrics, notifications, doctor."""
