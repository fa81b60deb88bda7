"""``scrapy verify``: an independent reading of an output folder that trusts no bookkeeping."""
