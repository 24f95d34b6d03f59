"""What every package of tnsim may use: errors, parameters, forms, arrays, budgets, codec."""
