"""What people see: status, health, metrics, notifications, the checkup."""
