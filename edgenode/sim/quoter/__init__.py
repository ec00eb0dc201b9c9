"""The quoter's arms: customers who look at prices meet three ways of quoting them."""
