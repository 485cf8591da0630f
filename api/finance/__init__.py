"""Where all the money is: the finance desk's figures."""
