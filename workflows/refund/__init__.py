"""The refund process: from a reported problem, or from a refund that has not arrived, to money that is back."""
